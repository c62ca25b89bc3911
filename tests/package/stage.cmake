# SPDX-License-Identifier: MIT
# Installs BUILD into FIRST, twice, since a second installation over the first must work, and moves it to MOVED.
file(REMOVE_RECURSE ${FIRST} ${MOVED})
foreach(time 1 2)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${FIRST} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(RENAME ${FIRST} ${MOVED})
