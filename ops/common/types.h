/* ops/common/types.h - types of values that pass through bodies and sequences. */
#ifndef COMMON_TYPES_H
#define COMMON_TYPES_H
#include "sdx/op.h"

enum { SDX_BODY_MOST = 256 /* values that go into a body, or come out of it */ };

/* The same kind, element type and dims, as far as known. */
bool sdx_same_type(sdx_infer *c, const sdx_type *a, const sdx_type *b);

/* t with nothing known of its dims. */
const sdx_type *sdx_bare_type(sdx_infer *c, const sdx_type *t);

/* A tensor type like t with one dim more, d, at `axis` of the result, or one less; t's rank may be
 * unknown. */
const sdx_type *sdx_type_with_dim(sdx_infer *c, const sdx_type *t, int axis, sdx_dim d);
const sdx_type *sdx_type_without_dim(sdx_infer *c, const sdx_type *t, int axis);

/* Refuses more than SDX_BODY_MOST values. */
bool sdx_check_body_size(sdx_infer *c, int in, int out);

#endif
