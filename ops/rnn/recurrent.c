/* ops/rnn/recurrent.c - LSTM, GRU, RNN.
 *
 * What the three share is here: shapes, directions, activations by name, packing.  How they run is
 * in recurrent/steps.h, written once on float and double.  Source: ONNX Operators.md, LSTM-22,
 * GRU-22, RNN-22; Changelog.md, -1 (output_sequence), -3, -7, -14 (layout). */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "common/check.h"
#include "math/activation/kernels.h"
#include "math/unary/kernels.h"
#include "rnn/recurrent/plan.h"

static const sdx_schema lstm_schema[] = {
    { 1,
      "X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T initial_c?:T P?:T -> Y?:T Y_h?:T "
      "Y_c?:T",
      "clip:float activation_beta:floats output_sequence:int=0 activation_alpha:floats "
      "hidden_size:int direction:string=forward input_forget:int=0 activations:strings",
      "T: float; T1: i32" },
    { 7, NULL,
      "clip:float activation_beta:floats activation_alpha:floats hidden_size:int "
      "direction:string=forward input_forget:int=0 activations:strings",
      NULL },
    { 14, NULL,
      "clip:float activation_beta:floats activation_alpha:floats hidden_size:int "
      "direction:string=forward input_forget:int=0 layout:int=0 activations:strings",
      NULL },
    { 22, NULL, NULL, "T: float bf16; T1: i32" },
    { 0 },
};
static const sdx_schema gru_schema[] = {
    { 1, "X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T -> Y?:T Y_h:T",
      "clip:float activation_beta:floats output_sequence:int=0 activation_alpha:floats "
      "hidden_size:int direction:string=foward activations:strings",
      "T: float; T1: i32" },
    { 3, "X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T -> Y?:T Y_h?:T",
      "clip:float activation_beta:floats output_sequence:int=0 activation_alpha:floats "
      "hidden_size:int direction:string=forward linear_before_reset:int=0 "
      "activations:strings",
      NULL },
    { 7, NULL,
      "clip:float activation_beta:floats activation_alpha:floats hidden_size:int "
      "direction:string=forward linear_before_reset:int=0 activations:strings",
      NULL },
    { 14, NULL,
      "clip:float activation_beta:floats activation_alpha:floats hidden_size:int "
      "layout:int=0 direction:string=forward linear_before_reset:int=0 "
      "activations:strings",
      NULL },
    { 22, NULL, NULL, "T: float bf16; T1: i32" },
    { 0 },
};
static const sdx_schema rnn_schema[] = {
    { 1, "X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T -> Y?:T Y_h?:T",
      "clip:float activation_beta:floats output_sequence:int=0 activation_alpha:floats "
      "hidden_size:int direction:string=forward activations:strings=[Tanh,Tanh]",
      "T: float; T1: i32" },
    { 7, NULL,
      "clip:float activation_beta:floats activation_alpha:floats hidden_size:int "
      "direction:string=forward activations:strings=[Tanh,Tanh]",
      NULL },
    { 14, NULL,
      "clip:float activation_beta:floats activation_alpha:floats hidden_size:int "
      "layout:int=0 direction:string=forward activations:strings=[Tanh,Tanh]",
      NULL },
    { 22, NULL, NULL, "T: float bf16; T1: i32" },
    { 0 },
};

/* ---- activations ---- */

static double affine(double x, double a, double b)
{
    return a * x + b;
}
static double relu(double x, double a, double b)
{
    (void)a, (void)b;
    return x > 0 ? x : 0;
}
static double leaky_relu(double x, double a, double b)
{
    (void)b;
    return x < 0 ? a * x : x;
}
static double thresholded_relu(double x, double a, double b)
{
    (void)b;
    return x > a ? x : 0;
}
static double hyperbolic(double x, double a, double b)
{
    (void)a, (void)b;
    return tanh(x);
}
static double scaled_tanh(double x, double a, double b)
{
    return a * tanh(b * x);
}
static double sigmoid(double x, double a, double b)
{
    (void)a, (void)b;
    return 1 / (1 + exp(-x));
}
static double hard_sigmoid(double x, double a, double b)
{
    return fmax(0, fmin(1, a * x + b));
}
static double elu(double x, double a, double b)
{
    (void)b;
    return x < 0 ? a * expm1(x) : x;
}
static double softsign(double x, double a, double b)
{
    (void)a, (void)b;
    return x / (1 + fabs(x));
}
static double softplus(double x, double a, double b)
{
    (void)a, (void)b;
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static const struct {
    const char *name;
    double (*f)(double x, double a, double b);
    int numbers; /* of activation_alpha and activation_beta that it takes: 0, 1, 2 for both */
    double alpha, beta;
} activations[] = {
    { "affine", affine, 2, 1, 0 },
    { "relu", relu, 0, 0, 0 },
    { "leakyrelu", leaky_relu, 1, 0.01, 0 },
    { "thresholdedrelu", thresholded_relu, 1, 1, 0 },
    { "tanh", hyperbolic, 0, 0, 0 },
    { "scaledtanh", scaled_tanh, 2, 1, 1 },
    { "sigmoid", sigmoid, 0, 0, 0 },
    { "hardsigmoid", hard_sigmoid, 2, 0.2, 0.5 },
    { "elu", elu, 1, 1, 0 },
    { "softsign", softsign, 0, 0, 0 },
    { "softplus", softplus, 0, 0, 0 },
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

/* Names compare without regard to case, as the standard says. */
static int find_activation(sdx_string s)
{
    for (int k = 0; k < ACTIVATIONS; k++) {
        const char *name = activations[k].name;
        size_t i = 0;
        for (; i < s.length && name[i]; i++) {
            char ch = s.text[i];
            if ((ch >= 'A' && ch <= 'Z' ? ch + ('a' - 'A') : ch) != name[i])
                break;
        }
        if (i == s.length && !name[i])
            return k;
    }
    return -1;
}

/* ---- what the three are ---- */

typedef struct cell {
    recurrent_cell cell;
    int gates, functions;
    const char *usual[3]; /* activations */
} cell;
static const cell lstm = { CELL_LSTM, 4, 3, { "Sigmoid", "Tanh", "Tanh" } },
                  gru = { CELL_GRU, 3, 2, { "Sigmoid", "Tanh", NULL } },
                  rnn = { CELL_RNN, 1, 1, { "Tanh", NULL, NULL } };

static const cell *cell_of(recurrent_cell which)
{
    return which == CELL_LSTM ? &lstm : which == CELL_GRU ? &gru : &rnn;
}

int recurrent_directions(const sdx_node *n)
{
    return sdx_attr_is(n, "direction", "bidirectional") ? 2 : 1;
}

/* ---- infer ---- */

bool recurrent_check_attributes(const sdx_node *n, sdx_infer *c, recurrent_cell which)
{
    const cell *k = cell_of(which);
    sdx_string d = sdx_attr_string(n, "direction");
    int count, want = k->functions * recurrent_directions(n);
    const sdx_string *name = sdx_attr_strings(n, "activations", &count);
    bool known = sdx_attr_is(n, "direction", "forward") || sdx_attr_is(n, "direction", "reverse") ||
                 recurrent_directions(n) == 2;
    if (sdx_has_attr(n, "direction") && !known) {
        sdx_refuse(c, "attribute-value", "direction is '%.*s'", (int)d.length, d.text);
        sdx_hint(c, "it may be forward, reverse or bidirectional");
        return false;
    }
    bool given = name && sdx_has_attr(n, "activations");
    if (given && count != want) {
        sdx_refuse(c, "rnn-activations", "activations has %s, and %s with %s takes %d",
                   sdx_counted(c, count, "entry"), sdx_op_name(n),
                   sdx_counted(c, recurrent_directions(n), "direction"), want);
        sdx_hint(c, "name %d, or leave the attribute out", want);
        return false;
    }
    static const char *const numbers[] = { "activation_alpha", "activation_beta" };
    for (int i = 0; i < 2; i++) {
        int have, takers = 0;
        sdx_attr_floats(n, numbers[i], &have);
        for (int j = 0; given && j < count; j++)
            takers += find_activation(name[j]) < 0 ||
                      activations[find_activation(name[j])].numbers > i;
        if (have > 0 && !takers) {
            sdx_warn(c, "rnn-activations", "%s is given, and no activation takes it", numbers[i]);
            sdx_hint(c, "leave %s out, or name the activation that it is for", numbers[i]);
        }
        if (have <= want)
            continue;
        sdx_warn(c, "rnn-activations", "%s has %s for %s", numbers[i],
                 sdx_counted(c, have, "entry"), sdx_counted(c, want, "activation"));
        sdx_hint(c, "give one for each activation that takes a number");
    }
    for (int i = 0; given && i < count; i++)
        if (find_activation(name[i]) < 0) {
            sdx_refuse(c, "rnn-activations", "activations[%d] is '%.*s', which is none", i,
                       (int)name[i].length, name[i].text);
            sdx_hint(
                c,
                "it may be Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, HardSigmoid, "
                "Elu, Softsign or Softplus, in upper or lower case");
            return false;
        }
    return true;
}

/* Dim `axis` of input i has to be d. */
bool recurrent_check_dim(const sdx_node *n, sdx_infer *c, int i, int axis, sdx_dim d,
                         const char *what)
{
    return sdx_check_dim(n, c, "rnn-shape", i, axis, d, what);
}

static bool check_shapes(const sdx_node *n, sdx_infer *c, const cell *k, sdx_dim batch,
                         sdx_dim hidden)
{
    sdx_dim dirs = sdx_num(recurrent_directions(n)),
            each = sdx_dim_mul(c, sdx_num(k->gates), hidden);
    static const int ranks[] = { 3, 3, 3, 2, 1, 3, 3, 2 };
    bool first = sdx_attr_int(n, "layout") != 0;
    for (int i = 0; i < sdx_in_count(n); i++)
        if (sdx_has_in(n, i) && !sdx_check_rank(c, i, ranks[i], ranks[i]))
            return false;
    for (int i = IN_W; i <= IN_B; i++)
        if (!recurrent_check_dim(n, c, i, 0, dirs, "the number of directions"))
            return false;
    for (int i = IN_H; i <= IN_C; i++)
        if (!recurrent_check_dim(n, c, i, first ? 1 : 0, dirs, "the number of directions") ||
            !recurrent_check_dim(n, c, i, first ? 0 : 1, batch, "the batch") ||
            !recurrent_check_dim(n, c, i, 2, hidden, "hidden_size"))
            return false;
    return recurrent_check_dim(n, c, IN_P, 0, dirs, "the number of directions") &&
           recurrent_check_dim(n, c, IN_W, 1, each, "gates x hidden_size") &&
           recurrent_check_dim(n, c, IN_R, 1, each, "gates x hidden_size") &&
           recurrent_check_dim(n, c, IN_W, 2, sdx_in_dim(n, IN_X, 2), "the inputs of a step") &&
           recurrent_check_dim(n, c, IN_R, 2, hidden, "hidden_size") &&
           recurrent_check_dim(n, c, IN_B, 1, sdx_dim_mul(c, sdx_num(2), each),
                               "2 x gates x hidden_size") &&
           recurrent_check_dim(n, c, IN_LENS, 0, batch, "the batch") &&
           recurrent_check_dim(n, c, IN_P, 1, sdx_dim_mul(c, sdx_num(3), hidden),
                               "3 x hidden_size");
}

void recurrent_set_outputs(const sdx_node *n, sdx_infer *c, sdx_dim steps, sdx_dim batch,
                           sdx_dim hidden)
{
    bool first = sdx_attr_int(n, "layout") != 0;
    sdx_dim dirs = sdx_num(recurrent_directions(n));
    sdx_dim y[4] = { steps, dirs, batch, hidden }, y_first[4] = { batch, steps, dirs, hidden };
    sdx_dim h[3] = { dirs, batch, hidden }, h_first[3] = { batch, dirs, hidden };
    if (sdx_has_out(n, OUT_Y))
        sdx_set_out_dims(c, OUT_Y, 4, first ? y_first : y);
    for (int o = OUT_H; o <= OUT_C; o++)
        if (sdx_has_out(n, o))
            sdx_set_out_dims(c, o, 3, first ? h_first : h);
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    const cell *k = sdx_variant(n);
    bool first = sdx_attr_int(n, "layout") != 0;
    sdx_dim batch = sdx_in_dim(n, IN_X, first ? 0 : 1), steps = sdx_in_dim(n, IN_X, first ? 1 : 0);
    sdx_dim hidden = sdx_in_dim(n, IN_R, 2);
    if (sdx_has_attr(n, "hidden_size") && sdx_attr_int(n, "hidden_size") > 0)
        hidden = sdx_num(sdx_attr_int(n, "hidden_size"));
    if (!recurrent_check_attributes(n, c, k->cell) || !check_shapes(n, c, k, batch, hidden) ||
        !sdx_check_limits(c, first ? "sequence_lens:[0,X.1]" : "sequence_lens:[0,X.0]"))
        return;
    recurrent_set_outputs(n, c, steps, batch, hidden);
}

/* ---- prepare ---- */

/* Fills the activations; numbers for them are taken in order by those that want some. */
static void choose_activations(const sdx_node *n, sdx_prepare *c, const cell *k, recurrent_plan *p)
{
    const unary_kernels *u = sdx_kernels(c, &sdx_family_math_unary);
    const activation_kernels *a = sdx_kernels(c, &sdx_family_math_activation);
    int names, alphas, betas, alpha = 0, beta = 0;
    const sdx_string *name = sdx_has_attr(n, "activations")
                                 ? sdx_attr_strings(n, "activations", &names)
                                 : NULL;
    const float *given_alpha = sdx_attr_floats(n, "activation_alpha", &alphas);
    const float *given_beta = sdx_attr_floats(n, "activation_beta", &betas);
    for (int d = 0; d < p->directions; d++)
        for (int f = 0; f < k->functions; f++) {
            const char *usual = k->usual[f];
            size_t length = 0;
            while (usual[length])
                length++;
            int at = find_activation(name ? name[d * k->functions + f]
                                          : (sdx_string){ usual, length });
            recurrent_activation *to = &p->act[d][f];
            *to = (recurrent_activation){ activations[at].f, NULL, activations[at].alpha,
                                          activations[at].beta };
            if (activations[at].numbers > 0 && given_alpha && alpha < alphas)
                to->alpha = given_alpha[alpha++];
            if (activations[at].numbers > 1 && given_beta && beta < betas)
                to->beta = given_beta[beta++];
            to->fast = to->f == sigmoid      ? a->sigmoid
                       : to->f == hyperbolic ? u->tanh
                       : to->f == relu       ? a->relu
                                             : NULL;
        }
}

/* The same from weights that lie at no float's border in the file: row by row, each a column of the
 * packed form. */
static void pack_unaligned(float *to, const sdx_tensor *from, const recurrent_packing *how)
{
    enum { RUN = 128 };
    int64_t part[2] = { how->cut, how->n - how->cut }, panel = 2 * how->block, row = 0;
    double run[RUN];
    for (int64_t d = 0; d < how->directions; d++)
        for (int s = 0; s < 2; to += part[s] ? matmul_packed(how->k, part[s], how->block) : 0, s++)
            for (int64_t r = 0; r < part[s]; r++, row++) {
                int64_t first = r / panel * panel,
                        width = part[s] - first > how->block ? panel : how->block;
                float *at = to + first * how->k + r % panel;
                for (int64_t k = 0; k < how->k; k += RUN) {
                    int64_t n = how->k - k < RUN ? how->k - k : RUN;
                    sdx_load_f64(run, from, row * how->k + k, 1, n);
                    for (int64_t i = 0; i < n; i++)
                        at[(k + i) * width] = (float)run[i];
                }
            }
}

/* ... and in a narrower form. */
static void pack_narrow(float *to, const sdx_tensor *from, const recurrent_packing *how)
{
    const int64_t part[2] = { how->cut, how->n - how->cut };
    int64_t row = 0;
    for (int64_t d = 0; d < how->directions; d++)
        for (int s = 0; s < 2; row += part[s++]) {
            sdx_matmul_pack(how->form, how->block, to, from, row * how->k, how->k, part[s], 1,
                            how->k, 1);
            to += matmul_packed_as(how->form, how->k, part[s], how->block);
        }
}

static void pack_constant(void *to, const sdx_tensor *from, const void *how)
{
    if (((const recurrent_packing *)how)->form != MATMUL_F32)
        pack_narrow(to, from, how);
    else if ((uintptr_t)from->data % sizeof(float) == 0)
        recurrent_pack(to, sdx_f32(from), how);
    else
        pack_unaligned(to, from, how);
}

/* The packed form of W or R, where it is a constant. */
static const float *pack_weights(const sdx_node *n, sdx_prepare *c, int input, int64_t floats,
                                 const recurrent_packing *how)
{
    return sdx_is_const(n, input)
               ? sdx_pack(c, input, (size_t)floats * sizeof(float), pack_constant, how, sizeof *how)
               : NULL;
}

static sdx_status pack_all(const sdx_node *n, sdx_prepare *c, recurrent_plan *p)
{
    int block = p->matmul->block;
    int64_t each = p->gates * p->H, cut = p->cell == CELL_GRU ? 2 * p->H : each;
    if (block == 0)
        return SDX_OK;
    if (sdx_is_const(n, IN_W) && sdx_is_const(n, IN_R))
        p->form = sdx_matmul_form(c, p->matmul);
    if (p->form != MATMUL_F32)
        sdx_choice(c, sdx_matmul_name(p->matmul, p->form));
    recurrent_packing how;
    memset(&how, 0, sizeof how); /* the bytes between its members are part of the key */
    how.pack = p->matmul->pack;
    how.directions = p->directions;
    how.n = how.cut = each;
    how.k = p->I;
    how.block = block;
    how.form = p->form;
    p->w_packed = matmul_packed_as(p->form, p->I, each, block);
    p->r_head = cut < each ? matmul_packed_as(p->form, p->H, cut, block) : 0;
    p->r_packed = p->r_head +
                  matmul_packed_as(p->form, p->H, cut < each ? each - cut : each, block);
    p->w = pack_weights(n, c, IN_W, p->w_packed * p->directions, &how);
    how.k = p->H;
    how.cut = cut;
    p->r = pack_weights(n, c, IN_R, p->r_packed * p->directions, &how);
    return p->form != MATMUL_F32 && (!p->w || !p->r) ? SDX_E_MEMORY : SDX_OK;
}

sdx_status recurrent_set_plan(const sdx_node *n, sdx_prepare *c, recurrent_cell which,
                              int64_t hidden, recurrent_plan *p)
{
    const cell *k = cell_of(which);
    sdx_shape x = sdx_in_shape(n, IN_X);
    p->cell = k->cell;
    p->gates = k->gates;
    p->directions = recurrent_directions(n);
    p->batch_first = sdx_attr_int(n, "layout") != 0;
    p->N = x.dim[p->batch_first ? 0 : 1];
    p->T = x.dim[p->batch_first ? 1 : 0];
    p->I = x.dim[2];
    p->H = hidden;
    if ((double)(p->T + 1) * (double)(p->N + 1) * (double)(p->gates * p->H) > 1e13)
        return sdx_reject(c, SDX_E_LIMIT,
                          "%" PRId64 " steps of %" PRId64 " items with %" PRId64 " hidden units",
                          p->T, p->N, p->H);
    p->reverse[0] = sdx_attr_is(n, "direction", "reverse");
    p->reverse[1] = true;
    p->clip = sdx_has_attr(n, "clip") && sdx_attr_float(n, "clip") > 0 ? sdx_attr_float(n, "clip")
                                                                       : INFINITY;
    p->input_forget = sdx_attr_int(n, "input_forget") != 0;
    p->linear_before_reset = sdx_attr_int(n, "linear_before_reset") != 0;
    p->matmul = sdx_kernels(c, &sdx_family_math_matmul);
    p->rows = sdx_kernels(c, &sdx_family_rnn_recurrent);
    choose_activations(n, c, k, p);
    p->usual = p->rows->lstm && isinf(p->clip) && !p->input_forget && !sdx_has_in(n, IN_P) &&
               p->cell != CELL_RNN;
    for (int d = 0; d < p->directions; d++)
        for (int f = 0; f < k->functions; f++)
            p->usual = p->usual && p->act[d][f].f == (f == 0 ? sigmoid : hyperbolic);
    return SDX_OK;
}

/* A multiple of a cache line for each direction: two may run at the same time. */
void recurrent_want_scratch(sdx_prepare *c, recurrent_plan *p, size_t each)
{
    p->each = (each + 63) / 64 * 64;
    sdx_want_scratch(c, p->each * (size_t)p->directions, 0);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    const cell *k = sdx_variant(n);
    recurrent_plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    SDX_TRY(recurrent_set_plan(n, c, k->cell, sdx_in_shape(n, IN_R).dim[2], p));
    bool fast = sdx_in_dtype(n, IN_X) == SDX_F32;
    if (fast)
        SDX_TRY(pack_all(n, c, p));
    recurrent_want_scratch(c, p, fast ? recurrent_scratch_f32(p) : recurrent_scratch_f64(p));
    *state = p;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    return sdx_in_dtype(n, IN_X) == SDX_F32 ? recurrent_run_f32(n, state, c)
                                            : recurrent_run_f64(n, state, c);
}

sdx_dim recurrent_macs(const sdx_node *n, sdx_infer *c)
{
    sdx_dim weights = sdx_dim_add(c, sdx_dim_product(c, sdx_in_dims(n, IN_W), 0, SDX_MAX_RANK),
                                  sdx_dim_product(c, sdx_in_dims(n, IN_R), 0, SDX_MAX_RANK));
    return sdx_dim_mul(c, sdx_dim_product(c, sdx_in_dims(n, IN_X), 0, 2), weights);
}

static const sdx_op ops[] = {
    { SDX_OP(LSTM), .schema = lstm_schema,
      .limits = "hidden_size:[1,) layout:0|1 clip:(0,) ?input_forget:0|1", .traits = SDX_PURE,
      .variant = &lstm, .infer = infer, .prepare = prepare, .run = run, .macs = recurrent_macs },
    { SDX_OP(GRU), .schema = gru_schema,
      .limits = "hidden_size:[1,) layout:0|1 clip:(0,) ?linear_before_reset:0|1",
      .traits = SDX_PURE, .variant = &gru, .infer = infer, .prepare = prepare, .run = run,
      .macs = recurrent_macs },
    { SDX_OP(RNN), .schema = rnn_schema, .limits = "hidden_size:[1,) layout:0|1 clip:(0,)",
      .traits = SDX_PURE, .variant = &rnn, .infer = infer, .prepare = prepare, .run = run,
      .macs = recurrent_macs },
    { 0 },
};
const sdx_family sdx_family_rnn_recurrent = { ops, sizeof(recurrent_kernels) };
