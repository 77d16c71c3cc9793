/* graph/text_tensor.c - types and tensor literals of the text syntax. */
#include "graph/text_parts.h"
#include "base/bits.h"
#include "base/floats.h"
#include "base/size.h"
#include "base/text.h"

/* ---- types ---- */

static bool read_dims(sdx_scanner *s, sdx_dims *out)
{
    sdx_list dims = { .size = sizeof(sdx_dim) };
    while (sdx_scan_peek(s) != ']') {
        sdx_dim *d = sdx_list_add(s, &dims);
        const char *name;
        int64_t n;
        if (!d)
            return false;
        char c = sdx_scan_peek(s);
        if (sdx_scan_take(s, "?"))
            *d = sdx_unknown();
        else if ((sdx_is_digit(c) || c == '-') && sdx_scan_int(s, &n))
            *d = n >= 0 ? sdx_num(n) : sdx_unknown();
        else if ((name = sdx_scan_need_name(s, "a dim: a number, a name or ?")))
            *d = sdx_program_symbol(s->into->program, name);
        else
            return false;
        if (!sdx_scan_take(s, ","))
            break;
    }
    if (dims.n > SDX_MAX_RANK)
        return sdx_scan_fail(s, s->at, "expected at most %d dims", SDX_MAX_RANK);
    *out = (sdx_dims){ dims.n ? (int)dims.n : -1, dims.item }; /* float[] is of any rank */
    return sdx_scan_expect(s, "]");
}

static bool wrapped(sdx_scanner *s, sdx_kind kind, sdx_dtype key, const sdx_type **out)
{
    const sdx_type *of;
    if (!sdx_scan_deeper(s) || !sdx_read_type(s, &of))
        return false;
    s->depth--;
    *out = sdx_type_wrap(s->into->arena, kind, key, of);
    return *out ? sdx_scan_expect(s, ")") : sdx_scan_memory(s);
}

bool sdx_at_type(sdx_scanner *s)
{
    size_t at = s->at;
    bool found;
    sdx_scan_dtype(s, &found);
    s->at = at;
    return found || sdx_scan_word_is(s, "seq") || sdx_scan_word_is(s, "optional") ||
           sdx_scan_word_is(s, "map") || sdx_scan_word_is(s, "sparse_tensor");
}

bool sdx_read_type(sdx_scanner *s, const sdx_type **out)
{
    bool found;
    if (sdx_scan_word_is(s, "seq"))
        return sdx_scan_take(s, "seq") && sdx_scan_expect(s, "(") &&
               wrapped(s, SDX_SEQUENCE, SDX_UNDEFINED, out);
    if (sdx_scan_word_is(s, "optional"))
        return sdx_scan_take(s, "optional") && sdx_scan_expect(s, "(") &&
               wrapped(s, SDX_OPTIONAL, SDX_UNDEFINED, out);
    if (sdx_scan_word_is(s, "map")) {
        if (!sdx_scan_take(s, "map") || !sdx_scan_expect(s, "("))
            return false;
        sdx_dtype key = sdx_scan_dtype(s, &found);
        if (!found)
            return sdx_scan_fail(s, s->at, "expected the type of the keys");
        return sdx_scan_expect(s, ",") && wrapped(s, SDX_MAP, key, out);
    }
    bool sparse = sdx_scan_word_is(s, "sparse_tensor");
    if (sparse && (!sdx_scan_take(s, "sparse_tensor") || !sdx_scan_expect(s, "(")))
        return false;
    sdx_dtype d = sdx_scan_dtype(s, &found);
    if (!found)
        return sdx_scan_fail(s, s->at, "expected a type");
    static const sdx_dim none;
    sdx_dims dims = { 0, &none }; /* float alone is a scalar */
    if (sdx_scan_take(s, "[") && !read_dims(s, &dims))
        return false;
    *out = sdx_type_shaped(s->into->arena, sparse ? SDX_SPARSE : SDX_TENSOR, d, dims);
    return *out ? !sparse || sdx_scan_expect(s, ")") : sdx_scan_memory(s);
}

/* ---- elements ---- */

typedef struct elements {
    sdx_dtype dtype;
    unsigned bits;
    sdx_class cls;
    uint8_t *data;
} elements;

/* Elements of the small floats are the bits as an integer, or a number with a point, which is
 * rounded. */
static bool put_small_float(const elements *e, size_t i, const char *text, size_t length, bool real)
{
    double x;
    uint64_t pattern;
    if (real && sdx_parse_f64(text, length, &x)) {
        const sdx_tensor one = { e->dtype, SDX_PLAIN, { 0, NULL }, &pattern };
        sdx_tensor to = one;
        pattern = 0;
        sdx_store_f64(&to, 0, 1, 1, &x);
        if (e->bits >= 8)
            memcpy(e->data + i * e->bits / 8, &pattern, e->bits / 8);
        else
            sdx_bits_put(e->data, e->bits, i, *(const uint8_t *)&pattern);
        return true;
    }
    if (!sdx_parse_u64(text, length, &pattern) || pattern >> e->bits)
        return false;
    uint16_t wide = (uint16_t)pattern;
    if (e->bits == 16)
        memcpy(e->data + 2 * i, &wide, sizeof wide);
    else
        sdx_bits_put(e->data, e->bits, i, (unsigned)pattern);
    return true;
}

static bool put_integer(const elements *e, size_t i, const char *text, size_t length)
{
    int64_t v;
    uint64_t u;
    if (e->bits == 64 && e->cls == SDX_UINT) {
        if (!sdx_parse_u64(text, length, &u))
            return false;
        memcpy(e->data + 8 * i, &u, sizeof u);
        return true;
    }
    if (!sdx_parse_i64(text, length, &v))
        return false;
    bool is_signed = e->cls == SDX_INT;
    int64_t least = is_signed ? e->bits == 64 ? INT64_MIN : -((int64_t)1 << (e->bits - 1)) : 0;
    int64_t most = is_signed ? e->bits == 64 ? INT64_MAX : ((int64_t)1 << (e->bits - 1)) - 1
                   : e->cls == SDX_BOOLEAN ? 1
                                           : ((int64_t)1 << e->bits) - 1;
    if (v < least || v > most)
        return false;
    if (e->bits <= 8) {
        sdx_bits_put(e->data, e->bits, i, (unsigned)v & ((1u << e->bits) - 1));
        return true;
    }
    uint16_t h = (uint16_t)v;
    uint32_t w = (uint32_t)v;
    memcpy(e->data + i * e->bits / 8,
           e->bits == 16   ? (const void *)&h
           : e->bits == 32 ? (const void *)&w
                           : &v,
           e->bits / 8);
    return true;
}

static bool put_number(const elements *e, size_t i, const char *text, size_t length, bool real)
{
    float f;
    double d;
    unsigned part = e->cls == SDX_COMPLEX ? e->bits / 2 : e->bits;
    if (e->cls == SDX_REAL && e->bits < 32)
        return put_small_float(e, i, text, length, real);
    if (e->cls != SDX_REAL && e->cls != SDX_COMPLEX)
        return !real && put_integer(e, i, text, length);
    if (part == 32 ? !sdx_parse_f32(text, length, &f) : !sdx_parse_f64(text, length, &d))
        return false;
    memcpy(e->data + i * part / 8, part == 32 ? (const void *)&f : (const void *)&d, part / 8);
    return true;
}

/* ---- tensors ---- */

typedef struct literal {
    const char *text;
    size_t length, at;
    bool real;
} literal;

static bool read_strings(sdx_scanner *s, sdx_list *list)
{
    list->size = sizeof(sdx_string);
    while (sdx_scan_peek(s) == '"') {
        sdx_string *text = sdx_list_add(s, list);
        if (!text || !sdx_scan_string(s, text))
            return false;
        if (!sdx_scan_take(s, ","))
            break;
    }
    return sdx_scan_expect(s, "}");
}

static bool read_numbers(sdx_scanner *s, sdx_list *list)
{
    list->size = sizeof(literal);
    while (sdx_scan_peek(s) != '}') {
        literal *n = sdx_list_add(s, list);
        if (!n)
            return false;
        n->at = s->at;
        if (!sdx_scan_number(s, &n->text, &n->length, &n->real))
            return sdx_scan_fail(s, s->at, "expected a number");
        if (!sdx_scan_take(s, ","))
            break;
    }
    return sdx_scan_expect(s, "}");
}

static const void *fill(sdx_scanner *s, sdx_dtype d, const sdx_list *list, size_t bytes)
{
    elements e = { d, (unsigned)sdx_dtype_bits(d), sdx_dtype_class(d),
                   sdx_arena_alloc(s->into->arena, bytes) };
    if (!e.data) {
        sdx_scan_memory(s);
        return NULL;
    }
    const literal *n = list->item;
    for (size_t i = 0; i < list->n; i++)
        if (!put_number(&e, i, n[i].text, n[i].length, n[i].real)) {
            sdx_scan_fail(s, n[i].at, "expected a number that %s can hold", sdx_text_dtype(d));
            return NULL;
        }
    return e.data;
}

sdx_value *sdx_read_tensor_data(sdx_scanner *s, const sdx_type *t)
{
    size_t at = s->at, bytes;
    int64_t n;
    sdx_shape shape = { t->dims.rank, t->shape };
    if (t->kind != SDX_TENSOR || t->dtype == SDX_UNDEFINED || (t->dims.rank > 0 && !t->shape)) {
        sdx_scan_fail(s, at, "expected a type whose dims are all numbers before the elements");
        return NULL;
    }
    if (shape.rank < 0)
        shape.rank = 0;
    if (!sdx_size_shape(shape.rank, shape.dim, (unsigned)sdx_dtype_bits(t->dtype), &n, &bytes)) {
        sdx_scan_fail(s, at, "the tensor is larger than the address space");
        return NULL;
    }
    sdx_list list = { 0 };
    bool text = t->dtype == SDX_STR;
    if (!sdx_scan_expect(s, "{") || !(text ? read_strings(s, &list) : read_numbers(s, &list)))
        return NULL;
    uint64_t wanted = (uint64_t)n * (sdx_dtype_class(t->dtype) == SDX_COMPLEX ? 2 : 1);
    if (list.n != wanted) {
        sdx_scan_fail(s, at, "expected %llu elements instead of %zu", (unsigned long long)wanted,
                      list.n);
        return NULL;
    }
    const void *data = text ? list.item : fill(s, t->dtype, &list, bytes);
    sdx_value *v = data || (text && !list.n)
                       ? s->into->tensor(s->into->arena, t->dtype, shape, data)
                       : NULL;
    if (!v && s->status == SDX_OK)
        sdx_scan_memory(s);
    return v;
}

sdx_value *sdx_read_sparse_data(sdx_scanner *s, const sdx_type *t)
{
    const sdx_type *part[2];
    sdx_value *value[2] = { NULL, NULL };
    if (t->dims.rank < 0 || (t->dims.rank && !t->shape)) {
        sdx_scan_fail(s, s->at, "expected a type whose dims are all numbers before the elements");
        return NULL;
    }
    if (!sdx_scan_expect(s, "{"))
        return NULL;
    for (int i = 0; i < 2; i++) {
        if ((i && !sdx_scan_expect(s, ",")) || !sdx_read_type(s, &part[i]) ||
            !(value[i] = sdx_read_tensor_data(s, part[i])))
            return NULL;
    }
    if (!sdx_scan_expect(s, "}"))
        return NULL;
    sdx_value *v = s->into->sparse(s->into->arena, (sdx_shape){ t->dims.rank, t->shape }, value[0],
                                   value[1]);
    if (!v)
        sdx_scan_memory(s);
    return v;
}
