/* tools/bench/ops.c - where the time of a run goes, by operator and kernel. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

enum { FEWEST = 10, MOST_PROFILED = 1000, MOST_BACK = 8, MOST_DEPTH = 32 };

/* ---- what the model says of its nodes ---- */

typedef struct named {
    const char *name;
    size_t at;
} named;

typedef struct directory {
    named *of; /* sorted by name */
    size_t n;
} directory;

static int by_name(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void sort(directory *d)
{
    if (d->n > 0)
        qsort(d->of, d->n, sizeof *d->of, by_name);
}

/* NULL: no such name, or more than one of it. */
static const named *find(const directory *d, const char *name)
{
    size_t lo = 0, hi = d->n;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (strcmp(d->of[middle].name, name) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    bool there = lo < d->n && strcmp(d->of[lo].name, name) == 0;
    bool twice = there && lo + 1 < d->n && strcmp(d->of[lo + 1].name, name) == 0;
    return there && !twice ? &d->of[lo] : NULL;
}

static bool add(directory *d, size_t room, const char *name, size_t at)
{
    if (!d->of)
        d->of = calloc(room, sizeof *d->of);
    if (!d->of)
        return false;
    if (name[0] && d->n < room)
        d->of[d->n++] = (named){ name, at };
    return true;
}

/* The nodes and values of the main graph. */
typedef struct atlas {
    const sdx_model *m;
    directory nodes, values, makers; /* makers: nodes by what they make */
} atlas;

static bool survey(atlas *a, const sdx_model *m)
{
    sdx_model_info about;
    sdx_node_info node;
    sdx_value_info value;
    bool good = sdx_model_about(m, &about) == SDX_OK;
    size_t made = 0;
    a->m = m;
    for (size_t i = 0; good && sdx_model_node(m, i, &node) == SDX_OK; i++)
        made += node.n_outputs;
    for (size_t i = 0; good && sdx_model_node(m, i, &node) == SDX_OK; i++) {
        if (node.graph[0])
            continue;
        good = add(&a->nodes, about.n_nodes, node.name, i);
        for (size_t k = 0; good && k < node.n_outputs; k++)
            good = add(&a->makers, made, node.outputs[k], i);
    }
    for (size_t i = 0; good && sdx_model_value(m, i, &value) == SDX_OK; i++)
        if (!value.graph[0])
            good = add(&a->values, about.n_values, value.name, i);
    sort(&a->nodes);
    sort(&a->values);
    sort(&a->makers);
    return good;
}

static void free_atlas(atlas *a)
{
    free(a->nodes.of);
    free(a->values.of);
    free(a->makers.of);
}

/* Below 0: not known. */
static double bytes_of(const atlas *a, const char *name)
{
    const named *at = name[0] ? find(&a->values, name) : NULL;
    sdx_value_info v;
    if (!name[0])
        return 0; /* left out */
    if (!at || sdx_model_value(a->m, at->at, &v) != SDX_OK || v.rank < 0 || v.kind != SDX_TENSOR)
        return -1;
    double bytes = sdx_dtype_bits(v.dtype) / 8.0;
    for (int i = 0; i < v.rank; i++)
        bytes = v.dims[i] < 0 ? -1 : bytes * (double)v.dims[i];
    return bytes;
}

static double bytes_of_all(const atlas *a, const char *const *name, size_t n, double sum)
{
    for (size_t i = 0; i < n && sum >= 0; i++) {
        double bytes = bytes_of(a, name[i]);
        sum = bytes < 0 ? -1 : sum + bytes;
    }
    return sum;
}

/* The node that a step computes.  A step that took others in has the name of the last of them:
 * what it is called leads back along first inputs to the one with the step's operator. */
static bool node_of(const atlas *a, const sdx_step_info *s, sdx_node_info *out)
{
    const named *at = find(&a->nodes, s->node);
    for (int i = 0; at && i < MOST_BACK; i++) {
        if (sdx_model_node(a->m, at->at, out) != SDX_OK)
            return false;
        if (strcmp(out->op, s->op) == 0)
            return true;
        at = out->n_inputs > 0 ? find(&a->makers, out->inputs[0]) : NULL;
    }
    return false;
}

/* ---- steps ---- */

typedef struct profile {
    atlas atlas;
    op_rows *rows;
    double within[MOST_DEPTH]; /* ms of steps at a depth since the last one above it */
    bool no_memory;
} profile;

/* Time of a step without that of the bodies it ran, whose steps have been told. */
static double own_ms(profile *p, const sdx_step_info *s)
{
    double ms = (double)(s->end_ns - s->begin_ns) * 1e-6, own = ms;
    if (s->depth + 1 < MOST_DEPTH) {
        own -= p->within[s->depth + 1];
        p->within[s->depth + 1] = 0;
        p->within[s->depth] += ms;
    }
    return own > 0 ? own : 0;
}

static op_row *row_of(profile *p, const sdx_step_info *s)
{
    op_rows *r = p->rows;
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->row[i].op, s->op) == 0 && strcmp(r->row[i].kernel, s->what) == 0)
            return &r->row[i];
    op_row *more = realloc(r->row, (r->n + 1) * sizeof *more);
    if (!more) {
        p->no_memory = true;
        return NULL;
    }
    r->row = more;
    op_row *row = &more[r->n++];
    *row = (op_row){ .ms = 0 };
    snprintf(row->op, sizeof row->op, "%s", s->op);
    snprintf(row->kernel, sizeof row->kernel, "%s", s->what);
    return row;
}

static void add_step(void *ctx, const sdx_step_info *s)
{
    profile *p = ctx;
    sdx_node_info n;
    op_row *row = row_of(p, s);
    double ms = own_ms(p, s), macs = -1, bytes = -1;
    if (!row)
        return;
    if (node_of(&p->atlas, s, &n)) {
        macs = n.macs;
        bytes = bytes_of_all(&p->atlas, n.inputs, n.n_inputs, 0);
        bytes = bytes_of_all(&p->atlas, n.outputs, n.n_outputs, bytes);
    }
    row->ms += ms;
    row->count++;
    row->macs = macs < 0 || row->macs < 0 ? -1 : row->macs + macs;
    row->bytes = bytes < 0 || row->bytes < 0 ? -1 : row->bytes + bytes;
    p->rows->ms += ms;
}

static int by_time(const void *a, const void *b)
{
    double x = ((const op_row *)a)->ms, y = ((const op_row *)b)->ms;
    return (x < y) - (x > y);
}

static bool profile_runs(profile *p, const bench *b, sdx_session *s, sdx_value *const *in,
                         sdx_value **out, size_t n_out, size_t most, sdx_error *err)
{
    sdx_run_options o = SDX_OPTIONS_INIT(sdx_run_options);
    double end = clock_ms() + b->seconds * 1e3;
    o.profile = add_step;
    o.profile_ctx = p;
    for (size_t i = 0; i < most && (i < FEWEST || clock_ms() < end); i++) {
        if (bench_run(s, in, out, n_out, &o, err) != SDX_OK)
            return false;
        p->rows->runs++;
    }
    if (p->rows->n > 0)
        qsort(p->rows->row, p->rows->n, sizeof *p->rows->row, by_time);
    return true;
}

bool bench_ops(const bench *b, const sdx_model *m, sdx_session *s, sdx_value *const *in,
               size_t n_out, figures *f, sdx_error *err)
{
    profile p = { .rows = &f->ops };
    sdx_value **out = calloc(n_out + 1, sizeof *out);
    size_t most = f->n < FEWEST ? FEWEST : f->n < MOST_PROFILED ? f->n : MOST_PROFILED;
    *err = (sdx_error){ .status = SDX_E_MEMORY, .fact = "no memory" };
    bool good = out && survey(&p.atlas, m) && profile_runs(&p, b, s, in, out, n_out, most, err) &&
                !p.no_memory;
    for (size_t i = 0; out && i < n_out; i++)
        sdx_value_free(out[i]);
    free(out);
    free_atlas(&p.atlas);
    return good;
}

double bench_flops(const sdx_model *m)
{
    sdx_cost_info cost;
    sdx_node_info node;
    if (sdx_model_cost(m, &cost) != SDX_OK || cost.macs < 0 || cost.n_unknown > 0)
        return -1;
    for (size_t i = 0; sdx_model_node(m, i, &node) == SDX_OK; i++)
        if (node.graph[0] && node.macs != 0)
            return -1; /* who knows how often a body runs */
    return 2 * cost.macs;
}
