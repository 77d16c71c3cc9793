/* ops/microsoft/bits/bits.h - bodies of one form for several values; numbers of 2, 4 and 8 bits in
 * bytes, as com.microsoft packs weights. */
#ifndef MICROSOFT_BITS_H
#define MICROSOFT_BITS_H
#include "sdx/rewrite.h"

/* A body that is written several times: each $ in it stands for x. */
sdx_status microsoft_body(sdx_rewrite *c, int opset, const char *x, const char *body);

/* `to` becomes what the bytes of `from` hold, lowest bits first, in a new last axis of 8 / bits.
 * A body calls it once with each name of `to`. */
sdx_status microsoft_unpack(sdx_rewrite *c, const char *to, const char *from, int bits);
#endif
