/* graph/view.c - what an operator may ask of a node: definition, row and facts put together.
 *
 * Everything here only reads, so a view may be asked by several threads at once. */
#include "graph/facts.h"

#include <string.h>

sdx_facts *sdx_facts_new(const sdx_program *p, sdx_arena *a)
{
    sdx_facts *f = sdx_arena_alloc(a, sizeof *f);
    if (!f)
        return NULL;
    *f = (sdx_facts){ .program = p, .arena = a, .n = p->n_values };
    f->symbols = sdx_symbols_new(a);
    f->of = sdx_arena_array(a, p->n_values, sizeof *f->of);
    return f->symbols && f->of ? f : NULL;
}

sdx_node sdx_view(const sdx_gnode *n, const sdx_facts *f, sdx_arena *a)
{
    sdx_node view = { n, f, NULL };
    if (n->n_epilogue) {
        sdx_node *absorbed = sdx_arena_array(a, (size_t)n->n_epilogue, sizeof *absorbed);
        for (int k = 0; absorbed && k < n->n_epilogue; k++)
            absorbed[k] = (sdx_node){ n->epilogue[k], f, NULL };
        view.epilogue = absorbed;
    }
    return view;
}

/* ---- the node ---- */

int sdx_since(const sdx_node *n)
{
    return n->def->row ? n->def->row->since : 0;
}

const void *sdx_variant(const sdx_node *n)
{
    return n->def->op ? n->def->op->variant : NULL;
}

const char *sdx_op_name(const sdx_node *n)
{
    return n->def->op_type;
}

bool sdx_is(const sdx_node *n, const char *op)
{
    return !n->def->domain[0] && strcmp(n->def->op_type, op) == 0;
}

int sdx_in_count(const sdx_node *n)
{
    return n->def->n_in;
}

int sdx_out_count(const sdx_node *n)
{
    return n->def->n_out;
}

bool sdx_has_in(const sdx_node *n, int i)
{
    return i >= 0 && i < n->def->n_in && n->def->in[i];
}

bool sdx_has_out(const sdx_node *n, int i)
{
    return i >= 0 && i < n->def->n_out && n->def->out[i];
}

static const char *formal_name(const sdx_formal *formal, int count, int i)
{
    if (i < 0 || count == 0)
        return "?";
    if (i < count && !formal[i].numbered)
        return formal[i].name;
    const sdx_formal *last = &formal[count - 1];
    if (!last->numbered)
        return "?";
    i -= count - 1;
    return i < SDX_NUMBERED ? last->numbered[i] : last->name;
}

const char *sdx_in_name(const sdx_node *n, int i)
{
    return n->def->row ? formal_name(n->def->row->in, n->def->row->n_in, i) : "?";
}

const char *sdx_out_name(const sdx_node *n, int i)
{
    return n->def->row ? formal_name(n->def->row->out, n->def->row->n_out, i) : "?";
}

/* ---- attributes ---- */

const sdx_attr_row *sdx_row_attr(const sdx_row *row, const char *name)
{
    for (int i = 0; row && i < row->n_attr; i++)
        if (strcmp(row->attr[i].name, name) == 0)
            return &row->attr[i];
    return NULL;
}

/* The file's, else the row's default, if it is of this kind; else an empty one. */
static const sdx_attr *find_attr(const sdx_node *n, const char *name, sdx_attr_kind kind)
{
    static const sdx_attr none = { .name = "" };
    for (int i = 0; i < n->def->n_attr; i++)
        if (strcmp(n->def->attr[i].name, name) == 0)
            return n->def->attr[i].kind == kind ? &n->def->attr[i] : &none;
    const sdx_attr_row *row = sdx_row_attr(n->def->row, name);
    return row && row->value && row->value->kind == kind ? row->value : &none;
}

bool sdx_has_attr(const sdx_node *n, const char *name)
{
    for (int i = 0; i < n->def->n_attr; i++)
        if (strcmp(n->def->attr[i].name, name) == 0)
            return true;
    return false;
}

int64_t sdx_attr_int(const sdx_node *n, const char *name)
{
    return find_attr(n, name, SDX_ATTR_INT)->i;
}

double sdx_attr_float(const sdx_node *n, const char *name)
{
    return (double)find_attr(n, name, SDX_ATTR_FLOAT)->f;
}

sdx_string sdx_attr_string(const sdx_node *n, const char *name)
{
    return find_attr(n, name, SDX_ATTR_STRING)->s;
}

bool sdx_attr_is(const sdx_node *n, const char *name, const char *text)
{
    sdx_string s = sdx_attr_string(n, name);
    return s.length == strlen(text) && (!s.length || memcmp(s.text, text, s.length) == 0);
}

/* An empty list that the file gives is a list, not NULL. */
static const void *list(const sdx_attr *a, const void *items, int *count)
{
    static const int64_t empty[1] = { 0 };
    *count = (int)a->count;
    return a->kind == SDX_ATTR_NONE ? NULL : a->count ? items : empty;
}

const int64_t *sdx_attr_ints(const sdx_node *n, const char *name, int *count)
{
    const sdx_attr *a = find_attr(n, name, SDX_ATTR_INTS);
    return list(a, a->ints, count);
}

const float *sdx_attr_floats(const sdx_node *n, const char *name, int *count)
{
    const sdx_attr *a = find_attr(n, name, SDX_ATTR_FLOATS);
    return list(a, a->floats, count);
}

const sdx_string *sdx_attr_strings(const sdx_node *n, const char *name, int *count)
{
    const sdx_attr *a = find_attr(n, name, SDX_ATTR_STRINGS);
    return list(a, a->strings, count);
}

const sdx_tensor *sdx_attr_tensor(const sdx_node *n, const char *name)
{
    const sdx_value *v = find_attr(n, name, SDX_ATTR_TENSOR)->tensor;
    return v ? sdx_as_tensor(v) : NULL;
}

const sdx_value *sdx_attr_sparse(const sdx_node *n, const char *name)
{
    return find_attr(n, name, SDX_ATTR_SPARSE)->tensor;
}

const sdx_type *sdx_attr_type(const sdx_node *n, const char *name)
{
    return find_attr(n, name, SDX_ATTR_TYPE)->type;
}

bool sdx_body_arity(const sdx_node *n, const char *attr, int *n_in, int *n_out)
{
    const sdx_graph *g = find_attr(n, attr, SDX_ATTR_GRAPH)->graph;
    if (!g)
        return false;
    *n_in = (int)g->n_inputs;
    *n_out = (int)g->n_outputs;
    return true;
}

/* ---- types and values ---- */

static const sdx_fact *fact_of(const sdx_node *n, const sdx_gvalue *v)
{
    static const sdx_fact nothing;
    return v && v->id < n->facts->n ? &n->facts->of[v->id] : &nothing;
}

static const sdx_fact *in_fact(const sdx_node *n, int i)
{
    return fact_of(n, sdx_has_in(n, i) ? n->def->in[i] : NULL);
}

static const sdx_fact *out_fact(const sdx_node *n, int i)
{
    return fact_of(n, sdx_has_out(n, i) ? n->def->out[i] : NULL);
}

const sdx_type *sdx_in_type(const sdx_node *n, int i)
{
    const sdx_type *t = in_fact(n, i)->type;
    return t ? t : &sdx_type_unknown;
}

const sdx_type *sdx_out_type(const sdx_node *n, int i)
{
    const sdx_type *t = out_fact(n, i)->type;
    return t ? t : &sdx_type_unknown;
}

sdx_dims sdx_in_dims(const sdx_node *n, int i)
{
    return sdx_in_type(n, i)->dims;
}

sdx_dims sdx_out_dims(const sdx_node *n, int i)
{
    return sdx_out_type(n, i)->dims;
}

sdx_dim sdx_in_dim(const sdx_node *n, int i, int axis)
{
    sdx_dims d = sdx_in_dims(n, i);
    return axis >= 0 && axis < d.rank ? d.dim[axis] : sdx_unknown();
}

sdx_dtype sdx_in_dtype(const sdx_node *n, int i)
{
    return sdx_in_type(n, i)->dtype;
}

sdx_dtype sdx_out_dtype(const sdx_node *n, int i)
{
    return sdx_out_type(n, i)->dtype;
}

bool sdx_is_const(const sdx_node *n, int i)
{
    return in_fact(n, i)->known != NULL;
}

const sdx_tensor *sdx_in_const(const sdx_node *n, int i)
{
    const sdx_value *v = in_fact(n, i)->known;
    return v ? sdx_known_tensor(v) : NULL;
}

const sdx_dim *sdx_in_elems(const sdx_node *n, int i, int *count)
{
    const sdx_fact *f = in_fact(n, i);
    *count = f->elem ? f->n_elem : 0;
    return f->elem;
}

static sdx_shape shape_of(const sdx_type *t)
{
    return t->shape ? (sdx_shape){ t->dims.rank, t->shape } : (sdx_shape){ -1, NULL };
}

sdx_shape sdx_in_shape(const sdx_node *n, int i)
{
    return shape_of(sdx_in_type(n, i));
}

sdx_shape sdx_out_shape(const sdx_node *n, int i)
{
    return shape_of(sdx_out_type(n, i));
}

sdx_layout sdx_in_layout(const sdx_node *n, int i)
{
    return sdx_has_in(n, i) ? n->def->in[i]->layout : SDX_PLAIN;
}

sdx_layout sdx_out_layout(const sdx_node *n, int i)
{
    return sdx_has_out(n, i) ? n->def->out[i]->layout : SDX_PLAIN;
}

/* ---- absorbed nodes ---- */

int sdx_epilogue_count(const sdx_node *n)
{
    return n->epilogue ? n->def->n_epilogue : 0;
}

const sdx_node *sdx_epilogue(const sdx_node *n, int k)
{
    return &n->epilogue[k];
}

/* The operand that is what the node before it in the chain makes. */
int sdx_epilogue_slot(const sdx_node *n, int k)
{
    const sdx_gnode *absorbed = n->def->epilogue[k];
    const sdx_gnode *before = k ? n->def->epilogue[k - 1] : n->def;
    for (int i = 0; i < absorbed->n_in; i++)
        if (absorbed->in[i] && absorbed->in[i]->producer == before)
            return i;
    return 0;
}
