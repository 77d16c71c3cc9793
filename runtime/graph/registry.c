/* graph/registry.c - operators by domain and name, their rows parsed when first asked for. */
#include "graph/schema.h"

#include "base/error.h"
#include "base/text.h"
#include <string.h>

/* ---- the generated table: what the build found below ops/ ---- */

#define FAMILY(symbol, file) extern const sdx_family sdx_family_##symbol;
#define FUSION(symbol)       extern const struct sdx_rule sdx_##symbol;
#define KERNELS(family, isa)                     \
    extern const sdx_family sdx_family_##family; \
    void sdx_kernels_##family##_##isa(void *slots);
#include "sdx_op_table.inc"
#undef FAMILY
#undef FUSION
#undef KERNELS

#define FUSION(symbol)
#define KERNELS(family, isa)
#define FAMILY(symbol, file) { &sdx_family_##symbol, file },
const sdx_family_row sdx_family_table[] = {
#include "sdx_op_table.inc"
    { NULL, NULL },
};
#undef FAMILY
#undef KERNELS
#define FAMILY(symbol, file)
#define KERNELS(family, isa) { &sdx_family_##family, #isa, sdx_kernels_##family##_##isa },
const sdx_kernels_row sdx_kernels_table[] = {
#include "sdx_op_table.inc"
    { NULL, NULL, NULL },
};
#undef FUSION
#undef KERNELS
#define KERNELS(family, isa)
#define FUSION(symbol) &sdx_##symbol,
const struct sdx_rule *const sdx_fusion_table[] = {
#include "sdx_op_table.inc"
    NULL,
};
/* ---- the registry ---- */

typedef struct entry {
    const sdx_op *op;
    const sdx_family *family;
    const char *source;
    sdx_row **row; /* by place in op->schema; NULL: not parsed yet */
    int n_rows;
} entry;

struct sdx_registry {
    sdx_arena *arena;
    sdx_table by_name;       /* "domain:name" to its entry */
    sdx_registry_more *more; /* NULL: there is nothing more, or it was added */
    void *ctx;
    const char *trouble;
};

enum { NAME_ROOM = 256 }; /* no operator has a longer name with its domain */

/* "ai.onnx" is written as the empty domain, too. */
static const char *plain_domain(const char *domain)
{
    return !domain || strcmp(domain, "ai.onnx") == 0 ? "" : domain;
}

/* Length of the key; 0: too long to be any operator's. */
static size_t make_key(char key[NAME_ROOM], const char *domain, const char *name)
{
    domain = plain_domain(domain);
    if (strlen(domain) + strlen(name) + 2 > NAME_ROOM)
        return 0;
    return sdx_format(key, NAME_ROOM, "%s:%s", domain, name);
}

sdx_status sdx_registry_add(sdx_registry *r, const sdx_family *f, const sdx_op *op,
                            const char *source, sdx_error *err)
{
    char key[NAME_ROOM];
    size_t length = make_key(key, op->domain, op->name);
    bool fresh = false;
    const char *kept = length ? sdx_arena_strndup(r->arena, key, length) : NULL;
    sdx_word *word = kept ? sdx_table_add(&r->by_name, kept, length, &fresh) : NULL;
    entry *e = sdx_arena_alloc(r->arena, sizeof *e);
    if (!word || !e)
        return length ? sdx_error_memory(err, sizeof *e)
                      : sdx_error_set(err, SDX_E_USAGE, "%s: the name of an operator is too long",
                                      source);
    if (!fresh) {
        const entry *other = word->constant;
        return sdx_error_set(err, SDX_E_USAGE, "operator %s of %s is there already, from %s", key,
                             source, other->source);
    }
    *e = (entry){ op, f, source, NULL, 0 };
    word->pointer = e;
    while (op->schema && op->schema[e->n_rows].since)
        e->n_rows++;
    e->row = sdx_arena_array(r->arena, (size_t)e->n_rows, sizeof *e->row);
    return e->row ? SDX_OK : sdx_error_memory(err, sizeof *e->row);
}

sdx_registry *sdx_registry_new(sdx_arena *a)
{
    sdx_registry *r = sdx_arena_alloc(a, sizeof *r);
    if (!r)
        return NULL;
    r->arena = a;
    sdx_table_init(&r->by_name, a);
    for (const sdx_family_row *row = sdx_family_table; row->family; row++)
        for (const sdx_op *op = row->family->op; op && op->name; op++)
            if (sdx_registry_add(r, row->family, op, row->source, NULL) != SDX_OK)
                return NULL;
    return r;
}

void sdx_registry_when_missing(sdx_registry *r, sdx_registry_more *more, void *ctx)
{
    r->more = more;
    r->ctx = ctx;
}

void sdx_registry_trouble(sdx_registry *r, const char *text)
{
    if (!r->trouble)
        r->trouble = sdx_arena_strdup(r->arena, text);
}

const char *sdx_registry_troubled(const sdx_registry *r)
{
    return r ? r->trouble : NULL;
}

sdx_arena *sdx_registry_arena(sdx_registry *r)
{
    return r->arena;
}

const sdx_op *sdx_registry_find(sdx_registry *r, const char *domain, const char *name,
                                int64_t opset, const sdx_family **family, const sdx_row **row,
                                int *since)
{
    char key[NAME_ROOM];
    size_t length = make_key(key, domain, name);
    const sdx_word *word = length ? sdx_table_find(&r->by_name, key, length) : NULL;
    if (!word && length && r->more) {
        sdx_registry_more *more = r->more;
        r->more = NULL;
        more(r, r->ctx);
        word = sdx_table_find(&r->by_name, key, length);
    }
    if (!word)
        return NULL;
    const entry *e = word->constant;
    int at = -1;
    for (int i = 0; i < e->n_rows && e->op->schema[i].since <= opset; i++)
        at = i;
    if (at >= 0 && !e->row[at] &&
        sdx_row_parse(r->arena, e->op->schema, at, &e->row[at], NULL) != SDX_OK)
        return NULL;
    if (family)
        *family = e->family;
    if (row)
        *row = at >= 0 ? e->row[at] : NULL;
    if (since)
        *since = e->n_rows ? e->op->schema[0].since : 0;
    return e->op;
}

int sdx_registry_newest(const sdx_registry *r, const char *domain)
{
    const sdx_op *op;
    int newest = 0;
    for (size_t i = 0; r && (op = sdx_registry_at(r, i, NULL)); i++)
        if (strcmp(plain_domain(op->domain), plain_domain(domain)) == 0)
            for (const sdx_schema *s = op->schema; s->since; s++)
                newest = s->since > newest ? s->since : newest;
    return newest;
}

const sdx_op *sdx_registry_at(const sdx_registry *r, size_t i, const char **source)
{
    if (i >= r->by_name.filled)
        return NULL;
    const entry *e = r->by_name.entry[i].value.constant;
    if (source)
        *source = e->source;
    return e->op;
}

/* ---- did you mean ---- */

static const char *registered(const void *arg, size_t i)
{
    const sdx_registry *r = arg;
    const sdx_op *op = sdx_registry_at(r, i, NULL);
    return op ? op->name : NULL;
}

const char *sdx_registry_near(sdx_registry *r, const char *domain, const char *name)
{
    /* The same name in another domain is nearer than any misspelling. */
    for (size_t i = 0; i < r->by_name.filled; i++) {
        const char *other = registered(r, i);
        if (strcmp(other, name) == 0)
            return other;
    }
    (void)domain;
    /* A name that only lacks an ending, or has one too many: Convolution for Conv. */
    const char *near = sdx_nearest_word(name, strlen(name), registered, r), *best = NULL;
    size_t longest = 3;
    for (size_t i = 0; !near && i < r->by_name.filled; i++) {
        const char *other = registered(r, i);
        size_t n = strlen(other), m = strlen(name);
        if (n > longest && strncmp(other, name, n < m ? n : m) == 0 && (n < m ? n : m) > 3) {
            best = other;
            longest = n < m ? n : m;
        }
    }
    return near ? near : best;
}
