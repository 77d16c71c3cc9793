/* load/external.c - tensors whose bytes lie in a file beside the model. */
#include "base/error.h"
#include "base/text.h"
#include "load/read.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#define FLAW(r, flaw, rule, status, hint, ...) \
    ((void)sdx_draft_flaw_add((r)->arena, flaw, rule, status, hint, __VA_ARGS__))

static const char *shown(sdx_arena *a, const char *text)
{
    char words[200];
    sdx_escape(words, sizeof words, text, strlen(text));
    const char *kept = sdx_arena_strdup(a, words);
    return kept ? kept : "?";
}

/* The file at this location, mapped at its first use.  NULL: no memory, or it cannot be had; said
 * once for a file. */
static sdx_held_file *get_file(sdx_reading *r, const char *location, const char *what,
                               sdx_draft_flaw **flaw)
{
    bool fresh;
    sdx_word *known = sdx_table_add(&r->external, location, strlen(location), &fresh);
    if (!known || !fresh)
        return known ? known->pointer : NULL;
    if (!r->options->folder) {
        FLAW(r, flaw, "external-missing", SDX_E_IO,
             "open the model by its path, or name the folder in the options",
             "%s lies in the file '%s', and the model was read from no folder", what,
             shown(r->arena, location));
        return NULL;
    }
    if (r->folder < 0)
        r->folder = open(*r->options->folder ? r->options->folder : ".",
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->folder < 0) {
        FLAW(r, flaw, "external-missing", SDX_E_IO, NULL,
             "%s lies in the file '%s', and the folder '%s' is not to be opened (%s)", what,
             shown(r->arena, location), r->options->folder, strerror(errno));
        return NULL;
    }
    sdx_error why = { 0 };
    int fd = -1;
    sdx_status st = sdx_open_beneath(r->folder, location, &fd, &why);
    if (st != SDX_OK) {
        bool outside = st == SDX_E_VALUE;
        FLAW(r, flaw, outside ? "external-path" : "external-missing",
             outside ? SDX_E_MODEL : SDX_E_IO,
             outside ? "copy the data to a file of its own below the model's folder"
                     : "put the file beside the model, or correct its location",
             "%s lies in the external file '%s': %s", what, shown(r->arena, location), why.fact);
        return NULL;
    }
    sdx_held_file *f = sdx_arena_alloc(r->arena, sizeof *f);
    st = f ? sdx_map_fd(&f->map, fd, location, r->options->mem, 0, &why) : SDX_E_MEMORY;
    close(fd);
    if (st != SDX_OK) {
        if (f)
            FLAW(r, flaw, "external-missing", SDX_E_IO, NULL,
                 "%s lies in the external file '%s': %s", what, shown(r->arena, location),
                 why.fact);
        return NULL;
    }
    f->next = r->held->file;
    r->held->file = f;
    known = sdx_table_find(&r->external, location, strlen(location));
    known->pointer = f;
    return f;
}

typedef struct place {
    const char *location;
    uint64_t offset, length;
    bool has_length;
} place;

enum { FEW_KEYS = 8 }; /* there are five */

static bool is_known_key(const char *key)
{
    static const char *const known[] = { "location", "offset", "length", "checksum", "basepath" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(key, known[i]) == 0)
            return true;
    return false;
}

static bool read_place(sdx_reading *r, const Onnx__TensorProto *t, place *p, const char *what,
                       sdx_draft_flaw **flaw)
{
    for (size_t i = 0; i < t->n_external_data; i++) {
        const char *key = t->external_data[i]->key, *value = t->external_data[i]->value;
        if (!key || !value)
            continue;
        bool fine = true, twice = false;
        for (size_t k = 0; k < i && k < FEW_KEYS; k++)
            twice |= t->external_data[k]->key && strcmp(key, t->external_data[k]->key) == 0;
        if (twice || !is_known_key(key))
            FLAW(r, flaw, "external-key", SDX_OK,
                 "the keys are location, offset, length and checksum, each at most once",
                 twice ? "the external data of %s has the key '%s' more than once"
                       : "the external data of %s has the key '%s', which means nothing",
                 what, shown(r->arena, key));
        if (strcmp(key, "location") == 0)
            p->location = sdx_names_add(r->names, value, strlen(value));
        else if (strcmp(key, "offset") == 0)
            fine = sdx_parse_u64(value, strlen(value), &p->offset);
        else if (strcmp(key, "length") == 0)
            p->has_length = fine = sdx_parse_u64(value, strlen(value), &p->length);
        if (!fine) {
            FLAW(r, flaw, "external-range", SDX_E_MODEL,
                 "offset and length are numbers of bytes, in decimal digits",
                 "the %s '%s' of the external data of %s is no number", key, shown(r->arena, value),
                 what);
            return false;
        }
    }
    if (!p->location || !*p->location)
        FLAW(r, flaw, "external-missing", SDX_E_MODEL, "a location, relative to the model's folder",
             "%s lies in an external file, and none is named", what);
    return p->location && *p->location;
}

const uint8_t *sdx_read_external(sdx_reading *r, const Onnx__TensorProto *t, size_t want,
                                 const char *what, sdx_draft_flaw **flaw)
{
    place p = { 0 };
    if (!read_place(r, t, &p, what, flaw))
        return NULL;
    sdx_held_file *f = get_file(r, p.location, what, flaw);
    if (!f)
        return NULL;
    const char *name = shown(r->arena, p.location);
    if (!p.has_length)
        p.length = want;
    if (p.length != want) {
        FLAW(r, flaw, "initializer-size", SDX_E_MODEL,
             "correct the length or the dims; without a length it is what the dims say",
             "%s takes %zu bytes, and its external data in '%s' has a length of %" PRIu64, what,
             want, name, p.length);
        return NULL;
    }
    if (p.offset > f->map.size || p.length > f->map.size - p.offset) {
        FLAW(r, flaw, "external-range", SDX_E_MODEL,
             "the file may be cut off, or belong to another model",
             "%s is %" PRIu64 " bytes at offset %" PRIu64 " of '%s', which has %zu bytes", what,
             p.length, p.offset, name, f->map.size);
        return NULL;
    }
    return f->map.data + p.offset;
}

void sdx_held_close(struct sdx_held *h)
{
    for (sdx_held_file *f = h ? h->file : NULL; f; f = f->next)
        sdx_map_close(&f->map);
    if (h)
        h->file = NULL;
}
