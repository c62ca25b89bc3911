# SPDX-License-Identifier: MIT
# Run by cpack when a Debian package is made: see packaging/finish-deb.
foreach(package ${CPACK_PACKAGE_FILES})
  execute_process(COMMAND ${CPACK_VORDEC_PACKAGING}/finish-deb ${package} ${CPACK_VORDEC_PACKAGING} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
