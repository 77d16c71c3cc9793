/* load/wire.c - the walk over the bytes that comes before protobuf-c.  See wire.h. */
#include "load/wire.h"
#include "base/error.h"
#include "base/text.h"
#include "onnx.pb-c.h"

/* A message under way. */
typedef struct frame {
    const ProtobufCMessageDescriptor *kind;
    const ProtobufCFieldDescriptor *field; /* of the message around it; NULL for the whole */
    size_t begin, end;
    uint64_t seen;    /* bit i: the singular message in field i was there */
    size_t length_at; /* where the skeleton holds this message's length */
    size_t run_at;    /* where the skeleton holds the last run of tagged numbers; 0: none */
} frame;

typedef struct scan {
    const uint8_t *bytes;
    size_t at;
    frame *stack;
    uint32_t depth, max_depth;
    sdx_skeleton *out;
    sdx_error *err;
} scan;

enum { LENGTH_BYTES = 5, CUT_BYTES = 3 + (int)sizeof(sdx_cut) };

/* ---- words ---- */

/* How often field `id` came before byte `until`: its index.  What lies there was walked, so it is
 * well-formed. */
static size_t count_before(const scan *s, const frame *f, uint32_t id, size_t until)
{
    size_t n = 0, at = f->begin;
    uint64_t tag, v;
    while (at < until && sdx_varint(s->bytes, until, &at, &tag)) {
        n += tag >> 3 == id;
        switch (tag & 7) {
        case PROTOBUF_C_WIRE_TYPE_VARINT:
            if (!sdx_varint(s->bytes, f->end, &at, &v))
                return n;
            break;
        case PROTOBUF_C_WIRE_TYPE_64BIT:
            at += 8;
            break;
        case PROTOBUF_C_WIRE_TYPE_32BIT:
            at += 4;
            break;
        default:
            if (!sdx_varint(s->bytes, f->end, &at, &v) || v > f->end - at)
                return n;
            at += (size_t)v;
        }
    }
    return n ? n - 1 : 0;
}

/* "graph.node[3].attribute[0].t", then the field the walk stands at. */
static void path(const scan *s, const ProtobufCFieldDescriptor *last, size_t last_at, char *to,
                 size_t size)
{
    size_t n = 0;
    to[0] = 0;
    for (uint32_t d = 1; d <= s->depth && n + 1 < size; d++) {
        const ProtobufCFieldDescriptor *field = d < s->depth ? s->stack[d].field : last;
        size_t at = d < s->depth ? s->stack[d].begin : last_at;
        if (!field)
            break;
        n += sdx_format(to + n, size - n, "%s%s", n ? "." : "", field->name);
        if (field->label == PROTOBUF_C_LABEL_REPEATED && n + 1 < size)
            n += sdx_format(to + n, size - n, "[%zu]",
                            count_before(s, &s->stack[d - 1], field->id, at));
    }
}

static sdx_status refuse(scan *s, sdx_status st, const ProtobufCFieldDescriptor *field, size_t at,
                         const char *why)
{
    char where[160];
    path(s, field, s->at, where, sizeof where);
    sdx_error_set(s->err, st, "byte %zu%s%s: %s", at, *where ? ", in " : "", where, why);
    return st;
}

/* ---- the skeleton ---- */

static bool reserve(sdx_skeleton *k, size_t more)
{
    if (more <= k->room - k->size)
        return true;
    size_t room = k->room ? k->room : 4096;
    while (room - k->size < more) {
        if (room > SIZE_MAX / 2)
            return false;
        room *= 2;
    }
    uint8_t *bytes = sdx_mem_resize(k->mem, k->bytes, k->room, room);
    if (!bytes)
        return false;
    k->bytes = bytes;
    k->room = room;
    return true;
}

static bool put(sdx_skeleton *k, const void *bytes, size_t n)
{
    if (!reserve(k, n))
        return false;
    memcpy(k->bytes + k->size, bytes, n);
    k->size += n;
    return true;
}

static bool put_cut(sdx_skeleton *k, uint64_t offset, uint64_t size, uint32_t field,
                    sdx_cut_mode mode)
{
    static const uint32_t tag = SDX_CUT_FIELD << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    uint8_t head[3] = { (uint8_t)(tag | 0x80), (uint8_t)(tag >> 7), sizeof(sdx_cut) };
    sdx_cut cut = { offset, size, field, mode };
    return put(k, head, sizeof head) && put(k, &cut, sizeof cut);
}

/* A length takes five bytes, so that it can be filled in when the message ends. */
static void set_length(sdx_skeleton *k, size_t at)
{
    size_t length = k->size - at - LENGTH_BYTES;
    for (int i = 0; i < LENGTH_BYTES; i++, length >>= 7)
        k->bytes[at + (size_t)i] = (uint8_t)((length & 0x7f) | (i < LENGTH_BYTES - 1 ? 0x80 : 0));
}

/* ---- fields ---- */

static bool is_number(const ProtobufCFieldDescriptor *f)
{
    return f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_BYTES &&
           f->type != PROTOBUF_C_TYPE_MESSAGE;
}

static unsigned wire_type(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    default:
        return PROTOBUF_C_WIRE_TYPE_VARINT;
    }
}

/* What loading has no use for: training, devices, and what is written for people at every node. */
static bool is_left_out(const ProtobufCMessageDescriptor *kind, const ProtobufCFieldDescriptor *f)
{
    /* training_info, configuration */
    if (kind == &onnx__model_proto__descriptor)
        return f->id == 20 || f->id == 26;
    /* doc_string, metadata_props, devices */
    if (kind == &onnx__node_proto__descriptor)
        return f->id == 6 || f->id == 9 || f->id == 10;
    /* doc_string, metadata_props */
    if (kind == &onnx__graph_proto__descriptor)
        return f->id == 10 || f->id == 16;
    /* doc_string, metadata_props */
    if (kind == &onnx__tensor_proto__descriptor)
        return f->id == 12 || f->id == 16;
    /* doc_string, metadata_props */
    if (kind == &onnx__value_info_proto__descriptor)
        return f->id == 3 || f->id == 4;
    /* doc_string, value_info, metadata_props */
    if (kind == &onnx__function_proto__descriptor)
        return f->id == 8 || f->id == 12 || f->id == 14;
    return kind == &onnx__attribute_proto__descriptor && f->id == 13; /* doc_string */
}

/* Messages whose place in the file somebody asks for: findings, edits. */
static bool wants_self(const ProtobufCMessageDescriptor *kind)
{
    return kind == &onnx__node_proto__descriptor || kind == &onnx__attribute_proto__descriptor ||
           kind == &onnx__tensor_proto__descriptor || kind == &onnx__value_info_proto__descriptor ||
           kind == &onnx__graph_proto__descriptor || kind == &onnx__function_proto__descriptor;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *kind,
                                                  uint64_t id)
{
    for (unsigned i = 0; i < kind->n_fields && kind->fields[i].id <= id; i++)
        if (kind->fields[i].id == id)
            return &kind->fields[i];
    return NULL;
}

/* Numbers with a tag before each, one after the other, become one cut. */
static bool put_tagged(scan *s, frame *f, const ProtobufCFieldDescriptor *field, size_t tag_at)
{
    if (f->run_at) {
        uint8_t *at = s->out->bytes + f->run_at;
        sdx_cut run;
        memcpy(&run, at, sizeof run);
        if (run.field == field->id && run.offset + run.size == tag_at) {
            run.size = s->at - run.offset;
            memcpy(at, &run, sizeof run);
            return true;
        }
    }
    f->run_at = s->out->size + CUT_BYTES - sizeof(sdx_cut);
    return put_cut(s->out, tag_at, s->at - tag_at, field->id, SDX_CUT_TAGGED);
}

static sdx_status open_message(scan *s, const ProtobufCFieldDescriptor *field, size_t tag_at,
                               size_t body, size_t length)
{
    frame *f = &s->stack[s->depth - 1];
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        uint64_t bit = (uint64_t)1 << (field - f->kind->fields);
        if (f->seen & bit)
            return refuse(s, SDX_E_FORMAT, field, tag_at,
                          "a second message where there may be one");
        f->seen |= bit;
    }
    if (s->depth >= s->max_depth)
        return refuse(s, SDX_E_LIMIT, field, tag_at, "messages are nested deeper than the limit");
    frame inner = {
        .kind = field->descriptor, .field = field, .begin = body, .end = body + length
    };
    static const uint8_t no_length[LENGTH_BYTES];
    uint8_t tag[5];
    size_t n = 0;
    for (uint32_t v = field->id << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED; v || n == 0; v >>= 7)
        tag[n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
    if (!put(s->out, tag, n))
        return sdx_error_memory(s->err, s->out->room);
    inner.length_at = s->out->size;
    if (!put(s->out, no_length, sizeof no_length) ||
        (wants_self(inner.kind) && !put_cut(s->out, body, length, 0, SDX_CUT_SELF)))
        return sdx_error_memory(s->err, s->out->room);
    s->stack[s->depth++] = inner;
    s->at = body;
    return SDX_OK;
}

/* A field with a length: string, bytes, message, packed numbers. */
static sdx_status prefixed(scan *s, frame *f, const ProtobufCFieldDescriptor *field, size_t tag_at,
                           bool keep)
{
    uint64_t length;
    size_t body = s->at;
    if (!sdx_varint(s->bytes, f->end, &body, &length))
        return refuse(s, SDX_E_FORMAT, field, s->at, "the length is cut off");
    if (length > f->end - body) {
        char why[128];
        sdx_format(why, sizeof why, "a length of %llu, but %zu bytes are left%s",
                   (unsigned long long)length, f->end - body,
                   s->depth == 1 || f->end == s->stack[0].end ? " of the file" : " of the message");
        return refuse(s, SDX_E_FORMAT, field, tag_at, why);
    }
    if (keep && field->type == PROTOBUF_C_TYPE_MESSAGE)
        return open_message(s, field, tag_at, body, (size_t)length);
    s->at = body + (size_t)length;
    if (!keep)
        return SDX_OK;
    if (field->type == PROTOBUF_C_TYPE_STRING && memchr(s->bytes + body, 0, (size_t)length))
        return refuse(s, SDX_E_FORMAT, field, tag_at, "a zero byte within a text");
    bool cut = is_number(field) ||
               (field->type == PROTOBUF_C_TYPE_BYTES && field->label != PROTOBUF_C_LABEL_REPEATED);
    bool fine = cut ? put_cut(s->out, body, length, field->id, SDX_CUT_BYTES)
                    : put(s->out, s->bytes + tag_at, s->at - tag_at);
    return fine ? SDX_OK : sdx_error_memory(s->err, s->out->room);
}

static sdx_status one_field(scan *s)
{
    frame *f = &s->stack[s->depth - 1];
    size_t tag_at = s->at;
    uint64_t tag, skip;
    if (!sdx_varint(s->bytes, f->end, &s->at, &tag))
        return refuse(s, SDX_E_FORMAT, NULL, tag_at, "a tag is cut off");
    unsigned type = (unsigned)(tag & 7);
    if (tag >> 3 == 0 || tag >> 3 >= 1u << 29)
        return refuse(s, SDX_E_FORMAT, NULL, tag_at, "no field has this number");
    if (type == 3 || type == 4 || type > 5)
        return refuse(s, SDX_E_FORMAT, NULL, tag_at,
                      type > 5 ? "no wire type is 6 or 7" : "a group, which ONNX has none of");
    const ProtobufCFieldDescriptor *field = find_field(f->kind, tag >> 3);
    bool keep = field && !is_left_out(f->kind, field);
    bool packed = field && type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && is_number(field) &&
                  field->label == PROTOBUF_C_LABEL_REPEATED;
    if (field && type != wire_type(field) && !packed)
        return refuse(s, SDX_E_FORMAT, field, tag_at, "the field has another wire type");
    switch (type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        if (!sdx_varint(s->bytes, f->end, &s->at, &skip))
            return refuse(s, SDX_E_FORMAT, field, tag_at, "a number is cut off");
        break;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        skip = type == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4;
        if (skip > f->end - s->at)
            return refuse(s, SDX_E_FORMAT, field, tag_at, "a number is cut off");
        s->at += (size_t)skip;
        break;
    default:
        return prefixed(s, f, field, tag_at, keep);
    }
    if (!keep)
        return SDX_OK;
    bool fine = field->label == PROTOBUF_C_LABEL_REPEATED
                    ? put_tagged(s, f, field, tag_at)
                    : put(s->out, s->bytes + tag_at, s->at - tag_at);
    return fine ? SDX_OK : sdx_error_memory(s->err, s->out->room);
}

sdx_status sdx_wire_scan(sdx_skeleton *out, const void *bytes, size_t size,
                         const ProtobufCMessageDescriptor *root, uint32_t max_depth, sdx_mem *mem,
                         sdx_error *err)
{
    sdx_skeleton k = { .mem = mem };
    scan s = { .bytes = bytes, .max_depth = max_depth, .out = &k, .err = err };
    if (s.max_depth == 0 || s.max_depth > SDX_HARD_DEPTH)
        s.max_depth = SDX_HARD_DEPTH;
    s.stack = sdx_mem_array(mem, s.max_depth, sizeof *s.stack);
    if (!s.stack)
        return sdx_error_memory(err, s.max_depth * sizeof *s.stack);
    s.stack[0] = (frame){ .kind = root, .end = size };
    s.depth = 1;
    sdx_status st = SDX_OK;
    if (wants_self(root) && !put_cut(&k, 0, size, 0, SDX_CUT_SELF))
        st = sdx_error_memory(err, k.room);
    while (st == SDX_OK && s.depth) {
        frame *f = &s.stack[s.depth - 1];
        if (s.at < f->end) {
            st = one_field(&s);
            continue;
        }
        if (f->length_at)
            set_length(&k, f->length_at);
        s.depth--;
    }
    if (st == SDX_OK && k.size > INT32_MAX)
        st = sdx_error_set(err, SDX_E_LIMIT,
                           "the model holds %zu bytes besides its weights: more than 2 GiB",
                           k.size);
    sdx_mem_free(mem, s.stack, s.max_depth * sizeof *s.stack);
    if (st == SDX_OK)
        *out = k;
    else
        sdx_skeleton_close(&k);
    return st;
}

void sdx_skeleton_close(sdx_skeleton *s)
{
    sdx_mem_free(s->mem, s->bytes, s->room);
    *s = (sdx_skeleton){ .mem = s->mem };
}

bool sdx_cut_at(const ProtobufCMessage *m, size_t k, sdx_cut *out)
{
    if (k >= m->n_unknown_fields)
        return false;
    const ProtobufCMessageUnknownField *u = &m->unknown_fields[k];
    memcpy(out, u->data + u->len - sizeof *out, sizeof *out);
    return true;
}
