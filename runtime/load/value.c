/* load/value.c - single values as files of their own: test data, inputs and outputs on disk. */
#include "base/error.h"
#include "base/text.h"
#include "load/read.h"

/* Recursion goes as deep as messages nest, which the wire scan limits; in writing, as deep as
 * values nest. */

typedef struct values {
    sdx_reading r;
    sdx_mem *mem;
    sdx_draft_flaw *flaw;
    sdx_status status;
} values;

static sdx_value *keep(values *x, const sdx_value *v)
{
    const sdx_value *kept = NULL;
    if (v && x->status == SDX_OK)
        x->status = sdx_value_keep(x->mem, NULL, v, &kept);
    else if (x->status == SDX_OK)
        x->status = x->flaw ? SDX_E_FORMAT : SDX_E_MEMORY;
    return (sdx_value *)(uintptr_t)kept; /* made just now: nobody else has it */
}

static sdx_value *read_sequence(values *x, const Onnx__SequenceProto *m);
static sdx_value *read_map(values *x, const Onnx__MapProto *m);

static sdx_value *read_tensor(values *x, const Onnx__TensorProto *t)
{
    return keep(x, sdx_read_tensor(&x->r, t, "the tensor", &x->flaw));
}

static sdx_value *read_sparse(values *x, const Onnx__SparseTensorProto *t)
{
    return keep(x, sdx_read_sparse(&x->r, t, false, "the sparse tensor", &x->flaw));
}

/* A list that takes over v; NULL where either failed. */
static sdx_value *with(values *x, sdx_value *list, sdx_value *v)
{
    if (list && v && x->status == SDX_OK)
        x->status = sdx_value_append(list, v);
    sdx_value_let_go(v);
    if (x->status == SDX_OK)
        return list;
    sdx_value_let_go(list);
    return NULL;
}

static sdx_value *new_list(values *x, sdx_kind kind)
{
    sdx_value *v = NULL;
    if (x->status == SDX_OK)
        x->status = sdx_value_make_list(x->mem, NULL, kind, &v);
    return v;
}

static sdx_value *read_optional(values *x, const Onnx__OptionalProto *m)
{
    sdx_value *v = new_list(x, SDX_OPTIONAL);
    if (m->tensor_value)
        v = with(x, v, read_tensor(x, m->tensor_value));
    else if (m->sparse_tensor_value)
        v = with(x, v, read_sparse(x, m->sparse_tensor_value));
    else if (m->sequence_value)
        v = with(x, v, read_sequence(x, m->sequence_value));
    else if (m->map_value)
        v = with(x, v, read_map(x, m->map_value));
    else if (m->optional_value)
        v = with(x, v, read_optional(x, m->optional_value));
    return v;
}

static sdx_value *read_sequence(values *x, const Onnx__SequenceProto *m)
{
    sdx_value *v = new_list(x, SDX_SEQUENCE);
    for (size_t i = 0; v && i < m->n_tensor_values; i++)
        v = with(x, v, read_tensor(x, m->tensor_values[i]));
    for (size_t i = 0; v && i < m->n_sparse_tensor_values; i++)
        v = with(x, v, read_sparse(x, m->sparse_tensor_values[i]));
    for (size_t i = 0; v && i < m->n_sequence_values; i++)
        v = with(x, v, read_sequence(x, m->sequence_values[i]));
    for (size_t i = 0; v && i < m->n_map_values; i++)
        v = with(x, v, read_map(x, m->map_values[i]));
    for (size_t i = 0; v && i < m->n_optional_values; i++)
        v = with(x, v, read_optional(x, m->optional_values[i]));
    return v;
}

/* ---- maps: keys as a tensor; values too, where they are scalars of one type ---- */

static sdx_value *read_keys(values *x, const Onnx__MapProto *m)
{
    const void *numbers = NULL;
    size_t n = 0;
    sdx_dtype d = m->key_type > 0 && m->key_type < SDX_DTYPE_END ? (sdx_dtype)m->key_type
                                                                 : SDX_UNDEFINED;
    bool text = d == SDX_STR;
    if (text)
        n = m->n_string_keys;
    else if (!sdx_read_numbers(&x->r, x->r.arena, &m->base, 3, 64, false, &numbers, &n))
        d = SDX_UNDEFINED;
    sdx_class c = sdx_dtype_class(d);
    if (c != SDX_STRING && c != SDX_INT && c != SDX_UINT) {
        sdx_draft_flaw_add(x->r.arena, &x->flaw, "tensor-data", SDX_E_FORMAT, NULL,
                           "the keys of a map are integers or strings, not type %d",
                           (int)m->key_type);
        x->status = SDX_E_FORMAT;
        return NULL;
    }
    int64_t dim = (int64_t)n;
    sdx_value *v = NULL;
    if (x->status == SDX_OK)
        x->status = sdx_value_make(x->mem, NULL, d, (sdx_shape){ 1, &dim }, SDX_PLAIN, true, &v);
    for (size_t i = 0; v && i < n && x->status == SDX_OK; i++) {
        if (text)
            x->status = sdx_tensor_put_string(&v->t, (int64_t)i,
                                              (const char *)m->string_keys[i].data,
                                              m->string_keys[i].len, x->mem);
        else
            sdx_store_i64(&v->t, (int64_t)i, 1, 1, (const int64_t *)numbers + i);
    }
    return v;
}

static bool is_scalar(const sdx_value *v, sdx_dtype d)
{
    return v->kind == SDX_TENSOR && v->t.dtype == d && sdx_elements(&v->t) == 1;
}

static sdx_value *as_tensor(values *x, sdx_value *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->item[i]->kind != SDX_TENSOR || !is_scalar(list->item[i], list->item[0]->t.dtype))
            return list;
    if (!list->n)
        return list;
    int64_t n = (int64_t)list->n;
    sdx_value *v = NULL;
    x->status = sdx_value_make(x->mem, NULL, list->item[0]->t.dtype, (sdx_shape){ 1, &n },
                               SDX_PLAIN, true, &v);
    for (int64_t i = 0; v && i < n && x->status == SDX_OK; i++)
        x->status = sdx_tensor_move(&v->t, i, 1, &list->item[i]->t, 0, 1, 1, x->mem);
    sdx_value_let_go(list);
    return v;
}

static sdx_value *read_map(values *x, const Onnx__MapProto *m)
{
    sdx_value *v = with(x, new_list(x, SDX_MAP), read_keys(x, m));
    sdx_value *of = v ? (m->values ? read_sequence(x, m->values) : new_list(x, SDX_SEQUENCE))
                      : NULL;
    of = of ? as_tensor(x, of) : NULL;
    if (v && of && sdx_value_count(v->item[0]) != sdx_value_count(of)) {
        sdx_draft_flaw_add(x->r.arena, &x->flaw, "tensor-data", SDX_E_FORMAT, NULL,
                           "a map of %zu keys and %zu values", sdx_value_count(v->item[0]),
                           sdx_value_count(of));
        x->status = SDX_E_FORMAT;
    }
    return v ? with(x, v, of) : NULL;
}

/* ---- reading ---- */

static const ProtobufCMessageDescriptor *kind_of(sdx_kind kind)
{
    return kind == SDX_TENSOR     ? &onnx__tensor_proto__descriptor
           : kind == SDX_SEQUENCE ? &onnx__sequence_proto__descriptor
           : kind == SDX_OPTIONAL ? &onnx__optional_proto__descriptor
           : kind == SDX_MAP      ? &onnx__map_proto__descriptor
           : kind == SDX_SPARSE   ? &onnx__sparse_tensor_proto__descriptor
                                  : NULL;
}

/* Names are kept where a message of the kind has one. */
static const char *name_in(sdx_kind kind, const ProtobufCMessage *m)
{
    const char *name = NULL;
    if (kind == SDX_TENSOR)
        name = ((const Onnx__TensorProto *)m)->name;
    else if (kind == SDX_SEQUENCE)
        name = ((const Onnx__SequenceProto *)m)->name;
    else if (kind == SDX_OPTIONAL)
        name = ((const Onnx__OptionalProto *)m)->name;
    else if (kind == SDX_MAP)
        name = ((const Onnx__MapProto *)m)->name;
    else if (((const Onnx__SparseTensorProto *)m)->values)
        name = ((const Onnx__SparseTensorProto *)m)->values->name;
    return name ? name : "";
}

static sdx_value *read_kind(values *x, sdx_kind kind, const ProtobufCMessage *m)
{
    if (kind == SDX_TENSOR)
        return read_tensor(x, (const Onnx__TensorProto *)m);
    if (kind == SDX_SEQUENCE)
        return read_sequence(x, (const Onnx__SequenceProto *)m);
    if (kind == SDX_OPTIONAL)
        return read_optional(x, (const Onnx__OptionalProto *)m);
    if (kind == SDX_MAP)
        return read_map(x, (const Onnx__MapProto *)m);
    return read_sparse(x, (const Onnx__SparseTensorProto *)m);
}

static void *take(void *ctx, size_t size)
{
    return sdx_arena_alloc(ctx, size);
}

static void give(void *ctx, void *p)
{
    (void)ctx;
    (void)p; /* all at once, with the arena */
}

sdx_status sdx_read_value(sdx_kind kind, const void *bytes, size_t size, sdx_mem *mem, char *name,
                          size_t name_size, sdx_value **out, sdx_error *err)
{
    const ProtobufCMessageDescriptor *d = kind_of(kind);
    if (!d || !bytes)
        return sdx_error_set(err, SDX_E_USAGE, d ? "no bytes" : "no kind of value");
    sdx_skeleton skeleton;
    sdx_mem local;
    sdx_mem_init(&local, mem ? &mem->with : NULL, 0);
    sdx_status st = sdx_wire_scan(&skeleton, bytes, size, d, 64, &local, err);
    if (st != SDX_OK)
        return st;
    sdx_arena arena;
    sdx_arena_init(&arena, &local, 0);
    sdx_names names;
    sdx_names_init(&names, &arena);
    const sdx_load_options none = { .mem = &local };
    values x = { .mem = mem };
    x.r = (sdx_reading){ .bytes = bytes,
                         .size = size,
                         .options = &none,
                         .arena = &arena,
                         .names = &names,
                         .folder = -1 };
    sdx_table_init(&x.r.external, &arena);
    ProtobufCAllocator allocator = { take, give, &arena };
    ProtobufCMessage *m = protobuf_c_message_unpack(d, &allocator, skeleton.size, skeleton.bytes);
    sdx_value *v = m ? read_kind(&x, kind, m) : NULL;
    st = m ? x.status : arena.failed ? SDX_E_MEMORY : SDX_E_FORMAT;
    if (m && name && name_size)
        sdx_format(name, name_size, "%s", name_in(kind, m));
    if (st == SDX_E_MEMORY)
        sdx_error_memory(err, 0);
    else if (st != SDX_OK)
        sdx_error_set(err, st, "%s", x.flaw ? x.flaw->fact : "the bytes are no such value");
    if (st == SDX_OK)
        *out = v;
    else
        sdx_value_let_go(v);
    sdx_arena_free(&arena);
    sdx_skeleton_close(&skeleton);
    return st;
}

/* ---- writing: protobuf-c's structs over the value's own bytes ---- */

typedef struct writing {
    sdx_arena *a;
    bool failed;
} writing;

static void *need(writing *w, size_t n, size_t size)
{
    void *p = sdx_arena_array(w->a, n, size);
    w->failed |= !p;
    return p;
}

static char *writable(const void *p)
{
    return (char *)(uintptr_t)p; /* protobuf-c's structs have no const; packing only reads */
}

static Onnx__TensorProto *write_tensor(writing *w, const sdx_tensor *t)
{
    Onnx__TensorProto *m = need(w, 1, sizeof *m);
    if (!m)
        return NULL;
    onnx__tensor_proto__init(m);
    m->has_data_type = true;
    m->data_type = (int32_t)t->dtype;
    m->n_dims = (size_t)t->shape.rank;
    m->dims = (int64_t *)(uintptr_t)t->shape.dim;
    int64_t n = sdx_elements(t);
    if (t->dtype != SDX_STR) {
        m->has_raw_data = true;
        m->raw_data.len = sdx_bytes(t->dtype, n);
        m->raw_data.data = t->data;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        size_t width = (size_t)sdx_dtype_bits(t->dtype) / 8 /
                       (sdx_dtype_class(t->dtype) == SDX_COMPLEX ? 2 : 1);
        uint8_t *swapped = width > 1 ? need(w, m->raw_data.len, 1) : NULL;
        for (size_t i = 0; swapped && i < m->raw_data.len; i++)
            swapped[i] = ((const uint8_t *)t->data)[i / width * width + (width - 1 - i % width)];
        m->raw_data.data = width > 1 ? swapped : t->data;
#endif
        return m;
    }
    m->n_string_data = (size_t)n;
    m->string_data = need(w, (size_t)n, sizeof *m->string_data);
    for (int64_t i = 0; m->string_data && i < n; i++) {
        sdx_string s = sdx_get_string(t, i);
        m->string_data[i].len = s.length;
        m->string_data[i].data = (uint8_t *)writable(s.text);
    }
    return m;
}

static Onnx__SparseTensorProto *write_sparse(writing *w, const sdx_value *v)
{
    Onnx__SparseTensorProto *m = need(w, 1, sizeof *m);
    if (!m)
        return NULL;
    onnx__sparse_tensor_proto__init(m);
    m->values = write_tensor(w, &v->item[0]->t);
    m->indices = write_tensor(w, &v->item[1]->t);
    m->n_dims = (size_t)v->t.shape.rank;
    m->dims = (int64_t *)(uintptr_t)v->t.shape.dim;
    return m;
}

static Onnx__MapProto *write_map(writing *w, const sdx_value *v);
static Onnx__OptionalProto *write_optional(writing *w, const sdx_value *v);

/* One list of the kind that all items have. */
static Onnx__SequenceProto *write_sequence(writing *w, const sdx_value *v)
{
    Onnx__SequenceProto *m = need(w, 1, sizeof *m);
    void **list = need(w, v->n, sizeof *list);
    if (!m || !list)
        return NULL;
    onnx__sequence_proto__init(m);
    sdx_kind kind = v->n ? v->item[0]->kind : SDX_TENSOR;
    for (size_t i = 0; i < v->n && !w->failed; i++) {
        const sdx_value *x = v->item[i];
        w->failed |= x->kind != kind;
        list[i] = kind == SDX_TENSOR     ? (void *)write_tensor(w, &x->t)
                  : kind == SDX_SPARSE   ? (void *)write_sparse(w, x)
                  : kind == SDX_SEQUENCE ? (void *)write_sequence(w, x)
                  : kind == SDX_MAP      ? (void *)write_map(w, x)
                                         : (void *)write_optional(w, x);
    }
    static const int32_t number[] = {
        [SDX_TENSOR] = 1, [SDX_SPARSE] = 2, [SDX_SEQUENCE] = 3, [SDX_MAP] = 4, [SDX_OPTIONAL] = 5
    };
    m->has_elem_type = true;
    m->elem_type = number[kind];
    if (kind == SDX_TENSOR)
        m->n_tensor_values = v->n, m->tensor_values = (Onnx__TensorProto **)(void *)list;
    else if (kind == SDX_SPARSE)
        m->n_sparse_tensor_values = v->n,
        m->sparse_tensor_values = (Onnx__SparseTensorProto **)(void *)list;
    else if (kind == SDX_SEQUENCE)
        m->n_sequence_values = v->n, m->sequence_values = (Onnx__SequenceProto **)(void *)list;
    else if (kind == SDX_MAP)
        m->n_map_values = v->n, m->map_values = (Onnx__MapProto **)(void *)list;
    else
        m->n_optional_values = v->n, m->optional_values = (Onnx__OptionalProto **)(void *)list;
    return m;
}

static Onnx__OptionalProto *write_optional(writing *w, const sdx_value *v)
{
    Onnx__OptionalProto *m = need(w, 1, sizeof *m);
    if (!m)
        return NULL;
    onnx__optional_proto__init(m);
    const sdx_value *of = v->n ? v->item[0] : NULL;
    m->has_elem_type = true;
    if (!of)
        return m;
    if (of->kind == SDX_TENSOR)
        m->elem_type = 1, m->tensor_value = write_tensor(w, &of->t);
    else if (of->kind == SDX_SPARSE)
        m->elem_type = 2, m->sparse_tensor_value = write_sparse(w, of);
    else if (of->kind == SDX_SEQUENCE)
        m->elem_type = 3, m->sequence_value = write_sequence(w, of);
    else if (of->kind == SDX_MAP)
        m->elem_type = 4, m->map_value = write_map(w, of);
    else
        m->elem_type = 5, m->optional_value = write_optional(w, of);
    return m;
}

/* A tensor's elements as scalars of their own. */
static Onnx__SequenceProto *write_elements(writing *w, const sdx_tensor *t)
{
    Onnx__SequenceProto *m = need(w, 1, sizeof *m);
    size_t n = (size_t)sdx_elements(t);
    Onnx__TensorProto **list = need(w, n, sizeof *list);
    if (!m || !list)
        return NULL;
    onnx__sequence_proto__init(m);
    for (size_t i = 0; i < n && !w->failed; i++) {
        sdx_tensor one = { t->dtype, SDX_PLAIN, { 0, NULL }, need(w, 1, sizeof(sdx_string_cell)) };
        if (one.data)
            w->failed |= sdx_tensor_move(&one, 0, 1, t, (int64_t)i, 1, 1, w->a->mem) != SDX_OK;
        list[i] = one.data ? write_tensor(w, &one) : NULL;
        if (list[i] &&
            t->dtype ==
                SDX_STR) { /* the text of t itself outlives the packing, the copy need not */
            sdx_string s = sdx_get_string(t, (int64_t)i);
            list[i]->string_data[0].data = (uint8_t *)writable(s.text);
            sdx_tensor_clear(&one, w->a->mem);
        }
    }
    m->has_elem_type = true;
    m->elem_type = 1;
    m->n_tensor_values = n;
    m->tensor_values = list;
    return m;
}

static Onnx__MapProto *write_map(writing *w, const sdx_value *v)
{
    Onnx__MapProto *m = need(w, 1, sizeof *m);
    const sdx_tensor *keys = &v->item[0]->t;
    size_t n = (size_t)sdx_elements(keys);
    bool text = keys->dtype == SDX_STR;
    void *list = need(w, n, text ? sizeof(ProtobufCBinaryData) : sizeof(int64_t));
    if (!m || !list)
        return NULL;
    onnx__map_proto__init(m);
    m->has_key_type = true;
    m->key_type = (int32_t)keys->dtype;
    if (text) {
        m->n_string_keys = n;
        m->string_keys = list;
        for (size_t i = 0; i < n; i++) {
            sdx_string s = sdx_get_string(keys, (int64_t)i);
            m->string_keys[i] = (ProtobufCBinaryData){ s.length, (uint8_t *)writable(s.text) };
        }
    } else {
        m->n_keys = n;
        m->keys = list;
        sdx_load_i64(m->keys, keys, 0, 1, (int64_t)n);
    }
    const sdx_value *of = v->item[1];
    m->values = of->kind == SDX_TENSOR ? write_elements(w, &of->t) : write_sequence(w, of);
    return m;
}

static ProtobufCMessage *write_kind(writing *w, const sdx_value *v, const char *name)
{
    char *kept = name ? sdx_arena_strdup(w->a, name) : NULL;
    if (v->kind == SDX_TENSOR) {
        Onnx__TensorProto *m = write_tensor(w, &v->t);
        if (m)
            m->name = kept;
        return m ? &m->base : NULL;
    }
    if (v->kind == SDX_SEQUENCE) {
        Onnx__SequenceProto *m = write_sequence(w, v);
        if (m)
            m->name = kept;
        return m ? &m->base : NULL;
    }
    if (v->kind == SDX_OPTIONAL) {
        Onnx__OptionalProto *m = write_optional(w, v);
        if (m)
            m->name = kept;
        return m ? &m->base : NULL;
    }
    if (v->kind == SDX_MAP) {
        Onnx__MapProto *m = write_map(w, v);
        if (m)
            m->name = kept;
        return m ? &m->base : NULL;
    }
    Onnx__SparseTensorProto *m = write_sparse(w, v);
    if (m && m->values)
        m->values->name = kept;
    return m ? &m->base : NULL;
}

sdx_status sdx_write_value(const sdx_value *v, const char *name, void **bytes, size_t *size,
                           sdx_error *err)
{
    sdx_mem mem;
    sdx_arena arena;
    sdx_mem_init(&mem, NULL, 0);
    sdx_arena_init(&arena, &mem, 0);
    writing w = { .a = &arena };
    ProtobufCMessage *m = write_kind(&w, v, name);
    sdx_status st = SDX_OK;
    if (w.failed || !m) {
        st = arena.failed
                 ? sdx_error_memory(err, 0)
                 : sdx_error_set(err, SDX_E_UNSUPPORTED,
                                 "a sequence of items of different kinds has no file format");
    } else {
        *size = protobuf_c_message_get_packed_size(m);
        *bytes = malloc(*size ? *size : 1);
        if (*bytes)
            protobuf_c_message_pack(m, *bytes);
        else
            st = sdx_error_memory(err, *size);
    }
    sdx_arena_free(&arena);
    return st;
}
