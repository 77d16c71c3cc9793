/* ops/nn/flex_attention.c - FlexAttention of ai.onnx.preview.
 *
 * Attention whose scores and weights may pass through bodies of the model's own.  Without one it
 * runs as Attention does, attention/blocks.c or rows.c; a body is called once, with the whole
 * matrix of scores, since that is what the standard gives it.
 * Source: ONNX Operators.md, ai.onnx.preview, FlexAttention-1. */
#include "math/softmax/kernels.h"
#include "nn/attention/plan.h"
#include <inttypes.h>

static const sdx_schema schema[] = {
    { 1, "Q:T1 K:T1 V:T1 -> Y:T1",
      "prob_mod:graph score_mod:graph softmax_precision:int scale:float", "T1: bf16 float" },
    { 0 },
};

enum { IN_Q, IN_K, IN_V };

/* What scores and weights are kept in. */
static sdx_dtype precision_of(const sdx_node *n)
{
    if (sdx_has_attr(n, "softmax_precision"))
        return (sdx_dtype)sdx_attr_int(n, "softmax_precision");
    return sdx_in_dtype(n, IN_Q) == SDX_F64 ? SDX_F64 : SDX_F32;
}

static bool check_precision(const sdx_node *n, sdx_infer *c)
{
    int64_t d = sdx_attr_int(n, "softmax_precision");
    if (!sdx_has_attr(n, "softmax_precision") || d == SDX_F32 || d == SDX_F16 || d == SDX_F64 ||
        d == SDX_BF16)
        return true;
    sdx_refuse(c, "attribute-value", "softmax_precision=%" PRId64 " is no type of floats", d);
    sdx_hint(c, "it may be 1 (float), 10 (float16), 11 (double) or 16 (bfloat16)");
    return false;
}

/* A body takes the matrix and gives one like it. */
static bool check_body(const sdx_node *n, sdx_infer *c, const char *name, const sdx_type *matrix)
{
    int in = 0, out = 0;
    const sdx_type *given = NULL;
    if (!sdx_has_attr(n, name))
        return true;
    if (!sdx_body_arity(n, name, &in, &out) || in != 1 || out != 1) {
        sdx_refuse(c, "attention-shape", "%s has %d inputs and %d outputs", name, in, out);
        sdx_hint(c, "it takes the scores and gives the scores: one of each");
        return false;
    }
    if (!sdx_infer_body(c, name, 1, &matrix, 1, &given))
        return false;
    sdx_dims a = sdx_type_dims(matrix), b = sdx_type_dims(given);
    bool same = sdx_type_kind(given) != SDX_TENSOR || b.rank < 0 || b.rank == 4;
    for (int k = 0; same && b.rank == 4 && k < 4; k++)
        same = sdx_equal(c, a.dim[k], b.dim[k]);
    if (sdx_type_kind(given) == SDX_TENSOR)
        same = same && sdx_type_dtype(given) == sdx_type_dtype(matrix);
    if (same)
        return true;
    sdx_refuse(c, "attention-shape", "%s makes %s of %s", name, sdx_show_type(c, given),
               sdx_show_type(c, matrix));
    sdx_hint(c, "it keeps the shape and the type, which is that of softmax_precision");
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    for (int i = IN_Q; i <= IN_V; i++)
        if (!sdx_check_rank(c, i, 4, 4))
            return;
    if (!check_precision(n, c))
        return;
    if (sdx_has_attr(n, "scale") && !(sdx_attr_float(n, "scale") >= 0)) {
        sdx_refuse(c, "attribute-value", "scale is below 0, and its square root is wanted");
        sdx_hint(c, "leave it out for 1 / sqrt(size of a head)");
        return;
    }
    sdx_dim d[3][4];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4; k++)
            d[i][k] = sdx_in_dim(n, i, k);
    if (!attention_check_heads(c, d[IN_Q][1], d[IN_K][1]) ||
        !attention_agree(n, c, IN_Q, IN_K, d[IN_Q][0], d[IN_K][0], "the batch") ||
        !attention_agree(n, c, IN_K, IN_V, d[IN_K][0], d[IN_V][0], "the batch") ||
        !attention_agree(n, c, IN_K, IN_V, d[IN_K][1], d[IN_V][1], "the number of heads") ||
        !attention_agree(n, c, IN_K, IN_V, d[IN_K][2], d[IN_V][2], "the number of keys") ||
        !attention_agree(n, c, IN_Q, IN_K, d[IN_Q][3], d[IN_K][3], "the size of a head"))
        return;
    sdx_dim y[4] = { d[IN_Q][0], d[IN_Q][1], d[IN_Q][2], d[IN_V][3] },
            scores[4] = { d[IN_Q][0], d[IN_Q][1], d[IN_Q][2], d[IN_K][2] };
    const sdx_type *matrix = sdx_tensor_type(c, precision_of(n), (sdx_dims){ 4, scores });
    if (check_body(n, c, "score_mod", matrix) && check_body(n, c, "prob_mod", matrix))
        sdx_set_out_dims(c, 0, 4, y);
}

static bool has_body(const sdx_node *n)
{
    return sdx_has_attr(n, "score_mod") || sdx_has_attr(n, "prob_mod");
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    attention_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    attention_lay_out(p, sdx_in_shape(n, IN_Q), sdx_in_shape(n, IN_K), sdx_in_shape(n, IN_V), 0, 0);
    if (sdx_has_attr(n, "scale"))
        p->scale = sdx_attr_float(n, "scale");
    p->softmax = p->weights = precision_of(n);
    attention_choose(c, p, sdx_in_dtype(n, IN_Q) == SDX_F32 && !has_body(n));
    *state = p;
    return SDX_OK;
}

/* ---- with bodies ---- */

typedef struct rows_job {
    const sdx_tensor *scores;
    sdx_tensor *weights;
    int64_t length;
} rows_job;

static sdx_status some_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const rows_job *j = arg;
    (void)c;
    for (int64_t i = begin; i < end && j->length > 0; i++) {
        sdx_load_f64(scratch, j->scores, i * j->length, 1, j->length);
        sdx_softmax_row(scratch, (size_t)j->length);
        sdx_store_f64(j->weights, i * j->length, 1, j->length, scratch);
    }
    return SDX_OK;
}

/* What the body makes of *v, if there is one; sizes of a body's result are the body's own. */
static sdx_status pass_through(const sdx_node *n, sdx_run *c, const char *name, sdx_shape shape,
                               const sdx_value **v)
{
    const sdx_value *made = NULL;
    if (!sdx_has_attr(n, name))
        return SDX_OK;
    SDX_TRY(sdx_call(c, name, 1, v, 1, &made));
    const sdx_tensor *t = sdx_as_tensor(made);
    bool same = t && t->dtype == sdx_as_tensor(*v)->dtype && t->shape.rank == shape.rank;
    for (int k = 0; same && k < shape.rank; k++)
        same = t->shape.dim[k] == shape.dim[k];
    if (!same)
        return sdx_fail(c, SDX_E_SHAPE, "%s gave scores of another shape or type", name);
    *v = made;
    return SDX_OK;
}

static sdx_status run_bodies(const sdx_node *n, attention_job *j, sdx_run *c)
{
    const attention_plan *p = j->p;
    const int64_t dim[4] = { p->B, p->HQ, p->S, p->T };
    sdx_shape shape = { 4, dim };
    sdx_tensor *y = j->y;
    sdx_value *scores, *weights;
    SDX_TRY(sdx_new_tensor(c, p->softmax, shape, &scores));
    SDX_TRY(sdx_new_tensor(c, p->softmax, shape, &weights));
    j->y = NULL;
    j->qk = sdx_tensor_of(scores);
    SDX_TRY(attention_run_rows(j, c));
    const sdx_value *now = scores;
    SDX_TRY(pass_through(n, c, "score_mod", shape, &now));
    rows_job rows = { sdx_as_tensor(now), sdx_tensor_of(weights), p->T };
    SDX_TRY(sdx_parallel(c, p->B * p->HQ * p->S, 1 + 16384 / (1 + p->T), some_rows, &rows));
    now = weights;
    SDX_TRY(pass_through(n, c, "prob_mod", shape, &now));
    j->y = y;
    j->weights = sdx_as_tensor(now);
    return attention_run_values(j, c);
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const attention_plan *p = state;
    attention_job j = {
        .p = p, .q = sdx_in(c, IN_Q), .k = sdx_in(c, IN_K), .v = sdx_in(c, IN_V), .y = sdx_out(c, 0)
    };
    if (!has_body(n))
        return attention_run(&j, c);
    const int64_t dim[4] = { p->B, p->HQ, p->S, p->DV };
    if (!j.y) /* a node with bodies makes its outputs itself */
        SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ 4, dim }, &j.y));
    return j.y ? run_bodies(n, &j, c) : SDX_OK;
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return attention_macs(n, c, sdx_in_dim(n, IN_K, 2));
}

static const sdx_op ops[] = {
    { SDX_OP(FlexAttention), "ai.onnx.preview", .schema = schema, .traits = SDX_PURE,
      .infer = infer, .prepare = prepare, .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_nn_flex_attention = { ops, 0 };
