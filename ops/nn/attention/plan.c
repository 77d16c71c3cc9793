/* ops/nn/attention/plan.c - sizes, strides and the choice of a way. */
#include "nn/attention/plan.h"
#include "math/unary/kernels.h"
#include <math.h>

static attention_rows rows_of(sdx_shape s, int64_t heads, int64_t size)
{
    if (s.rank == 3)
        return (attention_rows){ s.dim[1] * s.dim[2], size, heads * size, 0 };
    return (attention_rows){ s.dim[1] * s.dim[2] * s.dim[3], s.dim[2] * s.dim[3], s.dim[3], 0 };
}

void attention_lay_out(attention_plan *p, sdx_shape q, sdx_shape k, sdx_shape v, int64_t q_heads,
                       int64_t kv_heads)
{
    p->B = q.dim[0];
    p->HQ = q.rank == 4 ? q.dim[1] : q_heads;
    p->HK = k.rank == 4 ? k.dim[1] : kv_heads;
    p->G = p->HK ? p->HQ / p->HK : 0;
    p->S = q.dim[q.rank == 4 ? 2 : 1];
    p->K = p->T = p->masked = k.dim[k.rank == 4 ? 2 : 1];
    p->D = q.rank == 4 ? q.dim[3] : q.dim[2] / p->HQ;
    p->DV = v.rank == 4 ? v.dim[3] : v.dim[2] / p->HK;
    p->q = rows_of(q, p->HQ, p->D);
    p->k = rows_of(k, p->HK, p->D);
    p->v = rows_of(v, p->HK, p->DV);
    p->y = q.rank == 3 ? (attention_rows){ p->S * p->HQ * p->DV, p->DV, p->HQ * p->DV, 0 }
                       : (attention_rows){ p->HQ * p->S * p->DV, p->S * p->DV, p->DV, 0 };
    p->scale = p->D > 0 ? 1 / sqrt((double)p->D) : 1;
    p->left = p->right = -1;
}

void attention_add_past(attention_plan *p, sdx_shape past_k, sdx_shape past_v)
{
    p->P = past_k.dim[2];
    p->T = p->masked = p->P + p->K;
    p->past_k = rows_of(past_k, p->HK, p->D);
    p->past_v = rows_of(past_v, p->HK, p->DV);
}

void attention_set_mask(attention_plan *p, sdx_shape m, int since)
{
    int64_t stride = 1;
    for (int k = 3; k >= 0; k--) {
        int at = k - (4 - m.rank);
        int64_t d = at < 0 ? 1 : m.dim[at];
        p->mask[k] = d == 1 ? 0 : stride;
        stride *= d;
    }
    if (m.rank > 0 && (since >= 24 || m.dim[m.rank - 1] != 1) && m.dim[m.rank - 1] < p->T)
        p->masked = m.dim[m.rank - 1];
    if (p->masked == 1)
        p->mask[3] = 1; /* one key: any stride will do */
}

void attention_choose(sdx_prepare *c, attention_plan *p, bool floats)
{
    const unary_kernels *u = sdx_kernels(c, &sdx_family_math_unary);
    p->matmul = sdx_kernels(c, &sdx_family_math_matmul);
    p->fast = sdx_kernels(c, &sdx_family_nn_attention);
    p->tanh = u->tanh;
    int64_t block = p->matmul->block;
    if (floats && sdx_dtype_bits(p->softmax) >= 32 && block && p->fast->weigh && p->tanh) {
        p->few = p->G * p->S <= ATTENTION_FEW;
        p->width = p->few ? ATTENTION_FEW : p->G * p->S > block ? 2 * block : block;
    }
    sdx_choice(c, p->few ? "f32 few" : p->width ? "f32 tiles" : "rows");
    sdx_want_scratch(c, 0, p->width ? attention_blocks_scratch(p) : attention_rows_scratch(p));
}

sdx_status attention_run(const attention_job *j, sdx_run *c)
{
    if (!j->p->width)
        return attention_run_rows(j, c);
    return j->y ? attention_run_blocks(j, c) : SDX_OK;
}
