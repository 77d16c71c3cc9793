# sardonyx-config.cmake - find_package(sardonyx) gives sardonyx::sardonyx.
include(${CMAKE_CURRENT_LIST_DIR}/sardonyx-targets.cmake)
