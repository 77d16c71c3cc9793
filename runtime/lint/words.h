/* lint/words.h - parts of a finding in words. */
#ifndef LINT_WORDS_H
#define LINT_WORDS_H
#include "lint/lint.h"

typedef struct sdx_lint_words {
    sdx_arena *arena;
    const sdx_facts *facts;
    const sdx_findings *findings; /* that say which node fixes a symbol */
    const sdx_raw_finding *about; /* the one that is told */
} sdx_lint_words;

/* Never NULL: "" where memory is out. */
const char *sdx_lint_say(sdx_lint_words *w, const char *fmt, ...) SDX_PRINTF(2, 3);

/* A value that a finding is about: its name, its type, where its guilty dim came from. */
sdx_finding_value sdx_lint_value(sdx_lint_words *w, const sdx_mention *m);

#endif
