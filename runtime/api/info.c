/* api/info.c - what a model holds, with every inferred type: answers are made when first asked for,
 * under the model's lock, and live as long as it. */
#include "base/error.h"
#include "base/text.h"
#include "graph/draft.h"
#include "graph/text.h"
#include "infer/infer.h"
#include "api/model.h"

struct sdx_answers {
    size_t n_values, n_nodes;
    const sdx_gvalue **value; /* of all graphs */
    const sdx_gnode **node;
    sdx_value_info **about_value; /* by place in `value`; NULL: not asked for yet */
    sdx_node_info **about_node;
};

/* ---- all values and nodes ---- */

static bool count(void *ctx, sdx_graph *g)
{
    struct sdx_answers *a = ctx;
    a->n_values += g->n_values;
    a->n_nodes += g->n_nodes;
    return true;
}

static bool collect(void *ctx, sdx_graph *g)
{
    struct sdx_answers *a = ctx;
    for (size_t i = 0; i < g->n_values; i++)
        a->value[a->n_values++] = g->value[i];
    for (size_t i = 0; i < g->n_nodes; i++)
        a->node[a->n_nodes++] = g->node[i];
    return true;
}

static struct sdx_answers *answers_of(sdx_model *m)
{
    if (m->answers)
        return m->answers;
    const sdx_program *p = m->loaded.program;
    struct sdx_answers *a = sdx_arena_alloc(&m->arena, sizeof *a);
    if (!a || !sdx_program_each(p, count, a))
        return NULL;
    a->value = sdx_arena_array(&m->arena, a->n_values, sizeof *a->value);
    a->node = sdx_arena_array(&m->arena, a->n_nodes, sizeof *a->node);
    a->about_value = sdx_arena_array(&m->arena, a->n_values, sizeof *a->about_value);
    a->about_node = sdx_arena_array(&m->arena, a->n_nodes, sizeof *a->about_node);
    if (!a->value || !a->node || !a->about_value || !a->about_node)
        return NULL;
    a->n_values = a->n_nodes = 0;
    if (!sdx_program_each(p, collect, a))
        return NULL;
    return m->answers = a;
}

/* ---- types in words ---- */

static const char *dim_text(sdx_model *m, sdx_dim d)
{
    if (m->facts)
        return sdx_is_unknown(d) ? NULL : sdx_symbols_text(m->facts->symbols, &m->arena, d);
    const sdx_program *p = m->loaded.program;
    return sdx_is_unknown(d) || d.sym > p->n_symbols ? NULL : p->symbol[d.sym - 1];
}

static const sdx_type *type_of(const sdx_model *m, const sdx_gvalue *v)
{
    const sdx_type *t = m->facts && v->id < m->facts->n ? m->facts->of[v->id].type : NULL;
    if (!t && !m->facts)
        t = v->declared;
    return t ? t : &sdx_type_unknown;
}

static sdx_dim now(sdx_model *m, sdx_dim d)
{
    return m->facts && !sdx_is_num(d) && !sdx_is_unknown(d)
               ? sdx_symbols_resolve(m->facts->symbols, d)
               : d;
}

static const char *shape_text(sdx_model *m, sdx_dims d)
{
    if (d.rank < 0)
        return "[...]";
    const char *text = "[";
    for (int i = 0; text && i < d.rank; i++) {
        sdx_dim dim = now(m, d.dim[i]);
        const char *symbol = sdx_is_num(dim) ? NULL : dim_text(m, dim), *comma = i ? ", " : "";
        text = sdx_is_num(dim)
                   ? sdx_arena_printf(&m->arena, "%s%s%lld", text, comma, (long long)dim.n)
                   : sdx_arena_printf(&m->arena, "%s%s%s", text, comma, symbol ? symbol : "?");
    }
    return text ? sdx_arena_printf(&m->arena, "%s]", text) : NULL;
}

/* Nested types are read from the outside in: "seq(optional(float32[N]))". */
static const char *type_text(sdx_model *m, const sdx_type *t)
{
    const char *head = "", *tail = "";
    for (;
         head && tail && (t->kind == SDX_SEQUENCE || t->kind == SDX_OPTIONAL || t->kind == SDX_MAP);
         t = t->of) {
        if (t->kind == SDX_MAP)
            head = sdx_arena_printf(&m->arena, "%smap(%s, ", head, sdx_dtype_onnx_name(t->dtype));
        else
            head = sdx_arena_printf(&m->arena, "%s%s(", head,
                                    t->kind == SDX_SEQUENCE ? "seq" : "optional");
        tail = sdx_arena_printf(&m->arena, "%s)", tail);
    }
    if (!head || !tail)
        return "?";
    const char *dtype = t->kind == SDX_KIND_UNKNOWN ? "?" : sdx_dtype_onnx_name(t->dtype);
    const char *shape = t->kind == SDX_KIND_UNKNOWN ? "" : shape_text(m, t->dims);
    const char *sparse = t->kind == SDX_SPARSE ? "sparse_tensor(" : "";
    const char *text = shape ? sdx_arena_printf(&m->arena, "%s%s%s%s%s%s", head, sparse, dtype,
                                                shape, *sparse ? ")" : "", tail)
                             : NULL;
    return text ? text : "?";
}

/* ---- one value ---- */

static sdx_status describe_value(sdx_model *m, const sdx_gvalue *v, sdx_value_info *out)
{
    const sdx_type *t = type_of(m, v);
    const sdx_value *known = v->constant                       ? v->constant
                             : m->facts && v->id < m->facts->n ? m->facts->of[v->id].known
                                                               : NULL;
    *out = (sdx_value_info){ .name = v->name,
                             .graph = v->graph->path,
                             .kind = t->kind,
                             .dtype = t->dtype,
                             .rank = t->dims.rank,
                             .type = type_text(m, t),
                             .is_constant = known != NULL,
                             .constant = known };
    if (t->kind != SDX_TENSOR && t->kind != SDX_SPARSE)
        out->rank = -1;
    size_t rank = out->rank > 0 ? (size_t)out->rank : 0;
    int64_t *dims = sdx_arena_array(&m->arena, rank, sizeof *dims);
    const char **symbols = sdx_arena_array(&m->arena, rank, sizeof *symbols);
    if (!dims || !symbols)
        return SDX_E_MEMORY;
    for (size_t i = 0; i < rank; i++) {
        sdx_dim d = now(m, t->dims.dim[i]);
        dims[i] = sdx_is_num(d) ? d.n : -1;
        symbols[i] = sdx_is_num(d) ? NULL : dim_text(m, d);
    }
    out->dims = dims;
    out->symbols = symbols;
    return SDX_OK;
}

/* Inputs and outputs are asked for by other numbers than all values; each is made anew, as there
 * are few. */
static sdx_status tell_value(sdx_model *m, sdx_gvalue *const *list, size_t n, size_t i,
                             sdx_value_info *out)
{
    if (i >= n)
        return SDX_E_USAGE;
    pthread_mutex_lock(&m->compiling);
    sdx_status st = describe_value(m, list[i], out);
    pthread_mutex_unlock(&m->compiling);
    return st;
}

static sdx_model *writable(const sdx_model *m)
{
    return (sdx_model *)(uintptr_t)m; /* only what the lock guards is written */
}

sdx_status sdx_model_input(const sdx_model *m, size_t i, sdx_value_info *out)
{
    const sdx_graph *g = m->loaded.program->main;
    return tell_value(writable(m), g->input, g->n_inputs, i, out);
}

sdx_status sdx_model_output(const sdx_model *m, size_t i, sdx_value_info *out)
{
    const sdx_graph *g = m->loaded.program->main;
    return tell_value(writable(m), g->output, g->n_outputs, i, out);
}

sdx_status sdx_model_value(const sdx_model *model, size_t i, sdx_value_info *out)
{
    sdx_model *m = writable(model);
    pthread_mutex_lock(&m->compiling);
    struct sdx_answers *a = answers_of(m);
    sdx_status st = !a ? SDX_E_MEMORY : i >= a->n_values ? SDX_E_USAGE : SDX_OK;
    if (st == SDX_OK && !a->about_value[i]) {
        sdx_value_info *info = sdx_arena_alloc(&m->arena, sizeof *info);
        st = info ? describe_value(m, a->value[i], info) : SDX_E_MEMORY;
        a->about_value[i] = st == SDX_OK ? info : NULL;
    }
    if (st == SDX_OK)
        *out = *a->about_value[i];
    pthread_mutex_unlock(&m->compiling);
    return st;
}

/* ---- one node ---- */

static const char *const kind_name[] = {
    [SDX_ATTR_NONE] = "?",          [SDX_ATTR_FLOAT] = "float",   [SDX_ATTR_INT] = "int",
    [SDX_ATTR_STRING] = "string",   [SDX_ATTR_TENSOR] = "tensor", [SDX_ATTR_GRAPH] = "graph",
    [SDX_ATTR_FLOATS] = "floats",   [SDX_ATTR_INTS] = "ints",     [SDX_ATTR_STRINGS] = "strings",
    [SDX_ATTR_TENSORS] = "tensors", [SDX_ATTR_GRAPHS] = "graphs", [SDX_ATTR_SPARSE] = "sparse",
    [SDX_ATTR_SPARSES] = "sparses", [SDX_ATTR_TYPE] = "type",     [SDX_ATTR_TYPES] = "types",
};

static const char **names_of(sdx_arena *a, sdx_gvalue *const *list, int n)
{
    const char **names = sdx_arena_array(a, (size_t)n, sizeof *names);
    for (int i = 0; names && i < n; i++)
        names[i] = list[i] ? list[i]->name : "";
    return names;
}

static sdx_status describe_node(sdx_model *m, const sdx_gnode *n, sdx_node_info *out)
{
    *out = (sdx_node_info){ .name = n->name,
                            .op = n->op_type,
                            .domain = n->domain,
                            .graph = n->graph->path,
                            .index = n->index,
                            .since = n->row ? n->row->since : 0,
                            .implemented = n->op && n->row,
                            .n_inputs = (size_t)n->n_in,
                            .n_outputs = (size_t)n->n_out,
                            .n_attributes = (size_t)n->n_attr,
                            .macs = -1 };
    if (m->facts) {
        sdx_dim macs = sdx_infer_macs(m->facts, n, &m->mem);
        out->macs = sdx_is_num(macs) ? (double)macs.n : -1;
        out->macs_text = sdx_is_unknown(macs) ? NULL : dim_text(m, macs);
    }
    sdx_attribute_info *attr = sdx_arena_array(&m->arena, (size_t)n->n_attr, sizeof *attr);
    out->inputs = names_of(&m->arena, n->in, n->n_in);
    out->outputs = names_of(&m->arena, n->out, n->n_out);
    if (!attr || !out->inputs || !out->outputs)
        return SDX_E_MEMORY;
    for (int i = 0; i < n->n_attr; i++) {
        attr[i].name = n->attr[i].name;
        attr[i].kind = kind_name[n->attr[i].kind];
        attr[i].text = sdx_text_attribute(m->loaded.program, &m->arena, &n->attr[i]);
        if (!attr[i].text)
            return SDX_E_MEMORY;
    }
    out->attributes = attr;
    return SDX_OK;
}

sdx_status sdx_model_node(const sdx_model *model, size_t i, sdx_node_info *out)
{
    sdx_model *m = writable(model);
    pthread_mutex_lock(&m->compiling);
    struct sdx_answers *a = answers_of(m);
    sdx_status st = !a ? SDX_E_MEMORY : i >= a->n_nodes ? SDX_E_USAGE : SDX_OK;
    if (st == SDX_OK && !a->about_node[i]) {
        sdx_node_info *info = sdx_arena_alloc(&m->arena, sizeof *info);
        st = info ? describe_node(m, a->node[i], info) : SDX_E_MEMORY;
        a->about_node[i] = st == SDX_OK ? info : NULL;
    }
    if (st == SDX_OK)
        *out = *a->about_node[i];
    pthread_mutex_unlock(&m->compiling);
    return st;
}

/* ---- the whole ---- */

sdx_status sdx_model_cost(const sdx_model *model, sdx_cost_info *out)
{
    sdx_model *m = writable(model);
    sdx_dim sum = sdx_num(0);
    *out = (sdx_cost_info){ .macs = -1 };
    pthread_mutex_lock(&m->compiling);
    struct sdx_answers *a = answers_of(m);
    for (size_t i = 0; a && i < a->n_nodes; i++) {
        sdx_dim macs = m->facts ? sdx_infer_macs(m->facts, a->node[i], &m->mem) : sdx_unknown();
        if (sdx_is_unknown(macs))
            out->n_unknown++;
        else
            sum = sdx_symbols_add(m->facts->symbols, sum, macs);
    }
    out->macs = sdx_is_num(sum) ? (double)sum.n : -1;
    out->macs_text = m->facts ? dim_text(m, sum) : NULL;
    pthread_mutex_unlock(&m->compiling);
    return a ? SDX_OK : SDX_E_MEMORY;
}

/* Attributes come in two lists in the file. */
static const char **attributes_of(sdx_model *m, const sdx_draft_function *f)
{
    const char **list = sdx_arena_array(&m->arena, f->n_attr + f->n_defaults, sizeof *list);
    for (size_t i = 0; list && i < f->n_attr; i++)
        list[i] = f->attr[i];
    for (size_t i = 0; list && i < f->n_defaults; i++)
        list[f->n_attr + i] = f->defaults[i].is.name;
    return list;
}

sdx_status sdx_model_function(const sdx_model *model, size_t i, sdx_function_info *out)
{
    sdx_model *m = writable(model);
    if (i >= m->loaded.n_functions)
        return SDX_E_USAGE;
    const sdx_draft_function *f = &m->loaded.function[i];
    pthread_mutex_lock(&m->compiling);
    *out = (sdx_function_info){ .domain = f->domain,
                                .name = f->name,
                                .overload = f->overload,
                                .n_inputs = f->n_in,
                                .n_outputs = f->n_out,
                                .n_attributes = f->n_attr + f->n_defaults,
                                .n_nodes = f->n_nodes,
                                .inputs = f->in,
                                .outputs = f->out,
                                .attributes = attributes_of(m, f) };
    pthread_mutex_unlock(&m->compiling);
    return out->attributes ? SDX_OK : SDX_E_MEMORY;
}

sdx_status sdx_model_about(const sdx_model *model, sdx_model_info *out)
{
    sdx_model *m = writable(model);
    const sdx_loaded *l = &m->loaded;
    const sdx_program *p = l->program;
    pthread_mutex_lock(&m->compiling);
    struct sdx_answers *a = answers_of(m);
    const char **domain = sdx_arena_array(&m->arena, p->n_opsets, sizeof *domain);
    int64_t *version = sdx_arena_array(&m->arena, p->n_opsets, sizeof *version);
    pthread_mutex_unlock(&m->compiling);
    if (!a || !domain || !version)
        return SDX_E_MEMORY;
    for (size_t i = 0; i < p->n_opsets; i++) {
        domain[i] = p->opset[i].domain;
        version[i] = p->opset[i].version;
    }
    *out = (sdx_model_info){
        .name = m->name,
        .ir_version = l->ir_version,
        .model_version = l->model_version,
        .producer = l->producer,
        .producer_version = l->producer_version,
        .domain = l->domain,
        .doc = l->doc,
        .graph = p->main->name,
        .n_opsets = p->n_opsets,
        .opset_domain = domain,
        .opset_version = version,
        .n_metadata = l->n_metadata,
        .metadata_key = l->metadata_key,
        .metadata_value = l->metadata_value,
        .n_inputs = p->main->n_inputs,
        .n_outputs = p->main->n_outputs,
        .n_nodes = a->n_nodes,
        .n_values = a->n_values,
        .n_initializers = l->n_initializers,
        .n_functions = l->n_functions,
        .parameters = l->parameters,
        .weight_bytes = l->weight_bytes,
        .file_bytes = l->file_bytes,
        .n_errors = m->findings.n_errors,
    };
    return SDX_OK;
}
