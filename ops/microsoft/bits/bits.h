/* ops/microsoft/bits/bits.h - numbers of 2, 4 and 8 bits in bytes, as com.microsoft packs
 * weights. */
#ifndef MICROSOFT_BITS_H
#define MICROSOFT_BITS_H
#include "sdx/rewrite.h"

/* `to` becomes what the bytes of `from` hold, lowest bits first, in a new last axis of 8 / bits.
 * A body calls it once with each name of `to`. */
sdx_status microsoft_unpack(sdx_rewrite *c, const char *to, const char *from, int bits);
#endif
