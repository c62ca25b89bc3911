# SPDX-License-Identifier: MIT
# What an installation holds beside targets: package files for CMake and pkg-config, data, documents. Nothing in it names
# the prefix, so that the whole may be moved.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/vordec)
set(generated ${CMAKE_BINARY_DIR}/package)

install(EXPORT vordecTargets NAMESPACE vordec:: DESTINATION ${package_folder})
set(VORDEC_INSTALLED_PLUGINS ${CMAKE_INSTALL_LIBDIR}/vordec)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/vordecConfig.cmake.in ${generated}/vordecConfig.cmake
  INSTALL_DESTINATION ${package_folder} PATH_VARS VORDEC_INSTALLED_PLUGINS)
# One major version, one soname.
write_basic_package_version_file(${generated}/vordecConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${generated}/vordecConfig.cmake ${generated}/vordecConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/VordecPlugin.cmake DESTINATION ${package_folder})

file(RELATIVE_PATH VORDEC_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" VORDEC_PC_PREFIX ${VORDEC_PC_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/vordec.pc.in ${generated}/vordec.pc @ONLY)
install(FILES ${generated}/vordec.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/vordec/config FILES_MATCHING PATTERN "*.ini")
install(FILES docs/metrics.schema.json docs/bench.schema.json docs/bench_steps.schema.json docs/doctor.schema.json
        DESTINATION ${CMAKE_INSTALL_DATADIR}/vordec)
install(FILES examples/data/state.npz DESTINATION ${CMAKE_INSTALL_DATADIR}/vordec/examples)
# The documents where they stand in the tree, with all that they refer to.
install(FILES CHANGELOG.md CITATION.cff CONTRIBUTING.md Containerfile LICENSE README.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN "*.sed" EXCLUDE)
install(FILES bench/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/bench)
install(DIRECTORY core/include/vordec DESTINATION ${CMAKE_INSTALL_DOCDIR}/core/include)
