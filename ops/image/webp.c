/* image/webp.c - WebP by libwebp: still pictures, alpha left out. */
#include "image/image.h"
#include <string.h>
#include <webp/decode.h>

bool image_is_webp(const uint8_t *at, size_t size)
{
    return size >= 12 && memcmp(at, "RIFF", 4) == 0 && memcmp(at + 8, "WEBP", 4) == 0;
}

sdx_status image_decode_webp(image *m)
{
    WebPBitstreamFeatures f;
    if (WebPGetFeatures(m->at, m->size, &f) != VP8_STATUS_OK || f.has_animation)
        return SDX_E_FORMAT;
    SDX_TRY(image_make(m, (uint64_t)f.width, (uint64_t)f.height));
    size_t stride = 3 * m->width;
    bool good = WebPDecodeRGBInto(m->at, m->size, m->rgb, stride * m->height, (int)stride) != NULL;
    return good ? SDX_OK : SDX_E_FORMAT;
}
