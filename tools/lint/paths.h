/* tools/lint/paths.h - the models that operands name: files, and what ends in .onnx in folders. */
#ifndef TOOLS_LINT_PATHS_H
#define TOOLS_LINT_PATHS_H
#include "cli.h"

typedef struct paths {
    size_t n, room;
    char **path;
    bool failed; /* a folder could not be read, which was said; or out of memory */
} paths;

/* A file, '-', or a folder, of which the models are taken in order of name; recursive: of folders
 * within, too. */
void paths_add(paths *p, const cli *c, const char *path, bool recursive);
void paths_free(paths *p);
#endif
