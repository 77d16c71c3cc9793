/* graph/finding.h - what is wrong with a model, as the stage that saw it states it.
 *
 * LOAD and `infer` state errors, lint adds warnings and notes.  A finding holds facts and pointers
 * into the graph; the reporter (lint/) turns it into words with origins, the session into an
 * sdx_error. */
#ifndef GRAPH_FINDING_H
#define GRAPH_FINDING_H
#include "graph/graph.h"

typedef struct sdx_mention { /* a value that the finding is about */
    const sdx_gvalue *value;
    const char *as;   /* its formal name: "W"; NULL */
    const char *type; /* in words, as known then */
    int axis;
    /* what this dim has to do with it: "W.shape[1] x group = 1 x 32 = 32"; NULL */
    const char *note;
} sdx_mention;

typedef struct sdx_edit { /* a change of the user's file: attribute of node becomes value */
    const sdx_gnode *node;
    const char *attribute;
    int64_t value;
    bool safe;
} sdx_edit;

typedef struct sdx_raw_finding {
    const char *rule; /* the name of its page: "conv-group-channels" */
    sdx_severity severity;
    sdx_status status; /* what the loader returns for it: SDX_E_MODEL unless said otherwise */
    const char *fact;
    const sdx_gnode *node;  /* NULL: not a node's */
    const sdx_graph *graph; /* NULL: the model's */
    const char *subject;    /* name of a tensor, function, file … where there is no node; NULL */
    size_t n_mentions, n_hints, n_numbers;
    sdx_mention *mention;
    const char **hint;
    sdx_finding_number *number;
    const sdx_edit *edit; /* NULL: none */
    struct sdx_raw_finding *next;
} sdx_raw_finding;

/* Findings in the order they were made.  Repeated inference adds no finding twice: equal (rule,
 * node, fact) is one. */
typedef struct sdx_findings {
    sdx_arena *arena;
    sdx_table seen;
    sdx_raw_finding *first, *last;
    size_t n_errors, n_warnings, n_notes;
    bool failed; /* out of memory */
} sdx_findings;

void sdx_findings_init(sdx_findings *f, sdx_arena *a);
/* A new finding, or NULL: already known, or no memory.  The setters take NULL. */
sdx_raw_finding *sdx_findings_add(sdx_findings *f, sdx_severity severity, const char *rule,
                                  const sdx_gnode *node, const char *fmt, ...) SDX_PRINTF(5, 6);
sdx_raw_finding *sdx_findings_vadd(sdx_findings *f, sdx_severity severity, const char *rule,
                                   const sdx_gnode *node, const char *fmt, va_list args)
    SDX_PRINTF(5, 0);
void sdx_finding_vhint(sdx_findings *f, sdx_raw_finding *x, const char *fmt, va_list args)
    SDX_PRINTF(3, 0);
void sdx_finding_vnote(sdx_findings *f, sdx_raw_finding *x, const char *fmt, va_list args)
    SDX_PRINTF(3, 0);
void sdx_finding_hint(sdx_findings *f, sdx_raw_finding *x, const char *fmt, ...) SDX_PRINTF(3, 4);
void sdx_finding_mention(sdx_findings *f, sdx_raw_finding *x, const sdx_gvalue *v, const char *as,
                         const char *type, int axis);
/* Says more of the value mentioned last. */
void sdx_finding_note(sdx_findings *f, sdx_raw_finding *x, const char *fmt, ...) SDX_PRINTF(3, 4);
void sdx_finding_number_add(sdx_findings *f, sdx_raw_finding *x, const char *name, int64_t value);
/* The first error as an sdx_error, with rule, place, fact and hint.  SDX_OK: there is none. */
sdx_status sdx_findings_error(const sdx_findings *f, const char *model_name, sdx_error *err);

#endif
