/* load/functions.c - model-local functions: every call is replaced by the nodes of the function's
 * body.
 *
 * Inner names get the call's path as prefix; formal names become those of the call; references to
 * attributes become what the call gives, else the default, else nothing.  A function wins over an
 * operator of the same name. */
#include "base/error.h"
#include "base/text.h"
#include "load/link.h"
#include <inttypes.h>

typedef struct pending {
    sdx_draft_graph *graph;
    struct pending *next;
} pending;

typedef struct inliner {
    sdx_linking *l;
    sdx_arena *arena; /* of the result */
    sdx_names *names;
    sdx_table functions;
    sdx_table called; /* those that were, by address */
    pending *graphs;  /* whose nodes are still to be looked through */
    uint64_t made;
    uint64_t calls, missing;
    sdx_status status;
} inliner;

/* One call that is being written out. */
typedef struct instance {
    sdx_call_site call;
    const sdx_draft_node *site;
    sdx_table rename; /* a name in the function: its name in the caller */
    const char *prefix;
    bool first; /* what is wrong with the function is said of its first call */
} instance;

static bool fail(inliner *x)
{
    if (x->status == SDX_OK)
        x->status = sdx_error_memory(x->l->err, 0);
    return false;
}

/* Adds to the flaws of a node: an error, or a warning. */
#define FLAW(x, n, rule, status, hint, ...) \
    ((void)(sdx_draft_flaw_add((x)->arena, &(n)->flaw, rule, status, hint, __VA_ARGS__) || fail(x)))

/* ---- names ---- */

/* A name that nothing has yet: prefix/name, with a number where that is taken. */
static const char *fresh_name(inliner *x, const char *prefix, const char *name)
{
    for (uint64_t k = 0;; k++) {
        char *text = k ? sdx_arena_printf(x->l->scratch, "%s/%s~%" PRIu64, prefix, name, k)
                       : sdx_arena_printf(x->l->scratch, "%s/%s", prefix, name);
        if (!text)
            return NULL;
        if (!sdx_names_find(x->names, text, strlen(text)))
            return sdx_names_add(x->names, text, strlen(text));
    }
}

static const char *renamed(inliner *x, instance *in, const char *name)
{
    bool fresh;
    if (!*name)
        return name;
    sdx_word *at = sdx_table_add_number(&in->rename, (uintptr_t)name, &fresh);
    if (at && fresh)
        at->constant = fresh_name(x, in->prefix, name);
    return at ? at->constant : NULL;
}

static bool rename_list(inliner *x, instance *in, const char *const *from, size_t n,
                        const char ***to)
{
    const char **list = sdx_arena_array(x->arena, n, sizeof *list);
    *to = list;
    for (size_t i = 0; list && i < n; i++) {
        list[i] = renamed(x, in, from[i]);
        if (!list[i])
            return fail(x);
    }
    return list || fail(x);
}

/* ---- copies of what a body holds ---- */

static bool clone_nodes(inliner *x, instance *in, const sdx_draft_node *from, size_t n,
                        sdx_draft_node *to);

/* Symbolic dims of a function mean something else in each call: only numbers stay. */
static const sdx_type *own_type(inliner *x, const sdx_type *t)
{
    if (!t || t->kind != SDX_TENSOR || t->dims.rank <= 0)
        return t && t->kind == SDX_TENSOR ? t : NULL;
    sdx_dim *dim = sdx_arena_array(x->arena, (size_t)t->dims.rank, sizeof *dim);
    for (int i = 0; dim && i < t->dims.rank; i++)
        dim[i] = sdx_is_num(t->dims.dim[i]) ? t->dims.dim[i] : sdx_unknown();
    return dim ? sdx_type_tensor(x->arena, t->dtype, (sdx_dims){ t->dims.rank, dim }) : NULL;
}

static bool clone_values(inliner *x, instance *in, sdx_draft_value **list, size_t n)
{
    sdx_draft_value *copy = sdx_arena_array(x->arena, n, sizeof *copy);
    if (!copy)
        return fail(x);
    for (size_t i = 0; i < n; i++) {
        copy[i] = (*list)[i];
        copy[i].name = renamed(x, in, copy[i].name);
        copy[i].type = own_type(x, copy[i].type);
        if (!copy[i].name)
            return fail(x);
    }
    *list = copy;
    return true;
}

static sdx_draft_graph *clone_graph(inliner *x, instance *in, const sdx_draft_graph *from)
{
    sdx_draft_graph *g = sdx_arena_copy(x->arena, from, sizeof *g);
    if (!g || !(g->node = sdx_arena_array(x->arena, g->n_nodes, sizeof *g->node))) {
        fail(x);
        return NULL;
    }
    bool fine = clone_values(x, in, &g->input, g->n_inputs) &&
                clone_values(x, in, &g->output, g->n_outputs) &&
                clone_values(x, in, &g->initializer, g->n_initializers) &&
                clone_values(x, in, &g->info, g->n_infos) &&
                clone_nodes(x, in, from->node, g->n_nodes, g->node);
    return fine ? g : NULL;
}

static const sdx_draft_attr *find_attr(const sdx_draft_attr *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].is.name, name) == 0)
            return &list[i];
    return NULL;
}

/* What a reference stands for in this call; NULL: nothing, and the attribute is left out. */
static const sdx_draft_attr *referred(const instance *in, const char *name)
{
    const sdx_draft_function *f = in->call.function;
    const sdx_draft_attr *given = find_attr(in->site->attr, in->site->n_attr, name);
    return given ? given : find_attr(f->defaults, f->n_defaults, name);
}

static bool has_attr(const sdx_draft_function *f, const char *name)
{
    for (size_t i = 0; i < f->n_attr; i++)
        if (strcmp(f->attr[i], name) == 0)
            return true;
    return find_attr(f->defaults, f->n_defaults, name) != NULL;
}

static void check_reference(inliner *x, instance *in, sdx_draft_node *n, const sdx_attr *a)
{
    const sdx_draft_function *f = in->call.function;
    if (in->first && !has_attr(f, a->ref))
        FLAW(x, n, "attribute-reference", SDX_E_MODEL,
             "write the value itself, or add the attribute to those of the function",
             "attribute '%s' refers to '%s', which is no attribute of function '%s'", a->name,
             a->ref, f->name);
}

static bool clone_attrs(inliner *x, instance *in, const sdx_draft_node *from, sdx_draft_node *to)
{
    to->n_attr = 0;
    to->attr = sdx_arena_array(x->arena, from->n_attr, sizeof *to->attr);
    if (!to->attr)
        return fail(x);
    for (size_t i = 0; i < from->n_attr; i++) {
        const sdx_draft_attr *a = &from->attr[i], *value = a->is.ref ? referred(in, a->is.ref) : a;
        if (a->is.ref)
            check_reference(x, in, to, &a->is);
        if (!value)
            continue;
        sdx_draft_attr *copy = &to->attr[to->n_attr++];
        *copy = *value;
        copy->is.name = a->is.name;
        if (value == a && a->graph && !(copy->graph = clone_graph(x, in, a->graph)))
            return false;
    }
    return true;
}

static bool clone_nodes(inliner *x, instance *in, const sdx_draft_node *from, size_t n,
                        sdx_draft_node *to)
{
    x->made += n;
    if (x->made > x->l->options->max_inlined) { /* of functions that call each other in circles */
        x->status = sdx_functions_too_many(x->l);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
        to[i].call = &in->call;
        to[i].index = in->site->index;
        to[i].name = in->site->name; /* so that a finding names a node of the file */
        if (*from[i].name) {
            to[i].name = sdx_arena_printf(x->arena, "%s/%s", in->prefix, from[i].name);
            if (!to[i].name)
                return fail(x);
        }
        if (!rename_list(x, in, from[i].in, from[i].n_in, &to[i].in) ||
            !rename_list(x, in, from[i].out, from[i].n_out, &to[i].out) ||
            !clone_attrs(x, in, &from[i], &to[i]))
            return false;
    }
    return true;
}

/* ---- calls ---- */

/* The function sees what its signature names; the rest of the call would be lost. */
static void check_attrs(inliner *x, sdx_draft_node *site, const sdx_draft_function *f)
{
    for (size_t i = 0; i < site->n_attr; i++) {
        const char *name = site->attr[i].is.name;
        if (has_attr(f, name))
            continue;
        const char *near = f->n_attr ? f->attr[0] : f->n_defaults ? f->defaults[0].is.name : NULL;
        const char *hint = near
                               ? sdx_arena_printf(x->arena,
                                                  "remove '%s'; function '%s' has %zu attribute%s, "
                                                  "the first is '%s'",
                                                  name, f->name, f->n_attr + f->n_defaults,
                                                  f->n_attr + f->n_defaults == 1 ? "" : "s", near)
                               : sdx_arena_printf(x->arena, "remove '%s': function '%s' has none",
                                                  name, f->name);
        FLAW(x, site, "attribute-unknown", SDX_E_MODEL, hint, "function '%s' has no attribute '%s'",
             f->name, name);
    }
}

static void check_domain(inliner *x, sdx_draft_node *site, const sdx_draft_function *f)
{
    const sdx_draft *d = x->l->draft;
    const sdx_draft_function *around = site->call ? site->call->function : NULL;
    const sdx_opset *list = around ? around->opset : d->opset;
    size_t n = around ? around->n_opsets : d->n_opsets, i = 0;
    while (i < n && list[i].domain != f->domain)
        i++;
    if (i == n && *f->domain && !(around && around->domain == f->domain))
        FLAW(x, site, "opset-import-missing", SDX_E_MODEL,
             sdx_arena_printf(x->arena, "add an opset_import of '%s', version 1 say, to the %s",
                              f->domain, around ? "function around the call" : "model"),
             "calls function '%s' of domain '%s', which the %s does not import", f->name, f->domain,
             around ? "function around the call" : "model");
}

/* May this call be written out?  Where not, that is said. */
static bool check_call(inliner *x, sdx_draft_node *site, const sdx_draft_function *f)
{
    for (const sdx_call_site *c = site->call; c; c = c->outer)
        if (c->function == f) {
            FLAW(
                x, site, "function-recursive", SDX_E_MODEL,
                "functions are written out where they are called, and this one would never end: repeat by Loop or Scan",
                "calls function '%s' from within itself: %s/%s", f->name, site->call->path,
                f->name);
            site->broken = true;
            return false;
        }
    check_domain(x, site, f);
    check_attrs(x, site, f);
    for (int out = 0; out < 2; out++) {
        size_t given = out ? site->n_out : site->n_in, formal = out ? f->n_out : f->n_in;
        if (given <= formal)
            continue;
        FLAW(x, site, "function-arity", SDX_E_MODEL,
             sdx_arena_printf(x->arena,
                              "remove the %ss after the first %zu, or add to those of "
                              "the function",
                              out ? "output" : "input", formal),
             "has %zu %s%s, function '%s' has %zu", given, out ? "output" : "input",
             given == 1 ? "" : "s", f->name, formal);
    }
    site->broken = site->flaw != NULL;
    if (site->broken && !sdx_table_add_number(&x->called, (uintptr_t)f, NULL))
        fail(x);
    return !site->broken;
}

static bool begin_call(inliner *x, sdx_draft_node *site, const sdx_draft_function *f,
                       instance **out)
{
    instance *in = sdx_arena_alloc(x->arena, sizeof *in);
    if (!in)
        return fail(x);
    const char *outer = site->call ? site->call->path : "";
    in->site = site;
    in->call = (sdx_call_site){
        f, site->call, sdx_arena_printf(x->arena, "%s%s%s", outer, *outer ? "/" : "", f->name),
        site->call ? site->call->depth + 1 : 1
    };
    in->prefix = *site->name ? site->name
                             : sdx_arena_printf(x->arena, "%s#%" PRIu64, in->call.path, x->calls);
    x->calls++;
    sdx_table_init(&in->rename, x->l->scratch);
    sdx_word *called = sdx_table_add_number(&x->called, (uintptr_t)f, NULL);
    if (!called)
        return fail(x);
    in->first = !called->constant;
    called->constant = f;
    if (!in->call.path || !in->prefix)
        return fail(x);
    if (in->call.depth > x->l->options->max_depth) {
        x->status = sdx_error_set(x->l->err, SDX_E_LIMIT,
                                  "calls of functions nest deeper than %" PRIu32,
                                  x->l->options->max_depth);
        return false;
    }
    for (size_t i = 0; i < f->n_in; i++) {
        sdx_word *at = sdx_table_add_number(&in->rename, (uintptr_t)f->in[i], NULL);
        if (!at)
            return fail(x);
        at->constant = i < site->n_in ? site->in[i] : sdx_names_add(x->names, "", 0);
        if (!at->constant)
            return fail(x);
    }
    *out = in;
    return true;
}

/* An output that is an input handed through: no node of the body makes it, so one is added here. */
static bool hand_through(inliner *x, instance *in, const char *from, const char *to,
                         sdx_draft_node *n)
{
    const char *none = sdx_names_add(x->names, "", 0);
    *n = (sdx_draft_node){ .name = none,
                           .op_type = sdx_names_add(x->names, "Identity", 8),
                           .domain = none,
                           .overload = none,
                           .n_in = 1,
                           .n_out = 1,
                           .call = &in->call,
                           .index = in->site->index,
                           .opset = 1 };
    n->in = sdx_arena_copy(x->arena, &from, sizeof from);
    n->out = sdx_arena_copy(x->arena, &to, sizeof to);
    return (none && n->op_type && n->in && n->out) || fail(x);
}

/* The nodes that stand for the call. */
static bool expand_call(inliner *x, sdx_draft_node *site, const sdx_draft_function *f,
                        sdx_draft_node **out, size_t *n)
{
    instance *in = NULL;
    if (!begin_call(x, site, f, &in))
        return false;
    sdx_draft_node *list = sdx_arena_array(x->arena, f->n_nodes + f->n_out, sizeof *list);
    if (!list)
        return fail(x);
    *out = list;
    *n = f->n_nodes;
    for (size_t i = 0; i < f->n_out && i < site->n_out; i++) {
        bool fresh;
        sdx_word *at = sdx_table_add_number(&in->rename, (uintptr_t)f->out[i], &fresh);
        if (!at)
            return fail(x);
        if (!*site->out[i])
            continue;
        if (fresh || !at->constant)
            at->constant = site->out[i];
        else if (*(const char *)at->constant &&
                 !hand_through(x, in, at->constant, site->out[i], &list[(*n)++]))
            return false;
    }
    for (size_t i = 0; i < f->n_out; i++) { /* those not asked for get names like all others */
        sdx_word *at = sdx_table_find_number(&in->rename, (uintptr_t)f->out[i]);
        if (at && !at->constant && !(at->constant = fresh_name(x, in->prefix, f->out[i])))
            return fail(x);
    }
    return clone_nodes(x, in, f->node, f->n_nodes, list);
}

/* ---- graphs ---- */

typedef struct level {
    sdx_draft_node *node;
    size_t n, at;
} level;

static bool emit(inliner *x, sdx_draft_graph *g, size_t *room, const sdx_draft_node *n)
{
    if (g->n_nodes == *room) {
        size_t more = *room ? 2 * *room : 16;
        sdx_draft_node *list = sdx_arena_grow(x->arena, g->node, *room, more, sizeof *list);
        if (!list)
            return fail(x);
        g->node = list;
        *room = more;
    }
    g->node[g->n_nodes++] = *n;
    for (size_t i = 0; i < n->n_attr; i++) {
        if (!n->attr[i].graph)
            continue;
        pending *later = sdx_arena_alloc(x->l->scratch, sizeof *later);
        if (!later)
            return fail(x);
        *later = (pending){ n->attr[i].graph, x->graphs };
        x->graphs = later;
    }
    return true;
}

static const char *function_at(const void *arg, size_t i)
{
    const sdx_draft *d = arg;
    return i < d->n_functions ? d->function[i].name : NULL;
}

enum { MOST_MISSING = 100 }; /* each looks at all functions */

/* A node of a domain that the file's functions have, and no function has its name. */
static void check_missing(inliner *x, sdx_draft_node *n)
{
    const sdx_draft *d = x->l->draft;
    size_t i = 0;
    while (i < d->n_functions && d->function[i].domain != n->domain)
        i++;
    if (!*n->domain || i == d->n_functions || x->missing++ >= MOST_MISSING ||
        sdx_registry_find(x->l->program->registry, n->domain, n->op_type, 1, NULL, NULL, NULL))
        return;
    const char *near = sdx_nearest_word(n->op_type, strlen(n->op_type), function_at, d);
    const char *hint = near ? sdx_arena_printf(x->arena, "did you mean '%s'?", near)
                            : "add the function to the file";
    if (!sdx_table_add_number(&x->called, (uintptr_t)n->domain, NULL)) /* one may be meant */
        fail(x);
    FLAW(x, n, "op-unknown", SDX_OK, hint, "no function '%s' of domain '%s' is in the file",
         n->op_type, n->domain);
}

static bool expand_graph(inliner *x, sdx_draft_graph *g, level *stack)
{
    uint32_t depth = 1;
    size_t room = 0;
    stack[0] = (level){ g->node, g->n_nodes, 0 };
    g->node = NULL;
    g->n_nodes = 0;
    while (depth) {
        level *top = &stack[depth - 1];
        if (top->at == top->n) {
            depth--;
            continue;
        }
        sdx_draft_node *n = &top->node[top->at++];
        const sdx_draft_function *f = n->broken ? NULL : sdx_functions_find(&x->functions, n);
        if (!f && !n->broken)
            check_missing(x, n);
        if (f && check_call(x, n, f)) {
            level inner = { 0 };
            if (!expand_call(x, n, f, &inner.node, &inner.n))
                return false;
            stack[depth++] = inner; /* begin_call holds the depth of calls within max_depth */
        } else if (!emit(x, g, &room, n)) {
            return false;
        }
    }
    return true;
}

sdx_status sdx_inline_functions(sdx_linking *l)
{
    if (l->draft->n_functions == 0)
        return SDX_OK;
    const sdx_draft *d = l->draft;
    inliner x = { .l = l, .arena = l->program->arena, .names = l->program->names };
    level *stack = sdx_arena_array(l->scratch, (size_t)l->options->max_depth + 2, sizeof *stack);
    pending first = { l->draft->graph, NULL };
    x.graphs = &first;
    sdx_table_init(&x.called, l->scratch);
    x.status = stack ? sdx_functions_index(l, &x.functions, &x.called)
                     : sdx_error_memory(l->err, 0);
    if (x.status == SDX_OK)
        x.status = sdx_functions_extent(l, &x.functions);
    while (x.status == SDX_OK && x.graphs) {
        sdx_draft_graph *g = x.graphs->graph;
        x.graphs = x.graphs->next;
        expand_graph(&x, g, stack);
    }
    for (size_t i = 0; x.status == SDX_OK && i < d->n_functions; i++) {
        const sdx_draft_function *f = &d->function[i];
        if (sdx_table_find_number(&x.called, (uintptr_t)f) ||
            sdx_table_find_number(&x.called, (uintptr_t)f->domain))
            continue;
        sdx_raw_finding *w = sdx_findings_add(l->findings, SDX_WARNING, "unused-function", NULL,
                                              "function '%s' of domain '%s' is called by no node",
                                              f->name, f->domain);
        sdx_finding_hint(l->findings, w, "remove it, or call it where it was meant to be called");
        if (w)
            w->subject = f->name;
        sdx_correct_drop(l->findings,
                         sdx_correct(l->findings, w, NULL, false, "remove function '%s'", f->name),
                         f->span);
    }
    return x.status;
}
