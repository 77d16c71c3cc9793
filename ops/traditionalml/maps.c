/* ops/traditionalml/maps.c - ZipMap, DictVectorizer, CastMap: tensors to maps, and back.
 *
 * Source: ONNX Operators-ml.md, the section of each, version 1. */
#include "common/number_text.h"
#include "sdx/op.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const sdx_schema zip_schema[] = {
    { 1, "X:f32 -> Z:T", "classlabels_int64s:ints classlabels_strings:strings",
      "T: seq(map(i64,f32)) seq(map(str,f32))" },
    { 0 },
};

static const sdx_schema dict_schema[] = {
    { 1, "X:T1 -> Y:T2", "int64_vocabulary:ints string_vocabulary:strings",
      "T1: map(i64,f32) map(i64,f64) map(i64,str) map(str,f32) map(str,f64) map(str,i64); T2: "
      "f32 f64 i64 str" },
    { 0 },
};

static const sdx_schema cast_schema[] = {
    { 1, "X:T1 -> Y:T2", "max_map:int=1 map_form:string=DENSE cast_to:string=TO_FLOAT",
      "T1: map(i64,f32) map(i64,str); T2: f32 i64 str" },
    { 0 },
};

/* ---- ZipMap ---- */

static void infer_zip(const sdx_node *n, sdx_infer *c)
{
    int text = 0, whole = 0;
    sdx_dims x = sdx_in_dims(n, 0);
    sdx_attr_strings(n, "classlabels_strings", &text);
    sdx_attr_ints(n, "classlabels_int64s", &whole);
    if ((text > 0) == (whole > 0)) {
        sdx_refuse(c, "encoder-lists", "ZipMap has %d labels as strings and %d as integers", text,
                   whole);
        sdx_hint(c, "give the keys in exactly one of classlabels_strings and classlabels_int64s");
        return;
    }
    int keys = text > 0 ? text : whole;
    if (!sdx_check_rank(c, 0, 1, 2))
        return;
    if (x.rank > 0 && !sdx_equal(c, x.dim[x.rank - 1], sdx_num(keys))) {
        sdx_refuse(c, "encoder-lists", "%d labels for %s columns of X", keys,
                   sdx_show(c, x.dim[x.rank - 1]));
        sdx_point(c, 0, x.rank - 1);
        sdx_hint(c, "there is one label for each column");
        return;
    }
    sdx_dims none = { 0, NULL };
    const sdx_type *value = sdx_tensor_type(c, SDX_F32, none);
    sdx_set_out_type(c, 0,
                     sdx_sequence_type(c, sdx_map_type(c, text > 0 ? SDX_STR : SDX_I64, value)));
}

static sdx_status make_keys(const sdx_node *n, sdx_run *c, sdx_value **keys)
{
    int texts = 0, wholes = 0;
    const sdx_string *text = sdx_attr_strings(n, "classlabels_strings", &texts);
    const int64_t *whole = sdx_attr_ints(n, "classlabels_int64s", &wholes);
    int64_t count = texts > 0 ? texts : wholes;
    sdx_shape s = { 1, &count };
    SDX_TRY(sdx_new_tensor(c, texts > 0 ? SDX_STR : SDX_I64, s, keys));
    for (int i = 0; i < texts; i++)
        SDX_TRY(sdx_put_string(c, sdx_tensor_of(*keys), i, text[i].text, text[i].length));
    if (texts == 0)
        sdx_store_i64(sdx_tensor_of(*keys), 0, 1, count, whole);
    return SDX_OK;
}

static sdx_status run_zip(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    int64_t columns = x->shape.dim[x->shape.rank - 1],
            rows = x->shape.rank == 1 ? 1 : x->shape.dim[0];
    sdx_shape s = { 1, &columns };
    sdx_value *all, *keys;
    (void)state;
    SDX_TRY(make_keys(n, c, &keys));
    SDX_TRY(sdx_new_sequence(c, &all));
    for (int64_t i = 0; i < rows; i++) {
        sdx_value *values, *map;
        SDX_TRY(sdx_new_tensor(c, SDX_F32, s, &values));
        SDX_TRY(sdx_copy(c, sdx_tensor_of(values), 0, x, i * columns, columns));
        SDX_TRY(sdx_new_map(c, keys, values, &map));
        SDX_TRY(sdx_seq_push(c, all, map));
        sdx_drop(c, map);
        sdx_drop(c, values);
    }
    return sdx_set_out(c, 0, all);
}

/* ---- maps as inputs ---- */

typedef struct map {
    const sdx_tensor *keys, *values;
    int64_t count;
} map;

static sdx_status take_map(sdx_run *c, map *m)
{
    const sdx_value *v = sdx_in_value(c, 0);
    m->keys = v ? sdx_as_tensor(sdx_value_at(v, 0)) : NULL;
    m->values = v ? sdx_as_tensor(sdx_value_at(v, 1)) : NULL;
    if (!m->keys || !m->values)
        return sdx_fail(c, SDX_E_TYPE, "X is no map of numbers or strings");
    m->count = sdx_elements(m->keys);
    if (sdx_elements(m->values) != m->count)
        return sdx_fail(c, SDX_E_SHAPE, "X has keys for %" PRId64 " and values for %" PRId64,
                        m->count, sdx_elements(m->values));
    return SDX_OK;
}

/* ---- DictVectorizer ---- */

static int vocabulary(const sdx_node *n, const sdx_string **text, const int64_t **whole)
{
    int texts = 0, wholes = 0;
    *text = sdx_attr_strings(n, "string_vocabulary", &texts);
    *whole = sdx_attr_ints(n, "int64_vocabulary", &wholes);
    if (texts > 0)
        *whole = NULL;
    return texts > 0 ? texts : wholes;
}

static void infer_dict(const sdx_node *n, sdx_infer *c)
{
    const sdx_string *text;
    const int64_t *whole;
    sdx_dim y = sdx_num(vocabulary(n, &text, &whole));
    const sdx_type *of = sdx_type_of(sdx_in_type(n, 0));
    sdx_set_out_dims(c, 0, 1, &y);
    if (sdx_type_kind(sdx_in_type(n, 0)) == SDX_MAP && sdx_type_kind(of) == SDX_TENSOR)
        sdx_set_out_dtype(c, 0, sdx_type_dtype(of));
}

static bool is_key(const map *m, int64_t i, const sdx_string *text, const int64_t *whole)
{
    int64_t v;
    if (whole) {
        sdx_load_i64(&v, m->keys, i, 1, 1);
        return v == *whole;
    }
    sdx_string s = sdx_get_string(m->keys, i);
    return s.length == text->length && (s.length == 0 || memcmp(s.text, text->text, s.length) == 0);
}

static sdx_status run_dict(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_string *text;
    const int64_t *whole;
    int words = vocabulary(n, &text, &whole);
    sdx_tensor *y = sdx_out(c, 0);
    map m;
    (void)state;
    SDX_TRY(take_map(c, &m));
    if ((m.keys->dtype == SDX_STR) == (whole != NULL))
        return sdx_fail(c, SDX_E_TYPE, "the keys of X and of the vocabulary differ in type");
    if (y->dtype != SDX_STR)
        memset(y->data, 0, sdx_bytes(y->dtype, words));
    for (int w = 0; w < words; w++) {
        for (int64_t i = 0; i < m.count; i++)
            if (is_key(&m, i, text ? text + w : NULL, whole ? whole + w : NULL))
                SDX_TRY(sdx_copy(c, y, w, m.values, i, 1));
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

/* ---- CastMap ---- */

static bool is_sparse(const sdx_node *n)
{
    return sdx_attr_is(n, "map_form", "SPARSE");
}

static void infer_cast(const sdx_node *n, sdx_infer *c)
{
    sdx_dim y[2] = { sdx_num(1), sdx_num(sdx_attr_int(n, "max_map")) };
    sdx_dtype d = sdx_attr_is(n, "cast_to", "TO_STRING")  ? SDX_STR
                  : sdx_attr_is(n, "cast_to", "TO_INT64") ? SDX_I64
                                                          : SDX_F32;
    sdx_set_out_dtype(c, 0, d);
    if (is_sparse(n) && y[1].n < 0) {
        sdx_refuse(c, "negative-dim", "max_map is %" PRId64, y[1].n);
        sdx_number(c, "dim", y[1].n);
        sdx_hint(c, "it is one more than the largest key");
        return;
    }
    if (!is_sparse(n))
        y[1] = sdx_dim_new(c, 0, 1, sdx_unknown());
    sdx_set_out_dims(c, 0, 2, y);
}

static sdx_status put_value(sdx_run *c, sdx_tensor *y, int64_t to, const map *m, int64_t i)
{
    double v;
    if (m->values->dtype == y->dtype)
        return sdx_copy(c, y, to, m->values, i, 1);
    if (m->values->dtype == SDX_STR) {
        sdx_string s = sdx_get_string(m->values, i);
        if (!sdx_text_f64(s, &v))
            return sdx_fail(c, SDX_E_VALUE, "'%.*s' is no number",
                            (int)(s.length < 40 ? s.length : 40), s.text);
    } else {
        sdx_load_f64(&v, m->values, i, 1, 1);
    }
    if (y->dtype != SDX_STR) {
        sdx_store_f64(y, to, 1, 1, &v);
        return SDX_OK;
    }
    char text[SDX_NUMBER_TEXT];
    size_t length = sdx_f64_text(text, v, m->values->dtype);
    return sdx_put_string(c, y, to, text, length);
}

/* Entries in ascending order of their keys; each next one is looked for, as maps are small. */
static sdx_status put_dense(sdx_run *c, sdx_tensor *y, const map *m)
{
    int64_t last = 0;
    for (int64_t to = 0; to < m->count; to++) {
        int64_t best = -1, least = 0;
        for (int64_t i = 0; i < m->count; i++) {
            int64_t k;
            sdx_load_i64(&k, m->keys, i, 1, 1);
            if ((to == 0 || k > last) && (best < 0 || k < least)) {
                best = i;
                least = k;
            }
        }
        if (best < 0)
            return sdx_fail(c, SDX_E_VALUE, "two entries of X have the same key");
        last = least;
        SDX_TRY(put_value(c, y, to, m, best));
        SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status run_cast(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_tensor *y = sdx_out(c, 0);
    map m;
    (void)state;
    SDX_TRY(take_map(c, &m));
    if (!is_sparse(n)) {
        int64_t dim[2] = { 1, m.count };
        sdx_shape s = { 2, dim };
        if (!y)
            SDX_TRY(sdx_make_out(c, 0, s, &y));
        return y ? put_dense(c, y, &m) : SDX_OK;
    }
    int64_t most = y->shape.dim[1];
    if (y->dtype != SDX_STR)
        memset(y->data, 0, sdx_bytes(y->dtype, most));
    for (int64_t i = 0; i < m.count; i++) {
        int64_t k;
        sdx_load_i64(&k, m.keys, i, 1, 1);
        if (k < 0 || k >= most)
            return sdx_fail(c, SDX_E_VALUE, "key %" PRId64 " is out of range, max_map is %" PRId64,
                            k, most);
        SDX_TRY(put_value(c, y, k, &m, i));
    }
    return SDX_OK;
}

static const char domain[] = "ai.onnx.ml";
static const sdx_op ops[] = {
    { SDX_OP(ZipMap), domain, .schema = zip_schema, .traits = SDX_PURE, .infer = infer_zip,
      .run = run_zip },
    { SDX_OP(DictVectorizer), domain, .schema = dict_schema, .traits = SDX_PURE,
      .infer = infer_dict, .run = run_dict },
    { SDX_OP(CastMap), domain, .schema = cast_schema,
      .limits = "cast_to:TO_FLOAT|TO_INT64|TO_STRING map_form:DENSE|SPARSE", .traits = SDX_PURE,
      .infer = infer_cast, .run = run_cast },
    { 0 },
};
const sdx_family sdx_family_traditionalml_maps = { ops, 0 };
