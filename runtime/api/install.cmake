# runtime/api/install.cmake - what `cmake --install` brings: the libraries, one public header, the opkit headers for
# plugins, and how pkg-config and find_package find them.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/sardonyx)

install(TARGETS sardonyx EXPORT sardonyx-targets LIBRARY)
install(TARGETS sardonyx_static ARCHIVE)
install(FILES api/sardonyx.h TYPE INCLUDE)
install(DIRECTORY opkit/sdx TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(EXPORT sardonyx-targets NAMESPACE sardonyx:: DESTINATION ${package})
write_basic_package_version_file(${gen}/sardonyx-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES api/sardonyx-config.cmake ${gen}/sardonyx-config-version.cmake DESTINATION ${package})
# The prefix is known when installing, not before.
install(CODE "set(PROJECT_VERSION ${PROJECT_VERSION})
set(CMAKE_INSTALL_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
set(CMAKE_INSTALL_LIBDIR ${CMAKE_INSTALL_LIBDIR})
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/api/sardonyx.pc.in ${gen}/sardonyx.pc @ONLY)")
install(FILES ${gen}/sardonyx.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
