/* tools/lint/config.h - settings that stand in a file, .model-lint.ini:
 *
 *     [model-lint]            ; as on the command line
 *     select = SX2*, conv-*
 *     fail-on = warning
 *     [severity]              ; and what there is a pair: severity, ignore-in, dim, shape
 *     dead-node = error
 *     [ignore-in]
 *     old-*.onnx = SX7*,
 *         unused-initializer
 *
 * It is looked for in a model's folder and in those above it; the nearest one counts. */
#ifndef TOOLS_LINT_CONFIG_H
#define TOOLS_LINT_CONFIG_H
#include "lint/settings.h"

typedef struct config {
    char *path; /* of the file; NULL: there is none, and all is as the command line says */
    settings settings;
    struct baseline *known;
} config;

/* Those that were read, each once. */
typedef struct configs {
    size_t n;
    config **of;
    char *folder; /* looked at last, and what was found for it */
    config *found;
    bool told; /* that files cannot be read */
} configs;

/* Of a model; '-' is one in the current folder.  NULL: said why it cannot be read. */
config *config_for(configs *all, const cli *c, const char *model);
/* Of this very file. */
config *config_read(configs *all, const cli *c, const char *path);
void configs_free(configs *all);
#endif
