/* infer/context.c - what an operator's rule may do: sdx/op.h, "infer and lint". */
#include "infer/walk.h"

#include "base/size.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void sdx_infer_start(sdx_infer *c, walk *w, const sdx_node *n)
{
    *c = (sdx_infer){
        .walk = w, .facts = w->facts, .scratch = w->scratch, .def = n->def, .node = n
    };
    c->out = c->few;
    if (n->def->n_out > FEW_OUTPUTS) {
        c->out = sdx_arena_array(w->scratch, (size_t)n->def->n_out, sizeof *c->out);
        w->failed |= !c->out;
    }
}

/* ---- dims ---- */

sdx_dim sdx_dim_add(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    return sdx_symbols_add(c->facts->symbols, a, b);
}

sdx_dim sdx_dim_sub(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    return sdx_symbols_sub(c->facts->symbols, a, b);
}

sdx_dim sdx_dim_mul(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    return sdx_symbols_mul(c->facts->symbols, a, b);
}

sdx_dim sdx_dim_div(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    return sdx_symbols_div(c->facts->symbols, a, b);
}

/* ceil(a / b) = floor((a + b - 1) / b), as most write it who ask for symbols; of a number it is
 * -floor(-a / b), which needs no room above a. */
sdx_dim sdx_dim_ceil(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    sdx_symbols *s = c->facts->symbols;
    if (!sdx_is_num(a) && sdx_is_num(b) && b.n > 0)
        return sdx_symbols_div(s, sdx_symbols_add(s, a, sdx_num(b.n - 1)), b);
    return sdx_symbols_sub(s, sdx_num(0), sdx_symbols_div(s, sdx_symbols_sub(s, sdx_num(0), a), b));
}

sdx_dim sdx_dim_min(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    return sdx_symbols_min(c->facts->symbols, a, b);
}

sdx_dim sdx_dim_max(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    return sdx_symbols_max(c->facts->symbols, a, b);
}

sdx_dim sdx_dim_product(sdx_infer *c, sdx_dims d, int begin, int end)
{
    sdx_dim p = sdx_num(1);
    if (d.rank < 0)
        return sdx_unknown();
    for (int i = begin; i < end && i < d.rank; i++)
        p = sdx_dim_mul(c, p, d.dim[i]);
    return p;
}

sdx_dim sdx_dim_new(sdx_infer *c, int out, int axis, sdx_dim at_most)
{
    const sdx_gvalue *v = sdx_has_out(c->node, out) ? c->def->out[out] : NULL;
    if (!v)
        return sdx_unknown();
    sdx_arena_mark before = sdx_arena_here(c->scratch);
    const char *name = sdx_text(c, "%s.shape[%d]", v->name, axis);
    bool apart = c->scratch != c->facts->arena;
    sdx_dim d = sdx_symbol_data(c->facts->symbols, (uint64_t)v->id << 8 | (uint64_t)(axis & 255),
                                name, at_most);
    if (apart)
        sdx_arena_rewind(c->scratch, before);
    return d;
}

bool sdx_equal(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    return sdx_symbols_equal(c->facts->symbols, a, b);
}

sdx_answer sdx_same(sdx_infer *c, sdx_dim a, sdx_dim b)
{
    return sdx_symbols_same(c->facts->symbols, a, b);
}

sdx_answer sdx_divides(sdx_infer *c, int64_t k, sdx_dim d)
{
    return sdx_symbols_divides(c->facts->symbols, k, d);
}

sdx_answer sdx_must_divide(sdx_infer *c, int64_t k, sdx_dim d, int input, int axis)
{
    sdx_answer answer = sdx_divides(c, k, d);
    if (answer == SDX_MAYBE && !sdx_is_unknown(d))
        sdx_condition_divisor(c, k, d, input, axis);
    return answer;
}

/* ---- words ---- */

const char *sdx_text(sdx_infer *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = sdx_arena_vprintf(c->scratch, fmt, args);
    va_end(args);
    c->walk->failed |= !text;
    return text ? text : "";
}

const char *sdx_show(sdx_infer *c, sdx_dim d)
{
    return sdx_symbols_text(c->facts->symbols, c->scratch,
                            sdx_symbols_resolve(c->facts->symbols, d));
}

const char *sdx_show_dims(sdx_infer *c, sdx_dims d)
{
    sdx_dim *now = sdx_new_dims(c, d.rank);
    for (int i = 0; now && i < d.rank; i++)
        now[i] = sdx_symbols_resolve(c->facts->symbols, d.dim[i]);
    if (!now)
        return "[...]"; /* out of memory: nobody will see it */
    return sdx_dims_text(c->facts->symbols, c->scratch, (sdx_dims){ d.rank, now });
}

const char *sdx_show_type(sdx_infer *c, const sdx_type *t)
{
    return sdx_type_text(c->facts->symbols, c->scratch, sdx_type_settle(c->walk, t, false));
}

enum { MAX_DIVISORS = 16 };

const char *sdx_divisors(sdx_infer *c, sdx_dim d)
{
    d = sdx_symbols_resolve(c->facts->symbols, d);
    if (sdx_is_unknown(d))
        return "any divisor of the size";
    if (!sdx_is_num(d))
        return sdx_text(c, "a divisor of %s", sdx_show(c, d));
    if (d.n <= 0)
        return "1";
    int64_t found[MAX_DIVISORS + 1];
    int n = 0;
    bool more = false;
    /* Past a million only the small ones are listed: this is help, not arithmetic. */
    for (int64_t k = 1; k <= d.n && k <= 1000000; k++) {
        if (d.n % k != 0)
            continue;
        if (n == MAX_DIVISORS) {
            more = true;
            break;
        }
        found[n++] = k;
    }
    more |= d.n > 1000000;
    const char *text = sdx_text(c, "%" PRId64, found[0]);
    for (int i = 1; i < n; i++)
        text = sdx_text(c, "%s%s%" PRId64, text, i == n - 1 && !more ? " or " : ", ", found[i]);
    return more ? sdx_text(c, "%s or another divisor of %" PRId64, text, d.n) : text;
}

/* ---- findings ---- */

void sdx_infer_find(sdx_infer *c, sdx_severity severity, const char *rule, const char *fmt,
                    va_list args)
{
    c->last = NULL;
    if (severity == SDX_ERROR)
        c->refused = true;
    /* a condition may be met by what a later pass finds; what a rule warns of stays */
    else if (severity == SDX_WARNING ? !c->walk->o->lint : !c->walk->linting)
        return;
    if (!c->walk->o->findings)
        return;
    c->last = sdx_findings_vadd(c->walk->o->findings, severity, rule,
                                c->def->origin ? c->def->origin : c->def, fmt, args);
    c->walk->failed |= c->walk->o->findings->failed;
}

void sdx_refuse(sdx_infer *c, const char *rule, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_infer_find(c, SDX_ERROR, rule, fmt, args);
    va_end(args);
}

void sdx_warn(sdx_infer *c, const char *rule, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_infer_find(c, SDX_WARNING, rule, fmt, args);
    va_end(args);
}

void sdx_remark(sdx_infer *c, const char *rule, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_infer_find(c, SDX_NOTE, rule, fmt, args);
    va_end(args);
}

void sdx_point(sdx_infer *c, int input, int axis)
{
    if (!c->last || !sdx_has_in(c->node, input))
        return;
    sdx_findings *f = c->walk->o->findings;
    const char *type = sdx_type_text(c->facts->symbols, f->arena, sdx_in_type(c->node, input));
    sdx_finding_mention(f, c->last, c->def->in[input], sdx_in_name(c->node, input), type, axis);
}

void sdx_explain(sdx_infer *c, const char *fmt, ...)
{
    va_list args;
    if (!c->last)
        return;
    va_start(args, fmt);
    sdx_finding_vnote(c->walk->o->findings, c->last, fmt, args);
    va_end(args);
}

void sdx_number(sdx_infer *c, const char *name, int64_t value)
{
    sdx_findings *f = c->walk->o->findings;
    const char *kept = c->last ? sdx_arena_strdup(f->arena, name) : NULL; /* it may be scratch */
    if (kept)
        sdx_finding_number_add(f, c->last, kept, value);
    else if (c->last)
        f->failed = true;
}

void sdx_hint(sdx_infer *c, const char *fmt, ...)
{
    va_list args;
    if (!c->last)
        return;
    va_start(args, fmt);
    sdx_finding_vhint(c->walk->o->findings, c->last, fmt, args);
    va_end(args);
}

/* ---- corrections ---- */

/* One finding has one correction: what is asked for again adds to it. */
static sdx_edit *correct(sdx_infer *c, bool safe, const char *what, const char *attribute,
                         const char *end)
{
    const sdx_gnode *n = c->def->origin ? c->def->origin : c->def;
    sdx_edit *before = c->last ? (sdx_edit *)(uintptr_t)c->last->edit : NULL;
    if (before) {
        const char *says = sdx_arena_printf(c->walk->o->findings->arena, "%s, %s '%s'%s",
                                            before->says, what, attribute, end);
        before->says = says ? says : before->says;
        return before;
    }
    return sdx_correct(c->walk->o->findings, c->last, n, safe, "%s '%s' of node %s%s", what,
                       attribute, sdx_correct_name(c->walk->o->findings, n), end);
}

static void fix_attr(sdx_infer *c, const sdx_attr *to, const char *end, bool safe)
{
    if (c->last)
        sdx_correct_attr(c->walk->o->findings, correct(c, safe, "set", to->name, end), c->def, to);
}

void sdx_fix_int(sdx_infer *c, const char *attribute, int64_t value, bool safe)
{
    fix_attr(c, &(sdx_attr){ .name = attribute, .kind = SDX_ATTR_INT, .i = value },
             sdx_text(c, " to %" PRId64, value), safe);
}

void sdx_fix_text(sdx_infer *c, const char *attribute, const char *value, bool safe)
{
    sdx_string s = { value, strlen(value) };
    fix_attr(c, &(sdx_attr){ .name = attribute, .kind = SDX_ATTR_STRING, .s = s },
             sdx_text(c, " to '%s'", value), safe);
}

void sdx_fix_leave_out(sdx_infer *c, const char *attribute, bool safe)
{
    const sdx_attr *a = sdx_node_attr(c->def, attribute);
    if (c->last && a)
        sdx_correct_drop(c->walk->o->findings, correct(c, safe, "remove", attribute, ""), a->span);
}

void sdx_fix_no_input(sdx_infer *c, int input, bool safe)
{
    const sdx_gnode *n = c->def;
    if (c->last)
        sdx_correct_no_input(
            c->walk->o->findings,
            correct(c, safe, "leave out the input", sdx_in_name(c->node, input), ""), n, input);
}

bool sdx_fix_outputs(sdx_infer *c, int keep, bool safe)
{
    const sdx_gnode *n = c->def;
    sdx_findings *f = c->walk->o->findings;
    for (int i = keep; i < n->n_out; i++)
        if (n->out[i] && (n->out[i]->uses || n->out[i]->is_output))
            return false;
    sdx_edit *e = n->n_out > keep ? correct(c, safe, "remove outputs from",
                                            n->out[keep] ? n->out[keep]->name : "", " on")
                                  : NULL;
    for (int i = keep; i < n->n_out; i++) {
        sdx_correct_drop_part(f, e, n->origin->span, SDX_AT_NODE_OUT, (uint32_t)i);
        if (n->out[i] && n->out[i]->span.size)
            sdx_correct_drop(f, e, n->out[i]->span);
    }
    return true;
}

void sdx_fix_element(sdx_infer *c, int input, int at, int64_t value, bool safe)
{
    const sdx_gvalue *v = c->def->in[input];
    const sdx_gnode *from = v->producer;
    const sdx_attr *a = from && from->n_attr == 1 ? &from->attr[0] : NULL;
    sdx_findings *f = c->walk->o->findings;
    if (!c->last || v->uses != 1 || v->outer || v->is_output || v->is_input || *c->def->path ||
        !(from ? a && strcmp(from->op_type, "Constant") == 0 : v->is_initializer))
        return;
    sdx_edit *e = correct(c, safe, "in", v->name,
                          sdx_text(c, " set element %d to %" PRId64, at, value));
    if (!from) {
        sdx_correct_element(f, e, v->span, 0, (uint32_t)at, value);
    } else if (a->kind == SDX_ATTR_TENSOR) {
        sdx_correct_element(f, e, a->span, SDX_AT_ATTR_T, (uint32_t)at, value);
    } else if (a->kind == SDX_ATTR_INTS && (size_t)at < a->count) {
        int64_t *ints = sdx_arena_copy(f->arena, a->ints, a->count * sizeof *ints);
        sdx_attr to = *a;
        if (ints)
            ints[at] = value;
        to.ints = ints;
        sdx_correct_attr(f, e, from, &to);
    } else if (e) {
        e->impossible = true;
    }
}

void sdx_fix_bypass(sdx_infer *c, int nodes)
{
    sdx_correct_bypass(c->walk->o->findings, c->last, c->def, nodes, true);
}

bool sdx_refused(const sdx_infer *c)
{
    return c->refused;
}

/* ---- common checks ---- */

bool sdx_check_rank(sdx_infer *c, int input, int least, int most)
{
    int rank = sdx_in_dims(c->node, input).rank;
    if (rank < 0 || (rank >= least && rank <= most))
        return true;
    const char *wants = least == most          ? sdx_text(c, "%d", least)
                        : most >= SDX_MAX_RANK ? sdx_text(c, "%d or more", least)
                                               : sdx_text(c, "%d to %d", least, most);
    sdx_refuse(c, "rank", "%s has rank %d, %s wants %s", sdx_in_name(c->node, input), rank,
               c->def->op_type, wants);
    sdx_point(c, input, -1);
    sdx_number(c, "rank", rank);
    sdx_hint(c, "add or remove dims of %s with Unsqueeze, Squeeze or Reshape",
             sdx_in_name(c->node, input));
    return false;
}

bool sdx_check_axis(sdx_infer *c, const char *attribute, int64_t axis, int rank)
{
    int64_t most = rank < 0 ? SDX_MAX_RANK : rank; /* some axes no tensor has */
    if (axis >= -most && axis < most)
        return true;
    if (rank < 0) {
        sdx_refuse(c, "axis-range", "%s = %" PRId64 ", but no tensor has a rank above %d",
                   attribute, axis, SDX_MAX_RANK);
        sdx_number(c, attribute, axis);
        return false;
    }
    sdx_refuse(c, "axis-range", "%s = %" PRId64 ", but the tensor has rank %d", attribute, axis,
               rank);
    if (c->def->n_in && c->def->in[0])
        sdx_point(c, 0, -1);
    sdx_number(c, attribute, axis);
    if (rank)
        sdx_hint(c, "%s may be %d to %d", attribute, -rank, rank - 1);
    else
        sdx_hint(c, "a scalar has no axes: use a tensor of rank 1 or more");
    return false;
}

bool sdx_check_same(sdx_infer *c, const char *rule, int in_a, int axis_a, int in_b, int axis_b)
{
    sdx_dim a = sdx_in_dim(c->node, in_a, axis_a), b = sdx_in_dim(c->node, in_b, axis_b);
    if (sdx_equal(c, a, b))
        return true;
    sdx_refuse(c, rule, "%s.shape[%d] is %s and %s.shape[%d] is %s; they must be equal",
               sdx_in_name(c->node, in_a), axis_a, sdx_show(c, a), sdx_in_name(c->node, in_b),
               axis_b, sdx_show(c, b));
    sdx_point(c, in_a, axis_a);
    sdx_point(c, in_b, axis_b);
    sdx_hint(c, "make both %s or both %s", sdx_show(c, a), sdx_show(c, b));
    return false;
}

/* ---- outputs ---- */

sdx_dim *sdx_new_dims(sdx_infer *c, int rank)
{
    size_t n = rank > 0 ? (size_t)rank : 0;
    sdx_dim *d = sdx_arena_array(c->scratch, n, sizeof *d);
    if (!d) {
        /* The caller writes n dims, whatever we say. */
        c->walk->failed = true;
        d = n <= SDX_SURE_DIMS ? c->walk->spare : NULL;
    }
    for (size_t i = 0; d && i < n; i++)
        d[i] = sdx_unknown();
    return d;
}

static slot *slot_of(sdx_infer *c, int out)
{
    return sdx_has_out(c->node, out) ? &c->out[out] : NULL;
}

void sdx_set_out_dims(sdx_infer *c, int out, int rank, const sdx_dim *dim)
{
    slot *s = slot_of(c, out);
    if (!s)
        return;
    if (rank > SDX_MAX_RANK) {
        sdx_refuse(c, "shape-too-large", "%s would have rank %d, more than %d",
                   sdx_out_name(c->node, out), rank, SDX_MAX_RANK);
        sdx_hint(c, "use fewer dims");
        return;
    }
    s->type = sdx_tensor_type(c, s->dtype, (sdx_dims){ rank, dim });
}

void sdx_set_out_like(sdx_infer *c, int out, sdx_dims d)
{
    sdx_set_out_dims(c, out, d.rank, d.dim);
}

void sdx_set_out_dtype(sdx_infer *c, int out, sdx_dtype d)
{
    slot *s = slot_of(c, out);
    if (!s)
        return;
    s->dtype = d;
    if (!s->type || s->type->kind == SDX_TENSOR)
        s->type = sdx_tensor_type(c, d, s->type ? s->type->dims : (sdx_dims){ -1, NULL });
}

void sdx_set_out_type(sdx_infer *c, int out, const sdx_type *t)
{
    slot *s = slot_of(c, out);
    if (s)
        s->type = t;
}

void sdx_set_out_elems(sdx_infer *c, int out, int count, const sdx_dim *elem)
{
    slot *s = slot_of(c, out);
    if (!s || count < 0)
        return;
    s->elem = sdx_arena_copy(c->scratch, elem, (size_t)count * sizeof *elem);
    s->n_elem = count;
    c->walk->failed |= !s->elem;
}

static const sdx_type *checked(sdx_infer *c, const sdx_type *t)
{
    c->walk->failed |= !t;
    return t ? t : &sdx_type_unknown;
}

const sdx_type *sdx_tensor_type(sdx_infer *c, sdx_dtype d, sdx_dims dims)
{
    if (dims.rank > SDX_MAX_RANK)
        dims = (sdx_dims){ -1, NULL };
    return checked(c, sdx_type_tensor(c->scratch, d, dims));
}

const sdx_type *sdx_sequence_type(sdx_infer *c, const sdx_type *of)
{
    return checked(c, sdx_type_wrap(c->scratch, SDX_SEQUENCE, SDX_UNDEFINED, of));
}

const sdx_type *sdx_optional_type(sdx_infer *c, const sdx_type *of)
{
    return checked(c, sdx_type_wrap(c->scratch, SDX_OPTIONAL, SDX_UNDEFINED, of));
}

const sdx_type *sdx_map_type(sdx_infer *c, sdx_dtype key, const sdx_type *of)
{
    return checked(c, sdx_type_wrap(c->scratch, SDX_MAP, key, of));
}

static const sdx_type *join(sdx_infer *c, const sdx_type *a, const sdx_type *b, int depth)
{
    if (a->kind == SDX_KIND_UNKNOWN || b->kind == SDX_KIND_UNKNOWN || depth > 16)
        return &sdx_type_unknown;
    if (a->kind != b->kind || (a->dtype && b->dtype && a->dtype != b->dtype))
        return NULL;
    sdx_dtype dtype = a->dtype && b->dtype ? a->dtype : SDX_UNDEFINED;
    if (a->kind != SDX_TENSOR && a->kind != SDX_SPARSE) {
        const sdx_type *of = join(c, sdx_type_of(a), sdx_type_of(b), depth + 1);
        return of ? checked(c, sdx_type_wrap(c->scratch, a->kind, dtype, of)) : NULL;
    }
    int rank = a->dims.rank == b->dims.rank ? a->dims.rank : -1;
    sdx_dim *dim = sdx_new_dims(c, rank);
    for (int i = 0; i < rank; i++)
        if (sdx_same(c, a->dims.dim[i], b->dims.dim[i]) == SDX_YES)
            dim[i] = a->dims.dim[i];
    return checked(c, sdx_type_shaped(c->scratch, a->kind, dtype, (sdx_dims){ rank, dim }));
}

const sdx_type *sdx_join(sdx_infer *c, const sdx_type *a, const sdx_type *b)
{
    return join(c, a, b, 0);
}

const sdx_node *sdx_producer(sdx_infer *c, const sdx_node *n, int i)
{
    const sdx_gnode *maker = sdx_has_in(n, i) ? n->def->in[i]->producer : NULL;
    sdx_node *view = maker && maker->row ? sdx_arena_alloc(c->scratch, sizeof *view) : NULL;
    if (view)
        *view = sdx_view(maker, c->facts, c->scratch);
    return view;
}
