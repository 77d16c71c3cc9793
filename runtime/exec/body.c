/* exec/body.c - a body that a running node calls: the branches of If, what Loop and Scan repeat. */
#include "base/error.h"
#include "exec/exec.h"
#include <string.h>

static int find_body(const sdx_step *s, const char *attr)
{
    for (int i = 0; i < s->n_bodies; i++)
        if (strcmp(s->body[i].attr, attr) == 0)
            return i;
    return -1;
}

sdx_status sdx_frame_body(void *ctx, const sdx_gnode *n, const char *attr, int n_in,
                          const sdx_value *const *in, int n_out, const sdx_value **out,
                          sdx_error *err)
{
    sdx_frame *f = ctx, *inner;
    const sdx_step *s = &f->plan->step[f->at];
    int k = find_body(s, attr);
    if (k < 0)
        return sdx_error_set(err, SDX_E_USAGE, "%s has no body '%s'", n->op_type, attr);
    const sdx_step_body *b = &s->body[k];
    const sdx_graph *g = b->graph;
    if ((size_t)n_in != g->n_inputs || (size_t)n_out != g->n_outputs)
        return sdx_error_set(err, SDX_E_MODEL,
                             "body '%s' takes %zu values and gives %zu, called for %d and %d", attr,
                             g->n_inputs, g->n_outputs, n_in, n_out);
    for (int i = 0; i < n_in; i++)
        f->args[i] = in[i];
    for (size_t i = 0; i < g->n_captures; i++)
        f->args[g->n_inputs + i] = f->current[b->capture[i]];
    SDX_TRY(sdx_bindings_take(f->body[f->body_at[f->at] + (uint32_t)k], f->args, &inner, err));
    inner->host = f->host;
    inner->host.body_ctx = inner;
    inner->options = f->options;
    inner->begin_ns = f->begin_ns;
    inner->depth = f->depth + 1;
    sdx_status st = sdx_frame_run(inner, f->args, NULL, out, err);
    sdx_bindings_give(inner);
    return st;
}
