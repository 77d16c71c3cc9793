/* tests/support/lint.c - findings as one text. */
#include "support/lint.h"

#include "sardonyx.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add(void *ctx, const sdx_finding *f)
{
    static const char *const severity[] = { "note", "warning", "error" };
    FILE *to = ctx;
    fprintf(to, "%s %s %s", f->code, f->name, severity[f->severity]);
    if (f->node[0])
        fprintf(to, " '%s'", f->node);
    else if (f->index >= 0)
        fprintf(to, " #%d", (int)f->index);
    fprintf(to, ": %s\n", f->message);
    for (size_t i = 0; i < f->n_values; i++) {
        fprintf(to, "  %s %s", f->values[i].name, f->values[i].type);
        if (f->values[i].axis >= 0)
            fprintf(to, " @%d", f->values[i].axis);
        fprintf(to, ": %s\n", f->values[i].origin);
    }
    for (size_t i = 0; i < f->n_help; i++)
        fprintf(to, "%s%s%s", i ? "; " : "  help: ", f->help[i], i + 1 == f->n_help ? "\n" : "");
    if (f->fix)
        fprintf(to, "  fix: %s (%s)\n", f->fix, f->fix_is_safe ? "safe" : "a guess");
    return true;
}

/* bytes NULL: text is the model. */
static char *findings_of(const char *text, const void *bytes, size_t size, const char *folder)
{
    char *said = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&said, &length);
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *m = NULL;
    sdx_error err;
    o.lenient = true;
    o.folder = folder;
    sdx_status st = bytes ? sdx_model_open_memory(bytes, size, "test", &o, &m, &err)
                          : sdx_model_parse(text, strlen(text), "test", &o, &m, &err);
    if (st == SDX_OK)
        st = sdx_model_lint(m, NULL, add, to, &err);
    if (st != SDX_OK) {
        char words[1600];
        sdx_error_text(&err, words, sizeof words);
        fprintf(to, "%s\n", words);
    }
    sdx_model_close(m);
    fclose(to);
    return said;
}

char *lint_text(const char *model)
{
    return findings_of(model, NULL, 0, NULL);
}

char *lint_bytes(const void *bytes, size_t size)
{
    return findings_of(NULL, bytes, size, NULL);
}

char *lint_bytes_in(const char *folder, const void *bytes, size_t size)
{
    return findings_of(NULL, bytes, size, folder);
}

int lint_program(const lint_case *cases, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        char *text = lint_text(cases[i].model);
        if (strcmp(text, cases[i].says) != 0) {
            fprintf(stderr, "%s:\n%s--- not ---\n%s\n", cases[i].what, text, cases[i].says);
            wrong++;
        }
        free(text);
    }
    printf("%zu of %zu models say something else\n", wrong, n);
    return wrong || !n;
}
