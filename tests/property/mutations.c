/* tests/property/mutations.c - lint and the loader agree about broken models, and what lint passes
 * loads and binds.
 *
 *   mutations CASES [--only=TEXT] [--seed=N] [--times=12]
 *
 * A few seeded mutations of each case: dims swapped and changed, types, attributes, edges, opsets,
 * declarations.  The loader refuses a mutant if and only if lint has an error for it.  What it
 * accepts makes a session, and where every dim in it was inferred as a number, no run says that
 * shapes or types do not fit. */
#include "property/cases.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ELEMENTS = 1 << 20 };
enum count { MADE, UNREADABLE, REFUSED, ACCEPTED, RAN, SETTLED, N_COUNTS };

static const uint64_t memory = 256u << 20, patience = 1000u * 1000 * 1000;

static size_t below(uint64_t *state, size_t n)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return n ? (size_t)((x ^ (x >> 31)) % n) : 0;
}

static const int64_t integers[] = { 0, 1, -1, 2, 3, -2, 4, 7, 64, INT64_C(1) << 40, INT64_MAX };
#define ONE_OF(r, list) list[below(r, sizeof list / sizeof *list)]

/* ---- mutations: each changes m where it can ---- */

static Onnx__TypeProto__Tensor *tensor_of(Onnx__ValueInfoProto *v)
{
    return v->type && v->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
               ? v->type->tensor_type
               : NULL;
}

/* An input's type, or an output's. */
static Onnx__TypeProto__Tensor *any_type(Onnx__GraphProto *g, uint64_t *r)
{
    size_t n = g->n_input + g->n_output, i = below(r, n);
    return n == 0 ? NULL : tensor_of(i < g->n_input ? g->input[i] : g->output[i - g->n_input]);
}

static void change_dims(Onnx__ModelProto *m, uint64_t *r)
{
    Onnx__TypeProto__Tensor *t = any_type(m->graph, r);
    Onnx__TensorShapeProto *s = t ? t->shape : NULL;
    if (!s || s->n_dim == 0)
        return;
    Onnx__TensorShapeProto__Dimension **d = s->dim + below(r, s->n_dim), *swap;
    switch (below(r, 4)) {
    case 0: /* transposed */
        swap = *d;
        *d = s->dim[0];
        s->dim[0] = swap;
        break;
    case 1: /* one less */
        if ((*d)->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
            (*d)->dim_value -= (*d)->dim_value > INT64_MIN;
        break;
    case 2: /* a rank less */
        protobuf_c_message_free_unpacked(&s->dim[--s->n_dim]->base, NULL);
        break;
    default:
        if ((*d)->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
            (*d)->dim_value = below(r, 3) && (*d)->dim_value < INT64_MAX ? (*d)->dim_value + 1
                                                                         : ONE_OF(r, integers);
    }
}

static void change_type(Onnx__ModelProto *m, uint64_t *r)
{
    static const int types[] = { SDX_F32, SDX_F64, SDX_I64, SDX_I32, SDX_U8, SDX_BOOL, SDX_STR };
    Onnx__TypeProto__Tensor *t = any_type(m->graph, r);
    if (t) {
        t->has_elem_type = true;
        t->elem_type = ONE_OF(r, types);
    }
}

static Onnx__NodeProto *any_node(Onnx__ModelProto *m, uint64_t *r)
{
    return m->graph->n_node ? m->graph->node[below(r, m->graph->n_node)] : NULL;
}

static void change_attribute(Onnx__ModelProto *m, uint64_t *r)
{
    Onnx__NodeProto *n = any_node(m, r);
    if (!n || n->n_attribute == 0)
        return;
    size_t at = below(r, n->n_attribute);
    Onnx__AttributeProto *a = n->attribute[at];
    if (below(r, 4) == 0) { /* dropped */
        onnx__attribute_proto__free_unpacked(a, NULL);
        n->attribute[at] = n->attribute[--n->n_attribute];
    } else if (a->type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT) {
        a->i = below(r, 2) && a->i < INT64_MAX ? a->i + 1 : ONE_OF(r, integers);
    } else if (a->type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS && a->n_ints > 0) {
        if (below(r, 3) == 0)
            a->n_ints--;
        else
            a->ints[below(r, a->n_ints)] = ONE_OF(r, integers);
    } else {
        a->has_type = true;
        a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
        a->has_i = true;
    }
}

static char *any_name(Onnx__ModelProto *m, uint64_t *r)
{
    Onnx__GraphProto *g = m->graph;
    Onnx__NodeProto *n = any_node(m, r);
    switch (below(r, 6)) {
    case 0:
        return "";
    case 1:
        return "nowhere";
    case 2:
        if (n && n->n_output)
            return n->output[below(r, n->n_output)];
        /* fallthrough */
    case 3:
        if (g->n_initializer)
            return g->initializer[below(r, g->n_initializer)]->name;
        /* fallthrough */
    default:
        return g->n_input ? g->input[below(r, g->n_input)]->name : "";
    }
}

static void change_edge(Onnx__ModelProto *m, uint64_t *r)
{
    Onnx__NodeProto *n = any_node(m, r);
    char *name = strdup(any_name(m, r)), **end;
    size_t at = n ? below(r, n->n_input + n->n_output + 1) : 0;
    if (!n || !name || (below(r, 4) == 0 && at < n->n_input)) {
        free(name);
        if (n && at < n->n_input) /* one input less */
            free(n->input[--n->n_input]);
        return;
    }
    if (at < n->n_input) {
        free(n->input[at]);
        n->input[at] = name;
    } else if (at < n->n_input + n->n_output) {
        free(n->output[at - n->n_input]);
        n->output[at - n->n_input] = name;
    } else if ((end = realloc(n->input, (n->n_input + 1) * sizeof *end))) { /* one more */
        n->input = end;
        n->input[n->n_input++] = name;
    }
}

static void change_operator(Onnx__ModelProto *m, uint64_t *r)
{
    static const char *const names[] = { "Relu",    "Add",       "MatMul", "Conv", "Concat",
                                         "Reshape", "Transpose", "Gather", "Nope" };
    Onnx__NodeProto *n = any_node(m, r);
    if (!n)
        return;
    free(n->op_type);
    n->op_type = strdup(ONE_OF(r, names));
}

static void change_opset(Onnx__ModelProto *m, uint64_t *r)
{
    if (m->n_opset_import)
        m->opset_import[below(r, m->n_opset_import)]->version = 1 + (int64_t)below(r, 30);
}

static void change_weight(Onnx__ModelProto *m, uint64_t *r)
{
    if (m->graph->n_initializer == 0)
        return;
    Onnx__TensorProto *t = m->graph->initializer[below(r, m->graph->n_initializer)];
    size_t at = t->n_dims ? below(r, t->n_dims) : 0;
    if (below(r, 4) == 0) {
        t->data_type = (int)(1 + below(r, 16));
    } else if (t->n_dims) { /* the same bytes in other dims, or too many */
        int64_t first = t->dims[0];
        t->dims[0] = below(r, 4) ? t->dims[at] : ONE_OF(r, integers);
        t->dims[at] = first;
    }
}

static void mutate(Onnx__ModelProto *m, uint64_t *r)
{
    static void (*const kinds[])(Onnx__ModelProto *, uint64_t *) = {
        change_dims, change_dims,     change_type,  change_attribute, change_attribute,
        change_edge, change_operator, change_opset, change_weight
    };
    for (size_t times = 1 + below(r, 2); times > 0; times--)
        ONE_OF(r, kinds)(m, r);
}

/* ---- what is asked of a mutant ---- */

static bool count_error(void *ctx, const sdx_finding *f)
{
    size_t *n = ctx;
    *n += f->severity == SDX_ERROR;
    return true;
}

/* The case's own value where it still fits; else zeros. */
static sdx_value *make_input(const one_case *c, const sdx_value_info *info)
{
    int64_t dims[64];
    const int64_t *have;
    double count = 1;
    sdx_value *v = NULL;
    for (size_t i = 0; i < c->n_in; i++) {
        if (strcmp(c->model->graph->input[i]->name, info->name) != 0 || !c->in[i])
            continue;
        bool fits = sdx_value_kind(c->in[i]) == info->kind &&
                    (info->kind != SDX_TENSOR || (sdx_value_dtype(c->in[i]) == info->dtype &&
                                                  sdx_value_dims(c->in[i], &have) == info->rank));
        for (int k = 0; fits && info->kind == SDX_TENSOR && k < info->rank; k++)
            fits = info->dims[k] < 0 || info->dims[k] == have[k];
        if (fits)
            return sdx_value_hold(c->in[i]);
    }
    if (info->kind != SDX_TENSOR || info->rank < 0)
        return NULL;
    for (int k = 0; k < info->rank; k++) {
        dims[k] = info->dims[k] < 0 ? 2 : info->dims[k];
        count *= (double)dims[k];
    }
    if (count <= MOST_ELEMENTS)
        sdx_value_tensor(info->dtype, info->rank, dims, &v, NULL);
    return v;
}

/* Is each dim known before a run, and not because the file declares results? */
static bool is_settled(const uint8_t *bytes, size_t size)
{
    Onnx__ModelProto *p = onnx__model_proto__unpack(NULL, size, bytes);
    sdx_model *m = NULL;
    sdx_value_info v;
    for (size_t i = 0; p && i < p->graph->n_output; i++)
        case_forget_shape(p->graph->output[i]->type);
    for (size_t i = 0; p && i < p->graph->n_value_info; i++)
        case_forget_shape(p->graph->value_info[i]->type);
    uint8_t *less = p ? case_bytes(p, &size) : NULL;
    bool settled = less && sdx_model_open_memory(less, size, "mutant", NULL, &m, NULL) == SDX_OK;
    for (size_t i = 0; settled && sdx_model_value(m, i, &v) == SDX_OK; i++) {
        settled = v.kind == SDX_TENSOR && v.rank >= 0;
        for (int k = 0; settled && k < v.rank; k++)
            settled = v.dims[k] >= 0;
    }
    sdx_model_close(m);
    free(less);
    if (p)
        onnx__model_proto__free_unpacked(p, NULL);
    return settled;
}

static void run_mutant(const one_case *c, const char *which, sdx_model *m, bool settled)
{
    sdx_session_options so = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_run_options ro = SDX_OPTIONS_INIT(sdx_run_options);
    sdx_value *in[CASE_VALUES] = { NULL }, *out[CASE_VALUES] = { NULL };
    sdx_session *s = NULL;
    sdx_model_info about;
    sdx_error err;
    char text[1500];
    bool ready = true;
    so.threads = 1;
    so.memory_limit = memory;
    ro.deadline_ns = patience;
    sdx_status st = sdx_session_new(m, &so, &s, &err);
    if (st != SDX_OK && st != SDX_E_UNSUPPORTED && st != SDX_E_LIMIT) {
        sdx_error_text(&err, text, sizeof text);
        case_wrong(c, "%s: lint passes it, no session: %s", which, text);
    }
    sdx_model_about(m, &about);
    for (size_t i = 0; i < about.n_inputs && i < CASE_VALUES; i++) {
        sdx_value_info info;
        ready = ready && sdx_model_input(m, i, &info) == SDX_OK && (in[i] = make_input(c, &info));
    }
    if (s && ready && about.n_inputs <= CASE_VALUES && about.n_outputs <= CASE_VALUES) {
        st = sdx_session_run(s, (const sdx_value *const *)in, out, &ro, &err);
        c->count[RAN]++;
        c->count[SETTLED] += settled;
        if (settled && (st == SDX_E_SHAPE || st == SDX_E_TYPE || st == SDX_E_MODEL)) {
            sdx_error_text(&err, text, sizeof text);
            case_wrong(c, "%s: lint passes it, but its run says: %s", which, text);
        }
    }
    for (size_t i = 0; i < CASE_VALUES; i++) {
        sdx_value_free(in[i]);
        sdx_value_free(out[i]);
    }
    sdx_session_free(s);
}

static void judge(const one_case *c, const char *which, const uint8_t *bytes, size_t size)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options), lenient = o;
    sdx_model *m = NULL, *seen = NULL;
    sdx_error err, why;
    size_t errors = 0;
    char text[1500] = "";
    o.memory_limit = lenient.memory_limit = memory;
    lenient.lenient = true;
    sdx_status st = sdx_model_open_memory(bytes, size, "mutant", &o, &m, &err);
    sdx_status read = sdx_model_open_memory(bytes, size, "mutant", &lenient, &seen, &why);
    if (read == SDX_OK)
        sdx_model_lint(seen, NULL, count_error, &errors, NULL);
    if (st != SDX_OK)
        sdx_error_text(&err, text, sizeof text);
    c->count[MADE]++;
    c->count[UNREADABLE] += read != SDX_OK;
    c->count[REFUSED] += errors > 0;
    c->count[ACCEPTED] += st == SDX_OK;
    if (st == SDX_OK && (read != SDX_OK || errors > 0))
        case_wrong(c, "%s: it loads, but lint has %zu errors", which, errors);
    else if (st != SDX_OK && read == SDX_OK && errors == 0)
        case_wrong(c, "%s: lint passes it, the loader does not: %s", which, text);
    else if (st == SDX_OK)
        run_mutant(c, which, m, is_settled(bytes, size));
    sdx_model_close(m);
    sdx_model_close(seen);
}

static void try_case(const one_case *c)
{
    for (int k = 0; k < c->times; k++) {
        char which[32];
        size_t size;
        uint64_t r = c->seed * 1000 + (uint64_t)k;
        Onnx__ModelProto *m = case_copy(c->model);
        for (size_t i = 0; i < c->n_in && k % 2; i++)
            if (c->tensor[i] && sdx_value_count(c->in[i]) <= 64 &&
                sdx_dtype_class(sdx_value_dtype(c->in[i])) == SDX_INT)
                case_make_constant(m, c, i);
        mutate(m, &r);
        uint8_t *bytes = case_bytes(m, &size);
        snprintf(which, sizeof which, "mutant %d", k);
        const char *folder = getenv("SAVE_MUTANTS");
        if (folder) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s-%d.onnx", folder, strchr(c->name, '/') + 1, k);
            FILE *f = fopen(path, "wb");
            if (f && fwrite(bytes, 1, size, f) != size)
                perror(path);
            if (f)
                fclose(f);
        }
        judge(c, which, bytes, size);
        free(bytes);
        onnx__model_proto__free_unpacked(m, NULL);
    }
}

int main(int argc, char **argv)
{
    long n[CASE_COUNTS];
    int wrong = case_each(argc, argv, try_case, n);
    if (wrong >= 0)
        printf(
            "%ld mutants: %ld cannot be read, lint has errors for %ld, %ld load; %ld ran, %ld of them "
            "with every dim known before; %d wrong\n",
            n[MADE], n[UNREADABLE], n[REFUSED], n[ACCEPTED], n[RAN], n[SETTLED], wrong);
    else
        fprintf(stderr,
                "usage: %s CASES [--only=TEXT] [--seed=N] [--times=N]; there has to be a case\n",
                argv[0]);
    return wrong != 0;
}
