/* ops/internal/byte_softmax.c - ByteSoftmax of the domain "sdx": Softmax along the last dim, between
 * DequantizeLinear and QuantizeLinear.
 *
 * Fusions of quantised nodes make it, no file has it.  Some rows become floats, weights and bytes
 * again while they are in the first cache: the same bytes as those of three nodes. */
#include "common/scalar.h"
#include "math/softmax/kernels.h"
#include "quantization/linear/kernels.h"

static const sdx_schema schema[] = {
    { 1, "X:T1 X_scale:f32 X_zero_point:T1 Y_scale:f32 Y_zero_point:T2 -> Y:T2", "",
      "T1: i8 u8; T2: i8 u8" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (sdx_check_rank(c, 0, 1, SDX_MAX_RANK))
        sdx_set_out_like(c, 0, x);
}

enum { NEAR = 4096 }; /* floats at once, if rows are shorter */

typedef struct plan {
    dequantize_row *read;
    quantize_row *write;
    softmax_row_f32 *fast; /* NULL: in double */
    int64_t length, rows;  /* rows: at once */
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const linear_kernels *k = sdx_kernels(c, &sdx_family_quantization_linear);
    const softmax_kernels *s = sdx_kernels(c, &sdx_family_math_softmax);
    sdx_shape x = sdx_in_shape(n, 0);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    if (sdx_in_dtype(n, 0) == SDX_U8)
        p->read = k->dequantize_u8 ? k->dequantize_u8 : sdx_dequantize_u8;
    else
        p->read = k->dequantize_i8 ? k->dequantize_i8 : sdx_dequantize_i8;
    if (sdx_out_dtype(n, 0) == SDX_U8)
        p->write = k->quantize_u8 ? k->quantize_u8 : sdx_quantize_u8;
    else
        p->write = k->quantize_i8 ? k->quantize_i8 : sdx_quantize_i8;
    p->fast = s->softmax_f32;
    p->length = x.dim[x.rank - 1];
    p->rows = NEAR > p->length && p->length > 0 ? NEAR / p->length : 1;
    sdx_want_scratch(c, 0, (size_t)p->length * (sizeof(double) + (size_t)p->rows * sizeof(float)));
    sdx_choice(c, p->fast ? "f32 rows" : "reference");
    *state = p;
    return SDX_OK;
}

typedef struct job {
    const plan *p;
    const uint8_t *x;
    uint8_t *y;
    float x_scale, x_zero, y_scale, y_zero;
} job;

static void in_double(float *row, double *wide, size_t n)
{
    for (size_t i = 0; i < n; i++)
        wide[i] = (double)row[i];
    sdx_softmax_row(wide, n);
    for (size_t i = 0; i < n; i++)
        row[i] = (float)wide[i];
}

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    size_t n = (size_t)p->length;
    double *wide = scratch;
    float *some = (float *)(void *)(wide + n);
    (void)c;
    for (int64_t i = begin; i < end; i += p->rows) {
        size_t rows = (size_t)(end - i < p->rows ? end - i : p->rows);
        p->read(some, j->x + (size_t)i * n, rows * n, j->x_scale, j->x_zero);
        for (float *row = some; row < some + rows * n; row += n)
            if (p->fast)
                p->fast(row, row, n);
            else
                in_double(row, wide, n);
        p->write(j->y + (size_t)i * n, some, rows * n, j->y_scale, j->y_zero);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    const sdx_tensor *x = sdx_in(c, 0);
    job j = { p,
              x->data,
              sdx_out(c, 0)->data,
              sdx_scalar(c, 1),
              sdx_scalar(c, 2),
              sdx_scalar(c, 3),
              sdx_scalar(c, 4) };
    (void)n;
    if (j.y_scale == 0)
        return sdx_fail(c, SDX_E_VALUE, "Y_scale is 0");
    return sdx_parallel(c, p->length > 0 ? sdx_elements(x) / p->length : 0,
                        1 + 16384 / (1 + p->length), some_rows, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(ByteSoftmax), .domain = "sdx", .schema = schema, .traits = SDX_PURE, .inplace = 1,
      .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_internal_byte_softmax = { ops, 0 };
