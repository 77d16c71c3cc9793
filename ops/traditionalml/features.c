/* ops/traditionalml/features.c - Scaler, Normalizer, Binarizer, Imputer, FeatureVectorizer,
 * ArrayFeatureExtractor: what happens to columns of features before a model sees them.
 *
 * Source: ONNX Operators-ml.md, the section of each, version 1. */
#include "common/check.h"
#include "sdx/op.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema scaler_schema[] = {
    { 1, "X:T -> Y:f32", "scale:floats offset:floats", "T: f32 f64 i32 i64" },
    { 0 },
};

static const sdx_schema normalizer_schema[] = {
    { 1, "X:T -> Y:f32", "norm:string=MAX", "T: f32 f64 i32 i64" },
    { 0 },
};

static const sdx_schema binarizer_schema[] = {
    { 1, "X:T -> Y:T", "threshold:float=0.0", "T: f32 f64 i32 i64" },
    { 0 },
};

static const sdx_schema imputer_schema[] = {
    { 1, "X:T -> Y:T",
      "replaced_value_int64:int=0 imputed_value_int64s:ints replaced_value_float:float=0.0 "
      "imputed_value_floats:floats",
      "T: f32 f64 i32 i64" },
    { 0 },
};

static const sdx_schema vectorizer_schema[] = {
    { 1, "X+:T1 -> Y:f32", "inputdimensions:ints", "T1: f32 f64 i32 i64" },
    { 0 },
};

static const sdx_schema extractor_schema[] = {
    { 1, "X:T Y:i64 -> Z:T", "", "T: f32 f64 i32 i64 str" },
    { 0 },
};

/* One number for all columns, or one for each. */
static bool check_columns(const sdx_node *n, sdx_infer *c, const char *name, int count)
{
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_dim columns = x.rank > 0 ? x.dim[x.rank - 1] : sdx_unknown();
    if (count <= 1 || sdx_same(c, columns, sdx_num(count)) != SDX_NO)
        return true;
    sdx_refuse(c, "feature-rows", "%s has %d entries for %s column%s", name, count,
               sdx_show(c, columns), sdx_is_num(columns) && columns.n == 1 ? "" : "s");
    sdx_point(c, 0, x.rank - 1);
    sdx_hint(c, "give 1, or one for each column: %s", sdx_show(c, columns));
    return false;
}

static void infer_scaler(const sdx_node *n, sdx_infer *c)
{
    int scales, offsets;
    sdx_attr_floats(n, "scale", &scales);
    sdx_attr_floats(n, "offset", &offsets);
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (check_columns(n, c, "scale", scales))
        check_columns(n, c, "offset", offsets);
}

static void infer_imputer(const sdx_node *n, sdx_infer *c)
{
    bool real = sdx_dtype_class(sdx_in_dtype(n, 0)) == SDX_REAL;
    const char *name = real ? "imputed_value_floats" : "imputed_value_int64s";
    int count;
    if (real)
        sdx_attr_floats(n, name, &count);
    else
        sdx_attr_ints(n, name, &count);
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (count > 0 || sdx_in_dtype(n, 0) == SDX_UNDEFINED) {
        check_columns(n, c, name, count);
        return;
    }
    sdx_warn(c, "feature-rows", "there is no %s, so nothing is imputed", name);
    sdx_point(c, 0, -1);
    sdx_hint(c, "give %s, the list for %s", name, sdx_dtype_onnx_name(sdx_in_dtype(n, 0)));
}

static void infer_same(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

/* ---- row by row ---- */

/* A list of one number for all columns, or one for each; `none` where it is left out. */
typedef struct column_list {
    const float *v;
    int64_t count;
    double none;
} column_list;

static column_list find_columns(const sdx_node *n, const char *name, double none)
{
    int count = 0;
    column_list l = { sdx_attr_floats(n, name, &count), 0, none };
    l.count = count;
    return l;
}

static inline double column_number(const column_list *l, int64_t column)
{
    if (l->count == 0)
        return l->none;
    return (double)l->v[column < l->count ? column : l->count - 1];
}

/* What the attributes say is read once a run. */
typedef struct row {
    int64_t length;
    double *x;
    column_list first, second;
    double number;
} row;
typedef void row_function(const row *r);

static void scale_row(const row *r)
{
    for (int64_t i = 0; i < r->length; i++)
        r->x[i] = (r->x[i] - column_number(&r->first, i)) * column_number(&r->second, i);
}

/* The largest is meant with its sign: "Y = X / max(X)". */
static void divide_row(const row *r, double norm)
{
    for (int64_t i = 0; i < r->length && norm != 0; i++)
        r->x[i] /= norm;
}

static void normalize_by_top(const row *r)
{
    double norm = -INFINITY;
    for (int64_t i = 0; i < r->length; i++)
        norm = fmax(norm, r->x[i]);
    divide_row(r, norm);
}

static void normalize_by_sum(const row *r)
{
    double norm = 0;
    for (int64_t i = 0; i < r->length; i++)
        norm += fabs(r->x[i]);
    divide_row(r, norm);
}

static void normalize_by_squares(const row *r)
{
    double norm = 0;
    for (int64_t i = 0; i < r->length; i++)
        norm += r->x[i] * r->x[i];
    divide_row(r, sqrt(norm));
}

static void binarize_row(const row *r)
{
    for (int64_t i = 0; i < r->length; i++)
        r->x[i] = r->x[i] > r->number;
}

/* Floats replace NaN or a number by other floats. */
static void impute_row(const row *r)
{
    double replaced = r->number;
    for (int64_t i = 0; i < r->length; i++)
        if ((r->x[i] == replaced || (isnan(replaced) && isnan(r->x[i]))) && r->first.count > 0)
            r->x[i] = column_number(&r->first, i);
}

typedef struct job {
    const sdx_tensor *x;
    sdx_tensor *y;
    row_function *f;
    row of;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    row r = j->of;
    (void)c;
    r.x = scratch;
    for (int64_t i = begin; i < end; i++) {
        sdx_load_f64(scratch, j->x, i * r.length, 1, r.length);
        j->f(&r);
        sdx_store_f64(j->y, i * r.length, 1, r.length, scratch);
    }
    return SDX_OK;
}

static int64_t row_length(sdx_shape x)
{
    return x.rank > 0 ? x.dim[x.rank - 1] : 1;
}

static sdx_status prepare_rows(const sdx_node *n, sdx_prepare *c, void **state)
{
    *state = NULL;
    sdx_want_scratch(c, 0, (size_t)row_length(sdx_in_shape(n, 0)) * sizeof(double));
    return SDX_OK;
}

static sdx_status run_as(sdx_run *c, row_function *f, row of)
{
    job j = { sdx_in(c, 0), sdx_out(c, 0), f, of };
    int64_t length = row_length(j.x->shape);
    j.of.length = length;
    return sdx_parallel(c, length > 0 ? sdx_elements(j.x) / length : 0, 1 + 4096 / (1 + length),
                        some, &j);
}

static sdx_status run_scaler(const sdx_node *n, const void *state, sdx_run *c)
{
    (void)state;
    return run_as(
        c, scale_row,
        (row){ .first = find_columns(n, "offset", 0), .second = find_columns(n, "scale", 1) });
}
static sdx_status run_normalizer(const sdx_node *n, const void *state, sdx_run *c)
{
    (void)state;
    return run_as(c,
                  sdx_attr_is(n, "norm", "MAX")  ? normalize_by_top
                  : sdx_attr_is(n, "norm", "L2") ? normalize_by_squares
                                                 : normalize_by_sum,
                  (row){ 0 });
}
static sdx_status run_binarizer(const sdx_node *n, const void *state, sdx_run *c)
{
    (void)state;
    return run_as(c, binarize_row, (row){ .number = sdx_attr_float(n, "threshold") });
}

/* ---- Imputer ---- */

static sdx_status impute_ints(const sdx_node *n, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_tensor *y = sdx_out(c, 0);
    int values = 0;
    const int64_t *value = sdx_attr_ints(n, "imputed_value_int64s", &values);
    int64_t replaced = sdx_attr_int(n, "replaced_value_int64"), length = row_length(x->shape);
    for (int64_t i = 0; i < sdx_elements(x); i++) {
        int64_t v, column = i % length;
        sdx_load_i64(&v, x, i, 1, 1);
        if (v == replaced && values > 0)
            v = value[column < values ? column : values - 1];
        sdx_store_i64(y, i, 1, 1, &v);
        if (i % 65536 == 65535)
            SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status run_imputer(const sdx_node *n, const void *state, sdx_run *c)
{
    (void)state;
    if (sdx_dtype_class(sdx_in_dtype(n, 0)) == SDX_INT)
        return impute_ints(n, c);
    return run_as(c, impute_row,
                  (row){ .first = find_columns(n, "imputed_value_floats", 0),
                         .number = sdx_attr_float(n, "replaced_value_float") });
}

/* ---- FeatureVectorizer ---- */

/* Columns that input i gives: inputdimensions says, else as many as it has. */
static sdx_dim width_of(const sdx_node *n, int i)
{
    int count = 0;
    const int64_t *v = sdx_attr_ints(n, "inputdimensions", &count);
    sdx_dims x = sdx_in_dims(n, i);
    if (i < count)
        return sdx_num(v[i]);
    return x.rank == 1 ? sdx_num(1) : sdx_in_dim(n, i, 1);
}

static void infer_vectorizer(const sdx_node *n, sdx_infer *c)
{
    sdx_dim y[2] = { sdx_in_dim(n, 0, 0), sdx_num(0) };
    int count;
    const int64_t *v = sdx_attr_ints(n, "inputdimensions", &count);
    if (v && count != sdx_in_count(n)) {
        sdx_warn(c, "feature-rows", "inputdimensions has %s for %s", sdx_counted(c, count, "entry"),
                 sdx_counted(c, sdx_in_count(n), "input"));
        sdx_hint(c, "give the number of columns of each input");
    }
    for (int i = 0; i < sdx_in_count(n); i++) {
        sdx_dim width = width_of(n, i), has = sdx_in_dim(n, i, 1);
        if (v && i < count && sdx_same(c, width, has) == SDX_NO) {
            sdx_warn(c, "feature-rows", "inputdimensions[%d] is %s, and input %d has %s columns", i,
                     sdx_show(c, width), i, sdx_show(c, has));
            sdx_point(c, i, 1);
            sdx_hint(c, "make it %s: columns are cut off, or zeros are added", sdx_show(c, has));
        }
        if (!sdx_check_rank(c, i, 1, 2))
            return;
        if (sdx_is_num(width) && width.n < 0) {
            sdx_refuse(c, "negative-dim", "inputdimensions[%d] is %" PRId64, i, width.n);
            sdx_number(c, "dim", width.n);
            sdx_hint(c, "give the number of columns that input %d has", i);
            return;
        }
        if (sdx_in_dims(n, i).rank > 0 && !sdx_check_same(c, "feature-rows", 0, 0, i, 0))
            return;
        y[1] = sdx_is_unknown(width) || sdx_is_unknown(y[1]) ? sdx_unknown()
                                                             : sdx_dim_add(c, y[1], width);
    }
    sdx_set_out_dims(c, 0, 2, y);
}

static sdx_status run_vectorizer(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_tensor *y = sdx_out(c, 0);
    (void)state;
    if (!y)
        return sdx_fail(c, SDX_E_LIMIT, "inputdimensions add up to more than a tensor can hold");
    int64_t rows = y->shape.dim[0], all = y->shape.dim[1], column = 0;
    memset(y->data, 0, sdx_bytes(y->dtype, rows * all));
    for (int i = 0; i < sdx_in_count(n); i++) {
        const sdx_tensor *x = sdx_in(c, i);
        int64_t has = x->shape.rank == 1 ? 1 : x->shape.dim[1], width = width_of(n, i).n;
        int64_t taken = has < width ? has : width;
        for (int64_t r = 0; r < rows; r++) {
            for (int64_t k = 0; k < taken; k++) {
                double v;
                sdx_load_f64(&v, x, r * has + k, 1, 1);
                sdx_store_f64(y, r * all + column + k, 1, 1, &v);
            }
        }
        column += width;
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

/* ---- ArrayFeatureExtractor ---- */

static void infer_extractor(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0), i = sdx_in_dims(n, 1);
    if (!sdx_check_rank(c, 0, 1, SDX_MAX_RANK) || x.rank < 0)
        return;
    int rank = x.rank == 1 ? 2 : x.rank;
    sdx_check_limits(c, sdx_text(c, "Y:[0,X.%d)", x.rank - 1));
    sdx_dim *y = sdx_new_dims(c, rank);
    y[0] = sdx_num(1);
    for (int k = 0; k < x.rank - 1; k++)
        y[k] = x.dim[k];
    if (i.rank >= 0)
        y[rank - 1] = sdx_dim_product(c, i, 0, i.rank);
    sdx_set_out_dims(c, 0, rank, y);
}

static sdx_status run_extractor(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0), *which = sdx_in(c, 1);
    sdx_tensor *y = sdx_out(c, 0);
    int64_t length = row_length(x->shape), taken = sdx_elements(which);
    int64_t rows = length > 0 ? sdx_elements(x) / length : 0;
    (void)n, (void)state;
    for (int64_t k = 0; k < taken; k++) {
        int64_t i;
        sdx_load_i64(&i, which, k, 1, 1);
        if (i < 0 || i >= length)
            return sdx_fail(c, SDX_E_VALUE,
                            "index %" PRId64 " is out of range, X has %" PRId64 " features", i,
                            length);
        SDX_TRY(sdx_copy_strided(c, y, k, taken, x, i, length, rows));
    }
    return SDX_OK;
}

static const char domain[] = "ai.onnx.ml";
static const sdx_op ops[] = {
    { SDX_OP(Scaler), domain, .schema = scaler_schema, .traits = SDX_PURE, .infer = infer_scaler,
      .prepare = prepare_rows, .run = run_scaler },
    { SDX_OP(Normalizer), domain, .schema = normalizer_schema, .limits = "norm:MAX|L1|L2",
      .traits = SDX_PURE, .infer = infer_same, .prepare = prepare_rows, .run = run_normalizer },
    { SDX_OP(Binarizer), domain, .schema = binarizer_schema, .traits = SDX_PURE,
      .infer = infer_same, .prepare = prepare_rows, .run = run_binarizer },
    { SDX_OP(Imputer), domain, .schema = imputer_schema, .traits = SDX_PURE, .infer = infer_imputer,
      .prepare = prepare_rows, .run = run_imputer },
    { SDX_OP(FeatureVectorizer), domain, .schema = vectorizer_schema, .traits = SDX_PURE,
      .infer = infer_vectorizer, .run = run_vectorizer },
    { SDX_OP(ArrayFeatureExtractor), domain, .schema = extractor_schema, .traits = SDX_PURE,
      .infer = infer_extractor, .run = run_extractor },
    { 0 },
};
const sdx_family sdx_family_traditionalml_features = { ops, 0 };
