# SPDX-License-Identifier: MIT
# vordec_embed_shaders(TARGET FOLDER/NAME.. [SINGLE FOLDER/NAME..] [DOUBLE FOLDER/NAME..]): compiles shaders/FOLDER/NAME.comp to SPIR-V twice, in
# single and in double precision, validates both, and puts headers NAME_f32.h and NAME_f64.h (arrays of the same names) on
# TARGET's include path. Those after SINGLE are in single precision only, those after DOUBLE in double
# precision.
#
# Needs VORDEC_GLSLANG and VORDEC_SPIRV_VAL (vordec_find_shader_tools()).
macro(vordec_find_shader_tools)
  find_program(VORDEC_GLSLANG glslangValidator)
  find_program(VORDEC_SPIRV_VAL spirv-val)
  mark_as_advanced(VORDEC_GLSLANG VORDEC_SPIRV_VAL)
endmacro()

function(vordec_embed_shaders target)
  cmake_path(SET folder NORMALIZE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../shaders)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/shaders)
  file(MAKE_DIRECTORY ${out})
  file(GLOB_RECURSE shared CONFIGURE_DEPENDS ${folder}/*.glsl ${folder}/*.h)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SINGLE;DOUBLE")
  foreach(path IN LISTS arg_UNPARSED_ARGUMENTS arg_SINGLE arg_DOUBLE)
    cmake_path(GET path FILENAME name)
    foreach(variant f32 f64)
      if((variant STREQUAL f64 AND path IN_LIST arg_SINGLE) OR (variant STREQUAL f32 AND path IN_LIST arg_DOUBLE))
        continue()
      endif()
      set(definition "-DVORDEC_FP32")
      if(variant STREQUAL f64)
        set(definition "-DVORDEC_FP64")
      endif()
      set(symbol ${name}_${variant})
      set(compile ${VORDEC_GLSLANG} -V --quiet --target-env vulkan1.1 ${definition} -I${folder})
      add_custom_command(
        OUTPUT ${out}/${symbol}.h
        COMMAND ${compile} -o ${out}/${symbol}.spv ${folder}/${path}.comp
        COMMAND ${VORDEC_SPIRV_VAL} --target-env vulkan1.1 ${out}/${symbol}.spv
        COMMAND ${compile} --vn ${symbol} -o ${out}/${symbol}.h ${folder}/${path}.comp
        DEPENDS ${folder}/${path}.comp ${shared}
        COMMENT "Compiling shader ${symbol}"
        VERBATIM)
      list(APPEND headers ${out}/${symbol}.h)
    endforeach()
  endforeach()
  target_sources(${target} PRIVATE ${headers})
  target_include_directories(${target} PRIVATE ${out} ${folder})
endfunction()
