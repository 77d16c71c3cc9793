/* ops/traditionalml/encoders.c - LabelEncoder, CategoryMapper, OneHotEncoder: from one set of names
 * to another.
 *
 * A table of keys is made in prepare; every element is looked up in it.  Of equal keys the last
 * counts; NaN finds NaN. Source: ONNX Operators-ml.md, LabelEncoder-1, -2 and -4, CategoryMapper-1,
 * OneHotEncoder-1. */
#include "sdx/op.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema label_schema[] = {
    { 1, "X:T1 -> Y:T2",
      "default_string:string=_Unused default_int64:int=-1 classes_strings:strings",
      "T1: i64 str; T2: i64 str" },
    { 2, NULL,
      "default_int64:int=-1 default_float:float=-0.0 default_string:string=_Unused "
      "values_int64s:ints values_strings:strings keys_floats:floats values_floats:floats "
      "keys_int64s:ints keys_strings:strings",
      "T1: f32 i64 str; T2: f32 i64 str" },
    { 4, NULL,
      "default_tensor:tensor default_int64:int=-1 default_float:float=-0.0 "
      "default_string:string=_Unused values_int64s:ints values_strings:strings "
      "values_tensor:tensor keys_floats:floats keys_strings:strings values_floats:floats "
      "keys_int64s:ints keys_tensor:tensor",
      "T1: f32 f64 i16 i32 i64 str; T2: f32 f64 i16 i32 i64 str" },
    { 0 },
};

static const sdx_schema category_schema[] = {
    { 1, "X:T1 -> Y:T2",
      "default_int64:int=-1 default_string:string=_Unused cats_int64s:ints cats_strings:strings",
      "T1: i64 str; T2: i64 str" },
    { 0 },
};

static const sdx_schema one_hot_schema[] = {
    { 1, "X:T -> Y:f32", "zeros:int=1 cats_strings:strings cats_int64s:ints",
      "T: f32 f64 i32 i64 str" },
    { 0 },
};

/* ---- lists of one type out of several ---- */

typedef struct list {
    sdx_dtype dtype; /* undefined: none is given */
    int64_t count;
    const sdx_string *text;
    const int64_t *whole;
    const float *real;
    const sdx_tensor *tensor;
} list;

/* The names of attributes that hold such a list; NULL: there is no such form. */
typedef struct names {
    const char *text, *whole, *real, *tensor;
} names;

static list find_list(const sdx_node *n, const names *a)
{
    list r = { 0 };
    int count = 0;
    if (a->text && (r.text = sdx_attr_strings(n, a->text, &count)) && count > 0)
        r.dtype = SDX_STR;
    else if (a->whole && (r.whole = sdx_attr_ints(n, a->whole, &count)) && count > 0)
        r.dtype = SDX_I64;
    else if (a->real && (r.real = sdx_attr_floats(n, a->real, &count)) && count > 0)
        r.dtype = SDX_F32;
    else if (a->tensor && (r.tensor = sdx_attr_tensor(n, a->tensor)) != NULL)
        r.dtype = r.tensor->dtype;
    r.count = r.tensor ? sdx_elements(r.tensor) : count;
    return r;
}

/* One key, of any type. */
typedef struct key {
    sdx_class class;
    sdx_string text;
    int64_t whole;
    double real;
} key;

static key tensor_key(const sdx_tensor *t, int64_t i)
{
    key k = { .class = sdx_dtype_class(t->dtype) };
    if (k.class == SDX_STRING)
        k.text = sdx_get_string(t, i);
    else if (k.class == SDX_REAL)
        sdx_load_f64(&k.real, t, i, 1, 1);
    else
        sdx_load_i64(&k.whole, t, i, 1, 1);
    return k;
}

static key list_key(const list *l, int64_t i)
{
    key k = { .class = sdx_dtype_class(l->dtype) };
    if (l->tensor)
        return tensor_key(l->tensor, i);
    if (l->dtype == SDX_STR)
        k.text = l->text[i];
    else if (l->dtype == SDX_I64)
        k.whole = l->whole[i];
    else
        k.real = (double)l->real[i];
    return k;
}

static bool same_key(const key *a, const key *b)
{
    if (a->class == SDX_STRING)
        return a->text.length == b->text.length &&
               (a->text.length == 0 || memcmp(a->text.text, b->text.text, a->text.length) == 0);
    if (a->class == SDX_REAL)
        return a->real == b->real || (isnan(a->real) && isnan(b->real));
    return a->whole == b->whole;
}

static uint64_t hash_of(const key *k)
{
    uint64_t h = UINT64_C(14695981039346656037);
    if (k->class != SDX_STRING) {
        double real = isnan(k->real) ? 0.5 : k->real + 0.0; /* -0 is 0 */
        uint64_t bits = (uint64_t)k->whole;
        if (k->class == SDX_REAL)
            memcpy(&bits, &real, sizeof bits);
        h = (bits ^ (bits >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
        return h ^ (h >> 31);
    }
    for (size_t i = 0; i < k->text.length; i++)
        h = (h ^ (uint8_t)k->text.text[i]) * UINT64_C(1099511628211);
    return h ^ (h >> 31);
}

typedef struct table {
    list keys;
    int32_t *slot; /* place + 1; 0: free */
    uint64_t mask;
} table;

static sdx_status make_table(sdx_prepare *c, table *t, list keys)
{
    uint64_t size = 16;
    while (size < (uint64_t)keys.count * 2)
        size *= 2;
    *t = (table){ keys, sdx_keep(c, (size_t)size * sizeof *t->slot), size - 1 };
    if (!t->slot)
        return SDX_E_MEMORY;
    for (int64_t i = 0; i < keys.count; i++) {
        key k = list_key(&keys, i);
        uint64_t h = hash_of(&k);
        for (; t->slot[h & t->mask]; h++) {
            key other = list_key(&keys, t->slot[h & t->mask] - 1);
            if (same_key(&k, &other))
                break;
        }
        t->slot[h & t->mask] = (int32_t)i + 1;
    }
    return SDX_OK;
}

/* The place of a key; -1: it is none. */
static int64_t look_up(const table *t, const key *k)
{
    for (uint64_t h = hash_of(k);; h++) {
        int32_t at = t->slot[h & t->mask] - 1;
        if (at < 0)
            return -1;
        key other = list_key(&t->keys, at);
        if (same_key(k, &other))
            return at;
    }
}

static sdx_status put(sdx_run *c, sdx_tensor *y, int64_t i, const key *k)
{
    if (k->class == SDX_STRING)
        return sdx_put_string(c, y, i, k->text.text, k->text.length);
    if (k->class == SDX_REAL)
        sdx_store_f64(y, i, 1, 1, &k->real);
    else
        sdx_store_i64(y, i, 1, 1, &k->whole);
    return SDX_OK;
}

/* ---- LabelEncoder, CategoryMapper ---- */

static const names label_keys = { "keys_strings", "keys_int64s", "keys_floats", "keys_tensor" };
static const names label_values = { "values_strings", "values_int64s", "values_floats",
                                    "values_tensor" };
static const names classes = { "classes_strings", NULL, NULL, NULL };
static const names category_texts = { "cats_strings", NULL, NULL, NULL };
static const names category_numbers = { NULL, "cats_int64s", NULL, NULL };

static bool is_category(const sdx_node *n)
{
    return strcmp(sdx_op_name(n), "CategoryMapper") == 0;
}

/* What the operator maps from, and to.  No values: a key's place is its value; no keys: a value's
 * place its key. */
static void find_lists(const sdx_node *n, list *keys, list *values)
{
    bool from_text = sdx_in_dtype(n, 0) == SDX_STR;
    list none = { 0 };
    if (is_category(n)) {
        *keys = find_list(n, from_text ? &category_texts : &category_numbers);
        *values = find_list(n, from_text ? &category_numbers : &category_texts);
    } else if (sdx_since(n) < 2) {
        *keys = from_text ? find_list(n, &classes) : none;
        *values = from_text ? none : find_list(n, &classes);
    } else {
        *keys = find_list(n, &label_keys);
        *values = find_list(n, &label_values);
    }
}

/* Of the lists that stand for one another only one may be there. */
static bool check_one_list(const sdx_node *n, sdx_infer *c, const names *of)
{
    const char *const all[] = { of->text, of->whole, of->real, of->tensor }, *first = NULL;
    for (int i = 0; i < 4; i++) {
        if (!all[i] || !sdx_has_attr(n, all[i]))
            continue;
        if (first) {
            sdx_refuse(c, "encoder-lists", "there are both %s and %s", first, all[i]);
            sdx_hint(c, "keep the one that X and the output go with");
            return false;
        }
        first = all[i];
    }
    return true;
}

/* Of two keys that are one the second is never found. */
static void warn_repeated(sdx_infer *c, const list *keys)
{
    enum { MOST = 512 };
    for (int64_t i = 0; i < keys->count && keys->count <= MOST; i++)
        for (int64_t j = 0; j < i; j++) {
            key a = list_key(keys, i), b = list_key(keys, j);
            if (!same_key(&a, &b))
                continue;
            sdx_warn(c, "encoder-lists",
                     "keys %" PRId64 " and %" PRId64 " of %" PRId64 " are equal", j, i,
                     keys->count);
            sdx_hint(c, "leave one out: only one of them is found");
            return;
        }
}

static void lint_label(const sdx_node *n, sdx_infer *c)
{
    list keys, values;
    find_lists(n, &keys, &values);
    if (keys.dtype != SDX_UNDEFINED)
        warn_repeated(c, &keys);
}

static void infer_label(const sdx_node *n, sdx_infer *c)
{
    list keys, values;
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (sdx_in_dtype(n, 0) == SDX_UNDEFINED)
        return;
    if (sdx_since(n) >= 2 && !is_category(n) &&
        (!check_one_list(n, c, &label_keys) || !check_one_list(n, c, &label_values)))
        return;
    find_lists(n, &keys, &values);
    sdx_set_out_dtype(c, 0,
                      values.dtype != SDX_UNDEFINED   ? values.dtype
                      : sdx_in_dtype(n, 0) == SDX_STR ? SDX_I64
                                                      : SDX_STR);
    if (is_category(n) && keys.count != values.count)
        keys.dtype = values.dtype = SDX_I64; /* either list is wanted */
    if (keys.dtype != SDX_UNDEFINED && values.dtype != SDX_UNDEFINED &&
        keys.count != values.count) {
        sdx_refuse(c, "encoder-lists", "%" PRId64 " keys, but %" PRId64 " values", keys.count,
                   values.count);
        sdx_number(c, "keys", keys.count);
        sdx_number(c, "values", values.count);
        sdx_hint(c, "key i is mapped to value i: the lists are equally long");
    } else if (keys.dtype != SDX_UNDEFINED && keys.dtype != sdx_in_dtype(n, 0)) {
        sdx_refuse(c, "encoder-lists", "the keys are %s, X is %s", sdx_dtype_onnx_name(keys.dtype),
                   sdx_dtype_onnx_name(sdx_in_dtype(n, 0)));
        sdx_point(c, 0, -1);
        sdx_hint(c, "give keys of the type of X");
    }
}

typedef struct plan {
    table t;
    list values;
    key otherwise;
} plan;

static key default_of(const sdx_node *n, sdx_dtype d)
{
    key k = { .class = sdx_dtype_class(d) };
    const sdx_tensor *t = sdx_since(n) >= 4 ? sdx_attr_tensor(n, "default_tensor") : NULL;
    if (t && sdx_elements(t) == 1 && t->dtype == d)
        return tensor_key(t, 0);
    if (d == SDX_STR)
        k.text = sdx_attr_string(n, "default_string");
    else if (k.class == SDX_REAL)
        k.real = sdx_attr_float(n, "default_float");
    else
        k.whole = sdx_attr_int(n, "default_int64");
    return k;
}

static sdx_status prepare_label(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    list keys;
    if (!p)
        return SDX_E_MEMORY;
    find_lists(n, &keys, &p->values);
    p->otherwise = default_of(n, sdx_out_dtype(n, 0));
    *state = p;
    return make_table(c, &p->t, keys);
}

static sdx_status run_label(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_tensor *y = sdx_out(c, 0);
    (void)n;
    for (int64_t i = 0; i < sdx_elements(x); i++) {
        key k = tensor_key(x, i), v = p->otherwise;
        int64_t at = p->t.keys.dtype == SDX_UNDEFINED ? k.whole : look_up(&p->t, &k);
        if (at >= 0 && p->values.dtype == SDX_UNDEFINED)
            v = (key){ .class = SDX_INT, .whole = at };
        else if (at >= 0 && at < p->values.count)
            v = list_key(&p->values, at);
        SDX_TRY(put(c, y, i, &v));
        if (i % 65536 == 65535)
            SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

/* ---- OneHotEncoder ---- */

static const names one_hot_keys = { "cats_strings", "cats_int64s", NULL, NULL };

static void infer_one_hot(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (!check_one_list(n, c, &one_hot_keys))
        return;
    if (find_list(n, &one_hot_keys).count == 0) {
        sdx_refuse(c, "encoder-lists", "there is neither cats_int64s nor cats_strings");
        sdx_hint(c, "list the categories: each becomes a column");
        return;
    }
    if (x.rank < 0 || !sdx_check_rank(c, 0, 0, SDX_MAX_RANK - 1))
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank + 1);
    for (int i = 0; i < x.rank; i++)
        y[i] = x.dim[i];
    y[x.rank] = sdx_num(find_list(n, &one_hot_keys).count);
    sdx_set_out_dims(c, 0, x.rank + 1, y);
}

static void lint_one_hot(const sdx_node *n, sdx_infer *c)
{
    list keys = find_list(n, &one_hot_keys);
    warn_repeated(c, &keys);
}

static sdx_status prepare_one_hot(const sdx_node *n, sdx_prepare *c, void **state)
{
    table *t = sdx_keep(c, sizeof *t);
    if (!t)
        return SDX_E_MEMORY;
    *state = t;
    return make_table(c, t, find_list(n, &one_hot_keys));
}

static sdx_status run_one_hot(const sdx_node *n, const void *state, sdx_run *c)
{
    const table *t = state;
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_tensor *y = sdx_out(c, 0);
    bool zeros = sdx_attr_int(n, "zeros") != 0;
    memset(y->data, 0, sdx_bytes(y->dtype, sdx_elements(y)));
    for (int64_t i = 0; i < sdx_elements(x); i++) {
        key k = tensor_key(x, i);
        if (k.class == SDX_REAL) {
            k.whole = isfinite(k.real) && fabs(k.real) < 9e18 ? (int64_t)k.real : INT64_MIN;
            k.class = SDX_INT;
        }
        int64_t at = look_up(t, &k);
        if (at < 0 && !zeros)
            return sdx_fail(c, SDX_E_VALUE, "element %" PRId64 " is no category, and zeros=0", i);
        if (at >= 0)
            sdx_f32_out(y)[i * t->keys.count + at] = 1;
        if (i % 65536 == 65535)
            SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static const char domain[] = "ai.onnx.ml";
static const sdx_op ops[] = {
    { SDX_OP(LabelEncoder), domain, .schema = label_schema, .traits = SDX_PURE,
      .infer = infer_label, .lint = lint_label, .prepare = prepare_label, .run = run_label },
    { SDX_OP(CategoryMapper), domain, .schema = category_schema, .traits = SDX_PURE,
      .infer = infer_label, .lint = lint_label, .prepare = prepare_label, .run = run_label },
    { SDX_OP(OneHotEncoder), domain, .schema = one_hot_schema, .limits = "?zeros:0|1",
      .traits = SDX_PURE, .infer = infer_one_hot, .lint = lint_one_hot, .prepare = prepare_one_hot,
      .run = run_one_hot },
    { 0 },
};
const sdx_family sdx_family_traditionalml_encoders = { ops, 0 };
