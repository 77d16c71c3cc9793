/* ops/internal/bytes.c - ByteAdd and ByteMean, of the domain "sdx": what stands between
 * DequantizeLinear and QuantizeLinear, on bytes.
 *
 * Fusions of quantised nodes make them, no file has them.  ByteAdd: the sum of two tensors of equal
 * shape, clamped to least .. most.  ByteMean: GlobalAveragePool. */
#include "common/scalar.h"
#include "common/window.h"
#include "internal/bytes/kernels.h"
#include <math.h>
#include <string.h>

static const sdx_schema add_schema[] = {
    { 1,
      "A:T1 A_scale:f32 A_zero_point:T1 B:T2 B_scale:f32 B_zero_point:T2 C_scale:f32 "
      "C_zero_point:T3 -> C:T3",
      "least:int=-128 most:int=255", "T1: i8 u8; T2: i8 u8; T3: i8 u8" },
    { 0 },
};
static const sdx_schema mean_schema[] = {
    { 1, "X:T1 X_scale:f32 X_zero_point:T1 Y_scale:f32 Y_zero_point:T2 -> Y:T2", "",
      "T1: i8 u8; T2: i8 u8" },
    { 0 },
};

static void infer_add(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0);
    for (int k = 0; k < a.rank; k++)
        if (!sdx_check_rank(c, 3, a.rank, a.rank) || !sdx_check_same(c, "broadcast", 0, k, 3, k))
            return;
    sdx_set_out_like(c, 0, a);
}

static int layout(const sdx_node *n, sdx_layout l, uint32_t *plain)
{
    (void)n, (void)l, (void)plain;
    return 0;
}

static byte_grid grid_of(sdx_run *c, int x)
{
    bool is_signed = sdx_in(c, x)->dtype == SDX_I8;
    return (byte_grid){ sdx_scalar(c, x + 1), sdx_scalar(c, x + 2) + (is_signed ? 128 : 0),
                        is_signed ? 0x80 : 0 };
}

/* ---- ByteAdd ---- */

typedef struct add_job {
    byte_add p;
    byte_add_row *row;
    uint8_t *y;
    const uint8_t *a, *b;
} add_job;

static sdx_status prepare_add(const sdx_node *n, sdx_prepare *c, void **state)
{
    const byte_kernels *k = sdx_kernels(c, &sdx_family_internal_bytes);
    byte_kernels *own = sdx_keep(c, sizeof *own);
    if (!own)
        return SDX_E_MEMORY;
    (void)n;
    own->add = k->add ? k->add : sdx_byte_add;
    *state = own;
    return SDX_OK;
}

static sdx_status some_sums(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const add_job *j = arg;
    (void)scratch, (void)c;
    j->row(j->y + begin, j->a + begin, j->b + begin, (size_t)(end - begin), &j->p);
    return SDX_OK;
}

static sdx_status run_add(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *a = sdx_in(c, 0);
    sdx_tensor *y = sdx_out(c, 0);
    double least = (double)sdx_attr_int(n, "least"), most = (double)sdx_attr_int(n, "most");
    add_job j = { { grid_of(c, 0), grid_of(c, 3), sdx_scalar(c, 6), sdx_scalar(c, 7),
                    (float)fmax(sdx_lowest(y->dtype), least),
                    (float)fmin(sdx_highest(y->dtype), most) },
                  ((const byte_kernels *)state)->add,
                  y->data,
                  a->data,
                  sdx_in(c, 3)->data };
    if (j.p.scale == 0)
        return sdx_fail(c, SDX_E_VALUE, "C_scale is 0");
    return sdx_parallel(c, (int64_t)sdx_layout_bytes(a->dtype, a->shape, a->layout), 16384,
                        some_sums, &j);
}

/* ---- ByteMean ---- */

typedef struct mean_job {
    const sdx_tensor *x;
    uint8_t *y;
    int64_t places, lanes;
    byte_grid x_grid;
    float scale, zero, lo, hi; /* lo, hi: less the zero point */
} mean_job;

static inline uint8_t mean_of(const mean_job *j, double sum)
{
    double places = (double)j->places, zero = (double)j->x_grid.zero;
    float v = (float)((sum - zero * places) * (double)j->x_grid.scale / places) / j->scale;
    uint32_t bits;
    v = v > j->lo ? v : j->lo; /* NaN, too */
    v = v < j->hi ? v : j->hi;
    v += 12582912.0f; /* as bytes/rows.h rounds */
    memcpy(&bits, &v, sizeof bits);
    return (uint8_t)(bits + (uint32_t)(int32_t)j->zero);
}

enum { EIGHT = 8 }; /* lanes, or places of a plain channel, side by side */
typedef uint8_t eight_bytes __attribute__((vector_size(EIGHT)));
typedef uint16_t eight_words __attribute__((vector_size(2 * EIGHT)));

static sdx_status some_means(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const mean_job *j = arg;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        const uint8_t *x = (const uint8_t *)j->x->data + i * j->places * j->lanes;
        uint8_t flip = j->x_grid.flip;
        for (int64_t l = 0; l < j->lanes; l += EIGHT) {
            int64_t sum[EIGHT] = { 0 }, count = j->lanes == 1 ? j->places / EIGHT : j->places;
            int64_t step = j->lanes == 1 ? EIGHT : j->lanes;
            for (int64_t p = 0; p < count;) {
                eight_words part = { 0 }; /* 257 bytes fit */
                for (int64_t q = p + 256; p < q && p < count; p++) {
                    eight_bytes some;
                    memcpy(&some, x + p * step + l, sizeof some);
                    part += __builtin_convertvector(some ^ flip, eight_words);
                }
                for (int k = 0; k < EIGHT; k++)
                    sum[k] += part[k];
            }
            if (j->lanes == 1) {
                for (int k = 1; k < EIGHT; k++)
                    sum[0] += sum[k];
                for (int64_t p = count * EIGHT; p < j->places; p++)
                    sum[0] += x[p] ^ flip;
            }
            for (int64_t k = 0; k < (j->lanes == 1 ? 1 : EIGHT); k++)
                j->y[i * j->lanes + l + k] = mean_of(j, (double)sum[k]);
        }
    }
    return SDX_OK;
}

static sdx_status run_mean(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_tensor *y = sdx_out(c, 0);
    mean_job j = { .x = sdx_in(c, 0), .y = y->data, .x_grid = grid_of(c, 0) };
    sdx_shape s = j.x->shape;
    (void)n, (void)state;
    j.scale = sdx_scalar(c, 3);
    j.zero = sdx_scalar(c, 4);
    j.lo = (float)sdx_lowest(y->dtype) - j.zero;
    j.hi = (float)sdx_highest(y->dtype) - j.zero;
    j.lanes = sdx_layout_block(j.x->layout);
    j.places = sdx_count(s, 2, s.rank);
    if (j.scale == 0)
        return sdx_fail(c, SDX_E_VALUE, "Y_scale is 0");
    return sdx_parallel(c, s.dim[0] * ((s.dim[1] + j.lanes - 1) / j.lanes),
                        1 + 16384 / (1 + j.places * j.lanes), some_means, &j);
}

static float quotient(float v, float by, float inverse)
{
    (void)inverse;
    return v / by;
}
#include "internal/bytes/rows.h"

void sdx_byte_add(uint8_t *y, const uint8_t *a, const uint8_t *b, size_t n, const byte_add *p)
{
    add(y, a, b, n, p);
}

static const sdx_op ops[] = {
    { SDX_OP(ByteAdd), .domain = "sdx", .schema = add_schema, .traits = SDX_PURE,
      .inplace = 1 | 1 << 3, .infer = infer_add, .layout = layout, .prepare = prepare_add,
      .run = run_add },
    { SDX_OP(ByteMean), .domain = "sdx", .schema = mean_schema, .traits = SDX_PURE,
      .infer = sdx_window_infer_global, .layout = layout, .run = run_mean },
    { 0 },
};
const sdx_family sdx_family_internal_bytes = { ops, sizeof(byte_kernels) };
