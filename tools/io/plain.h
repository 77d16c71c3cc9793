/* tools/io/plain.h - tensors as plain text: numbers between blanks and commas, or a string a line.
 * */
#ifndef TOOLS_IO_PLAIN_H
#define TOOLS_IO_PLAIN_H
#include "sardonyx.h"

/* dims: -1 where open.  The last open dim follows from how much there is, the others are 1; rank
 * below 0: [n]. A text that begins with '[' is read as JSON.  NULL: why says what is wrong. */
sdx_value *plain_read_tensor(const char *text, size_t size, sdx_dtype dtype, int rank,
                             const int64_t *dims, char *why, size_t why_size);

/* Gives open dims their numbers for n elements; false: n does not fit. */
bool fit_dims(int rank, int64_t *dims, size_t n);

/* Are these the same but for the case of the letters A to Z? */
bool plain_same(const char *a, const char *b);

#endif
