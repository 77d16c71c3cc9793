/* api/save.c - writing models: as they were read, with fixes or types added, or as text. */
#include "api/model.h"
#include "base/error.h"
#include "graph/text.h"
#include "lint/lint.h"

typedef struct known {
    sdx_model *model;
    sdx_arena *arena;
    sdx_known_type *type;
    size_t n, room;
    bool failed;
} known;

/* Is a number known where the file has none, or, with names, a symbol where it has nothing? */
static bool is_sharper(const sdx_type *t, const sdx_type *declared, bool names)
{
    if (t->kind != SDX_TENSOR || declared->kind != SDX_TENSOR || t->dtype != declared->dtype)
        return false;
    bool more = declared->dims.rank < 0 && t->dims.rank >= 0;
    for (int i = 0; declared->dims.rank == t->dims.rank && i < t->dims.rank; i++) {
        sdx_dim is = t->dims.dim[i], was = declared->dims.dim[i];
        more |= sdx_is_num(is) ? !sdx_is_num(was)
                               : names && sdx_is_unknown(was) && !sdx_is_unknown(is);
    }
    return more;
}

/* Does the file say less of this value? */
static bool worth_saying(const sdx_gvalue *v, const sdx_type *t)
{
    if (!*v->name || !v->graph->span.size || !t || v->is_initializer || v->outer ||
        (v->producer ? *v->producer->path != 0 : !v->is_input))
        return false;
    if (v->declared)
        return v->span.size && is_sharper(t, v->declared, !v->is_input);
    return v->producer && !v->is_output && !v->span.size && t->kind != SDX_KIND_UNKNOWN &&
           t->kind != SDX_SPARSE && (t->kind != SDX_TENSOR || t->dtype);
}

static bool note_type(known *k, const sdx_gvalue *v, const sdx_type *t)
{
    if (k->n == k->room) {
        size_t room = k->room ? 2 * k->room : 64;
        sdx_known_type *more = sdx_arena_grow(k->arena, k->type, k->n, room, sizeof *more);
        if (!more)
            return false;
        k->type = more;
        k->room = room;
    }
    const sdx_known_type *one = sdx_known_type_of(k->model->facts->symbols, k->arena, v, t);
    if (one)
        k->type[k->n++] = *one;
    return one != NULL;
}

static bool note_graph(void *ctx, sdx_graph *g)
{
    known *k = ctx;
    for (size_t i = 0; i < g->n_values; i++) {
        const sdx_gvalue *v = g->value[i];
        const sdx_type *t = v->id < k->model->facts->n ? k->model->facts->of[v->id].type : NULL;
        if (worth_saying(v, t) && !note_type(k, v, t))
            return false;
    }
    return true;
}

/* ---- nodes of functions ---- */

/* A node of a function stands in the file once and in the program as often as it is called: an edit
 * is made where all of them want the same. */
typedef struct shared {
    const sdx_edit *edit; /* the first */
    size_t copies, agreeing;
} shared;

typedef struct sharing {
    sdx_table by_place; /* offset of a node of a function: its shared */
    sdx_arena *arena;
} sharing;

static bool count_copies(void *ctx, sdx_graph *g)
{
    sharing *s = ctx;
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sdx_gnode *n = g->node[i];
        const sdx_word *w = *n->path && n->span.size
                                ? sdx_table_find_number(&s->by_place, n->span.offset)
                                : NULL;
        if (w)
            ((shared *)w->pointer)->copies++;
    }
    return true;
}

static bool is_shared(const sdx_edit *e)
{
    return e->node && *e->node->path;
}

static bool share_edit(sharing *s, const sdx_edit *e)
{
    sdx_word *w = sdx_table_add_number(&s->by_place, e->node->span.offset, NULL);
    shared *x = w ? w->pointer : NULL;
    if (w && !x)
        w->pointer = x = sdx_arena_alloc(s->arena, sizeof *x);
    if (!x)
        return false;
    x->edit = x->edit ? x->edit : e;
    x->agreeing += strcmp(e->says, x->edit->says) == 0;
    return true;
}

/* Leaves the edits of functions' nodes that all calls agree on, each once. */
static bool settle_shared(const sdx_model *m, sdx_arena *a, const sdx_edit **list, size_t *n)
{
    sharing s = { .arena = a };
    size_t kept = 0;
    sdx_table_init(&s.by_place, a);
    for (size_t i = 0; i < *n; i++)
        if (is_shared(list[i]) && !share_edit(&s, list[i]))
            return false;
    if (!sdx_program_each(m->loaded.program, count_copies, &s))
        return false;
    for (size_t i = 0; i < *n; i++) {
        const sdx_word *w = is_shared(list[i])
                                ? sdx_table_find_number(&s.by_place, list[i]->node->span.offset)
                                : NULL;
        const shared *x = w ? w->constant : NULL;
        if (!x || (x->edit == list[i] && x->agreeing == x->copies))
            list[kept++] = list[i];
    }
    *n = kept;
    return true;
}

/* ---- which edits ---- */

/* What tells findings apart, for a finding told and for one as it was made. */
static const char *key_of(sdx_arena *a, const char *rule, int64_t index, const char *node,
                          const char *fact)
{
    return sdx_arena_printf(a, "%s %lld %s: %s", rule, (long long)index, node, fact);
}

static bool note_told(sdx_table *told, const sdx_save_options *o)
{
    for (size_t i = 0; o->fix_only && i < (o->n_only ? o->n_only : 1); i++) {
        const sdx_finding *f = &o->fix_only[i];
        const char *key = key_of(told->arena, f->name, f->index, f->node, f->message);
        if (!key || !sdx_table_add(told, key, strlen(key), NULL))
            return false;
    }
    return true;
}

static bool is_told(sdx_table *told, const sdx_raw_finding *f)
{
    const char *node = f->node ? f->node->name : f->subject ? f->subject : "";
    const char *key = key_of(told->arena, f->rule, f->node ? f->node->index : -1, node, f->fact);
    return key && sdx_table_find(told, key, strlen(key));
}

/* The edits of the findings that the options ask for. */
static const sdx_edit **edits_of(const sdx_model *m, const sdx_findings *findings,
                                 const sdx_save_options *o, sdx_arena *a, size_t *n)
{
    size_t most = 0;
    sdx_table told, seen;
    sdx_table_init(&told, a);
    sdx_table_init(&seen, a);
    for (const sdx_raw_finding *f = findings->first; f; f = f->next)
        most += f->edit != NULL;
    const sdx_edit **list = sdx_arena_array(a, most, sizeof *list);
    *n = 0;
    if (!list || !note_told(&told, o))
        return NULL;
    for (const sdx_raw_finding *f = findings->first; f; f = f->next) {
        bool fresh = false;
        if (!f->edit || !(o->fix_all || (o->fix_safe && f->edit->safe)) ||
            (o->fix_only && !is_told(&told, f)))
            continue;
        if (!sdx_table_add_number(&seen, (uintptr_t)f->edit, &fresh))
            return NULL;
        if (fresh)
            list[(*n)++] = f->edit;
    }
    return settle_shared(m, a, list, n) ? list : NULL;
}

static sdx_status save_text(const sdx_model *m, sdx_writer *write, void *ctx, sdx_error *err)
{
    const sdx_loaded *l = &m->loaded;
    const sdx_draft head = { .producer = l->producer,
                             .producer_version = l->producer_version,
                             .domain = l->domain,
                             .doc = l->doc,
                             .model_version = l->model_version,
                             .n_metadata = l->n_metadata,
                             .metadata_key = l->metadata_key,
                             .metadata_value = l->metadata_value };
    sdx_status st = sdx_text_print(l->program, &head, write, ctx);
    return st == SDX_OK ? st : sdx_error_set(err, st, "the model could not be written to its end");
}

static sdx_status save_bytes(sdx_model *m, const sdx_save_options *o, sdx_arena *a,
                             sdx_writer *write, void *ctx, size_t *n_edits, sdx_error *err)
{
    size_t n;
    known k = { .model = m, .arena = a };
    sdx_findings found;
    sdx_findings_init(&found, a);
    bool fine = !(o->fix_safe || o->fix_all) || sdx_model_find(m, NULL, &found);
    const sdx_edit **edit = fine ? edits_of(m, &found, o, a, &n) : NULL;
    if (!edit || (o->annotate && m->facts && !sdx_program_each(m->loaded.program, note_graph, &k)))
        return sdx_error_memory(err, 0);
    return sdx_save_edits(m->bytes, m->size, n, edit, k.n, k.type, &m->mem, write, ctx, n_edits,
                          err);
}

sdx_status sdx_model_save(const sdx_model *model, const sdx_save_options *options,
                          sdx_writer *write, void *ctx, size_t *n_edits, sdx_error *err)
{
    sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    sdx_model *m = (sdx_model *)(uintptr_t)model; /* its lock */
    sdx_error_clear(err);
    if (n_edits)
        *n_edits = 0;
    if (o.text)
        return save_text(m, write, ctx, err);
    if (!m->bytes)
        return sdx_error_set(err, SDX_E_UNSUPPORTED,
                             "a model that was read from text is written as text alone");
    sdx_arena a;
    sdx_arena_init(&a, &m->mem, 0);
    pthread_mutex_lock(&m->compiling);
    sdx_status st = save_bytes(m, &o, &a, write, ctx, n_edits, err);
    pthread_mutex_unlock(&m->compiling);
    sdx_arena_free(&a);
    return st;
}
