# SPDX-License-Identifier: MIT
# One interface target, vordec_compile, carries what every target of the project is compiled with.
add_library(vordec_compile INTERFACE)
target_compile_features(vordec_compile INTERFACE c_std_11)
target_compile_options(vordec_compile INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
                          -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wswitch-enum>
  $<$<COMPILE_LANGUAGE:C>:-fvisibility=hidden -fno-strict-aliasing>
  # Results must not depend on the compiler's taste for fused multiply-add.
  -ffp-contract=off)
target_compile_definitions(vordec_compile INTERFACE _GNU_SOURCE)
if(VORDEC_WERROR)
  target_compile_options(vordec_compile INTERFACE -Werror)
endif()
if(VORDEC_SANITIZE)
  target_compile_options(vordec_compile INTERFACE -fsanitize=${VORDEC_SANITIZE} -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(vordec_compile INTERFACE -fsanitize=${VORDEC_SANITIZE})
else()
  # A host's threads may have small stacks: 128 KiB with musl. (Sanitizers make frames larger.)
  target_compile_options(vordec_compile INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wframe-larger-than=32768>)
endif()
if(VORDEC_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "VORDEC_FUZZ needs clang (-DCMAKE_C_COMPILER=clang), this is ${CMAKE_C_COMPILER_ID}")
  endif()
  if(VORDEC_FUZZ_COVERAGE)
    set(VORDEC_FUZZ_FLAGS -fprofile-instr-generate -fcoverage-mapping)
  else()
    set(VORDEC_FUZZ_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  endif()
  target_compile_options(vordec_compile INTERFACE -fsanitize=fuzzer-no-link ${VORDEC_FUZZ_FLAGS})
  target_link_options(vordec_compile INTERFACE -fsanitize=fuzzer-no-link ${VORDEC_FUZZ_FLAGS})
endif()
if(VORDEC_COVERAGE)
  target_compile_options(vordec_compile INTERFACE --coverage)
  # What counts stays inside each object: a plugin exports its entry and nothing else.
  target_link_options(vordec_compile INTERFACE --coverage -Wl,--exclude-libs,libgcov.a)
endif()
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# No run spends its time in this target, so that compiling it quickly counts for more: it is half of all sources.
function(vordec_compile_quickly target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()
