/* ops/quantization/dynamic.c - DynamicQuantizeLinear: scale and zero point from the data, then
 * uint8.
 *
 * The range always includes 0, so that 0 is exact.
 * Source: ONNX Operators.md, DynamicQuantizeLinear-11. */
#include "quantization/linear/kernels.h"
#include "reduction/reduce/kernels.h"
#include <math.h>

static const sdx_schema schema[] = {
    { 11, "x:T1 -> y:T2 y_scale:f32 y_zero_point:T2", "", "T1: f32; T2: u8" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    sdx_set_out_dims(c, 1, 0, NULL);
    sdx_set_out_dims(c, 2, 0, NULL);
}

typedef struct plan {
    reduce_kernels reduce;
    quantize_row *quantize;
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    (void)n;
    if (!p)
        return SDX_E_MEMORY;
    const linear_kernels *k = sdx_kernels(c, &sdx_family_quantization_linear);
    p->reduce = *(const reduce_kernels *)sdx_kernels(c, &sdx_family_reduction_reduce);
    p->quantize = k->quantize_u8 ? k->quantize_u8 : sdx_quantize_u8;
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const float *x;
    uint8_t *y;
    float scale, zero;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)scratch, (void)c;
    j->p->quantize(j->y + begin, j->x + begin, (size_t)(end - begin), j->scale, j->zero);
    return SDX_OK;
}

static void extremes(const reduce_kernels *k, const float *x, int64_t count, float *lowest,
                     float *highest)
{
    *lowest = *highest = 0;
    if (k->min && k->max) {
        *lowest = (float)k->min(0, x, (size_t)count);
        *highest = (float)k->max(0, x, (size_t)count);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        *lowest = x[i] < *lowest ? x[i] : *lowest;
        *highest = x[i] > *highest ? x[i] : *highest;
    }
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_tensor *y = sdx_out(c, 0), *scale = sdx_out(c, 1), *zero = sdx_out(c, 2);
    int64_t count = sdx_elements(x);
    float lowest, highest;
    (void)n;
    const plan *p = state;
    extremes(&p->reduce, sdx_f32(x), count, &lowest, &highest);
    float step = (highest == lowest ? 1.0f : highest - lowest) / 255.0f;
    float point = 0 - lowest / step;
    point = rintf(point < 0 ? 0 : point > 255 ? 255 : point);
    if (scale)
        sdx_f32_out(scale)[0] = step;
    if (zero)
        *(uint8_t *)zero->data = (uint8_t)point;
    if (!y)
        return SDX_OK;
    job j = { p, sdx_f32(x), y->data, step, point };
    return sdx_parallel(c, count, 65536, some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(DynamicQuantizeLinear), .schema = schema, .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_quantization_dynamic = { ops, 0 };
