/* load/calls.c - which functions a model has, who calls whom, and how much writing all calls out
 * would make: twenty functions that call the next one twice are a million nodes. */
#include "base/error.h"
#include "load/link.h"
#include <inttypes.h>

/* Domain, name and overload identify a function; each is a pooled name, so its address will do. */
typedef struct identity {
    const char *part[3];
} identity;

const sdx_draft_function *sdx_functions_find(const sdx_table *functions, const sdx_draft_node *n)
{
    const identity key = { { n->op_type, n->domain, n->overload } };
    const sdx_word *at = sdx_table_find(functions, (const char *)&key, sizeof key);
    return at ? at->constant : NULL;
}

/* Of names in a list, or in two that are one: each once. */
static void check_names(const sdx_linking *l, const sdx_draft_function *f, const char *what,
                        const char *const *name, size_t n)
{
    for (size_t i = 0; i < n && i < SDX_MOST_ATTRIBUTES; i++)
        for (size_t k = 0; k < i; k++) {
            if (name[k] != name[i])
                continue;
            sdx_raw_finding *w = sdx_findings_add(l->findings, SDX_ERROR, "function-signature",
                                                  NULL, "function '%s' has the %s '%s' twice",
                                                  f->name, what, name[i]);
            sdx_finding_hint(l->findings, w, "give one of the two another name");
            if (w)
                w->subject = f->name;
        }
}

static bool check_signature(const sdx_linking *l, const sdx_draft_function *f, sdx_table *said)
{
    size_t n = f->n_attr + f->n_defaults;
    const char **attr = sdx_arena_array(l->scratch, n, sizeof *attr);
    for (size_t i = 0; attr && i < n; i++)
        attr[i] = i < f->n_attr ? f->attr[i] : f->defaults[i - f->n_attr].is.name;
    if (attr)
        check_names(l, f, "attribute", attr, n);
    check_names(l, f, "input", f->in, f->n_in);
    check_names(l, f, "output", f->out, f->n_out);
    if (*f->name)
        return attr != NULL;
    sdx_raw_finding *w = sdx_findings_add(l->findings, SDX_ERROR, "function-signature", NULL,
                                          "a function of domain '%s' has no name", f->domain);
    sdx_finding_hint(l->findings, w, "give it the name that nodes call, or remove it");
    return attr && sdx_table_add_number(said, (uintptr_t)f, NULL);
}

sdx_status sdx_functions_index(sdx_linking *l, sdx_table *functions, sdx_table *said)
{
    const sdx_draft *d = l->draft;
    sdx_table_init(functions, l->scratch);
    for (size_t i = 0; i < d->n_functions; i++) {
        const sdx_draft_function *f = &d->function[i];
        identity *key = sdx_arena_alloc(l->scratch, sizeof *key);
        if (!key || !check_signature(l, f, said))
            return sdx_error_memory(l->err, 0);
        *key = (identity){ { f->name, f->domain, f->overload } };
        sdx_word *at = sdx_table_add(functions, (const char *)key, sizeof *key, NULL);
        if (!at)
            return sdx_error_memory(l->err, 0);
        if (!at->constant) {
            at->constant = f;
            continue;
        }
        sdx_raw_finding *w = sdx_findings_add(l->findings, SDX_ERROR, "function-duplicate", NULL,
                                              "function '%s' of domain '%s'%s is defined twice",
                                              f->name, *f->domain ? f->domain : "ai.onnx",
                                              *f->overload ? ", with the same overload," : "");
        sdx_finding_hint(l->findings, w, "keep one; or tell them apart by overload");
        if (!sdx_table_add_number(said, (uintptr_t)f, NULL))
            return sdx_error_memory(l->err, 0);
        if (w)
            w->subject = f->name;
    }
    return SDX_OK;
}

/* ---- how much it will be ---- */

/* Of a function, and last of the model's graphs: what it holds and whom it calls. */
typedef struct extent {
    uint64_t nodes; /* with those of bodies; when it is done also with those of all calls */
    size_t at, end; /* its calls in the list that are not looked at yet */
    bool open, done;
} extent;

typedef struct census {
    const sdx_table *functions;
    extent *of;
    size_t *callee; /* the calls of all, one after the other */
    size_t n_calls, room;
} census;

static bool list_calls(const sdx_linking *l, census *c, extent *of, const sdx_draft_node *node,
                       size_t n)
{
    of->nodes += n;
    for (size_t i = 0; i < n; i++) {
        const sdx_draft_function *f = sdx_functions_find(c->functions, &node[i]);
        if (f && c->n_calls == c->room) {
            size_t more = c->room ? 2 * c->room : 64;
            c->callee = sdx_arena_grow(l->scratch, c->callee, c->room, more, sizeof *c->callee);
            if (!c->callee)
                return false;
            c->room = more;
        }
        if (f)
            c->callee[c->n_calls++] = (size_t)(f - l->draft->function);
        for (size_t k = 0; k < node[i].n_attr; k++) {
            const sdx_draft_graph *g = node[i].attr[k].graph;
            if (g && !list_calls(l, c, of, g->node, g->n_nodes))
                return false;
        }
    }
    return true;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Adds what its calls make to `last` and to all that it calls.  A call from within itself is
 * refused where it is met, and makes nothing. */
static void add_calls(const census *c, size_t last, size_t *stack)
{
    size_t depth = 0;
    stack[depth++] = last;
    while (depth > 0) {
        extent *e = &c->of[stack[depth - 1]];
        e->open = true;
        if (e->at == e->end) {
            e->open = false;
            e->done = true;
            depth--;
            continue;
        }
        const extent *inner = &c->of[c->callee[e->at]];
        if (inner->done || inner->open) {
            e->nodes = sum(e->nodes, inner->done ? inner->nodes : 0);
            e->at++;
        } else {
            stack[depth++] = c->callee[e->at];
        }
    }
}

sdx_status sdx_functions_too_many(const sdx_linking *l)
{
    return sdx_error_set(l->err, SDX_E_LIMIT,
                         "inlining of functions makes more than %" PRIu32 " nodes",
                         l->options->max_inlined);
}

sdx_status sdx_functions_extent(const sdx_linking *l, const sdx_table *functions)
{
    const sdx_draft *d = l->draft;
    size_t n = d->n_functions;
    census c = { .functions = functions, .of = sdx_arena_array(l->scratch, n + 1, sizeof *c.of) };
    size_t *stack = sdx_arena_array(l->scratch, n + 1, sizeof *stack);
    if (!c.of || !stack)
        return sdx_error_memory(l->err, 0);
    for (size_t i = 0; i <= n; i++) {
        extent *e = &c.of[i];
        e->at = c.n_calls;
        if (!list_calls(l, &c, e, i < n ? d->function[i].node : d->graph->node,
                        i < n ? d->function[i].n_nodes : d->graph->n_nodes))
            return sdx_error_memory(l->err, 0);
        e->end = c.n_calls;
    }
    uint64_t own = c.of[n].nodes;
    add_calls(&c, n, stack);
    return c.of[n].nodes - own <= l->options->max_inlined ? SDX_OK : sdx_functions_too_many(l);
}
