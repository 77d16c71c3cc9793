/* graph/text_print.c - programs in the standard's text syntax; what is printed reads back as the
 * same graph. */
#include "base/bits.h"
#include "base/text.h"
#include "graph/text.h"
#include <inttypes.h>

typedef struct printer {
    const sdx_program *program;
    sdx_writer *write;
    void *ctx;
    bool failed;
    int64_t most; /* elements of a tensor; 0: all */
    size_t used;
    char buffer[2048];
} printer;

/* ---- output ---- */

static void flush(printer *p)
{
    if (p->used && !p->failed)
        p->failed = !p->write(p->ctx, p->buffer, p->used);
    p->used = 0;
}

static void put(printer *p, const char *text, size_t n)
{
    while (n) {
        size_t part = sizeof p->buffer - p->used;
        part = n < part ? n : part;
        memcpy(p->buffer + p->used, text, part);
        p->used += part;
        text += part;
        n -= part;
        if (p->used == sizeof p->buffer)
            flush(p);
    }
}

static void say(printer *p, const char *text)
{
    put(p, text, strlen(text));
}

static void number(printer *p, int64_t n)
{
    char text[32];
    put(p, text, sdx_format(text, sizeof text, "%" PRId64, n));
}

static void indent(printer *p, int depth)
{
    for (int i = 0; i < depth; i++)
        say(p, "   ");
}

/* ---- names and strings ---- */

static void quoted(printer *p, const char *text, size_t n)
{
    put(p, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"' || text[i] == '\\')
            put(p, "\\", 1);
        put(p, text + i, 1);
    }
    put(p, "\"", 1);
}

static bool is_identifier(const char *name)
{
    if (!sdx_is_letter(*name) && *name != '_')
        return false;
    for (; *name; name++)
        if (!sdx_is_letter(*name) && !sdx_is_digit(*name) && *name != '_')
            return false;
    return true;
}

/* Words that would be read as something else where a name stands. */
static bool is_taken(const char *name)
{
    return sdx_text_dtype_find(name, strlen(name)) != SDX_UNDEFINED ||
           strcmp(name, "undefined") == 0 || strcmp(name, "seq") == 0 ||
           strcmp(name, "optional") == 0 || strcmp(name, "map") == 0 ||
           strcmp(name, "sparse_tensor") == 0 || sdx_same_word(name, strlen(name), "inf") ||
           sdx_same_word(name, strlen(name), "nan") ||
           sdx_same_word(name, strlen(name), "infinity");
}

static void name(printer *p, const char *text)
{
    if (is_identifier(text) && !is_taken(text))
        say(p, text);
    else
        quoted(p, text, strlen(text));
}

/* A value that a pass made has no name: its number serves. */
static void value_name(printer *p, const sdx_gvalue *v)
{
    if (v && !*v->name) {
        say(p, "_v");
        number(p, v->id);
    } else {
        name(p, v ? v->name : "");
    }
}

/* ---- types ---- */

static void dims(printer *p, sdx_dims d)
{
    if (d.rank == 0)
        return; /* a scalar */
    say(p, "[");
    for (int i = 0; i < d.rank; i++) {
        if (i)
            say(p, ", ");
        if (sdx_is_num(d.dim[i]))
            number(p, d.dim[i].n);
        else if (sdx_is_unknown(d.dim[i]) || d.dim[i].sym > p->program->n_symbols)
            say(p, "?");
        else
            name(p, p->program->symbol[d.dim[i].sym - 1]);
    }
    say(p, "]");
}

static void type(printer *p, const sdx_type *t)
{
    size_t open = 0;
    for (; t->kind == SDX_SEQUENCE || t->kind == SDX_OPTIONAL || t->kind == SDX_MAP;
         t = t->of, open++) {
        say(p, t->kind == SDX_SEQUENCE ? "seq(" : t->kind == SDX_OPTIONAL ? "optional(" : "map(");
        if (t->kind == SDX_MAP) {
            say(p, sdx_text_dtype(t->dtype));
            say(p, ", ");
        }
    }
    open += t->kind == SDX_SPARSE;
    say(p, t->kind == SDX_SPARSE ? "sparse_tensor(" : "");
    say(p, sdx_text_dtype(t->dtype));
    dims(p, t->dims);
    while (open--)
        say(p, ")");
}

/* ---- tensors ---- */

static void real(printer *p, double x, bool wide)
{
    char text[SDX_NUMBER_SIZE];
    put(p, text, wide ? sdx_print_f64(text, x) : sdx_print_f32(text, (float)x));
}

static void element(printer *p, const sdx_tensor *t, int64_t i)
{
    char text[32];
    double x[1][2];
    int64_t n;
    uint64_t u;
    unsigned bits = (unsigned)sdx_dtype_bits(t->dtype);
    sdx_class c = sdx_dtype_class(t->dtype);
    if (c == SDX_STRING) {
        sdx_string s = sdx_get_string(t, i);
        quoted(p, s.text, s.length);
    } else if (c == SDX_COMPLEX) {
        sdx_load_c128(x, t, i, 1, 1);
        real(p, x[0][0], bits == 128);
        say(p, ", ");
        real(p, x[0][1], bits == 128);
    } else if (c == SDX_REAL && bits >= 32) {
        sdx_load_f64(&x[0][0], t, i, 1, 1);
        real(p, x[0][0], bits == 64);
    } else if (c == SDX_REAL && bits == 16) { /* its bits: so the standard has it */
        uint16_t pattern;
        memcpy(&pattern, (const char *)t->data + 2 * i, sizeof pattern);
        number(p, pattern);
    } else if (c == SDX_REAL) {
        number(p, sdx_bits_get(t->data, bits, (size_t)i));
    } else if (c == SDX_UINT) {
        sdx_load_u64(&u, t, i, 1, 1);
        put(p, text, sdx_format(text, sizeof text, "%" PRIu64, u));
    } else {
        sdx_load_i64(&n, t, i, 1, 1);
        number(p, n);
    }
}

static void elements(printer *p, const sdx_tensor *t)
{
    int64_t n = sdx_elements(t), most = p->most && n > p->most ? p->most : n;
    say(p, "{");
    for (int64_t i = 0; i < most && !p->failed; i++) {
        if (i)
            say(p, ", ");
        element(p, t, i);
    }
    say(p, most < n ? ", ...}" : "}");
}

static void tensor_type(printer *p, sdx_dtype d, sdx_shape s)
{
    say(p, sdx_text_dtype(d));
    for (int i = 0; i < s.rank; i++) {
        say(p, i ? ", " : "[");
        number(p, s.dim[i]);
    }
    say(p, s.rank ? "]" : "");
}

static void tensor(printer *p, const sdx_tensor *t)
{
    tensor_type(p, t->dtype, t->shape);
    say(p, " ");
    elements(p, t);
}

/* A constant with its type, and with its name between the two where it has one. */
static void constant(printer *p, const sdx_value *v, const sdx_gvalue *named)
{
    const sdx_tensor *t = sdx_as_tensor(v);
    if (t) {
        tensor_type(p, t->dtype, t->shape);
        say(p, " ");
        if (named) {
            value_name(p, named);
            say(p, " = ");
        }
        elements(p, t);
        return;
    }
    const int64_t *dim;
    int rank = sdx_value_dims(v, &dim);
    say(p, "sparse_tensor(");
    tensor_type(p, sdx_value_dtype(v), (sdx_shape){ rank < 0 ? 0 : rank, dim });
    say(p, ") {");
    for (size_t i = 0; i < 2; i++) {
        const sdx_value *part = sdx_value_at(v, i);
        say(p, i ? ", " : "");
        if (part && sdx_as_tensor(part))
            tensor(p, sdx_as_tensor(part));
    }
    say(p, "}");
}

/* ---- attributes ---- */

static void graph(printer *p, const sdx_graph *g, int depth);

static const char *const kind_name[] = {
    [SDX_ATTR_FLOAT] = "float",
    [SDX_ATTR_INT] = "int",
    [SDX_ATTR_STRING] = "string",
    [SDX_ATTR_TENSOR] = "tensor",
    [SDX_ATTR_GRAPH] = "graph",
    [SDX_ATTR_FLOATS] = "floats",
    [SDX_ATTR_INTS] = "ints",
    [SDX_ATTR_STRINGS] = "strings",
    [SDX_ATTR_SPARSE] = "sparse_tensor",
    [SDX_ATTR_TYPE] = "type_proto",
};

static void attribute_value(printer *p, const sdx_attr *a, int depth)
{
    bool list = a->kind == SDX_ATTR_FLOATS || a->kind == SDX_ATTR_INTS ||
                a->kind == SDX_ATTR_STRINGS;
    size_t most = p->most && a->count > (size_t)p->most ? (size_t)p->most : a->count;
    say(p, list ? "[" : "");
    for (size_t i = 0; list && i < most; i++) {
        say(p, i ? ", " : "");
        if (a->kind == SDX_ATTR_FLOATS)
            real(p, (double)a->floats[i], false);
        else if (a->kind == SDX_ATTR_INTS)
            number(p, a->ints[i]);
        else
            quoted(p, a->strings[i].text, a->strings[i].length);
    }
    say(p, list ? most < a->count ? ", ...]" : "]" : "");
    if (a->kind == SDX_ATTR_FLOAT)
        real(p, (double)a->f, false);
    else if (a->kind == SDX_ATTR_INT)
        number(p, a->i);
    else if (a->kind == SDX_ATTR_STRING)
        quoted(p, a->s.text, a->s.length);
    else if (a->kind == SDX_ATTR_GRAPH && a->graph)
        graph(p, a->graph, depth);
    else if (a->kind == SDX_ATTR_TYPE && a->type)
        type(p, a->type);
    else if (a->tensor)
        constant(p, a->tensor, NULL);
}

/* An attribute without a value, as findings leave them, is not printed. */
static bool is_whole(const sdx_attr *a)
{
    bool of_tensor = a->kind == SDX_ATTR_TENSOR || a->kind == SDX_ATTR_SPARSE;
    return (size_t)a->kind < sizeof kind_name / sizeof *kind_name && kind_name[a->kind] &&
           (!of_tensor || a->tensor) && (a->kind != SDX_ATTR_GRAPH || a->graph) &&
           (a->kind != SDX_ATTR_TYPE || a->type);
}

static void attributes(printer *p, const sdx_gnode *n, int depth)
{
    int printed = 0;
    for (int i = 0; i < n->n_attr; i++) {
        const sdx_attr *a = &n->attr[i];
        if (!is_whole(a))
            continue;
        say(p, printed++ ? ", " : " <");
        name(p, a->name);
        say(p, ": ");
        say(p, kind_name[a->kind]);
        say(p, " = ");
        attribute_value(p, a, depth);
    }
    say(p, printed ? ">" : "");
}

/* ---- nodes, graphs ---- */

static void operator(printer *p, const sdx_gnode *n)
{
    for (const char *part = n->domain; *part;) { /* each part between dots is a name */
        size_t length = strcspn(part, ".");
        char word[256];
        if (length < sizeof word) {
            memcpy(word, part, length);
            word[length] = 0;
            name(p, word);
        } else {
            quoted(p, part, length);
        }
        say(p, ".");
        part += length + (part[length] == '.');
    }
    name(p, n->op_type);
    if (*n->overload) {
        say(p, ":");
        name(p, n->overload);
    }
}

static void node(printer *p, const sdx_gnode *n, int depth)
{
    indent(p, depth);
    if (*n->name) {
        say(p, "[");
        name(p, n->name);
        say(p, "] ");
    }
    for (int i = 0; i < n->n_out; i++) {
        say(p, i ? ", " : "");
        value_name(p, n->out[i]);
    }
    say(p, n->n_out ? " = " : "");
    operator(p, n);
    attributes(p, n, depth);
    say(p, " (");
    for (int i = 0; i < n->n_in; i++) {
        say(p, i ? ", " : "");
        value_name(p, n->in[i]);
    }
    say(p, ")\n");
}

static void declared(printer *p, const sdx_gvalue *v)
{
    if (v->declared && v->declared->kind != SDX_KIND_UNKNOWN) {
        type(p, v->declared);
        say(p, " ");
    }
    value_name(p, v);
}

static bool prints_inner(const sdx_gvalue *v)
{
    if (v->is_input || v->outer)
        return false;
    return v->constant ||
           (!v->is_output && v->producer && v->declared && v->declared->kind != SDX_KIND_UNKNOWN);
}

/* Initializers, and types of inner values. */
static void inner(printer *p, const sdx_graph *g, int depth)
{
    size_t printed = 0;
    for (size_t i = 0; i < g->n_values && !p->failed; i++) {
        const sdx_gvalue *v = g->value[i];
        if (!prints_inner(v))
            continue;
        if (printed++) {
            say(p, ",\n");
            indent(p, depth);
            say(p, "    ");
        } else {
            say(p, "\n");
            indent(p, depth);
            say(p, "   <");
        }
        if (v->constant)
            constant(p, v->constant, v);
        else
            declared(p, v);
    }
    say(p, printed ? ">" : "");
}

static void formals(printer *p, const sdx_graph *g)
{
    size_t printed = 0;
    say(p, "(");
    for (size_t i = 0; i < g->n_inputs; i++) {
        say(p, printed++ ? ", " : "");
        declared(p, g->input[i]);
    }
    for (size_t i = 0; i < g->n_values && !p->failed;
         i++) { /* those with a default are not the caller's to give */
        const sdx_gvalue *v = g->value[i];
        if (!v->is_input || !v->constant)
            continue;
        say(p, printed++ ? ", " : "");
        constant(p, v->constant, v);
    }
    say(p, ")");
}

static void graph(printer *p, const sdx_graph *g, int depth)
{
    name(p, g->name);
    say(p, " ");
    formals(p, g);
    say(p, " => (");
    for (size_t i = 0; i < g->n_outputs; i++) {
        say(p, i ? ", " : "");
        declared(p, g->output[i]);
    }
    say(p, ")");
    inner(p, g, depth);
    say(p, "\n");
    indent(p, depth);
    say(p, "{\n");
    for (size_t i = 0; i < g->n_nodes && !p->failed; i++)
        if (!g->node[i]->removed)
            node(p, g->node[i], depth + 1);
    indent(p, depth);
    say(p, "}");
}

/* ---- models ---- */

static void entry(printer *p, const char *key, const char *text)
{
    if (!text || !*text)
        return;
    say(p, ",\n   ");
    say(p, key);
    say(p, ": ");
    quoted(p, text, strlen(text));
}

static void head(printer *p, const sdx_draft *h)
{
    const sdx_program *m = p->program;
    say(p, "<\n   ir_version: ");
    number(p, m->ir_version);
    say(p, ",\n   opset_import: [");
    for (size_t i = 0; i < m->n_opsets; i++) {
        say(p, i ? ", " : "");
        quoted(p, m->opset[i].domain, strlen(m->opset[i].domain));
        say(p, " : ");
        number(p, m->opset[i].version);
    }
    say(p, "]");
    if (h) {
        entry(p, "producer_name", h->producer);
        entry(p, "producer_version", h->producer_version);
        entry(p, "domain", h->domain);
        entry(p, "doc_string", h->doc);
        if (h->model_version) {
            say(p, ",\n   model_version: ");
            number(p, h->model_version);
        }
        for (size_t i = 0; i < h->n_metadata; i++) {
            say(p, i ? ", " : ",\n   metadata_props: [");
            quoted(p, h->metadata_key[i], strlen(h->metadata_key[i]));
            say(p, ": ");
            quoted(p, h->metadata_value[i], strlen(h->metadata_value[i]));
        }
        say(p, h->n_metadata ? "]" : "");
    }
    say(p, "\n>\n");
}

sdx_status sdx_text_print(const sdx_program *program, const sdx_draft *h, sdx_writer *write,
                          void *ctx)
{
    printer p = { .program = program, .write = write, .ctx = ctx };
    head(&p, h);
    graph(&p, program->main, 0);
    say(&p, "\n");
    flush(&p);
    return p.failed ? SDX_E_IO : SDX_OK;
}

/* ---- texts in an arena ---- */

typedef struct text {
    sdx_arena *arena;
    char *bytes;
    size_t n, room;
} text;

static bool append(void *ctx, const void *bytes, size_t size)
{
    text *t = ctx;
    if (t->room - t->n <= size) {
        size_t room = 2 * t->room + size + 64;
        char *more = sdx_arena_grow(t->arena, t->bytes, t->n, room, 1);
        if (!more)
            return false;
        t->bytes = more;
        t->room = room;
    }
    memcpy(t->bytes + t->n, bytes, size);
    t->n += size;
    t->bytes[t->n] = 0;
    return true;
}

const char *sdx_text_graph(const sdx_program *program, sdx_arena *a, const sdx_graph *g)
{
    text t = { .arena = a };
    printer p = { .program = program, .write = append, .ctx = &t };
    graph(&p, g, 0);
    flush(&p);
    return p.failed ? NULL : t.bytes;
}

const char *sdx_text_attribute(const sdx_program *program, sdx_arena *a, const sdx_attr *attr)
{
    text t = { .arena = a };
    printer p = { .program = program, .write = append, .ctx = &t, .most = 64 };
    if (is_whole(attr))
        attribute_value(&p, attr, 0);
    flush(&p);
    return p.failed ? NULL : t.bytes ? t.bytes : "";
}
