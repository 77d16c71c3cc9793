/* tools/results.h - the outputs of runs: shown as text or JSON, ranked, written to files. */
#ifndef TOOLS_RESULTS_H
#define TOOLS_RESULTS_H
#include "cli.h"
#include "output.h"

enum { MOST_FILES = 64 };

typedef enum result_form { RESULT_TEXT, RESULT_JSON, RESULT_JSONL } result_form;

typedef struct result_options {
    const char *to[MOST_FILES]; /* FILE, NAME=FILE, DIR/ */
    size_t n_to;
    int64_t top; /* 0: not wanted */
    char **label;
    size_t n_labels;
    print_how how;
    bool how_given, quietly; /* quietly: without --print nothing is shown as text */
    result_form form;
    bool several; /* runs, each with a source */
} result_options;

/* Do the names in `to` belong to the model, and can each be written?  Makes folders.  false: said
 * why. */
bool results_settle(const cli *c, const sdx_model *m, const result_options *o);

void results_begin(const result_options *o);
/* One run; source: what it ran on, where there are several; first: the first of them.  false: a
 * file could not be written, and said so. */
bool results_show(const cli *c, const result_options *o, const sdx_model *m, const char *source,
                  bool first, sdx_value *const *v, size_t n);
/* A run that failed keeps its place in JSON. */
void results_fail(const result_options *o, const char *source, const char *why, bool first);
void results_end(const result_options *o);

#endif
