/* graph/text_node.c - nodes and attributes of the text syntax. */
#include "base/text.h"
#include "graph/text_parts.h"

/* ---- attributes ---- */

typedef struct kind_row {
    const char *name;
    sdx_attr_kind kind;
} kind_row;

static const kind_row kinds[] = {
    { "float", SDX_ATTR_FLOAT },
    { "int", SDX_ATTR_INT },
    { "string", SDX_ATTR_STRING },
    { "tensor", SDX_ATTR_TENSOR },
    { "graph", SDX_ATTR_GRAPH },
    { "floats", SDX_ATTR_FLOATS },
    { "ints", SDX_ATTR_INTS },
    { "strings", SDX_ATTR_STRINGS },
    { "sparse_tensor", SDX_ATTR_SPARSE },
    { "type_proto", SDX_ATTR_TYPE },
};

static bool read_kind(sdx_scanner *s, sdx_attr_kind *out)
{
    sdx_scan_peek(s);
    size_t at = s->at;
    const char *name = sdx_scan_name(s);
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    return sdx_scan_fail(s, at, "expected the kind of an attribute");
}

static bool read_scalar(sdx_scanner *s, sdx_attr *a)
{
    const char *text;
    size_t length, at = s->at;
    bool real;
    if (!sdx_scan_number(s, &text, &length, &real))
        return sdx_scan_fail(s, s->at, "expected the value of an attribute");
    if (a->kind == SDX_ATTR_NONE)
        a->kind = real ? SDX_ATTR_FLOAT : SDX_ATTR_INT;
    bool fine = a->kind == SDX_ATTR_FLOAT
                    ? sdx_parse_f32(text, length, &a->f)
                    : a->kind == SDX_ATTR_INT && !real && sdx_parse_i64(text, length, &a->i);
    return fine || sdx_scan_fail(s, at, "expected a value of the attribute's kind");
}

static bool read_list_of_strings(sdx_scanner *s, sdx_attr *a)
{
    sdx_list list = { .size = sizeof(sdx_string) };
    while (sdx_scan_peek(s) == '"') {
        sdx_string *text = sdx_list_add(s, &list);
        if (!text || !sdx_scan_string(s, text))
            return false;
        if (!sdx_scan_take(s, ","))
            break;
    }
    a->kind = SDX_ATTR_STRINGS;
    a->strings = list.item;
    a->count = list.n;
    return sdx_scan_expect(s, "]");
}

static bool read_list_of_numbers(sdx_scanner *s, sdx_attr *a)
{
    sdx_list ints = { .size = sizeof(int64_t) }, floats = { .size = sizeof(float) };
    bool any_real = a->kind == SDX_ATTR_FLOATS, whole = true;
    while (sdx_scan_peek(s) != ']') {
        const char *text;
        size_t length, at = s->at;
        bool real;
        int64_t *i = sdx_list_add(s, &ints);
        float *f = sdx_list_add(s, &floats);
        if (!i || !f)
            return false;
        if (!sdx_scan_number(s, &text, &length, &real) || !sdx_parse_f32(text, length, f))
            return sdx_scan_fail(s, at, "expected a number");
        any_real |= real;
        whole &= !real && sdx_parse_i64(text, length, i);
        if (!any_real && !whole)
            return sdx_scan_fail(s, at, "expected an integer of 64 bits");
        if (!sdx_scan_take(s, ","))
            break;
    }
    if (a->kind == SDX_ATTR_INTS && !whole)
        return sdx_scan_fail(s, s->at, "expected integers alone");
    if (a->kind == SDX_ATTR_NONE && !ints.n)
        return sdx_scan_fail(
            s, s->at,
            "expected an element: an empty list has to say its kind, as in 'axes: ints = []'");
    a->kind = any_real ? SDX_ATTR_FLOATS : SDX_ATTR_INTS;
    a->count = ints.n;
    a->ints = any_real ? NULL : ints.item;
    a->floats = any_real ? floats.item : NULL;
    return sdx_scan_expect(s, "]");
}

/* After a type: a tensor, if elements follow; else the type itself. */
static bool read_typed(sdx_scanner *s, sdx_attr *a)
{
    const sdx_type *t;
    if (!sdx_read_type(s, &t))
        return false;
    if (a->kind != SDX_ATTR_TYPE && sdx_scan_peek(s) != '{' && sdx_scan_peek(s) != '>' &&
        sdx_scan_peek(s) != ',')
        sdx_scan_name(s); /* the tensor's own name, of no use */
    if (a->kind == SDX_ATTR_TYPE || sdx_scan_peek(s) != '{') {
        a->type = t;
        if (a->kind == SDX_ATTR_NONE)
            a->kind = SDX_ATTR_TYPE;
        return a->kind == SDX_ATTR_TYPE || sdx_scan_fail(s, s->at, "expected '{' and elements");
    }
    a->kind = t->kind == SDX_SPARSE ? SDX_ATTR_SPARSE : SDX_ATTR_TENSOR;
    a->tensor = t->kind == SDX_SPARSE ? sdx_read_sparse_data(s, t) : sdx_read_tensor_data(s, t);
    return a->tensor != NULL;
}

static bool read_value(sdx_scanner *s, sdx_draft_attr *a)
{
    sdx_attr *is = &a->is;
    char c = sdx_scan_peek(s);
    size_t at = s->at;
    if (sdx_scan_take(s, "@"))
        return (is->ref = sdx_scan_need_name(s, "the name of a function's attribute")) != NULL;
    if (sdx_scan_take(s, "["))
        return is->kind == SDX_ATTR_STRINGS || sdx_scan_peek(s) == '"'
                   ? read_list_of_strings(s, is)
                   : read_list_of_numbers(s, is);
    if (c == '"' && is->kind != SDX_ATTR_GRAPH) {
        sdx_string text;
        if (!sdx_scan_string(s, &text))
            return false;
        if (sdx_scan_peek(s) == '(' && is->kind == SDX_ATTR_NONE) {
            s->at = at; /* the name of a graph */
            is->kind = SDX_ATTR_GRAPH;
            return (a->graph = sdx_read_graph(s)) != NULL;
        }
        is->s = text;
        is->kind = SDX_ATTR_STRING;
        return true;
    }
    if (is->kind != SDX_ATTR_GRAPH && sdx_at_type(s))
        return read_typed(s, is);
    const char *text;
    size_t length;
    bool real;
    if (is->kind != SDX_ATTR_GRAPH && sdx_scan_number(s, &text, &length, &real)) {
        s->at = at;
        return read_scalar(s, is);
    }
    if (is->kind != SDX_ATTR_NONE && is->kind != SDX_ATTR_GRAPH)
        return sdx_scan_fail(s, at, "expected a value of the attribute's kind");
    is->kind = SDX_ATTR_GRAPH;
    return (a->graph = sdx_read_graph(s)) != NULL;
}

bool sdx_read_attribute(sdx_scanner *s, sdx_draft_attr *a)
{
    if (!a)
        return false;
    if (sdx_scan_take(s, "@")) { /* all those of another node */
        a->is.name = sdx_names_add(s->into->program->names, "@", 1);
        a->is.ref = sdx_scan_name(s);
        if (!a->is.ref)
            a->is.ref = "";
        return a->is.name ? s->status == SDX_OK : sdx_scan_memory(s);
    }
    a->is.name = sdx_scan_need_name(s, "the name of an attribute");
    sdx_attr_kind kind = SDX_ATTR_NONE;
    if (!a->is.name || (sdx_scan_take(s, ":") && !read_kind(s, &kind)))
        return false;
    a->is.kind = kind;
    if (!sdx_scan_expect(s, "=") || !read_value(s, a))
        return false;
    return kind == SDX_ATTR_NONE || a->is.ref || a->is.kind == kind ||
           sdx_scan_fail(s, s->at, "expected a value of the kind that attribute '%s' states",
                         a->is.name);
}

bool sdx_read_attributes(sdx_scanner *s, sdx_list *attrs)
{
    if (!sdx_scan_expect(s, "<"))
        return false;
    while (sdx_scan_peek(s) != '>') {
        if (attrs->n == SDX_MOST_ATTRIBUTES)
            return sdx_scan_fail(s, s->at, "expected at most %d attributes", SDX_MOST_ATTRIBUTES);
        sdx_draft_attr *a = sdx_list_add(s, attrs);
        if (!a || !sdx_read_attribute(s, a))
            return false;
        if (!sdx_scan_take(s, ","))
            break;
    }
    return sdx_scan_expect(s, ">");
}

/* ---- nodes ---- */

static const char *nothing(sdx_scanner *s)
{
    return sdx_names_add(s->into->program->names, "", 0);
}

/* Names up to a mark; nothing between two commas is one that is left out. */
static bool read_names(sdx_scanner *s, const char *end, sdx_list *names)
{
    names->size = sizeof(const char *);
    if (sdx_scan_take(s, end))
        return true;
    while (s->status == SDX_OK) {
        const char **name = sdx_list_add(s, names);
        if (!name)
            return false;
        *name = sdx_scan_value_name(s);
        if (!*name && !(*name = nothing(s)))
            return sdx_scan_memory(s);
        if (sdx_scan_take(s, end))
            return true;
        if (!sdx_scan_expect(s, ","))
            return false;
    }
    return false;
}

/* Does '=' come before the '(' of the inputs?  Else the node has no outputs. */
static bool has_outputs(const sdx_scanner *s)
{
    for (size_t i = s->at; i < s->length; i++) {
        char c = s->text[i];
        if (c == '=')
            return true;
        if (c == '(' || c == '<' || c == '}')
            return false;
        for (i += c == '"'; c == '"' && i < s->length && s->text[i] != '"'; i++)
            i += s->text[i] == '\\';
    }
    return false;
}

/* com.microsoft.FusedConv:fast: the domain is all before the last dot. */
static bool read_operator(sdx_scanner *s, sdx_draft_node *n)
{
    const char *part = sdx_scan_need_name(s, "an operator");
    n->domain = n->overload = nothing(s);
    n->op_type = part;
    if (!part || !n->domain)
        return part ? sdx_scan_memory(s) : false;
    while (sdx_scan_take(s, ".")) {
        part = sdx_scan_need_name(s, "an operator");
        if (!part)
            return false;
        char *domain = sdx_arena_printf(s->into->arena, "%s%s%s", n->domain, *n->domain ? "." : "",
                                        n->op_type);
        n->domain = domain ? sdx_names_add(s->into->program->names, domain, strlen(domain)) : NULL;
        n->op_type = part;
        if (!n->domain)
            return sdx_scan_memory(s);
    }
    if (strcmp(n->domain, "ai.onnx") == 0)
        n->domain = nothing(s);
    return !sdx_scan_take(s, ":") || (n->overload = sdx_scan_need_name(s, "an overload")) != NULL;
}

static bool read_node(sdx_scanner *s, sdx_draft_node *n)
{
    sdx_list in = { 0 }, out = { 0 }, attrs = { .size = sizeof(sdx_draft_attr) };
    sdx_scan_peek(s);
    size_t begin = s->at;
    n->name = nothing(s);
    if (sdx_scan_take(s, "[") &&
        (!(n->name = sdx_scan_need_name(s, "the name of the node")) || !sdx_scan_expect(s, "]")))
        return false;
    if (!n->name)
        return sdx_scan_memory(s);
    if (has_outputs(s) && !read_names(s, "=", &out))
        return false;
    if (!read_operator(s, n))
        return false;
    if (sdx_scan_peek(s) == '<' && !sdx_read_attributes(s, &attrs))
        return false;
    if (!sdx_scan_expect(s, "(") || !read_names(s, ")", &in))
        return false;
    if (!attrs.n && sdx_scan_peek(s) == '<' && !sdx_read_attributes(s, &attrs))
        return false;
    n->in = in.item;
    n->n_in = in.n;
    n->out = out.item;
    n->n_out = out.n;
    n->attr = attrs.item;
    n->n_attr = attrs.n;
    n->span = (sdx_span){ begin, s->at - begin };
    return true;
}

bool sdx_read_nodes(sdx_scanner *s, sdx_list *nodes)
{
    nodes->size = sizeof(sdx_draft_node);
    for (;;) {
        while (sdx_scan_take(s, ";"))
            ;
        char c = sdx_scan_peek(s);
        if (!c || c == '}')
            return s->status == SDX_OK;
        sdx_draft_node *n = sdx_list_add(s, nodes);
        if (!n || !read_node(s, n))
            return false;
        n->index = (int64_t)nodes->n - 1;
    }
}

sdx_status sdx_text_read_nodes(const sdx_text_into *into, const char *text, size_t length,
                               size_t *n, sdx_draft_node **node, sdx_error *err)
{
    sdx_scanner s = { .into = into,
                      .text = text,
                      .length = length,
                      .err = err,
                      .max_depth = into->max_depth ? into->max_depth : 64 };
    sdx_list nodes = { 0 };
    if (sdx_read_nodes(&s, &nodes) && sdx_scan_peek(&s))
        sdx_scan_fail(&s, s.at, "expected a node");
    *n = nodes.n;
    *node = nodes.item;
    return s.status;
}
