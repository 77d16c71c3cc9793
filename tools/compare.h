/* tools/compare.h - the standard's comparison of a result with what is expected. */
#ifndef TOOLS_COMPARE_H
#define TOOLS_COMPARE_H
#include "sardonyx.h"

typedef struct tolerance {
    double rtol, atol;
    bool shape_only; /* the expected numbers are a draw of another generator */
    bool bitwise;    /* -0 is not 0, and a NaN is none but itself */
} tolerance;

/* What a comparison found. */
typedef struct difference {
    char why[900];                       /* in words; empty: alike */
    size_t elements, beyond;             /* elements compared, and those that differ too much */
    double most_absolute, most_relative; /* of reals, also where all is well */
    char worst[200], got[48], want[48];  /* "0, 3, 1" and both numbers there; empty: no element */
} difference;

/* Kind, element type and shape are equal; reals differ by at most atol + rtol * |want|, a NaN
 * equals a NaN, an infinity itself; bfloat16 has an rtol of at least 2^-6 unless both are 0; all
 * other types are equal exactly.  True: alike. */
bool compare_measured(const sdx_value *got, const sdx_value *want, tolerance t, difference *d);

/* The same; why holds what differs, in words. */
bool compare_values(const sdx_value *got, const sdx_value *want, tolerance t, char *why,
                    size_t size);

#endif
