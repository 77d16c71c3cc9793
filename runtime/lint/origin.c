/* lint/origin.c - where a value, or one of its dims, came from: "Concat 'cat' of float32[1, 6, 8, 8]
 * and float32[1, 7, 8, 8] (13 = 6 + 7) through Relu 'act'".
 *
 * The walk goes from a value to the node that made it, and on to an input of that node where the
 * dim was there already: through element-wise nodes, through those that leave this dim alone, out
 * of bodies and into them. */
#include "lint/words.h"

#include "base/text.h"
#include <inttypes.h>
#include <string.h>

const char *sdx_lint_say(sdx_lint_words *w, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = sdx_arena_vprintf(w->arena, fmt, args);
    va_end(args);
    return text ? text : "";
}

#define say sdx_lint_say

static const sdx_type *type_of(const sdx_lint_words *w, const sdx_gvalue *v)
{
    const sdx_type *t = w->facts && v->id < w->facts->n ? w->facts->of[v->id].type : NULL;
    return t ? t : &sdx_type_unknown;
}

static const char *node_words(sdx_lint_words *w, const sdx_gnode *n)
{
    const sdx_gnode *user = n->origin ? n->origin : n;
    return user->name[0] ? say(w, "%s '%s'", user->op_type, user->name)
                         : say(w, "%s #%" PRId64, user->op_type, user->index);
}

enum { MOST_INPUTS = 5, MOST_ELEMS = 8, FURTHEST = 32 };

/* "float32[1, 6, 8, 8]"; of a short list of numbers the list: "[0, -1]". */
static const char *input_words(sdx_lint_words *w, const sdx_gvalue *v)
{
    const sdx_fact *f = v->id < w->facts->n ? &w->facts->of[v->id] : NULL;
    if (f && f->elem && f->n_elem && f->n_elem <= MOST_ELEMS)
        return sdx_dims_text(w->facts->symbols, w->arena, (sdx_dims){ f->n_elem, f->elem });
    return sdx_type_text(w->facts->symbols, w->arena, type_of(w, v));
}

/* A dim of a value. */
typedef struct place {
    const sdx_gvalue *v;
    int axis; /* -1: none in particular */
} place;

static sdx_dim dim_at(const sdx_lint_words *w, place p)
{
    const sdx_type *t = type_of(w, p.v);
    return p.axis >= 0 && p.axis < t->dims.rank ? t->dims.dim[p.axis] : sdx_unknown();
}

static bool same_dim(sdx_dim a, sdx_dim b)
{
    return !sdx_is_unknown(a) && a.n == b.n && a.sym == b.sym;
}

/* Of operators that multiply and add the channels of a convolution, or the columns of a product,
 * come from the weights: "13 is w.shape[0]".  Not where the first input has as many there. */
static const char *from_weights(sdx_lint_words *w, const sdx_gnode *n, place p, sdx_dim d)
{
    bool last = p.axis == type_of(w, p.v)->dims.rank - 1;
    if (!n->in[0] || same_dim(dim_at(w, (place){ n->in[0], p.axis }), d))
        return "";
    for (int i = 1; i < n->n_in && i < 3; i++) {
        sdx_dims x = n->in[i] ? type_of(w, n->in[i])->dims : (sdx_dims){ -1, NULL };
        for (int k = 0; k < x.rank; k++)
            if (same_dim(x.dim[k], d) &&
                ((p.axis == 1 && k < 2) || (last && (k == x.rank - 1 || x.rank == 2))))
                return say(w, " (%" PRId64 " is %s.shape[%d])", d.n, n->in[i]->name, k);
    }
    return "";
}

/* "13 = 6 + 7", where the inputs differ in this dim and add up to it. */
static const char *as_sum(sdx_lint_words *w, const sdx_gnode *n, int axis, sdx_dim d)
{
    const char *text = "";
    int64_t sum = 0;
    for (int i = 0; i < n->n_in; i++) {
        sdx_dim part = n->in[i] ? dim_at(w, (place){ n->in[i], axis }) : sdx_unknown();
        if (!sdx_is_num(part) || part.n > d.n - sum || type_of(w, n->in[i])->dims.rank <= axis)
            return "";
        sum += part.n;
        text = say(w, "%s%s%" PRId64, text, i ? " + " : "", part.n);
    }
    return sum == d.n && n->n_in > 1 ? say(w, " (%" PRId64 " = %s)", d.n, text) : "";
}

/* "Concat 'cat' of float32[1, 6, 8, 8] and float32[1, 7, 8, 8] (13 = 6 + 7)" */
static const char *made_by(sdx_lint_words *w, const sdx_gnode *n, place p)
{
    const char *text = node_words(w, n);
    int shown = 0, more = 0;
    for (int i = 0; i < n->n_in; i++) {
        if (!n->in[i])
            continue;
        if (shown == MOST_INPUTS) {
            more++;
            continue;
        }
        text = say(w, "%s%s%s", text,
                   shown == 0         ? " of "
                   : i == n->n_in - 1 ? " and "
                                      : ", ",
                   input_words(w, n->in[i]));
        shown++;
    }
    if (more)
        text = say(w, "%s and %d more", text, more);
    sdx_dim d = dim_at(w, p);
    if (!sdx_is_num(d) || d.n < 2 || !n->op || shown < 2 || shown + more > MOST_ELEMS)
        return text;
    return say(w, "%s%s", text, n->op->macs ? from_weights(w, n, p, d) : as_sum(w, n, p.axis, d));
}

/* ---- one step back ---- */

/* The operand of an element-wise node that has the same dim at the same place; of other nodes that
 * neither multiply and add nor only give the elements another shape the first one: they leave alone
 * what they do not change. */
static place same_before(const sdx_lint_words *w, place p)
{
    const sdx_gnode *n = p.v->producer;
    const place none = { NULL, -1 };
    bool pointwise = n->op && n->op->traits & SDX_POINTWISE;
    if (!n->op || p.axis < 0 || (!pointwise && (n->op->macs || n->op->traits & SDX_VIEW)))
        return none;
    for (int i = 0; i < (pointwise ? n->n_in : n->n_in > 0); i++) {
        place in = { n->in[i], p.axis };
        if (in.v && type_of(w, in.v)->dims.rank == type_of(w, p.v)->dims.rank &&
            same_dim(dim_at(w, in), dim_at(w, p)))
            return in;
    }
    return none;
}

/* The same dim, where outer is inner stacked, or inner is a slice of outer. */
static place across(const sdx_lint_words *w, place from, const sdx_gvalue *to)
{
    int more = type_of(w, to)->dims.rank - type_of(w, from.v)->dims.rank;
    place p = { to, from.axis < 0 ? -1 : from.axis + more };
    bool fits = more >= -1 && more <= 1 &&
                (from.axis < 0 || same_dim(dim_at(w, p), dim_at(w, from)));
    return fits ? p : (place){ NULL, -1 };
}

/* Of what a node with bodies gives: what a body of it gives.  Loop's first is the condition. */
static place into_body(const sdx_lint_words *w, place p)
{
    const sdx_gnode *n = p.v->producer;
    for (int a = 0; a < n->n_attr; a++) {
        const sdx_graph *g = n->attr[a].kind == SDX_ATTR_GRAPH ? n->attr[a].graph : NULL;
        size_t k = (size_t)p.v->producer_out + (g && g->n_outputs == (size_t)n->n_out + 1);
        place in = g && k < g->n_outputs ? across(w, p, g->output[k]) : (place){ NULL, -1 };
        if (in.v)
            return in;
    }
    return (place){ NULL, -1 };
}

/* Of an input of a body: what its node is given there. */
static place out_of_body(const sdx_lint_words *w, place p)
{
    const sdx_graph *g = p.v->graph;
    const sdx_gnode *n = g->owner;
    if (n && p.v->is_input && (size_t)n->n_in == g->n_inputs)
        for (int k = 0; k < n->n_in; k++)
            if (g->input[k] == p.v && n->in[k])
                return across(w, p, n->in[k]);
    return (place){ NULL, -1 };
}

enum { MOST_LOOKED_AT = 1000 }; /* findings, for each value */

/* Of an input whose dim is declared as a symbol, and is a number by now: " (C = 8 by Conv 'n1')". */
static const char *fixed_by(sdx_lint_words *w, place p)
{
    const sdx_program *program = w->facts ? w->facts->program : NULL;
    const sdx_type *t = program && p.v->is_input ? p.v->declared : NULL;
    sdx_dim is = dim_at(w, p), said = sdx_unknown();
    if (t && p.axis >= 0 && p.axis < t->dims.rank)
        said = t->dims.dim[p.axis];
    if (!sdx_is_num(is) || sdx_is_num(said) || sdx_is_unknown(said) ||
        said.sym > program->n_symbols)
        return "";
    const char *name = program->symbol[said.sym - 1];
    const sdx_raw_finding *x = w->findings->first;
    for (int i = 0; x && i < MOST_LOOKED_AT; x = x->next, i++)
        if (x != w->about && x->node && x->n_numbers == 1 && strcmp(x->rule, "symbol-fixed") == 0 &&
            strcmp(x->number->name, name) == 0)
            return say(w, " (%s = %" PRId64 " by %s)", name, is.n, node_words(w, x->node));
    return "";
}

static const char *origin_of(sdx_lint_words *w, place p)
{
    const char *through = "";
    for (int step = 0; step < FURTHEST; step++) {
        if (p.v->outer) {
            p.v = p.v->outer;
            continue;
        }
        const sdx_gnode *via = p.v->producer ? p.v->producer : p.v->graph->owner;
        place before = { NULL, -1 };
        if (w->facts && p.v->producer)
            before = same_before(w, p);
        if (w->facts && !before.v)
            before = p.v->producer ? into_body(w, p) : out_of_body(w, p);
        if (!before.v)
            break;
        if (step < 3)
            through = say(w, "%s%s %s", through, *through ? " and" : "through", node_words(w, via));
        else if (step == 3)
            through = say(w, "%s and more", through);
        p = before;
    }
    const sdx_gvalue *v = p.v;
    const char *source = v->producer && w->facts ? made_by(w, v->producer, p)
                         : v->producer           ? node_words(w, v->producer)
                         : v->is_initializer     ? "initializer"
                         : v->is_input ? v->graph->parent ? "input of the body" : "graph input"
                         : v->constant ? "constant"
                                       : "?";
    bool named = !v->producer && *through;
    const char *fixed = v->producer ? "" : fixed_by(w, p);
    return *through || *fixed
               ? say(w, "%s%s%s%s%s%s%s", source, named ? " '" : "", named ? v->name : "",
                     named ? "'" : "", *through ? " " : "", through, fixed)
               : source;
}

sdx_finding_value sdx_lint_value(sdx_lint_words *w, const sdx_mention *m)
{
    const char *origin = origin_of(w, (place){ m->value, m->axis });
    const char *name = m->value->name[0] ? m->value->name : m->as ? m->as : "?";
    /* Messages speak of W where the file says conv1.weight. */
    if (m->as && !sdx_same_word(m->as, strlen(m->as), name))
        origin = say(w, "%s: %s", m->as, origin);
    if (m->note)
        origin = say(w, "%s; %s", origin, m->note);
    return (sdx_finding_value){ name, m->type ? m->type : "?", origin, m->axis };
}
