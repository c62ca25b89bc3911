# SPDX-License-Identifier: MIT
# Script: writes OUT with VERSION and git describe of SOURCE ("unknown" outside a git checkout).
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --tags
                OUTPUT_VARIABLE describe OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR NOT describe)
  set(describe unknown)
endif()
set(text "#define VORDEC_VERSION \"${VERSION}\"\n#define VORDEC_GIT_DESCRIBE \"${describe}\"\n")
if(EXISTS ${OUT})
  file(READ ${OUT} before)
endif()
if(NOT "${before}" STREQUAL "${text}")
  file(WRITE ${OUT} "${text}")
endif()
