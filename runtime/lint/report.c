/* lint/report.c - findings become words: codes, where each value came from, their order: errors
 * first, so that a limit on their number leaves out what matters less, then as in the file. */
#include "lint/lint.h"

#include "base/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_wanted(const sdx_lint_options *o, const char *code, const char *name)
{
    if (!o)
        return true;
    if (o->select && *o->select && !sdx_lint_matches(o->select, strlen(o->select), code, name))
        return false;
    return !o->ignore || !sdx_lint_matches(o->ignore, strlen(o->ignore), code, name);
}

/* ---- errors first, then the order of the file ---- */

enum { DEEPEST = 64 };

/* Places of a node from the main graph inwards; what is not a node's comes first. */
static int path_of(const sdx_raw_finding *x, int64_t path[DEEPEST])
{
    int n = 0;
    const sdx_gnode *at = x->node ? x->node : x->graph ? x->graph->owner : NULL;
    for (; at && n < DEEPEST; at = at->graph ? at->graph->owner : NULL)
        path[n++] = at->index;
    for (int i = 0; i < n / 2; i++) {
        int64_t swap = path[i];
        path[i] = path[n - 1 - i];
        path[n - 1 - i] = swap;
    }
    return n;
}

typedef struct ranked {
    const sdx_raw_finding *finding;
    size_t made; /* keeps the order among equals */
} ranked;

static int by_place(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    int64_t px[DEEPEST], py[DEEPEST];
    if (x->finding->severity != y->finding->severity)
        return x->finding->severity > y->finding->severity ? -1 : 1;
    int nx = path_of(x->finding, px), ny = path_of(y->finding, py);
    for (int i = 0; i < nx && i < ny; i++)
        if (px[i] != py[i])
            return px[i] < py[i] ? -1 : 1;
    if (nx != ny)
        return nx < ny ? -1 : 1;
    return x->made < y->made ? -1 : x->made > y->made;
}

/* ---- where a value came from ---- */

typedef struct words {
    sdx_arena *arena;
    const sdx_facts *facts;
} words;

static const char *say(words *w, const char *fmt, ...) SDX_PRINTF(2, 3);
static const char *say(words *w, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = sdx_arena_vprintf(w->arena, fmt, args);
    va_end(args);
    return text ? text : "";
}

static const sdx_type *type_of(const words *w, const sdx_gvalue *v)
{
    const sdx_type *t = w->facts && v->id < w->facts->n ? w->facts->of[v->id].type : NULL;
    return t ? t : &sdx_type_unknown;
}

static const char *node_words(words *w, const sdx_gnode *n)
{
    const sdx_gnode *user = n->origin ? n->origin : n;
    return user->name[0] ? say(w, "%s '%s'", user->op_type, user->name)
                         : say(w, "%s #%" PRId64, user->op_type, user->index);
}

enum { MOST_INPUTS = 5, MOST_ELEMS = 8, FURTHEST = 32 };

/* "float32[1, 6, 8, 8]"; of a short list of numbers the list: "[0, -1]". */
static const char *input_words(words *w, const sdx_gvalue *v)
{
    const sdx_fact *f = v->id < w->facts->n ? &w->facts->of[v->id] : NULL;
    if (f && f->elem && f->n_elem && f->n_elem <= MOST_ELEMS)
        return sdx_dims_text(w->facts->symbols, w->arena, (sdx_dims){ f->n_elem, f->elem });
    return sdx_type_text(w->facts->symbols, w->arena, type_of(w, v));
}

/* "Concat 'cat' of float32[1, 6, 8, 8] and float32[1, 7, 8, 8]" */
static const char *made_by(words *w, const sdx_gnode *n)
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
    return more ? say(w, "%s and %d more", text, more) : text;
}

/* The operand of an element-wise node or a view that has the same dim at the same place: it came
 * through there. */
static const sdx_gvalue *same_dim_before(const words *w, const sdx_gvalue *v, int axis)
{
    const sdx_gnode *n = v->producer;
    const sdx_type *t = type_of(w, v);
    if (!n->op || !(n->op->traits & SDX_POINTWISE) || axis < 0 || axis >= t->dims.rank)
        return NULL;
    for (int i = 0; i < n->n_in; i++) {
        const sdx_type *in = n->in[i] ? type_of(w, n->in[i]) : NULL;
        if (in && in->dims.rank == t->dims.rank && in->dims.dim[axis].n == t->dims.dim[axis].n &&
            in->dims.dim[axis].sym == t->dims.dim[axis].sym)
            return n->in[i];
    }
    return NULL;
}

static const char *origin_of(words *w, const sdx_gvalue *v, int axis)
{
    const char *through = "";
    for (int step = 0; step < FURTHEST; step++) {
        if (v->outer) {
            v = v->outer;
            continue;
        }
        const sdx_gvalue *before = v->producer && w->facts ? same_dim_before(w, v, axis) : NULL;
        if (!before)
            break;
        if (step < 3)
            through = say(w, "%s%s %s", through, *through ? " and" : "through",
                          node_words(w, v->producer));
        else if (step == 3)
            through = say(w, "%s and more", through);
        v = before;
    }
    const char *source = v->producer && w->facts ? made_by(w, v->producer)
                         : v->producer           ? node_words(w, v->producer)
                         : v->is_initializer     ? "initializer"
                         : v->is_input ? v->graph->parent ? "input of the body" : "graph input"
                         : v->constant ? "constant"
                                       : "?";
    bool named = !v->producer && *through;
    return *through ? say(w, "%s%s%s%s %s", source, named ? " '" : "", named ? v->name : "",
                          named ? "'" : "", through)
                    : source;
}

static sdx_finding_value value_words(words *w, const sdx_mention *m)
{
    const char *origin = origin_of(w, m->value, m->axis);
    const char *name = m->value->name[0] ? m->value->name : m->as ? m->as : "?";
    /* Messages speak of W where the file says conv1.weight. */
    if (m->as && !sdx_same_word(m->as, strlen(m->as), name))
        origin = say(w, "%s: %s", m->as, origin);
    if (m->note)
        origin = say(w, "%s; %s", origin, m->note);
    return (sdx_finding_value){ name, m->type ? m->type : "?", origin, m->axis };
}

/* ---- one finding ---- */

static const char *graph_words(words *w, const sdx_raw_finding *x)
{
    if (!x->graph)
        return "";
    const char *name = x->graph->name ? x->graph->name : "";
    return x->graph->path && x->graph->path[0] ? say(w, "%s", x->graph->path) : name;
}

static sdx_severity severity_of(const sdx_lint_options *o, const sdx_raw_finding *x)
{
    return o && o->runtime && strcmp(x->rule, "op-unimplemented") == 0 ? SDX_ERROR : x->severity;
}

static bool tell(words *w, const sdx_raw_finding *x, const sdx_rule_page *page,
                 const char *suppressed, const sdx_lint_options *o, sdx_report *report, void *ctx)
{
    sdx_finding f = { .code = page ? page->code : "SX000",
                      .name = x->rule,
                      .severity = severity_of(o, x),
                      .message = x->fact,
                      .graph = graph_words(w, x),
                      .node = "",
                      .op = "",
                      .index = -1,
                      .n_values = x->n_mentions,
                      .n_numbers = x->n_numbers,
                      .n_help = x->n_hints,
                      .numbers = x->number,
                      .help = x->hint,
                      .suppressed = suppressed };
    if (x->node) {
        f.node = x->node->name;
        f.op = x->node->op_type;
        f.index = x->node->index;
    } else if (x->subject) {
        f.node = x->subject;
    }
    sdx_finding_value *values = sdx_arena_array(w->arena, x->n_mentions, sizeof *values);
    for (size_t i = 0; values && i < x->n_mentions; i++)
        values[i] = value_words(w, &x->mention[i]);
    f.values = values;
    if (x->edit) {
        f.fix = say(w, "set '%s' of node '%s' to %" PRId64, x->edit->attribute, x->edit->node->name,
                    x->edit->value);
        f.fix_is_safe = x->edit->safe;
    }
    return report(ctx, &f);
}

sdx_status sdx_lint_report(const sdx_findings *findings, const sdx_facts *f,
                           const sdx_suppressions *left_out, const sdx_lint_options *o,
                           sdx_report *report, void *ctx)
{
    size_t n = findings->n_errors + findings->n_warnings + findings->n_notes, told = 0;
    sdx_arena arena;
    sdx_arena_init(&arena, findings->arena->mem, 0);
    ranked *list = sdx_arena_array(&arena, n, sizeof *list);
    sdx_status status = list ? SDX_OK : SDX_E_MEMORY;
    size_t count = 0;
    for (const sdx_raw_finding *x = findings->first; list && x && count < n; x = x->next, count++)
        list[count] = (ranked){ x, count };
    if (list)
        qsort(list, count, sizeof *list, by_place);
    bool more = true;
    for (size_t i = 0;
         list && i < count && more && (!o || !o->max_findings || told < o->max_findings); i++) {
        const sdx_raw_finding *x = list[i].finding;
        const sdx_rule_page *page = sdx_rule_find(x->rule);
        const char *reason = severity_of(o, x) == SDX_ERROR ? NULL : sdx_suppressed(left_out, x);
        if (!is_wanted(o, page ? page->code : "SX000", x->rule) ||
            (reason && !(o && o->suppressed)))
            continue;
        sdx_arena_mark before = sdx_arena_here(&arena);
        words w = { &arena, f };
        more = tell(&w, x, page, reason, o, report, ctx);
        told++;
        if (arena.failed)
            status = SDX_E_MEMORY;
        sdx_arena_rewind(&arena, before);
    }
    sdx_arena_free(&arena);
    return status;
}
