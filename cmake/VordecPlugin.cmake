# SPDX-License-Identifier: MIT
# add_vordec_plugin(NAME source...): builds decode_NAME.so, the shared object that libvordec loads for backend NAME. The
# target is decode_NAME; link what the backend needs to it. Hidden visibility: vordec_backend_entry() alone is exported.
#
# Inside the project the plugin is put and installed where libvordec looks for it, and compiled as strictly as the rest.
# This file is installed too: after find_package(vordec) it brings the headers, and no warnings that you did not ask for.
# VORDEC_PLUGIN_DIR is then the folder of the installed plugins.
function(add_vordec_plugin name)
  if(NOT name MATCHES "^[a-z0-9_]+$")
    message(FATAL_ERROR "add_vordec_plugin(${name}): a name is made of a-z, 0-9 and _")
  endif()
  add_library(decode_${name} MODULE ${ARGN})
  set_target_properties(decode_${name} PROPERTIES PREFIX "" SUFFIX ".so" C_VISIBILITY_PRESET hidden
                                                  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(TARGET vordec_compile)
    target_link_libraries(decode_${name} PRIVATE vordec_headers vordec_compile)
    set_target_properties(decode_${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/vordec
                                                    INSTALL_RPATH "")
    set_property(GLOBAL APPEND PROPERTY VORDEC_PLUGINS ${name})
    install(TARGETS decode_${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/vordec)
  else()
    target_link_libraries(decode_${name} PRIVATE vordec::headers)
    # What a backend calls comes from its own libraries or from the host struct: a missing symbol shows here, not when
    # the plugin is loaded.
    target_link_options(decode_${name} PRIVATE LINKER:--no-undefined)
  endif()
endfunction()
