/* ops/generator/constant.c - Constant: a value written in the node, in one of eight forms.
 *
 * Source: ONNX Operators.md, Constant-25; Changelog.md, versions 1 (tensors alone), 11 (sparse), 12
 * (the others). */
#include "sdx/op.h"
#include <inttypes.h>
#include <string.h>

static const sdx_schema schema[] = {
    { 1, "-> output:T", "value:tensor!", "T: float" },
    { 9, NULL, NULL, "T: all" },
    { 11, NULL, "sparse_value:sparse value:tensor", NULL },
    { 12, NULL,
      "value_strings:strings value_string:string value_floats:floats value_float:float "
      "value_ints:ints value_int:int sparse_value:sparse value:tensor",
      NULL },
    { 13, NULL, NULL, "T: all4" },
    { 19, NULL, NULL, "T: all9" },
    { 21, NULL, NULL, "T: all10" },
    { 23, NULL, NULL, "T: all11" },
    { 24, NULL, NULL, "T: all12" },
    { 25, NULL, NULL, "T: all13" },
    { 0 },
};

/* The forms besides tensor and sparse tensor: one element, or a list of them. */
typedef struct form {
    const char *name;
    sdx_dtype dtype;
    bool list;
} form;
static const form forms[] = {
    { "value_int", SDX_I64, false },    { "value_ints", SDX_I64, true },
    { "value_float", SDX_F32, false },  { "value_floats", SDX_F32, true },
    { "value_string", SDX_STR, false }, { "value_strings", SDX_STR, true },
};
enum { FORMS = sizeof forms / sizeof *forms };

static const form *find_form(const sdx_node *n)
{
    for (int i = 0; i < FORMS; i++)
        if (sdx_has_attr(n, forms[i].name))
            return &forms[i];
    return NULL;
}

static int list_length(const sdx_node *n, const form *f)
{
    int count = 0;
    if (f->dtype == SDX_I64)
        sdx_attr_ints(n, f->name, &count);
    else if (f->dtype == SDX_F32)
        sdx_attr_floats(n, f->name, &count);
    else
        sdx_attr_strings(n, f->name, &count);
    return count;
}

static int count_given(const sdx_node *n)
{
    int given = (sdx_attr_tensor(n, "value") != NULL) +
                (sdx_attr_sparse(n, "sparse_value") != NULL);
    for (int i = 0; i < FORMS; i++)
        given += sdx_has_attr(n, forms[i].name);
    return given;
}

static void infer_shape(sdx_infer *c, int rank, const int64_t *dim)
{
    sdx_dim *y = sdx_new_dims(c, rank);
    for (int i = 0; i < rank; i++)
        y[i] = sdx_num(dim[i]);
    sdx_set_out_dims(c, 0, rank, y);
}

/* Small integer tensors are known element by element. */
static void infer_tensor(sdx_infer *c, const sdx_tensor *t)
{
    infer_shape(c, t->shape.rank, t->shape.dim);
    sdx_set_out_dtype(c, 0, t->dtype);
    int64_t count = sdx_elements(t), v[SDX_MAX_RANK];
    sdx_dim e[SDX_MAX_RANK];
    sdx_class class = sdx_dtype_class(t->dtype);
    if (t->shape.rank > 1 || count > SDX_MAX_RANK ||
        (class != SDX_INT && class != SDX_UINT && class != SDX_BOOLEAN))
        return;
    sdx_load_i64(v, t, 0, 1, count);
    for (int64_t i = 0; i < count; i++)
        e[i] = sdx_num(v[i]);
    sdx_set_out_elems(c, 0, (int)count, e);
}

static void infer_list(const sdx_node *n, sdx_infer *c, const form *f)
{
    int64_t count = f->list ? list_length(n, f) : 1;
    infer_shape(c, f->list ? 1 : 0, &count);
    sdx_set_out_dtype(c, 0, f->dtype);
    if (f->dtype != SDX_I64 || count > SDX_MAX_RANK)
        return;
    int length;
    sdx_dim e[SDX_MAX_RANK] = { sdx_num(0) };
    const int64_t *v = f->list ? sdx_attr_ints(n, f->name, &length) : NULL;
    for (int64_t i = 0; i < count; i++)
        e[i] = sdx_num(v ? v[i] : sdx_attr_int(n, f->name));
    sdx_set_out_elems(c, 0, (int)count, e);
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    const sdx_tensor *t = sdx_attr_tensor(n, "value");
    const sdx_value *sparse = sdx_attr_sparse(n, "sparse_value");
    const form *f = find_form(n);
    int given = count_given(n);
    if (given != 1) {
        sdx_refuse(c, "constant-value", "Constant has %s, must have one",
                   given ? sdx_text(c, "%d values", given) : "no value");
        sdx_hint(
            c,
            "give exactly one of value, sparse_value, value_int, value_ints, value_float, value_floats, "
            "value_string and value_strings");
    } else if (t) {
        infer_tensor(c, t);
    } else if (sparse) {
        const int64_t *dim;
        int rank = sdx_value_dims(sparse, &dim);
        infer_shape(c, rank < 0 ? 0 : rank, dim);
        sdx_set_out_dtype(c, 0, sdx_value_dtype(sparse));
    } else {
        infer_list(n, c, f);
    }
}

/* ---- run ---- */

/* Indices of a sparse tensor are places in the row-major order, or one coordinate an axis. */
static sdx_status place_of(const sdx_tensor *indices, int64_t i, sdx_shape y, int64_t *place,
                           sdx_run *c)
{
    int axes = indices->shape.rank == 2 ? (int)indices->shape.dim[1] : 1;
    int64_t at[SDX_MAX_RANK], total = sdx_count(y, 0, y.rank);
    if (axes > SDX_MAX_RANK || (indices->shape.rank == 2 && axes != y.rank))
        return sdx_fail(c, SDX_E_SHAPE, "indices of %d coordinates for rank %d", axes, y.rank);
    sdx_load_i64(at, indices, i * axes, 1, axes);
    *place = at[0];
    if (indices->shape.rank == 2) {
        *place = 0;
        for (int k = 0; k < axes; k++) {
            if (at[k] < 0 || at[k] >= y.dim[k])
                return sdx_fail(c, SDX_E_VALUE, "coordinate %" PRId64 " of axis %d is out of range",
                                at[k], k);
            *place = *place * y.dim[k] + at[k];
        }
    }
    if (*place < 0 || *place >= total)
        return sdx_fail(c, SDX_E_VALUE, "index %" PRId64 " is out of range, %" PRId64 " element%s",
                        *place, total, total == 1 ? "" : "s");
    return SDX_OK;
}

static sdx_status run_sparse(const sdx_value *sparse, sdx_tensor *y, sdx_run *c)
{
    const sdx_tensor *values = sdx_as_tensor(sdx_value_at(sparse, 0));
    const sdx_tensor *indices = sdx_as_tensor(sdx_value_at(sparse, 1));
    if (!values || !indices)
        return sdx_fail(c, SDX_E_MODEL, "sparse_value lacks %s", values ? "indices" : "values");
    int64_t count = sdx_elements(values), given = sdx_elements(indices);
    if (y->dtype != SDX_STR)
        memset(y->data, 0, sdx_bytes(y->dtype, sdx_elements(y)));
    if (count > 0 && given < count)
        return sdx_fail(c, SDX_E_SHAPE, "values has %" PRId64 ", indices %" PRId64, count, given);
    for (int64_t i = 0; i < count; i++) {
        int64_t place;
        SDX_TRY(place_of(indices, i, y->shape, &place, c));
        SDX_TRY(sdx_copy(c, y, place, values, i, 1));
    }
    return SDX_OK;
}

static sdx_status run_list(const sdx_node *n, const form *f, sdx_tensor *y, sdx_run *c)
{
    int count = 1;
    if (f->dtype == SDX_I64) {
        int64_t one = sdx_attr_int(n, f->name);
        const int64_t *v = f->list ? sdx_attr_ints(n, f->name, &count) : &one;
        sdx_store_i64(y, 0, 1, count, v);
    } else if (f->dtype == SDX_F32) {
        const float *v = f->list ? sdx_attr_floats(n, f->name, &count) : NULL;
        for (int i = 0; i < count; i++)
            sdx_f32_out(y)[i] = v ? v[i] : (float)sdx_attr_float(n, f->name);
    } else {
        sdx_string one = sdx_attr_string(n, f->name);
        const sdx_string *v = f->list ? sdx_attr_strings(n, f->name, &count) : &one;
        for (int i = 0; i < count; i++)
            SDX_TRY(sdx_put_string(c, y, i, v[i].text, v[i].length));
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *t = sdx_attr_tensor(n, "value");
    const sdx_value *sparse = sdx_attr_sparse(n, "sparse_value");
    sdx_tensor *y = sdx_out(c, 0);
    (void)state;
    if (t)
        return sdx_copy(c, y, 0, t, 0, sdx_elements(t));
    return sparse ? run_sparse(sparse, y, c) : run_list(n, find_form(n), y, c);
}

static const sdx_op ops[] = {
    { SDX_OP(Constant), .schema = schema, .traits = SDX_PURE, .infer = infer, .run = run },
    { 0 },
};
const sdx_family sdx_family_generator_constant = { ops, 0 };
