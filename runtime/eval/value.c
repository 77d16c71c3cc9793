/* eval/value.c - counted values: tensors, sequences, optionals, maps, sparse tensors.
 *
 * One block holds a value whole: the block's head, the header, the dims where the header has no
 * room for them, and a tensor's bytes at the next multiple of 64. */
#include "eval/value.h"

#include "base/bits.h"
#include "base/size.h"
#include "eval/blocks.h"
#include <string.h>

enum { SHORT_RANK = sizeof(((sdx_value *)0)->dim) / sizeof(int64_t), FIRST_ROOM = 4 };

/* ---- making ---- */

/* Where there is no memory: because of the limit, or really? */
static sdx_status no_memory(const sdx_mem *mem, size_t size)
{
    return sdx_mem_has_room(mem, size) ? SDX_E_MEMORY : SDX_E_LIMIT;
}

/* A value of kind `kind` with room for `rank` dims and `data` bytes more. */
static sdx_status make(sdx_mem *mem, sdx_block_pool *pool, sdx_kind kind, int rank, size_t data,
                       sdx_value **out)
{
    const size_t dims = rank > SHORT_RANK ? (size_t)rank * sizeof(int64_t) : 0;
    size_t head = sizeof(sdx_block) + sizeof(sdx_value) + dims, size;
    if (!sdx_size_align(&head, head, SDX_BLOCK_ALIGN) || !sdx_size_add(&size, head, data))
        return SDX_E_LIMIT;
    sdx_block *b = sdx_block_take(mem, pool, size);
    if (!b)
        return no_memory(mem, size);
    sdx_value *v = (sdx_value *)(void *)(b + 1);
    *v = (sdx_value){ .kind = kind, .storage = SDX_OWN, .block = b, .mem = mem, .pool = pool };
    atomic_init(&v->refs, 1);
    v->t.shape.dim = dims ? (int64_t *)(void *)(v + 1) : v->dim;
    v->t.data = data ? (char *)b + head : NULL;
    *out = v;
    return SDX_OK;
}

/* Writes a tensor's type into a value that make() made with room for its rank. */
static void describe(sdx_value *v, sdx_dtype d, sdx_shape s, sdx_layout l)
{
    int64_t *dim = s.rank > SHORT_RANK ? (int64_t *)(void *)(v + 1) : v->dim;
    if (s.rank)
        memcpy(dim, s.dim, (size_t)s.rank * sizeof *dim);
    v->t.dtype = d;
    v->t.layout = l;
    v->t.shape = (sdx_shape){ s.rank, dim };
}

/* Is the shape valid, also when its channel blocks are whole? */
static bool fits(sdx_dtype d, sdx_shape s, sdx_layout l, size_t *bytes)
{
    const unsigned bits = (unsigned)sdx_dtype_bits(d);
    const unsigned block = s.rank > 1 ? (unsigned)sdx_layout_block(l) : 1;
    if (s.rank > SDX_MAX_RANK || !bits || !sdx_size_shape(s.rank, s.dim, bits * block, NULL, NULL))
        return false;
    *bytes = sdx_layout_bytes(d, s, l);
    return true;
}

sdx_status sdx_value_make(sdx_mem *mem, sdx_block_pool *pool, sdx_dtype d, sdx_shape s,
                          sdx_layout l, bool zero, sdx_value **out)
{
    size_t bytes;
    sdx_value *v;
    if (!fits(d, s, l, &bytes))
        return SDX_E_LIMIT;
    /* a byte at least: data is never NULL, so that NULL can say that there is none yet */
    sdx_status st = make(mem, pool, SDX_TENSOR, s.rank, bytes ? bytes : 1, &v);
    if (st != SDX_OK)
        return st;
    describe(v, d, s, l);
    if (zero || d == SDX_STR)
        memset(v->t.data, 0, bytes);
    *out = v;
    return SDX_OK;
}

sdx_status sdx_value_make_list(sdx_mem *mem, sdx_block_pool *pool, sdx_kind kind, sdx_value **out)
{
    return make(mem, pool, kind, 0, 0, out);
}

sdx_status sdx_value_make_sparse(sdx_mem *mem, sdx_block_pool *pool, sdx_shape s,
                                 const sdx_value *values, const sdx_value *indices, sdx_value **out)
{
    sdx_value *v;
    size_t bytes;
    if (!fits(values->t.dtype, s, SDX_PLAIN, &bytes))
        return SDX_E_LIMIT;
    sdx_status st = make(mem, pool, SDX_SPARSE, s.rank, 0, &v);
    if (st != SDX_OK)
        return st;
    describe(v, values->t.dtype, s, SDX_PLAIN);
    st = sdx_value_append(v, values);
    if (st == SDX_OK)
        st = sdx_value_append(v, indices);
    if (st == SDX_OK)
        *out = v;
    else
        sdx_value_let_go(v);
    return st;
}

sdx_status sdx_value_append(sdx_value *list, const sdx_value *item)
{
    if (list->n == list->room) {
        const size_t room = list->room ? 2 * list->room : FIRST_ROOM, size = sizeof *list->item;
        void *moved = sdx_mem_resize(list->mem, list->item, list->room * size, room * size);
        if (!moved)
            return no_memory(list->mem, room * size);
        list->item = moved;
        list->room = room;
    }
    sdx_status st = sdx_value_keep(list->mem, list->pool, item, &list->item[list->n]);
    if (st == SDX_OK)
        list->n++;
    return st;
}

sdx_status sdx_value_make_over(sdx_mem *mem, sdx_dtype d, sdx_shape s, void *data, sdx_value **out)
{
    sdx_value *v;
    sdx_status st = make(mem, NULL, SDX_TENSOR, s.rank, 0, &v);
    if (st != SDX_OK)
        return st;
    describe(v, d, s, SDX_PLAIN);
    v->storage = SDX_BORROWED;
    v->t.data = data;
    *out = v;
    return SDX_OK;
}

void sdx_value_borrow(sdx_value *header, sdx_dtype d, sdx_shape s, sdx_layout l, void *data)
{
    *header = (sdx_value){ .kind = SDX_TENSOR, .storage = SDX_BORROWED };
    header->t = (sdx_tensor){ d, l, s, data };
    if (s.rank <= SHORT_RANK) {
        if (s.rank)
            memcpy(header->dim, s.dim, (size_t)s.rank * sizeof *s.dim);
        header->t.shape.dim = header->dim;
    }
}

sdx_status sdx_value_part(sdx_mem *mem, sdx_block_pool *pool, const sdx_value *of, sdx_dtype d,
                          sdx_shape s, sdx_layout l, size_t offset, sdx_value **out)
{
    sdx_value *v, header;
    char *data = (char *)of->t.data + offset;
    if (!atomic_load_explicit(&of->refs, memory_order_relaxed)) {
        const sdx_value *copy;
        sdx_value_borrow(&header, d, s, l, data);
        sdx_status st = sdx_value_keep(mem, pool, &header, &copy);
        if (st == SDX_OK)
            *out = (sdx_value *)(uintptr_t)copy; /* made just now: nobody else has it */
        return st;
    }
    sdx_status st = make(mem, pool, SDX_TENSOR, s.rank, 0, &v);
    if (st != SDX_OK)
        return st;
    describe(v, d, s, l);
    v->storage = SDX_SHARED;
    v->part_of = sdx_value_retain(of);
    v->t.data = data;
    *out = v;
    return SDX_OK;
}

/* ---- keeping and letting go ---- */

static atomic_int *refs_of(const sdx_value *v)
{
    return &((sdx_value *)(uintptr_t)v)->refs; /* a count is no part of the value that is const */
}

const sdx_value *sdx_value_retain(const sdx_value *v)
{
    if (v && atomic_load_explicit(&v->refs, memory_order_relaxed))
        atomic_fetch_add_explicit(refs_of(v), 1, memory_order_relaxed);
    return v;
}

/* One reference less; true if it was the last: what other holders did to the value is done by then.
 */
static bool was_last(const sdx_value *v)
{
    return v && atomic_load_explicit(&v->refs, memory_order_relaxed) &&
           atomic_fetch_sub_explicit(refs_of(v), 1, memory_order_acq_rel) == 1;
}

/* Values that nobody holds any more, linked through their blocks: they may nest as deep as a file
 * says, so freeing does not recurse. */
static void doom(sdx_block **list, const sdx_value *v)
{
    if (was_last(v)) {
        v->block->next = *list;
        *list = v->block;
    }
}

void sdx_value_let_go(const sdx_value *value)
{
    sdx_block *doomed = NULL;
    doom(&doomed, value);
    while (doomed) {
        sdx_block *b = doomed;
        sdx_value *v = (sdx_value *)(void *)(b + 1);
        doomed = b->next;
        for (size_t i = 0; i < v->n; i++)
            doom(&doomed, v->item[i]);
        sdx_mem_free(v->mem, v->item, v->room * sizeof *v->item);
        doom(&doomed, v->part_of);
        if (v->kind == SDX_TENSOR && v->storage == SDX_OWN)
            sdx_tensor_clear(&v->t, v->mem);
        sdx_block_give(v->mem, v->pool, b);
    }
}

/* A list with the same items, for one whose header is not counted. */
static sdx_status copy_list(sdx_mem *mem, sdx_block_pool *pool, const sdx_value *v,
                            const sdx_value **out)
{
    sdx_value *copy;
    sdx_status st = make(mem, pool, v->kind, v->t.shape.rank, 0, &copy);
    if (st != SDX_OK)
        return st;
    describe(copy, v->t.dtype, v->t.shape, v->t.layout);
    for (size_t i = 0; st == SDX_OK && i < v->n; i++)
        st = sdx_value_append(copy, v->item[i]);
    if (st == SDX_OK)
        *out = copy;
    else
        sdx_value_let_go(copy);
    return st;
}

static sdx_status copy_tensor(sdx_mem *mem, sdx_block_pool *pool, const sdx_value *v,
                              const sdx_value **out)
{
    sdx_value *copy;
    sdx_status st = sdx_value_make(mem, pool, v->t.dtype, v->t.shape, v->t.layout, false, &copy);
    if (st != SDX_OK)
        return st;
    if (v->t.dtype == SDX_STR)
        st = sdx_tensor_move(&copy->t, 0, 1, &v->t, 0, 1, sdx_elements(&v->t), mem);
    else
        memcpy(copy->t.data, v->t.data, sdx_layout_bytes(v->t.dtype, v->t.shape, v->t.layout));
    if (st == SDX_OK)
        *out = copy;
    else
        sdx_value_let_go(copy);
    return st;
}

sdx_status sdx_value_keep(sdx_mem *mem, sdx_block_pool *pool, const sdx_value *v,
                          const sdx_value **out)
{
    if (atomic_load_explicit(&v->refs, memory_order_relaxed) && v->storage != SDX_BORROWED) {
        *out = sdx_value_retain(v);
        return SDX_OK;
    }
    return v->kind == SDX_TENSOR ? copy_tensor(mem, pool, v, out) : copy_list(mem, pool, v, out);
}

/* ---- elements ---- */

static sdx_string_cell *cells_of(const sdx_tensor *t)
{
    return t->data;
}

sdx_string sdx_get_string(const sdx_tensor *t, int64_t i)
{
    const sdx_string_cell *cell = &cells_of(t)[i];
    return (sdx_string){ cell->text ? cell->text : "", (size_t)cell->length };
}

sdx_status sdx_tensor_put_string(sdx_tensor *y, int64_t i, const char *text, size_t length,
                                 sdx_mem *mem)
{
    sdx_string_cell *cell = &cells_of(y)[i];
    char *copy = NULL;
    if (length) {
        copy = sdx_mem_alloc(mem, length, 1);
        if (!copy)
            return no_memory(mem, length);
        memcpy(copy, text, length);
    }
    sdx_mem_free(mem, cell->text, (size_t)cell->length);
    *cell = (sdx_string_cell){ copy, length };
    return SDX_OK;
}

void sdx_tensor_clear(sdx_tensor *t, sdx_mem *mem)
{
    if (t->dtype != SDX_STR || !t->data)
        return;
    sdx_string_cell *cell = cells_of(t);
    for (int64_t i = 0, n = sdx_elements(t); i < n; i++) {
        sdx_mem_free(mem, cell[i].text, (size_t)cell[i].length);
        cell[i] = (sdx_string_cell){ NULL, 0 };
    }
}

/* Elements of whole bytes: a loop for each width, so that an element is a register. */
#define STRIDED(name, type)                                                              \
    static void name(char *to, ptrdiff_t to_step, const char *from, ptrdiff_t from_step, \
                     int64_t n)                                                          \
    {                                                                                    \
        const ptrdiff_t width = sizeof(type);                                            \
        for (int64_t i = 0; i < n; i++) {                                                \
            type v;                                                                      \
            memcpy(&v, from + i * from_step * width, sizeof v);                          \
            memcpy(to + i * to_step * width, &v, sizeof v);                              \
        }                                                                                \
    }
typedef struct pair {
    uint64_t half[2];
} pair;
STRIDED(strided_1, uint8_t)
STRIDED(strided_2, uint16_t)
STRIDED(strided_4, uint32_t)
STRIDED(strided_8, uint64_t)
STRIDED(strided_16, pair)

typedef void strided(char *to, ptrdiff_t to_step, const char *from, ptrdiff_t from_step, int64_t n);
static strided *const by_width[] = {
    [1] = strided_1, [2] = strided_2, [4] = strided_4, [8] = strided_8, [16] = strided_16
};

static void move_narrow(sdx_tensor *y, int64_t to, int64_t to_step, const sdx_tensor *x,
                        int64_t from, int64_t from_step, int64_t n, unsigned bits)
{
    if (to_step == 1 && from_step == 1 && y->data != x->data) {
        sdx_bits_copy(y->data, (size_t)to, x->data, (size_t)from, bits, (size_t)n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        sdx_bits_put(y->data, bits, (size_t)(to + i * to_step),
                     sdx_bits_get(x->data, bits, (size_t)(from + i * from_step)));
}

sdx_status sdx_tensor_move(sdx_tensor *y, int64_t to, int64_t to_step, const sdx_tensor *x,
                           int64_t from, int64_t from_step, int64_t n, sdx_mem *mem)
{
    const unsigned bits = (unsigned)sdx_dtype_bits(x->dtype), width = bits / 8;
    if (n <= 0)
        return SDX_OK;
    if (x->dtype == SDX_STR) {
        sdx_status st = SDX_OK;
        for (int64_t i = 0; st == SDX_OK && i < n; i++) {
            sdx_string s = sdx_get_string(x, from + i * from_step);
            st = sdx_tensor_put_string(y, to + i * to_step, s.text, s.length, mem);
        }
        return st;
    }
    if (bits < 8) {
        move_narrow(y, to, to_step, x, from, from_step, n, bits);
        return SDX_OK;
    }
    char *target = (char *)y->data + to * (ptrdiff_t)width;
    const char *source = (const char *)x->data + from * (ptrdiff_t)width;
    if (to_step == 1 && from_step == 1)
        memmove(target, source, (size_t)n * width);
    else
        by_width[width](target, to_step, source, from_step, n);
    return SDX_OK;
}

/* ---- reading ---- */

const sdx_tensor *sdx_as_tensor(const sdx_value *v)
{
    return v && v->kind == SDX_TENSOR ? &v->t : NULL;
}

int64_t sdx_seq_length(const sdx_value *v)
{
    return v && v->kind == SDX_SEQUENCE ? (int64_t)v->n : 0;
}

const sdx_value *sdx_seq_at(const sdx_value *v, int64_t i)
{
    return i >= 0 && i < sdx_seq_length(v) ? v->item[i] : NULL;
}

const sdx_value *sdx_optional_get(const sdx_value *v)
{
    return v && v->kind == SDX_OPTIONAL && v->n ? v->item[0] : NULL;
}
