/* tools/lint/kept.h - what was found in one model, kept after sdx_model_lint has returned. */
#ifndef TOOLS_LINT_KEPT_H
#define TOOLS_LINT_KEPT_H
#include "sardonyx.h"

typedef struct kept {
    size_t n, room;
    sdx_finding *finding;
    struct kept_chunk *chunk; /* of the texts */
    bool failed;              /* out of memory: some are missing */
} kept;

/* A copy of f and its texts.  false: no memory. */
bool kept_add(kept *k, const sdx_finding *f);
void kept_free(kept *k);
#endif
