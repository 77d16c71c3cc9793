/* load/save.c - a model's file with small changes in it.
 *
 * A change takes some bytes out at a place and puts others there.  Every message around it then has
 * another length, and its length may need more bytes than before, which changes the message around
 * that.  All else is copied as it is, fields that nobody here knows too. */
#include "base/error.h"
#include "load/load.h"
#include "load/wire.h"
#include "onnx.pb-c.h"
#include <inttypes.h>

/* Bytes [at, at + removed) become `bytes`.  Of changes at one place, those of inner messages come
 * first, as these end first; then those that were asked for first. */
typedef struct change {
    uint64_t at, removed;
    const uint8_t *bytes;
    size_t size, order;
    uint32_t depth;
} change;

/* A message around changes, with the length written before it. */
typedef struct around {
    uint64_t length_at, length_size, begin, end;
    int64_t grows; /* its body, by so many bytes */
    uint32_t depth;
} around;

typedef struct saving {
    const uint8_t *bytes;
    size_t size;
    sdx_arena arena;
    change *change;
    size_t n_changes, change_room;
    around *around;
    size_t n_around, around_room;
    uint32_t depth; /* of the message that changes now */
    sdx_table seen; /* begin of a body: its place in around, + 1 */
    size_t steps;   /* in search of second declarations */
} saving;
enum { MOST_STEPS = 4 << 20 /* past which they stay as they are */ };

static bool add_change(saving *s, uint64_t at, uint64_t removed, const void *bytes, size_t size)
{
    if (s->n_changes == s->change_room) {
        size_t room = s->change_room ? 2 * s->change_room : 16;
        change *more = sdx_arena_grow(&s->arena, s->change, s->n_changes, room, sizeof *more);
        if (!more)
            return false;
        s->change = more;
        s->change_room = room;
    }
    s->change[s->n_changes] = (change){ at, removed, bytes, size, s->n_changes, s->depth };
    s->n_changes++;
    return true;
}

static size_t put_varint(uint8_t *to, uint64_t v)
{
    size_t n = 0;
    do {
        to[n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        v >>= 7;
    } while (v);
    return n;
}

/* ---- what lies around a place ---- */

/* The field at *at, within a message that ends at `end`.  False: none; the file was walked before,
 * so that is the end. */
static bool next_field(const saving *s, uint64_t end, size_t *at, uint64_t *tag, uint64_t *body,
                       uint64_t *length)
{
    uint64_t skip = 0;
    if (*at >= end || !sdx_varint(s->bytes, end, at, tag))
        return false;
    *body = *at;
    *length = 0;
    switch (*tag & 7) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return sdx_varint(s->bytes, end, at, &skip);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        *at += 8;
        return *at <= end;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        *at += 4;
        return *at <= end;
    default:
        if (!sdx_varint(s->bytes, end, at, length) || *length > end - *at)
            return false;
        *body = *at;
        *at += *length;
        return true;
    }
}

static around *add_around(saving *s, around a)
{
    bool fresh;
    sdx_word *word = sdx_table_add_number(&s->seen, a.length_at, &fresh);
    if (!word)
        return NULL;
    if (!fresh)
        return &s->around[word->number - 1];
    if (s->n_around == s->around_room) {
        size_t room = s->around_room ? 2 * s->around_room : 16;
        around *more = sdx_arena_grow(&s->arena, s->around, s->n_around, room, sizeof *more);
        if (!more)
            return NULL;
        s->around = more;
        s->around_room = room;
    }
    s->around[s->n_around] = a;
    word->number = ++s->n_around;
    return &s->around[s->n_around - 1];
}

/* Goes down to the message with this body and counts `grows` for all on the way.  Lengths that need
 * more bytes are seen to later, inner ones first. */
static bool grow_around(saving *s, sdx_span target, int64_t grows)
{
    uint64_t begin = 0, end = s->size;
    s->depth = 0;
    for (uint32_t depth = 1; begin != target.offset || end != target.offset + target.size;
         depth++) {
        s->depth = depth;
        size_t at = (size_t)begin, before = at;
        uint64_t tag = 0, body = 0, length = 0;
        bool found = false;
        while (!found && next_field(s, end, &at, &tag, &body, &length)) {
            found = (tag & 7) == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && body <= target.offset &&
                    target.offset + target.size <= body + length && at > target.offset;
            found |= (tag & 7) == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && body == target.offset &&
                     length == target.size;
            if (!found)
                before = at;
        }
        if (!found)
            return false;
        uint64_t skip;
        size_t length_at = before;
        sdx_varint(s->bytes, end, &length_at, &skip); /* past the tag */
        around *a = add_around(
            s, (around){ length_at, body - length_at, body, body + length, 0, depth });
        if (!a)
            return false;
        a->grows += grows;
        begin = body;
        end = body + length;
    }
    return true;
}

static int by_depth(const void *a, const void *b)
{
    const around *x = a, *y = b;
    return x->depth != y->depth  ? (x->depth > y->depth ? -1 : 1)
           : x->begin < y->begin ? -1
                                 : x->begin > y->begin;
}

static int by_place(const void *a, const void *b)
{
    const change *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->depth != y->depth)
        return x->depth > y->depth ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* New lengths, from the innermost message outwards; each is one more change. */
static bool repair_lengths(saving *s)
{
    if (s->n_around)
        qsort(s->around, s->n_around, sizeof *s->around, by_depth);
    for (size_t i = 0; i < s->n_around; i++) {
        around *a = &s->around[i];
        uint8_t *length = sdx_arena_alloc(&s->arena, 10);
        if (!length)
            return false;
        size_t size = put_varint(length, (uint64_t)((int64_t)(a->end - a->begin) + a->grows));
        if (!add_change(s, a->length_at, a->length_size, length, size))
            return false;
        int64_t more = (int64_t)size - (int64_t)a->length_size;
        for (size_t k = i + 1; more && k < s->n_around; k++)
            if (s->around[k].depth < a->depth && s->around[k].begin <= a->length_at &&
                a->end <= s->around[k].end)
                s->around[k].grows += more;
    }
    return true;
}

/* ---- edits of attributes ---- */

/* The integer of an attribute that is there. */
static bool change_int(saving *s, sdx_span attr, int64_t value)
{
    uint8_t *bytes = sdx_arena_alloc(&s->arena, 12);
    if (!bytes)
        return false;
    size_t at = (size_t)attr.offset, field_at = at;
    uint64_t tag, body, length;
    while (next_field(s, attr.offset + attr.size, &at, &tag, &body, &length)) {
        if (tag >> 3 == 3) {
            size_t n = put_varint(bytes, (uint64_t)value);
            return grow_around(s, attr, (int64_t)n - (int64_t)(at - body)) &&
                   add_change(s, body, at - body, bytes, n);
        }
        field_at = at;
    }
    bytes[0] = 3 << 3;
    size_t n = 1 + put_varint(bytes + 1, (uint64_t)value);
    return grow_around(s, attr, (int64_t)n) && add_change(s, field_at, 0, bytes, n);
}

/* A message as a field: tag, length, body.  It takes the place of [at, at + removed). */
static bool put_field(saving *s, sdx_span within, uint64_t at, uint64_t removed, uint32_t field,
                      const ProtobufCMessage *m)
{
    size_t body = protobuf_c_message_get_packed_size(m);
    uint8_t *bytes = sdx_arena_alloc(&s->arena, body + 16);
    if (!bytes)
        return false;
    size_t n = put_varint(bytes, field << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
    n += put_varint(bytes + n, body);
    n += protobuf_c_message_pack(m, bytes + n);
    return grow_around(s, within, (int64_t)n - (int64_t)removed) &&
           add_change(s, at, removed, bytes, n);
}

static bool add_field(saving *s, sdx_span within, uint32_t field, const ProtobufCMessage *m)
{
    return put_field(s, within, within.offset + within.size, 0, field, m);
}

static bool add_int(saving *s, sdx_span node, const char *name, int64_t value)
{
    Onnx__AttributeProto a = ONNX__ATTRIBUTE_PROTO__INIT;
    a.name = (char *)(uintptr_t)name;
    a.has_i = a.has_type = true;
    a.i = value;
    a.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    return add_field(s, node, 5, &a.base);
}

static bool is_within(sdx_span inner, sdx_span outer)
{
    return inner.size && inner.offset >= outer.offset &&
           inner.offset + inner.size <= outer.offset + outer.size;
}

/* Has the file an attribute of this name there?  In a function it may stand for one of the call. */
static bool is_written(const saving *s, sdx_span node, const char *name)
{
    size_t at = (size_t)node.offset;
    uint64_t tag, body, length;
    while (next_field(s, node.offset + node.size, &at, &tag, &body, &length)) {
        uint64_t inner, inner_body, inner_length;
        if (tag != (5 << 3 | 2))
            continue;
        size_t in = (size_t)body;
        while (next_field(s, body + length, &in, &inner, &inner_body, &inner_length))
            if (inner == (1 << 3 | 2) && inner_length == strlen(name) &&
                memcmp(s->bytes + inner_body, name, inner_length) == 0)
                return true;
    }
    return false;
}

/* Can the file be changed there?  Of a function's node only what is its own, not what it takes from
 * the call. */
static bool can_apply(const saving *s, const sdx_edit *e)
{
    const sdx_attr *a = sdx_node_attr(e->node, e->attribute);
    if (!e->node->span.size)
        return false;
    return a ? is_within(a->span, e->node->span) : !is_written(s, e->node->span, e->attribute);
}

static bool apply(saving *s, const sdx_edit *e)
{
    const sdx_attr *a = sdx_node_attr(e->node, e->attribute);
    return a ? change_int(s, a->span, e->value) : add_int(s, e->node->span, e->attribute, e->value);
}

/* ---- value infos ---- */

static Onnx__TensorShapeProto *shape_of(saving *s, sdx_dims d, const char *const *symbol)
{
    Onnx__TensorShapeProto *m = sdx_arena_alloc(&s->arena, sizeof *m);
    Onnx__TensorShapeProto__Dimension *dim = sdx_arena_array(&s->arena, (size_t)d.rank,
                                                             sizeof *dim);
    if (!m || !dim)
        return NULL;
    onnx__tensor_shape_proto__init(m);
    m->n_dim = (size_t)d.rank;
    m->dim = sdx_arena_array(&s->arena, m->n_dim, sizeof *m->dim);
    for (int i = 0; m->dim && i < d.rank; i++) {
        onnx__tensor_shape_proto__dimension__init(&dim[i]);
        m->dim[i] = &dim[i];
        if (sdx_is_num(d.dim[i])) {
            dim[i].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            dim[i].dim_value = d.dim[i].n;
        } else if (symbol && symbol[i]) {
            dim[i].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            dim[i].dim_param = (char *)(uintptr_t)symbol[i];
        }
    }
    return m->dim ? m : NULL;
}

/* As deep as types nest, which loading limits. */
static Onnx__TypeProto *type_of(saving *s, const sdx_type *t, const char *const *symbol)
{
    Onnx__TypeProto *m = sdx_arena_alloc(&s->arena, sizeof *m);
    if (!m)
        return NULL;
    onnx__type_proto__init(m);
    Onnx__TypeProto *of = NULL;
    if (t->kind == SDX_SEQUENCE || t->kind == SDX_OPTIONAL || t->kind == SDX_MAP) {
        of = type_of(s, t->of, NULL);
        if (!of)
            return NULL;
    }
    bool fine = true;
    if (t->kind == SDX_TENSOR) {
        m->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
        m->tensor_type = sdx_arena_alloc(&s->arena, sizeof *m->tensor_type);
        if (!m->tensor_type)
            return NULL;
        onnx__type_proto__tensor__init(m->tensor_type);
        m->tensor_type->has_elem_type = true;
        m->tensor_type->elem_type = (int32_t)t->dtype;
        if (t->dims.rank >= 0)
            fine = (m->tensor_type->shape = shape_of(s, t->dims, symbol)) != NULL;
    } else if (t->kind == SDX_SEQUENCE) {
        m->value_case = ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE;
        m->sequence_type = sdx_arena_alloc(&s->arena, sizeof *m->sequence_type);
        if (!m->sequence_type)
            return NULL;
        onnx__type_proto__sequence__init(m->sequence_type);
        m->sequence_type->elem_type = of;
    } else if (t->kind == SDX_OPTIONAL) {
        m->value_case = ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE;
        m->optional_type = sdx_arena_alloc(&s->arena, sizeof *m->optional_type);
        if (!m->optional_type)
            return NULL;
        onnx__type_proto__optional__init(m->optional_type);
        m->optional_type->elem_type = of;
    } else if (t->kind == SDX_MAP) {
        m->value_case = ONNX__TYPE_PROTO__VALUE_MAP_TYPE;
        m->map_type = sdx_arena_alloc(&s->arena, sizeof *m->map_type);
        if (!m->map_type)
            return NULL;
        onnx__type_proto__map__init(m->map_type);
        m->map_type->has_key_type = true;
        m->map_type->key_type = (int32_t)t->dtype;
        m->map_type->value_type = of;
    }
    return fine ? m : NULL;
}

/* The type of a declaration becomes another. */
static bool put_type(saving *s, sdx_span of, const Onnx__TypeProto *type)
{
    uint64_t tag = 0, body, length;
    size_t at = (size_t)of.offset, begin = at;
    while (next_field(s, of.offset + of.size, &at, &tag, &body, &length) && tag >> 3 != 2)
        begin = at;
    return put_field(s, of, begin, at - begin, 2, &type->base);
}

/* An output may be declared in value_info, too. */
static bool sharpen_again(saving *s, const sdx_gvalue *v, const Onnx__TypeProto *type)
{
    uint64_t tag = 0, body, length, inner, size;
    uint64_t end = v->graph->span.offset + v->graph->span.size;
    size_t name = strlen(v->name);
    for (size_t at = (size_t)v->graph->span.offset;
         s->steps < MOST_STEPS && next_field(s, end, &at, &tag, &body, &length); s->steps++) {
        if (tag >> 3 != 13 || body == v->span.offset)
            continue;
        size_t in = (size_t)body;
        while (next_field(s, body + length, &in, &tag, &inner, &size) && tag >> 3 != 1)
            s->steps++;
        if (tag >> 3 == 1 && size == name && memcmp(s->bytes + inner, v->name, name) == 0)
            return put_type(s, (sdx_span){ body, length }, type);
    }
    return true;
}

/* Of a value that the file declares the type alone is another; else its declaration is new. */
static bool add_info(saving *s, const sdx_known_type *k)
{
    const sdx_gvalue *v = k->value;
    Onnx__ValueInfoProto info = ONNX__VALUE_INFO_PROTO__INIT;
    info.name = (char *)(uintptr_t)v->name;
    info.type = type_of(s, k->type, k->symbol);
    if (!info.type)
        return false;
    if (!v->span.size)
        return add_field(s, v->graph->span, 13, &info.base);
    return put_type(s, v->span, info.type) && (!v->is_output || sharpen_again(s, v, info.type));
}

/* ---- writing ---- */

static bool write_all(const saving *s, sdx_writer *write, void *ctx)
{
    uint64_t at = 0;
    for (size_t i = 0; i < s->n_changes; i++) {
        const change *c = &s->change[i];
        if ((c->at > at && !write(ctx, s->bytes + at, (size_t)(c->at - at))) ||
            (c->size && !write(ctx, c->bytes, c->size)))
            return false;
        at = c->at + c->removed;
    }
    return at == s->size || write(ctx, s->bytes + at, (size_t)(s->size - at));
}

/* An attribute is changed once: of two edits of the same one the first counts. */
static bool is_first(size_t k, const sdx_edit *const *edit)
{
    for (size_t i = 0; i < k; i++)
        if (edit[i]->node->span.offset == edit[k]->node->span.offset &&
            strcmp(edit[i]->attribute, edit[k]->attribute) == 0)
            return false;
    return true;
}

sdx_status sdx_save_edits(const void *bytes, size_t size, size_t n, const sdx_edit *const *edit,
                          size_t n_types, const sdx_known_type *type, sdx_mem *mem,
                          sdx_writer *write, void *ctx, size_t *n_edits, sdx_error *err)
{
    saving s = { .bytes = bytes, .size = size };
    sdx_arena_init(&s.arena, mem, 0);
    sdx_table_init(&s.seen, &s.arena);
    size_t applied = 0;
    bool fine = true;
    for (size_t i = 0; fine && i < n; i++) {
        if (!can_apply(&s, edit[i]) || !is_first(i, edit))
            continue;
        fine = apply(&s, edit[i]);
        applied++;
    }
    for (size_t i = 0; fine && i < n_types; i++)
        fine = add_info(&s, &type[i]);
    fine = fine && repair_lengths(&s);
    sdx_status st = fine ? SDX_OK : sdx_error_memory(err, 0);
    if (fine && s.n_changes)
        qsort(s.change, s.n_changes, sizeof *s.change, by_place);
    if (fine && !write_all(&s, write, ctx))
        st = sdx_error_set(err, SDX_E_IO, "the model could not be written to its end");
    if (n_edits)
        *n_edits = st == SDX_OK ? applied : 0;
    sdx_arena_free(&s.arena);
    return st;
}
