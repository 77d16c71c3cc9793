# ops/image/plugin.cmake - image.so: a decoder for each format that the standard names.
set(plugin_operators ImageDecoder)
set(plugin_packages libjpeg-dev libpng-dev libwebp-dev libtiff-dev libopenjp2-7-dev)
find_package(JPEG)
find_package(PNG)
find_package(TIFF 4.5) # from there on errors go to a handler of the caller's own
find_path(WEBP_INCLUDE webp/decode.h)
find_library(WEBP_LIBRARY webp)
find_path(OPENJPEG_INCLUDE openjpeg.h PATH_SUFFIXES openjpeg-2.5 openjpeg-2.4 openjpeg-2.3)
find_library(OPENJPEG_LIBRARY openjp2)
set(plugin_found FALSE)
if(JPEG_FOUND AND PNG_FOUND AND TIFF_FOUND AND WEBP_INCLUDE AND WEBP_LIBRARY AND OPENJPEG_INCLUDE AND
   OPENJPEG_LIBRARY)
    set(plugin_found TRUE)
    set(plugin_libraries JPEG::JPEG PNG::PNG TIFF::TIFF ${WEBP_LIBRARY} ${OPENJPEG_LIBRARY})
    set(plugin_includes ${WEBP_INCLUDE} ${OPENJPEG_INCLUDE})
endif()
