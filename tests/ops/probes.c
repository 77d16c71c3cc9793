/* ops/probes.c - runs probes: each line on every instruction set against the reference.
 *
 *   probes FILE|FOLDER…           all lines of *.probe; --only=LINE takes one, --verbose names each
 *   probes --unprobed FOLDER…      fails where an implemented operator has no line
 *   probes --wild=100 FILE…        makes that many wild variants of each line: none may crash, hang
 *                                  or take much memory; --one=N takes just that variant
 *   probes --save=FOLDER FILE…     writes the models instead, as seeds for fuzzing
 *
 * The reference is the operator without fast loops, on one thread, in the graph as it stands.  Each
 * line runs in a process of its own, so a crash or a hang is one failure with its place. */
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cpu.h"
#include "sdx/value.h"
#include "support/probe.h"

enum { PATIENCE = 60 /* seconds a variant may take */, MOST_ISAS = 8, BLOCK = 65536 };

typedef struct runner {
    const char *isa[MOST_ISAS]; /* that this machine has, the plain one first */
    int n_isas;
    int only;
    bool verbose;
    const char *save;
    int wild, one;       /* variants of each line; the one to try, -1: all */
    volatile int *where; /* the variant that a process is at, shared with it */
    int lines, failed, variants;
    char **seen; /* operators with a line: "domain:Name" */
    int n_seen;
} runner;

/* How a variant runs. */
typedef struct how {
    const char *isa;
    bool optimize;
    int threads, runs;
    bool fill;            /* into values of the caller */
    uint64_t deadline_ns; /* a Loop without its count may not end */
} how;

typedef struct outcome {
    sdx_status status;
    sdx_error err;
    sdx_value *out[PROBE_MOST];
    int n;
} outcome;

/* Of one line. */
typedef struct trial {
    runner *r;
    const probe *p;
    int wrong, tries;
    outcome want; /* of the reference */
} trial;

static void complain(trial *t, const char *variant, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void complain(trial *t, const char *variant, const char *fmt, ...)
{
    va_list args;
    if (t->wrong++ == 0)
        printf("%s:%d: %s\n", t->p->file, t->p->line, t->p->text);
    printf("    %s: ", variant);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n");
}

/* ---- comparing ---- */

/* Distance from a number of this size to the next one of its type. */
static double spacing(sdx_dtype d, double v)
{
    static const struct {
        sdx_dtype dtype;
        int digits, least;
    } rows[] = { { SDX_F32, 23, -126 },     { SDX_F64, 52, -1022 },    { SDX_F16, 10, -14 },
                 { SDX_BF16, 7, -126 },     { SDX_C64, 23, -126 },     { SDX_C128, 52, -1022 },
                 { SDX_F8E4M3FN, 3, -6 },   { SDX_F8E4M3FNUZ, 3, -7 }, { SDX_F8E5M2, 2, -14 },
                 { SDX_F8E5M2FNUZ, 2, -15 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].dtype == d)
            return ldexp(1,
                         (v == 0 || fabs(v) < ldexp(1, rows[i].least) ? rows[i].least : ilogb(v)) -
                             rows[i].digits);
    return 0;
}

/* How much coarser than the line's own type. */
static double coarseness(const probe *p, sdx_dtype d)
{
    double fine = spacing(SDX_F32, 1);
    for (int i = p->n_in - 1; i >= 0; i--)
        if (spacing(p->in[i].dtype, 1) > 0)
            fine = spacing(p->in[i].dtype, 1);
    return fmax(1, spacing(d, 1) / fine);
}

static bool near(const probe *p, sdx_dtype d, double got, double want, bool exact)
{
    if (got == want || (isnan(got) && isnan(want)))
        return true;
    if (exact || !isfinite(got) || !isfinite(want))
        return false;
    double ulp = p->ulp, coarse = coarseness(p, d);
    /* of a type narrower than the tolerance */
    if (ulp < 1 && (p->rtol > 0 || p->atol > 0))
        ulp = 1;
    return fabs(got - want) <=
           fmax(ulp * spacing(d, want), (p->atol + p->rtol * fabs(want)) * coarse);
}

static bool same_tensor(const probe *p, const sdx_value *got, const sdx_value *want, bool exact,
                        char *why, size_t size)
{
    const int64_t *a, *b;
    int rank = sdx_value_dims(got, &a);
    sdx_dtype d = sdx_value_dtype(got);
    size_t n = sdx_value_count(got);
    bool complex = sdx_dtype_class(d) == SDX_COMPLEX, fine = true;
    snprintf(why, size, "another type or shape");
    if (d != sdx_value_dtype(want) || rank != sdx_value_dims(want, &b) ||
        (rank > 0 && memcmp(a, b, sizeof *a * (size_t)rank) != 0))
        return false;
    if (p->random && !exact)
        return true;
    for (size_t i = 0; i < n && fine; i++) {
        if (d == SDX_STR) {
            sdx_string s = sdx_value_string(got, i), t = sdx_value_string(want, i);
            fine = s.length == t.length && memcmp(s.text, t.text, s.length) == 0;
            snprintf(why, size, "element %zu is '%.*s', not '%.*s'", i, (int)s.length, s.text,
                     (int)t.length, t.text);
        } else if (sdx_dtype_class(d) == SDX_REAL || complex) {
            double x[2] = { 0 }, y[2] = { 0 };
            const sdx_tensor *g = sdx_as_tensor(got), *w = sdx_as_tensor(want);
            if (complex) {
                sdx_load_c128((double(*)[2]) & x, g, (int64_t)i, 1, 1);
                sdx_load_c128((double(*)[2]) & y, w, (int64_t)i, 1, 1);
            } else {
                sdx_load_f64(x, g, (int64_t)i, 1, 1);
                sdx_load_f64(y, w, (int64_t)i, 1, 1);
            }
            fine = near(p, d, x[0], y[0], exact) && near(p, d, x[1], y[1], exact);
            if (!fine)
                snprintf(why, size, "element %zu of %zu is %.9g, not %.9g (off by %.3g, %.1f ulp)",
                         i, n, x[0], y[0], x[0] - y[0], fabs(x[0] - y[0]) / spacing(d, y[0]));
        } else {
            int64_t x = sdx_value_i64(got, i), y = sdx_value_i64(want, i);
            fine = x == y || (!exact && p->ulp >= 1 && sdx_dtype_class(d) != SDX_BOOLEAN &&
                              fabs((double)x - (double)y) <= p->ulp);
            snprintf(why, size, "element %zu of %zu is %lld, not %lld", i, n, (long long)x,
                     (long long)y);
        }
    }
    return fine;
}

static bool same(const probe *p, const sdx_value *got, const sdx_value *want, bool exact, char *why,
                 size_t size)
{
    snprintf(why, size, "another kind of value");
    if (!got || !want)
        return got == want;
    if (sdx_value_kind(got) != sdx_value_kind(want))
        return false;
    if (sdx_value_kind(got) == SDX_TENSOR)
        return same_tensor(p, got, want, exact, why, size);
    snprintf(why, size, "%zu parts, not %zu", sdx_value_count(got), sdx_value_count(want));
    if (sdx_value_count(got) != sdx_value_count(want))
        return false;
    for (size_t i = 0; i < sdx_value_count(got); i++)
        if (!same(p, sdx_value_at(got, i), sdx_value_at(want, i), exact, why, size))
            return false;
    return true;
}

/* ---- one variant ---- */

static void forget(outcome *o)
{
    for (int i = 0; i < o->n; i++)
        sdx_value_free(o->out[i]);
    o->n = 0;
}

/* Room of the caller for each tensor among the results that are known already. */
static void make_room(const trial *t, outcome *o)
{
    for (int i = 0; i < o->n && i < t->want.n; i++) {
        const int64_t *dims;
        int rank = sdx_value_dims(t->want.out[i], &dims);
        if (sdx_value_kind(t->want.out[i]) == SDX_TENSOR)
            sdx_value_tensor(sdx_value_dtype(t->want.out[i]), rank, dims, &o->out[i], NULL);
    }
}

static void run_session(trial *t, const how *h, const char *variant, sdx_session *s, sdx_value **in,
                        outcome *o)
{
    char why[256];
    sdx_run_options ro = SDX_OPTIONS_INIT(sdx_run_options);
    if (h->fill)
        make_room(t, o);
    ro.deadline_ns = h->deadline_ns;
    o->status = sdx_session_run(s, (const sdx_value *const *)in, o->out, &ro, &o->err);
    for (int k = 1; k < h->runs && o->status == SDX_OK; k++) {
        sdx_value *more[PROBE_MOST] = { NULL };
        sdx_status st = sdx_session_run(s, (const sdx_value *const *)in, more, &ro, &o->err);
        if (st != SDX_OK)
            complain(t, variant, "run %d fails: %s", k + 1, o->err.fact);
        for (int i = 0; i < o->n && st == SDX_OK; i++)
            if (!same(t->p, more[i], o->out[i], !t->p->random, why, sizeof why))
                complain(t, variant, "run %d differs in output %d: %s", k + 1, i, why);
        for (int i = 0; i < o->n; i++)
            sdx_value_free(more[i]);
    }
}

/* Builds, opens and runs. */
static outcome attempt(trial *t, const twist *w, const how *h, const char *variant)
{
    outcome o = { .status = SDX_OK };
    sdx_session_options so = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_value *in[PROBE_MOST] = { NULL };
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_model_info about;
    pb bytes;
    char why[128];
    t->r->variants++;
    if (t->r->wild == 0)
        *t->r->where = t->tries++;
    alarm(PATIENCE);
    so.isa = h->isa;
    so.no_optimize = !h->optimize;
    so.threads = h->threads;
    so.memory_limit = (uint64_t)1 << 28;
    if (!probe_model(t->p, w, &bytes, why, sizeof why)) {
        complain(t, variant, "no model: %s", why);
        o.status = SDX_E_USAGE;
        snprintf(o.err.place, sizeof o.err.place, "'probe'");
        snprintf(o.err.fact, sizeof o.err.fact, "no model");
        return o;
    }
    int n_in = probe_inputs(t->p, w, in);
    o.status = probe_is_text(t->p)
                   ? sdx_model_parse((const char *)bytes.data, bytes.size, "probe", NULL, &m,
                                     &o.err)
                   : sdx_model_open_memory(bytes.data, bytes.size, "probe", NULL, &m, &o.err);
    if (o.status == SDX_OK)
        o.status = sdx_session_new(m, &so, &s, &o.err);
    if (o.status == SDX_OK) {
        sdx_model_about(m, &about);
        o.n = (int)about.n_outputs;
        run_session(t, h, variant, s, in, &o);
    }
    if (o.status != SDX_OK)
        forget(&o);
    for (int i = 0; i < n_in; i++)
        sdx_value_free(in[i]);
    sdx_session_free(s);
    sdx_model_close(m);
    free(bytes.data);
    return o;
}

/* A failure has to say what and where: the node, or its body. */
static void check_words(trial *t, const char *variant, const outcome *o)
{
    if (o->status == SDX_OK)
        return;
    if (o->err.fact[0] == 0 || o->err.status != o->status)
        complain(t, variant, "%s without words", sdx_status_name(o->status));
    else if (!strstr(o->err.place, "'probe") && o->status != SDX_E_SHAPE &&
             o->status != SDX_E_TYPE && o->status != SDX_E_CANCELLED)
        complain(t, variant, "names no node: place '%s', fact '%s'", o->err.place, o->err.fact);
}

/* Are the results of a variant those of the reference, of which some may be left out? */
static void check_results(trial *t, const char *variant, const outcome *got, const outcome *want,
                          uint64_t no_out, bool exact)
{
    char why[256];
    /* it does not end: how far each came says nothing */
    if (got->status == SDX_E_CANCELLED || want->status == SDX_E_CANCELLED)
        return;
    if (got->status != want->status) {
        complain(t, variant, "%s (%s), the reference: %s", sdx_status_name(got->status),
                 got->status ? got->err.fact : "", want->status ? want->err.fact : "ok");
        return;
    }
    /* i counts the node's outputs, of which the probe may leave some out itself: those are in
     * neither list */
    for (int i = 0, k = 0, w = 0; w < want->n; i++) {
        if (i < t->p->n_out && t->p->out[i].kind == SDX_KIND_UNKNOWN && !probe_is_text(t->p))
            continue;
        if (no_out >> i & 1) {
            w++;
            continue;
        }
        if (!same(t->p, got->out[k], want->out[w], exact, why, sizeof why))
            complain(t, variant, "output %d: %s", i, why);
        k++;
        w++;
    }
}

/* ---- variants ---- */

static const char *plain_isa(const runner *r)
{
    return r->isa[0];
}

static const char *best_isa(const runner *r)
{
    return r->isa[r->n_isas - 1];
}

static void try_reference(trial *t)
{
    const probe *p = t->p;
    const twist same_line = PROBE_AS_IT_STANDS;
    const how plain = { plain_isa(t->r), false, 1, 2, false, 0 };
    char why[256];
    t->want = attempt(t, &same_line, &plain, "reference");
    check_words(t, "reference", &t->want);
    if (p->error) {
        if (t->want.status == SDX_OK)
            complain(t, "reference", "runs, but has to fail with '%s'", p->error);
        else if (!strstr(t->want.err.fact, p->error))
            complain(t, "reference", "'%s' does not say '%s'", t->want.err.fact, p->error);
    } else if (t->want.status != SDX_OK) {
        complain(t, "reference", "%s: %s", t->want.err.place, t->want.err.fact);
    }
    for (int i = 0, k = 0; i < p->n_out && p->tells_out && t->want.status == SDX_OK; i++) {
        if (p->out[i].kind == SDX_KIND_UNKNOWN)
            continue;
        const sdx_value *got = t->want.out[k++];
        const int64_t *dims;
        sdx_value *told = probe_value(&p->out[i], 0);
        if (told && !same(p, got, told, false, why, sizeof why))
            complain(t, "result", "output %d: %s", i, why);
        if (sdx_value_kind(got) != p->out[i].kind ||
            (got && p->out[i].kind == SDX_TENSOR &&
             (sdx_value_dtype(got) != p->out[i].dtype ||
              (p->out[i].rank >= 0 &&
               (sdx_value_dims(got, &dims) != p->out[i].rank ||
                memcmp(dims, p->out[i].dims, sizeof *dims * (size_t)p->out[i].rank) != 0)))))
            complain(t, "result", "output %d has another type or shape than the line tells", i);
        sdx_value_free(told);
    }
}

/* Every instruction set, optimised or not, on one thread and on two. */
static void try_machines(trial *t)
{
    const twist same_line = PROBE_AS_IT_STANDS;
    char variant[96];
    for (int i = 0; i < t->r->n_isas; i++) {
        for (int optimize = 0; optimize < 2; optimize++) {
            const how one = { t->r->isa[i], optimize != 0, 1, 1, false, 0 };
            const how two = { t->r->isa[i], optimize != 0, 2, 2, optimize != 0, 0 };
            snprintf(variant, sizeof variant, "%s%s", one.isa, optimize ? ", optimised" : "");
            outcome a = attempt(t, &same_line, &one, variant);
            check_results(t, variant, &a, &t->want, 0, false);
            snprintf(variant, sizeof variant, "%s%s, two threads", one.isa,
                     optimize ? ", optimised, filled" : "");
            outcome b = attempt(t, &same_line, &two, variant);
            check_results(t, variant, &b, &a, 0, !t->p->random);
            forget(&a);
            forget(&b);
        }
    }
}

/* Inputs that are constants, or whose shape is not declared. */
static void try_knowledge(trial *t)
{
    static const struct {
        const char *name;
        twist twist;
    } rows[] = {
        { "later inputs constant", { .constant = ~(uint64_t)1, .zero_axis = -1 } },
        { "all inputs constant", { .constant = ~(uint64_t)0, .zero_axis = -1 } },
        { "first input constant", { .constant = 1, .zero_axis = -1 } },
        { "symbolic dims", { .shown = SHOW_SYMBOLS, .zero_axis = -1 } },
        { "symbolic dims, later inputs constant",
          { .shown = SHOW_SYMBOLS, .constant = ~(uint64_t)1, .zero_axis = -1 } },
        { "no shapes", { .shown = SHOW_NOTHING, .zero_axis = -1 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const how plain = { plain_isa(t->r), false, 1, 1, false, 0 },
                  best = { best_isa(t->r), true, 1, 2, false, 0 };
        char variant[96];
        if (t->p->ranked && rows[i].twist.shown == SHOW_NOTHING)
            continue;
        outcome a = attempt(t, &rows[i].twist, &plain, rows[i].name);
        check_results(t, rows[i].name, &a, &t->want, 0, false);
        snprintf(variant, sizeof variant, "%s, %s", rows[i].name, best.isa);
        outcome b = attempt(t, &rows[i].twist, &best, variant);
        check_results(t, variant, &b, &t->want, 0, false);
        forget(&a);
        forget(&b);
    }
}

/* A twist that may be refused, clearly; where it runs, the fast way and the reference agree. */
static void try_twist(trial *t, const char *variant, const twist *w, bool keeps_results)
{
    const uint64_t deadline = w->no_in ? 300 * 1000000u : 0;
    const how plain = { plain_isa(t->r), false, 1, 1, false, deadline };
    const how best = { best_isa(t->r), true, 2, 2, false, deadline };
    outcome a = attempt(t, w, &plain, variant), b = attempt(t, w, &best, variant);
    check_words(t, variant, &a);
    check_words(t, variant, &b);
    if (keeps_results && a.status == SDX_OK)
        check_results(t, variant, &a, &t->want, w->no_out, false);
    check_results(t, variant, &b, &a, 0, false);
    forget(&a);
    forget(&b);
}

static void try_left_out(trial *t)
{
    const probe *p = t->p;
    uint64_t all_in = 0, all_out = 0;
    char variant[96];
    for (int i = 0; i < p->n_in; i++) {
        const parameter *param = probe_in_param(p, i);
        if (!param || param->count != '?' || p->in[i].kind == SDX_KIND_UNKNOWN)
            continue;
        snprintf(variant, sizeof variant, "without %s", param->name);
        all_in |= (uint64_t)1 << i;
        try_twist(t, variant, &(twist){ .no_in = (uint64_t)1 << i, .zero_axis = -1 }, false);
    }
    if (all_in & (all_in - 1))
        try_twist(t, "without any optional input", &(twist){ .no_in = all_in, .zero_axis = -1 },
                  false);
    for (int i = 0; i < p->n_out && p->n_out > 1; i++) {
        const parameter *param = probe_out_param(p, i);
        if (!param || param->count == '1' || p->out[i].kind == SDX_KIND_UNKNOWN)
            continue;
        bool counted = param->count != '?'; /* one in a row: without the last, the row is shorter */
        if (counted && i == p->n_out - 1)
            continue;
        snprintf(variant, sizeof variant, "without result %d, %s", i, param->name);
        if (!counted)
            all_out |= (uint64_t)1 << i;
        try_twist(t, variant, &(twist){ .no_out = (uint64_t)1 << i, .zero_axis = -1 }, true);
    }
    if ((all_out & (all_out - 1)) && all_out != ((uint64_t)1 << p->n_out) - 1)
        try_twist(t, "without any optional result", &(twist){ .no_out = all_out, .zero_axis = -1 },
                  true);
}

static void try_types(trial *t)
{
    const probe *p = t->p;
    char variant[96];
    for (int i = 0; i < p->n_in; i++) {
        const parameter *param = probe_in_param(p, i);
        bool first = param && param->type[0] && p->in[i].kind != SDX_KIND_UNKNOWN;
        for (int k = 0; k < i && first; k++)
            first = strcmp(probe_in_param(p, k)->type, param->type) != 0;
        for (int d = SDX_UNDEFINED + 1; first && d < SDX_DTYPE_END; d++) {
            if ((sdx_dtype)d == p->in[i].dtype || !probe_allows(p, param->type, (sdx_dtype)d) ||
                (d == SDX_STR && p->in[i].n_given > 0))
                continue;
            snprintf(variant, sizeof variant, "%s = %s", param->type, sdx_dtype_name((sdx_dtype)d));
            try_twist(t, variant,
                      &(twist){ .var = param->type, .dtype = (sdx_dtype)d, .zero_axis = -1 },
                      false);
        }
    }
}

static void try_empty(trial *t)
{
    const probe *p = t->p;
    char variant[96];
    for (int i = 0; i < p->n_in; i++) {
        for (int k = 0; k < p->in[i].rank && p->in[i].kind == SDX_TENSOR; k++) {
            if (p->in[i].dims[k] == 0)
                continue;
            snprintf(variant, sizeof variant, "dim %d of input %d is 0", k, i);
            try_twist(t, variant, &(twist){ .zero_in = i, .zero_axis = k }, false);
        }
    }
}

/* What a wild variant changed. */
static void show_variant(const probe *p, const twist *w)
{
    static const char *const knowledge[] = { "declared", "symbolic", "undeclared" };
    printf("%s@%d, dims %s, constants %llx:", p->op, p->opset, knowledge[w->shown],
           (unsigned long long)w->constant);
    for (int i = 0; i < p->n_in; i++) {
        const spec *s = &p->in[i];
        printf(" %s[", s->kind == SDX_KIND_UNKNOWN ? "-" : sdx_dtype_name(s->dtype));
        for (int k = 0; k < s->rank; k++)
            printf("%s%lld", k ? "," : "", (long long)s->dims[k]);
        printf("]{");
        for (int k = 0; k < s->n_given; k++)
            printf("%s%s", k ? "," : "", s->given[k]);
        printf("}");
    }
    for (int i = 0; i < p->n_attr; i++)
        printf(" %s=%s", p->attr[i].name, p->attr[i].value);
    printf("\n");
    fflush(stdout);
}

/* Nothing is expected of these but an end. */
static void try_wild(runner *r, const probe *line)
{
    for (int k = 0; k < r->wild; k++) {
        static probe p;
        trial t = { .r = r, .p = &p };
        const how h = {
            k % 2 ? best_isa(r) : plain_isa(r), k % 2 != 0, 1 + k % 3 / 2, 1, false, 300 * 1000000u
        };
        twist w = PROBE_AS_IT_STANDS;
        if (r->one >= 0 && k != r->one)
            continue;
        *r->where = k;
        p = *line;
        probe_make_wild(&p, (uint64_t)line->line * 100003 + (uint64_t)k);
        w.shown = (shown)(k / 2 % 3);
        w.constant = k / 6 % 3 == 0 ? 0 : k / 6 % 3 == 1 ? ~(uint64_t)1 : ~(uint64_t)0;
        if (r->one >= 0)
            show_variant(&p, &w);
        outcome o = attempt(&t, &w, &h, "wild");
        if (r->one >= 0)
            printf("%s %s: %s\n", sdx_status_name(o.status), o.status ? o.err.place : "",
                   o.status ? o.err.fact : "");
        forget(&o);
    }
}

static int try_line(runner *r, const probe *p)
{
    trial t = { .r = r, .p = p };
    try_reference(&t);
    if (t.wrong == 0 && !p->error) {
        try_machines(&t);
        try_knowledge(&t);
        try_left_out(&t);
        try_types(&t);
        try_empty(&t);
    }
    forget(&t.want);
    return t.wrong;
}

/* ---- lines, files, folders ---- */

/* In a process of its own. */
static void run_line(runner *r, const probe *p)
{
    int status = 0, variants[2];
    fflush(NULL);
    pid_t child = pipe(variants) == 0 ? fork() : -1;
    if (child == 0) {
        int wrong = 0;
        if (r->wild > 0)
            try_wild(r, p);
        else
            wrong = try_line(r, p);
        fflush(NULL);
        ssize_t told = write(variants[1], &r->variants, sizeof r->variants);
        probe_free((probe *)p);
        exit(wrong != 0 || told < 0);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        perror("fork");
        exit(2);
    }
    int n;
    close(variants[1]);
    if (read(variants[0], &n, sizeof n) == sizeof n)
        r->variants = n;
    close(variants[0]);
    r->failed += status != 0;
    if (WIFSIGNALED(status))
        printf("%s:%d: %s\n    variant %d: %s\n", p->file, p->line, p->text, *r->where,
               strsignal(WTERMSIG(status)));
    else if (status != 0 && (r->wild > 0 || WEXITSTATUS(status) != 1))
        printf("%s:%d: %s\n    variant %d ended with a report\n", p->file, p->line, p->text,
               *r->where);
}

static void save_line(runner *r, const probe *p)
{
    const twist as_is = PROBE_AS_IT_STANDS, weights = { .constant = ~(uint64_t)1, .zero_axis = -1 };
    for (int i = 0; i < 2; i++) {
        pb bytes;
        char path[1024], why[128];
        snprintf(path, sizeof path, "%s/%s-%s-%d-%c.%s", r->save, p->op, p->domain, p->line,
                 i ? 'b' : 'a', probe_is_text(p) ? "onnxtxt" : "onnx");
        FILE *f = probe_model(p, i ? &weights : &as_is, &bytes, why, sizeof why) ? fopen(path, "wb")
                                                                                 : NULL;
        if (!f || fwrite(bytes.data, 1, bytes.size, f) != bytes.size) {
            printf("%s:%d: cannot be saved\n", p->file, p->line);
            r->failed++;
        }
        if (f)
            fclose(f);
        free(bytes.data);
    }
}

static void take_line(runner *r, const char *file, int number, const char *text)
{
    probe p;
    char why[256];
    r->lines++;
    if (!probe_read(&p, file, number, text, why, sizeof why)) {
        printf("%s:%d: %s\n", file, number, why);
        r->failed++;
        probe_free(&p);
        return;
    }
    if (r->verbose)
        printf("%s:%d: %s\n", file, number, p.text);
    char *name = malloc(strlen(p.domain) + strlen(p.op) + 2);
    r->seen = realloc(r->seen, sizeof *r->seen * (size_t)(r->n_seen + 1));
    if (!name || !r->seen)
        exit(2);
    sprintf(name, "%s:%s", p.domain, p.op);
    r->seen[r->n_seen++] = name;
    if (r->save)
        save_line(r, &p);
    else if (r->only >= 0)
        run_line(r, &p);
    probe_free(&p);
}

/* Reads it whole first: a process that ends would move the place of a file that is still open
 * here. */
static void take_file(runner *r, const char *path)
{
    FILE *f = fopen(path, "r");
    size_t size = 0, got;
    char *text = NULL, *line, *rest;
    do {
        text = realloc(text, size + BLOCK + 1);
        if (!f || !text) {
            perror(path);
            exit(2);
        }
        got = fread(text + size, 1, BLOCK, f);
        size += got;
    } while (got == BLOCK);
    text[size] = 0;
    fclose(f);
    rest = text;
    for (int number = 1; (line = strsep(&rest, "\n")); number++) {
        size_t blank = strspn(line, " \t\r");
        if (line[blank] != 0 && line[blank] != '#' && (r->only <= 0 || r->only == number))
            take_line(r, path, number, line);
    }
    free(text);
}

static void take(runner *r, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        perror(path);
        exit(2);
    }
    if (!S_ISDIR(info.st_mode)) {
        take_file(r, path);
        return;
    }
    struct dirent **entry;
    int n = scandir(path, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char name[4096];
        size_t length = strlen(entry[i]->d_name);
        snprintf(name, sizeof name, "%s/%s", path, entry[i]->d_name);
        bool is_probe = length > 6 && strcmp(entry[i]->d_name + length - 6, ".probe") == 0;
        if (is_probe ||
            (stat(name, &info) == 0 && S_ISDIR(info.st_mode) && entry[i]->d_name[0] != '.'))
            take(r, name);
        free(entry[i]);
    }
    free(entry);
}

/* Operators without a line. */
static void name_unprobed(runner *r)
{
    sdx_op_info op;
    char last[256] = "", name[256];
    for (size_t i = 0; sdx_op_about(i, &op) == SDX_OK; i++) {
        bool found = false;
        snprintf(name, sizeof name, "%s:%s", op.domain, op.name);
        for (int k = 0; k < r->n_seen && !found; k++)
            found = strcmp(r->seen[k], name) == 0;
        if (!found && strcmp(last, name) != 0) {
            printf("%s (%s) has no probe\n", op.name, op.source);
            r->failed++;
        }
        snprintf(last, sizeof last, "%s", name);
    }
}

int main(int argc, char **argv)
{
    runner r = { .isa = { "scalar" }, .n_isas = 1, .one = -1 };
    sdx_isa_set set;
    sdx_error err;
    r.where = mmap(NULL, sizeof *r.where, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                   0);
    if (r.where == MAP_FAILED || sdx_isa_detect(NULL, &set, &err) != SDX_OK)
        return 2;
    for (int k = 0; k < SDX_ISA_COUNT; k++)
        if (sdx_isa_has(set, (sdx_isa)k))
            r.isa[r.n_isas++] = sdx_isa_name((sdx_isa)k);
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--only=", 7) == 0)
            r.only = (int)strtol(argv[i] + 7, NULL, 10);
        else if (strcmp(argv[i], "--unprobed") == 0)
            r.only = -1;
        else if (strncmp(argv[i], "--save=", 7) == 0)
            r.save = argv[i] + 7;
        else if (strncmp(argv[i], "--wild=", 7) == 0)
            r.wild = (int)strtol(argv[i] + 7, NULL, 10);
        else if (strncmp(argv[i], "--one=", 6) == 0)
            r.one = (int)strtol(argv[i] + 6, NULL, 10);
        else if (strcmp(argv[i], "--verbose") == 0)
            r.verbose = true;
        else
            take(&r, argv[i]);
    }
    if (r.only < 0)
        name_unprobed(&r);
    printf("%d probes in %d variants on %d instruction sets, %d failed\n", r.lines, r.variants,
           r.n_isas, r.failed);
    for (int i = 0; i < r.n_seen; i++)
        free(r.seen[i]);
    free(r.seen);
    return r.failed != 0 || r.lines == 0;
}
