/* tools/lint/kept.c - findings and their texts, copied. */
#include "lint/kept.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 16384 };

struct kept_chunk {
    struct kept_chunk *next;
    size_t used, size;
    _Alignas(16) char bytes[];
};

static void *take(kept *k, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (!k->chunk || k->chunk->size - k->chunk->used < size) {
        size_t room = size > CHUNK ? size : CHUNK;
        struct kept_chunk *c = malloc(sizeof *c + room);
        if (!c) {
            k->failed = true;
            return NULL;
        }
        c->next = k->chunk;
        c->used = 0;
        c->size = room;
        k->chunk = c;
    }
    void *at = k->chunk->bytes + k->chunk->used;
    k->chunk->used += size;
    return at;
}

static const char *text(kept *k, const char *s)
{
    size_t size = s ? strlen(s) + 1 : 0;
    char *copy = s ? take(k, size) : NULL;
    if (copy)
        memcpy(copy, s, size);
    return copy;
}

bool kept_add(kept *k, const sdx_finding *f)
{
    if (k->n == k->room) {
        size_t room = k->room ? 2 * k->room : 16;
        sdx_finding *more = realloc(k->finding, room * sizeof *more);
        k->failed |= !more;
        if (!more)
            return false;
        k->finding = more;
        k->room = room;
    }
    sdx_finding copy = *f;
    sdx_finding_value *values = take(k, f->n_values * sizeof *values);
    sdx_finding_number *numbers = take(k, f->n_numbers * sizeof *numbers);
    const char **help = take(k, f->n_help * sizeof *help);
    if (!values || !numbers || !help)
        return false;
    for (size_t i = 0; i < f->n_values; i++)
        values[i] = (sdx_finding_value){ text(k, f->values[i].name), text(k, f->values[i].type),
                                         text(k, f->values[i].origin), f->values[i].axis };
    for (size_t i = 0; i < f->n_numbers; i++)
        numbers[i] = (sdx_finding_number){ text(k, f->numbers[i].name), f->numbers[i].value };
    for (size_t i = 0; i < f->n_help; i++)
        help[i] = text(k, f->help[i]);
    copy.code = text(k, f->code);
    copy.name = text(k, f->name);
    copy.message = text(k, f->message);
    copy.graph = text(k, f->graph);
    copy.node = text(k, f->node);
    copy.op = text(k, f->op);
    copy.fix = text(k, f->fix);
    copy.suppressed = text(k, f->suppressed);
    copy.values = values;
    copy.numbers = numbers;
    copy.help = help;
    if (k->failed)
        return false;
    k->finding[k->n++] = copy;
    return true;
}

void kept_free(kept *k)
{
    while (k->chunk) {
        struct kept_chunk *next = k->chunk->next;
        free(k->chunk);
        k->chunk = next;
    }
    free(k->finding);
    *k = (kept){ 0 };
}
