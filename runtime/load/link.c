/* load/link.c - names become edges: a draft's graphs as graphs of the program, bodies closed over
 * what they capture.
 *
 * A graph declares all its names first (inputs, initializers, outputs of nodes), then its nodes
 * look theirs up, so a node may stand before what it reads: that is found and said, not stumbled
 * over.  Bodies follow when the graph around them is done; a name found further out becomes a
 * capture of every graph on the way in. */
#include "load/link.h"
#include "base/error.h"
#include "base/text.h"
#include <inttypes.h>

typedef struct scope {
    sdx_draft_graph *draft;
    sdx_graph *graph;
    sdx_gnode *owner; /* whose body this is; NULL for the main graph */
    struct scope *parent, *next;
    sdx_table names; /* address of a name: its sdx_gvalue */
    sdx_late *late;  /* the newest first */
} scope;

typedef struct linker {
    sdx_linking *l;
    sdx_program *p;
    sdx_findings *f;
    scope *first, **end;
    sdx_table kinds; /* address of an operator's name: the last node with it */
    size_t n_suggested;
    sdx_raw_finding *said; /* by declare(), hint_about(); NULL: it was said before */
    bool failed;
} linker;

enum { MOST_SUGGESTIONS = 20 }; /* each looks at every name there is */

static void *need(linker *k, void *p)
{
    k->failed |= p == NULL;
    return p;
}

/* ---- declaring ---- */

static sdx_gvalue *find(const scope *s, const char *name)
{
    const sdx_word *at = sdx_table_find_number(&s->names, (uintptr_t)name);
    return at ? at->pointer : NULL;
}

/* A new value of this name; a name that is taken is said, and the value then stands under none. */
static sdx_gvalue *declare(linker *k, scope *s, const char *name, const char *rule,
                           const sdx_gnode *node)
{
    sdx_gvalue *v = need(k, sdx_graph_value_kept(k->p, s->graph, name));
    bool fresh = true;
    if (!*name)
        return v;
    sdx_word *at = v ? need(k, sdx_table_add_number(&s->names, (uintptr_t)name, &fresh)) : NULL;
    if (!at)
        return NULL;
    if (fresh) {
        at->pointer = v;
        return v;
    }
    const sdx_gvalue *before = at->pointer;
    const char *who = before->producer   ? sdx_node_place(k->p->arena, before->producer)
                      : before->is_input ? "an input of the graph"
                                         : "an initializer";
    sdx_raw_finding *w = node ? sdx_findings_add(
                                    k->f, SDX_ERROR, rule, node, "writes '%s', which %s%s", name,
                                    before->producer ? "is already written by " : "is ", who)
                              : sdx_findings_add(k->f, SDX_ERROR, rule, NULL,
                                                 before->producer ? "'%s' is written by %s, too"
                                                                  : "'%s' is %s twice",
                                                 name, who);
    if (w) {
        w->graph = s->graph;
        w->subject = name;
    }
    k->said = w;
    sdx_finding_hint(k->f, w,
                     node ? "give one of the two another name, also where it is read"
                          : "remove one of the two, or give it another name");
    return v;
}

/* A node of a body that writes a name of the graphs around it: from here on the outer value cannot
 * be read. */
static void check_shadow(linker *k, const scope *s, const char *name, const sdx_gnode *n)
{
    for (const scope *out = s->parent; out; out = out->parent) {
        if (!find(out, name))
            continue;
        sdx_raw_finding *w = sdx_findings_add(
            k->f, SDX_WARNING, "shadowed-name", n,
            "writes '%s', a name that graph '%s' around it has too", name, out->graph->name);
        sdx_finding_hint(k->f, w, "give it another name: '%s_inner', say", name);
        return;
    }
}

static void hint_about(linker *k, const scope *s, const char *name, sdx_raw_finding *w,
                       const char *hint)
{
    k->said = w;
    if (w) {
        w->graph = s->graph;
        w->subject = name;
    }
    sdx_finding_hint(k->f, w, hint, name);
}

/* Two declarations of one value: what the second adds to the first.  false: they contradict each
 * other, which is said. */
static bool declare_more(linker *k, const scope *s, sdx_gvalue *v, const sdx_type *second,
                         const char *what)
{
    const sdx_type *first = v->declared;
    if (!first || !second || first == second) {
        v->declared = first ? first : second;
        return true;
    }
    if (first->kind != SDX_TENSOR || second->kind != SDX_TENSOR)
        return true;
    sdx_dim dim[SDX_MAX_RANK];
    sdx_dims a = first->dims, b = second->dims;
    int other = -1;
    for (int i = 0; i < a.rank && i < b.rank; i++) {
        if (sdx_is_num(a.dim[i]) && sdx_is_num(b.dim[i]) && a.dim[i].n != b.dim[i].n)
            other = i;
        dim[i] = sdx_is_num(b.dim[i]) || sdx_is_unknown(a.dim[i]) ? b.dim[i] : a.dim[i];
    }
    sdx_raw_finding *w = NULL;
    bool differ = true;
    if (first->dtype && second->dtype && first->dtype != second->dtype)
        w = sdx_findings_add(
            k->f, SDX_ERROR, "declared-type", NULL, "'%s' is declared %s, and %s in %s", v->name,
            sdx_dtype_onnx_name(first->dtype), sdx_dtype_onnx_name(second->dtype), what);
    else if (a.rank >= 0 && b.rank >= 0 && a.rank != b.rank)
        w = sdx_findings_add(k->f, SDX_ERROR, "declared-shape", NULL,
                             "'%s' is declared with rank %d, and with rank %d in %s", v->name,
                             a.rank, b.rank, what);
    else if (other >= 0)
        w = sdx_findings_add(k->f, SDX_ERROR, "declared-shape", NULL,
                             "dim %d of '%s' is declared %" PRId64 ", and %" PRId64 " in %s", other,
                             v->name, a.dim[other].n, b.dim[other].n, what);
    else
        differ = false;
    if (differ) {
        hint_about(k, s, v->name, w, "keep the declaration of '%s' that is right");
        v->declared = v->is_input ? first : &sdx_type_unknown;
        return false;
    }
    sdx_dims dims = a.rank < 0 ? b : b.rank < 0 ? a : (sdx_dims){ a.rank, dim };
    v->declared = need(k, (void *)(uintptr_t)sdx_type_tensor(
                              k->p->arena, first->dtype ? first->dtype : second->dtype, dims));
    return true;
}

static void declare_inputs(linker *k, scope *s)
{
    for (size_t i = 0; i < s->draft->n_inputs && !k->failed; i++) {
        const sdx_draft_value *d = &s->draft->input[i];
        sdx_gvalue *v = declare(k, s, d->name, "duplicate-input", NULL);
        if (!v)
            return;
        sdx_raw_finding *w = *d->name
                                 ? NULL
                                 : sdx_findings_add(
                                       k->f, SDX_ERROR, "input-unnamed", NULL,
                                       "graph input %zu has no name, so nothing can read it", i);
        if (w)
            w->graph = s->graph;
        sdx_finding_hint(k->f, w, "give it the name that nodes read, or remove it");
        v->declared = d->type;
        v->span = d->span;
        v->is_input = true;
        sdx_check_flaws(k->l, d->flaw, NULL, s->graph, d->name);
    }
}

/* Two tensors, or pieces of such, that are the same to the last bit. */
static bool has_bytes(const sdx_value *a, const sdx_value *b)
{
    const int64_t *x, *y;
    if (!a || !b || sdx_value_kind(a) != SDX_TENSOR || sdx_value_kind(b) != SDX_TENSOR)
        return false;
    int rank = sdx_value_dims(a, &x);
    const void *p = sdx_value_view(a), *q = sdx_value_view(b);
    return sdx_value_dtype(a) == sdx_value_dtype(b) && rank == sdx_value_dims(b, &y) &&
           memcmp(x, y, (size_t)rank * sizeof *x) == 0 && p && q &&
           memcmp(p, q, sdx_value_bytes(a)) == 0;
}

static void declare_initializers(linker *k, scope *s)
{
    for (size_t i = 0; i < s->draft->n_initializers && !k->failed; i++) {
        const sdx_draft_value *d = &s->draft->initializer[i];
        sdx_check_flaws(k->l, d->flaw, NULL, s->graph, d->name);
        if (!*d->name) {
            sdx_raw_finding *w = sdx_findings_add(
                k->f, SDX_ERROR, "initializer-unnamed", NULL,
                "initializer %zu has no name, so nothing can read it", i);
            if (w)
                w->graph = s->graph;
            sdx_finding_hint(k->f, w, "give it the name that nodes read, or remove it");
            sdx_correct_drop(k->f, sdx_correct(k->f, w, NULL, false, "remove initializer %zu", i),
                             d->span);
            continue;
        }
        sdx_gvalue *v = find(s, d->name);
        const sdx_gvalue *first = v && v->is_initializer ? v : NULL;
        if (!v || first)
            v = declare(k, s, d->name, "duplicate-initializer", NULL);
        if (first && v && has_bytes(first->constant, d->value))
            sdx_correct_drop(k->f,
                             sdx_correct(k->f, k->said, NULL, true,
                                         "remove the second '%s', which is the same", d->name),
                             d->span);
        if (!v)
            return;
        if (v->is_input && !v->is_initializer)
            v->span = v->span.size ? v->span : d->span;
        else
            v->span = d->span;
        v->is_initializer = true;
        v->constant = d->value;
        if (declare_more(k, s, v, d->type, "its initializer")) {
            v->declared = d->type ? d->type : v->declared;
        } else {
            v->declared = &sdx_type_unknown;
            v->constant = NULL;
        }
    }
}

/* Of kinds that hold numbers or a text; others are taken to differ. */
static bool is_same(const sdx_attr *a, const sdx_attr *b)
{
    bool ints = a->kind == SDX_ATTR_INTS, text = a->kind == SDX_ATTR_STRING;
    return a->kind == b->kind && !a->ref && !b->ref &&
           ((a->kind == SDX_ATTR_INT && a->i == b->i) ||
            (a->kind == SDX_ATTR_FLOAT && memcmp(&a->f, &b->f, sizeof a->f) == 0) ||
            (text && a->s.length == b->s.length &&
             memcmp(a->s.text, b->s.text, a->s.length) == 0) ||
            (ints && a->count == b->count &&
             memcmp(a->ints, b->ints, a->count * sizeof *a->ints) == 0));
}

static bool take_attrs(linker *k, const sdx_draft_node *d, sdx_gnode *n)
{
    n->attr = need(k, sdx_arena_array(k->p->arena, d->n_attr, sizeof *n->attr));
    for (size_t i = 0; n->attr && i < d->n_attr; i++) {
        const sdx_draft_attr *a = &d->attr[i];
        sdx_raw_finding *of = sdx_check_flaws(k->l, a->flaw, n, NULL, NULL);
        for (const sdx_draft_flaw *flaw = a->flaw; flaw; flaw = flaw->next)
            n->flawed |= flaw->status != SDX_OK;
        if (of && a->is.kind != SDX_ATTR_NONE && strcmp(of->rule, "attribute-untyped") == 0)
            sdx_correct_number(k->f,
                               sdx_correct(k->f, of, n, true, "say that '%s' of node %s is %s",
                                           a->is.name, sdx_correct_name(k->f, n),
                                           sdx_attr_kind_name(a->is.kind)),
                               a->is.span, SDX_AT_ATTR_TYPE, a->is.kind);
        if (sdx_node_attr(n, a->is.name)) {
            sdx_raw_finding *w = sdx_findings_add(k->f, SDX_ERROR, "duplicate-attribute", n,
                                                  "attribute '%s' is given twice", a->is.name);
            sdx_finding_hint(k->f, w, "keep the one that is meant");
            sdx_edit *e = sdx_correct(k->f, w, n, is_same(sdx_node_attr(n, a->is.name), &a->is),
                                      "remove the second '%s' of node %s", a->is.name,
                                      sdx_correct_name(k->f, n));
            sdx_correct_drop(k->f, e, a->is.span);
            n->flawed = true; /* what would follow from either of them may not be so */
            continue;
        }
        if (a->is.ref) {
            sdx_raw_finding *w = sdx_findings_add(
                k->f, SDX_ERROR, "attribute-reference", n,
                "attribute '%s' refers to '%s', an attribute of a function, and "
                "stands in none",
                a->is.name, a->is.ref);
            sdx_finding_hint(k->f, w, "write the value itself");
            continue;
        }
        if (a->flaw && (a->is.kind == SDX_ATTR_NONE || (a->is.kind == SDX_ATTR_GRAPH && !a->graph)))
            continue;
        n->attr[n->n_attr++] = a->is;
    }
    return n->attr != NULL;
}

/* A model has many nodes and few kinds of them: what the registry said of one is kept for the
 * next. */
static bool resolve(linker *k, sdx_gnode *n)
{
    sdx_word *at = need(k, sdx_table_add_number(&k->kinds, (uintptr_t)n->op_type, NULL));
    if (!at)
        return false;
    const sdx_gnode *same = at->constant;
    if (same && same->domain == n->domain && same->opset == n->opset) {
        n->op = same->op;
        n->family = same->family;
        n->row = same->row;
        return true;
    }
    n->op = sdx_registry_find(k->p->registry, n->domain, n->op_type, n->opset, &n->family, &n->row,
                              NULL);
    at->constant = n;
    return true;
}

/* A call that cannot be written out is no node of the program, and has a place in the file. */
static void speak_of_broken(linker *k, const scope *s, const sdx_draft_node *d)
{
    sdx_gnode *n = need(k, sdx_arena_alloc(k->p->arena, sizeof *n));
    if (!n)
        return;
    *n = (sdx_gnode){ .name = d->name,
                      .op_type = d->op_type,
                      .domain = d->domain,
                      .overload = d->overload,
                      .graph = s->graph,
                      .index = d->index,
                      .path = d->call ? d->call->path : "",
                      .origin = n,
                      .span = d->span };
    sdx_check_flaws(k->l, d->flaw, n, NULL, NULL);
}

static void declare_nodes(linker *k, scope *s)
{
    for (size_t i = 0; i < s->draft->n_nodes && !k->failed; i++) {
        const sdx_draft_node *d = &s->draft->node[i];
        if (d->broken) {
            speak_of_broken(k, s, d);
            for (size_t o = 0; o < d->n_out; o++)
                if (*d->out[o] && !find(s, d->out[o]))
                    declare(k, s, d->out[o], "duplicate-output", NULL);
            continue;
        }
        int64_t opset = sdx_check_opset(k->l, d);
        sdx_gnode *n = need(k, sdx_graph_node_kept(k->p, s->graph, d->domain, d->op_type, opset,
                                                   (int)d->n_in, (int)d->n_out));
        if (!n || !resolve(k, n))
            return;
        if (n->op && n->op->traits & SDX_DERIVES)
            k->first->graph->reads_by_name = true;
        n->name = d->name;
        n->overload = d->overload;
        n->path = d->call ? d->call->path : "";
        n->span = d->span;
        sdx_check_flaws(k->l, d->flaw, n, NULL, NULL);
        if (!*d->op_type)
            sdx_finding_hint(k->f,
                             sdx_findings_add(k->f, SDX_ERROR, "node-without-operator", n,
                                              "the node names no operator"),
                             "set its op_type, or remove the node");
        n->flawed = !*d->op_type || (opset == SDX_NO_OPSET && !n->op);
        if (*d->overload)
            sdx_finding_hint(k->f,
                             sdx_findings_add(k->f, SDX_WARNING, "op-unknown", n,
                                              "no function '%s' of the file has the overload '%s'",
                                              d->op_type, d->overload),
                             "leave the overload out: operators have none");
        if (!take_attrs(k, d, n))
            return;
        for (int o = 0; o < n->n_out && !k->failed; o++) {
            if (!*d->out[o])
                continue;
            sdx_gvalue *v = declare(k, s, d->out[o], "duplicate-output", n);
            if (!v)
                return;
            sdx_node_set_out(n, o, v);
            check_shadow(k, s, d->out[o], n);
        }
    }
}

/* What value_info says is for readers: no node computes otherwise for it. */
static void drop_info(linker *k, sdx_raw_finding *w, const sdx_draft_value *info)
{
    sdx_edit *e = sdx_correct(k->f, w, NULL, true, "remove '%s' from value_info", info->name);
    sdx_correct_drop(k->f, e, info->span);
}

static void declare_types(linker *k, scope *s)
{
    const sdx_draft_graph *d = s->draft;
    sdx_table infos;
    sdx_edit *stale = NULL; /* entries that a tool left behind: said once */
    sdx_table_init(&infos, k->l->scratch);
    for (size_t i = 0; i < d->n_outputs + d->n_infos; i++) {
        bool output = i < d->n_outputs, fresh = true;
        const sdx_draft_value *info = output ? &d->output[i] : &d->info[i - d->n_outputs];
        sdx_gvalue *v = find(s, info->name);
        sdx_check_flaws(k->l, info->flaw, NULL, s->graph, info->name);
        if (!output)
            need(k, sdx_table_add_number(&infos, (uintptr_t)info->name, &fresh));
        if (!fresh) {
            hint_about(k, s, info->name,
                       sdx_findings_add(k->f, SDX_WARNING, "value-info-twice", NULL,
                                        "value_info has '%s' more than once", info->name),
                       "keep one entry of '%s'");
            drop_info(k, k->said, info);
        }
        if (!v && !output && !stale) {
            hint_about(k, s, info->name,
                       sdx_findings_add(k->f, SDX_NOTE, "value-info-twice", NULL,
                                        "value_info has '%s', which the graph does not",
                                        info->name),
                       "remove what is left over of '%s'");
            stale = sdx_correct(k->f, k->said, NULL, true,
                                "remove from value_info what the graph does not have");
        }
        if (!v && !output)
            sdx_correct_drop(k->f, stale, info->span);
        if (v && output && !v->span.size)
            v->span = info->span;
        if (!v || !info->type)
            continue;
        if (!declare_more(k, s, v, info->type, output ? "the outputs" : "value_info") && !output)
            drop_info(k, k->said, info);
        if (!v->span.size)
            v->span = info->span;
    }
}

/* ---- looking up ---- */

static const char *name_at(const void *arg, size_t i)
{
    const scope *s = arg;
    for (; s; s = s->parent) {
        if (i < s->graph->n_values)
            return s->graph->value[i]->name;
        i -= s->graph->n_values;
    }
    return NULL;
}

/* A letter too many, too few, another or in another place; not where names are counted. */
static bool is_slip(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    return n > 3 && m > 3 && strcspn(a, "0123456789") == n && strcspn(b, "0123456789") == m &&
           sdx_edit_distance(a, n, b, m, 1) == 1;
}

static sdx_gvalue *undefined(linker *k, scope *s, const char *name, const sdx_gnode *n, int input)
{
    sdx_raw_finding *w;
    if (n)
        w = sdx_findings_add(k->f, SDX_ERROR, "undefined-tensor", n,
                             "input %d is '%s', which nothing makes%s%s", input, name,
                             *n->path    ? " in function "
                             : s->parent ? ", neither in this graph nor in those around it"
                                         : "",
                             n->path);
    else
        w = sdx_findings_add(k->f, SDX_ERROR, "output-never-produced", NULL,
                             "graph output '%s' is made by no node", name);
    if (w) {
        w->graph = s->graph;
        w->subject = name;
    }
    const char *near = k->n_suggested++ < MOST_SUGGESTIONS
                           ? sdx_nearest_word(name, strlen(name), name_at, s)
                           : NULL;
    if (near && strcmp(near, name) != 0) {
        sdx_finding_hint(k->f, w, "did you mean '%s'?", near);
        if (n && !*n->path && is_slip(name, near))
            sdx_correct_text(k->f,
                             sdx_correct(k->f, w, n, false, "let node %s read '%s'",
                                         sdx_correct_name(k->f, n), near),
                             n->span, SDX_AT_NODE_IN, (uint32_t)input, near);
    }
    sdx_finding_hint(k->f, w,
                     n ? "name an output of a node before it, an input or an initializer"
                       : "name an output of a node, or drop it from the outputs");
    return declare(k, s, name, "undefined-tensor", NULL); /* so that it is said once */
}

static bool is_late(const sdx_gvalue *v, const sdx_gnode *reader)
{
    return v->producer && v->producer->graph == reader->graph &&
           v->producer->index >= reader->index;
}

static void note_late(linker *k, scope *s, sdx_gnode *n, sdx_gvalue *v)
{
    sdx_late *late = need(k, sdx_arena_alloc(k->l->scratch, sizeof *late));
    if (!late)
        return;
    *late = (sdx_late){ n, v, s->late };
    s->late = late;
}

/* The value of this name as seen in s: its own, or a capture.  NULL: nobody has it. */
static sdx_gvalue *look_up(linker *k, scope *s, const char *name)
{
    scope *at = s;
    sdx_gvalue *v = find(s, name);
    while (!v && at->parent) {
        sdx_gnode *owner = at->owner;
        at = at->parent;
        v = find(at, name);
        if (v && is_late(v, owner))
            note_late(k, at, owner, v);
    }
    while (v && at != s) { /* inwards again, one graph at a time */
        scope *inner = s;
        while (inner->parent != at)
            inner = inner->parent;
        v = need(k, sdx_graph_add_capture(k->p, inner->graph, v));
        sdx_word *word = v ? need(k, sdx_table_add_number(&inner->names, (uintptr_t)name, NULL))
                           : NULL;
        if (!word)
            return NULL;
        word->pointer = v;
        at = inner;
    }
    return v;
}

/* How far a walk over a draft's nodes and those that were made of them has come. */
typedef struct pair {
    size_t draft, made;
} pair;

/* The next node, and its draft; NULL: that was all.  Of a broken draft none was made. */
static sdx_gnode *next_node(const scope *s, pair *p, const sdx_draft_node **d)
{
    while (p->draft < s->draft->n_nodes) {
        *d = &s->draft->node[p->draft++];
        if (!(*d)->broken)
            return s->graph->node[p->made++];
    }
    return NULL;
}

/* What a broken call reads is read. */
static void connect_broken(linker *k, scope *s)
{
    for (size_t i = 0; i < s->draft->n_nodes && !k->failed; i++) {
        const sdx_draft_node *d = &s->draft->node[i];
        for (size_t in = 0; d->broken && in < d->n_in && !k->failed; in++) {
            sdx_gvalue *v = *d->in[in] ? look_up(k, s, d->in[in]) : NULL;
            if (v)
                v->uses++;
        }
    }
}

static void connect(linker *k, scope *s)
{
    const sdx_draft_node *d;
    sdx_gnode *n;
    for (pair p = { 0, 0 }; !k->failed && (n = next_node(s, &p, &d));) {
        for (int in = 0; in < n->n_in && !k->failed; in++) {
            if (!*d->in[in])
                continue;
            sdx_gvalue *v = look_up(k, s, d->in[in]);
            if (!v && !k->failed)
                v = undefined(k, s, d->in[in], n, in);
            if (!v)
                return;
            sdx_node_set_in(n, in, v);
            if (is_late(v, n))
                note_late(k, s, n, v);
        }
    }
}

/* Runs here, and is refused elsewhere. */
static void outer_output(linker *k, const scope *s, const char *name)
{
    sdx_raw_finding *w = sdx_findings_add(
        k->f, SDX_WARNING, "body-output-outer", s->owner,
        "output '%s' of its graph '%s' is a value of the graph around it", name, s->graph->name);
    sdx_finding_hint(k->f, w, "let an Identity in the body hand it on");
}

/* What an annotation names is there for whoever quantises, though no node reads it. */
static void check_annotations(linker *k, scope *s)
{
    for (size_t i = 0; i < s->draft->n_annotations; i++) {
        const sdx_draft_annotation *a = &s->draft->annotation[i];
        sdx_gvalue *of = find(s, a->tensor), *v = find(s, a->value);
        if (v)
            v->uses++;
        if (of && v)
            continue;
        hint_about(k, s, a->tensor,
                   sdx_findings_add(k->f, SDX_WARNING, "quantization-annotation", NULL,
                                    "%s of '%s' is '%s', and the graph has no '%s'", a->key,
                                    a->tensor, a->value, of ? a->value : a->tensor),
                   "correct the annotation of '%s', or remove it");
        sdx_correct_drop_part(
            k->f,
            sdx_correct(k->f, k->said, NULL, false, "remove the annotation of '%s'", a->tensor),
            s->graph->span, SDX_AT_GRAPH_ANNOTATION, (uint32_t)i);
    }
}

static void connect_ends(linker *k, scope *s)
{
    for (size_t i = 0; i < s->draft->n_inputs && !k->failed; i++) {
        sdx_gvalue *v = find(s, s->draft->input[i].name);
        if (v && !v->is_initializer && !need(k, sdx_graph_add_input(k->p, s->graph, v) ? v : NULL))
            return;
    }
    for (size_t i = 0; i < s->draft->n_outputs && !k->failed; i++) {
        const sdx_draft_value *d = &s->draft->output[i];
        sdx_gvalue *v = look_up(k, s, d->name);
        if (!v && !k->failed)
            v = undefined(k, s, d->name, NULL, 0);
        if (v && v->outer)
            outer_output(k, s, d->name);
        if (v && v->is_output && !s->parent)
            hint_about(k, s, d->name,
                       sdx_findings_add(k->f, SDX_WARNING, "output-twice", NULL,
                                        "the graph has the output '%s' more than once", d->name),
                       "let an Identity give the second '%s' a name of its own, or remove it");
        if (v)
            need(k, sdx_graph_add_output(k->p, s->graph, v) ? v : NULL);
    }
}

/* ---- graphs ---- */

static scope *new_scope(linker *k, sdx_draft_graph *d, scope *parent, sdx_gnode *owner)
{
    scope *s = need(k, sdx_arena_alloc(k->l->scratch, sizeof *s));
    sdx_graph *g = s ? need(k, sdx_graph_new(k->p, d->name, parent ? parent->graph : NULL)) : NULL;
    if (!g)
        return NULL;
    *s = (scope){ .draft = d, .graph = g, .owner = owner, .parent = parent };
    if (!*d->name) {
        sdx_raw_finding *w = sdx_findings_add(k->f, SDX_WARNING, "graph-unnamed", owner,
                                              "the %s has no name", owner ? "body" : "main graph");
        sdx_finding_hint(k->f, w, "set the name of the graph: the standard demands one");
        sdx_edit *e = sdx_correct(k->f, w, NULL, true, "name it '%s'",
                                  owner ? "body" : "main_graph");
        sdx_correct_text(k->f, e, d->span, SDX_AT_GRAPH_NAME, 0, owner ? "body" : "main_graph");
    }
    g->span = d->span;
    g->owner = owner;
    sdx_table_init(&s->names, k->l->scratch);
    *k->end = s;
    k->end = &s->next;
    return s;
}

static const char *body_path(linker *k, const sdx_graph *parent, const sdx_gnode *n,
                             const char *attr)
{
    const char *up = parent->path, *slash = *up ? "/" : "";
    char *path = *n->name ? sdx_arena_printf(k->p->arena, "%s%s%s/%s", up, slash, n->name, attr)
                          : sdx_arena_printf(k->p->arena, "%s%s%s#%" PRId64 "/%s", up, slash,
                                             n->op_type, n->index, attr);
    return need(k, path);
}

static void open_bodies(linker *k, scope *s)
{
    const sdx_draft_node *d;
    sdx_gnode *n;
    for (pair p = { 0, 0 }; !k->failed && (n = next_node(s, &p, &d));) {
        size_t next = 0;
        for (int a = 0; a < n->n_attr && !k->failed; a++) {
            if (n->attr[a].kind != SDX_ATTR_GRAPH)
                continue;
            while (next < d->n_attr &&
                   (d->attr[next].is.name != n->attr[a].name || !d->attr[next].graph))
                next++; /* the node's are the draft's, in their order, less some */
            sdx_draft_graph *body = next < d->n_attr ? d->attr[next++].graph : NULL;
            scope *inner = body ? new_scope(k, body, s, n) : NULL;
            if (!inner)
                continue;
            n->attr[a].graph = inner->graph;
            inner->graph->owner_attr = n->attr[a].name;
            inner->graph->path = body_path(k, s->graph, n, n->attr[a].name);
        }
    }
}

static void set_indices(scope *s)
{
    const sdx_draft_node *d;
    sdx_gnode *n;
    for (pair p = { 0, 0 }; (n = next_node(s, &p, &d));)
        n->index = d->index;
}

sdx_status sdx_link_graphs(sdx_linking *l)
{
    linker k = { .l = l, .p = l->program, .f = l->findings };
    k.end = &k.first;
    sdx_table_init(&k.kinds, l->scratch);
    scope *s = new_scope(&k, l->draft->graph, NULL, NULL);
    l->program->main = s ? s->graph : NULL;
    for (; s && !k.failed; s = s->next) {
        declare_inputs(&k, s);
        declare_initializers(&k, s);
        declare_nodes(&k, s);
        if (k.failed)
            break;
        declare_types(&k, s);
        connect_broken(&k, s);
        connect(&k, s);
        connect_ends(&k, s);
        check_annotations(&k, s);
        open_bodies(&k, s);
    }
    if (k.failed)
        return sdx_error_memory(l->err, 0);
    for (s = k.first; s; s = s->next)
        set_indices(s);
    for (s = k.first; s; s = s->next)
        if (s->late)
            sdx_check_order(l, s->graph, s->late);
    return SDX_OK;
}
