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

/* A place in a message: what was looked for there last lies behind it, most likely. */
typedef struct resume {
    uint64_t begin;
    size_t at;
} resume;

enum { RESUMES = 64 };

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
    sdx_table claims;
    resume resume[RESUMES]; /* by depth */
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

/* A field of kind message, within another. */
typedef struct level {
    uint64_t begin, end; /* of the message that it is in */
    uint64_t tag_at, length_at, body, body_end;
    uint32_t depth;
} level;

/* One message further in, on the way to the one with this body; l holds the one before.  false:
 * there is none. */
static bool go_in(saving *s, sdx_span target, level *l)
{
    uint64_t tag = 0, body = 0, length = 0, skip;
    size_t at = (size_t)l->body, before = at;
    resume *r = l->depth < RESUMES ? &s->resume[l->depth] : NULL;
    if (r && r->begin == l->body && r->at > at && r->at < target.offset)
        at = before = r->at;
    bool found = false;
    while (!found && next_field(s, l->body_end, &at, &tag, &body, &length)) {
        found = (tag & 7) == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && body <= target.offset &&
                target.offset + target.size <= body + length && at > target.offset;
        found |= (tag & 7) == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && body == target.offset &&
                 length == target.size;
        if (!found)
            before = at;
    }
    if (!found)
        return false;
    if (r)
        *r = (resume){ l->body, before };
    size_t length_at = before;
    sdx_varint(s->bytes, l->body_end, &length_at, &skip); /* past the tag */
    *l = (level){ l->body, l->body_end, before, length_at, body, body + length, l->depth + 1 };
    return true;
}

static bool is_there(const level *l, sdx_span target)
{
    return l->body == target.offset && l->body_end == target.offset + target.size;
}

/* Goes down to the message with this body and counts `grows` for all on the way.  Lengths that need
 * more bytes are seen to later, inner ones first. */
static bool grow_around(saving *s, sdx_span target, int64_t grows)
{
    level l = { .body_end = s->size };
    s->depth = 0;
    while (!is_there(&l, target)) {
        if (!go_in(s, target, &l))
            return false;
        s->depth = l.depth;
        around *a = add_around(
            s, (around){ l.length_at, l.body - l.length_at, l.body, l.body_end, 0, l.depth });
        if (!a)
            return false;
        a->grows += grows;
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

/* ---- parts of messages ---- */

/* The nth field of this number, tag and all, in a message; size 0: there is none. */
static sdx_span part(const saving *s, sdx_span in, uint32_t field, uint32_t nth)
{
    size_t at = (size_t)in.offset, before = at;
    uint64_t tag, body, length;
    for (; next_field(s, in.offset + in.size, &at, &tag, &body, &length); before = at)
        if (tag >> 3 == field && nth-- == 0)
            return (sdx_span){ before, at - before };
    return (sdx_span){ 0, 0 };
}

static sdx_span body_of(const saving *s, sdx_span field)
{
    size_t at = (size_t)field.offset;
    uint64_t tag, body, length;
    if (!field.size || !next_field(s, field.offset + field.size, &at, &tag, &body, &length))
        return (sdx_span){ 0, 0 };
    return (sdx_span){ body, at - body };
}

/* A part of the message becomes these bytes; one of size 0 is new, and the last. */
static bool replace(saving *s, sdx_span within, sdx_span is, const void *bytes, size_t size)
{
    return grow_around(s, within, (int64_t)size - (int64_t)is.size) &&
           add_change(s, is.size ? is.offset : within.offset + within.size, is.size, bytes, size);
}

/* A message as a field: tag, length, body. */
static bool put_field(saving *s, sdx_span within, sdx_span is, uint32_t field,
                      const ProtobufCMessage *m)
{
    size_t body = protobuf_c_message_get_packed_size(m);
    uint8_t *bytes = sdx_arena_alloc(&s->arena, body + 16);
    if (!bytes)
        return false;
    size_t n = put_varint(bytes, field << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
    n += put_varint(bytes + n, body);
    n += protobuf_c_message_pack(m, bytes + n);
    return replace(s, within, is, bytes, n);
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
        return put_field(s, v->graph->span, (sdx_span){ 0, 0 }, 13, &info.base);
    return put_field(s, v->span, part(s, v->span, 2, 0), 2, &info.type->base);
}

/* ---- who may change what ---- */

/* A message is one edit's alone, which drops or moves it, or shared by those that change parts of
 * it.  The word of a claim: the edit + 1, or MANY, and above that whether it is alone. */
enum { MANY = INT32_MAX };
#define ALONE (UINT64_C(1) << 32)

static bool claim(saving *s, uint64_t place, uint32_t field, uint64_t nth, size_t edit, bool alone)
{
    uint64_t key = (place * 4096 + field) * UINT64_C(0x9E3779B97F4A7C15) ^ nth;
    bool fresh = false;
    sdx_word *w = sdx_table_add_number(&s->claims, key, &fresh);
    uint64_t me = edit + 1, who = w ? w->number & (ALONE - 1) : 0;
    if (!w || (!fresh && who != me && (alone || w->number & ALONE)))
        return false;
    w->number = (fresh || who == me ? me : MANY) | (alone ? ALONE : w->number & ALONE);
    return true;
}

static uint64_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return h;
}

static sdx_span span_of(const saving *s, sdx_span at)
{
    return at.size == sdx_span_model.size ? (sdx_span){ 0, s->size } : at;
}

/* The attribute of this name as the node has it in the file; size 0: it has none. */
static sdx_span written_attr(const saving *s, sdx_span node, const char *name)
{
    size_t length = strlen(name);
    for (uint32_t i = 0;; i++) {
        sdx_span field = part(s, node, SDX_AT_NODE_ATTR, i);
        sdx_span is = body_of(s, part(s, body_of(s, field), SDX_AT_ATTR_NAME, 0));
        if (!field.size || (is.size == length && memcmp(s->bytes + is.offset, name, length) == 0))
            return field;
    }
}

/* One edit alone may have the message that it drops or moves; the messages around are shared. */
static bool claim_step(saving *s, const sdx_change *p, size_t edit)
{
    sdx_span at = span_of(s, p->at);
    bool whole = (p->kind == SDX_CHANGE_DROP && !p->field) || p->kind == SDX_CHANGE_TYPE;
    level l = { .body_end = s->size };
    if (!at.size)
        return p->kind == SDX_CHANGE_TYPE && p->type->value->graph->span.size;
    while (!is_there(&l, at))
        if (!claim(s, l.body, 0, 0, edit, false) || !go_in(s, at, &l))
            return false;
    if (!claim(s, at.offset, 0, 0, edit, whole))
        return false;
    for (size_t i = 0; p->order && i < p->order->n_nodes; i++)
        if (!claim(s, p->order->node[i]->span.offset, 0, 0, edit, true))
            return false;
    uint64_t nth = p->attr                       ? hash_of(p->attr->name)
                   : p->kind == SDX_CHANGE_OPSET ? hash_of(p->text)
                                                 : p->nth;
    return (!p->field && p->kind != SDX_CHANGE_ELEMENT) ||
           claim(s, at.offset, p->field, nth, edit, true);
}

static bool is_within(sdx_span inner, sdx_span outer)
{
    return inner.size && inner.offset >= outer.offset &&
           inner.offset + inner.size <= outer.offset + outer.size;
}

/* Of a function's node only what is its own is changed, not what it takes from the call. */
static bool is_own(const saving *s, const sdx_edit *e, const sdx_change *p)
{
    if (!e->node || !*e->node->path)
        return true;
    if (p->kind != SDX_CHANGE_ATTR)
        return is_within(p->at, e->node->span);
    const sdx_attr *a = sdx_node_attr(e->node, p->attr->name);
    return a ? is_within(a->span, e->node->span) : !written_attr(s, p->at, p->attr->name).size;
}

static bool can_apply(saving *s, const sdx_edit *e, size_t number)
{
    bool fine = !e->impossible && e->first;
    for (const sdx_change *p = e->first; fine && p; p = p->next)
        fine = is_own(s, e, p) && claim_step(s, p, number);
    return fine;
}

/* ---- making them ---- */

/* An output may be declared in value_info, too. */
static bool sharpen_again(saving *s, const sdx_known_type *k, size_t edit)
{
    const sdx_gvalue *v = k->value;
    const Onnx__TypeProto *type = type_of(s, k->type, k->symbol);
    uint64_t tag = 0, body, length, end = v->graph->span.offset + v->graph->span.size;
    size_t name = strlen(v->name);
    for (size_t at = (size_t)v->graph->span.offset;
         s->steps < MOST_STEPS && next_field(s, end, &at, &tag, &body, &length); s->steps++) {
        if (tag >> 3 != 13 || body == v->span.offset)
            continue;
        sdx_span info = { body, length }, is = body_of(s, part(s, info, 1, 0));
        s->steps++;
        if (is.size == name && memcmp(s->bytes + is.offset, v->name, name) == 0)
            return type && (!claim(s, body, 0, 0, edit, true) ||
                            put_field(s, info, part(s, info, 2, 0), 2, &type->base));
    }
    return type != NULL;
}

/* A type that is known; a declaration that an edit changes stays as that has it. */
static bool annotate(saving *s, const sdx_known_type *k, size_t edit)
{
    const sdx_gvalue *v = k->value;
    if (v->span.size && !claim(s, v->span.offset, 0, 0, edit, true))
        return true;
    return add_info(s, k) && (!v->span.size || !v->is_output || sharpen_again(s, k, edit));
}

static bool drop(saving *s, const sdx_change *p, sdx_span at)
{
    level l = { .body_end = s->size };
    if (p->field) {
        sdx_span f = part(s, at, p->field, p->nth);
        return !f.size || replace(s, at, f, NULL, 0);
    }
    while (!is_there(&l, at))
        if (!go_in(s, at, &l))
            return false;
    return replace(s, (sdx_span){ l.begin, l.end - l.begin },
                   (sdx_span){ l.tag_at, l.body_end - l.tag_at }, NULL, 0);
}

static bool put_text(saving *s, sdx_span at, uint32_t field, uint32_t nth, const char *text)
{
    size_t length = strlen(text), n;
    uint8_t *bytes = sdx_arena_alloc(&s->arena, length + 16);
    if (!bytes)
        return false;
    n = put_varint(bytes, field << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
    n += put_varint(bytes + n, length);
    memcpy(bytes + n, text, length);
    return replace(s, at, part(s, at, field, nth), bytes, n + length);
}

static bool put_number(saving *s, sdx_span at, uint32_t field, int64_t number)
{
    uint8_t *bytes = sdx_arena_alloc(&s->arena, 16);
    sdx_span old = part(s, at, field, 0);
    if (!bytes)
        return false;
    size_t n = put_varint(bytes, field << 3);
    n += put_varint(bytes + n, (uint64_t)number);
    return replace(s, at, old, bytes, n);
}

/* Of an attribute that stays an integer the number alone changes. */
static bool put_attr(saving *s, sdx_span node, const sdx_attr *is)
{
    Onnx__AttributeProto a = ONNX__ATTRIBUTE_PROTO__INIT;
    sdx_span old = written_attr(s, node, is->name), body = body_of(s, old);
    if (old.size && is->kind == SDX_ATTR_INT && !part(s, body, SDX_AT_ATTR_F, 0).size &&
        !part(s, body, SDX_AT_ATTR_INTS, 0).size)
        return put_number(s, body, SDX_AT_ATTR_I, is->i);
    a.name = (char *)(uintptr_t)is->name;
    a.has_type = true;
    a.type = (Onnx__AttributeProto__AttributeType)is->kind;
    a.has_i = is->kind == SDX_ATTR_INT;
    a.i = is->i;
    a.has_f = is->kind == SDX_ATTR_FLOAT;
    a.f = is->f;
    a.has_s = is->kind == SDX_ATTR_STRING;
    a.s = (ProtobufCBinaryData){ is->s.length, (uint8_t *)(uintptr_t)is->s.text };
    a.n_ints = is->kind == SDX_ATTR_INTS ? is->count : 0;
    a.ints = (int64_t *)(uintptr_t)is->ints;
    a.n_floats = is->kind == SDX_ATTR_FLOATS ? is->count : 0;
    a.floats = (float *)(uintptr_t)is->floats;
    return put_field(s, node, old, SDX_AT_NODE_ATTR, &a.base);
}

static bool put_import(saving *s, sdx_span at, const sdx_change *p)
{
    Onnx__OperatorSetIdProto o = ONNX__OPERATOR_SET_ID_PROTO__INIT;
    o.domain = *p->text ? (char *)(uintptr_t)p->text : NULL;
    o.has_version = true;
    o.version = p->number;
    return put_field(s, at, (sdx_span){ 0, 0 }, p->field, &o.base);
}

static bool put_varint_at(saving *s, sdx_span within, sdx_span is, int64_t number)
{
    uint8_t *bytes = sdx_arena_alloc(&s->arena, 16);
    return bytes && replace(s, within, is, bytes, put_varint(bytes, (uint64_t)number));
}

/* Raw bytes, one number after another in a field, or each in one. */
static bool put_element(saving *s, sdx_span tensor, uint32_t nth, int64_t number)
{
    sdx_span raw = body_of(s, part(s, tensor, SDX_AT_TENSOR_RAW, 0));
    sdx_span list = part(s, tensor, SDX_AT_TENSOR_I64, 0), all = body_of(s, list);
    if (raw.size / sizeof number > nth) {
        uint8_t *bytes = sdx_arena_alloc(&s->arena, sizeof number);
        for (size_t i = 0; bytes && i < sizeof number; i++)
            bytes[i] = (uint8_t)((uint64_t)number >> 8 * i);
        sdx_span is = { raw.offset + nth * sizeof number, sizeof number };
        return bytes && replace(s, raw, is, bytes, sizeof number);
    }
    uint64_t skip;
    size_t at = (size_t)all.offset, before = at, end = at + (size_t)all.size;
    if (list.size && (s->bytes[list.offset] & 7) == PROTOBUF_C_WIRE_TYPE_VARINT) {
        list = body_of(s, part(s, tensor, SDX_AT_TENSOR_I64, nth));
        return !list.size || put_varint_at(s, tensor, list, number);
    }
    for (uint32_t i = 0; i <= nth; i++) {
        before = at;
        if (at >= end || !sdx_varint(s->bytes, end, &at, &skip))
            return true; /* the tensor is of another kind: no harm done */
    }
    return put_varint_at(s, all, (sdx_span){ before, at - before }, number);
}

static int by_offset(const void *a, const void *b)
{
    const sdx_gnode *const *x = a, *const *y = b;
    return ((*x)->span.offset > (*y)->span.offset) - ((*x)->span.offset < (*y)->span.offset);
}

/* Where the file has its k-th node, the k-th of the list takes its place: body, length and tag. */
static bool put_order(saving *s, const sdx_graph *g)
{
    const sdx_gnode **was = sdx_arena_copy(&s->arena, g->node, g->n_nodes * sizeof *was);
    sdx_table fields; /* body of a node: the field that it is */
    sdx_table_init(&fields, &s->arena);
    uint64_t tag, body, length;
    for (size_t at = (size_t)g->span.offset, before = at;
         next_field(s, g->span.offset + g->span.size, &at, &tag, &body, &length); before = at) {
        sdx_span *f = sdx_arena_alloc(&s->arena, sizeof *f);
        sdx_word *w = f ? sdx_table_add_number(&fields, body, NULL) : NULL;
        if (!w)
            return false;
        *f = (sdx_span){ before, at - before };
        w->constant = f;
    }
    if (!was)
        return false;
    qsort(was, g->n_nodes, sizeof *was, by_offset);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sdx_word *to = sdx_table_find_number(&fields, was[i]->span.offset),
                       *from = sdx_table_find_number(&fields, g->node[i]->span.offset);
        if (!to || !from)
            return false;
        const sdx_span *a = to->constant, *b = from->constant;
        if (a != b && !add_change(s, a->offset, a->size, s->bytes + b->offset, (size_t)b->size))
            return false;
    }
    return true;
}

static bool apply(saving *s, const sdx_change *p)
{
    sdx_span at = span_of(s, p->at);
    switch (p->kind) {
    case SDX_CHANGE_DROP:
        return drop(s, p, at);
    case SDX_CHANGE_TEXT:
        return put_text(s, at, p->field, p->nth, p->text);
    case SDX_CHANGE_NUMBER:
        return put_number(s, at, p->field, p->number);
    case SDX_CHANGE_ATTR:
        return put_attr(s, at, p->attr);
    case SDX_CHANGE_OPSET:
        return put_import(s, at, p);
    case SDX_CHANGE_TYPE:
        return add_info(s, p->type);
    case SDX_CHANGE_ELEMENT:
        if (p->field)
            at = body_of(s, part(s, at, p->field, 0));
        return put_element(s, at, p->nth, p->number);
    case SDX_CHANGE_ORDER:
        return put_order(s, p->order);
    default:
        return true;
    }
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

sdx_status sdx_save_edits(const void *bytes, size_t size, size_t n, const sdx_edit *const *edit,
                          size_t n_types, const sdx_known_type *type, sdx_mem *mem,
                          sdx_writer *write, void *ctx, size_t *n_edits, sdx_error *err)
{
    saving s = { .bytes = bytes, .size = size };
    sdx_arena_init(&s.arena, mem, 0);
    sdx_table_init(&s.seen, &s.arena);
    sdx_table_init(&s.claims, &s.arena);
    size_t applied = 0;
    bool fine = true;
    for (size_t i = 0; fine && i < n; i++) {
        if (!can_apply(&s, edit[i], i))
            continue;
        for (const sdx_change *p = edit[i]->first; fine && p; p = p->next)
            fine = apply(&s, p);
        applied++;
    }
    fine &= !s.arena.failed;
    for (size_t i = 0; fine && i < n_types; i++)
        fine = annotate(&s, &type[i], n);
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
