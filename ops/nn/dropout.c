/* ops/nn/dropout.c - Dropout.
 *
 * Inference passes the data on: the output is the input.  Training draws from
 * common/random.h, one number for each place.  Source:
 * ONNX Operators.md, Dropout-22; Changelog.md, Dropout-1 and -6 (is_test), -7, -10, -12
 * (training_mode). */
#include <inttypes.h>
#include "common/derivatives.h"
#include "common/random.h"

static const sdx_schema schema[] = {
    { 1, "data:T -> output:T mask?:T", "is_test:int=0 consumed_inputs:ints ratio:float=0.5",
      "T: float" },
    { 6, NULL, "is_test:int=0 ratio:float=0.5", NULL },
    { 7, NULL, "ratio:float=0.5", NULL },
    { 10, "data:T -> output:T mask?:T1", NULL, "T: float; T1: bool" },
    { 12, "data:T ratio?:T1 training_mode?:T2 -> output:T mask?:T2", "seed:int",
      "T: float; T1: float; T2: bool" },
    { 13, NULL, NULL, "T: float bf16; T1: float; T2: bool" },
    { 22, NULL, NULL,
      "T: float bf16 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz; T1: float bf16 f8e4m3fn "
      "f8e4m3fnuz f8e5m2 f8e5m2fnuz; T2: bool" },
    { 0 },
};

typedef enum mode { PASSES, DROPS, RUN_TELLS } mode;

static mode mode_of(const sdx_node *n)
{
    const sdx_tensor *t = sdx_in_const(n, 2);
    int64_t on = 0;
    if (sdx_since(n) < 7)
        return sdx_attr_int(n, "is_test") ? PASSES : DROPS;
    if (sdx_since(n) < 12 || !sdx_has_in(n, 2))
        return PASSES;
    if (!t)
        return RUN_TELLS;
    sdx_load_i64(&on, t, 0, 1, 1);
    return on ? DROPS : PASSES;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (sdx_has_out(n, 1))
        sdx_set_out_like(c, 1, sdx_in_dims(n, 0));
    for (int i = 1; i < sdx_in_count(n); i++)
        if (sdx_has_in(n, i) && !sdx_check_rank(c, i, 0, 1))
            return;
    if (sdx_since(n) < 12 || mode_of(n) != DROPS)
        return;
    sdx_warn(c, "training-mode", "%s is true: elements are dropped at random", sdx_in_name(n, 2));
    sdx_hint(c, "to infer, export the model in evaluation mode, or leave training_mode out");
    sdx_fix_no_input(c, 2, false);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    (void)state;
    if (mode_of(n) == PASSES)
        sdx_alias(c, 0, 0, 0);
    return SDX_OK;
}

typedef struct job {
    const sdx_tensor *x;
    sdx_tensor *y, *mask;
    uint64_t seed;
    double ratio;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        double v, kept = sdx_uniform(j->seed, (uint64_t)i) >= j->ratio;
        sdx_load_f64(&v, j->x, i, 1, 1);
        v = kept != 0 ? v / (1 - j->ratio) : 0;
        if (j->y)
            sdx_store_f64(j->y, i, 1, 1, &v);
        if (j->mask)
            sdx_store_f64(j->mask, i, 1, 1, &kept);
    }
    return SDX_OK;
}

/* Nothing is dropped: the data, unless it was aliased, and a mask of ones. */
static sdx_status pass(const job *j, sdx_run *c)
{
    double one = 1;
    if (j->y)
        SDX_TRY(sdx_copy(c, j->y, 0, j->x, 0, sdx_elements(j->x)));
    if (j->mask && sdx_elements(j->mask) > 0) {
        sdx_store_f64(j->mask, 0, 1, 1, &one);
        return sdx_copy_strided(c, j->mask, 1, 1, j->mask, 0, 0, sdx_elements(j->mask) - 1);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { sdx_in(c, 0), sdx_out(c, 0), sdx_has_out(n, 1) ? sdx_out(c, 1) : NULL, 0, 0 };
    int64_t training = sdx_since(n) < 7 && !sdx_attr_int(n, "is_test");
    (void)state;
    j.seed = sdx_seed(n, j.y ? j.y : j.mask);
    if (sdx_since(n) < 12) {
        j.ratio = sdx_attr_float(n, "ratio");
    } else {
        j.ratio = 0.5;
        if (sdx_has_in(n, 1) && sdx_elements(sdx_in(c, 1)) > 0)
            sdx_load_f64(&j.ratio, sdx_in(c, 1), 0, 1, 1);
        if (sdx_has_in(n, 2) && sdx_elements(sdx_in(c, 2)) > 0)
            sdx_load_i64(&training, sdx_in(c, 2), 0, 1, 1);
    }
    if (!training || j.ratio == 0)
        return pass(&j, c);
    if (!(j.ratio > 0 && j.ratio < 1))
        return sdx_fail(c, SDX_E_VALUE, "ratio is %.6g; it may be 0 or more, and less than 1",
                        j.ratio);
    return sdx_parallel(c, sdx_elements(j.x), 8192, some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Dropout), .derive = sdx_derive_dropout, .schema = schema,
      .limits = "ratio#one training_mode#one ratio:[0,1)", .traits = 0, .infer = infer,
      .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_nn_dropout = { ops, 0 };
