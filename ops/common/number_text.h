/* ops/common/number_text.h - numbers as decimal text and back, in no locale. */
#ifndef OPS_COMMON_NUMBER_TEXT_H
#define OPS_COMMON_NUMBER_TEXT_H
#include "sdx/value.h"

/* Reads all of a text as a number: digits, point, exponent; "inf", "+INF", "NaN" in any case;
 * blanks around it are passed over.  false: it is none. */
bool sdx_text_f64(sdx_string s, double *value);
/* ... as a whole number of 64 bits, signed or unsigned; false also where it has a fraction or does
 * not fit. */
bool sdx_text_i64(sdx_string s, int64_t *value);
bool sdx_text_u64(sdx_string s, uint64_t *value);

enum { SDX_NUMBER_TEXT = 40 }; /* room for any number */
/* The shortest text that reads back as the same number of dtype d: "0.1", "1e+20", "-inf".  Returns
 * its length. */
size_t sdx_f64_text(char to[SDX_NUMBER_TEXT], double value, sdx_dtype d);
#endif
