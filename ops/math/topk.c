/* ops/math/topk.c - TopK: the k largest or smallest elements along an axis, and where they were.
 *
 * Among equals the lower index comes first; NaN counts as larger than all numbers.  A heap of k
 * candidates passes once over a row. Source: ONNX Operators.md, TopK-24; Changelog.md, TopK-1 (k is
 * an attribute), -10, -11. */
#include "common/axes.h"
#include "common/walk.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema schema[] = {
    { 1, "X:T -> Values:T Indices:I", "axis:int=-1 k:int!", "T: float; I: i64" },
    { 10, "X:T K:i64 -> Values:T Indices:I", "axis:int=-1", NULL },
    { 11, NULL, "sorted:int=1 largest:int=1 axis:int=-1", "T: numeric; I: i64" },
    { 24, NULL, NULL, "T: numeric bf16; I: i64" },
    { 0 },
};

/* k from the attribute or the input; false: not known yet. */
static bool known_k(const sdx_node *n, int64_t *k)
{
    if (sdx_since(n) < 10) {
        *k = sdx_attr_int(n, "k");
        return true;
    }
    return sdx_read_int(n, 1, k);
}

static void refuse_k(sdx_infer *c, int64_t k, int axis, sdx_dim have)
{
    sdx_refuse(c, "topk-k", "K=%" PRId64 ", but axis %d of X has %s elements", k, axis,
               sdx_show(c, have));
    sdx_point(c, 0, axis);
    sdx_point(c, 1, -1);
    sdx_number(c, "k", k);
    if (sdx_is_num(have))
        sdx_number(c, "extent", have.n);
    sdx_hint(c, "K may be 0 to %s", sdx_show(c, have));
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    int64_t axis = sdx_attr_int(n, "axis"), k = 0;
    if (!sdx_check_axis(c, "axis", axis, x.rank) || x.rank < 0)
        return;
    int at = sdx_axis(axis, x.rank);
    sdx_dim *y = sdx_new_dims(c, x.rank);
    for (int i = 0; i < x.rank; i++)
        y[i] = x.dim[i];
    if (known_k(n, &k)) {
        if (k < 0 || (sdx_is_num(x.dim[at]) && k > x.dim[at].n)) {
            refuse_k(c, k, at, x.dim[at]);
            return;
        }
        y[at] = sdx_num(k);
    } else {
        int count;
        const sdx_dim *e = sdx_in_elems(n, 1, &count);
        y[at] = e && count == 1 && !sdx_is_unknown(e[0]) ? e[0] : sdx_dim_new(c, 0, at, x.dim[at]);
    }
    sdx_set_out_dims(c, 0, x.rank, y);
    sdx_set_out_dims(c, 1, x.rank, y);
}

/* ---- run ---- */

/* An element as a number whose order is that of the result: larger keys come first, equal ones by
 * their indices. */
typedef struct entry {
    uint64_t key;
    int64_t index;
} entry;

enum { PIECE = 256 };
static const uint64_t sign = UINT64_C(1) << 63;

/* NaN is the largest of all, and zeros are equal whatever their sign. */
static void keys_f64(uint64_t *key, const sdx_tensor *x, int64_t from, int64_t step, int64_t n)
{
    double v[PIECE];
    for (int64_t at = 0; at < n; at += PIECE) {
        int64_t some = n - at < PIECE ? n - at : PIECE;
        sdx_load_f64(v, x, from + at * step, step, some);
        for (int64_t i = 0; i < some; i++) {
            uint64_t bits;
            v[i] += 0.0;
            memcpy(&bits, &v[i], sizeof bits);
            bits ^= bits & sign ? UINT64_MAX : sign;
            key[at + i] = isnan(v[i]) ? UINT64_MAX : bits;
        }
    }
}

static void keys_of(uint64_t *key, const sdx_tensor *x, int64_t from, int64_t step, int64_t n,
                    bool largest)
{
    sdx_class class = sdx_dtype_class(x->dtype);
    uint64_t flip = largest ? 0 : UINT64_MAX;
    if (class == SDX_REAL)
        keys_f64(key, x, from, step, n);
    else
        sdx_load_u64(key, x, from, step, n);
    flip ^= class == SDX_REAL || class == SDX_UINT ? 0 : sign;
    for (int64_t i = 0; flip && i < n; i++)
        key[i] ^= flip;
}

static bool comes_first(const entry *a, const entry *b)
{
    return a->key > b->key || (a->key == b->key && a->index < b->index);
}

/* Restores the heap below `i`: its top is the one that comes last. */
static void sink(entry *heap, int64_t n, int64_t i)
{
    entry moved = heap[i];
    for (int64_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && comes_first(&heap[child], &heap[child + 1]))
            child++;
        if (!comes_first(&moved, &heap[child]))
            break;
        heap[i] = heap[child];
    }
    heap[i] = moved;
}

static void choose(const uint64_t *key, entry *heap, int64_t k, int64_t n)
{
    for (int64_t i = 0; i < k; i++)
        heap[i] = (entry){ key[i], i };
    for (int64_t i = k / 2 - 1; i >= 0; i--)
        sink(heap, k, i);
    for (int64_t i = k; i < n && k > 0; i++) {
        if (key[i] > heap[0].key) {
            heap[0] = (entry){ key[i], i };
            sink(heap, k, 0);
        }
    }
    for (int64_t left = k - 1; left > 0; left--) { /* into order: the last goes to the end */
        entry last = heap[0];
        heap[0] = heap[left];
        heap[left] = last;
        sink(heap, left, 0);
    }
}

typedef struct job {
    const sdx_tensor *x;
    sdx_tensor *values, *indices;
    int64_t length, stride, k;
    bool largest;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    entry *heap = scratch;
    uint64_t *key = (uint64_t *)(void *)(heap + j->length);
    size_t width = sdx_width(j->x->dtype);
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i / j->stride, column = i % j->stride;
        int64_t from = row * j->stride * j->length + column, to = row * j->stride * j->k + column;
        keys_of(key, j->x, from, j->stride, j->length, j->largest);
        choose(key, heap, j->k, j->length);
        for (int64_t r = 0; r < j->k; r++) {
            int64_t y = to + r * j->stride, x = from + heap[r].index * j->stride;
            if (j->indices)
                ((int64_t *)j->indices->data)[y] = heap[r].index;
            if (j->values && width)
                sdx_put(width, j->values->data, y, j->x->data, x);
            else if (j->values)
                SDX_TRY(sdx_copy(c, j->values, y, j->x, x, 1));
        }
    }
    return SDX_OK;
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, 0);
    size_t length = (size_t)x.dim[sdx_axis(sdx_attr_int(n, "axis"), x.rank)];
    sdx_want_scratch(c, 0, length * (sizeof(entry) + sizeof(uint64_t)));
    *state = NULL;
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { .x = sdx_in(c, 0), .values = sdx_out(c, 0), .indices = sdx_out(c, 1) };
    sdx_shape x = j.x->shape;
    int axis = sdx_axis(sdx_attr_int(n, "axis"), x.rank);
    (void)state;
    if (sdx_since(n) < 10) {
        j.k = sdx_attr_int(n, "k");
    } else {
        const sdx_tensor *k = sdx_in(c, 1);
        if (sdx_elements(k) != 1)
            return sdx_fail(c, SDX_E_SHAPE, "K has %" PRId64 " elements, not 1", sdx_elements(k));
        sdx_load_i64(&j.k, k, 0, 1, 1);
    }
    j.length = x.dim[axis];
    j.stride = sdx_count(x, axis + 1, x.rank);
    j.largest = sdx_since(n) < 11 || sdx_attr_int(n, "largest") != 0;
    if (j.k < 0 || j.k > j.length)
        return sdx_fail(c, SDX_E_VALUE, "K=%" PRId64 ", but axis %d has %" PRId64 " element%s", j.k,
                        axis, j.length, j.length == 1 ? "" : "s");
    if (!j.values && !j.indices) {
        int64_t dim[SDX_MAX_RANK];
        for (int i = 0; i < x.rank; i++)
            dim[i] = i == axis ? j.k : x.dim[i];
        sdx_shape y = { x.rank, dim };
        SDX_TRY(sdx_make_out(c, 0, y, &j.values));
        SDX_TRY(sdx_make_out(c, 1, y, &j.indices));
    }
    if (j.k == 0)
        return SDX_OK;
    return sdx_parallel(c, sdx_count(x, 0, axis) * j.stride, 1 + 16384 / (1 + j.length), some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(TopK), .schema = schema, .limits = "K#one ?largest:0|1 ?sorted:0|1",
      .traits = SDX_PURE, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_math_topk = { ops, 0 };
