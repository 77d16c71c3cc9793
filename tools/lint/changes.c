/* tools/lint/changes.c - what corrections would change in a model: it is written to memory, read
 * again and compared node by node. */
#include "lint/changes.h"

#include "save.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The value of an attribute in words; NULL: the node has none of the name. */
static const char *attribute(const sdx_node_info *n, const char *name)
{
    for (size_t i = 0; i < n->n_attributes; i++)
        if (strcmp(n->attributes[i].name, name) == 0)
            return n->attributes[i].text;
    return NULL;
}

static void side(FILE *to, char sign, const char *name, const char *text, bool color)
{
    if (!text)
        return;
    fprintf(to, "%s%c", color ? sign == '-' ? "\033[31m" : "\033[32m" : "", sign);
    cli_print_escaped(to, name);
    fputs(" = ", to);
    cli_print_escaped(to, text);
    fputs(color ? "\033[0m\n" : "\n", to);
}

static void print_place(FILE *to, const sdx_node_info *n)
{
    fputs("@@ node ", to);
    if (n->name[0]) {
        fputs("'", to);
        cli_print_escaped(to, n->name);
        fputs("' ", to);
    }
    fputs("(", to);
    cli_print_escaped(to, n->op);
    if (n->graph[0]) {
        fputs(", graph '", to);
        cli_print_escaped(to, n->graph);
        fputs("'", to);
    }
    fprintf(to, ", #%" PRId64 ") @@\n", n->index);
}

/* begun: the lines that name both models were printed. */
static void compare(FILE *to, const char *file, const sdx_node_info *a, const sdx_node_info *b,
                    bool *begun, bool color)
{
    bool placed = false;
    size_t n = a->n_attributes + b->n_attributes;
    for (size_t i = 0; i < n; i++) {
        bool of_a = i < a->n_attributes;
        const char *name = of_a ? a->attributes[i].name : b->attributes[i - a->n_attributes].name;
        const char *old = attribute(a, name), *now = attribute(b, name);
        if ((!of_a && old) || (old && now && strcmp(old, now) == 0))
            continue;
        if (!*begun) {
            fputs("--- ", to);
            cli_print_escaped(to, file);
            fputs("\n+++ ", to);
            cli_print_escaped(to, file);
            fputs(" (corrected)\n", to);
        }
        *begun = true;
        if (!placed)
            print_place(to, a);
        placed = true;
        side(to, '-', name, old, color);
        side(to, '+', name, now, color);
    }
}

bool changes_print(FILE *to, const sdx_model *m, const char *name, const sdx_save_options *o,
                   bool color, sdx_error *err)
{
    sdx_model_options open = SDX_OPTIONS_INIT(sdx_model_options);
    size_t size = 0, edits = 0;
    sdx_model *now = NULL;
    sdx_node_info a, b;
    bool begun = false;
    char *bytes = save_to_memory(m, o, &size, &edits, err);
    open.lenient = open.no_infer = true;
    bool good = bytes != NULL;
    if (good && edits)
        good = sdx_model_open_memory(bytes, size, name, &open, &now, err) == SDX_OK;
    for (size_t i = 0;
         good && now && sdx_model_node(m, i, &a) == SDX_OK && sdx_model_node(now, i, &b) == SDX_OK;
         i++)
        compare(to, name, &a, &b, &begun, color);
    sdx_model_close(now);
    free(bytes);
    return good;
}
