/* graph/finding.c - the list of findings: each once, in the order in which they were made. */
#include "graph/finding.h"

#include "base/error.h"
#include <inttypes.h>
#include <string.h>

void sdx_findings_init(sdx_findings *f, sdx_arena *a)
{
    *f = (sdx_findings){ .arena = a };
    sdx_table_init(&f->seen, a);
}

/* Equal rule, node and fact are one finding. */
static bool is_new(sdx_findings *f, const char *rule, const sdx_gnode *node, const char *fact)
{
    bool fresh = false;
    const char *key = sdx_arena_printf(f->arena, "%s %p %s", rule, (const void *)node, fact);
    if (!key || !sdx_table_add(&f->seen, key, strlen(key), &fresh))
        f->failed = true;
    return fresh;
}

sdx_raw_finding *sdx_findings_vadd(sdx_findings *f, sdx_severity severity, const char *rule,
                                   const sdx_gnode *node, const char *fmt, va_list args)
{
    sdx_arena_mark before = sdx_arena_here(f->arena);
    const char *fact = sdx_arena_vprintf(f->arena, fmt, args);
    if (!fact) {
        f->failed = true;
        return NULL;
    }
    if (!is_new(f, rule, node, fact)) {
        if (!f->failed)
            sdx_arena_rewind(f->arena, before);
        return NULL;
    }
    sdx_raw_finding *x = sdx_arena_alloc(f->arena, sizeof *x);
    if (!x) {
        f->failed = true;
        return NULL;
    }
    *x = (sdx_raw_finding){ .rule = rule,
                            .severity = severity,
                            .status = SDX_E_MODEL,
                            .fact = fact,
                            .node = node,
                            .graph = node ? node->graph : NULL };
    *(f->last ? &f->last->next : &f->first) = x;
    f->last = x;
    ++*(severity == SDX_ERROR     ? &f->n_errors
        : severity == SDX_WARNING ? &f->n_warnings
                                  : &f->n_notes);
    return x;
}

sdx_raw_finding *sdx_findings_add(sdx_findings *f, sdx_severity severity, const char *rule,
                                  const sdx_gnode *node, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_raw_finding *x = sdx_findings_vadd(f, severity, rule, node, fmt, args);
    va_end(args);
    return x;
}

/* An array with one element more; NULL: no memory.  Lists here are short, so each step makes a
 * copy. */
static void *one_more(sdx_findings *f, const void *array, size_t count, size_t size)
{
    void *grown = sdx_arena_grow(f->arena, array, count, count + 1, size);
    if (!grown)
        f->failed = true;
    return grown;
}

void sdx_finding_vhint(sdx_findings *f, sdx_raw_finding *x, const char *fmt, va_list args)
{
    if (!x)
        return;
    const char *text = sdx_arena_vprintf(f->arena, fmt, args);
    const char **hint = text ? one_more(f, x->hint, x->n_hints, sizeof *hint) : NULL;
    if (!hint) {
        f->failed = true;
        return;
    }
    hint[x->n_hints++] = text;
    x->hint = hint;
}

void sdx_finding_hint(sdx_findings *f, sdx_raw_finding *x, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_finding_vhint(f, x, fmt, args);
    va_end(args);
}

void sdx_finding_mention(sdx_findings *f, sdx_raw_finding *x, const sdx_gvalue *v, const char *as,
                         const char *type, int axis)
{
    if (!x)
        return;
    sdx_mention *mention = one_more(f, x->mention, x->n_mentions, sizeof *mention);
    if (!mention)
        return;
    mention[x->n_mentions++] = (sdx_mention){ v, as, type, axis, NULL };
    x->mention = mention;
}

void sdx_finding_vnote(sdx_findings *f, sdx_raw_finding *x, const char *fmt, va_list args)
{
    if (!x || !x->n_mentions)
        return;
    const char *note = sdx_arena_vprintf(f->arena, fmt, args);
    if (note)
        x->mention[x->n_mentions - 1].note = note;
    else
        f->failed = true;
}

void sdx_finding_note(sdx_findings *f, sdx_raw_finding *x, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_finding_vnote(f, x, fmt, args);
    va_end(args);
}

void sdx_finding_number_add(sdx_findings *f, sdx_raw_finding *x, const char *name, int64_t value)
{
    if (!x)
        return;
    sdx_finding_number *number = one_more(f, x->number, x->n_numbers, sizeof *number);
    if (!number)
        return;
    number[x->n_numbers++] = (sdx_finding_number){ name, value };
    x->number = number;
}

sdx_status sdx_findings_error(const sdx_findings *f, const char *model_name, sdx_error *err)
{
    const sdx_raw_finding *x = f->first;
    while (x && x->severity != SDX_ERROR)
        x = x->next;
    if (!x)
        return SDX_OK;
    sdx_error_set(err, x->status, "%s", x->fact);
    sdx_error_rule(err, x->rule);
    if (x->node) {
        const char *place = sdx_node_place(f->arena, x->node);
        sdx_error_place(err, "%s", place ? place : x->node->name);
    } else if (x->subject) {
        sdx_error_place(err, "'%s'", x->subject);
    }
    if (model_name)
        sdx_error_prefix(err, "%s: ", model_name);
    if (x->n_hints)
        sdx_error_hint(err, "%s", x->hint[0]);
    return x->status;
}
