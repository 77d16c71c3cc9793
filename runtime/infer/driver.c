/* infer/driver.c - walks nodes in order and keeps what their rules find.
 *
 * A node is checked against its row, its rule is called, and what it says is merged with what the
 * file declares.  What an equation finds out about a symbol holds for values seen before, too, so
 * the walk is repeated until nothing new is found, a few times at most.  A node that refuses taints
 * its outputs, and whatever reads those is passed over: one defect is one finding. */
#include "infer/walk.h"

#include "base/error.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PASSES = 4 };

sdx_fact *sdx_walk_fact(walk *w, const sdx_gvalue *v)
{
    return &w->facts->of[v->id];
}

static void taint(walk *w, const sdx_gnode *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            sdx_walk_fact(w, n->out[i])->tainted = true;
}

/* ---- declared types ---- */

static const char *what_of(const sdx_gvalue *v)
{
    return v->is_output ? "output" : v->is_input ? "input" : "value";
}

/* What stands between is for readers alone, and goes; an end gets what is made there. */
static void fix_declared(sdx_infer *c, const sdx_gvalue *v, const sdx_type *found,
                         const char *gives)
{
    sdx_findings *f = c->walk->o->findings;
    if (!c->last || !v->span.size)
        return;
    if (!v->is_output) {
        sdx_edit *e = sdx_correct(f, c->last, NULL, true, "remove '%s' from value_info", v->name);
        sdx_correct_drop(f, e, v->span);
        return;
    }
    sdx_edit *e = sdx_correct(f, c->last, NULL, false, "declare '%s' as %s", v->name, gives);
    sdx_correct_type(f, e, sdx_known_type_of(c->facts->symbols, f->arena, v, found));
}

/* The file says one thing and the operator another.  The operator is right: it is what will run. */
static void declared_otherwise(sdx_infer *c, const sdx_gvalue *v, const sdx_type *declared,
                               const sdx_type *found, conflict why, int axis)
{
    walk *w = c->walk;
    sdx_dim d = axis >= 0 && axis < v->declared->dims.rank ? v->declared->dims.dim[axis]
                                                           : sdx_num(0);
    const char *says = sdx_show_type(c, declared), *gives = sdx_show_type(c, found);
    bool refused = c->refused;
    if (why == OTHER_DIM && !sdx_is_num(d)) {
        /* A name that is used for two sizes misleads, and breaks nothing. */
        const char *name = d.sym <= w->facts->program->n_symbols
                               ? w->facts->program->symbol[d.sym - 1]
                               : "?";
        sdx_warn(c, "symbol-two-sizes",
                 "%s '%s' is declared %s, %s gives %s: the symbol %s stands for two sizes",
                 what_of(v), v->name, says, c->def->op_type, gives, name);
        sdx_hint(c, "use another name than %s for dim %d of '%s'", name, axis, v->name);
    } else {
        if (why == OTHER_RANK)
            sdx_refuse(c, "declared-shape",
                       "%s '%s' is declared %s of rank %d, %s gives %s of rank %d", what_of(v),
                       v->name, says, declared->dims.rank, c->def->op_type, gives,
                       found->dims.rank);
        else
            sdx_refuse(c, why == OTHER_DIM ? "declared-shape" : "declared-type",
                       "%s '%s' is declared %s, %s gives %s", what_of(v), v->name, says,
                       c->def->op_type, gives);
        sdx_hint(c, "declare '%s' as %s, or remove its declaration", v->name, gives);
        fix_declared(c, v, found, gives);
        c->refused = refused; /* readers go on with what the operator gives */
    }
    if (c->last)
        sdx_finding_mention(w->o->findings, c->last, v, NULL,
                            sdx_type_text(w->facts->symbols, w->o->findings->arena, found), axis);
}

/* Dims that nobody knows get a name: whatever size it is, it is one, and what becomes of it can be
 * followed. */
static void name_dims(walk *w, const sdx_gvalue *v)
{
    sdx_fact *f = sdx_walk_fact(w, v);
    bool unnamed = false;
    if (!f->type || f->type->kind != SDX_TENSOR)
        return;
    sdx_dim dim[SDX_MAX_RANK];
    for (int i = 0; i < f->type->dims.rank; i++) {
        dim[i] = f->type->dims.dim[i];
        if (!sdx_is_unknown(dim[i]))
            continue;
        unnamed = true;
        sdx_arena_mark before = sdx_arena_here(w->scratch);
        const char *name = sdx_arena_printf(w->scratch, "%s.shape[%d]", v->name, i);
        dim[i] = sdx_symbol_data(w->facts->symbols, (uint64_t)v->id << 8 | (uint64_t)(i & 255),
                                 name ? name : "?", sdx_unknown());
        if (w->scratch != w->facts->arena)
            sdx_arena_rewind(w->scratch, before);
    }
    if (!unnamed)
        return;
    f->type = sdx_type_tensor(w->facts->arena, f->type->dtype,
                              (sdx_dims){ f->type->dims.rank, dim });
    w->failed |= !f->type;
}

/* What a rule said of output o becomes a fact. */
static void commit(sdx_infer *c, int o)
{
    walk *w = c->walk;
    const sdx_gvalue *v = c->def->out[o];
    sdx_fact *f = sdx_walk_fact(w, v);
    const sdx_type *found = c->out[o].type;
    if (!found && c->out[o].dtype)
        found = sdx_tensor_type(c, c->out[o].dtype, (sdx_dims){ -1, NULL });
    if (!f->type || (found && f->type->kind == SDX_KIND_UNKNOWN)) {
        f->type = found ? sdx_type_settle(w, found, true) : &sdx_type_unknown;
        f->epoch = sdx_symbols_epoch(w->facts->symbols);
        /* A binding goes by what will run, whatever the file says of it. */
        if (v->declared && !(w->o->bodies_may_fail && c->def->row)) {
            conflict why;
            int axis;
            const sdx_type *declared = sdx_type_localize(w, v->declared);
            const sdx_type *merged = sdx_type_add_declared(w, f->type, declared, &why, &axis);
            if (why == AGREE)
                f->type = merged;
            else
                declared_otherwise(c, v, declared, f->type, why, axis);
        }
    } else if (found && !sdx_type_is_same(f->type, found)) {
        conflict why;
        int axis;
        const sdx_type *merged = sdx_type_merge(w, f->type, found, &why, &axis);
        f->type = why == AGREE ? merged : sdx_type_settle(w, found, true);
    }
    name_dims(w, v);
    if (c->out[o].elem && !f->known) {
        bool same = f->elem && f->n_elem == c->out[o].n_elem &&
                    memcmp(f->elem, c->out[o].elem, (size_t)f->n_elem * sizeof *f->elem) == 0;
        sdx_dim *kept = same ? NULL
                             : sdx_arena_copy(w->facts->arena, c->out[o].elem,
                                              (size_t)c->out[o].n_elem * sizeof *kept);
        if (kept)
            sdx_fact_from_elems(w, f, kept, c->out[o].n_elem);
        w->failed |= !same && !kept;
    }
}

/* ---- nodes ---- */

/* Another operator, or one of another domain. */
static void fix_node(sdx_infer *c, uint32_t field, const char *text, const char *says, bool safe)
{
    sdx_findings *f = c->walk->o->findings;
    const sdx_gnode *n = c->def->origin;
    if (c->last)
        sdx_correct_text(f, sdx_correct(f, c->last, n, safe, "%s", says), n->span, field, 0, text);
}

static void unknown_operator(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    sdx_registry *r = c->facts->program->registry;
    const char *domain = n->domain[0] ? n->domain : "ai.onnx";
    int since = sdx_standard_since(n->domain, n->op_type);
    if (since > n->opset) {
        sdx_refuse(c, "op-newer-than-opset", "%s came with opset %d, the model imports %" PRId64,
                   n->op_type, since, n->opset);
        sdx_hint(c, "import opset %d or newer, or use the operators it is made of", since);
    } else if (since || (strncmp(domain, "ai.onnx", 7) != 0 && strcmp(domain, "sdx") != 0)) {
        /* Right, but not to be had here: what it gives is what the file declares. */
        bool slip = !since && sdx_standard_since("", n->op_type);
        if (slip) {
            sdx_warn(c, "op-unimplemented",
                     "operator %s of %s is not implemented; ai.onnx has one of that name",
                     n->op_type, domain);
            sdx_hint(c, "where that one is meant, leave the domain out");
            fix_node(c, SDX_AT_NODE_DOMAIN, "", "take it from ai.onnx", false);
        } else {
            sdx_remark(c, "op-unimplemented", "operator %s of %s is not implemented", n->op_type,
                       domain);
        }
        char room[512];
        sdx_hint(c, "%s", sdx_registry_way_out(r, n->domain, n->op_type, room, sizeof room));
    } else {
        const char *near = r ? sdx_registry_near(r, n->domain, n->op_type) : NULL;
        sdx_refuse(c, "op-unknown", "there is no operator '%s' in %s", n->op_type, domain);
        if (near) {
            sdx_hint(c, "did you mean %s?", near);
            if (sdx_edit_distance(near, strlen(near), n->op_type, strlen(n->op_type), 1) < 2 ||
                sdx_same_word(near, strlen(near), n->op_type))
                fix_node(c, SDX_AT_NODE_OP, near, sdx_text(c, "make it %s", near), false);
        } else
            sdx_hint(
                c, "use an operator that the domain has, or import the domain that it belongs to");
    }
}

/* The successor takes the place of an operator where it takes the same inputs by the same names and
 * the attributes that are given. */
static void fix_deprecated(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    const sdx_row *to = NULL;
    const char *name = n->row->replaced_by;
    if (!c->last ||
        !sdx_registry_find(c->facts->program->registry, n->domain, name, n->opset, NULL, &to,
                           NULL) ||
        !to)
        return;
    bool fits = n->row->n_in <= to->n_in && n->n_in <= n->row->n_in;
    for (int i = 0; fits && i < to->n_in; i++)
        fits = i < n->row->n_in ? strcmp(to->in[i].name, n->row->in[i].name) == 0
                                : to->in[i].arity == SDX_MAYBE_ONE;
    for (int i = 0; fits && i < n->n_attr; i++)
        fits = sdx_row_attr(to, n->attr[i].name) != NULL;
    if (fits)
        fix_node(c, SDX_AT_NODE_OP, name, sdx_text(c, "make it %s", name), true);
}

static bool check_version(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    int since = 0;
    if (!n->op) {
        unknown_operator(c);
        return !c->refused;
    }
    if (!n->row) {
        since = n->op->schema[0].since;
        sdx_refuse(c, "op-newer-than-opset", "%s came with opset %d, the model imports %" PRId64,
                   n->op_type, since, n->opset);
        sdx_number(c, "since", since);
        sdx_number(c, "opset", n->opset);
        sdx_hint(c, "import opset %d or newer, or use the operators it is made of", since);
        return false;
    }
    if (n->row->replaced_by && c->walk->linting) {
        sdx_warn(c, "op-deprecated", "%s is deprecated since opset %d", n->op_type, n->row->since);
        sdx_hint(c,
                 strcmp(n->row->replaced_by, "Newer") == 0 ? "use its version of a newer opset%s"
                                                           : "use %s",
                 strcmp(n->row->replaced_by, "Newer") == 0 ? "" : n->row->replaced_by);
        fix_deprecated(c);
    }
    return true;
}

static bool reads_tainted(walk *w, const sdx_gnode *n)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && sdx_walk_fact(w, n->in[i])->tainted)
            return true;
    return false;
}

static void visit_one(walk *w, const sdx_gnode *n)
{
    if (n->flawed || reads_tainted(w, n)) {
        taint(w, n);
        return;
    }
    bool named = false;
    for (int i = 0; i < n->n_out; i++) {
        named |= n->out[i] != NULL;
        if (n->out[i] && sdx_walk_fact(w, n->out[i])->tainted)
            return; /* refused before */
    }
    if (w->checked && !named)
        return; /* it has nothing to say, and nothing to bear the taint where it was refused */
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i])
            sdx_fact_refresh(w, sdx_walk_fact(w, n->in[i]));
    sdx_node view = sdx_view(n, w->facts, w->scratch);
    sdx_infer c;
    sdx_infer_start(&c, w, &view);
    if (w->failed)
        return;
    bool good = (w->checked && n->row) || check_version(&c);
    if (good && n->row) {
        good = (w->checked || sdx_row_check_static(&c)) && sdx_row_check_types(&c);
        if (good && n->op->limits)
            good = sdx_check_limits(&c, n->op->limits);
        if (good && n->op->infer)
            n->op->infer(&view, &c);
        if (c.bodies && !c.refused)
            sdx_choose(&c);
        good = !c.refused && sdx_row_check_outputs(&c);
        if (good && w->linting && n->op->lint)
            n->op->lint(&view, &c);
    }
    /* Of several bodies the one that cannot be need not run. */
    bool unsure = w->supposing && c.bodies_refused &&
                  (c.bodies > c.bodies_refused || c.may_not_run);
    if ((!good || c.refused) && !unsure) {
        taint(w, n);
        return;
    }
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            commit(&c, i);
    if (n->row)
        sdx_fold(w, &view);
}

void sdx_walk_visit(walk *w, const sdx_gnode *n)
{
    if (!w->visits_left) {
        w->facts->partial = true;
        return;
    }
    w->visits_left--;
    bool apart = w->scratch != w->facts->arena;
    sdx_arena_mark before = sdx_arena_here(w->scratch);
    size_t bound = sdx_symbols_mark(w->facts->symbols);
    visit_one(w, n);
    for (int k = 0; k < n->n_epilogue && !w->failed; k++)
        visit_one(w, n->epilogue[k]);
    sdx_condition_bound(w, n, bound);
    if (apart)
        sdx_arena_rewind(w->scratch, before);
}

/* ---- graphs ---- */

static void merge_input(walk *w, const sdx_gvalue *v)
{
    sdx_fact *f = sdx_walk_fact(w, v);
    const sdx_type *declared = v->declared ? sdx_type_localize(w, v->declared) : &sdx_type_unknown;
    conflict why;
    int axis;
    if (!f->type || f->type->kind == SDX_KIND_UNKNOWN) {
        f->type = declared;
        return;
    }
    const sdx_type *merged = v->graph->parent
                                 ? sdx_type_add_declared(w, f->type, declared, &why, &axis)
                                 : sdx_type_merge(w, f->type, declared, &why, &axis);
    if (why == AGREE) {
        f->type = merged;
        return;
    }
    f->tainted = true;
    if (!w->o->findings)
        return;
    bool shape = why == OTHER_RANK || why == OTHER_DIM;
    sdx_arena *a = w->o->findings->arena;
    const sdx_graph *g = v->graph;
    const char *given = sdx_type_text(w->facts->symbols, a, f->type);
    sdx_raw_finding *x = sdx_findings_add(
        w->o->findings, SDX_ERROR, shape ? "declared-shape" : "declared-type", g->owner,
        g->owner ? "input '%s' of its body is %s, the body declares %s"
                 : "input '%s' is %s, the model declares %s",
        v->name, given, sdx_type_text(w->facts->symbols, a, declared));
    if (x) {
        x->status = shape ? SDX_E_SHAPE : SDX_E_TYPE;
        x->graph = g->owner ? g->owner->graph : g;
        x->subject = v->name;
    }
    sdx_finding_hint(w->o->findings, x,
                     g->owner ? "declare '%s' as %s, or leave its type out: %s gives it"
                              : "declare '%s' as %s%s",
                     v->name, given, g->owner ? g->owner->op_type : "");
}

void sdx_walk_enter(walk *w, const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_values && !w->failed; i++) {
        const sdx_gvalue *v = g->value[i];
        if (!v->constant || v->producer)
            continue;
        sdx_fact *f = sdx_walk_fact(w, v);
        if (f->known)
            continue;
        f->type = sdx_value_type(w->facts->arena, v->constant);
        w->failed |= !f->type;
        sdx_fact_from_value(w, f, v->constant);
        if (f->type && v->declared)
            merge_input(w, v);
    }
    for (size_t i = 0; i < g->n_inputs && !w->failed; i++) {
        merge_input(w, g->input[i]);
        name_dims(w, g->input[i]);
    }
}

void sdx_walk_nodes(walk *w, const sdx_graph *g)
{
    bool linting = w->linting, checked = w->checked;
    w->linting = false;
    for (int pass = 0; pass < MAX_PASSES && !w->failed; pass++) {
        /* What bodies bound is undone, so only what stays bound asks for another pass. */
        size_t before = sdx_symbols_mark(w->facts->symbols);
        for (size_t i = 0; i < g->n_nodes && !w->failed; i++)
            if (!g->node[i]->removed)
                sdx_walk_visit(w, g->node[i]);
        w->checked = true;
        if (sdx_symbols_mark(w->facts->symbols) == before)
            break;
    }
    w->checked = checked;
    w->linting = linting;
    for (size_t i = 0; linting && i < g->n_nodes && !w->failed; i++)
        if (!g->node[i]->removed)
            sdx_walk_visit(w, g->node[i]);
}

/* ---- the three callers ---- */

/* "x.shape[0]": no less a symbol of the model than one that the file names. */
static void name_input_dim(walk *w, const sdx_gvalue *v, int axis)
{
    char name[256];
    if (snprintf(name, sizeof name, "%s.shape[%d]", v->name, axis) < (int)sizeof name)
        sdx_symbol(w->facts->symbols, name);
}

static bool start(walk *w, sdx_facts *f, const sdx_infer_options *o, sdx_arena *scratch)
{
    const sdx_program *p = f->program;
    *w = (walk){ .facts = f, .o = o, .scratch = scratch, .linting = o->lint };
    sdx_dim *symbol = sdx_arena_array(f->arena, p->n_symbols, sizeof *symbol);
    w->of_input = sdx_arena_array(f->arena, p->n_symbols, sizeof *w->of_input);
    /* Those of inputs first: of two that are equal the older is shown. */
    for (size_t i = 0; symbol && w->of_input && i < p->main->n_inputs; i++) {
        const sdx_type *t = p->main->input[i]->declared;
        for (int k = 0; t && k < t->dims.rank; k++) {
            sdx_dim d = t->dims.dim[k];
            if (sdx_is_unknown(d))
                name_input_dim(w, p->main->input[i], k);
            if (sdx_is_num(d) || sdx_is_unknown(d) || d.sym > p->n_symbols)
                continue;
            symbol[d.sym - 1] = sdx_symbol(f->symbols, p->symbol[d.sym - 1]);
            w->of_input[d.sym - 1] = true;
        }
    }
    for (uint32_t i = 0; symbol && i < p->n_symbols; i++)
        symbol[i] = sdx_symbol(f->symbols, p->symbol[i]);
    w->symbol = symbol;
    /* Every node some times over, and as many again in bodies. */
    w->visits_left = (size_t)f->n * 64 + 100000;
    w->supposals_left = (size_t)f->n * 4 + 10000;
    w->failed = !symbol || !w->of_input || sdx_symbols_failed(f->symbols);
    return !w->failed;
}

static sdx_status finish(walk *w)
{
    if (w->dispatch)
        sdx_dispatch_free(w->dispatch);
    if (w->failed || sdx_symbols_failed(w->facts->symbols) ||
        (w->o->findings && w->o->findings->failed))
        return SDX_E_MEMORY;
    return SDX_OK;
}

/* ---- what no pass came to ---- */

static bool is_met(walk *w, const sdx_gnode *n)
{
    bool met = n->removed;
    for (int o = 0; o < n->n_out; o++)
        met |= n->out[o] && sdx_walk_fact(w, n->out[o])->type &&
               !sdx_walk_fact(w, n->out[o])->tainted;
    return met;
}

/* A branch that this model never takes.  What it is written for, other sizes than these, may well
 * be right: so it is gone through with weights, and else with the element types of what it
 * captures alone. */
static void walk_idle(walk *w, const sdx_graph *g)
{
    bool linting = w->linting, checked = w->checked, idle = is_met(w, g->owner) && !g->n_inputs;
    for (size_t i = 0; i < g->n_nodes && idle; i++)
        idle = !is_met(w, g->node[i]);
    if (!idle)
        return;
    for (size_t i = 0; i < g->n_captures && !w->failed; i++) {
        sdx_fact *outer = sdx_walk_fact(w, g->capture[i]->outer),
                 *f = sdx_walk_fact(w, g->capture[i]);
        sdx_fact_refresh(w, outer);
        *f = *outer;
        if (!outer->type || (outer->known && sdx_dtype_class(outer->type->dtype) == SDX_REAL))
            continue;
        *f = (sdx_fact){ .tainted = outer->tainted };
        if (outer->type->kind == SDX_TENSOR)
            f->type = sdx_type_tensor(w->facts->arena, outer->type->dtype, (sdx_dims){ -1, NULL });
    }
    size_t mark = sdx_symbols_mark(w->facts->symbols);
    w->linting = w->checked = false;
    w->body_depth++;
    sdx_walk_enter(w, g);
    sdx_walk_nodes(w, g);
    w->body_depth--;
    w->linting = linting;
    w->checked = checked;
    sdx_symbols_undo(w->facts->symbols, mark);
}

/* Also a node behind one that is wrong has to have the inputs and attributes of its operator. */
static bool check_rest(void *ctx, sdx_graph *g)
{
    walk *w = ctx;
    if (g->owner)
        walk_idle(w, g);
    for (size_t i = 0; i < g->n_nodes && !w->failed; i++) {
        const sdx_gnode *n = g->node[i];
        if (n->flawed || is_met(w, n))
            continue;
        sdx_arena_mark before = sdx_arena_here(w->scratch);
        sdx_node view = sdx_view(n, w->facts, w->scratch);
        sdx_infer c;
        sdx_infer_start(&c, w, &view);
        if (!w->failed && check_version(&c) && n->row)
            sdx_row_check_static(&c);
        sdx_arena_rewind(w->scratch, before);
    }
    return !w->failed;
}

/* All dims as what they turned out to be. */
static bool settle_all(void *ctx, sdx_graph *g)
{
    walk *w = ctx;
    for (size_t i = 0; i < g->n_values && !w->failed; i++)
        sdx_fact_refresh(w, sdx_walk_fact(w, g->value[i]));
    return !w->failed;
}

static sdx_status walk_graph(sdx_facts *f, const sdx_graph *g, const sdx_infer_options *o,
                             bool enter)
{
    sdx_arena scratch;
    sdx_arena_init(&scratch, f->arena->mem, 0);
    walk w;
    if (start(&w, f, o, &scratch)) {
        if (enter)
            sdx_walk_enter(&w, g);
        sdx_walk_nodes(&w, g);
        if (!w.failed)
            settle_all(&w, (sdx_graph *)(uintptr_t)g);
        if (!w.failed && o->findings && !o->bodies_may_fail && !g->parent)
            sdx_program_each(f->program, check_rest, &w);
        sdx_conditions_report(&w);
    }
    sdx_status s = finish(&w);
    sdx_arena_free(&scratch);
    return s;
}

sdx_status sdx_infer_program(sdx_facts *f, const sdx_infer_options *o)
{
    return walk_graph(f, f->program->main, o, true);
}

sdx_status sdx_infer_graph(sdx_facts *f, const sdx_graph *g, const sdx_infer_options *o)
{
    return walk_graph(f, g, o, true);
}

sdx_status sdx_infer_node(sdx_facts *f, const sdx_gnode *n, const sdx_infer_options *o,
                          sdx_error *err)
{
    walk w;
    sdx_findings findings;
    sdx_infer_options own = *o;
    if (!own.findings) {
        sdx_findings_init(&findings, f->arena);
        own.findings = &findings;
    }
    if (start(&w, f, &own, f->arena)) {
        w.checked = true;
        for (int i = 0; i < n->n_in; i++) {
            sdx_fact *x = n->in[i] ? sdx_walk_fact(&w, n->in[i]) : NULL;
            if (x && x->known && !x->elem) /* of a late step: a shape that was just computed */
                sdx_fact_from_value(&w, x, x->known);
        }
        for (int i = 0; i < n->n_out; i++)
            if (n->out[i])
                *sdx_walk_fact(&w, n->out[i]) = (sdx_fact){ 0 };
        for (int i = 0; i < n->n_in; i++) {
            sdx_fact *fact = n->in[i] ? sdx_walk_fact(&w, n->in[i]) : NULL;
            if (fact && fact->known && !fact->elem)
                sdx_fact_from_value(&w, fact, fact->known);
        }
        sdx_walk_visit(&w, n);
        for (int i = 0; i < n->n_out && !w.failed; i++)
            if (n->out[i])
                sdx_fact_refresh(&w, sdx_walk_fact(&w, n->out[i]));
    }
    sdx_status s = finish(&w);
    return s == SDX_OK ? sdx_findings_error(own.findings, NULL, err) : sdx_error_memory(err, 0);
}

sdx_dim sdx_infer_macs(sdx_facts *f, const sdx_gnode *n, sdx_mem *mem)
{
    const sdx_infer_options o = { .mem = mem };
    sdx_arena scratch;
    sdx_infer c;
    walk w = { .facts = f, .o = &o, .scratch = &scratch };
    if (!n->row)
        return sdx_unknown();
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && sdx_walk_fact(&w, n->out[i])->tainted)
            return sdx_unknown(); /* refused, or behind such a node */
    if (!n->op->macs)
        return sdx_num(0);
    sdx_arena_init(&scratch, mem, 0);
    sdx_node view = sdx_view(n, f, &scratch);
    size_t before = sdx_symbols_mark(f->symbols);
    sdx_infer_start(&c, &w, &view);
    sdx_dim macs = w.failed ? sdx_unknown() : n->op->macs(&view, &c);
    if (!sdx_is_unknown(macs))
        macs = sdx_symbols_resolve(f->symbols, macs);
    sdx_symbols_undo(f->symbols, before); /* asking states no equations */
    sdx_arena_free(&scratch);
    return macs;
}
