/* support/probe_model.c - the values and the model of a probe; see probe.h.
 *
 * Field numbers are those of onnx.proto; the bytes are written here and not by the library under
 * test. */
#include "support/probe.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sdx/value.h"

/* ---- values ---- */

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * ((double)(next(state) >> 11) * 0x1p-53);
}

/* Element i in words of numbers, "nan" and "inf" too; a number with its imaginary part behind a
 * ':'. */
static void given_number(const spec *s, int64_t i, double out[2])
{
    const char *text = s->given[i % s->n_given];
    char *end;
    if (strcmp(text, "true") == 0)
        text = "1";
    out[0] = strtod(text, &end);
    out[1] = *end == ':' ? strtod(end + 1, NULL) : 0;
}

static sdx_value *make_strings(const spec *s, const int64_t *dims, uint64_t *state)
{
    static const char *const words[] = { "",     "a",        "B",
                                         "onnx", "\xc3\xa4", "a longer text of several words" };
    int64_t n = sdx_count((sdx_shape){ s->rank, dims }, 0, s->rank);
    sdx_string *text = calloc((size_t)n + 1, sizeof *text);
    sdx_value *v = NULL;
    for (int64_t i = 0; text && i < n; i++) {
        text[i].text = s->n_given ? s->given[i % s->n_given] : words[next(state) % 6];
        text[i].length = strlen(text[i].text);
    }
    if (text)
        sdx_value_strings(s->rank, dims, text, &v, NULL);
    free(text);
    return v;
}

/* Integers keep all their bits; what is out of a narrow type's range wraps or saturates as the
 * stores do. */
static void fill_integers(const spec *s, sdx_tensor *t, int64_t n, uint64_t *state)
{
    bool is_signed = sdx_dtype_class(t->dtype) == SDX_INT;
    double low = s->ranged ? s->low : is_signed ? -9 : 0, high = s->ranged ? s->high : 9;
    if (!is_signed && low < 0)
        low = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t v = (int64_t)low + (int64_t)(next(state) % (uint64_t)(high - low + 1));
        if (s->n_given) {
            const char *text = s->given[i % s->n_given];
            v = strcmp(text, "true") == 0 ? 1
                : text[0] == '-'          ? strtoll(text, NULL, 10)
                                          : (int64_t)strtoull(text, NULL, 10);
        }
        if (is_signed)
            sdx_store_i64(t, i, 1, 1, &v);
        else
            sdx_store_u64(t, i, 1, 1, (const uint64_t *)&v);
    }
}

static void fill_numbers(const spec *s, sdx_tensor *t, int64_t n, uint64_t *state)
{
    double low = s->ranged ? s->low : -2, high = s->ranged ? s->high : 2;
    sdx_class cls = sdx_dtype_class(t->dtype);
    for (int64_t i = 0; i < n; i++) {
        double v[2];
        if (s->n_given) {
            given_number(s, i, v);
        } else {
            v[0] = cls == SDX_BOOLEAN ? (double)(next(state) & 1) : between(state, low, high);
            v[1] = between(state, low, high);
        }
        if (cls == SDX_COMPLEX)
            sdx_store_c128(t, i, 1, 1, (const double(*)[2]) & v);
        else
            sdx_store_f64(t, i, 1, 1, v);
    }
}

static sdx_value *make_tensor(const spec *s, sdx_dtype dtype, int zero_axis, uint64_t *state)
{
    int64_t dims[PROBE_RANK + 1] = { 0 };
    sdx_value *v = NULL;
    int rank = s->rank < 0 ? 0 : s->rank;
    memcpy(dims, s->dims, sizeof s->dims);
    if (zero_axis >= 0)
        dims[zero_axis] = 0;
    if (dtype == SDX_STR)
        return make_strings(s, dims, state);
    if (sdx_value_tensor(dtype, rank, dims, &v, NULL) != SDX_OK)
        return NULL;
    sdx_tensor t = { dtype, SDX_PLAIN, { rank, dims }, sdx_value_data(v) };
    sdx_class cls = sdx_dtype_class(dtype);
    if (cls == SDX_INT || cls == SDX_UINT)
        fill_integers(s, &t, sdx_elements(&t), state);
    else
        fill_numbers(s, &t, sdx_elements(&t), state);
    return v;
}

static sdx_value *make_value(const spec *s, sdx_dtype dtype, int zero_axis, uint64_t *state)
{
    sdx_value *part[PROBE_PARTS] = { NULL }, *v = NULL;
    if (s->kind == SDX_TENSOR)
        return make_tensor(s, dtype, zero_axis, state);
    for (int i = 0; i < s->n_parts && i < PROBE_PARTS; i++)
        part[i] = make_value(&s->part[i], s->kind == SDX_MAP ? s->part[i].dtype : dtype, -1, state);
    if (s->kind == SDX_SEQUENCE)
        sdx_value_sequence((size_t)s->n_parts, part, &v, NULL);
    else if (s->kind == SDX_OPTIONAL)
        sdx_value_optional(part[0], &v, NULL);
    else if (s->kind == SDX_MAP && s->n_parts == 2)
        sdx_value_map(part[0], part[1], &v, NULL);
    for (int i = 0; i < s->n_parts && i < PROBE_PARTS; i++)
        sdx_value_free(part[i]);
    return v;
}

sdx_value *probe_value(const spec *s, uint64_t seed)
{
    bool tells = s->kind == SDX_TENSOR ? s->rank >= 0 && (s->n_given > 0 || s->ranged)
                                       : s->n_parts > 0;
    return tells ? make_value(s, s->dtype, -1, &seed) : NULL;
}

/* ---- what a twist makes of an input ---- */

static bool attribute_kind(const probe *p, const char *name, char kind[16]);

bool probe_is_text(const probe *p)
{
    char kind[16];
    for (int i = 0; i < p->n_attr; i++)
        if (attribute_kind(p, p->attr[i].name, kind) && strcmp(kind, "graph") == 0)
            return true;
    return false;
}

static bool is_there(const probe *p, const twist *t, int i)
{
    return p->in[i].kind != SDX_KIND_UNKNOWN && !(t->no_in >> i & 1);
}

static sdx_dtype dtype_of(const probe *p, const twist *t, int i)
{
    const parameter *param = probe_in_param(p, i);
    return t->var && param && strcmp(param->type, t->var) == 0 ? t->dtype : p->in[i].dtype;
}

static bool is_constant(const probe *p, const twist *t, int i)
{
    bool wanted = (t->constant >> i & 1) || (p->weights && i > 0);
    return wanted && p->in[i].kind == SDX_TENSOR && !probe_is_text(p);
}

static sdx_value *input_value(const probe *p, const twist *t, int i)
{
    uint64_t seed = (uint64_t)p->line * 1000 + (uint64_t)i;
    return make_value(&p->in[i], dtype_of(p, t, i), t->zero_in == i ? t->zero_axis : -1, &seed);
}

int probe_inputs(const probe *p, const twist *t, sdx_value **in)
{
    int n = 0;
    for (int i = 0; i < p->n_in; i++)
        if (is_there(p, t, i) && !is_constant(p, t, i))
            in[n++] = input_value(p, t, i);
    return n;
}

/* ---- the model ---- */

static pb type_message(const spec *s, sdx_dtype dtype, const twist *t, int i)
{
    pb type = { 0 }, inner = { 0 }, shape = { 0 };
    if (s->kind == SDX_MAP && s->n_parts == 2) {
        static const spec scalar = { .kind = SDX_TENSOR };
        pb of = type_message(&scalar, s->part[1].dtype, &(twist)PROBE_AS_IT_STANDS, 0);
        pb_int(&inner, 1, (int64_t)s->part[0].dtype);
        pb_message(&inner, 2, &of);
        pb_message(&type, 5, &inner);
        return type;
    }
    if (s->kind != SDX_TENSOR) {
        static const spec any = { .kind = SDX_TENSOR, .rank = -1 };
        pb of = type_message(s->n_parts > 0 ? &s->part[0] : &any, dtype,
                             &(twist){ .shown = SHOW_NOTHING, .zero_axis = -1 }, 0);
        pb_message(&inner, 1, &of);
        pb_message(&type, s->kind == SDX_SEQUENCE ? 4 : 9, &inner);
        return type;
    }
    pb_int(&inner, 1, (int64_t)dtype);
    for (int k = 0; k < s->rank && t->shown != SHOW_NOTHING; k++) {
        pb dim = { 0 };
        char name[32];
        snprintf(name, sizeof name, "d%d_%d", i, k);
        if (t->shown == SHOW_SYMBOLS)
            pb_text(&dim, 2, name);
        else
            pb_int(&dim, 1, t->zero_axis == k && t->zero_in == i ? 0 : s->dims[k]);
        pb_message(&shape, 1, &dim);
    }
    if (s->rank >= 0 && t->shown != SHOW_NOTHING)
        pb_message(&inner, 2, &shape);
    pb_message(&type, 1, &inner);
    return type;
}

static pb value_info(const char *name, pb type)
{
    pb info = { 0 };
    pb_text(&info, 1, name);
    if (type.size > 0)
        pb_message(&info, 2, &type);
    return info;
}

static void tensor_bytes(pb *w, int field, const sdx_value *v, const char *name)
{
    void *bytes = NULL;
    size_t size = 0;
    if (v && sdx_value_write(v, name, &bytes, &size, NULL) == SDX_OK)
        pb_bytes(w, field, bytes, size);
    sdx_bytes_free(bytes);
}

/* The kind that the row gives an attribute: "axis:int!" is "int".  False: it has none of that
 * name. */
static bool attribute_kind(const probe *p, const char *name, char kind[16])
{
    size_t length = strlen(name);
    for (const char *at = p->row.attributes; at && *at;) {
        at += strspn(at, " ");
        if (strncmp(at, name, length) == 0 && at[length] == ':') {
            size_t n = strcspn(at + length + 1, " !=");
            snprintf(kind, 16, "%.*s", (int)n, at + length + 1);
            return true;
        }
        at += strcspn(at, " ");
    }
    return false;
}

/* Each item of "[1,2]", or of "1". */
static int items_of(char *list, const char *item[PROBE_VALUES])
{
    int n = 0;
    size_t length = strlen(list);
    if (list[0] == '[' && length > 1 && list[length - 1] == ']') {
        list[length - 1] = 0;
        list++;
    }
    for (char *save = NULL, *one = strtok_r(list, ",", &save); one && n < PROBE_VALUES;
         one = strtok_r(NULL, ",", &save))
        item[n++] = one;
    return n;
}

static bool attribute(const probe *p, const probe_attr *a, pb *node)
{
    static const struct {
        const char *name;
        int type;
    } kinds[] = { { "float", 1 },  { "int", 2 },  { "string", 3 },  { "tensor", 4 },
                  { "floats", 6 }, { "ints", 7 }, { "strings", 8 }, { "type", 13 } };
    char kind[16], text[4096];
    const char *item[PROBE_VALUES];
    pb w = { 0 };
    int type = 0;
    bool fine = true;
    if (!attribute_kind(p, a->name, kind)) /* not of this row: an integer, to see it refused */
        snprintf(kind, sizeof kind, "int");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, kind) == 0)
            type = kinds[i].type;
    snprintf(text, sizeof text, "%s", a->value);
    pb_text(&w, 1, a->name);
    if (type == 3) {
        pb_text(&w, 4, text);
    } else if (type == 4 || type == 13) {
        probe one;
        char line[4200], why[128];
        /* a value of its own, read as an input is */
        snprintf(line, sizeof line, "Identity@1 %s", text);
        fine = probe_read(&one, "", 0, line, why, sizeof why) && one.n_in == 1;
        uint64_t seed = 0;
        sdx_value *v = fine && type == 4 ? make_value(&one.in[0], one.in[0].dtype, -1, &seed)
                                         : NULL;
        if (type == 4)
            tensor_bytes(&w, 5, v, "");
        if (fine && type == 13) {
            pb t = type_message(&one.in[0], one.in[0].dtype, &(twist)PROBE_AS_IT_STANDS, 0);
            pb_message(&w, 14, &t);
        }
        sdx_value_free(v);
        probe_free(&one);
    } else {
        int n = items_of(text, item);
        for (int i = 0; i < n; i++) {
            if (type == 1 || type == 6)
                pb_float(&w, type == 1 ? 2 : 7, strtof(item[i], NULL));
            else if (type == 2 || type == 7)
                pb_int(&w, type == 2 ? 3 : 8, strtoll(item[i], NULL, 10));
            else
                pb_text(&w, 9, item[i]);
        }
    }
    pb_int(&w, 20, type);
    pb_message(node, 5, &w);
    return fine && type != 0;
}

/* ---- the same in the standard's text syntax, for bodies ---- */

static void say(pb *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(pb *w, const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    pb_raw(w, text, strlen(text));
}

static void say_type(pb *w, const spec *s, sdx_dtype dtype, const twist *t, int i)
{
    if (s->kind != SDX_TENSOR) {
        static const spec any = { .kind = SDX_TENSOR, .rank = -1 };
        say(w, "%s(", s->kind == SDX_SEQUENCE ? "seq" : "optional");
        say_type(w, s->n_parts > 0 ? &s->part[0] : &any, dtype, &(twist){ .shown = SHOW_NOTHING },
                 0);
        say(w, ")");
        return;
    }
    say(w, "%s",
        dtype == SDX_F32   ? "float"
        : dtype == SDX_F64 ? "double"
                           : sdx_dtype_onnx_name(dtype));
    if (t->shown == SHOW_NOTHING || s->rank < 0) {
        say(w, "[]");
        return;
    }
    for (int k = 0; k < s->rank; k++) {
        say(w, k ? ", " : "[");
        if (t->shown == SHOW_SYMBOLS)
            say(w, "d%d_%d", i, k);
        else
            say(w, "%lld", t->zero_axis == k && t->zero_in == i ? 0 : (long long)s->dims[k]);
    }
    say(w, s->rank > 0 ? "]" : "");
}

static void say_model(const probe *p, const twist *t, int last, pb *w)
{
    const char *comma = "";
    say(w, "<ir_version: 13, opset_import: [\"%s\" : %d%s]>\ng (", p->domain, p->opset,
        p->domain[0] ? ", \"\" : 25" : ""); /* bodies are of operators of ai.onnx */
    for (int i = 0; i < last; i++) {
        if (!is_there(p, t, i))
            continue;
        say(w, "%s", comma);
        say_type(w, &p->in[i], dtype_of(p, t, i), t, i);
        say(w, " x%d", i);
        comma = ", ";
    }
    say(w, ") => (");
    comma = "";
    for (int i = 0; i < p->n_out; i++) {
        if (t->no_out >> i & 1)
            continue;
        say(w, "%sy%d", comma, i);
        comma = ", ";
    }
    say(w, ")\n{ [probe] ");
    for (int i = 0; i < p->n_out; i++)
        if (t->no_out >> i & 1)
            say(w, "%s\"\"", i ? ", " : "");
        else
            say(w, "%sy%d", i ? ", " : "", i);
    say(w, " = %s%s%s <", p->domain, p->domain[0] ? "." : "", p->op);
    for (int i = 0; i < p->n_attr; i++) {
        const char *value = p->attr[i].value;
        bool body = value[0] == '{';
        say(w, "%s%s = %s%.*s", i ? ", " : "", p->attr[i].name, body ? "body " : "",
            (int)strlen(value) - (body ? 2 : 0), value + body);
    }
    say(w, "> (");
    for (int i = 0; i < last; i++) {
        say(w, i ? ", " : "");
        if (is_there(p, t, i))
            say(w, "x%d", i);
    }
    say(w, ") }\n");
}

bool probe_model(const probe *p, const twist *t, pb *out, char *why, size_t why_size)
{
    pb graph = { 0 }, node = { 0 }, opset = { 0 };
    char name[32];
    int last = p->n_in;
    *out = (pb){ 0 };
    /* what is left out at the end is not there at all */
    while (last > 0 && !is_there(p, t, last - 1))
        last--;
    if (probe_is_text(p)) {
        say_model(p, t, last, out);
        return true;
    }
    for (int i = 0; i < last; i++) {
        snprintf(name, sizeof name, "x%d", i);
        pb_text(&node, 1, is_there(p, t, i) ? name : "");
    }
    for (int i = 0; i < p->n_out; i++) {
        snprintf(name, sizeof name, "y%d", i);
        pb_text(&node, 2, p->out[i].kind == SDX_KIND_UNKNOWN || (t->no_out >> i & 1) ? "" : name);
    }
    pb_text(&node, 3, "probe");
    pb_text(&node, 4, p->op);
    for (int i = 0; i < p->n_attr; i++) {
        if (!attribute(p, &p->attr[i], &node)) {
            snprintf(why, why_size, "attribute '%s'", p->attr[i].name);
            free(node.data);
            return false;
        }
    }
    pb_text(&node, 7, p->domain);
    pb_message(&graph, 1, &node);
    pb_text(&graph, 2, "g");
    for (int i = 0; i < last; i++) {
        snprintf(name, sizeof name, "x%d", i);
        if (!is_there(p, t, i))
            continue;
        if (is_constant(p, t, i)) {
            sdx_value *v = input_value(p, t, i);
            tensor_bytes(&graph, 5, v, name);
            sdx_value_free(v);
        } else {
            pb info = value_info(name, type_message(&p->in[i], dtype_of(p, t, i), t, i));
            pb_message(&graph, 11, &info);
        }
    }
    for (int i = 0; i < p->n_out; i++) {
        snprintf(name, sizeof name, "y%d", i);
        if (p->out[i].kind == SDX_KIND_UNKNOWN || (t->no_out >> i & 1))
            continue;
        pb info = value_info(name, (pb){ 0 });
        pb_message(&graph, 12, &info);
    }
    pb_int(out, 1, 13);
    pb_message(out, 7, &graph);
    pb_text(&opset, 1, p->domain);
    pb_int(&opset, 2, p->opset);
    pb_message(out, 8, &opset);
    if (p->domain[0]) { /* bodies are of operators of ai.onnx */
        pb standard = { 0 };
        pb_text(&standard, 1, "");
        pb_int(&standard, 2, 25);
        pb_message(out, 8, &standard);
    }
    return true;
}
