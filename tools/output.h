/* tools/output.h - what comes out of a model: shown, ranked, written to files. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H
#include "cli.h"

enum { OUTPUT_HEAD = 8 };

typedef enum print_how { PRINT_NONE, PRINT_SHAPE, PRINT_HEAD, PRINT_FULL } print_how;

/* "y  float32[1, 10]  0.1 0.2 …" */
void output_print(FILE *to, const char *name, const sdx_value *v, print_how how);

/* The k largest elements of each row of the last axis, with the lines of `label` as names (NULL:
 * their numbers). */
void output_top(FILE *to, const char *name, const sdx_value *v, size_t k, char **label,
                size_t n_labels);
/* The same as `, "top": [[{"index": 3, "label": "cat", "value": 0.9}, …], …]`. */
void output_top_json(FILE *to, const sdx_value *v, size_t k, char **label, size_t n_labels);

/* Writes v as the ending of the path says: .npy, .json, .raw, .pb (and all others).  false: said
 * why. */
bool output_write(const cli *c, const char *path, const char *name, const sdx_value *v);

/* "float32[1, 3]", "sequence of 2" */
void output_type(const sdx_value *v, char *text, size_t size);

#endif
