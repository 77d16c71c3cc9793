/* eval/run.c - the context of `run`: what a node reads, makes, calls, and drops when it ends. */
#include "base/error.h"
#include "eval/eval.h"
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

/* ---- what the node reads ---- */

static const sdx_tensor *tensor_of(const sdx_value *v)
{
    return v && v->kind == SDX_TENSOR ? &v->t : NULL;
}

const sdx_value *sdx_in_value(sdx_run *c, int i)
{
    return i >= 0 && i < c->node->def->n_in ? c->in[i] : NULL;
}

const sdx_tensor *sdx_in(sdx_run *c, int i)
{
    if (i < 64 && i >= 0 && (c->prepared->packed >> i & 1))
        return NULL;
    return tensor_of(sdx_in_value(c, i));
}

const sdx_tensor *sdx_epilogue_in(sdx_run *c, int k, int operand)
{
    const sdx_gnode *def = c->node->def;
    int at = 0, slot = sdx_epilogue_slot(c->node, k);
    if (operand == slot || operand >= def->epilogue[k]->n_in)
        return NULL;
    for (int i = 0; i < k; i++)
        at += def->epilogue[i]->n_in - 1;
    return tensor_of(c->epilogue_in[at + operand - (operand > slot)]);
}

void *sdx_scratch(sdx_run *c)
{
    return c->scratch_shared;
}

/* ---- what the node makes ---- */

static sdx_status no_room(sdx_run *c, sdx_status st, sdx_dtype d, sdx_shape s)
{
    if (st == SDX_E_LIMIT)
        return sdx_error_set(c->err, st,
                             "a %s tensor of rank %d is too large, or past the memory limit",
                             sdx_dtype_onnx_name(d), s.rank);
    return sdx_error_memory(c->err, 0);
}

static sdx_status make_in(sdx_run *c, sdx_dtype d, sdx_shape s, sdx_layout l, sdx_value **v)
{
    sdx_status st = sdx_value_make(c->host->mem, c->host->blocks, d, s, l, false, v);
    return st == SDX_OK ? st : no_room(c, st, d, s);
}

static sdx_status make(sdx_run *c, sdx_dtype d, sdx_shape s, sdx_value **v)
{
    return make_in(c, d, s, SDX_PLAIN, v);
}

/* Where the run is to put output i; NULL: nowhere.  An alias is there already, in memory that
 * others may be reading. */
static sdx_value *asked(const sdx_run *c, int i)
{
    const sdx_alias_of *alias = c->prepared->alias;
    bool for_run = i >= 0 && i < c->node->def->n_out && !(alias && alias[i].in >= 0);
    return for_run ? c->out[i] : NULL;
}

sdx_tensor *sdx_out(sdx_run *c, int i)
{
    sdx_value *v = asked(c, i);
    return v && v->kind == SDX_TENSOR && v->t.data ? &v->t : NULL;
}

static bool same_shape(sdx_shape a, sdx_shape b)
{
    return a.rank == b.rank && memcmp(a.dim, b.dim, sizeof *a.dim * (size_t)a.rank) == 0;
}

sdx_status sdx_make_out(sdx_run *c, int i, sdx_shape s, sdx_tensor **y)
{
    *y = NULL;
    if (!asked(c, i))
        return SDX_OK;
    sdx_tensor *planned = sdx_out(c, i);
    if (planned) {
        if (!same_shape(planned->shape, s))
            return sdx_fail(c, SDX_E_SHAPE, "%s has another size than was inferred",
                            sdx_out_name(c->node, i));
        *y = planned;
        return SDX_OK;
    }
    sdx_value *v;
    sdx_layout l = sdx_final_out(c->node->def, i)->layout;
    SDX_TRY(make_in(c, sdx_final_type(c->node, i)->dtype, s, l, &v));
    sdx_value_let_go(c->made[i]);
    c->made[i] = v;
    *y = &v->t;
    return SDX_OK;
}

/* v, held, or a copy where it is borrowed. */
static sdx_status keep(sdx_run *c, const sdx_value *v, const sdx_value **out)
{
    sdx_status st = sdx_value_keep(c->host->mem, c->host->blocks, v, out);
    return st == SDX_OK ? st : no_room(c, st, v->t.dtype, v->t.shape);
}

sdx_status sdx_set_out(sdx_run *c, int i, const sdx_value *v)
{
    const sdx_value *kept;
    if (!asked(c, i))
        return SDX_OK;
    SDX_TRY(keep(c, v, &kept));
    sdx_value_let_go(c->made[i]);
    c->made[i] = kept;
    return SDX_OK;
}

/* ---- values for the time of the node ---- */

/* Takes over the caller's reference, also when it fails. */
static sdx_status drop_later(sdx_run *c, const sdx_value *v)
{
    sdx_temps *t = c->temps;
    if (t->n == t->room) {
        size_t room = t->room ? 2 * t->room : 16;
        const sdx_value **more = sdx_mem_resize(c->host->mem, t->value, t->room * sizeof *more,
                                                room * sizeof *more);
        if (!more) {
            sdx_value_let_go(v);
            return sdx_error_memory(c->err, room * sizeof *more);
        }
        t->value = more;
        t->room = room;
    }
    t->value[t->n++] = v;
    return SDX_OK;
}

void sdx_drop(sdx_run *c, const sdx_value *v)
{
    sdx_temps *t = c->temps;
    for (size_t i = t->n; v && i-- > 0;) {
        if (t->value[i] != v)
            continue;
        t->value[i] = t->value[--t->n];
        sdx_value_let_go(v);
        return;
    }
}

static void drop_all(sdx_temps *t)
{
    while (t->n > 0)
        sdx_value_let_go(t->value[--t->n]);
}

void sdx_temps_free(sdx_temps *t, sdx_mem *mem)
{
    drop_all(t);
    sdx_mem_free(mem, t->value, t->room * sizeof *t->value);
    *t = (sdx_temps){ NULL, 0, 0 };
}

sdx_status sdx_new_tensor(sdx_run *c, sdx_dtype d, sdx_shape s, sdx_value **v)
{
    SDX_TRY(make(c, d, s, v));
    return drop_later(c, *v);
}

sdx_tensor *sdx_tensor_of(sdx_value *v)
{
    return v && v->kind == SDX_TENSOR ? &v->t : NULL;
}

static sdx_status new_list(sdx_run *c, sdx_kind kind, sdx_value **v)
{
    if (sdx_value_make_list(c->host->mem, c->host->blocks, kind, v) != SDX_OK)
        return sdx_error_memory(c->err, sizeof **v);
    return drop_later(c, *v);
}

static sdx_status append(sdx_run *c, sdx_value *list, const sdx_value *item)
{
    sdx_status st = sdx_value_append(list, item);
    return st == SDX_OK ? st : no_room(c, st, item->t.dtype, item->t.shape);
}

sdx_status sdx_new_sequence(sdx_run *c, sdx_value **v)
{
    return new_list(c, SDX_SEQUENCE, v);
}

sdx_status sdx_seq_push(sdx_run *c, sdx_value *seq, const sdx_value *item)
{
    return append(c, seq, item);
}

sdx_status sdx_new_optional(sdx_run *c, const sdx_value *of, sdx_value **v)
{
    SDX_TRY(new_list(c, SDX_OPTIONAL, v));
    return of ? append(c, *v, of) : SDX_OK;
}

sdx_status sdx_new_map(sdx_run *c, const sdx_value *keys, const sdx_value *values, sdx_value **v)
{
    SDX_TRY(new_list(c, SDX_MAP, v));
    SDX_TRY(append(c, *v, keys));
    return append(c, *v, values);
}

/* ---- moving elements ---- */

static sdx_status moved(sdx_run *c, sdx_status st)
{
    return st == SDX_E_MEMORY ? sdx_error_memory(c->err, 0) : st;
}

sdx_status sdx_copy(sdx_run *c, sdx_tensor *y, int64_t to, const sdx_tensor *x, int64_t from,
                    int64_t n)
{
    return moved(c, sdx_tensor_move(y, to, 1, x, from, 1, n, c->host->mem));
}

sdx_status sdx_copy_strided(sdx_run *c, sdx_tensor *y, int64_t to, int64_t to_step,
                            const sdx_tensor *x, int64_t from, int64_t from_step, int64_t n)
{
    return moved(c, sdx_tensor_move(y, to, to_step, x, from, from_step, n, c->host->mem));
}

sdx_status sdx_put_string(sdx_run *c, sdx_tensor *y, int64_t i, const char *text, size_t length)
{
    return moved(c, sdx_tensor_put_string(y, i, text, length, c->host->mem));
}

/* ---- work on several threads ---- */

uint64_t sdx_clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

sdx_status sdx_poll(sdx_run *c)
{
    const sdx_run_host *h = c->host;
    if (h->cancelled && atomic_load_explicit(h->cancelled, memory_order_relaxed))
        return sdx_fail(c, SDX_E_CANCELLED, "the run was cancelled");
    if (h->deadline_ns && sdx_clock_ns() > h->deadline_ns)
        return sdx_fail(c, SDX_E_CANCELLED, "the deadline passed");
    return SDX_OK;
}

static void *scratch_of(const sdx_run *c)
{
    size_t each = c->prepared->scratch_worker;
    return each ? (char *)c->scratch_workers + each * (size_t)c->worker : NULL;
}

/* Pieces share a job.  Each has a context and an error of its own; of those that fail, the lowest
 * speaks. */
typedef struct job {
    sdx_run *c;
    sdx_some *some;
    void *arg;
    int64_t count, grain;
    int64_t failed; /* lowest failing piece so far; under the lock */
    pthread_mutex_t lock;
} job;

static sdx_status piece_fails(job *j, int64_t chunk, sdx_status st, const sdx_error *err)
{
    pthread_mutex_lock(&j->lock);
    if (chunk < j->failed) {
        j->failed = chunk;
        if (j->c->err) {
            *j->c->err = *err;
            j->c->err->status = st;
        }
    }
    pthread_mutex_unlock(&j->lock);
    return st;
}

static sdx_status one_piece(void *arg, int64_t chunk, int worker)
{
    job *j = arg;
    sdx_error err;
    sdx_temps temps = { NULL, 0, 0 };
    sdx_run c = *j->c;
    int64_t begin = chunk * j->grain;
    int64_t end = j->count - begin < j->grain ? j->count : begin + j->grain;
    err.status = SDX_OK;
    err.rule[0] = err.place[0] = err.fact[0] = err.hint[0] = '\0';
    c.err = &err;
    c.temps = &temps;
    c.worker = worker;
    c.inside = true;
    sdx_status st = sdx_poll(&c);
    if (st == SDX_OK)
        st = j->some(j->arg, begin, end, scratch_of(&c), &c);
    if (temps.value)
        sdx_temps_free(&temps, c.host->mem);
    return st == SDX_OK ? st : piece_fails(j, chunk, st, &err);
}

static sdx_status in_line(sdx_run *c, int64_t count, int64_t grain, sdx_some *some, void *arg)
{
    for (int64_t begin = 0; begin < count;) {
        int64_t end = count - begin < grain ? count : begin + grain;
        SDX_TRY(sdx_poll(c));
        SDX_TRY(some(arg, begin, end, scratch_of(c), c));
        begin = end;
    }
    return SDX_OK;
}

sdx_status sdx_parallel(sdx_run *c, int64_t count, int64_t grain, sdx_some *some, void *arg)
{
    if (grain < 1)
        grain = 1;
    if (c->inside || c->prepared->narrow || !c->host->pool || count <= grain)
        return in_line(c, count, grain, some, arg);
    job j = { c, some, arg, count, grain, INT64_MAX, PTHREAD_MUTEX_INITIALIZER };
    return sdx_pool_run(c->host->pool, sdx_pool_chunks(count, grain), one_piece, &j, NULL);
}

/* ---- bodies, failures ---- */

sdx_status sdx_call(sdx_run *c, const char *attr, int n_in, const sdx_value *const *in, int n_out,
                    const sdx_value **out)
{
    const sdx_run_host *h = c->host;
    if (!h->body)
        return sdx_fail(c, SDX_E_UNSUPPORTED, "no body can be run here");
    SDX_TRY(h->body(h->body_ctx, c->node->def, attr, n_in, in, n_out, out, c->err));
    sdx_status st = SDX_OK;
    for (int i = 0; i < n_out; i++) {
        if (st == SDX_OK)
            st = drop_later(c, out[i]);
        else
            sdx_value_let_go(out[i]);
    }
    return st;
}

sdx_status sdx_fail(sdx_run *c, sdx_status s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_error_vset(c->err, s, fmt, args);
    va_end(args);
    return s;
}

sdx_status sdx_run_node(sdx_run *r)
{
    const sdx_gnode *def = r->node->def;
    if (!def->op->run)
        return sdx_fail(r, SDX_E_UNSUPPORTED, "%s cannot be run", def->op_type);
    sdx_status st = def->op->run(r->node, r->prepared->state, r);
    if (r->temps->n > 0)
        drop_all(r->temps);
    for (int i = 0; st != SDX_OK && i < def->n_out; i++) {
        sdx_value_let_go(r->made[i]);
        r->made[i] = NULL;
    }
    return st;
}
