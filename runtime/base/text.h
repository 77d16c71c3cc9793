/* base/text.h - numbers and words as text, the same in every locale. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include "sardonyx.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As snprintf, but what does not fit ends in "…", never within a character.  Returns the length
 * written, less than size.  size > 0. */
size_t sdx_format(char *to, size_t size, const char *format, ...) SDX_PRINTF(3, 4);
size_t sdx_vformat(char *to, size_t size, const char *format, va_list args) SDX_PRINTF(3, 0);

/* All of the text must be the number: no spaces, no rest.  False: it is none, or is out of range;
 * *out is not touched.  i64: [+-] digits, decimal.  u64: digits. */
bool sdx_parse_i64(const char *text, size_t length, int64_t *out);
bool sdx_parse_u64(const char *text, size_t length, uint64_t *out);

/* [+-] digits [. digits] [e [+-] digits], or inf, infinity, nan in any case, with a sign.  Rounded
 * to the nearest, ties to even, each straight from the text; too large is infinity, too small zero.
 */
bool sdx_parse_f64(const char *text, size_t length, double *out);
bool sdx_parse_f32(const char *text, size_t length, float *out);

/* The shortest decimal that reads back as x: "1", "0.1", "1e-07", "inf", "-nan" as "nan".  to has
 * room for SDX_NUMBER_SIZE bytes.  Returns the length. */
enum { SDX_NUMBER_SIZE = 32 };
size_t sdx_print_f64(char to[SDX_NUMBER_SIZE], double x);
size_t sdx_print_f32(char to[SDX_NUMBER_SIZE], float x);

/* Text of unknown origin for a terminal or a message: control characters (also C1 and those that
 * turn the writing direction), backslashes and bytes that are no UTF-8 become \n, \x1b, \u202e.
 * Ends in "…" where it does not fit.  Returns the length written.  size > 0. */
size_t sdx_escape(char *to, size_t size, const char *text, size_t length);

/* Length of the UTF-8 character at text (1 to 4), 0 if there is none. */
size_t sdx_utf8_length(const char *text, size_t length);
/* The longest beginning of text, at most `most` bytes, that does not cut a character. */
size_t sdx_utf8_cut(const char *text, size_t length, size_t most);

/* Insertions, deletions, changes and swaps of neighbours between two words; above `most` (or for
 * words over 63 bytes): most + 1. */
size_t sdx_edit_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                         size_t most);
/* The word nearest to this one, for "did you mean"; NULL if none is near.  word(arg, i) is the
 * i-th, NULL after the last. */
const char *sdx_nearest_word(const char *text, size_t length,
                             const char *(*word)(const void *arg, size_t i), const void *arg);

/* a-z and A-Z alone, whatever the locale. */
static inline char sdx_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}
static inline char sdx_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}
static inline bool sdx_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool sdx_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool sdx_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
/* whatever the case of letters */
bool sdx_same_word(const char *a, size_t a_length, const char *b);
#endif
