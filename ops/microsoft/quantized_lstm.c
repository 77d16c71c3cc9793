/* ops/microsoft/quantized_lstm.c - DynamicQuantizeLSTM of com.microsoft.
 *
 * LSTM whose weights are 8 bits wide, a scale each direction or each column, and whose inputs and
 * states are rounded to 8 bits before each product, over their range at that moment: all steps of
 * the input as one, a state by itself.  A product of such numbers in float is exact but for the
 * last places, so the steps are those of LSTM; weights are widened as they are packed.  Source:
 * onnxruntime, docs/ContribOperators.md, com.microsoft.DynamicQuantizeLSTM. */
#include <inttypes.h>
#include <string.h>
#include "rnn/recurrent/plan.h"

static const sdx_schema schema[] = {
    { 1,
      "X:T W:T2 R:T2 B?:T sequence_lens?:T1 initial_h?:T initial_c?:T P?:T W_scale:T "
      "W_zero_point:T2 R_scale:T R_zero_point:T2 -> Y?:T Y_h?:T Y_c?:T",
      "activation_alpha:floats activation_beta:floats activations:strings clip:float "
      "direction:string=forward hidden_size:int input_forget:int=0",
      "T: f32; T1: i32; T2: i8 u8" },
    { 0 },
};

enum { IN_W_SCALE = 8, IN_W_ZERO, IN_R_SCALE, IN_R_ZERO };

/* Scales or zero points: one for each direction, or for each column of each direction. */
static bool check_scales(const sdx_node *n, sdx_infer *c, int i, sdx_dim columns)
{
    sdx_dims d = sdx_in_dims(n, i);
    if (!sdx_check_rank(c, i, 1, 2) ||
        !recurrent_check_dim(n, c, i, 0, sdx_num(recurrent_directions(n)),
                             "the number of directions"))
        return false;
    return d.rank != 2 || recurrent_check_dim(n, c, i, 1, columns, "4 x hidden_size");
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dim steps = sdx_in_dim(n, IN_X, 0), batch = sdx_in_dim(n, IN_X, 1),
            hidden = sdx_in_dim(n, IN_R, 1);
    sdx_dim dirs = sdx_num(recurrent_directions(n));
    if (!recurrent_check_attributes(n, c, CELL_LSTM))
        return;
    static const int rank[] = { 3, 3, 3, 2, 1, 3, 3, 2 }; /* of the inputs up to P */
    for (int i = IN_X; i <= IN_P; i++)
        if (sdx_has_in(n, i) && !sdx_check_rank(c, i, rank[i], rank[i]))
            return;
    if (sdx_has_attr(n, "hidden_size") && sdx_attr_int(n, "hidden_size") > 0)
        hidden = sdx_num(sdx_attr_int(n, "hidden_size"));
    sdx_dim columns = sdx_dim_mul(c, sdx_num(4), hidden);
    bool fits = recurrent_check_dim(n, c, IN_W, 0, dirs, "the number of directions") &&
                recurrent_check_dim(n, c, IN_W, 1, sdx_in_dim(n, IN_X, 2),
                                    "the inputs of a step") &&
                recurrent_check_dim(n, c, IN_W, 2, columns, "4 x hidden_size") &&
                recurrent_check_dim(n, c, IN_R, 0, dirs, "the number of directions") &&
                recurrent_check_dim(n, c, IN_R, 1, hidden, "hidden_size") &&
                recurrent_check_dim(n, c, IN_R, 2, columns, "4 x hidden_size") &&
                recurrent_check_dim(n, c, IN_B, 0, dirs, "the number of directions") &&
                recurrent_check_dim(n, c, IN_B, 1, sdx_dim_mul(c, sdx_num(8), hidden),
                                    "8 x hidden_size") &&
                recurrent_check_dim(n, c, IN_LENS, 0, batch, "the batch");
    for (int i = IN_H; fits && i <= IN_C; i++)
        fits = recurrent_check_dim(n, c, i, 0, dirs, "the number of directions") &&
               recurrent_check_dim(n, c, i, 1, batch, "the batch") &&
               recurrent_check_dim(n, c, i, 2, hidden, "hidden_size");
    if (sdx_has_in(n, IN_P))
        fits = fits && recurrent_check_dim(n, c, IN_P, 0, dirs, "the number of directions") &&
               recurrent_check_dim(n, c, IN_P, 1, sdx_dim_mul(c, sdx_num(3), hidden),
                                   "3 x hidden_size");
    for (int i = IN_W_SCALE; fits && i <= IN_R_ZERO; i++)
        fits = check_scales(n, c, i, columns);
    if (fits)
        recurrent_set_outputs(n, c, steps, batch, hidden);
}

/* How W or R of k x n a direction is widened.  hash: of the scales and zero points, for equal ones
 * may lie elsewhere and others in the same place. */
typedef struct widening {
    int64_t directions, k, n, block;
    const sdx_tensor *scale, *zero;
    uint64_t hash;
} widening;

static uint64_t hash_of(const sdx_tensor *t)
{
    const unsigned char *p = t->data;
    uint64_t h = (uint64_t)sdx_elements(t);
    for (size_t i = 0; i < sdx_bytes(t->dtype, sdx_elements(t)); i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return h;
}

static double entry(const sdx_tensor *t, const widening *w, int64_t d, int64_t column)
{
    double v;
    sdx_load_f64(&v, t, sdx_elements(t) == w->directions ? d : d * w->n + column, 1, 1);
    return v;
}

/* Into the panels that the kernels of MatMul want; without those into a row for each column. */
static void widen(void *to, const sdx_tensor *from, const void *how)
{
    const widening *w = how;
    float *at = to;
    int64_t panel = 2 * w->block,
            each = w->block ? matmul_packed(w->k, w->n, (int)w->block) : w->k * w->n;
    for (int64_t d = 0; d < w->directions; d++, at += each)
        for (int64_t j = 0; j < w->n; j++) {
            double scale = entry(w->scale, w, d, j), zero = entry(w->zero, w, d, j), v;
            int64_t first = w->block ? j / panel * panel : j,
                    width = w->n - first > w->block ? panel : w->block;
            for (int64_t i = 0; i < w->k; i++) {
                sdx_load_f64(&v, from, (d * w->k + i) * w->n + j, 1, 1);
                at[w->block ? first * w->k + i * width + j - first : j * w->k + i] =
                    (float)((v - zero) * scale);
            }
        }
}

static const float *pack(const sdx_node *n, sdx_prepare *c, const recurrent_plan *p, int input,
                         int scale, int64_t k, int64_t each)
{
    const sdx_tensor *s = sdx_in_const(n, scale), *z = sdx_in_const(n, scale + 1);
    widening w;
    if (!sdx_in_const(n, input) || !s || !z)
        return NULL;
    memset(&w, 0, sizeof w); /* the bytes between its members are part of the key */
    w.directions = p->directions;
    w.k = k;
    w.n = p->gates * p->H;
    w.block = p->matmul->block;
    w.scale = s;
    w.zero = z;
    w.hash = hash_of(s) * 31 + hash_of(z);
    return sdx_pack(c, input, (size_t)(each * p->directions) * sizeof(float), widen, &w, sizeof w);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    recurrent_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    SDX_TRY(recurrent_set_plan(n, c, CELL_LSTM, sdx_in_shape(n, IN_R).dim[1], p));
    int64_t columns = p->gates * p->H;
    int block = p->matmul->block;
    p->quantized = true;
    p->w_packed = block ? matmul_packed(p->I, columns, block) : p->I * columns;
    p->r_packed = block ? matmul_packed(p->H, columns, block) : p->H * columns;
    p->w = pack(n, c, p, IN_W, IN_W_SCALE, p->I, p->w_packed);
    p->r = pack(n, c, p, IN_R, IN_R_SCALE, p->H, p->r_packed);
    if (!p->w || !p->r)
        return sdx_reject(c, SDX_E_UNSUPPORTED,
                          "W, R, their scales and zero points have to be constants");
    recurrent_want_scratch(c, p, recurrent_scratch_f32(p));
    *state = p;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    return recurrent_run_f32(n, state, c);
}

static const sdx_op ops[] = {
    { SDX_OP(DynamicQuantizeLSTM), .domain = "com.microsoft", .schema = schema, .traits = SDX_PURE,
      .infer = infer, .prepare = prepare, .run = run, .macs = recurrent_macs },
    { 0 },
};
const sdx_family sdx_family_microsoft_quantized_lstm = { ops, 0 };
