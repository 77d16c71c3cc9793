/* tools/compare.h - the standard's comparison of a result with what is expected. */
#ifndef TOOLS_COMPARE_H
#define TOOLS_COMPARE_H
#include "sardonyx.h"

typedef struct tolerance {
    double rtol, atol;
    bool shape_only; /* the expected numbers are a draw of another generator */
} tolerance;

/* True: alike.  Else why holds, in words, what differs first and how much beyond.
 *
 * Kind, element type and shape are equal; reals differ by at most atol + rtol * |want|, a NaN
 * equals a NaN, an infinity itself; bfloat16 has an rtol of at least 2^-6; all other types are
 * equal exactly. */
bool compare_values(const sdx_value *got, const sdx_value *want, tolerance t, char *why,
                    size_t size);

#endif
