/* tools/lint/changes.c - what corrections change in a model: both are compared, the model's own
 * lines, node by node, value by value. */
#include "lint/changes.h"

#include "save.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A node or a value of one model, with the same of the other. */
typedef struct item {
    char *key;
    size_t at, rank; /* rank: among those of its graph that the other model has, too */
    struct item *twin;
} item;

typedef struct side {
    const sdx_model *model;
    item *list, **sorted;
    size_t n;
} side;

typedef struct diff {
    FILE *to;
    bool color, failed;
    char *place; /* heading that is still to be printed, before the first line below it */
} diff;

/* ---- lines ---- */

static void line(diff *d, char sign, const char *text)
{
    if (d->place)
        fprintf(d->to, "@@ %s @@\n", d->place);
    free(d->place);
    d->place = NULL;
    fprintf(d->to, "%s%c", d->color ? sign == '-' ? "\033[31m" : "\033[32m" : "", sign);
    cli_print_escaped(d->to, text);
    fputs(d->color ? "\033[0m\n" : "\n", d->to);
}

/* NULL: there is no such line on that side. */
static void compare(diff *d, const char *before, const char *after)
{
    if (before && after && strcmp(before, after) == 0)
        return;
    if (before)
        line(d, '-', before);
    if (after)
        line(d, '+', after);
}

/* A text in memory of its own. */
static char *words(diff *d, const char *fmt, ...) SDX_PRINTF(2, 3);
static char *words(diff *d, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    va_end(args);
    d->failed |= !text;
    return text;
}

static void compare_words(diff *d, char *before, char *after)
{
    compare(d, before, after);
    free(before);
    free(after);
}

static void place(diff *d, char *text)
{
    free(d->place);
    d->place = text;
}

/* ---- who is whose ---- */

static int by_key(const void *a, const void *b)
{
    const item *const *x = a, *const *y = b;
    int order = strcmp((*x)->key, (*y)->key);
    return order ? order : ((*x)->at > (*y)->at) - ((*x)->at < (*y)->at);
}

typedef char *key_of(diff *d, const sdx_model *m, size_t i); /* NULL: past the end */

static char *node_key(diff *d, const sdx_model *m, size_t i)
{
    sdx_node_info n;
    if (sdx_model_node(m, i, &n) != SDX_OK)
        return NULL;
    return words(d, "%s\n%s", n.graph, n.n_outputs ? n.outputs[0] : n.name);
}

static char *value_key(diff *d, const sdx_model *m, size_t i)
{
    sdx_value_info v;
    return sdx_model_value(m, i, &v) == SDX_OK ? words(d, "%s\n%s", v.graph, v.name) : NULL;
}

static void take(diff *d, side *s, const sdx_model *m, key_of *key)
{
    size_t room = 0;
    *s = (side){ .model = m };
    for (char *k; !d->failed && (k = key(d, m, s->n)); s->n++) {
        if (s->n == room) {
            room = room ? 2 * room : 256;
            item *more = realloc(s->list, room * sizeof *more);
            d->failed |= !more;
            s->list = more ? more : s->list;
        }
        if (d->failed) {
            free(k);
            return;
        }
        s->list[s->n] = (item){ .key = k, .at = s->n };
    }
    s->sorted = malloc((s->n + 1) * sizeof *s->sorted);
    d->failed |= !s->sorted;
    for (size_t i = 0; s->sorted && i < s->n; i++)
        s->sorted[i] = &s->list[i];
    if (s->sorted && s->n)
        qsort(s->sorted, s->n, sizeof *s->sorted, by_key);
}

static void pair_up(diff *d, side *a, side *b)
{
    for (size_t i = 0, k = 0; !d->failed && i < a->n && k < b->n;) {
        int order = strcmp(a->sorted[i]->key, b->sorted[k]->key);
        if (order == 0) {
            a->sorted[i]->twin = b->sorted[k];
            b->sorted[k]->twin = a->sorted[i];
        }
        i += order <= 0;
        k += order >= 0;
    }
    side *of[] = { a, b };
    for (int s = 0; s < 2; s++) /* nodes of one graph stand together, its bodies' after them */
        for (size_t i = 0, rank = 0; i < of[s]->n; i++)
            of[s]->list[i].rank = of[s]->list[i].twin ? rank++ : 0;
}

static void let_go(side *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->list[i].key);
    free(s->list);
    free(s->sorted);
}

/* ---- nodes ---- */

static void list_names(FILE *to, size_t n, const char *const *name)
{
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s%s", i ? ", " : "", name[i]);
}

/* "y = Conv(x, w)" */
static char *formula(diff *d, const sdx_node_info *n)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to) {
        list_names(to, n->n_outputs, n->outputs);
        fprintf(to, " = %s%s%s(", n->domain, n->domain[0] ? "." : "", n->op);
        list_names(to, n->n_inputs, n->inputs);
        fputs(")", to);
        fclose(to);
    }
    d->failed |= !text;
    return text;
}

/* The value of an attribute in words; NULL: the node has none of the name. */
static const char *attribute(const sdx_node_info *n, const char *name)
{
    for (size_t i = 0; i < n->n_attributes; i++)
        if (strcmp(n->attributes[i].name, name) == 0)
            return n->attributes[i].text;
    return NULL;
}

static void compare_attributes(diff *d, const sdx_node_info *a, const sdx_node_info *b)
{
    size_t n = a->n_attributes + b->n_attributes;
    for (size_t i = 0; i < n; i++) {
        bool of_a = i < a->n_attributes;
        const char *name = of_a ? a->attributes[i].name : b->attributes[i - a->n_attributes].name;
        const char *was = attribute(a, name), *is = attribute(b, name);
        if (of_a || !was)
            compare_words(d, was ? words(d, "%s = %s", name, was) : NULL,
                          is ? words(d, "%s = %s", name, is) : NULL);
    }
}

static void compare_nodes(diff *d, const sdx_model *before, const sdx_model *after)
{
    side a, b;
    take(d, &a, before, node_key);
    take(d, &b, after, node_key);
    pair_up(d, &a, &b);
    for (size_t i = 0; !d->failed && i < a.n; i++) {
        const item *x = &a.list[i];
        sdx_node_info n, m;
        sdx_model_node(before, x->at, &n);
        place(d,
              n.name[0]
                  ? words(d, "node '%s' (%s%s%s%s, #%" PRId64 ")", n.name, n.op,
                          n.graph[0] ? ", graph '" : "", n.graph, n.graph[0] ? "'" : "", n.index)
                  : words(d, "node (%s%s%s%s, #%" PRId64 ")", n.op, n.graph[0] ? ", graph '" : "",
                          n.graph, n.graph[0] ? "'" : "", n.index));
        if (!x->twin) {
            compare_words(d, formula(d, &n), NULL);
            continue;
        }
        sdx_model_node(after, x->twin->at, &m);
        compare_words(d, words(d, "name = %s", n.name), words(d, "name = %s", m.name));
        compare_words(d, formula(d, &n), formula(d, &m));
        compare_attributes(d, &n, &m);
        if (x->rank != x->twin->rank)
            compare_words(d, words(d, "place = %" PRId64, n.index),
                          words(d, "place = %" PRId64, m.index));
    }
    for (size_t i = 0; !d->failed && i < b.n; i++) {
        sdx_node_info m;
        sdx_model_node(after, i, &m);
        place(d, words(d, "node '%s' (%s, #%" PRId64 ")", m.name, m.op, m.index));
        if (!b.list[i].twin)
            compare_words(d, NULL, formula(d, &m));
    }
    let_go(&a);
    let_go(&b);
}

/* ---- values ---- */

enum { FEW = 8 };

static bool get_value(const sdx_model *m, const item *x, sdx_value_info *v)
{
    return x && sdx_model_value(m, x->at, v) == SDX_OK;
}

/* What the file says of it: "float32[3, 4], initializer"; of a few integers they themselves.  NULL:
 * nothing. */
static char *said(diff *d, const sdx_value_info *v)
{
    if (!v->is_constant)
        return v->kind ? words(d, "%s", v->type) : NULL;
    if (!v->constant || sdx_value_dtype(v->constant) != SDX_I64 ||
        sdx_value_count(v->constant) > FEW)
        return words(d, "%s, initializer", v->type);
    char *text = words(d, "%s = {", v->type);
    for (size_t i = 0; text && i < sdx_value_count(v->constant); i++) {
        char *more = words(d, "%s%s%" PRId64, text, i ? ", " : "", sdx_value_i64(v->constant, i));
        free(text);
        text = more;
    }
    char *all = text ? words(d, "%s}", text) : NULL;
    free(text);
    return all;
}

static void compare_values(diff *d, const sdx_model *before, const sdx_model *after)
{
    side a, b;
    take(d, &a, before, value_key);
    take(d, &b, after, value_key);
    pair_up(d, &a, &b);
    for (size_t i = 0; !d->failed && i < a.n; i++) {
        sdx_value_info v, w;
        get_value(before, &a.list[i], &v);
        bool stays = get_value(after, a.list[i].twin, &w);
        place(d, words(d, "value '%s'", v.name));
        if (stays || v.is_constant)
            compare_words(d, said(d, &v), stays ? said(d, &w) : NULL);
    }
    let_go(&a);
    let_go(&b);
}

/* ---- the model's own ---- */

static void compare_lists(diff *d, size_t n, char **before, size_t m, char **after)
{
    for (size_t i = 0, k = 0; i < n || k < m;) {
        bool same = i < n && k < m && before[i] && after[k] && strcmp(before[i], after[k]) == 0;
        if (!same && n - i >= m - k)
            compare(d, i < n ? before[i] : NULL, n - i == m - k ? after[k] : NULL);
        else if (!same)
            compare(d, NULL, after[k]);
        bool one = same || n - i == m - k, left = n - i > m - k;
        i += one || left;
        k += one || !left;
    }
    for (size_t i = 0; i < n; i++)
        free(before[i]);
    for (size_t k = 0; k < m; k++)
        free(after[k]);
    free(before);
    free(after);
}

/* Lines of what a model says of itself; *n of them. */
static char **about(diff *d, const sdx_model *m, size_t *n)
{
    sdx_model_info x;
    sdx_function_info f;
    sdx_model_about(m, &x);
    char **list = calloc(x.n_opsets + x.n_metadata + x.n_functions + 2, sizeof *list);
    d->failed |= !list;
    *n = 0;
    if (!list)
        return NULL;
    list[(*n)++] = words(d, "ir_version = %" PRId64, x.ir_version);
    list[(*n)++] = words(d, "graph = %s", x.graph);
    for (size_t i = 0; i < x.n_opsets; i++)
        list[(*n)++] = words(d, "import %s = %" PRId64,
                             x.opset_domain[i][0] ? x.opset_domain[i] : "ai.onnx",
                             x.opset_version[i]);
    for (size_t i = 0; i < x.n_metadata; i++)
        list[(*n)++] = words(d, "metadata %s = %s", x.metadata_key[i], x.metadata_value[i]);
    for (size_t i = 0; i < x.n_functions && sdx_model_function(m, i, &f) == SDX_OK; i++)
        list[(*n)++] = words(d, "function %s.%s", f.domain, f.name);
    return list;
}

/* As the file says it, without what follows. */
static sdx_model *plain(const sdx_model *m, const char *name, char **bytes)
{
    sdx_model_options open = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_save_options save = SDX_OPTIONS_INIT(sdx_save_options);
    sdx_model *to = NULL;
    sdx_error err;
    size_t size = 0;
    open.lenient = open.no_infer = true;
    *bytes = save_to_memory(m, &save, &size, NULL, &err);
    if (*bytes && sdx_model_open_memory(*bytes, size, name, &open, &to, &err) != SDX_OK)
        to = NULL;
    return to;
}

void changes_print(FILE *to, const char *name, const sdx_model *before, const sdx_model *after,
                   const corrections *made, bool color)
{
    diff d = { .to = to, .color = color };
    char *bytes[2] = { NULL, NULL };
    if (before == after)
        return;
    for (size_t i = 0; i < made->n; i++) {
        fputs("# ", to);
        cli_print_escaped(to, made->says[i]);
        fputs("\n", to);
    }
    fputs("--- ", to);
    cli_print_escaped(to, name);
    fputs("\n+++ ", to);
    cli_print_escaped(to, name);
    fputs(" (corrected)\n", to);
    sdx_model *a = plain(before, name, &bytes[0]), *b = plain(after, name, &bytes[1]);
    if (a && b) {
        size_t n, m;
        char **was = about(&d, a, &n), **is = about(&d, b, &m);
        place(&d, words(&d, "model"));
        compare_lists(&d, n, was, m, is);
        compare_values(&d, a, b);
        compare_nodes(&d, a, b);
    }
    free(d.place);
    sdx_model_close(a);
    sdx_model_close(b);
    free(bytes[0]);
    free(bytes[1]);
}
