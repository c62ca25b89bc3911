# SPDX-License-Identifier: MIT
# Finds VkFFT (header only) and the glslang libraries that it compiles its kernels with.
#
# VORDEC_VKFFT_INCLUDE_DIR is the folder that holds vkFFT.h: the system's 1.2.x by default, or the vkFFT folder of a
# 1.3.x source tree. Sets VORDEC_VKFFT_FOUND; then the target vordec_vkfft carries include paths and libraries.
#
# VkFFT 1.2.x fills glslang's resource limits by position and so leaves out fields that glslang 12 has, which zeroes the
# limits on loops; VORDEC_VKFFT_OLD_RESOURCES tells the wrapper to hand glslang's own defaults over instead. libvulkan is
# not linked: the wrapper routes VkFFT's calls through the plugin's function table.
find_path(VORDEC_VKFFT_INCLUDE_DIR vkFFT.h DOC "Folder that holds vkFFT.h")
find_path(VORDEC_GLSLANG_INCLUDE_DIR glslang/Include/glslang_c_interface.h)
find_library(VORDEC_B2_STATIC libb2.a)
set(VORDEC_VKFFT_FOUND TRUE)
set(VORDEC_GLSLANG_LIBRARIES)
foreach(name MachineIndependent GenericCodeGen OSDependent OGLCompiler SPIRV glslang-default-resource-limits glslang
             SPIRV-Tools-opt SPIRV-Tools)
  find_library(VORDEC_LIB_${name} NAMES lib${name}.a ${name})
  mark_as_advanced(VORDEC_LIB_${name})
  if(VORDEC_LIB_${name})
    list(APPEND VORDEC_GLSLANG_LIBRARIES ${VORDEC_LIB_${name}})
  elseif(name MATCHES "^(glslang|SPIRV)$")
    set(VORDEC_VKFFT_FOUND FALSE)
  endif()
endforeach()
if(NOT VORDEC_VKFFT_INCLUDE_DIR OR NOT VORDEC_GLSLANG_INCLUDE_DIR OR NOT VORDEC_B2_STATIC)
  set(VORDEC_VKFFT_FOUND FALSE)
endif()

if(VORDEC_VKFFT_FOUND AND NOT TARGET vordec_vkfft)
  file(STRINGS ${VORDEC_VKFFT_INCLUDE_DIR}/vkFFT.h old_layout REGEX "glslang_resource_t default_resource = {")
  add_library(vordec_vkfft INTERFACE)
  target_include_directories(vordec_vkfft SYSTEM INTERFACE ${VORDEC_VKFFT_INCLUDE_DIR} ${VORDEC_GLSLANG_INCLUDE_DIR})
  target_compile_definitions(vordec_vkfft INTERFACE VKFFT_BACKEND=0)
  if(old_layout)
    target_compile_definitions(vordec_vkfft INTERFACE VORDEC_VKFFT_OLD_RESOURCES)
  endif()
  # The archives refer to each other.
  target_link_libraries(vordec_vkfft INTERFACE -Wl,--start-group ${VORDEC_GLSLANG_LIBRARIES} -Wl,--end-group m)
endif()
