/* exec/compile.c - a program made ready for bindings: checked, copied, rewritten by the passes. */
#include "base/error.h"
#include "exec/exec.h"
#include <string.h>

/* ---- can all of it be run? ---- */

typedef struct check {
    const sdx_compile_request *q;
    sdx_arena *arena;
    sdx_error *err;
    sdx_status st;
} check;

static const char *domain_of(const sdx_gnode *n)
{
    return n->domain[0] ? n->domain : "ai.onnx";
}

static bool can_run(const sdx_gnode *n)
{
    return n->op->run || n->op->expand || (n->op->traits & (SDX_VIEW | SDX_DERIVES));
}

static sdx_status check_node(const check *c, const sdx_gnode *n)
{
    sdx_error *err = c->err;
    if (n->op && n->row && can_run(n))
        return SDX_OK;
    if (!n->op) {
        char room[sizeof err->hint];
        sdx_error_set(err, SDX_E_UNSUPPORTED,
                      "operator %s of domain %s, opset %lld, is not implemented", n->op_type,
                      domain_of(n), (long long)n->opset);
        sdx_error_hint(err, "%s",
                       sdx_registry_way_out(c->q->program->registry, n->domain, n->op_type, room,
                                            sizeof room));
    } else
        sdx_error_set(err, SDX_E_UNSUPPORTED, "operator %s is not implemented as of opset %lld",
                      n->op_type, (long long)n->opset);
    const char *place = sdx_node_place(c->arena, n);
    sdx_error_place(err, "%s: %s", c->q->model_name, place ? place : n->op_type);
    return SDX_E_UNSUPPORTED;
}

static bool check_graph(void *ctx, sdx_graph *g)
{
    check *c = ctx;
    for (size_t i = 0; i < g->n_nodes && c->st == SDX_OK; i++)
        c->st = check_node(c, g->node[i]);
    return c->st == SDX_OK;
}

static sdx_status check_all(const sdx_compile_request *q, sdx_arena *arena, sdx_error *err)
{
    check c = { q, arena, err, SDX_OK };
    if (!sdx_program_each(q->program, check_graph, &c) && c.st == SDX_OK)
        return sdx_error_memory(err, 0);
    return c.st;
}

/* ---- rewriting ---- */

/* Inside a body a captured constant is a constant. */
static bool settle_captures(void *ctx, sdx_graph *g)
{
    (void)ctx;
    for (size_t i = 0; i < g->n_captures; i++)
        g->capture[i]->constant = sdx_gvalue_constant(g->capture[i]);
    return true;
}

static sdx_status rewrite(sdx_compiled *c, const sdx_compile_request *q, sdx_error *err)
{
    SDX_TRY(sdx_dispatch_new(q->mem, q->isa, NULL, &c->dispatch, err));
    c->isa = sdx_dispatch_isa(c->dispatch);
    sdx_pipeline_request r = { .mem = q->mem,
                               .program = c->program,
                               .dispatch = c->dispatch,
                               .kept = &c->kept,
                               .source = q->source,
                               .model_name = q->model_name,
                               .optimize = q->optimize };
    return sdx_pipeline_run(&r, err);
}

static sdx_status compile(sdx_compiled *c, const sdx_compile_request *q, sdx_error *err)
{
    SDX_TRY(check_all(q, &c->arena, err));
    c->program = sdx_program_copy(q->program, &c->arena);
    c->constants = sdx_constants_new(q->mem, q->source);
    const sdx_graph *g = q->program->main;
    c->output = sdx_arena_array(&c->arena, g->n_outputs, sizeof *c->output);
    if (!c->program || !c->constants || !c->output)
        return sdx_error_memory(err, 0);
    for (size_t i = 0; i < g->n_outputs; i++)
        c->output[i] = g->output[i]->name;
    SDX_TRY(rewrite(c, q, err));
    return sdx_program_each(c->program, settle_captures, NULL) ? SDX_OK : sdx_error_memory(err, 0);
}

sdx_status sdx_compile(const sdx_compile_request *q, sdx_compiled **out, sdx_error *err)
{
    sdx_compiled *c = sdx_mem_array(q->mem, 1, sizeof *c);
    if (!c)
        return sdx_error_memory(err, sizeof *c);
    c->mem = q->mem;
    c->kept.mem = q->mem;
    c->optimized = q->optimize;
    sdx_arena_init(&c->arena, q->mem, 0);
    sdx_status st = compile(c, q, err);
    if (st != SDX_OK) {
        sdx_compiled_free(c);
        return st;
    }
    *out = c;
    return SDX_OK;
}

void sdx_compiled_free(sdx_compiled *c)
{
    if (!c)
        return;
    sdx_constants_free(c->constants);
    sdx_kept_free(&c->kept);
    sdx_dispatch_free(c->dispatch);
    sdx_arena_free(&c->arena);
    sdx_mem_free(c->mem, c, sizeof *c);
}
