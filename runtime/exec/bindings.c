/* exec/bindings.c - the plans of one graph for the last few sets of input shapes. */
#include "base/error.h"
#include "exec/exec.h"
#include <string.h>

struct sdx_binding {
    sdx_bindings *of;
    sdx_plan *plan;
    int users; /* frames that run */
    sdx_frame *idle;
    uint64_t used; /* when, in takes */
    sdx_binding *next;
};

struct sdx_bindings {
    struct sdx_session *session;
    const sdx_graph *graph;
    pthread_mutex_t lock;
    sdx_binding *first;
    int count;
    uint64_t takes, misses;
    bool loose; /* a body whose shapes keep changing: one plan for all of them */
};

enum { SHORT_KEY = 256, PATIENCE = 8 };

sdx_bindings *sdx_bindings_new(struct sdx_session *s, const sdx_graph *g)
{
    sdx_bindings *b = sdx_mem_array(&s->mem, 1, sizeof *b);
    if (!b)
        return NULL;
    b->session = s;
    b->graph = g;
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

const sdx_graph *sdx_bindings_graph(const sdx_bindings *b)
{
    return b->graph;
}

static void free_binding(sdx_binding *x)
{
    while (x->idle) {
        sdx_frame *f = x->idle;
        x->idle = f->next;
        sdx_frame_free(f);
    }
    sdx_plan_free(x->plan);
    sdx_mem_free(&x->of->session->mem, x, sizeof *x);
}

void sdx_bindings_free(sdx_bindings *b)
{
    if (!b)
        return;
    while (b->first) {
        sdx_binding *x = b->first;
        b->first = x->next;
        free_binding(x);
    }
    pthread_mutex_destroy(&b->lock);
    sdx_mem_free(&b->session->mem, b, sizeof *b);
}

/* ---- keys: kind, element type and dims of every input ---- */

static size_t count_inputs(const sdx_graph *g)
{
    return g->n_inputs + g->n_captures;
}

static bool is_bound(const sdx_graph *g, size_t i)
{
    return i < g->n_inputs || !sdx_gvalue_constant(g->capture[i - g->n_inputs]);
}

/* Writes at most `room` numbers; returns how many there are. */
static size_t make_key(const sdx_graph *g, const sdx_value *const *in, bool loose, int64_t *key,
                       size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < count_inputs(g); i++) {
        const sdx_value *v = is_bound(g, i) ? in[i] : NULL;
        int rank = v && v->kind == SDX_TENSOR ? v->t.shape.rank : -1;
        if (n < room)
            key[n] = v ? (int64_t)v->kind * 256 + (int64_t)v->t.dtype : -1;
        if (n + 1 < room)
            key[n + 1] = rank;
        n += 2;
        for (int k = 0; k < rank; k++, n++)
            if (n < room)
                key[n] = loose && i < g->n_inputs ? -1 : v->t.shape.dim[k];
    }
    return n;
}

static sdx_binding *find(const sdx_bindings *b, const int64_t *key, size_t length)
{
    for (sdx_binding *x = b->first; x; x = x->next)
        if (x->plan->key_length == length && memcmp(x->plan->key, key, length * sizeof *key) == 0)
            return x;
    return NULL;
}

/* ---- taking and giving ---- */

/* Takes the oldest plans that nobody uses off the list, so that one more may be kept. */
static sdx_binding *make_room(sdx_bindings *b)
{
    sdx_binding *gone = NULL;
    while (b->count >= b->session->most_bindings) {
        sdx_binding **oldest = NULL;
        for (sdx_binding **at = &b->first; *at; at = &(*at)->next)
            if ((*at)->users == 0 && (!oldest || (*at)->used < (*oldest)->used))
                oldest = at;
        if (!oldest)
            break;
        sdx_binding *x = *oldest;
        *oldest = x->next;
        x->next = gone;
        gone = x;
        b->count--;
    }
    return gone;
}

static sdx_status bind(sdx_bindings *b, const sdx_value *const *in, bool loose, const int64_t *key,
                       size_t length, sdx_binding **out, sdx_error *err)
{
    struct sdx_session *s = b->session;
    sdx_plan_request q = { .mem = &s->mem,
                           .model_name = s->model_name,
                           .program = s->compiled->program,
                           .graph = b->graph,
                           .dispatch = s->dispatch,
                           .packs = s->packs,
                           .goal = s->goal,
                           .pool = s->pool,
                           .constants = s->compiled->constants,
                           .in = in,
                           .key = key,
                           .key_length = length,
                           .loose = loose };
    sdx_binding *x = sdx_mem_array(&s->mem, 1, sizeof *x);
    if (!x)
        return sdx_error_memory(err, sizeof *x);
    x->of = b;
    sdx_status st = sdx_plan_bind(&q, &x->plan, err);
    if (st != SDX_OK) {
        sdx_mem_free(&s->mem, x, sizeof *x);
        return st;
    }
    *out = x;
    return SDX_OK;
}

/* Adds a fresh binding, unless another thread was faster: then that one is used. */
static sdx_binding *enter(sdx_bindings *b, sdx_binding *fresh, const int64_t *key, size_t length)
{
    pthread_mutex_lock(&b->lock);
    sdx_binding *x = find(b, key, length), *gone = fresh;
    if (++b->misses > PATIENCE && b->graph->parent)
        b->loose = true;
    if (!x) {
        gone = make_room(b);
        x = fresh;
        x->next = b->first;
        b->first = x;
        b->count++;
    }
    x->used = ++b->takes;
    x->users++;
    pthread_mutex_unlock(&b->lock);
    while (gone) {
        sdx_binding *next = gone == fresh ? NULL : gone->next;
        free_binding(gone);
        gone = next;
    }
    return x;
}

static void leave(sdx_binding *x, sdx_frame *f)
{
    pthread_mutex_lock(&x->of->lock);
    x->users--;
    if (f) {
        f->next = x->idle;
        x->idle = f;
    }
    pthread_mutex_unlock(&x->of->lock);
}

static sdx_status take(sdx_bindings *b, const sdx_value *const *in, bool loose, const int64_t *key,
                       size_t length, sdx_frame **out, sdx_error *err)
{
    pthread_mutex_lock(&b->lock);
    sdx_binding *x = find(b, key, length);
    sdx_frame *f = x ? x->idle : NULL;
    if (x) {
        x->used = ++b->takes;
        x->users++;
        x->idle = f ? f->next : NULL;
    }
    pthread_mutex_unlock(&b->lock);
    if (!x) {
        sdx_binding *fresh = NULL;
        SDX_TRY(bind(b, in, loose, key, length, &fresh, err));
        x = enter(b, fresh, key, length);
    }
    if (!f) {
        sdx_status st = sdx_frame_new(b->session, x->plan, &f, err);
        if (st != SDX_OK) {
            leave(x, NULL);
            return st;
        }
        f->binding = x;
    }
    *out = f;
    return SDX_OK;
}

static bool is_loose(sdx_bindings *b)
{
    if (!b->graph->parent)
        return false;
    pthread_mutex_lock(&b->lock);
    bool loose = b->loose;
    pthread_mutex_unlock(&b->lock);
    return loose;
}

sdx_status sdx_bindings_take(sdx_bindings *b, const sdx_value *const *in, sdx_frame **out,
                             sdx_error *err)
{
    int64_t brief[SHORT_KEY];
    bool loose = is_loose(b);
    size_t length = make_key(b->graph, in, loose, brief, SHORT_KEY);
    if (length <= SHORT_KEY)
        return take(b, in, loose, brief, length, out, err);
    int64_t *key = sdx_mem_array(&b->session->mem, length, sizeof *key);
    if (!key)
        return sdx_error_memory(err, length * sizeof *key);
    make_key(b->graph, in, loose, key, length);
    sdx_status st = take(b, in, loose, key, length, out, err);
    sdx_mem_free(&b->session->mem, key, length * sizeof *key);
    return st;
}

void sdx_bindings_give(sdx_frame *f)
{
    leave(f->binding, f);
}
