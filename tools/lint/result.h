/* tools/lint/result.h - one model and what was found in it, until that is reported. */
#ifndef TOOLS_LINT_RESULT_H
#define TOOLS_LINT_RESULT_H
#include "lint/config.h"
#include "lint/kept.h"
#include "report/report.h"

typedef struct result {
    report_file file;
    kept found;
    config *config;
    sdx_status status; /* not SDX_OK: err says why it could not be looked at */
    sdx_error err;
    sdx_model *model; /* kept where something is still to be asked of it */
    char *bytes;      /* of stdin, or as corrected: what the model is read from */
    size_t size;
    char *folder; /* of external data of such bytes; NULL: none */
} result;

/* Looks at the model of this path ('-': stdin), which messages call `name`; on any thread.  config
 * is set before. */
void result_fill(result *r, const cli *c, const settings *line, const char *path, const char *name);
/* Looks at bytes that a correction of r's model made; they are the result's from here on. */
void result_again(result *now, const result *r, const cli *c, const settings *line, char *bytes,
                  size_t size);
void result_free(result *r);
#endif
