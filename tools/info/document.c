/* tools/info/document.c - a model as a JSON document. */
#include "info/document.h"
#include "io/text.h"
#include "picture/links.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct builder {
    const sdx_model *m;
    const info_wish *wish;
    sdx_model_info about;
    json_t *out;
    bool failed;
} builder;

static void put(builder *b, json_t *to, const char *key, json_t *value)
{
    b->failed |= json_object_set_new(to, key, value) != 0;
}

static void push(builder *b, json_t *to, json_t *value)
{
    b->failed |= json_array_append_new(to, value) != 0;
}

static json_t *whole(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *names(builder *b, const char *const *name, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        push(b, list, json_text(name[i]));
    return list;
}

/* ---- values ---- */

static json_t *shape_of(builder *b, const sdx_value_info *v)
{
    if (v->rank < 0)
        return json_null();
    json_t *list = json_array();
    for (int i = 0; i < v->rank; i++)
        push(b, list,
             v->dims[i] >= 0 ? json_integer((json_int_t)v->dims[i]) : json_text(v->symbols[i]));
    return list;
}

/* FNV-1a of the elements' bytes: equal weights have equal digests. */
static json_t *digest_of(const sdx_value *v)
{
    char hex[17];
    uint64_t h = UINT64_C(14695981039346656037);
    const unsigned char *bytes = sdx_value_view(v);
    size_t n = bytes ? sdx_value_bytes(v) : 0;
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * UINT64_C(1099511628211);
    for (size_t i = 0; !bytes && i < sdx_value_count(v); i++) {
        sdx_string s = sdx_value_string(v, i);
        for (size_t k = 0; k < s.length; k++)
            h = (h ^ (unsigned char)s.text[k]) * UINT64_C(1099511628211);
    }
    snprintf(hex, sizeof hex, "%016" PRIx64, h);
    return json_text(hex);
}

static json_t *value_of(builder *b, const sdx_value_info *v, bool weight)
{
    json_t *o = json_object();
    put(b, o, "graph", json_text(v->graph));
    put(b, o, "name", json_text(v->name));
    put(b, o, "dtype", json_text(sdx_dtype_onnx_name(v->dtype)));
    put(b, o, "type", json_text(v->type ? v->type : "?"));
    put(b, o, "shape", shape_of(b, v));
    if (v->is_constant)
        put(b, o, "constant", json_true());
    if (weight)
        put(b, o, "bytes", whole(sdx_value_bytes(v->constant)));
    if (weight && (b->wish->sections & INFO_DIGESTS))
        put(b, o, "digest", digest_of(v->constant));
    return o;
}

typedef sdx_status get_value(const sdx_model *m, size_t i, sdx_value_info *out);

static void values(builder *b, const char *title, get_value *get, bool weights)
{
    json_t *list = json_array();
    sdx_value_info v;
    for (size_t i = 0; get(b->m, i, &v) == SDX_OK; i++)
        if (!weights || (v.is_constant && v.constant))
            push(b, list, value_of(b, &v, weights));
    put(b, b->out, title, list);
}

/* ---- nodes ---- */

static json_t *macs_of(double macs)
{
    return macs < 0 ? json_null() : json_integer((json_int_t)macs);
}

static json_t *node_of(builder *b, const sdx_node_info *n)
{
    json_t *o = json_object(), *attributes = json_object();
    put(b, o, "graph", json_text(n->graph));
    put(b, o, "name", json_text(n->name));
    put(b, o, "op", json_text(n->op));
    put(b, o, "domain", json_text(n->domain));
    put(b, o, "index", json_integer((json_int_t)n->index));
    put(b, o, "since", json_integer(n->since));
    put(b, o, "implemented", json_boolean(n->implemented));
    put(b, o, "macs", macs_of(n->macs));
    if (n->macs < 0 && n->macs_text)
        put(b, o, "macs_text", json_text(n->macs_text));
    put(b, o, "inputs", names(b, n->inputs, n->n_inputs));
    put(b, o, "outputs", names(b, n->outputs, n->n_outputs));
    for (size_t i = 0; i < n->n_attributes; i++) {
        json_t *key = json_text(n->attributes[i].name);
        put(b, attributes, key ? json_string_value(key) : "", json_text(n->attributes[i].text));
        json_decref(key);
    }
    put(b, o, "attributes", attributes);
    return o;
}

static void nodes(builder *b)
{
    json_t *list = json_array();
    sdx_node_info n;
    links l = { 0 };
    bool *chosen = NULL;
    if (b->wish->glob) {
        chosen = links_of(b->m, &l) ? links_around(b->m, &l, b->wish->glob, b->wish->depth) : NULL;
        b->failed |= !chosen;
    }
    for (size_t i = 0; !b->failed && sdx_model_node(b->m, i, &n) == SDX_OK; i++)
        if (!chosen || chosen[i])
            push(b, list, node_of(b, &n));
    put(b, b->out, "nodes", list);
    links_free(&l);
    free(chosen);
}

/* ---- operators ---- */

typedef struct op_count {
    char name[160];
    size_t count;
    bool implemented;
    double macs; /* -1: not a number */
} op_count;

static int by_count(const void *a, const void *b)
{
    const op_count *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

static op_count *find_op(op_count **list, size_t *n, const sdx_node_info *node)
{
    char name[160];
    bool own = node->domain[0] == '\0' || strcmp(node->domain, "ai.onnx") == 0;
    snprintf(name, sizeof name, "%s%s%s", own ? "" : node->domain, own ? "" : ".", node->op);
    for (size_t k = 0; k < *n; k++)
        if (strcmp((*list)[k].name, name) == 0)
            return &(*list)[k];
    op_count *more = realloc(*list, (*n + 1) * sizeof *more);
    if (!more)
        return NULL;
    *list = more;
    more[*n] = (op_count){ .implemented = true };
    memcpy(more[*n].name, name, sizeof name);
    return &more[(*n)++];
}

static op_count *count_ops(builder *b, size_t *n)
{
    op_count *list = NULL;
    sdx_node_info node;
    *n = 0;
    for (size_t i = 0; sdx_model_node(b->m, i, &node) == SDX_OK; i++) {
        op_count *op = find_op(&list, n, &node);
        b->failed |= !op;
        if (!op)
            break;
        op->count++;
        op->implemented = op->implemented && node.implemented;
        op->macs = op->macs < 0 || node.macs < 0 ? -1 : op->macs + node.macs;
    }
    if (*n > 0)
        qsort(list, *n, sizeof *list, by_count);
    return list;
}

static void ops(builder *b)
{
    size_t n;
    op_count *list = count_ops(b, &n);
    json_t *counts = json_object(), *macs = json_object(), *missing = json_object();
    for (size_t i = 0; i < n; i++) {
        json_t *name = json_text(list[i].name);
        const char *key = name ? json_string_value(name) : "";
        put(b, counts, key, whole(list[i].count));
        put(b, macs, key, macs_of(list[i].macs));
        if (!list[i].implemented)
            put(b, missing, key, whole(list[i].count));
        json_decref(name);
    }
    free(list);
    if (b->wish->sections & INFO_OPS) {
        put(b, b->out, "operators", counts);
        put(b, b->out, "operator_macs", macs);
    } else {
        json_decref(counts);
        json_decref(macs);
    }
    if (b->wish->sections & (INFO_UNSUPPORTED | INFO_OPS))
        put(b, b->out, "unsupported", missing);
    else
        json_decref(missing);
}

/* ---- functions, metadata, head ---- */

static void functions(builder *b)
{
    json_t *list = json_array();
    sdx_function_info f;
    for (size_t i = 0; sdx_model_function(b->m, i, &f) == SDX_OK; i++) {
        json_t *o = json_object();
        put(b, o, "domain", json_text(f.domain));
        put(b, o, "name", json_text(f.name));
        put(b, o, "overload", json_text(f.overload));
        put(b, o, "inputs", names(b, f.inputs, f.n_inputs));
        put(b, o, "outputs", names(b, f.outputs, f.n_outputs));
        put(b, o, "attributes", names(b, f.attributes, f.n_attributes));
        put(b, o, "n_nodes", whole(f.n_nodes));
        push(b, list, o);
    }
    put(b, b->out, "functions", list);
}

static void metadata(builder *b)
{
    json_t *o = json_object();
    for (size_t i = 0; i < b->about.n_metadata; i++) {
        json_t *key = json_text(b->about.metadata_key[i]);
        put(b, o, key ? json_string_value(key) : "", json_text(b->about.metadata_value[i]));
        json_decref(key);
    }
    put(b, b->out, "metadata", o);
}

static void head(builder *b)
{
    const sdx_model_info *a = &b->about;
    json_t *o = b->out, *opsets = json_object();
    sdx_cost_info cost = { .macs = -1 };
    size_t unknown;
    b->failed |= sdx_model_cost(b->m, &cost) != SDX_OK;
    put(b, o, "model", json_text(a->name));
    put(b, o, "graph", json_text(a->graph ? a->graph : ""));
    put(b, o, "ir_version", json_integer((json_int_t)a->ir_version));
    for (size_t i = 0; i < a->n_opsets; i++) {
        json_t *key = json_text(a->opset_domain[i]);
        put(b, opsets, key ? json_string_value(key) : "",
            json_integer((json_int_t)a->opset_version[i]));
        json_decref(key);
    }
    put(b, o, "opsets", opsets);
    put(b, o, "producer", json_text(a->producer ? a->producer : ""));
    put(b, o, "producer_version", json_text(a->producer_version ? a->producer_version : ""));
    put(b, o, "model_version", json_integer((json_int_t)a->model_version));
    put(b, o, "n_errors", whole(a->n_errors));
    put(b, o, "n_nodes", whole(a->n_nodes));
    put(b, o, "n_values", whole(a->n_values));
    put(b, o, "n_initializers", whole(a->n_initializers));
    put(b, o, "n_functions", whole(a->n_functions));
    put(b, o, "file_bytes", whole(a->file_bytes));
    put(b, o, "parameters", whole(a->parameters));
    put(b, o, "weight_bytes", whole(a->weight_bytes));
    put(b, o, "macs", macs_of(cost.macs));
    put(b, o, "macs_text", json_text(cost.macs_text));
    put(b, o, "macs_unknown_nodes", whole(cost.n_unknown));
    put(b, o, "peak_value_bytes", whole(info_peak_memory(b->m, &unknown)));
    put(b, o, "peak_unknown_values", whole(unknown));
}

json_t *info_document(const sdx_model *m, const info_wish *wish)
{
    builder b = { .m = m, .wish = wish, .out = json_object() };
    unsigned s = wish->sections;
    b.failed = !b.out || sdx_model_about(m, &b.about) != SDX_OK;
    if (b.failed) {
        json_decref(b.out);
        return NULL;
    }
    put(&b, b.out, "schema", json_text("sardonyx.model-info/1"));
    if (s & INFO_HEAD)
        head(&b);
    if (s & INFO_INPUTS)
        values(&b, "inputs", sdx_model_input, false);
    if (s & INFO_OUTPUTS)
        values(&b, "outputs", sdx_model_output, false);
    if (s & (INFO_OPS | INFO_UNSUPPORTED))
        ops(&b);
    if (s & INFO_NODES)
        nodes(&b);
    if (s & INFO_FUNCTIONS)
        functions(&b);
    if (s & INFO_INITIALIZERS)
        values(&b, "initializers", sdx_model_value, true);
    if (s & INFO_METADATA)
        metadata(&b);
    if (s & INFO_SHAPES)
        values(&b, "values", sdx_model_value, false);
    if (b.failed) {
        json_decref(b.out);
        return NULL;
    }
    return b.out;
}
