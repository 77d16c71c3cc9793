/* ops/fuse/activation.c - activations that exporters spell out become one node, which a product
 * takes in: Gelu, Swish, Mish, HardSigmoid, HardSwish, Softplus.
 *
 * The ways to write x / 2 * (1 + tanh(k (x + 0.044715 x^3))) are without number, so none is listed:
 * what is computed is expanded to a polynomial of x and of one gate, here tanh, and what the gate
 * is of to a polynomial of x.  Values that several nodes read are not looked into: x is one of
 * them.  Source: ONNX Operators.md, Gelu-20, Swish-24, Mish-22, HardSigmoid-22, HardSwish-22. */
#include <math.h>
#include "sdx/rewrite.h"

enum { TERMS = 4, DEEPEST = 12 };

/* plain[k] x^k + gated[k] x^k gate, summed up. */
typedef struct form {
    double plain[TERMS], gated[TERMS];
} form;

typedef struct match {
    sdx_rewrite *c;
    const sdx_node *x; /* the node that reads x as input `in`; NULL: not met yet */
    int in;
    const sdx_node *gate; /* NULL: not met yet */
    bool may_gate;
} match;

static bool expand_input(match *m, const sdx_node *n, int i, int depth, form *f);

/* Input i is one number. */
static bool is_number(const sdx_node *n, int i, double *v)
{
    sdx_dims d = sdx_in_dims(n, i);
    bool one = d.rank >= 0 && sdx_is_const(n, i);
    for (int k = 0; k < d.rank; k++)
        one = one && sdx_is_num(d.dim[k]) && d.dim[k].n == 1;
    const sdx_tensor *t = one && sdx_in_dtype(n, i) == SDX_F32 ? sdx_in_const(n, i) : NULL;
    if (t)
        sdx_load_f64(v, t, 0, 1, 1);
    return t != NULL;
}

static bool near(double a, double b, double relative)
{
    return fabs(a - b) <= relative * fabs(b);
}

/* ---- forms ---- */

static void add(form *f, const form *g, double times)
{
    for (int k = 0; k < TERMS; k++) {
        f->plain[k] += times * g->plain[k];
        f->gated[k] += times * g->gated[k];
    }
}

/* f times g; false: of a degree too high, or the gate squared. */
static bool multiply(form *f, const form *g)
{
    form y = { 0 };
    for (int i = 0; i < TERMS; i++) {
        for (int k = 0; k < TERMS; k++) {
            double plain = f->plain[i] * g->plain[k], squared = f->gated[i] * g->gated[k],
                   gated = f->plain[i] * g->gated[k] + f->gated[i] * g->plain[k];
            if (squared != 0 || (i + k >= TERMS && (plain != 0 || gated != 0)))
                return false;
            if (i + k < TERMS) {
                y.plain[i + k] += plain;
                y.gated[i + k] += gated;
            }
        }
    }
    *f = y;
    return true;
}

static bool is_gate(const sdx_node *n)
{
    return sdx_is(n, "Tanh") || sdx_is(n, "Erf") || sdx_is(n, "Sigmoid") ||
           sdx_is(n, "HardSigmoid") || sdx_is(n, "Clip");
}

static bool expand_power(match *m, const sdx_node *n, int depth, form *f)
{
    double v;
    form x = { 0 };
    if (!is_number(n, 1, &v) || (v != 2 && v != 3) || !expand_input(m, n, 0, depth, &x))
        return false;
    *f = x;
    for (int k = 1; k < (int)v; k++)
        if (!multiply(f, &x))
            return false;
    return true;
}

/* What node n computes; false: no such form. */
static bool expand_node(match *m, const sdx_node *n, int depth, form *f)
{
    bool product = sdx_is(n, "Mul"), minus = sdx_is(n, "Sub");
    form g = { 0 };
    double v;
    *f = g;
    if (depth > DEEPEST)
        return false;
    if (product || minus || sdx_is(n, "Add")) {
        if (!expand_input(m, n, 0, depth, f) || !expand_input(m, n, 1, depth, &g))
            return false;
        if (product)
            return multiply(f, &g);
        add(f, &g, minus ? -1 : 1);
        return true;
    }
    if (sdx_is(n, "Div")) {
        if (!is_number(n, 1, &v) || v == 0 || !expand_input(m, n, 0, depth, &g))
            return false;
        add(f, &g, 1 / v);
        return true;
    }
    if (sdx_is(n, "Pow"))
        return expand_power(m, n, depth, f);
    if (!m->may_gate || m->gate || !is_gate(n))
        return false;
    m->gate = n;
    f->gated[0] = 1;
    return true;
}

/* What comes in as input i of n: a number, x, or what its maker computes for n alone. */
static bool expand_input(match *m, const sdx_node *n, int i, int depth, form *f)
{
    *f = (form){ 0 };
    if (is_number(n, i, &f->plain[0]))
        return true;
    bool is_x = m->x && sdx_reads_same(n, i, m->x, m->in);
    const sdx_node *maker = is_x ? NULL : sdx_only_producer(m->c, n, i);
    match before = *m;
    if (maker && expand_node(m, maker, depth + 1, f))
        return true;
    *m = before;
    if (m->x && !is_x)
        return false;
    m->x = n;
    m->in = i;
    *f = (form){ .plain = { 0, 1 } };
    return true;
}

/* Are all terms but that of x^k 0? */
static bool is_term(const double t[TERMS], int k)
{
    for (int i = 0; i < TERMS; i++)
        if (i != k && t[i] != 0)
            return false;
    return true;
}

static bool is_nothing(const double t[TERMS])
{
    return is_term(t, 0) && t[0] == 0;
}

/* ---- what it is ---- */

static sdx_status becomes(const sdx_node *n, const match *m, int opset, const char *op)
{
    sdx_name(m->c, "x", m->x);
    return sdx_body(m->c, opset, "%s = %s(x.%s)", sdx_out_name(n, 0), op, sdx_in_name(m->x, m->in));
}

static sdx_status becomes_swish(const sdx_node *n, const match *m, double alpha)
{
    if (alpha == 1)
        return becomes(n, m, 24, "Swish");
    sdx_name(m->c, "x", m->x);
    return sdx_body(m->c, 24, "%s = Swish<alpha = %s>(x.%s)", sdx_out_name(n, 0),
                    sdx_float_text(m->c, (float)alpha), sdx_in_name(m->x, m->in));
}

/* x / 2 * (1 + gate(of)). */
static sdx_status half_and_half(const sdx_node *n, const match *m, const double of[TERMS])
{
    static const double half = 0.70710678118, slope = 0.79788456080, cubic = 0.044715;
    bool odd = of[0] == 0 && of[2] == 0;
    if (sdx_is(m->gate, "Erf") && is_term(of, 1) && near(of[1], half, 1e-3))
        return becomes(n, m, 20, "Gelu");
    if (sdx_is(m->gate, "Tanh") && odd && near(of[1], slope, 1e-3) &&
        near(of[3], slope * cubic, 2e-3))
        return becomes(n, m, 20, "Gelu<approximate = \"tanh\">");
    if (sdx_is(m->gate, "Tanh") && is_term(of, 1) && of[1] > 0) /* as a sigmoid of twice that */
        return becomes_swish(n, m, 2 * of[1]);
    return SDX_OK;
}

/* Clip between 0 and `top`. */
static bool is_clip(const sdx_node *n, double *top)
{
    double low;
    if (!sdx_is(n, "Clip"))
        return false;
    if (sdx_since(n) >= 11)
        return is_number(n, 1, &low) && low == 0 && is_number(n, 2, top);
    *top = sdx_attr_float(n, "max");
    return sdx_attr_float(n, "min") == 0;
}

/* A gate with slope of[1] and height of[0] at 0 that goes from 0 to 1, alone or times x. */
static sdx_status hard(const sdx_node *n, const match *m, bool alone, const double of[TERMS])
{
    if (of[2] != 0 || of[3] != 0)
        return SDX_OK;
    if (!alone)
        return near(of[1], 1 / 6.0, 1e-4) && near(of[0], 0.5, 1e-4) ? becomes(n, m, 14, "HardSwish")
                                                                    : SDX_OK;
    if (!(of[1] > 0) || of[0] == 0)
        return SDX_OK;
    sdx_name(m->c, "x", m->x);
    return sdx_body(m->c, 22, "%s = HardSigmoid<alpha = %s, beta = %s>(x.%s)", sdx_out_name(n, 0),
                    sdx_float_text(m->c, (float)of[1]), sdx_float_text(m->c, (float)of[0]),
                    sdx_in_name(m->x, m->in));
}

/* `times` the gate, or x times that. */
static sdx_status gated(const sdx_node *n, const match *m, bool alone, double times,
                        const double of[TERMS])
{
    double top, scaled[TERMS];
    if (is_clip(m->gate, &top) && near(top * times, 1, 1e-4)) {
        for (int k = 0; k < TERMS; k++)
            scaled[k] = of[k] * times;
        return hard(n, m, alone, scaled);
    }
    if (alone || times != 1 || !is_term(of, 1))
        return SDX_OK;
    if (sdx_is(m->gate, "Sigmoid") && of[1] > 0)
        return becomes_swish(n, m, of[1]);
    if (!sdx_is(m->gate, "HardSigmoid"))
        return SDX_OK;
    double alpha = sdx_attr_float(m->gate, "alpha") * of[1];
    return hard(n, m, false, (double[TERMS]){ sdx_attr_float(m->gate, "beta"), alpha });
}

/* Where(x > 20, x, Softplus(x)): the difference is below a float's. */
static sdx_status guarded(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *test = sdx_only_producer(c, n, 0), *soft = sdx_only_producer(c, n, 2);
    double limit;
    if (!test || !soft || !sdx_is(test, "Greater") || !sdx_is(soft, "Softplus") ||
        !is_number(test, 1, &limit) || limit < 18 || !sdx_reads_same(test, 0, soft, 0) ||
        !sdx_reads_same(n, 1, soft, 0) || sdx_in_dtype(n, 1) != SDX_F32)
        return SDX_OK;
    return sdx_body(c, 22, "%s = Softplus(%s)", sdx_out_name(n, 0), sdx_in_name(n, 1));
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    match m = { .c = c, .may_gate = true };
    form f, of = { 0 };
    if (sdx_is(n, "Where"))
        return guarded(n, c);
    if (sdx_out_dtype(n, 0) != SDX_F32 || !expand_node(&m, n, 0, &f) || !m.gate)
        return SDX_OK;
    bool alone = is_term(f.gated, 0), half = f.plain[1] == 0.5 && f.gated[1] == 0.5;
    const sdx_node *soft = sdx_only_producer(c, m.gate, 0);
    bool mish = soft && m.x && sdx_is(m.gate, "Tanh") && sdx_is(soft, "Softplus") &&
                sdx_reads_same(soft, 0, m.x, m.in) && f.gated[1] == 1;
    m.may_gate = false;
    if (!is_term(f.plain, 1) || (!alone && !is_term(f.gated, 1)) ||
        !(half || is_nothing(f.plain)) ||
        (!mish && (!expand_input(&m, m.gate, 0, 0, &of) || !m.x)) ||
        sdx_in_dims(m.x, m.in).rank < 0 || sdx_in_dims(m.x, m.in).rank != sdx_out_dims(n, 0).rank)
        return SDX_OK;
    if (mish)
        return becomes(n, &m, 22, "Mish");
    return half ? half_and_half(n, &m, of.plain)
                : gated(n, &m, alone, f.gated[alone ? 0 : 1], of.plain);
}

const sdx_rule sdx_fuse_activation = { "Mul Div Add Clip Where", apply };
