/* tests/support/lint_wire.c - see lint_wire.h. */
#include "support/lint_wire.h"

#include "support/lint.h"
#include <stdio.h>
#include <stdlib.h>

wire lint_node(const char *op, const char *second)
{
    wire n = { .n = 0 };
    wire_text(&n, 1, "x");
    if (second)
        wire_text(&n, 1, second);
    wire_text(&n, 2, "y");
    wire_text(&n, 3, "n");
    if (op)
        wire_text(&n, 4, op);
    return n;
}

wire lint_end(const char *name, int type, int64_t dim)
{
    wire v = { .n = 0 }, t = { .n = 0 }, tensor = { .n = 0 }, shape = { .n = 0 }, d = { .n = 0 };
    wire_int(&d, 1, (uint64_t)dim);
    wire_message(&shape, 1, &d);
    wire_int(&tensor, 1, (uint64_t)type);
    wire_message(&tensor, 2, &shape);
    wire_message(&t, 1, &tensor);
    wire_text(&v, 1, name);
    wire_message(&v, 2, &t);
    return v;
}

wire lint_tensor(const char *name, int type, int64_t dim)
{
    wire t = { .n = 0 };
    wire_int(&t, 1, (uint64_t)dim);
    wire_int(&t, 2, (uint64_t)type);
    if (*name)
        wire_text(&t, 8, name);
    return t;
}

wire lint_graph(const wire *node, const wire *x, const wire *y, const char *name, const wire *more)
{
    wire m = { .n = 0 }, g = { .n = 0 }, opset = { .n = 0 };
    wire_message(&g, 1, node);
    if (name)
        wire_text(&g, 2, name);
    wire_message(&g, GRAPH_INPUT, x);
    wire_message(&g, GRAPH_OUTPUT, y);
    if (more) {
        memcpy(g.bytes + g.n, more->bytes, more->n);
        g.n += more->n;
    }
    wire_int(&opset, 2, 21);
    wire_int(&m, 1, 10);
    wire_message(&m, 7, &g);
    wire_message(&m, 8, &opset);
    return m;
}

wire lint_model(const wire *node, uint32_t field, const wire *part)
{
    wire more = { .n = 0 }, x = lint_end("x", FLOAT, 4), y = lint_end("y", FLOAT, 4);
    if (part)
        wire_message(&more, field, part);
    return lint_graph(node, &x, &y, "g", &more);
}

bool lint_says(const wire *model, const char *says)
{
    char *text = lint_bytes(model->bytes, model->n);
    bool same = strcmp(text, says) == 0;
    if (!same)
        fprintf(stderr, "%s--- not ---\n%s\n", text, says);
    free(text);
    return same;
}
