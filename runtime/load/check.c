/* load/check.c - what is wrong with a model's structure, as findings: versions, imports, order,
 * circles. */
#include "base/error.h"
#include "load/link.h"
#include <inttypes.h>

enum { NEWEST_IR = 14, MOST_CIRCLES = 20 };

sdx_raw_finding *sdx_check_flaws(sdx_linking *l, const sdx_draft_flaw *flaw, const sdx_gnode *node,
                                 const sdx_graph *g, const char *subject)
{
    sdx_raw_finding *first = NULL;
    for (; flaw; flaw = flaw->next) {
        sdx_raw_finding *w = sdx_findings_add(l->findings,
                                              flaw->status == SDX_OK ? SDX_WARNING : SDX_ERROR,
                                              flaw->rule, node, "%s", flaw->fact);
        if (!w)
            continue;
        first = first ? first : w;
        w->status = flaw->status;
        w->graph = node ? node->graph : g;
        w->subject = subject;
        if (flaw->hint)
            sdx_finding_hint(l->findings, w, "%s", flaw->hint);
    }
    return first;
}

/* ---- versions ---- */

static void check_metadata(sdx_linking *l)
{
    const sdx_draft *d = l->draft;
    sdx_table keys;
    sdx_table_init(&keys, l->scratch);
    for (size_t i = 0; i < d->n_metadata; i++) {
        const char *key = d->metadata_key[i], *value = d->metadata_value[i];
        bool fresh = true;
        sdx_word *at = sdx_table_add(&keys, key, strlen(key), &fresh);
        if (at && fresh)
            at->constant = value;
        if (!at || fresh)
            continue;
        sdx_raw_finding *w = sdx_findings_add(l->findings, SDX_WARNING, "metadata-twice", NULL,
                                              "metadata_props has the key '%s' more than once",
                                              key);
        if (w)
            w->subject = key;
        sdx_edit *e = sdx_correct(l->findings, w, NULL, strcmp(at->constant, value) == 0,
                                  "remove the second entry of '%s'", key);
        sdx_correct_drop_part(l->findings, e, sdx_span_model, SDX_AT_MODEL_METADATA, (uint32_t)i);
        sdx_finding_hint(l->findings, w, "keep one entry of '%s': which one counts is not said",
                         key);
    }
}

/* Functions came with IR 8. */
static void check_functions(sdx_linking *l)
{
    const sdx_draft *d = l->draft;
    if (!d->n_functions || d->ir_version >= 8 || d->ir_version < 1)
        return;
    sdx_raw_finding *w = sdx_findings_add(
        l->findings, SDX_WARNING, "ir-too-old", NULL,
        "IR version %" PRId64 " has no functions; they came with version 8", d->ir_version);
    sdx_finding_number_add(l->findings, w, "needed", 8);
    sdx_finding_hint(l->findings, w, "set ir_version to 8 or newer");
    sdx_correct_ir(l->findings, w, 8);
}

static void mark_domains(const sdx_draft_node *node, size_t n, sdx_table *used)
{
    for (size_t i = 0; i < n; i++) {
        if (*node[i].domain)
            (void)sdx_table_add_number(used, (uintptr_t)node[i].domain, NULL);
        for (size_t k = 0; k < node[i].n_attr; k++) /* as deep as the readers let graphs nest */
            if (node[i].attr[k].graph)
                mark_domains(node[i].attr[k].graph->node, node[i].attr[k].graph->n_nodes, used);
    }
}

static void check_domains(sdx_linking *l)
{
    const sdx_draft *d = l->draft;
    sdx_table used;
    sdx_table_init(&used, l->scratch);
    mark_domains(d->graph->node, d->graph->n_nodes, &used);
    for (size_t i = 0; i < d->n_functions; i++)
        mark_domains(d->function[i].node, d->function[i].n_nodes, &used);
    for (size_t i = 0; i < d->n_opsets; i++) {
        const char *domain = d->opset[i].domain;
        if (!*domain || sdx_table_find_number(&used, (uintptr_t)domain))
            continue;
        sdx_raw_finding *w = sdx_findings_add(l->findings, SDX_NOTE, "unused-import", NULL,
                                              "domain '%s' is imported, and no node is of it",
                                              domain);
        if (w)
            w->subject = domain;
        sdx_finding_hint(l->findings, w, "remove the import");
        sdx_edit *e = sdx_correct(l->findings, w, NULL, true, "remove the import of '%s'", domain);
        sdx_correct_drop_part(l->findings, e, sdx_span_model, SDX_AT_MODEL_OPSET, (uint32_t)i);
    }
}

/* function NULL: the model's own. */
static void check_imports(sdx_linking *l, const sdx_opset *o, size_t n, const char *function,
                          sdx_span at)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i && k < 64; k++) {
            if (o[i].domain != o[k].domain)
                continue;
            const char *domain = *o[i].domain ? o[i].domain : "ai.onnx";
            /* Exporters do write one version twice, and then there is but one way to read it. */
            bool same = o[i].version == o[k].version;
            sdx_raw_finding *w = sdx_findings_add(
                l->findings, same ? SDX_WARNING : SDX_ERROR, "opset-import-twice", NULL,
                "domain '%s' is imported twice%s%s, at versions %" PRId64 " and %" PRId64, domain,
                function ? " by function " : "", function ? function : "", o[k].version,
                o[i].version);
            if (w)
                w->subject = function ? function : domain;
            sdx_finding_hint(l->findings, w,
                             same ? "keep one of them"
                                  : "keep the one that the nodes were written for");
            sdx_edit *e = same ? sdx_correct(l->findings, w, NULL, true,
                                             "remove the second import of '%s'", domain)
                               : NULL;
            sdx_correct_drop_part(l->findings, e, at,
                                  function ? SDX_AT_FUNCTION_OPSET : SDX_AT_MODEL_OPSET,
                                  (uint32_t)i);
        }
}

void sdx_check_model(sdx_linking *l)
{
    const sdx_draft *d = l->draft;
    sdx_raw_finding *w;
    check_metadata(l);
    check_functions(l);
    check_domains(l);
    if (d->ir_version < 1 || d->ir_version > NEWEST_IR) {
        w = sdx_findings_add(l->findings, SDX_ERROR, "ir-version", NULL,
                             d->ir_version ? "IR version %" PRId64 " is not known"
                                           : "ir_version is missing, or %" PRId64,
                             d->ir_version);
        sdx_finding_hint(l->findings, w,
                         "versions 1 to %d are known: export for one of them; or the file is "
                         "damaged",
                         NEWEST_IR);
    }
    check_imports(l, d->opset, d->n_opsets, NULL, sdx_span_model);
    for (size_t i = 0; i < d->n_functions; i++)
        check_imports(l, d->function[i].opset, d->function[i].n_opsets, d->function[i].name,
                      d->function[i].span);
    sdx_check_flaws(l, d->flaw, NULL, NULL, NULL);
}

static const sdx_opset *imported(const sdx_opset *list, size_t n, const char *domain)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].domain == domain)
            return &list[i];
    return NULL;
}

/* A domain of functions has no versions, nor has one whose operators have all been there from the
 * first; of others the newest is a guess. */
static void add_import(sdx_linking *l, sdx_raw_finding *w, const sdx_draft_node *n,
                       const sdx_draft_function *in, int64_t version)
{
    bool safe = version > 0;
    for (size_t i = 0; !version && i < l->draft->n_functions; i++)
        if (l->draft->function[i].domain == n->domain)
            safe = (version = 1) != 0;
    int newest = version ? 0 : sdx_registry_newest(l->program->registry, n->domain);
    if (!*n->domain && !version)
        return;
    if (!version) {
        version = newest ? newest : 1;
        safe = newest == 1;
    }
    sdx_edit *e = sdx_correct(l->findings, w, NULL, safe, "import '%s' at version %" PRId64 "%s%s",
                              n->domain, version, in ? " in function " : "", in ? in->name : "");
    sdx_correct_import(l->findings, e, in ? in->span : sdx_span_model, n->domain, version);
}

int64_t sdx_check_opset(sdx_linking *l, const sdx_draft_node *n)
{
    if (n->opset)
        return n->opset;
    const sdx_draft *d = l->draft;
    const sdx_draft_function *f = n->call ? n->call->function : NULL;
    const sdx_opset *o = imported(f ? f->opset : d->opset, f ? f->n_opsets : d->n_opsets,
                                  n->domain);
    if (o)
        return o->version;
    if (d->ir_version < 3 && !d->n_opsets)
        return 1; /* files of that age import nothing */
    const char *domain = *n->domain ? n->domain : "ai.onnx";
    sdx_raw_finding *w = sdx_findings_add(
        l->findings, SDX_ERROR, "opset-import-missing", NULL,
        f ? "operators of domain '%s' are used, and function '%s' imports no version of it"
          : "operators of domain '%s' are used, and no version of it is imported%s",
        domain, f ? f->name : "");
    if (w)
        w->subject = f ? f->name : domain;
    o = f ? imported(d->opset, d->n_opsets, n->domain) : NULL;
    if (o)
        sdx_finding_hint(l->findings, w,
                         "add the opset_import of '%s' to the function: the model's own has "
                         "version %" PRId64,
                         n->domain, o->version);
    else
        sdx_finding_hint(l->findings, w,
                         "add an opset_import of '%s' with the version the nodes were written for, "
                         "or correct the domain of the nodes",
                         n->domain);
    add_import(l, w, n, f, o ? o->version : 0);
    return o ? o->version : SDX_NO_OPSET;
}

/* ---- order ---- */

enum { NEW, OPEN, DONE };
enum { NO_NODE = -1, NO_MORE = -2 };

typedef struct step {
    size_t place, next; /* of a node, and which of its needs is looked at next */
} step;

typedef struct circles {
    sdx_linking *l;
    sdx_graph *g;
    int64_t *place_of; /* by value: place of its producer in g, or NO_NODE */
    unsigned char *state;
    bool *named; /* by place: in a circle that was reported */
    step *stack;
    size_t depth, found;
} circles;

/* What a node reads, its bodies' captures included: the place of the k-th one's producer. */
static int64_t need_at(const circles *c, const sdx_gnode *n, size_t k)
{
    if (k < (size_t)n->n_in)
        return n->in[k] ? c->place_of[n->in[k]->id] : NO_NODE;
    k -= (size_t)n->n_in;
    for (int i = 0; i < n->n_attr; i++) {
        const sdx_graph *body = n->attr[i].graph;
        if (body && k < body->n_captures)
            return body->capture[k]->outer ? c->place_of[body->capture[k]->outer->id] : NO_NODE;
        k -= body ? body->n_captures : 0;
    }
    return NO_MORE;
}

/* "'sum' (Add, #0)"; "#0 (Add)" where it has no name. */
static const char *who(sdx_arena *a, const sdx_gnode *n)
{
    const char *text = *n->name ? sdx_arena_printf(a, "'%s' (%s, #%" PRId64 ")", n->name,
                                                   n->op_type, n->index)
                                : sdx_arena_printf(a, "#%" PRId64 " (%s)", n->index, n->op_type);
    return text ? text : n->name;
}

/* The nodes on the stack from `first` on wait for each other. */
static void name_circle(circles *c, size_t first)
{
    sdx_findings *f = c->l->findings;
    const char *text = "";
    bool fresh = false;
    size_t count = c->depth - first;
    for (size_t i = first; i < c->depth; i++) {
        size_t place = c->stack[i].place;
        const sdx_gnode *n = c->g->node[place];
        fresh |= !c->named[place];
        c->named[place] = true;
        if (i - first < 8 && text)
            text = sdx_arena_printf(f->arena, "%s%s reads from ", text, who(f->arena, n));
    }
    if (!fresh || !text || c->found++ >= MOST_CIRCLES)
        return;
    const sdx_gnode *n = c->g->node[c->stack[first].place];
    sdx_raw_finding *w = sdx_findings_add(
        f, SDX_ERROR, "graph-cycle", n, "%zu node%s in a circle: %s%s%s", count,
        count == 1 ? "" : "s", text, count > 8 ? "… " : "", who(f->arena, n));
    sdx_finding_hint(f, w,
                     "let one of them read another value: one that is to come back in the "
                     "next step is a state of Loop or Scan");
}

static void walk_from(circles *c, size_t start)
{
    c->stack[c->depth++] = (step){ start, 0 };
    c->state[start] = OPEN;
    while (c->depth) {
        step *top = &c->stack[c->depth - 1];
        int64_t need = need_at(c, c->g->node[top->place], top->next++);
        if (need == NO_MORE) {
            c->state[top->place] = DONE;
            c->depth--;
        } else if (need >= 0 && c->state[need] == NEW) {
            c->state[need] = OPEN;
            c->stack[c->depth++] = (step){ (size_t)need, 0 };
        } else if (need >= 0 && c->state[need] == OPEN) {
            size_t first = c->depth;
            while (c->stack[first - 1].place != (size_t)need)
                first--;
            if (c->found < MOST_CIRCLES)
                name_circle(c, first - 1);
        }
    }
}

static void find_circles(sdx_linking *l, sdx_graph *g)
{
    sdx_arena_mark mark = sdx_arena_here(l->scratch);
    circles c = {
        .l = l,
        .g = g,
        .state = sdx_arena_array(l->scratch, g->n_nodes, sizeof *c.state),
        .named = sdx_arena_array(l->scratch, g->n_nodes, sizeof *c.named),
        .stack = sdx_arena_array(l->scratch, g->n_nodes, sizeof *c.stack),
        .place_of = sdx_arena_array(l->scratch, l->program->n_values, sizeof *c.place_of),
    };
    if (c.state && c.named && c.stack && c.place_of) {
        for (uint32_t i = 0; i < l->program->n_values; i++)
            c.place_of[i] = NO_NODE;
        for (size_t i = 0; i < g->n_nodes; i++)
            for (int o = 0; o < g->node[i]->n_out; o++)
                if (g->node[i]->out[o])
                    c.place_of[g->node[i]->out[o]->id] = (int64_t)i;
        for (size_t i = 0; i < g->n_nodes && c.found < MOST_CIRCLES; i++)
            if (c.state[i] == NEW)
                walk_from(&c, i);
    }
    sdx_arena_rewind(l->scratch, mark);
}

void sdx_check_order(sdx_linking *l, sdx_graph *g, const sdx_late *late)
{
    if (!sdx_graph_sort(l->program, g)) {
        find_circles(l, g);
        return;
    }
    sdx_edit *e = NULL;
    for (; late; late = late->next) {
        const sdx_gnode *from = late->value->producer;
        sdx_raw_finding *w = sdx_findings_add(l->findings, SDX_ERROR, "unsorted-nodes", late->node,
                                              "reads '%s', which node %s makes only later",
                                              late->value->name, who(l->findings->arena, from));
        sdx_finding_hint(l->findings, w,
                         "the list of nodes has to be in an order of running: move %s before it",
                         who(l->findings->arena, from));
        if (e && w)
            w->edit = e; /* one mends all of the graph */
        else if ((e = sdx_correct(l->findings, w, NULL, true,
                                  "put the nodes of graph '%s' in an order of running", g->name)))
            sdx_correct_order(l->findings, e, g);
    }
}
