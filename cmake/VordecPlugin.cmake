# add_vordec_plugin(NAME source...): builds decode_NAME.so, the shared object that libvordec loads for backend NAME. The
# target is decode_NAME; link what the backend needs to it. Inside the project it is put and installed where libvordec
# looks for it.
function(add_vordec_plugin name)
  add_library(decode_${name} MODULE ${ARGN})
  set_target_properties(decode_${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden)
  if(PROJECT_NAME STREQUAL "vordec")
    target_link_libraries(decode_${name} PRIVATE vordec_headers vordec_compile)
    set_target_properties(decode_${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/vordec
                                                    INSTALL_RPATH "")
    set_property(GLOBAL APPEND PROPERTY VORDEC_PLUGINS ${name})
    install(TARGETS decode_${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/vordec)
  else()
    target_link_libraries(decode_${name} PRIVATE vordec::headers)
  endif()
endfunction()
