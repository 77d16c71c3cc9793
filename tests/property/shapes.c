/* tests/property/shapes.c - what inference states holds in a run.
 *
 *   shapes CASES [--set=light] [--only=TEXT] [--open]
 *
 * Each case is taken four times: its input dims as numbers, as symbols, as symbols with its integer
 * inputs as constants, and with nothing declared but element types; results and inner values are
 * undeclared always.  It runs with the inputs of the case, in the graph as it stands, and every
 * type that was inferred has to be that of the value: kind, element type, rank, dims, and formulas
 * in the symbols where those have the sizes of the inputs.  What inference leaves open is
 * counted, and named by --open. */
#include "property/cases.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum variant { NUMBERS, SYMBOLS, CONSTANTS, NOTHING, N_VARIANTS };
static const char *const variants[] = { "numbers", "symbols", "symbols and constants",
                                        "element types" };
enum count { RUNS, VALUES, DIMS, RESULTS, RANKED, WHOLE, N_COUNTS };

enum { MOST_SEEN = 4096, MOST_RANK = 16 };

/* A value as a run made it. */
typedef struct seen {
    char *name;
    sdx_kind kind;
    sdx_dtype dtype;
    int rank;
    int64_t dims[MOST_RANK];
    bool twice; /* two values have this name: nothing is asked of it */
} seen;

static bool tell_open;

typedef struct trial {
    const one_case *c;
    enum variant variant;
    seen seen[MOST_SEEN];
    size_t n_seen;
} trial;

static void note(trial *t, const char *name, const sdx_value *v)
{
    const int64_t *dims = NULL;
    for (size_t i = 0; i < t->n_seen; i++)
        if (strcmp(t->seen[i].name, name) == 0) {
            t->seen[i].twice = true;
            return;
        }
    if (t->n_seen == MOST_SEEN || !v)
        return;
    seen *s = &t->seen[t->n_seen];
    *s = (seen){ .kind = sdx_value_kind(v), .dtype = sdx_value_dtype(v), .rank = -1 };
    if (s->kind == SDX_TENSOR)
        s->rank = sdx_value_dims(v, &dims);
    if (s->rank > MOST_RANK || !(s->name = strdup(name)))
        return;
    for (int k = 0; k < s->rank; k++)
        s->dims[k] = dims[k];
    t->n_seen++;
}

static bool watch(void *ctx, const char *name, const sdx_value *v)
{
    note(ctx, name, v);
    return true;
}

static const seen *find(const trial *t, const char *name, size_t length)
{
    for (size_t i = 0; i < t->n_seen; i++)
        if (strlen(t->seen[i].name) == length && memcmp(t->seen[i].name, name, length) == 0)
            return t->seen[i].twice ? NULL : &t->seen[i];
    return NULL;
}

/* ---- formulas: sums of products of numbers, symbols, floor(a/b), min(a, b), max(a, b) ---- */

typedef struct formula {
    const trial *t;
    const char *at;
    bool open; /* something in it has no value here */
} formula;

static int64_t sum(formula *f);

static void skip(formula *f, const char *text)
{
    f->at += strspn(f->at, " ");
    if (strncmp(f->at, text, strlen(text)) == 0)
        f->at += strlen(text);
    else
        f->open = true;
}

/* "i2d1" is dim 1 of input 2; "y.shape[0]" that of a value whose size depends on data. */
static int64_t symbol(formula *f)
{
    size_t n = strcspn(f->at, " ,)*/");
    const char *name = f->at, *dot = n > 9 && name[n - 1] == ']' ? name + n - 9 : name;
    unsigned input, dim;
    int end = 0;
    f->at += n;
    if (sscanf(name, "i%ud%u%n", &input, &dim, &end) == 2 && (size_t)end == n) {
        const int64_t *dims;
        if (input < f->t->c->n_in && (int)dim < sdx_value_dims(f->t->c->in[input], &dims))
            return dims[dim];
    } else if (strncmp(dot, ".shape[", 7) == 0) {
        const seen *s = find(f->t, name, (size_t)(dot - name));
        dim = (unsigned)(dot[7] - '0');
        if (s && (int)dim < s->rank)
            return s->dims[dim];
    }
    f->open = true;
    return 1;
}

static int64_t factor(formula *f)
{
    int64_t a, b;
    f->at += strspn(f->at, " ");
    size_t digits = strspn(f->at, "0123456789");
    if (digits > 0 && strchr(" ,)*/", f->at[digits])) { /* or the end; "1.shape[0]" is a symbol */
        char *end;
        a = strtoll(f->at, &end, 10);
        f->at = end;
        return a;
    }
    if (*f->at == '(') {
        skip(f, "(");
        a = sum(f);
        skip(f, ")");
        return a;
    }
    if (strncmp(f->at, "floor(", 6) == 0) {
        skip(f, "floor(");
        a = sum(f);
        skip(f, "/");
        b = factor(f);
        skip(f, ")");
        if (b == 0) {
            f->open = true;
            return 0;
        }
        return a / b - (a % b != 0 && (a < 0) != (b < 0));
    }
    bool least = strncmp(f->at, "min(", 4) == 0;
    if (least || strncmp(f->at, "max(", 4) == 0) {
        f->at += 4;
        a = sum(f);
        skip(f, ",");
        b = sum(f);
        skip(f, ")");
        return (a < b) == least ? a : b;
    }
    return symbol(f);
}

static int64_t sum(formula *f)
{
    int64_t total = 0;
    f->at += strspn(f->at, " ");
    bool minus = *f->at == '-';
    f->at += minus;
    for (;;) {
        int64_t product = factor(f);
        for (f->at += strspn(f->at, " "); *f->at == '*'; f->at += strspn(f->at, " ")) {
            f->at++;
            product *= factor(f);
        }
        total += minus ? -product : product;
        if (f->open || (*f->at != '+' && *f->at != '-'))
            return total;
        minus = *f->at++ == '-';
    }
}

/* ---- one value ---- */

static void compare(trial *t, const sdx_value_info *v, const seen *s)
{
    const one_case *c = t->c;
    long *count = c->count + t->variant * N_COUNTS;
    const char *how = variants[t->variant];
    count[VALUES]++;
    if ((v->kind != SDX_KIND_UNKNOWN && v->kind != s->kind) ||
        (v->kind == SDX_TENSOR && v->dtype != SDX_UNDEFINED && v->dtype != s->dtype)) {
        case_wrong(c, "%s: '%s' is inferred as %s, not %s of kind %d", how, v->name, v->type,
                   sdx_dtype_name(s->dtype), s->kind);
        return;
    }
    if (s->rank < 0 || v->kind != SDX_TENSOR || v->rank < 0)
        return;
    if (v->rank != s->rank) {
        case_wrong(c, "%s: '%s' is inferred as %s, of rank %d", how, v->name, v->type, s->rank);
        return;
    }
    for (int k = 0; k < v->rank; k++) {
        formula f = { t, v->symbols[k], false };
        int64_t want = v->dims[k];
        if (want < 0 && !f.at)
            continue;
        if (want < 0)
            want = sum(&f);
        if (f.open)
            continue;
        count[DIMS]++;
        if (want != s->dims[k] || (f.at && *f.at))
            case_wrong(c, "%s: '%s' is inferred as %s; dim %d is %" PRId64 ", not %" PRId64, how,
                       v->name, v->type, k, s->dims[k], want);
    }
}

/* Is every dim a number or a formula in what the inputs are called? */
static bool is_whole(const sdx_value_info *v)
{
    bool whole = v->rank >= 0;
    for (int k = 0; k < v->rank; k++)
        whole = whole && (v->dims[k] >= 0 || (v->symbols[k] && !strstr(v->symbols[k], ".shape[")));
    return whole;
}

static void compare_all(trial *t, const sdx_model *m)
{
    sdx_model_info about;
    sdx_value_info v;
    long *count = t->c->count + t->variant * N_COUNTS;
    for (size_t i = 0; sdx_model_value(m, i, &v) == SDX_OK; i++) {
        const seen *s = find(t, v.name, strlen(v.name));
        if (s && v.graph[0] == 0)
            compare(t, &v, s);
    }
    sdx_model_about(m, &about);
    for (size_t i = 0; i < about.n_outputs; i++) {
        sdx_model_output(m, i, &v);
        if (v.kind != SDX_TENSOR)
            continue;
        count[RESULTS]++;
        count[RANKED] += v.rank >= 0;
        count[WHOLE] += is_whole(&v);
        if (tell_open && !is_whole(&v))
            printf("open: %s: %s: '%s' %s\n", t->c->name, variants[t->variant], v.name, v.type);
    }
}

/* ---- the four variants ---- */

static void name_dims(Onnx__TypeProto *t, size_t input)
{
    if (!t || t->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || !t->tensor_type->shape)
        return;
    for (size_t k = 0; k < t->tensor_type->shape->n_dim; k++) {
        Onnx__TensorShapeProto__Dimension *d = t->tensor_type->shape->dim[k];
        char name[64];
        snprintf(name, sizeof name, "i%zud%zu", input, k);
        if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM)
            free(d->dim_param);
        d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        d->dim_param = strdup(name);
    }
}

/* Small tensors of integers say shapes, axes, counts. */
static bool is_setting(const one_case *c, size_t k)
{
    sdx_dtype d = sdx_value_dtype(c->in[k]);
    return c->tensor[k] && (d == SDX_I64 || d == SDX_I32) && sdx_value_count(c->in[k]) <= 64;
}

static Onnx__ModelProto *change(trial *t, const sdx_value **in)
{
    const one_case *c = t->c;
    Onnx__ModelProto *m = case_copy(c->model);
    Onnx__GraphProto *g = m->graph;
    size_t n = 0;
    for (size_t i = 0; i < g->n_output; i++)
        case_forget_shape(g->output[i]->type);
    for (size_t i = 0; i < g->n_value_info; i++)
        onnx__value_info_proto__free_unpacked(g->value_info[i], NULL);
    g->n_value_info = 0;
    for (size_t i = 0; i < g->n_input; i++) {
        if (t->variant == NOTHING)
            case_forget_shape(g->input[i]->type);
        else if (t->variant != NUMBERS)
            name_dims(g->input[i]->type, i);
    }
    for (size_t i = 0; i < c->n_in; i++) {
        if (t->variant == CONSTANTS && is_setting(c, i))
            case_make_constant(m, c, i);
        else
            in[n++] = c->in[i];
    }
    return m;
}

static bool is_missing(const sdx_model *m)
{
    sdx_node_info node;
    for (size_t i = 0; sdx_model_node(m, i, &node) == SDX_OK; i++)
        if (!node.implemented)
            return true;
    return false;
}

static void try_variant(trial *t)
{
    const sdx_value *in[CASE_VALUES] = { NULL };
    sdx_value *out[CASE_VALUES] = { NULL };
    sdx_session_options so = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_run_options ro = SDX_OPTIONS_INIT(sdx_run_options);
    sdx_model *m = NULL;
    sdx_session *s = NULL;
    sdx_error err;
    size_t size;
    char text[1500];
    Onnx__ModelProto *changed = change(t, in);
    uint8_t *bytes = case_bytes(changed, &size);
    so.threads = 1;
    so.no_optimize = true;
    ro.watch = watch;
    ro.watch_ctx = t;
    sdx_status st = sdx_model_open_memory(bytes, size, t->c->name, NULL, &m, &err);
    if (st == SDX_OK && !is_missing(m)) {
        for (size_t i = 0; i < changed->graph->n_input; i++)
            note(t, changed->graph->input[i]->name, in[i]);
        st = sdx_session_new(m, &so, &s, &err);
        if (st == SDX_OK)
            st = sdx_session_run(s, in, out, &ro, &err);
        if (st == SDX_OK) {
            t->c->count[t->variant * N_COUNTS + RUNS]++;
            compare_all(t, m);
        }
    }
    if (st != SDX_OK) {
        sdx_error_text(&err, text, sizeof text);
        case_wrong(t->c, "%s: %s", variants[t->variant], text);
    }
    for (size_t i = 0; i < CASE_VALUES; i++)
        sdx_value_free(out[i]);
    for (size_t i = 0; i < t->n_seen; i++)
        free(t->seen[i].name);
    sdx_session_free(s);
    sdx_model_close(m);
    free(bytes);
    onnx__model_proto__free_unpacked(changed, NULL);
}

static void try_case(const one_case *c)
{
    for (int v = 0; v < N_VARIANTS && c->complete; v++) {
        static trial t;
        t = (trial){ .c = c, .variant = (enum variant)v };
        try_variant(&t);
    }
}

int main(int argc, char **argv)
{
    long counts[CASE_COUNTS];
    for (int i = 1; i < argc; i++)
        tell_open |= strcmp(argv[i], "--open") == 0;
    int wrong = case_each(argc, argv, try_case, counts);
    for (int v = 0; v < N_VARIANTS && wrong >= 0; v++) {
        const long *n = counts + v * N_COUNTS;
        double results = n[RESULTS] ? (double)n[RESULTS] / 100 : 1;
        printf(
            "%s: %ld runs, %ld values and %ld dims agree or are named above; of %ld results %.1f %% "
            "have a rank, %.1f %% all dims\n",
            variants[v], n[RUNS], n[VALUES], n[DIMS], n[RESULTS], (double)n[RANKED] / results,
            (double)n[WHOLE] / results);
    }
    if (wrong < 0)
        fprintf(stderr, "usage: %s CASES [--only=TEXT]; there has to be a case\n", argv[0]);
    return wrong != 0;
}
