/* load/decode.c - protobuf messages to a draft: names, types, attributes, spans; tensors are
 * tensor.c's. */
#include "load/read.h"
#include <inttypes.h>

/* Recursion below goes as deep as messages nest, which the wire scan limits. */

static const char *name_of(sdx_reading *r, const char *text)
{
    return text ? sdx_names_add(r->names, text, strlen(text)) : sdx_names_add(r->names, "", 0);
}

/* The default domain has two spellings. */
static const char *domain_of(sdx_reading *r, const char *text)
{
    return name_of(r, text && strcmp(text, "ai.onnx") == 0 ? NULL : text);
}

static bool names_of(sdx_reading *r, char *const *text, size_t n, const char ***out)
{
    const char **list = sdx_arena_array(r->arena, n, sizeof *list);
    *out = list;
    for (size_t i = 0; list && i < n; i++) {
        list[i] = name_of(r, text[i]);
        if (!list[i])
            return false;
    }
    return list != NULL;
}

#define NEW_ARRAY(r, to, count) (((to) = sdx_arena_array((r)->arena, count, sizeof *(to))) != NULL)

/* ---- types ---- */

static sdx_dtype dtype_of(int32_t number)
{
    return number > SDX_UNDEFINED && number < SDX_DTYPE_END ? (sdx_dtype)number : SDX_UNDEFINED;
}

static sdx_dim dim_of(sdx_reading *r, const Onnx__TensorShapeProto__Dimension *d)
{
    if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && d->dim_value >= 0)
        return sdx_num(d->dim_value);
    if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM && *d->dim_param) {
        const char *name = name_of(r, d->dim_param);
        if (name)
            return sdx_program_symbol(r->program, name);
    }
    return sdx_unknown(); /* -1 is what some exporters write for it */
}

static sdx_dims dims_of(sdx_reading *r, const Onnx__TensorShapeProto *s)
{
    if (!s || s->n_dim > SDX_MAX_RANK)
        return (sdx_dims){ -1, NULL };
    sdx_dim *dim;
    if (!NEW_ARRAY(r, dim, s->n_dim))
        return (sdx_dims){ -1, NULL };
    for (size_t i = 0; i < s->n_dim; i++)
        dim[i] = dim_of(r, s->dim[i]);
    return (sdx_dims){ (int)s->n_dim, dim };
}

static const sdx_type *type_of(sdx_reading *r, const Onnx__TypeProto *t)
{
    if (!t)
        return NULL;
    switch (t->value_case) {
    case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
        return sdx_type_tensor(r->arena, dtype_of(t->tensor_type->elem_type),
                               dims_of(r, t->tensor_type->shape));
    case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE: {
        const sdx_type *dense = sdx_type_tensor(r->arena,
                                                dtype_of(t->sparse_tensor_type->elem_type),
                                                dims_of(r, t->sparse_tensor_type->shape));
        sdx_type *copy = dense ? sdx_arena_copy(r->arena, dense, sizeof *copy) : NULL;
        if (copy)
            copy->kind = SDX_SPARSE;
        return copy;
    }
    case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE:
        return sdx_type_wrap(r->arena, SDX_SEQUENCE, SDX_UNDEFINED,
                             type_of(r, t->sequence_type->elem_type));
    case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE:
        return sdx_type_wrap(r->arena, SDX_OPTIONAL, SDX_UNDEFINED,
                             type_of(r, t->optional_type->elem_type));
    case ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
        return sdx_type_wrap(r->arena, SDX_MAP, dtype_of(t->map_type->key_type),
                             type_of(r, t->map_type->value_type));
    default:
        return NULL;
    }
}

/* ---- attributes ---- */

static sdx_draft_graph *graph_of(sdx_reading *r, const Onnx__GraphProto *g, bool body);

/* Kinds that the attribute has a value of, a bit each.  A number that is 0 and an empty text may be
 * there without being meant. */
static unsigned kinds_held(const Onnx__AttributeProto *a, bool zeros)
{
    unsigned held = 0;
    sdx_cut cut;
    for (size_t k = 0; sdx_cut_at(&a->base, k, &cut); k++)
        if (cut.mode != SDX_CUT_SELF && (cut.size || zeros))
            held |= (unsigned)(cut.field == 4) << SDX_ATTR_STRING |
                    (unsigned)(cut.field == 7) << SDX_ATTR_FLOATS |
                    (unsigned)(cut.field == 8) << SDX_ATTR_INTS;
    return held | (unsigned)(a->has_f && (zeros || a->f != 0)) << SDX_ATTR_FLOAT |
           (unsigned)(a->has_i && (zeros || a->i != 0)) << SDX_ATTR_INT |
           (unsigned)(a->t != NULL) << SDX_ATTR_TENSOR |
           (unsigned)(a->g != NULL) << SDX_ATTR_GRAPH |
           (unsigned)(a->n_strings != 0) << SDX_ATTR_STRINGS |
           (unsigned)(a->n_tensors != 0) << SDX_ATTR_TENSORS |
           (unsigned)(a->n_graphs != 0) << SDX_ATTR_GRAPHS |
           (unsigned)(a->sparse_tensor != NULL) << SDX_ATTR_SPARSE |
           (unsigned)(a->n_sparse_tensors != 0) << SDX_ATTR_SPARSES |
           (unsigned)(a->tp != NULL) << SDX_ATTR_TYPE |
           (unsigned)(a->n_type_protos != 0) << SDX_ATTR_TYPES;
}

static sdx_attr_kind first_kind(unsigned held)
{
    int k = SDX_ATTR_NONE;
    while (held && !(held >> k & 1))
        k++;
    return (sdx_attr_kind)k;
}

static bool numbers_of(sdx_reading *r, const Onnx__AttributeProto *a, sdx_draft_attr *out)
{
    const void *numbers;
    bool floats = out->is.kind == SDX_ATTR_FLOATS;
    if (!sdx_read_numbers(r, r->arena, &a->base, floats ? 7 : 8, floats ? 32 : 64, floats, &numbers,
                          &out->is.count))
        return sdx_draft_flaw_add(r->arena, &out->flaw, "attribute-malformed", SDX_E_MODEL, NULL,
                                  "attribute '%s' is cut off within a number", out->is.name);
    if (out->is.count && !numbers)
        return false;
    if (!floats) {
        out->is.ints = numbers; /* varints: always copied */
        return true;
    }
    out->is.floats = sdx_arena_copy(r->arena, out->is.count ? numbers : "",
                                    out->is.count * sizeof(float));
    return out->is.floats != NULL; /* in the file they may lie at any address */
}

static bool strings_of(sdx_reading *r, const Onnx__AttributeProto *a, sdx_draft_attr *out)
{
    sdx_string *list;
    if (!NEW_ARRAY(r, list, a->n_strings))
        return false;
    for (size_t i = 0; i < a->n_strings; i++) {
        list[i].length = a->strings[i].len;
        list[i].text = sdx_arena_strndup(r->arena, (const char *)a->strings[i].data,
                                         a->strings[i].len);
        if (!list[i].text)
            return false;
    }
    out->is.strings = list;
    out->is.count = a->n_strings;
    return true;
}

static bool missing(sdx_reading *r, sdx_draft_attr *out, const char *what)
{
    return sdx_draft_flaw_add(
        r->arena, &out->flaw, "attribute-malformed", SDX_E_MODEL, "give it its value, or remove it",
        "attribute '%s' is said to be a %s and holds none", out->is.name, what);
}

/* What the attribute holds, by its kind.  false: no memory. */
static bool value_of(sdx_reading *r, const Onnx__AttributeProto *a, sdx_draft_attr *out)
{
    sdx_attr *is = &out->is;
    const char *what = is->kind == SDX_ATTR_TENSOR || is->kind == SDX_ATTR_SPARSE
                           ? sdx_arena_printf(r->arena, "attribute '%s'", is->name)
                           : "";
    if (!what)
        return false;
    switch (is->kind) {
    case SDX_ATTR_FLOAT:
        is->f = a->f;
        return true;
    case SDX_ATTR_INT:
        is->i = a->i;
        return true;
    case SDX_ATTR_STRING:
        is->s.text = (const char *)sdx_read_bytes(r, &a->base, 4, &is->s.length);
        is->s.text = is->s.text ? is->s.text : "";
        return true;
    case SDX_ATTR_TENSOR:
        is->tensor = a->t ? sdx_read_tensor(r, a->t, what, &out->flaw) : NULL;
        return a->t ? is->tensor || !r->arena->failed : missing(r, out, "tensor");
    case SDX_ATTR_SPARSE:
        is->tensor = a->sparse_tensor
                         ? sdx_read_sparse(r, a->sparse_tensor, false, what, &out->flaw)
                         : NULL;
        return a->sparse_tensor ? is->tensor || !r->arena->failed
                                : missing(r, out, "sparse tensor");
    case SDX_ATTR_GRAPH:
        out->graph = a->g ? graph_of(r, a->g, true) : NULL;
        return a->g ? out->graph != NULL : missing(r, out, "graph");
    case SDX_ATTR_FLOATS:
    case SDX_ATTR_INTS:
        return numbers_of(r, a, out);
    case SDX_ATTR_STRINGS:
        return strings_of(r, a, out);
    case SDX_ATTR_TYPE:
        is->type = type_of(r, a->tp);
        return a->tp ? !r->arena->failed : missing(r, out, "type");
    default: /* lists of tensors, graphs, types: no operator of ours takes one, others may */
        is->count = a->n_tensors + a->n_graphs + a->n_sparse_tensors + a->n_type_protos;
        return true;
    }
}

static bool attr_of(sdx_reading *r, const Onnx__AttributeProto *a, bool typed, sdx_draft_attr *out)
{
    out->is.name = name_of(r, a->name);
    out->is.span = sdx_read_span(&a->base);
    out->is.kind = (int)a->type > 0 && (int)a->type <= SDX_ATTR_TYPES ? (sdx_attr_kind)a->type
                                                                      : SDX_ATTR_NONE;
    if (!out->is.name)
        return false;
    if (!*out->is.name &&
        !sdx_draft_flaw_add(r->arena, &out->flaw, "attribute-malformed", SDX_E_MODEL,
                            "name it, or remove it", "an attribute has no name"))
        return false;
    if (a->ref_attr_name && *a->ref_attr_name) {
        out->is.ref = name_of(r, a->ref_attr_name);
        return out->is.ref != NULL;
    }
    if (out->is.kind == SDX_ATTR_NONE) {
        out->is.kind = first_kind(kinds_held(a, true));
        if (out->is.kind == SDX_ATTR_NONE || typed) {
            const char *fmt = a->type ? "attribute '%s' has type %d, which is none"
                                      : "attribute '%s' does not say its type (%d)";
            if (!sdx_draft_flaw_add(r->arena, &out->flaw, "attribute-untyped", SDX_E_MODEL,
                                    "files of IR 2 and later name the type of every attribute", fmt,
                                    out->is.name, (int)a->type))
                return false;
        }
        if (out->is.kind == SDX_ATTR_NONE)
            return true;
    }
    sdx_attr_kind other = first_kind(kinds_held(a, false) & ~(1u << out->is.kind));
    if (other != SDX_ATTR_NONE &&
        !sdx_draft_flaw_add(r->arena, &out->flaw, "attribute-malformed", SDX_E_MODEL,
                            "an attribute holds one value, of the type that it says",
                            "attribute '%s' is said to be of type %s, and holds a value of type %s",
                            out->is.name, sdx_attr_kind_name(out->is.kind),
                            sdx_attr_kind_name(other)))
        return false;
    return value_of(r, a, out);
}

/* ---- nodes, values, graphs ---- */

static bool attrs_of(sdx_reading *r, Onnx__AttributeProto *const *a, size_t *n,
                     sdx_draft_attr **out)
{
    size_t given = *n;
    *n = given < SDX_MOST_ATTRIBUTES ? given : SDX_MOST_ATTRIBUTES;
    if (!NEW_ARRAY(r, *out, *n))
        return false;
    for (size_t i = 0; i < *n; i++)
        if (!attr_of(r, a[i], r->program->ir_version >= 2, &(*out)[i]))
            return false;
    return given == *n ||
           sdx_draft_flaw_add(r->arena, &(*out)->flaw, "attribute-malformed", SDX_E_LIMIT, NULL,
                              "%zu attributes; those after the first %zu are not read", given, *n);
}

static bool nodes_of(sdx_reading *r, Onnx__NodeProto *const *m, size_t n, sdx_draft_node **out)
{
    sdx_draft_node *list;
    if (!NEW_ARRAY(r, list, n))
        return false;
    *out = list;
    for (size_t i = 0; i < n; i++) {
        sdx_draft_node *x = &list[i];
        x->name = name_of(r, m[i]->name);
        x->op_type = name_of(r, m[i]->op_type);
        x->domain = domain_of(r, m[i]->domain);
        x->overload = name_of(r, m[i]->overload);
        x->n_in = m[i]->n_input;
        x->n_out = m[i]->n_output;
        x->n_attr = m[i]->n_attribute;
        x->index = (int64_t)i;
        x->span = sdx_read_span(&m[i]->base);
        if (!x->name || !x->op_type || !x->domain || !x->overload ||
            !names_of(r, m[i]->input, x->n_in, &x->in) ||
            !names_of(r, m[i]->output, x->n_out, &x->out) ||
            !attrs_of(r, m[i]->attribute, &x->n_attr, &x->attr))
            return false;
    }
    return true;
}

/* Of the type of a value, tensors within it too: element types that are none, dims below 0.  what
 * "graph input", "graph output": the standard wants a type there. */
static bool check_type(sdx_reading *r, const Onnx__TypeProto *t, const char *what,
                       sdx_draft_value *v)
{
    while (t && (t->value_case == ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE ||
                 t->value_case == ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE))
        t = t->value_case == ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE ? t->sequence_type->elem_type
                                                                   : t->optional_type->elem_type;
    if (!t || t->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return true;
    const Onnx__TypeProto__Tensor *tensor = t->tensor_type;
    bool fine = true, end = strncmp(what, "graph ", 6) == 0;
    if (tensor->elem_type && !dtype_of(tensor->elem_type))
        fine = sdx_draft_flaw_add(r->arena, &v->flaw, "tensor-dtype", SDX_E_MODEL,
                                  "types are numbered 1 (float32) to 28 (float6e3m2)",
                                  "%s '%s' has elem_type %d, which is no element type", what,
                                  v->name, (int)tensor->elem_type);
    else if (!tensor->elem_type && end)
        fine = sdx_draft_flaw_add(r->arena, &v->flaw, "end-untyped", SDX_OK,
                                  "types are numbered 1 (float32) to 28 (float6e3m2)",
                                  "%s '%s' has no elem_type (0)", what, v->name);
    for (size_t i = 0; fine && tensor->shape && i < tensor->shape->n_dim; i++) {
        const Onnx__TensorShapeProto__Dimension *d = tensor->shape->dim[i];
        if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
            d->dim_value < 0)
            fine = sdx_draft_flaw_add(
                r->arena, &v->flaw, "negative-dim", SDX_OK,
                "leave the dim empty or give it a name: both say that it is not known",
                "dim %zu of %s '%s' is %" PRId64, i, what, v->name, d->dim_value);
    }
    return fine;
}

static bool infos_of(sdx_reading *r, Onnx__ValueInfoProto *const *m, size_t n, const char *what,
                     sdx_draft_value **out)
{
    sdx_draft_value *list;
    if (!NEW_ARRAY(r, list, n))
        return false;
    *out = list;
    for (size_t i = 0; i < n; i++) {
        list[i].name = name_of(r, m[i]->name);
        list[i].type = type_of(r, m[i]->type);
        list[i].span = sdx_read_span(&m[i]->base);
        if (!list[i].name || r->arena->failed || !check_type(r, m[i]->type, what, &list[i]))
            return false;
    }
    return true;
}

static const sdx_type *type_of_value(sdx_reading *r, const sdx_value *v)
{
    sdx_dim *dim;
    if (!NEW_ARRAY(r, dim, (size_t)v->t.shape.rank))
        return NULL;
    for (int i = 0; i < v->t.shape.rank; i++)
        dim[i] = sdx_num(v->t.shape.dim[i]);
    return sdx_type_tensor(r->arena, v->t.dtype, (sdx_dims){ v->t.shape.rank, dim });
}

static bool initializer_of(sdx_reading *r, const char *name, const Onnx__TensorProto *t,
                           const Onnx__SparseTensorProto *sparse, sdx_draft_value *out)
{
    out->name = name_of(r, name);
    const char *what = out->name ? sdx_arena_printf(r->arena, "initializer '%s'", out->name) : NULL;
    if (!what)
        return false;
    out->span = sdx_read_span(t ? &t->base : &sparse->base);
    out->value = t ? sdx_read_tensor(r, t, what, &out->flaw)
                   : sdx_read_sparse(r, sparse, true, what, &out->flaw);
    if (out->value)
        out->type = type_of_value(r, out->value);
    return !r->arena->failed;
}

static bool annotations_of(sdx_reading *r, const Onnx__GraphProto *m, sdx_draft_graph *g)
{
    for (size_t i = 0; i < m->n_quantization_annotation; i++)
        g->n_annotations += m->quantization_annotation[i]->n_quant_parameter_tensor_names;
    if (!NEW_ARRAY(r, g->annotation, g->n_annotations))
        return false;
    sdx_draft_annotation *to = g->annotation;
    for (size_t i = 0; i < m->n_quantization_annotation; i++) {
        const Onnx__TensorAnnotation *a = m->quantization_annotation[i];
        for (size_t k = 0; k < a->n_quant_parameter_tensor_names; k++, to++) {
            to->tensor = name_of(r, a->tensor_name);
            to->key = name_of(r, a->quant_parameter_tensor_names[k]->key);
            to->value = name_of(r, a->quant_parameter_tensor_names[k]->value);
            if (!to->tensor || !to->key || !to->value)
                return false;
        }
    }
    return true;
}

static sdx_draft_graph *graph_of(sdx_reading *r, const Onnx__GraphProto *m, bool body)
{
    sdx_draft_graph *g = sdx_arena_alloc(r->arena, sizeof *g);
    if (!g)
        return NULL;
    g->name = name_of(r, m->name);
    g->span = sdx_read_span(&m->base);
    g->n_nodes = m->n_node;
    g->n_inputs = m->n_input;
    g->n_outputs = m->n_output;
    g->n_infos = m->n_value_info;
    g->n_initializers = m->n_initializer + m->n_sparse_initializer;
    if (!g->name || !NEW_ARRAY(r, g->initializer, g->n_initializers) ||
        !infos_of(r, m->input, m->n_input, body ? "input" : "graph input", &g->input) ||
        !infos_of(r, m->output, m->n_output, body ? "output" : "graph output", &g->output) ||
        !infos_of(r, m->value_info, m->n_value_info, "value info", &g->info) ||
        !nodes_of(r, m->node, m->n_node, &g->node) || !annotations_of(r, m, g))
        return NULL;
    for (size_t i = 0; i < m->n_initializer; i++)
        if (!initializer_of(r, m->initializer[i]->name, m->initializer[i], NULL,
                            &g->initializer[i]))
            return NULL;
    for (size_t i = 0; i < m->n_sparse_initializer; i++) {
        const Onnx__SparseTensorProto *s = m->sparse_initializer[i];
        if (!initializer_of(r, s->values ? s->values->name : NULL, NULL, s,
                            &g->initializer[m->n_initializer + i]))
            return NULL;
    }
    return g;
}

/* ---- functions, model ---- */

static bool opsets_of(sdx_reading *r, Onnx__OperatorSetIdProto *const *m, size_t n, sdx_opset **out)
{
    if (!NEW_ARRAY(r, *out, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        (*out)[i] = (sdx_opset){ domain_of(r, m[i]->domain), m[i]->version };
        if (!(*out)[i].domain)
            return false;
    }
    return true;
}

static bool function_of(sdx_reading *r, const Onnx__FunctionProto *m, sdx_draft_function *f)
{
    f->domain = domain_of(r, m->domain);
    f->name = name_of(r, m->name);
    f->overload = name_of(r, m->overload);
    f->span = sdx_read_span(&m->base);
    f->n_in = m->n_input;
    f->n_out = m->n_output;
    f->n_attr = m->n_attribute;
    f->n_defaults = m->n_attribute_proto;
    f->n_opsets = m->n_opset_import;
    f->n_nodes = m->n_node;
    return f->domain && f->name && f->overload && names_of(r, m->input, f->n_in, &f->in) &&
           names_of(r, m->output, f->n_out, &f->out) &&
           names_of(r, m->attribute, f->n_attr, &f->attr) &&
           attrs_of(r, m->attribute_proto, &f->n_defaults, &f->defaults) &&
           opsets_of(r, m->opset_import, f->n_opsets, &f->opset) &&
           nodes_of(r, m->node, f->n_nodes, &f->node);
}

sdx_draft *sdx_decode_model(sdx_reading *r, const Onnx__ModelProto *m)
{
    sdx_draft *d = sdx_arena_alloc(r->arena, sizeof *d);
    if (!d)
        return NULL;
    d->ir_version = r->program->ir_version = m->ir_version;
    d->model_version = m->model_version;
    d->producer = name_of(r, m->producer_name);
    d->producer_version = name_of(r, m->producer_version);
    d->domain = name_of(r, m->domain);
    d->doc = name_of(r, m->doc_string);
    d->n_opsets = m->n_opset_import;
    d->n_functions = m->n_functions;
    d->n_metadata = m->n_metadata_props;
    if (!opsets_of(r, m->opset_import, d->n_opsets, &d->opset) ||
        !NEW_ARRAY(r, d->function, d->n_functions) ||
        !NEW_ARRAY(r, d->metadata_key, d->n_metadata) ||
        !NEW_ARRAY(r, d->metadata_value, d->n_metadata))
        return NULL;
    for (size_t i = 0; i < d->n_metadata; i++) {
        d->metadata_key[i] = name_of(r, m->metadata_props[i]->key);
        d->metadata_value[i] = name_of(r, m->metadata_props[i]->value);
    }
    for (size_t i = 0; i < d->n_functions; i++)
        if (!function_of(r, m->functions[i], &d->function[i]))
            return NULL;
    if (m->graph && !(d->graph = graph_of(r, m->graph, false)))
        return NULL;
    return r->arena->failed ? NULL : d;
}
