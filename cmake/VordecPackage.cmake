# SPDX-License-Identifier: MIT
# The Debian package: `cpack` in a build folder, or scripts/package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vordec)
# Who packs it maintains it, as Debian's own tools see it: DEBFULLNAME and DEBEMAIL, or else the author of what is packed.
set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
if("$ENV{DEBEMAIL}" STREQUAL "")
  execute_process(COMMAND git log -1 "--format=%an <%ae>" WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE maintainer
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT maintainer)
  set(maintainer "the vordec authors <vordec@localhost>")
endif()
set(CPACK_PACKAGE_CONTACT "" CACHE STRING "Maintainer of the package; empty: whoever packs it")
if(CPACK_PACKAGE_CONTACT STREQUAL "")
  set(CPACK_PACKAGE_CONTACT ${maintainer})
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION "\
The vordec command, libvordec with its headers, and the backends. A backend
turns low-wavenumber Fourier coefficients and band energies into vorticity
fields; the configuration names it, and every report says what did the work.
decode_cpu needs no GPU; decode_vulkan uses whatever Vulkan driver there is.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-numpy")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libvulkan1, mesa-vulkan-drivers, fonts-dejavu-core")
find_program(VORDEC_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(VORDEC_SHLIBDEPS)
# Opened at run time, so that nothing finds it among the libraries that are linked.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0-pthread, python3")
if(VORDEC_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  # The command links the library of the same package.
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
endif()
# What CPack would generate warns about the plugins, which have no soname.
set(control ${CMAKE_BINARY_DIR}/package/debian)
file(WRITE ${control}/shlibs "libvordec ${PROJECT_VERSION_MAJOR} vordec (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${control}/shlibs)
set(CPACK_VORDEC_PACKAGING ${CMAKE_SOURCE_DIR}/packaging)
set(CPACK_POST_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/finish_deb.cmake)
include(CPack)
