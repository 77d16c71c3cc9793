/* load/tensor.c - every encoding of a tensor as a value: raw bytes, typed fields, narrow types,
 * strings, external data, sparse.  Values lie in the file's bytes where they can be used as they
 * are. */
#include "base/bits.h"
#include "base/size.h"
#include "load/read.h"
#include <inttypes.h>

enum {
    DIMS = 1,
    FLOATS = 4,
    INTS = 5,
    STRINGS = 6,
    LONGS = 7,
    RAW = 9,
    DOUBLES = 10,
    UNSIGNED = 11
};

static const char *const field_name[] = {
    [FLOATS] = "float_data",    [INTS] = "int32_data", [STRINGS] = "string_data",
    [LONGS] = "int64_data",     [RAW] = "raw_data",    [DOUBLES] = "double_data",
    [UNSIGNED] = "uint64_data",
};

/* The field that holds elements of this type.  Complex numbers are pairs; all narrow ones are in
 * int32_data. */
static uint32_t typed_field(sdx_dtype d)
{
    sdx_class c = sdx_dtype_class(d);
    int bits = sdx_dtype_bits(d);
    if (c == SDX_STRING)
        return STRINGS;
    if (c == SDX_COMPLEX)
        return bits == 64 ? FLOATS : DOUBLES;
    if (c == SDX_REAL)
        return bits == 32 ? FLOATS : bits == 64 ? DOUBLES : INTS;
    if (c == SDX_INT)
        return bits == 64 ? LONGS : INTS;
    return bits >= 32 ? UNSIGNED : INTS;
}

typedef struct tensor {
    sdx_reading *r;
    const Onnx__TensorProto *t;
    const char *what;
    sdx_draft_flaw **flaw;
    sdx_dtype dtype;
    sdx_shape shape;
    int64_t elements;
    size_t bytes;
} tensor;

#define FLAW_OF(x, rule, status, hint, ...) \
    ((void)sdx_draft_flaw_add((x)->r->arena, (x)->flaw, rule, status, hint, __VA_ARGS__))
#define FLAW(x, rule, hint, ...) FLAW_OF(x, rule, SDX_E_MODEL, hint, __VA_ARGS__)

static const char *dims_text(sdx_arena *a, sdx_shape s)
{
    const char *text = "[";
    for (int i = 0; text && i < s.rank; i++)
        text = sdx_arena_printf(a, "%s%s%" PRId64, text, i ? ", " : "", s.dim[i]);
    text = text ? sdx_arena_printf(a, "%s]", text) : NULL;
    return text ? text : "[?]";
}

/* ---- type and shape ---- */

static bool read_shape(tensor *x, const ProtobufCMessage *m, const char *rule)
{
    const void *dims;
    size_t rank;
    if (!sdx_read_numbers(x->r, x->r->arena, m,
                          m->descriptor == &onnx__tensor_proto__descriptor ? DIMS : 3, 64, false,
                          &dims, &rank)) {
        FLAW(x, rule, NULL, "the dims of %s are cut off within a number", x->what);
        return false;
    }
    if (rank && !dims)
        return false;
    if (rank > SDX_MAX_RANK) {
        FLAW(x, rule, "correct the dims", "%s has %zu dims, at most %d are possible", x->what, rank,
             SDX_MAX_RANK);
        return false;
    }
    x->shape = (sdx_shape){ (int)rank, dims };
    unsigned bits = (unsigned)sdx_dtype_bits(x->dtype);
    if (sdx_size_shape(x->shape.rank, x->shape.dim, bits, &x->elements, &x->bytes))
        return true;
    for (size_t i = 0; i < rank; i++)
        if (x->shape.dim[i] < 0) {
            FLAW(x, rule, "dims of a tensor are 0 or more", "dim %zu of %s is %" PRId64, i, x->what,
                 x->shape.dim[i]);
            return false;
        }
    FLAW(x, rule, "correct the dims: their product is the number of elements",
         "%s with dims %s is larger than the address space", x->what,
         dims_text(x->r->arena, x->shape));
    return false;
}

static bool read_type(tensor *x)
{
    int32_t d = x->t->data_type;
    if (d <= SDX_UNDEFINED || d >= SDX_DTYPE_END) {
        FLAW(x, "tensor-dtype", "types are numbered 1 (float32) to 28 (float6e3m2)",
             d == 0 ? "%s has no data_type (%d)" : "%s has data_type %d, which is no element type",
             x->what, d);
        return false;
    }
    x->dtype = (sdx_dtype)d;
    if (x->t->segment) {
        FLAW(x, "tensor-data", "store the tensor whole, or in an external file",
             "%s is one segment of a larger tensor, which nothing can put together", x->what);
        return false;
    }
    return true;
}

/* ---- data ---- */

static sdx_value *value_over(tensor *x, const void *data)
{
    return sdx_constant_tensor(x->r->arena, x->dtype, x->shape, data);
}

/* Little-endian bytes as this machine has them. */
static const void *in_order(tensor *x, const uint8_t *from)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    size_t width = (size_t)sdx_dtype_bits(x->dtype) / 8;
    if (sdx_dtype_class(x->dtype) == SDX_COMPLEX)
        width /= 2;
    if (width > 1) {
        uint8_t *to = sdx_arena_alloc(x->r->arena, x->bytes);
        for (size_t i = 0; to && i < x->bytes; i++)
            to[i] = from[i / width * width + (width - 1 - i % width)];
        return to;
    }
#else
    (void)x;
#endif
    return from;
}

static sdx_value *size_flaw(tensor *x, size_t found, size_t wanted, const char *unit,
                            const char *where)
{
    const char *hint = sdx_arena_printf(x->r->arena, "correct the dims, or give data of %zu %s",
                                        wanted, unit);
    FLAW(x, "initializer-size", hint, "%s has dims %s, that is %zu %s of %s, but %zu %s in %s",
         x->what, dims_text(x->r->arena, x->shape), wanted, unit, sdx_dtype_onnx_name(x->dtype),
         found, unit, where);
    return NULL;
}

/* Bytes that are 0 or 1; others are said, and taken for 1. */
static const void *truths(tensor *x, const uint8_t *raw)
{
    size_t i = 0;
    while (i < x->bytes && raw[i] <= 1)
        i++;
    if (i == x->bytes)
        return raw;
    FLAW_OF(x, "tensor-data", SDX_OK, "a boolean is 0 or 1",
            "%s is of bool, and byte %zu of its data is %d", x->what, i, raw[i]);
    uint8_t *data = sdx_arena_alloc(x->r->arena, x->bytes);
    for (size_t k = 0; data && k < x->bytes; k++)
        data[k] = raw[k] != 0;
    return data;
}

static sdx_value *from_raw(tensor *x, const uint8_t *raw, size_t size)
{
    if (sdx_dtype_class(x->dtype) == SDX_STRING) {
        FLAW(x, "tensor-data", "strings go into string_data", "%s is of strings and has raw_data",
             x->what);
        return NULL;
    }
    if (size != x->bytes)
        return size_flaw(x, size, x->bytes, "bytes", field_name[RAW]);
    const void *data = x->dtype == SDX_BOOL ? truths(x, raw) : in_order(x, raw);
    return data ? value_over(x, data) : NULL;
}

static sdx_value *from_strings(tensor *x)
{
    if ((uint64_t)x->elements != x->t->n_string_data)
        return size_flaw(x, x->t->n_string_data, (size_t)x->elements, "elements",
                         field_name[STRINGS]);
    sdx_string *text = sdx_arena_array(x->r->arena, x->t->n_string_data, sizeof *text);
    for (size_t i = 0; text && i < x->t->n_string_data; i++)
        text[i] = (sdx_string){ (const char *)x->t->string_data[i].data, x->t->string_data[i].len };
    return text ? value_over(x, text) : NULL;
}

/* Is this what an element of the type may be, in a field for wider numbers?  Bit patterns of floats
 * may come with or without their sign. */
static bool holds(const tensor *x, int64_t v)
{
    int bits = sdx_dtype_bits(x->dtype) < 8 ? 8 : sdx_dtype_bits(x->dtype);
    sdx_class c = sdx_dtype_class(x->dtype);
    int64_t half = INT64_C(1) << (bits - 1);
    if (c == SDX_BOOLEAN)
        return v == 0 || v == 1;
    bool stream = sdx_dtype_bits(x->dtype) < 8;
    return v >= (c == SDX_UINT && !stream ? 0 : -half) &&
           v < (c == SDX_INT && !stream ? half : 2 * half);
}

/* false: a number that the type does not have. */
static bool excuse_number(tensor *x, size_t i, int64_t v)
{
    bool boolean = sdx_dtype_class(x->dtype) == SDX_BOOLEAN;
    FLAW_OF(x, "tensor-data", boolean ? SDX_OK : SDX_E_MODEL,
            boolean ? "a boolean is 0 or 1" : "correct the number, or data_type",
            "%s is of %s, and number %zu of its data is %" PRId64, x->what,
            sdx_dtype_onnx_name(x->dtype), i, v);
    return boolean;
}

/* Numbers of 32 or 64 bits to the width of the type, or to bytes of a stream. */
static sdx_value *narrowed(tensor *x, const void *numbers, size_t n, size_t from)
{
    size_t bits = (size_t)sdx_dtype_bits(x->dtype), to = bits < 8 ? 1 : bits / 8;
    uint8_t *data = sdx_arena_alloc(x->r->arena, x->bytes);
    bool odd = false;
    if (!data)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        uint64_t v = 0;
        uint32_t low;
        memcpy(from == 8 ? (void *)&v : (void *)&low, (const uint8_t *)numbers + i * from, from);
        if (from == 4)
            v = low;
        int64_t number = from == 4 ? (int32_t)low : (int64_t)v;
        if (!odd && !holds(x, number)) {
            odd = true;
            if (!excuse_number(x, i, number))
                return NULL;
        }
        if (sdx_dtype_class(x->dtype) == SDX_BOOLEAN)
            v = v != 0;
        uint8_t one = (uint8_t)v;
        uint16_t two = (uint16_t)v;
        low = (uint32_t)v;
        const void *narrow = to == 1   ? (const void *)&one
                             : to == 2 ? (const void *)&two
                                       : (const void *)&low;
        memcpy(data + i * to, to == 8 ? (const void *)&v : narrow, to);
    }
    return value_over(x, data);
}

/* Of elements narrower than a byte a number of int32_data is a byte of their stream; but those of 6
 * bits, which do not fill bytes, have a number each. */
static bool in_bytes_of_stream(sdx_dtype d)
{
    int bits = sdx_dtype_bits(d);
    return bits < 8 && 8 % bits == 0;
}

/* An element a number, into the stream; bits above it have to be zero. */
static sdx_value *packed(tensor *x, const void *numbers, size_t n)
{
    unsigned bits = (unsigned)sdx_dtype_bits(x->dtype);
    uint8_t *data = sdx_arena_alloc(x->r->arena, x->bytes);
    if (!data)
        return NULL;
    memset(data, 0, x->bytes);
    for (size_t i = 0; i < n; i++) {
        uint32_t one;
        memcpy(&one, (const uint8_t *)numbers + i * sizeof one, sizeof one);
        if (one >> bits) {
            FLAW(x, "tensor-data", "store bits, not values: the ones above them are zero",
                 "%s is of %s, and number %zu in int32_data has more than %u bits", x->what,
                 sdx_dtype_onnx_name(x->dtype), i, bits);
            return NULL;
        }
        sdx_bits_put(data, bits, i, one);
    }
    return value_over(x, data);
}

static sdx_value *from_typed(tensor *x, uint32_t field)
{
    if (field == STRINGS)
        return from_strings(x);
    bool real = field == FLOATS || field == DOUBLES;
    unsigned bits = field == FLOATS || field == INTS ? 32 : 64;
    size_t wide = (size_t)sdx_dtype_bits(x->dtype), per = real ? wide / bits : 1;
    size_t wanted = in_bytes_of_stream(x->dtype) ? x->bytes : (size_t)x->elements * per, n;
    const void *numbers;
    if (!sdx_read_numbers(x->r, x->r->arena, &x->t->base, field, bits, real, &numbers, &n)) {
        FLAW(x, "tensor-data", NULL, "%s of %s are cut off within a number", field_name[field],
             x->what);
        return NULL;
    }
    if (n != wanted) {
        const char *dims = dims_text(x->r->arena, x->shape);
        const char *hint = x->t->n_external_data
                               ? "external_data is read only where data_location is EXTERNAL"
                               : sdx_arena_printf(x->r->arena,
                                                  "give dims whose product is %zu, or %zu "
                                                  "values",
                                                  n, wanted);
        if (n)
            FLAW(x, "initializer-size", hint, "%s has dims %s, that is %zu values, but %zu in %s",
                 x->what, dims, wanted, n, field_name[field]);
        else
            FLAW(x, "initializer-size", hint,
                 "%s has dims %s, that is %zu values, but no data at all", x->what, dims, wanted);
        return NULL;
    }
    if (n && !numbers)
        return NULL;
    if (wide < 8 && !in_bytes_of_stream(x->dtype))
        return packed(x, numbers, n);
    size_t width = wide < 8 ? 1 : wide / 8;
    return real || width == bits / 8 ? value_over(x, n ? numbers : "")
                                     : narrowed(x, numbers, n, bits / 8);
}

/* Which typed field has data, though the type's own is `right`; 0: none. */
static uint32_t other_field(const tensor *x, uint32_t right)
{
    if (x->t->n_string_data && right != STRINGS)
        return STRINGS;
    sdx_cut c;
    for (size_t k = 0; sdx_cut_at(&x->t->base, k, &c); k++)
        if (c.mode != SDX_CUT_SELF && c.field != DIMS && c.field != RAW && c.field != right &&
            c.size)
            return c.field;
    return 0;
}

static bool has_typed(const tensor *x, uint32_t field)
{
    sdx_cut c;
    for (size_t k = 0; sdx_cut_at(&x->t->base, k, &c); k++)
        if (c.mode != SDX_CUT_SELF && c.field == field && c.size)
            return true;
    return field == STRINGS && x->t->n_string_data > 0;
}

sdx_value *sdx_read_tensor(sdx_reading *r, const Onnx__TensorProto *t, const char *what,
                           sdx_draft_flaw **flaw)
{
    tensor x = { .r = r, .t = t, .what = what, .flaw = flaw };
    if (!read_type(&x) || !read_shape(&x, &t->base, "tensor-dims"))
        return NULL;
    if (t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL) {
        size_t size;
        uint32_t beside = sdx_read_bytes(r, &t->base, RAW, &size) && size ? RAW
                                                                          : other_field(&x, DIMS);
        if (beside) {
            FLAW(&x, "tensor-data", "remove the data, or the external place with data_location",
                 "%s lies in an external file, and has data in %s, too", what, field_name[beside]);
            return NULL;
        }
        const uint8_t *data = sdx_read_external(r, t, x.bytes, what, flaw);
        return data ? from_raw(&x, data, x.bytes) : NULL;
    }
    size_t size;
    uint32_t field = typed_field(x.dtype), other = other_field(&x, field);
    const uint8_t *raw = sdx_read_bytes(r, &t->base, RAW, &size);
    if (other) {
        FLAW(&x, "tensor-data",
             sdx_arena_printf(r->arena, "move the data to %s or raw_data, or correct data_type",
                              field_name[field]),
             "%s is of %s, which belongs in %s, and has data in %s", what,
             sdx_dtype_onnx_name(x.dtype), field_name[field], field_name[other]);
        return NULL;
    }
    if (raw && (size || !has_typed(&x, field))) {
        if (size && has_typed(&x, field)) {
            FLAW(&x, "tensor-data", "keep one of the two", "%s has data both in raw_data and in %s",
                 what, field_name[field]);
            return NULL;
        }
        return from_raw(&x, raw, size);
    }
    return from_typed(&x, field);
}

/* ---- sparse ---- */

static int64_t index_at(const sdx_tensor *t, int64_t i)
{
    int64_t v;
    memcpy(&v, (const uint8_t *)t->data + (size_t)i * sizeof v, sizeof v);
    return v;
}

/* The place of value i in row-major order; -1: an index is out of range, which is said. */
static int64_t place_of(tensor *x, const sdx_tensor *indices, int64_t i)
{
    bool flat = indices->shape.rank == 1;
    int n = flat ? 1 : x->shape.rank;
    int64_t place = 0;
    for (int d = 0; d < n; d++) {
        int64_t k = index_at(indices, i * n + d), size = flat ? x->elements : x->shape.dim[d];
        if (k < 0 || k >= size) {
            FLAW(x, "sparse-index",
                 flat ? "an index counts elements of the whole tensor in row-major order"
                      : "each row of indices is a place, within the dims",
                 "index %" PRId64 " of value %" PRId64 " of %s is outside 0 to %" PRId64, k, i,
                 x->what, size - 1);
            return -1;
        }
        place = place * size + k;
    }
    return place;
}

static bool check_sparse(tensor *x, const sdx_tensor *values, const sdx_tensor *indices)
{
    int64_t n = values->shape.rank == 1 ? values->shape.dim[0] : -1;
    bool flat = indices->shape.rank == 1, pairs = indices->shape.rank == 2;
    if (n < 0 || indices->dtype != SDX_I64 || !(flat || pairs) || indices->shape.dim[0] != n ||
        (pairs && indices->shape.dim[1] != x->shape.rank)) {
        FLAW(x, "sparse-index", "values [n] and indices int64 [n] or [n, rank]",
             "the values %s and indices %s of %s do not fit its dims %s",
             dims_text(x->r->arena, values->shape), dims_text(x->r->arena, indices->shape), x->what,
             dims_text(x->r->arena, x->shape));
        return false;
    }
    for (int k = 0; k < x->shape.rank || k == 0; k++)
        if (x->shape.rank == 0 || x->shape.dim[k] == 0) {
            FLAW_OF(x, "tensor-dims", SDX_OK, "store it as a dense tensor",
                    "%s is sparse with dims %s: there is at least one, and each is 1 or more",
                    x->what, dims_text(x->r->arena, x->shape));
            break;
        }
    int64_t before = -1;
    for (int64_t i = 0; i < n; i++) {
        int64_t place = place_of(x, indices, i);
        if (place < 0)
            return false;
        if (place <= before) {
            FLAW(x, "sparse-index", "sort the indices, each once",
                 "value %" PRId64 " of %s stands at or before the one ahead of it", i, x->what);
            return false;
        }
        before = place;
    }
    return true;
}

static sdx_value *densified(tensor *x, const sdx_tensor *values, const sdx_tensor *indices)
{
    size_t bits = (size_t)sdx_dtype_bits(x->dtype), width = bits / 8;
    uint8_t *data = sdx_arena_alloc(x->r->arena, x->bytes);
    if (!data)
        return NULL;
    int64_t n = values->shape.dim[0];
    for (int64_t i = 0; i < n; i++) {
        size_t place = (size_t)place_of(x, indices, i);
        const uint8_t *from = values->data;
        if (bits < 8)
            sdx_bits_put(data, (unsigned)bits, place,
                         sdx_bits_get(from, (unsigned)bits, (size_t)i));
        else
            memcpy(data + place * width, from + (size_t)i * width, width);
    }
    return value_over(x, data);
}

sdx_value *sdx_read_sparse(sdx_reading *r, const Onnx__SparseTensorProto *t, bool dense,
                           const char *what, sdx_draft_flaw **flaw)
{
    tensor x = { .r = r, .what = what, .flaw = flaw };
    if (!t->values || !t->indices) {
        FLAW(&x, "sparse-index", "values [n] and indices int64 [n] or [n, rank]", "%s lacks its %s",
             what, t->values ? "indices" : "values");
        return NULL;
    }
    sdx_value *values = sdx_read_tensor(r, t->values, what, flaw);
    sdx_value *indices = values ? sdx_read_tensor(r, t->indices, what, flaw) : NULL;
    if (!indices)
        return NULL;
    x.dtype = values->t.dtype;
    if (!read_shape(&x, &t->base, "tensor-dims") || !check_sparse(&x, &values->t, &indices->t))
        return NULL;
    if (dense)
        return densified(&x, &values->t, &indices->t);
    return sdx_constant_sparse(r->arena, x.shape, values, indices);
}
