/* lint/lint.h - what is legal yet wrong, and the words for all findings. */
#ifndef LINT_LINT_H
#define LINT_LINT_H
#include "graph/facts.h"
#include "graph/finding.h"

/* The head of a page of rules/, in order of code: the build makes the table from the files.  Its
 * text is the tools'. */
typedef struct sdx_rule_page {
    const char *code, *name; /* from the file's name: SX201-conv-group-channels.md */
    const char *title;       /* its first line */
    sdx_severity severity;   /* its second */
} sdx_rule_page;
extern const sdx_rule_page sdx_rule_pages[]; /* ended by a NULL code */

const sdx_rule_page *sdx_rule_find(const char *name); /* by name or code; NULL: none */

/* Rules about the whole model, one file each, over graphs and facts; adds warnings and notes. */
sdx_status sdx_lint_program(const sdx_program *p, const sdx_facts *f, const sdx_lint_options *o,
                            sdx_findings *out);

/* select.c: does a list "SX2*,conv-*" name this rule?  Does a glob fit, whatever the case of
 * letters? */
bool sdx_lint_matches(const char *list, size_t length, const char *code, const char *name);
bool sdx_lint_glob(const char *pattern, size_t length, const char *text);

/* suppress.c: what the model's own metadata asks to leave out. */
typedef struct sdx_suppression {
    const char *rules, *node; /* lists and globs, not ended by zeros; no node: all */
    size_t rules_length, node_length;
    const char *reason;
} sdx_suppression;
typedef struct sdx_suppressions {
    size_t n;
    sdx_suppression *of;
} sdx_suppressions;
/* After all rules: reads the metadata, and warns of lines that leave nothing out. */
sdx_status sdx_lint_suppress(size_t n, const char *const *key, const char *const *value,
                             sdx_findings *f, sdx_suppressions *out);
/* The reason why a finding is left out; NULL: it is not. */
const char *sdx_suppressed(const sdx_suppressions *all, const sdx_raw_finding *x);

/* Turns findings into words: code, origins of the dims that matter, order of the file; calls report
 * for each that the options select and the model does not leave out. */
sdx_status sdx_lint_report(const sdx_findings *findings, const sdx_facts *f,
                           const sdx_suppressions *left_out, const sdx_lint_options *o,
                           sdx_report *report, void *ctx);

#endif
