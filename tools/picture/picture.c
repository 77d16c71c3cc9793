/* tools/picture/picture.c - which boxes and lines a picture has. */
#include "picture/picture.h"

#include <stdlib.h>
#include <string.h>

/* ---- types by name ---- */

typedef struct typed {
    const char *graph, *name, *type;
} typed;

static int by_name(const void *a, const void *b)
{
    const typed *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : strcmp(x->graph, y->graph);
}

typedef struct painter {
    picture *p;
    const links *l;
    const picture_wish *wish;
    typed *typed;
    size_t n_typed, box_room, line_room;
    size_t *box_of; /* by node; SIZE_MAX: not shown */
    bool failed;
} painter;

static bool list_types(painter *t)
{
    sdx_model_info about;
    sdx_value_info v;
    if (sdx_model_about(t->p->m, &about) != SDX_OK)
        return false;
    t->typed = malloc((about.n_values + 1) * sizeof *t->typed);
    for (size_t i = 0; t->typed && sdx_model_value(t->p->m, i, &v) == SDX_OK; i++)
        t->typed[t->n_typed++] = (typed){ v.graph, v.name, v.type };
    if (t->typed)
        qsort(t->typed, t->n_typed, sizeof *t->typed, by_name);
    return t->typed != NULL;
}

static const char *type_of(const painter *t, const char *graph, const char *name)
{
    const typed key = { graph, name, NULL };
    const typed *found = bsearch(&key, t->typed, t->n_typed, sizeof key, by_name);
    return found && found->type && strcmp(found->type, "?") != 0 ? found->type : "";
}

/* ---- boxes ---- */

static size_t add_box(painter *t, box b)
{
    picture *p = t->p;
    if (p->n_boxes == t->box_room) {
        t->box_room = t->box_room ? 2 * t->box_room : 64;
        box *more = realloc(p->box, t->box_room * sizeof *more);
        if (!more) {
            t->failed = true;
            return SIZE_MAX;
        }
        p->box = more;
    }
    p->box[p->n_boxes] = b;
    return p->n_boxes++;
}

/* Length of the first parts of a name; 0: none are asked for, or it has no more than those. */
static size_t cluster_length(const char *name, int64_t parts)
{
    const char *at = name + (*name == '/');
    if (parts <= 0)
        return 0;
    while (parts-- > 0) {
        const char *slash = strchr(at, '/');
        if (!slash)
            return 0;
        at = slash + 1;
    }
    return (size_t)(at - name) - 1;
}

typedef struct member {
    const char *graph, *name;
    size_t length, node;
} member;

static int by_cluster(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int c = strcmp(x->graph, y->graph);
    size_t n = x->length < y->length ? x->length : y->length;
    c = c ? c : memcmp(x->name, y->name, n);
    if (c)
        return c;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

/* leader[i]: the first node of the cluster of node i, itself where it has none. */
static void find_leaders(painter *t, size_t *leader)
{
    member *list = malloc((t->l->n_nodes + 1) * sizeof *list);
    sdx_node_info n;
    size_t count = 0;
    t->failed |= !list;
    for (size_t i = 0; i < t->l->n_nodes; i++)
        leader[i] = i;
    for (size_t i = 0; list && sdx_model_node(t->p->m, i, &n) == SDX_OK; i++) {
        size_t length = t->box_of[i] == SIZE_MAX ? 0 : cluster_length(n.name, t->wish->cluster);
        if (length)
            list[count++] = (member){ n.graph, n.name, length, i };
    }
    if (count)
        qsort(list, count, sizeof *list, by_cluster);
    for (size_t i = 1; i < count; i++) {
        const member *a = &list[i - 1], *b = &list[i];
        if (a->length == b->length && strcmp(a->graph, b->graph) == 0 &&
            memcmp(a->name, b->name, a->length) == 0)
            leader[b->node] = leader[a->node];
    }
    free(list);
}

static void add_nodes(painter *t)
{
    size_t *leader = malloc((t->l->n_nodes + 1) * sizeof *leader);
    sdx_node_info n;
    t->failed |= !leader;
    if (!leader)
        return;
    for (size_t i = 0; sdx_model_node(t->p->m, i, &n) == SDX_OK; i++)
        t->box_of[i] = (t->wish->chosen ? t->wish->chosen[i] : !n.graph[0]) ? 0 : SIZE_MAX;
    find_leaders(t, leader);
    for (size_t i = 0; !t->failed && sdx_model_node(t->p->m, i, &n) == SDX_OK; i++) {
        if (t->box_of[i] == SIZE_MAX)
            continue;
        bool marked = t->wish->marked && t->wish->marked[i];
        if (leader[i] != i) {
            box *b = &t->p->box[t->box_of[i] = t->box_of[leader[i]]];
            size_t length = cluster_length(n.name, t->wish->cluster);
            b->count++;
            b->marked = b->marked || marked;
            b->name_length = length;
            b->type = "";
            continue;
        }
        const char *type = n.n_outputs && n.outputs[0][0] ? type_of(t, n.graph, n.outputs[0]) : "";
        t->box_of[i] = add_box(t, (box){ .kind = BOX_NODE,
                                         .op = n.op,
                                         .name = n.name,
                                         .type = type,
                                         .name_length = strlen(n.name),
                                         .node = i,
                                         .count = 1,
                                         .marked = marked });
    }
    free(leader);
}

static size_t add_value(painter *t, box_kind kind, const char *name, const char *type)
{
    return add_box(t, (box){ .kind = kind,
                             .op = "",
                             .name = name,
                             .type = type && strcmp(type, "?") != 0 ? type : "",
                             .name_length = strlen(name),
                             .node = SIZE_MAX });
}

/* ---- lines ---- */

static void add_line(painter *t, size_t from, size_t to, const char *graph, const char *name)
{
    picture *p = t->p;
    if (from == to || from == SIZE_MAX || to == SIZE_MAX)
        return;
    if (p->n_lines == t->line_room) {
        t->line_room = t->line_room ? 2 * t->line_room : 64;
        line *more = realloc(p->line, t->line_room * sizeof *more);
        t->failed |= !more;
        if (!more)
            return;
        p->line = more;
    }
    p->line[p->n_lines++] = (line){ from, to, name, type_of(t, graph, name), 0, 0 };
}

static int by_ends(const void *a, const void *b)
{
    const line *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

/* One line for each pair of boxes. */
static void merge_lines(picture *p)
{
    size_t kept = 0;
    if (p->n_lines)
        qsort(p->line, p->n_lines, sizeof *p->line, by_ends);
    for (size_t i = 0; i < p->n_lines; i++)
        if (!kept || by_ends(&p->line[kept - 1], &p->line[i]) != 0)
            p->line[kept++] = p->line[i];
    p->n_lines = kept;
}

/* A value that has a box of its own: made at its first use. */
typedef struct source {
    const char *graph, *name;
    size_t box;
} source;

static int by_source(const void *a, const void *b)
{
    const source *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : strcmp(x->graph, y->graph);
}

static source *list_inputs(painter *t, size_t *n)
{
    sdx_value_info v;
    *n = 0;
    while (sdx_model_input(t->p->m, *n, &v) == SDX_OK)
        ++*n;
    source *list = malloc((*n + 1) * sizeof *list);
    for (size_t i = 0; list && sdx_model_input(t->p->m, i, &v) == SDX_OK; i++) {
        bool shown = !t->wish->chosen; /* of a part of the graph only those that are read there */
        list[i] = (source){ "", v.name,
                            shown ? add_value(t, BOX_INPUT, v.name, v.type) : SIZE_MAX };
    }
    if (list)
        qsort(list, *n, sizeof *list, by_source);
    t->failed |= !list;
    return list;
}

static size_t input_box(painter *t, source *inputs, size_t n, const char *graph, const char *name)
{
    const source key = { graph, name, 0 };
    source *s = n ? bsearch(&key, inputs, n, sizeof key, by_source) : NULL;
    if (!s)
        return SIZE_MAX; /* an initializer, or of an outer graph */
    if (s->box == SIZE_MAX)
        s->box = add_value(t, BOX_INPUT, name, type_of(t, graph, name));
    return s->box;
}

/* Boxes for what comes from nodes that are not shown, one for each value. */
static void add_outside(painter *t)
{
    source *list = malloc((t->l->n + 1) * sizeof *list);
    sdx_node_info n;
    size_t count = 0;
    t->failed |= !list;
    for (size_t i = 0; list && i < t->l->n; i++) {
        const link_between *x = &t->l->link[i];
        if (x->from == SIZE_MAX || x->to == SIZE_MAX || t->box_of[x->from] != SIZE_MAX ||
            t->box_of[x->to] == SIZE_MAX)
            continue;
        sdx_model_node(t->p->m, x->to, &n);
        list[count++] = (source){ n.graph, x->name, t->box_of[x->to] };
    }
    if (count)
        qsort(list, count, sizeof *list, by_source);
    size_t from = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || by_source(&list[i - 1], &list[i]) != 0)
            from = add_value(t, BOX_OUTSIDE, list[i].name, type_of(t, list[i].graph, list[i].name));
        add_line(t, from, list[i].box, list[i].graph, list[i].name);
    }
    free(list);
}

static void add_links(painter *t, source *inputs, size_t n_inputs)
{
    sdx_node_info n;
    for (size_t i = 0; !t->failed && i < t->l->n; i++) {
        const link_between *x = &t->l->link[i];
        const char *graph = "";
        size_t to = SIZE_MAX, from = x->from == SIZE_MAX ? SIZE_MAX : t->box_of[x->from];
        if (x->to != SIZE_MAX) {
            sdx_model_node(t->p->m, x->to, &n);
            graph = n.graph;
            to = t->box_of[x->to];
            if (to == SIZE_MAX)
                continue;
        }
        if (x->from == SIZE_MAX)
            from = input_box(t, inputs, n_inputs, graph, x->name);
        if (x->to == SIZE_MAX && (from != SIZE_MAX || !t->wish->chosen))
            to = add_value(t, BOX_OUTPUT, x->name, type_of(t, "", x->name));
        add_line(t, from, to, graph, x->name);
    }
}

picture *picture_of(const sdx_model *m, const links *l, const picture_wish *wish)
{
    picture *p = calloc(1, sizeof *p);
    painter t = { .p = p, .l = l, .wish = wish };
    size_t n_inputs = 0;
    if (!p)
        return NULL;
    p->m = m;
    t.box_of = malloc((l->n_nodes + 1) * sizeof *t.box_of);
    t.failed = !t.box_of || !list_types(&t);
    source *inputs = t.failed ? NULL : list_inputs(&t, &n_inputs);
    if (!t.failed)
        add_nodes(&t);
    if (!t.failed)
        add_links(&t, inputs, n_inputs);
    if (!t.failed)
        add_outside(&t);
    merge_lines(p);
    free(inputs);
    free(t.box_of);
    free(t.typed);
    if (t.failed) {
        picture_free(p);
        return NULL;
    }
    return p;
}

void picture_free(picture *p)
{
    if (!p)
        return;
    free(p->box);
    free(p->line);
    free(p->point);
    free(p);
}
