/* tools/lint/baseline.h - findings that are known and accepted, in a file of JSON. */
#ifndef TOOLS_LINT_BASELINE_H
#define TOOLS_LINT_BASELINE_H
#include "cli.h"

typedef struct baseline baseline;

/* An empty one; NULL: no memory. */
baseline *baseline_new(void);
/* As baseline_write made it.  NULL: said why. */
baseline *baseline_read(const cli *c, const char *path);
bool baseline_add(baseline *b, const char *file, const sdx_finding *f);
bool baseline_has(const baseline *b, const char *file, const sdx_finding *f);
/* Takes one such finding out, as often as it is there; false: it is not. */
bool baseline_take(baseline *b, const char *file, const sdx_finding *f);
bool baseline_write(const baseline *b, const cli *c, const char *path);
void baseline_free(baseline *b);
#endif
