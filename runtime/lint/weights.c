/* lint/weights.c - weights that are NaN, infinite, or next to nothing. */
#include "lint/rules.h"

#include "eval/value.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PIECE = 1024 };

typedef struct count {
    int64_t nan, inf, tiny, first_nan, first_inf, first_tiny;
} count;

/* Floats have an exponent of all ones when they are neither number, of all zeros when they are 0 or
 * below the normal ones.  Equality alone, and no branch: many are looked at at once. */
static uint32_t power_of(float x, uint32_t *rest)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    *rest = bits & UINT32_C(0x7fffff);
    return bits & UINT32_C(0x7f800000);
}

/* A whole piece: of a known length, the compiler makes vectors of it. */
static bool may_be_odd(const float x[PIECE])
{
    uint32_t odd = 0, rest;
    for (int i = 0; i < PIECE; i++)
        odd |= power_of(x[i], &rest) == UINT32_C(0x7f800000);
    return odd != 0;
}

static uint32_t is_tiny(float x)
{
    uint32_t rest, power = power_of(x, &rest);
    return (uint32_t)(power == 0) & (uint32_t)(rest != 0);
}

static void count_tiny(count *c, const float x[PIECE], int64_t first)
{
    uint32_t tiny = 0;
    int at = 0;
    for (int i = 0; i < PIECE; i++)
        tiny += is_tiny(x[i]);
    while (tiny && !c->tiny && !is_tiny(x[at]))
        at++;
    if (tiny && !c->tiny)
        c->first_tiny = first + at;
    c->tiny += tiny;
}

static void count_piece(count *c, const double *x, int64_t first, int64_t n, double tiny)
{
    for (int64_t i = 0; i < n; i++) {
        if (isnan(x[i]) && c->nan++ == 0)
            c->first_nan = first + i;
        if (isinf(x[i]) && c->inf++ == 0)
            c->first_inf = first + i;
        if (x[i] != 0 && fabs(x[i]) < tiny && c->tiny++ == 0)
            c->first_tiny = first + i;
    }
}

static count count_odd(const sdx_tensor *t)
{
    count c = { 0 };
    double wide[PIECE];
    float narrow[PIECE];
    int64_t n = sdx_elements(t);
    for (int64_t i = 0; i < n; i += PIECE) {
        int64_t some = n - i < PIECE ? n - i : PIECE;
        if (t->dtype == SDX_F32) {
            memcpy(narrow, (const char *)t->data + (size_t)i * sizeof *narrow,
                   (size_t)some * sizeof *narrow);
            memset(narrow + some, 0, (size_t)(PIECE - some) * sizeof *narrow);
            count_tiny(&c, narrow, i);
            if (!may_be_odd(narrow))
                continue;
        }
        sdx_load_f64(wide, t, i, 1, some);
        count_piece(&c, wide, i, some,
                    t->dtype == SDX_F64   ? DBL_MIN
                    : t->dtype == SDX_F32 ? 0
                                          : FLT_MIN);
    }
    return c;
}

/* Infinity times 0 is no number: in a sum of products there is no use for it. */
static bool is_factor(const sdx_gvalue *v)
{
    for (const sdx_use *u = v->readers; u; u = u->next)
        if (u->node->op && u->node->op->macs)
            return true;
    for (const sdx_gvalue *inner = v->captures; inner; inner = inner->next_capture)
        if (is_factor(inner)) /* as deep as bodies nest */
            return true;
    return false;
}

static void report(const sdx_lint *l, const sdx_gvalue *v, sdx_severity severity, const char *rule,
                   const char *what, int64_t n, int64_t of, int64_t first, const char *way_out)
{
    sdx_raw_finding *x = n ? sdx_findings_add(l->findings, severity, rule, v->producer,
                                              "%" PRId64 " of %" PRId64
                                              " elements of %s '%s' %s %s, the first at %" PRId64,
                                              n, of, v->producer ? "constant" : "initializer",
                                              v->name, n == 1 ? "is" : "are", what, first)
                           : NULL;
    if (!x)
        return;
    x->graph = v->graph;
    x->subject = v->name;
    sdx_finding_number_add(l->findings, x, "count", n);
    sdx_finding_number_add(l->findings, x, "first", first);
    sdx_finding_hint(l->findings, x, "%s", way_out);
}

/* The tensor of an initializer, or of a node Constant; NULL: it is of another kind. */
static const sdx_tensor *weights(const sdx_lint *l, const sdx_gvalue *v)
{
    const sdx_gnode *n = v->producer;
    bool constant = n && !n->domain[0] && strcmp(n->op_type, "Constant") == 0;
    const sdx_value *x = v->is_initializer ? v->constant : NULL;
    if (constant)
        x = l->facts->of[v->id].known;
    for (int i = 0; constant && !x && i < n->n_attr; i++)
        x = n->attr[i].tensor;
    return x ? sdx_as_tensor(x) : NULL;
}

static void check_graph(const sdx_lint *l, const sdx_graph *g)
{
    static const char nan_way_out[] =
        "export the model again from a checkpoint of before the training diverged, or set these "
        "elements";
    for (size_t i = 0; i < g->n_values; i++) {
        const sdx_gvalue *v = g->value[i];
        const sdx_tensor *t = weights(l, v);
        if (!t || !t->data || sdx_dtype_class(t->dtype) != SDX_REAL)
            continue;
        count c = count_odd(t);
        int64_t all = sdx_elements(t);
        bool factor = is_factor(v);
        report(l, v, SDX_WARNING, "nan-weights", "NaN", c.nan, all, c.first_nan, nan_way_out);
        report(l, v, factor ? SDX_WARNING : SDX_NOTE, "infinite-weights", "infinite", c.inf, all,
               c.first_inf,
               factor ? "in a sum of products it gives infinity or NaN: use a large finite number"
                      : "this is fine in a mask; elsewhere use a large finite number");
        /* some of many are what is left of training; most of them, a wrong unit or type */
        report(l, v, SDX_WARNING, "denormal-weights", "below the normal numbers of float32",
               2 * c.tiny > all ? c.tiny : 0, all, c.first_tiny,
               "computing with them is slow, and often they count as 0: scale the weights, or set "
               "these to 0");
    }
}

void sdx_lint_weights(const sdx_lint *l)
{
    sdx_lint_each_graph(l, check_graph);
}
