/* lint/report.c - findings become words: codes, where each value came from, their order: errors
 * first, so that a limit on their number leaves out what matters less, then as in the file. */
#include "lint/words.h"

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

/* ---- one finding ---- */

static const char *graph_words(sdx_lint_words *w, const sdx_raw_finding *x)
{
    if (!x->graph)
        return "";
    const char *name = x->graph->name ? x->graph->name : "";
    return x->graph->path && x->graph->path[0] ? sdx_lint_say(w, "%s", x->graph->path) : name;
}

static sdx_severity severity_of(const sdx_lint_options *o, const sdx_raw_finding *x)
{
    return o && o->runtime && strcmp(x->rule, "op-unimplemented") == 0 ? SDX_ERROR : x->severity;
}

static bool tell(sdx_lint_words *w, const sdx_raw_finding *x, const sdx_rule_page *page,
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
        values[i] = sdx_lint_value(w, &x->mention[i]);
    f.values = values;
    if (x->edit && !x->edit->impossible) {
        f.fix = x->edit->says;
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
        sdx_lint_words w = { &arena, f, findings, x };
        more = tell(&w, x, page, reason, o, report, ctx);
        told++;
        if (arena.failed)
            status = SDX_E_MEMORY;
        sdx_arena_rewind(&arena, before);
    }
    sdx_arena_free(&arena);
    return status;
}
