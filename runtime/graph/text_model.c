/* graph/text_model.c - graphs, functions and models of the text syntax. */
#include "graph/text_parts.h"

static const char *nothing(sdx_scanner *s)
{
    return sdx_names_add(s->into->program->names, "", 0);
}

/* ---- graphs ---- */

typedef struct lists {
    sdx_list inputs, outputs, initializers, infos;
} lists;

/* A value with an optional type; what follows '=' is an initializer. */
static bool read_value(sdx_scanner *s, sdx_list *list, sdx_list *initializers)
{
    sdx_draft_value v = { 0 };
    sdx_scan_peek(s);
    size_t begin = s->at;
    if (sdx_at_type(s) && !sdx_read_type(s, &v.type))
        return false;
    v.name = sdx_scan_need_name(s, "the name of a value");
    if (!v.name)
        return false;
    v.span = (sdx_span){ begin, s->at - begin };
    bool constant = false;
    if (initializers && sdx_scan_peek(s) == '=' && s->at + 1 < s->length &&
        s->text[s->at + 1] != '>') {
        sdx_scan_take(s, "=");
        constant = true;
        if (sdx_scan_peek(s) == '[')
            return sdx_scan_fail(s, s->at,
                                 "expected elements: data in other files is not read from text");
        if (!v.type)
            return sdx_scan_fail(s, begin, "expected a type before the name of an initializer");
        v.value = sdx_read_tensor_data(s, v.type);
        if (!v.value)
            return false;
    }
    if (constant) {
        sdx_draft_value *to = sdx_list_add(s, initializers);
        if (!to)
            return false;
        *to = v;
    }
    if (list) {
        sdx_draft_value *to = constant && list == initializers ? NULL : sdx_list_add(s, list);
        v.value = NULL;
        if (to)
            *to = v;
    }
    return s->status == SDX_OK;
}

static bool read_values(sdx_scanner *s, sdx_list *list, sdx_list *initializers)
{
    if (!sdx_scan_expect(s, "("))
        return false;
    while (sdx_scan_peek(s) != ')') {
        if (!read_value(s, list, initializers))
            return false;
        if (!sdx_scan_take(s, ","))
            break;
    }
    return sdx_scan_expect(s, ")");
}

/* "<float[2] w = {1, 2}, float[N] t>": initializers, and types of inner values. */
static bool read_inner(sdx_scanner *s, lists *l)
{
    if (!sdx_scan_take(s, "<"))
        return true;
    while (sdx_scan_peek(s) != '>') {
        size_t before = l->initializers.n;
        if (!read_value(s, &l->infos, &l->initializers))
            return false;
        if (l->initializers.n != before)
            l->infos.n--; /* its value says its type */
        if (!sdx_scan_take(s, ","))
            break;
    }
    return sdx_scan_expect(s, ">");
}

static sdx_draft_graph *read_body(sdx_scanner *s)
{
    lists l = { { .size = sizeof(sdx_draft_value) },
                { .size = sizeof(sdx_draft_value) },
                { .size = sizeof(sdx_draft_value) },
                { .size = sizeof(sdx_draft_value) } };
    sdx_list nodes = { 0 };
    sdx_draft_graph *g = sdx_arena_alloc(s->into->arena, sizeof *g);
    if (!g) {
        sdx_scan_memory(s);
        return NULL;
    }
    g->name = sdx_scan_need_name(s, "the name of the graph");
    if (!g->name || !read_values(s, &l.inputs, &l.initializers) || !sdx_scan_expect(s, "=>") ||
        !read_values(s, &l.outputs, NULL) || !read_inner(s, &l) || !sdx_scan_expect(s, "{") ||
        !sdx_read_nodes(s, &nodes) || !sdx_scan_expect(s, "}"))
        return NULL;
    g->input = l.inputs.item;
    g->n_inputs = l.inputs.n;
    g->output = l.outputs.item;
    g->n_outputs = l.outputs.n;
    g->initializer = l.initializers.item;
    g->n_initializers = l.initializers.n;
    g->info = l.infos.item;
    g->n_infos = l.infos.n;
    g->node = nodes.item;
    g->n_nodes = nodes.n;
    return g;
}

sdx_draft_graph *sdx_read_graph(sdx_scanner *s)
{
    if (!sdx_scan_deeper(s))
        return NULL;
    sdx_draft_graph *g = read_body(s);
    s->depth--;
    return g;
}

/* ---- headers ---- */

static bool read_text(sdx_scanner *s, const char **out)
{
    sdx_string text;
    if (!sdx_scan_string(s, &text))
        return false;
    *out = sdx_names_add(s->into->program->names, text.text, text.length);
    return *out || sdx_scan_memory(s);
}

static bool read_opsets(sdx_scanner *s, sdx_opset **out, size_t *n)
{
    sdx_list list = { .size = sizeof(sdx_opset) };
    if (!sdx_scan_expect(s, "["))
        return false;
    while (sdx_scan_peek(s) != ']') {
        sdx_opset *o = sdx_list_add(s, &list);
        if (!o || !read_text(s, &o->domain) || !sdx_scan_expect(s, ":") ||
            !sdx_scan_int(s, &o->version))
            return false;
        if (strcmp(o->domain, "ai.onnx") == 0)
            o->domain = nothing(s);
        if (!sdx_scan_take(s, ","))
            break;
    }
    *out = list.item;
    *n = list.n;
    return sdx_scan_expect(s, "]");
}

static bool read_metadata(sdx_scanner *s, sdx_draft *d)
{
    sdx_list keys = { .size = sizeof(char *) }, values = { .size = sizeof(char *) };
    if (!sdx_scan_expect(s, "["))
        return false;
    while (sdx_scan_peek(s) != ']') {
        const char **key = sdx_list_add(s, &keys), **value = sdx_list_add(s, &values);
        if (!key || !value || !read_text(s, key) || !sdx_scan_expect(s, ":") ||
            !read_text(s, value))
            return false;
        if (!sdx_scan_take(s, ","))
            break;
    }
    d->metadata_key = keys.item;
    d->metadata_value = values.item;
    d->n_metadata = keys.n;
    return sdx_scan_expect(s, "]");
}

/* One "key: value" of a model's head; f NULL, or of a function's. */
static bool read_entry(sdx_scanner *s, sdx_draft *d, sdx_draft_function *f)
{
    sdx_scan_peek(s);
    size_t at = s->at;
    const char *unused, *key = sdx_scan_need_name(s, "a key");
    if (!key || !sdx_scan_expect(s, ":"))
        return false;
    if (strcmp(key, "opset_import") == 0)
        return f ? read_opsets(s, &f->opset, &f->n_opsets)
                 : read_opsets(s, &d->opset, &d->n_opsets);
    if (strcmp(key, "domain") == 0)
        return read_text(s, f ? &f->domain : &d->domain);
    if (strcmp(key, "doc_string") == 0)
        return read_text(s, f ? &unused : &d->doc);
    if (f && strcmp(key, "overload") == 0)
        return read_text(s, &f->overload);
    if (!f && strcmp(key, "ir_version") == 0)
        return sdx_scan_int(s, &d->ir_version);
    if (!f && strcmp(key, "model_version") == 0)
        return sdx_scan_int(s, &d->model_version);
    if (!f && strcmp(key, "producer_name") == 0)
        return read_text(s, &d->producer);
    if (!f && strcmp(key, "producer_version") == 0)
        return read_text(s, &d->producer_version);
    if (!f && strcmp(key, "metadata_props") == 0)
        return read_metadata(s, d);
    return sdx_scan_fail(s, at, "expected a key of a %s's head", f ? "function" : "model");
}

static bool read_head(sdx_scanner *s, sdx_draft *d, sdx_draft_function *f)
{
    if (!sdx_scan_expect(s, "<"))
        return false;
    while (sdx_scan_peek(s) != '>') {
        if (!read_entry(s, d, f))
            return false;
        if (!sdx_scan_take(s, ","))
            break;
    }
    return sdx_scan_expect(s, ">");
}

/* ---- functions ---- */

/* "<alpha, beta: float = 1.0>": names, and attributes that have a default. */
static bool read_parameters(sdx_scanner *s, sdx_draft_function *f)
{
    sdx_list names = { .size = sizeof(char *) }, defaults = { .size = sizeof(sdx_draft_attr) };
    if (!sdx_scan_take(s, "<"))
        return true;
    while (sdx_scan_peek(s) != '>') {
        size_t at = s->at;
        const char *name = sdx_scan_need_name(s, "the name of an attribute");
        if (!name)
            return false;
        char c = sdx_scan_peek(s);
        if (c == ',' || c == '>') {
            const char **to = sdx_list_add(s, &names);
            if (!to)
                return false;
            *to = name;
        } else {
            /* read again as an attribute, between brackets of its own */
            sdx_list one = { .size = sizeof(sdx_draft_attr) };
            s->at = at;
            sdx_draft_attr *to = sdx_list_add(s, &defaults);
            if (!to || !sdx_read_attribute(s, sdx_list_add(s, &one)))
                return false;
            *to = *(sdx_draft_attr *)one.item;
        }
        if (!sdx_scan_take(s, ","))
            break;
    }
    f->attr = names.item;
    f->n_attr = names.n;
    f->defaults = defaults.item;
    f->n_defaults = defaults.n;
    return sdx_scan_expect(s, ">");
}

static bool read_formals(sdx_scanner *s, const char ***out, size_t *n)
{
    sdx_list values = { .size = sizeof(sdx_draft_value) };
    if (!read_values(s, &values, NULL))
        return false;
    const char **names = sdx_arena_array(s->into->arena, values.n, sizeof *names);
    if (!names)
        return sdx_scan_memory(s);
    for (size_t i = 0; i < values.n; i++)
        names[i] = ((const sdx_draft_value *)values.item)[i].name;
    *out = names;
    *n = values.n;
    return true;
}

static bool read_function(sdx_scanner *s, sdx_draft *d, sdx_draft_function *f)
{
    sdx_list nodes = { 0 };
    lists inner = { .initializers = { .size = sizeof(sdx_draft_value) },
                    .infos = { .size = sizeof(sdx_draft_value) } };
    f->domain = f->overload = nothing(s);
    if (!f->domain)
        return sdx_scan_memory(s);
    if (!read_head(s, d, f) || !(f->name = sdx_scan_need_name(s, "the name of the function")) ||
        !read_parameters(s, f) || !read_formals(s, &f->in, &f->n_in) || !sdx_scan_expect(s, "=>") ||
        !read_formals(s, &f->out, &f->n_out) || !read_inner(s, &inner) ||
        !sdx_scan_expect(s, "{") || !sdx_read_nodes(s, &nodes) || !sdx_scan_expect(s, "}"))
        return false;
    if (inner.initializers.n)
        return sdx_scan_fail(s, s->at, "expected no initializers in a function");
    f->node = nodes.item;
    f->n_nodes = nodes.n;
    return true;
}

/* ---- models ---- */

static sdx_draft *read_model(sdx_scanner *s)
{
    sdx_list functions = { .size = sizeof(sdx_draft_function) };
    sdx_draft *d = sdx_arena_alloc(s->into->arena, sizeof *d);
    if (!d) {
        sdx_scan_memory(s);
        return NULL;
    }
    d->producer = d->producer_version = d->domain = d->doc = "";
    if (!read_head(s, d, NULL))
        return NULL;
    s->into->program->ir_version = d->ir_version;
    d->graph = sdx_read_graph(s);
    while (d->graph && sdx_scan_peek(s)) {
        sdx_draft_function *f = sdx_list_add(s, &functions);
        if (!f || !read_function(s, d, f))
            return NULL;
    }
    d->function = functions.item;
    d->n_functions = functions.n;
    return d->graph ? d : NULL;
}

sdx_status sdx_text_read_model(const sdx_text_into *into, const char *text, size_t length,
                               sdx_draft **out, sdx_error *err)
{
    sdx_scanner s = { .into = into,
                      .text = text,
                      .length = length,
                      .err = err,
                      .max_depth = into->max_depth ? into->max_depth : 64 };
    sdx_draft *d = read_model(&s);
    if (s.status == SDX_OK && d)
        *out = d;
    return s.status;
}
