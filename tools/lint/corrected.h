/* tools/lint/corrected.h - a model with its findings corrected, round by round. */
#ifndef TOOLS_LINT_CORRECTED_H
#define TOOLS_LINT_CORRECTED_H
#include "lint/result.h"

/* What was corrected, in words: "SX201 conv-group-channels: set 'group' of node 'c' to 16". */
typedef struct corrections {
    size_t n;
    char **says;
    bool failed; /* out of memory */
} corrections;

/* Is this finding to be corrected? */
typedef bool corrected_wants(void *ctx, const result *r, const sdx_finding *f);

/* Corrects the model of r, looks at what comes of it, corrects that, until nothing is left that is
 * wanted and can be.  now: what the last look found; its model is NULL where nothing was changed.
 * false: err says why; now is what was made up to there. */
bool corrected_make(const result *r, result *now, const cli *c, const settings *line,
                    corrected_wants *wants, void *ctx, corrections *done, sdx_error *err);
void corrections_free(corrections *c);
#endif
