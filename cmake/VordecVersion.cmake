# SPDX-License-Identifier: MIT
# version.h carries the commit; it is rewritten at each build and touched only when it changed.
set(VORDEC_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)
add_custom_target(vordec_version_header
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
          -DOUT=${VORDEC_GENERATED_DIR}/vordec_version.h -P ${CMAKE_CURRENT_LIST_DIR}/version_header.cmake
  BYPRODUCTS ${VORDEC_GENERATED_DIR}/vordec_version.h
  VERBATIM)
