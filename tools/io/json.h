/* tools/io/json.h - tensors as JSON: nested arrays. */
#ifndef TOOLS_IO_JSON_H
#define TOOLS_IO_JSON_H
#include "sardonyx.h"
#include <stdio.h>

/* A tensor of this type; its dims are those of the nesting.  NULL: why says what is wrong. */
sdx_value *json_read_tensor(const char *text, size_t size, sdx_dtype dtype, char *why,
                            size_t why_size);
/* A value as JSON: tensors as nested arrays, NaN and infinities as strings, 64-bit integers
 * exactly, complex numbers as pairs.  json_print_line has no line breaks in it. */
void json_print_value(FILE *to, const sdx_value *v);
void json_print_line(FILE *to, const sdx_value *v);
void json_print_element(FILE *to, const sdx_value *v, size_t i);
void json_print_real(FILE *to, double x); /* nine digits: enough for a float */
void json_print_string(FILE *to, const char *text, size_t length);

#endif
