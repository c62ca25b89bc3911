# The Debian package: `cpack` in a build folder, or scripts/package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vordec)
set(CPACK_PACKAGE_CONTACT "vordec maintainers <vordec@localhost>" CACHE STRING "Maintainer of the package")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION "\
The vordec command, libvordec with its headers, and the backends. A backend turns
low-wavenumber Fourier coefficients and band energies into vorticity fields; the
configuration names it, and every report says what did the work. decode_cpu needs
no GPU; decode_vulkan uses whatever Vulkan driver there is.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-numpy")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libvulkan1, mesa-vulkan-drivers, fonts-dejavu-core")
find_program(VORDEC_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(VORDEC_SHLIBDEPS)
# Opened at run time, so that nothing finds it among the libraries that are linked.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0-pthread")
if(VORDEC_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  # The command links the library of the same package.
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
endif()
# What CPack would generate warns about the plugins, which have no soname.
set(control ${CMAKE_BINARY_DIR}/package/debian)
file(WRITE ${control}/shlibs "libvordec ${PROJECT_VERSION_MAJOR} vordec (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${control}/shlibs)
include(CPack)
