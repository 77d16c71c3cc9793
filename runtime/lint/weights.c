/* lint/weights.c - weights that are NaN or infinite. */
#include "lint/rules.h"

#include "eval/value.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PIECE = 1024 };

typedef struct count {
    int64_t nan, inf, first_nan, first_inf;
} count;

/* Floats have an exponent of all ones when they are neither number: eight at a time are looked at
 * in no branch. */
static bool may_be_odd(const float *x, int64_t n)
{
    uint32_t odd = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        odd |= (bits & UINT32_C(0x7f800000)) == UINT32_C(0x7f800000);
    }
    return odd != 0;
}

static void count_piece(count *c, const double *x, int64_t first, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (isnan(x[i]) && c->nan++ == 0)
            c->first_nan = first + i;
        if (isinf(x[i]) && c->inf++ == 0)
            c->first_inf = first + i;
    }
}

static count count_odd(const sdx_tensor *t)
{
    count c = { 0, 0, 0, 0 };
    double wide[PIECE];
    float narrow[PIECE];
    int64_t n = sdx_elements(t);
    for (int64_t i = 0; i < n; i += PIECE) {
        int64_t some = n - i < PIECE ? n - i : PIECE;
        if (t->dtype == SDX_F32) {
            memcpy(narrow, (const char *)t->data + (size_t)i * sizeof *narrow,
                   (size_t)some * sizeof *narrow);
            if (!may_be_odd(narrow, some))
                continue;
        }
        sdx_load_f64(wide, t, i, 1, some);
        count_piece(&c, wide, i, some);
    }
    return c;
}

static void report(const sdx_lint *l, const sdx_gvalue *v, sdx_severity severity, const char *rule,
                   const char *what, int64_t n, int64_t of, int64_t first)
{
    sdx_raw_finding *x = sdx_findings_add(l->findings, severity, rule, NULL,
                                          "%" PRId64 " of %" PRId64
                                          " elements of initializer '%s' %s %s, the first at "
                                          "%" PRId64,
                                          n, of, v->name, n == 1 ? "is" : "are", what, first);
    if (!x)
        return;
    x->graph = v->graph;
    x->subject = v->name;
    sdx_finding_number_add(l->findings, x, "count", n);
    sdx_finding_number_add(l->findings, x, "first", first);
    if (severity == SDX_WARNING)
        sdx_finding_hint(
            l->findings, x,
            "export the model again from a checkpoint of before the training diverged, "
            "or set these elements");
    else
        sdx_finding_hint(l->findings, x,
                         "this is fine in a mask; elsewhere use a large finite number");
}

static void check_graph(const sdx_lint *l, const sdx_graph *g)
{
    for (size_t i = 0; i < g->n_values; i++) {
        const sdx_gvalue *v = g->value[i];
        const sdx_tensor *t = v->is_initializer && v->constant ? sdx_as_tensor(v->constant) : NULL;
        if (!t || !t->data || sdx_dtype_class(t->dtype) != SDX_REAL)
            continue;
        count c = count_odd(t);
        if (c.nan)
            report(l, v, SDX_WARNING, "nan-weights", "NaN", c.nan, sdx_elements(t), c.first_nan);
        if (c.inf)
            report(l, v, SDX_NOTE, "infinite-weights", "infinite", c.inf, sdx_elements(t),
                   c.first_inf);
    }
}

void sdx_lint_weights(const sdx_lint *l)
{
    sdx_lint_each_graph(l, check_graph);
}
