/* tools/io/image.h - pictures as tensors. */
#ifndef TOOLS_IO_IMAGE_H
#define TOOLS_IO_IMAGE_H
#include "sardonyx.h"

typedef enum image_fit { FIT_STRETCH, FIT_CROP, FIT_PAD } image_fit;
typedef enum image_order { ORDER_RGB, ORDER_BGR, ORDER_GRAY } image_order;

/* size=WxH,fit=crop|pad|stretch,order=rgb|bgr|gray,scale=1/255,mean=a:b:c,std=a:b:c, or imagenet.
 *
 * stretch takes the whole picture whatever its sides; crop the largest box of the right sides in
 * its middle; pad all of it with black beside.  mean and std are those of the channels as the model
 * sees them, after scale. */
typedef struct image_spec {
    int width, height; /* 0: those of the input; else of the picture */
    image_fit fit;
    image_order order;
    bool order_given;
    double scale, mean[3], std[3];
} image_spec;

void image_default(image_spec *s);
bool image_parse(image_spec *s, const char *text, char *why, size_t size);

/* (value * scale - mean) / std of the picture, as the dims of the input want it: [1, C, H, W], [1,
 * H, W, C] or either without the first; -1 where open.  NULL: why says what is wrong. */
sdx_value *image_read(const void *bytes, size_t size, const image_spec *s, sdx_dtype dtype,
                      int rank, const int64_t *dims, char *why, size_t why_size);

#endif
