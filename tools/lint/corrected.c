/* tools/lint/corrected.c - a model with its findings corrected, round by round: corrections may be
 * in each other's way, and one may show what another hid. */
#include "lint/corrected.h"

#include "save.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_ROUNDS = 100 };

static void note(corrections *done, const sdx_finding *f)
{
    char *line = NULL, **more = realloc(done->says, (done->n + 1) * sizeof *more);
    bool good = more && asprintf(&line, "%s %s: %s", f->code, f->name, f->fix) >= 0;
    done->says = more ? more : done->says;
    if (good)
        done->says[done->n++] = line;
    done->failed |= !good;
}

static bool is_in(const result *r, const sdx_finding *f)
{
    for (size_t i = 0; i < r->found.n; i++) {
        const sdx_finding *g = &r->found.finding[i];
        if (strcmp(f->code, g->code) == 0 && strcmp(f->node, g->node) == 0 &&
            f->severity == g->severity && strcmp(f->message, g->message) == 0)
            return true;
    }
    return false;
}

static bool has_new_error(const result *was, const result *is)
{
    for (size_t i = 0; i < is->found.n; i++)
        if (is->found.finding[i].severity == SDX_ERROR && !is_in(was, &is->found.finding[i]))
            return true;
    return false;
}

typedef struct rounds {
    const cli *c;
    const settings *line;
    corrected_wants *wants;
    void *ctx;
    corrections *done;
    kept bad;     /* guesses that led to errors */
    bool careful; /* after the first of those: what is safe at once, then one guess at a time */
    sdx_error *err;
} rounds;

/* The findings that are to be corrected now; *n of them. */
static sdx_finding *chosen(rounds *k, const result *r, size_t *n)
{
    const result bad = { .found = k->bad };
    sdx_finding *list = malloc((r->found.n + 1) * sizeof *list);
    size_t safe = 0;
    *n = 0;
    for (size_t i = 0; list && i < r->found.n; i++) {
        sdx_finding f = r->found.finding[i];
        if (!f.fix || !k->wants(k->ctx, r, &f) || is_in(&bad, &f))
            continue;
        list[(*n)++] = f;
        if (f.fix_is_safe) { /* to the front */
            list[*n - 1] = list[safe];
            list[safe++] = f;
        }
    }
    if (k->careful && *n)
        *n = safe ? safe : 1;
    return list;
}

typedef enum outcome { FAILED, NOTHING, CHANGED, WORSE } outcome;

/* One round: next is what comes of it, where it is CHANGED. */
static outcome make_round(rounds *k, const result *from, result *next, const sdx_finding *list,
                          size_t n)
{
    sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
    size_t size = 0, edits = 0;
    o.fix_all = true;
    o.fix_only = list;
    o.n_only = n;
    char *bytes = save_to_memory(from->model, &o, &size, &edits, k->err);
    if (!bytes || !edits) {
        free(bytes);
        return bytes ? NOTHING : FAILED;
    }
    result_again(next, from, k->c, k->line, bytes, size);
    if (next->status != SDX_OK) { /* what it was is better */
        *k->err = next->err;
        result_free(next);
        return FAILED;
    }
    if (!list[n - 1].fix_is_safe && has_new_error(from, next)) {
        result_free(next);
        return WORSE;
    }
    for (size_t i = 0; i < n; i++)
        if (!is_in(next, &list[i]))
            note(k->done, &list[i]);
    return CHANGED;
}

bool corrected_make(const result *r, result *now, const cli *c, const settings *line,
                    corrected_wants *wants, void *ctx, corrections *done, sdx_error *err)
{
    rounds k = { .c = c, .line = line, .wants = wants, .ctx = ctx, .done = done, .err = err };
    outcome was = CHANGED;
    *now = (result){ 0 };
    for (int round = 0; round < MOST_ROUNDS && was >= CHANGED; round++) {
        const result *from = now->model ? now : r;
        result next;
        size_t n = 0;
        sdx_finding *list = chosen(&k, from, &n);
        was = !list ? FAILED : n ? make_round(&k, from, &next, list, n) : NOTHING;
        if (k.careful && n && (was == WORSE || was == NOTHING)) {
            was = WORSE; /* on without these */
            for (size_t i = 0; i < n; i++)
                was = kept_add(&k.bad, &list[i]) ? was : FAILED;
        }
        k.careful |= was == WORSE;
        if (was == CHANGED) {
            if (now->model)
                result_free(now);
            *now = next;
        }
        free(list);
    }
    kept_free(&k.bad);
    return was != FAILED && !done->failed;
}

void corrections_free(corrections *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->says[i]);
    free(c->says);
    *c = (corrections){ 0 };
}
