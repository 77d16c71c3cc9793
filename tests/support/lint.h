/* tests/support/lint.h - findings about a model in text syntax, as one text to compare. */
#ifndef SUPPORT_LINT_H
#define SUPPORT_LINT_H
#include <stddef.h>

/* Each finding as
 *
 *     SX201 conv-group-channels error 'conv': 16 input channels do not split into 32 groups
 *       x float32[64, 16, 32, 32] @1: graph input
 *       help: group may be 1, 2, 4, 8 or 16
 *       fix: set 'group' of node 'conv' to 16 (safe)
 *
 * in the order of the file; a model that cannot be read gives the words of the error.  The caller
 * frees it. */
char *lint_text(const char *model);
/* The same of a model's bytes. */
char *lint_bytes(const void *bytes, size_t size);
/* ... whose external data lies in this folder. */
char *lint_bytes_in(const char *folder, const void *bytes, size_t size);

/* A model and what lint_text has to say of it. */
typedef struct lint_case {
    const char *what, *model, *says;
} lint_case;

/* All of a program: each case that says something else is printed.  The exit status. */
int lint_program(const lint_case *cases, size_t n);
#endif
