/* lint/lint.h - what is legal yet wrong, and the words for all findings. */
#ifndef LINT_LINT_H
#define LINT_LINT_H
#include "graph/facts.h"
#include "graph/finding.h"

/* One page of rules/, in order of code: the build makes the table from the files. */
typedef struct sdx_rule_page {
    const char *code, *name; /* from the file's name: SX201-conv-group-channels.md */
    const char *title;       /* its first line */
    sdx_severity severity;   /* its second */
    const char *text;        /* all of it */
} sdx_rule_page;
extern const sdx_rule_page sdx_rule_pages[]; /* ended by a NULL code */

const sdx_rule_page *sdx_rule_find(const char *name); /* by name or code; NULL: none */

/* Rules about the whole model, one file each, over graphs and facts; adds warnings and notes. */
sdx_status sdx_lint_program(const sdx_program *p, const sdx_facts *f, const sdx_lint_options *o,
                            sdx_findings *out);

/* Turns findings into words: code, origins of the dims that matter, order of the file; calls report
 * for each that the options select. */
sdx_status sdx_lint_report(const sdx_findings *findings, const sdx_facts *f,
                           const sdx_lint_options *o, sdx_report *report, void *ctx);

#endif
