/* ops/common/walk.c - moves a box of elements from one tensor to another, each with strides of its
 * own. */
#include <string.h>
#include "common/walk.h"
#include "simd/f32_words.h"

enum {
    /* bytes across a tile where the orders differ: whole lines of the cache */
    TILE = 128,
    /* elements along the writing side that one item takes */
    BAND = 1024,
    /* elements that make a piece of work */
    PIECE = 16384
};

void sdx_strides(sdx_shape s, int64_t *stride)
{
    int64_t step = 1;
    for (int k = s.rank - 1; k >= 0; k--) {
        stride[k] = step;
        step *= s.dim[k] ? s.dim[k] : 1;
    }
}

void sdx_walk_set(sdx_walk *w, int rank, const int64_t *dim, const int64_t *to, const int64_t *from)
{
    w->rank = 0;
    w->empty = false;
    for (int k = 0; k < rank; k++) {
        if (dim[k] == 0)
            w->empty = true;
        if (dim[k] == 1)
            continue;
        int last = w->rank - 1;
        if (last >= 0 && w->to[last] == to[k] * dim[k] && w->from[last] == from[k] * dim[k]) {
            w->dim[last] *= dim[k];
        } else {
            last = w->rank++;
            w->dim[last] = dim[k];
        }
        w->to[last] = to[k];
        w->from[last] = from[k];
    }
    if (w->rank == 0) {
        w->rank = 1;
        w->dim[0] = 1;
        w->to[0] = w->from[0] = 1;
    }
}

/* n elements of one width; `flip` copies columns of a tile, rows of the other side. */
typedef void mover(void *y, int64_t to, const void *x, int64_t from, int64_t n);
typedef void flipper(void *y, int64_t to, const void *x, int64_t from, int64_t across,
                     int64_t along);

typedef struct wide {
    uint64_t half[2];
} wide;

#define MOVER(bits, type)                                                                \
    static void move_##bits(void *y, int64_t to, const void *x, int64_t from, int64_t n) \
    {                                                                                    \
        type *a = y;                                                                     \
        const type *b = x;                                                               \
        if (from == 1 && to == 1) {                                                      \
            memcpy(a, b, (size_t)n * sizeof *a);                                         \
        } else if (from == 0 && to == 1) {                                               \
            for (int64_t i = 0; i < n; i++)                                              \
                a[i] = *b;                                                               \
        } else if (to == 1) {                                                            \
            for (int64_t i = 0; i < n; i++)                                              \
                a[i] = b[i * from];                                                      \
        } else {                                                                         \
            for (int64_t i = 0; i < n; i++)                                              \
                a[i * to] = b[i * from];                                                 \
        }                                                                                \
    }
MOVER(8, uint8_t)
MOVER(16, uint16_t)
MOVER(32, uint32_t)
MOVER(64, uint64_t)
MOVER(128, wide)

/* Squares of vectors of 16 bytes, turned in registers: each stage weaves the first half of the rows
 * with the second. */
#define LOW_2   0, 2
#define HIGH_2  1, 3
#define LOW_4   0, 4, 1, 5
#define HIGH_4  2, 6, 3, 7
#define LOW_8   0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_8  4, 12, 5, 13, 6, 14, 7, 15
#define LOW_16  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define SQUARE(bits, type, lanes)                                                   \
    typedef type vector_##bits __attribute__((vector_size(16)));                    \
    static void turn_##bits(type *y, int64_t to, const type *x, int64_t from)       \
    {                                                                               \
        vector_##bits r[2][lanes];                                                  \
        int at = 0;                                                                 \
        V_UNROLL                                                                    \
        for (int i = 0; i < (lanes); i++)                                           \
            memcpy(&r[0][i], x + i * from, 16);                                     \
        V_UNROLL                                                                    \
        for (int stage = 1; stage < (lanes); stage *= 2, at ^= 1) {                 \
            V_UNROLL                                                                \
            for (int i = 0; i < (lanes) / 2; i++) {                                 \
                vector_##bits a = r[at][i], b = r[at][i + (lanes) / 2];             \
                r[at ^ 1][2 * i] = __builtin_shufflevector(a, b, LOW_##lanes);      \
                r[at ^ 1][2 * i + 1] = __builtin_shufflevector(a, b, HIGH_##lanes); \
            }                                                                       \
        }                                                                           \
        V_UNROLL                                                                    \
        for (int i = 0; i < (lanes); i++)                                           \
            memcpy(y + i * to, &r[at][i], 16);                                      \
    }
SQUARE(8, uint8_t, 16)
SQUARE(16, uint16_t, 8)
SQUARE(32, uint32_t, 4)
SQUARE(64, uint64_t, 2)

/* y[r * to + k] = x[k * from + r]: `across` rows r of y, `along` elements k each. */
#define FLIPPER(bits, type, lanes)                                                            \
    static void flip_##bits(void *y, int64_t to, const void *x, int64_t from, int64_t across, \
                            int64_t along)                                                    \
    {                                                                                         \
        type *a = y;                                                                          \
        const type *b = x;                                                                    \
        int64_t rows = across - across % (lanes), whole = along - along % (lanes);            \
        for (int64_t k = 0; k < whole; k += (lanes))                                          \
            for (int64_t r = 0; r < rows; r += (lanes))                                       \
                turn_##bits(a + r * to + k, to, b + k * from + r, from);                      \
        for (int64_t r = 0; r < across; r++)                                                  \
            for (int64_t k = r < rows ? whole : 0; k < along; k++)                            \
                a[r * to + k] = b[k * from + r];                                              \
    }
FLIPPER(8, uint8_t, 16)
FLIPPER(16, uint16_t, 8)
FLIPPER(32, uint32_t, 4)
FLIPPER(64, uint64_t, 2)

typedef struct job {
    const sdx_walk *w;
    sdx_tensor *y;
    const sdx_tensor *x;
    int64_t to, from; /* first elements */
    int64_t width;    /* bytes of an element; 0: sdx_copy_strided must do it */
    mover *move;
    flipper *flip;
    int column;      /* the dim that is contiguous in x; -1: rows suffice */
    int64_t tile;    /* elements of it that are moved together            */
    int64_t cuts[2]; /* pieces of the last dim, pieces of the column      */
} job;

/* An odometer over the outer dims, and the two cut ones innermost. */
typedef struct place {
    int64_t at[SDX_MAX_RANK], row, column, to, from;
} place;

static void set_place(const job *j, int64_t item, place *p)
{
    const sdx_walk *w = j->w;
    p->row = item % j->cuts[0];
    item /= j->cuts[0];
    p->column = item % j->cuts[1];
    item /= j->cuts[1];
    p->to = j->to;
    p->from = j->from;
    for (int k = w->rank - 2; k >= 0; k--) {
        p->at[k] = 0;
        if (k == j->column)
            continue;
        p->at[k] = item % w->dim[k];
        item /= w->dim[k];
        p->to += p->at[k] * w->to[k];
        p->from += p->at[k] * w->from[k];
    }
}

static void next_place(const job *j, place *p)
{
    const sdx_walk *w = j->w;
    if (++p->row < j->cuts[0])
        return;
    p->row = 0;
    if (++p->column < j->cuts[1])
        return;
    p->column = 0;
    for (int k = w->rank - 2; k >= 0; k--) {
        if (k == j->column)
            continue;
        p->to += w->to[k];
        p->from += w->from[k];
        if (++p->at[k] < w->dim[k])
            return;
        p->to -= w->to[k] * w->dim[k];
        p->from -= w->from[k] * w->dim[k];
        p->at[k] = 0;
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const sdx_walk *w = j->w;
    int last = w->rank - 1;
    int64_t piece = j->column < 0 ? PIECE : BAND;
    place p;
    (void)scratch;
    set_place(j, begin, &p);
    for (int64_t i = begin; i < end; i++, next_place(j, &p)) {
        int64_t first = p.row * piece, n = least(piece, w->dim[last] - first);
        int64_t to = p.to + first * w->to[last], from = p.from + first * w->from[last];
        if (j->column >= 0) {
            int64_t top = p.column * j->tile, rows = least(j->tile, w->dim[j->column] - top);
            j->flip((char *)j->y->data + (to + top * w->to[j->column]) * j->width, w->to[j->column],
                    (const char *)j->x->data + (from + top) * j->width, w->from[last], rows, n);
        } else if (j->width) {
            j->move((char *)j->y->data + to * j->width, w->to[last],
                    (const char *)j->x->data + from * j->width, w->from[last], n);
        } else {
            SDX_TRY(sdx_copy_strided(c, j->y, to, w->to[last], j->x, from, w->from[last], n));
        }
    }
    return SDX_OK;
}

static void choose_movers(job *j)
{
    static const struct {
        int bits;
        mover *move;
        flipper *flip;
    } row[] = {
        { 8, move_8, flip_8 },    { 16, move_16, flip_16 }, { 32, move_32, flip_32 },
        { 64, move_64, flip_64 }, { 128, move_128, NULL },
    };
    int bits = sdx_dtype_bits(j->x->dtype);
    if (sdx_dtype_class(j->x->dtype) == SDX_STRING)
        return;
    for (size_t k = 0; k < sizeof row / sizeof *row; k++)
        if (row[k].bits == bits) {
            j->width = bits / 8;
            j->move = row[k].move;
            j->flip = row[k].flip;
        }
}

sdx_status sdx_walk_copy(sdx_run *c, const sdx_walk *w, sdx_tensor *y, int64_t to,
                         const sdx_tensor *x, int64_t from)
{
    job j = { .w = w, .y = y, .x = x, .to = to, .from = from, .column = -1, .cuts = { 1, 1 } };
    int last = w->rank - 1;
    int64_t items = 1, each = w->dim[last];
    if (w->empty)
        return SDX_OK;
    choose_movers(&j);
    if (j.flip && w->to[last] == 1 && w->from[last] != 1 && w->from[last] != 0)
        for (int k = 0; k < last; k++)
            if (w->from[k] == 1)
                j.column = k;
    if (j.column >= 0) {
        j.cuts[0] = (w->dim[last] + BAND - 1) / BAND;
        j.tile = TILE / j.width;
        j.cuts[1] = (w->dim[j.column] + j.tile - 1) / j.tile;
        each = least(each, BAND) * least(w->dim[j.column], j.tile);
    } else {
        j.cuts[0] = (w->dim[last] + PIECE - 1) / PIECE;
        each = least(each, PIECE);
    }
    for (int k = 0; k < last; k++)
        items *= k == j.column ? 1 : w->dim[k];
    return sdx_parallel(c, items * j.cuts[0] * j.cuts[1], 1 + PIECE / each, some, &j);
}

sdx_status sdx_fill(sdx_run *c, sdx_tensor *y, const sdx_tensor *x, int64_t i)
{
    int64_t n = sdx_elements(y);
    double zero = 0;
    if (n == 0)
        return SDX_OK;
    if (x)
        return sdx_copy_strided(c, y, 0, 1, x, i, 0, n);
    if (sdx_dtype_class(y->dtype) == SDX_STRING) {
        for (int64_t k = 0; k < n; k++)
            SDX_TRY(sdx_put_string(c, y, k, "", 0));
        return SDX_OK;
    }
    if (sdx_dtype_class(y->dtype) == SDX_COMPLEX) {
        memset(y->data, 0, sdx_bytes(y->dtype, n));
        return SDX_OK;
    }
    sdx_store_f64(y, 0, 1, 1, &zero); /* not always zero bits: one type has no zero */
    return sdx_copy_strided(c, y, 1, 1, y, 0, 0, n - 1);
}

sdx_ints sdx_run_ints(const sdx_node *n, sdx_run *c, const char *attribute, int i)
{
    sdx_ints r = sdx_read_ints(n, attribute, i);
    const sdx_tensor *t = r.given == SDX_OPEN ? sdx_in(c, i) : NULL;
    return t ? sdx_tensor_ints(t) : r;
}
