/* tools/picture/dot.c - a picture for Graphviz. */
#include "cli.h"
#include "picture/picture.h"

#include <stdlib.h>
#include <string.h>

static void words(FILE *to, const char *text, size_t length)
{
    char *cut = strndup(text, length), *plain = NULL;
    size_t size;
    FILE *escaped = cut ? open_memstream(&plain, &size) : NULL;
    if (escaped) {
        cli_print_escaped(escaped, cut);
        if (fclose(escaped) == 0)
            for (const char *s = plain; *s; s++)
                fprintf(to, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
    }
    free(plain);
    free(cut);
}

void picture_print_dot(FILE *to, const picture *p)
{
    static const char *const shape[] = { "ellipse", "box", "ellipse", "plaintext" };
    fputs("digraph model {\n    node [shape=box];\n", to);
    for (size_t i = 0; i < p->n_boxes; i++) {
        const box *b = &p->box[i];
        fprintf(to, "    n%zu [label=\"", i);
        if (b->count > 1)
            fprintf(to, "%zu nodes", b->count);
        else
            words(to, b->op, strlen(b->op));
        fputs(*b->name && b->kind == BOX_NODE ? "\\n" : "", to);
        words(to, b->name, b->name_length);
        fprintf(to, "\"%s", b->marked ? ", color=red, penwidth=2" : "");
        if (b->kind != BOX_NODE)
            fprintf(to, ", shape=%s", shape[b->kind]);
        fputs("];\n", to);
    }
    for (size_t i = 0; i < p->n_lines; i++) {
        fprintf(to, "    n%zu -> n%zu [label=\"", p->line[i].from, p->line[i].to);
        words(to, p->line[i].type, strlen(p->line[i].type));
        fputs("\"];\n", to);
    }
    fputs("}\n", to);
}
