/* graph/plugin.c - operators from outside: held against the interface, brought to our size.
 *
 * sdx_op grows at its end.  A plugin says how long its own are; what a shorter one lacks is zero
 * here, which every stage takes for "it has none". */
#include "base/error.h"
#include "base/text.h"
#include "graph/schema.h"

#include <string.h>

/* What an operator had when the interface began. */
enum { FIRST_SIZE = offsetof(sdx_op, run) + sizeof(((sdx_op *)0)->run) };

sdx_status sdx_plugin_check(const sdx_plugin_info *p, const char *source, sdx_error *err)
{
    sdx_status st = SDX_OK;
    if (p->abi != SDX_PLUGIN_ABI)
        st = sdx_error_set(err, SDX_E_UNSUPPORTED, "plugin %s speaks interface %d, this library %d",
                           source, p->abi, SDX_PLUGIN_ABI);
    else if (p->op_size > sizeof(sdx_op))
        st = sdx_error_set(
            err, SDX_E_UNSUPPORTED,
            "plugin %s is newer than this library: its operators have %zu bytes, here %zu", source,
            p->op_size, sizeof(sdx_op));
    else if (p->op_size < FIRST_SIZE || p->op_size % _Alignof(sdx_op) != 0 || !p->families)
        st = sdx_error_set(err, SDX_E_FORMAT,
                           "plugin %s has operators of %zu bytes, which no version had%s", source,
                           p->op_size, p->families ? "" : ", and no list of them");
    if (st != SDX_OK)
        sdx_error_hint(err, "build it again, against the headers of this library");
    return st;
}

bool sdx_plugin_op(const sdx_plugin_info *p, const sdx_family *f, size_t i, sdx_op *op)
{
    *op = (sdx_op){ 0 };
    if (f->op)
        memcpy(op, (const char *)(const void *)f->op + i * p->op_size, p->op_size);
    return op->name != NULL;
}

/* The stages rely on what the tests of the library's own operators hold: here it is looked at. */
static sdx_status check_op(sdx_arena *a, const sdx_op *op, const char *source, sdx_error *err)
{
    const sdx_schema *s = op->schema;
    const char *lacks = !s || s->since < 1 ? "schema"
                        : !op->infer       ? "infer"
                        : !op->run && !op->expand && !(op->traits & (SDX_VIEW | SDX_DERIVES))
                            ? "run"
                            : NULL;
    if (lacks)
        return sdx_error_set(err, SDX_E_FORMAT, "plugin %s: operator %s has no %s", source,
                             op->name, lacks);
    sdx_arena_mark mark = sdx_arena_here(a);
    sdx_status st = SDX_OK;
    for (int i = 0; s[i].since && st == SDX_OK; i++) {
        sdx_row *row;
        sdx_error why;
        sdx_error_clear(&why);
        if (i > 0 && s[i].since <= s[i - 1].since)
            st = sdx_error_set(&why, SDX_E_FORMAT, "it comes after %d", s[i - 1].since);
        else
            st = sdx_row_parse(a, s, i, &row, &why);
        if (st != SDX_OK)
            st = sdx_error_set(err, st == SDX_E_MEMORY ? st : SDX_E_FORMAT,
                               "plugin %s: operator %s, version %d: %s", source, op->name,
                               s[i].since, why.fact);
    }
    sdx_arena_rewind(a, mark);
    return st;
}

sdx_status sdx_registry_add_plugin(sdx_registry *r, const sdx_plugin_info *p, const char *source,
                                   sdx_error *err)
{
    sdx_arena *a = sdx_registry_arena(r);
    SDX_TRY(sdx_plugin_check(p, source, err));
    for (const sdx_family *const *f = p->families; *f; f++) {
        sdx_op op;
        for (size_t i = 0; sdx_plugin_op(p, *f, i, &op); i++) {
            SDX_TRY(check_op(a, &op, source, err));
            const sdx_op *kept = sdx_arena_copy(a, &op, sizeof op);
            if (!kept)
                return sdx_error_memory(err, sizeof op);
            SDX_TRY(sdx_registry_add(r, *f, kept, source, err));
        }
    }
    return SDX_OK;
}

/* ---- what is missing ---- */

#define PLUGIN(name, ops, packages) { name, ops, packages },
/* Plugins of this project, whether they could be built here or not: from ops/CMakeLists.txt. */
static const struct {
    const char *name;
    const char *ops;      /* "ImageDecoder"; more divided by blanks    */
    const char *packages; /* what Debian calls the libraries it needs */
} plugins[] = {
#include "sdx_plugin_table.inc"
    { NULL, NULL, NULL },
};

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at++)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return length > 0;
    return false;
}

const char *sdx_registry_way_out(const sdx_registry *r, const char *domain, const char *op_type,
                                 char *room, size_t size)
{
    const char *trouble = sdx_registry_troubled(r);
    int p = 0;
    while (plugins[p].name && (*domain || !has_word(plugins[p].ops, op_type)))
        p++;
    if (plugins[p].name)
        sdx_format(room, size,
                   "it is in the plugin %s.so, which is built where %s are installed, and belongs "
                   "into the folder sardonyx beside the library%s%s",
                   plugins[p].name, plugins[p].packages, trouble ? "; " : "",
                   trouble ? trouble : "");
    else
        sdx_format(room, size,
                   "the model loads and is checked around this node; to run it, add the operator "
                   "or a plugin%s%s",
                   trouble ? "; " : "", trouble ? trouble : "");
    return room;
}
