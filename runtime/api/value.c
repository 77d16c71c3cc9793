/* api/value.c - values as the caller makes and reads them.
 *
 * They come from the C library and not from a model's memory, for they may outlive every model. */
#include "base/error.h"
#include "base/size.h"
#include "eval/value.h"
#include "sdx/op.h"
#include <string.h>

/* ---- making ---- */

static sdx_status check_shape(sdx_dtype d, int rank, const int64_t *dims, size_t *bytes,
                              sdx_error *err)
{
    if (sdx_dtype_bits(d) == 0)
        return sdx_error_set(err, SDX_E_USAGE, "%d is no element type", (int)d);
    if (rank < 0 || rank > SDX_MAX_RANK || (rank > 0 && !dims))
        return sdx_error_set(err, SDX_E_USAGE, "a tensor of rank %d", rank);
    for (int i = 0; i < rank; i++)
        if (dims[i] < 0)
            return sdx_error_set(err, SDX_E_USAGE, "dim %d is %lld", i, (long long)dims[i]);
    if (!sdx_size_shape(rank, dims, (unsigned)sdx_dtype_bits(d), NULL, bytes))
        return sdx_error_set(err, SDX_E_LIMIT, "a tensor larger than the address space");
    return SDX_OK;
}

sdx_status sdx_value_tensor(sdx_dtype dtype, int rank, const int64_t *dims, sdx_value **out,
                            sdx_error *err)
{
    size_t bytes;
    SDX_TRY(check_shape(dtype, rank, dims, &bytes, err));
    sdx_status st = sdx_value_make(NULL, NULL, dtype, (sdx_shape){ rank, dims }, SDX_PLAIN, true,
                                   out);
    return st == SDX_OK ? st : sdx_error_memory(err, bytes);
}

sdx_status sdx_value_wrap(sdx_dtype dtype, int rank, const int64_t *dims, void *data, size_t bytes,
                          sdx_value **out, sdx_error *err)
{
    size_t want;
    SDX_TRY(check_shape(dtype, rank, dims, &want, err));
    if (dtype == SDX_STR)
        return sdx_error_set(err, SDX_E_USAGE, "strings cannot be wrapped: sdx_value_strings");
    if (bytes != want || (!data && want > 0))
        return sdx_error_set(err, SDX_E_USAGE, "%zu bytes are given, the dims want %zu",
                             data ? bytes : 0, want);
    sdx_status st = sdx_value_make_over(NULL, dtype, (sdx_shape){ rank, dims }, data, out);
    if (st != SDX_OK)
        return sdx_error_memory(err, sizeof **out);
    if (!data)
        (*out)->t.data = (*out)->dim; /* of no bytes, but not NULL: that means "none yet" */
    return SDX_OK;
}

sdx_status sdx_value_strings(int rank, const int64_t *dims, const sdx_string *text, sdx_value **out,
                             sdx_error *err)
{
    sdx_value *v;
    SDX_TRY(sdx_value_tensor(SDX_STR, rank, dims, &v, err));
    for (int64_t i = 0, n = sdx_elements(&v->t); i < n; i++) {
        if (sdx_tensor_put_string(&v->t, i, text[i].text, text[i].length, v->mem) != SDX_OK) {
            sdx_value_let_go(v);
            return sdx_error_memory(err, text[i].length);
        }
    }
    *out = v;
    return SDX_OK;
}

static sdx_status make_list(sdx_kind kind, size_t n, sdx_value *const *item, sdx_value **out,
                            sdx_error *err)
{
    sdx_value *v;
    sdx_status st = sdx_value_make_list(NULL, NULL, kind, &v);
    if (st != SDX_OK)
        return sdx_error_memory(err, sizeof *v);
    for (size_t i = 0; st == SDX_OK && i < n; i++)
        st = sdx_value_append(v, item[i]);
    if (st == SDX_OK) {
        *out = v;
        return SDX_OK;
    }
    sdx_value_let_go(v);
    return sdx_error_memory(err, 0);
}

sdx_status sdx_value_sequence(size_t n, sdx_value *const *item, sdx_value **out, sdx_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!item[i])
            return sdx_error_set(err, SDX_E_USAGE, "item %zu is NULL", i);
    return make_list(SDX_SEQUENCE, n, item, out, err);
}

sdx_status sdx_value_optional(sdx_value *of, sdx_value **out, sdx_error *err)
{
    return make_list(SDX_OPTIONAL, of ? 1 : 0, &of, out, err);
}

sdx_status sdx_value_map(sdx_value *keys, sdx_value *values, sdx_value **out, sdx_error *err)
{
    sdx_value *part[] = { keys, values };
    if (!keys || !values || keys->kind != SDX_TENSOR)
        return sdx_error_set(err, SDX_E_USAGE, "a map wants a tensor of keys, and values");
    size_t n = sdx_value_count(keys), m = sdx_value_count(values);
    if (n != m)
        return sdx_error_set(err, SDX_E_USAGE, "%zu keys and %zu values", n, m);
    return make_list(SDX_MAP, 2, part, out, err);
}

sdx_status sdx_value_sparse(int rank, const int64_t *dims, sdx_value *values, sdx_value *indices,
                            sdx_value **out, sdx_error *err)
{
    if (!values || !indices || values->kind != SDX_TENSOR || indices->kind != SDX_TENSOR)
        return sdx_error_set(err, SDX_E_USAGE, "a sparse tensor wants tensors of values, indices");
    SDX_TRY(check_shape(values->t.dtype, rank, dims, NULL, err));
    sdx_status st = sdx_value_make_sparse(NULL, NULL, (sdx_shape){ rank, dims }, values, indices,
                                          out);
    return st == SDX_OK ? st : sdx_error_memory(err, 0);
}

/* ---- counting ---- */

void sdx_value_free(sdx_value *v)
{
    sdx_value_let_go(v);
}

sdx_value *sdx_value_hold(sdx_value *v)
{
    sdx_value_retain(v);
    return v;
}

/* ---- reading ---- */

sdx_kind sdx_value_kind(const sdx_value *v)
{
    return v ? v->kind : SDX_KIND_UNKNOWN;
}

static bool has_dims(const sdx_value *v)
{
    return v && (v->kind == SDX_TENSOR || v->kind == SDX_SPARSE);
}

sdx_dtype sdx_value_dtype(const sdx_value *v)
{
    return has_dims(v) ? v->t.dtype : SDX_UNDEFINED;
}

int sdx_value_dims(const sdx_value *v, const int64_t **dims)
{
    if (dims)
        *dims = has_dims(v) ? v->t.shape.dim : NULL;
    return has_dims(v) ? v->t.shape.rank : -1;
}

size_t sdx_value_count(const sdx_value *v)
{
    if (!v)
        return 0;
    if (v->kind == SDX_TENSOR)
        return (size_t)sdx_elements(&v->t);
    if (v->kind == SDX_MAP || v->kind == SDX_SPARSE) /* as many as the keys, the values */
        return v->n > 0 ? sdx_value_count(v->item[0]) : 0;
    return v->n;
}

size_t sdx_value_bytes(const sdx_value *v)
{
    return v && v->kind == SDX_TENSOR ? sdx_bytes(v->t.dtype, sdx_elements(&v->t)) : 0;
}

static bool shows_data(const sdx_value *v)
{
    return v && v->kind == SDX_TENSOR && v->t.dtype != SDX_STR;
}

void *sdx_value_data(sdx_value *v)
{
    return shows_data(v) ? v->t.data : NULL;
}

const void *sdx_value_view(const sdx_value *v)
{
    return shows_data(v) ? v->t.data : NULL;
}

sdx_string sdx_value_string(const sdx_value *v, size_t i)
{
    bool there = v && v->kind == SDX_TENSOR && v->t.dtype == SDX_STR && i < sdx_value_count(v);
    return there ? sdx_get_string(&v->t, (int64_t)i) : (sdx_string){ "", 0 };
}

const sdx_value *sdx_value_at(const sdx_value *v, size_t i)
{
    return v && v->kind != SDX_TENSOR && i < v->n ? v->item[i] : NULL;
}

static bool is_number(const sdx_value *v, size_t i)
{
    if (!v || v->kind != SDX_TENSOR || i >= sdx_value_count(v))
        return false;
    sdx_class c = sdx_dtype_class(v->t.dtype);
    return c == SDX_REAL || c == SDX_INT || c == SDX_UINT || c == SDX_BOOLEAN;
}

double sdx_value_f64(const sdx_value *v, size_t i)
{
    double x = 0;
    if (is_number(v, i))
        sdx_load_f64(&x, &v->t, (int64_t)i, 1, 1);
    return x;
}

int64_t sdx_value_i64(const sdx_value *v, size_t i)
{
    int64_t x = 0;
    if (is_number(v, i))
        sdx_load_i64(&x, &v->t, (int64_t)i, 1, 1);
    return x;
}

bool sdx_value_set_f64(sdx_value *v, size_t i, double x)
{
    if (!is_number(v, i))
        return false;
    sdx_store_f64(&v->t, (int64_t)i, 1, 1, &x);
    return true;
}

bool sdx_value_set_i64(sdx_value *v, size_t i, int64_t x)
{
    if (!is_number(v, i))
        return false;
    sdx_store_i64(&v->t, (int64_t)i, 1, 1, &x);
    return true;
}
