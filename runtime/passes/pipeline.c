/* passes/pipeline.c - which passes run, and in which order.
 *
 * The order matters and is chosen by hand.  Bodies come first, so that the rest sees what they are
 * made of; constants and fusions take turns, since one makes work for the other, and constants that
 * grow, as bytes that become floats, wait until no fusion wants what they are made of; fusions that
 * would be in the way of others come last of all; epilogues want all rewriting to be done; layouts
 * look at what absorbed what. */
#include "base/error.h"
#include "infer/infer.h"
#include "passes/pass.h"
#include <string.h>

enum { ROUNDS = 4, NESTING = 16 };

static sdx_pass_fn *const needed[] = { sdx_pass_expand, sdx_pass_derive };
static sdx_pass_fn *const simplify[] = { sdx_pass_branch, sdx_pass_widen,  sdx_pass_fold,
                                         sdx_pass_view,   sdx_pass_common, sdx_pass_fuse,
                                         sdx_pass_expand, sdx_pass_dead };
static sdx_pass_fn *const settle[] = { sdx_pass_fuse, sdx_pass_fuse, sdx_pass_dead };
static sdx_pass_fn *const finish[] = { sdx_pass_dead, sdx_pass_epilogue, sdx_pass_layout,
                                       sdx_pass_fold };

enum {
    N_NEEDED = sizeof needed / sizeof *needed,
    N_SIMPLIFY = sizeof simplify / sizeof *simplify,
    N_SETTLE = sizeof settle / sizeof *settle,
    N_FINISH = sizeof finish / sizeof *finish
};

static bool sweep(void *ctx, sdx_graph *g)
{
    (void)ctx;
    sdx_graph_sweep(g);
    return true;
}

/* What is known now, in the arena of the facts before, which go. */
static sdx_status infer_again(sdx_pass *c, sdx_arena *arena)
{
    sdx_arena_free(arena);
    c->facts = sdx_facts_new(c->program, arena);
    if (!c->facts)
        return sdx_error_memory(c->err, 0);
    sdx_findings findings;
    sdx_findings_init(&findings, arena);
    sdx_infer_options o = {
        .findings = &findings, .bodies_may_fail = true, .fold = true, .mem = c->mem
    };
    sdx_status st = sdx_infer_program(c->facts, &o);
    if (st != SDX_OK)
        return sdx_error_memory(c->err, 0);
    return sdx_findings_error(&findings, c->model_name, c->err);
}

static sdx_status run_list(sdx_pass *c, sdx_arena *arena, sdx_pass_fn *const *list, int n,
                           bool *changed)
{
    *changed = false;
    for (int i = 0; i < n; i++) {
        c->changed = false;
        SDX_TRY(list[i](c));
        if (!c->changed)
            continue;
        *changed = true;
        if (!sdx_program_each(c->program, sweep, NULL))
            return sdx_error_memory(c->err, 0);
        SDX_TRY(infer_again(c, arena));
    }
    return SDX_OK;
}

static sdx_layout block_of(const sdx_dispatch *d)
{
    const char *isa = sdx_dispatch_isa(d);
    if (strcmp(isa, "scalar") == 0)
        return SDX_PLAIN;
    return strncmp(isa, "avx512", 6) == 0 ? SDX_C16 : SDX_C8;
}

/* The dim as the program can declare it; as it was, where what is known of it is a formula. */
static sdx_dim declarable(const sdx_pass *c, sdx_dim found, sdx_dim declared)
{
    if (sdx_is_num(found))
        return found;
    for (uint32_t i = 0; i < c->program->n_symbols; i++) {
        sdx_dim named = sdx_symbol(c->facts->symbols, c->program->symbol[i]);
        if (!sdx_is_unknown(found) && named.sym == found.sym && named.n == found.n)
            return (sdx_dim){ 0, i + 1 };
    }
    return declared;
}

/* What the model holds under, N = 512 or N = M, becomes part of what its inputs declare: passes go
 * by it, and may leave nothing that refuses another size. */
static sdx_status declare_inputs(sdx_pass *c)
{
    for (size_t i = 0; i < c->program->main->n_inputs; i++) {
        sdx_gvalue *v = c->program->main->input[i];
        const sdx_type *t = c->facts->of[v->id].type;
        sdx_dim dim[SDX_MAX_RANK];
        if (!t || !v->declared || t->kind != SDX_TENSOR || v->declared->kind != SDX_TENSOR ||
            t->dims.rank < 1 || t->dims.rank != v->declared->dims.rank)
            continue;
        for (int k = 0; k < t->dims.rank; k++)
            dim[k] = declarable(c, t->dims.dim[k], v->declared->dims.dim[k]);
        v->declared = sdx_type_tensor(c->program->arena, v->declared->dtype,
                                      (sdx_dims){ t->dims.rank, dim });
        if (!v->declared)
            return sdx_error_memory(c->err, 0);
    }
    return SDX_OK;
}

static sdx_status run_all(sdx_pass *c, sdx_arena *arena, bool optimize)
{
    bool changed;
    SDX_TRY(infer_again(c, arena));
    SDX_TRY(declare_inputs(c));
    for (int i = 0; i < NESTING; i++) { /* functions of functions */
        SDX_TRY(run_list(c, arena, needed, N_NEEDED, &changed));
        if (!changed)
            break;
    }
    if (!optimize)
        return SDX_OK;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        c->may_grow = i >= ROUNDS;
        SDX_TRY(run_list(c, arena, simplify, N_SIMPLIFY, &changed));
        if (!changed && c->may_grow)
            break;
        if (!changed)
            i = ROUNDS - 1;
    }
    c->settled = true;
    SDX_TRY(run_list(c, arena, settle, N_SETTLE, &changed));
    return run_list(c, arena, finish, N_FINISH, &changed);
}

sdx_status sdx_pipeline_run(const sdx_pipeline_request *q, sdx_error *err)
{
    sdx_arena arena;
    sdx_arena_init(&arena, q->mem, 0);
    sdx_pass c = { .mem = q->mem,
                   .program = q->program,
                   .dispatch = q->dispatch,
                   .block = block_of(q->dispatch),
                   .kept = q->kept,
                   .source = q->source,
                   .model_name = q->model_name,
                   .err = err };
    sdx_status st = run_all(&c, &arena, q->optimize);
    sdx_arena_free(&arena);
    return st;
}

/* ---- values that stay ---- */

sdx_value *sdx_kept_add(sdx_kept *k, sdx_value *v)
{
    if (k->n == k->room) {
        size_t room = k->room ? 2 * k->room : 16;
        sdx_value **more = sdx_mem_resize(k->mem, k->value, k->room * sizeof *more,
                                          room * sizeof *more);
        if (!more) {
            sdx_value_let_go(v);
            return NULL;
        }
        k->value = more;
        k->room = room;
    }
    return k->value[k->n++] = v;
}

void sdx_kept_free(sdx_kept *k)
{
    for (size_t i = 0; i < k->n; i++)
        sdx_value_let_go(k->value[i]);
    for (sdx_recipe *r = k->recipe; r; r = r->next)
        sdx_recipe_end(r);
    sdx_mem_free(k->mem, k->value, k->room * sizeof *k->value);
    *k = (sdx_kept){ .mem = k->mem };
}
