/* load/load.c - the stage as a whole: scan, unpack, decode, inline, link. */
#include "load/load.h"
#include "base/error.h"
#include "graph/text.h"
#include "load/link.h"
#include "load/read.h"
#include <inttypes.h>

/* ---- protobuf-c allocates from an arena that dies after decoding ---- */

static void *proto_alloc(void *ctx, size_t size)
{
    return sdx_arena_alloc(ctx, size);
}

static void proto_free(void *ctx, void *p)
{
    (void)ctx;
    (void)p;
}

/* ---- what else it may be ---- */

typedef struct magic {
    size_t at;
    const char *bytes, *what;
} magic;

/* Files that people take for models, by their first bytes. */
static const char *other_kind(const uint8_t *b, size_t n)
{
    static const magic kinds[] = {
        { 0, "version https://git-lfs",
          "a Git LFS pointer: the model itself was not fetched (git lfs pull)" },
        { 0, "PK\x03\x04", "a ZIP archive, as PyTorch writes: export the model to ONNX" },
        { 0, "\x80\x02", "a Python pickle, as PyTorch writes: export the model to ONNX" },
        { 0, "\x89HDF", "HDF5, as Keras writes: convert it with tf2onnx" },
        { 4, "TFL3", "a TensorFlow Lite model: convert it with tf2onnx" },
        { 4, "ORTM", "onnxruntime's own format: take the .onnx it was made from" },
        { 0, "\x1f\x8b", "compressed with gzip: unpack it first" },
        { 0, "GGUF", "a GGUF file" },
        { 0, "{", "JSON" },
        { 0, "<!DOCTYPE", "a web page: the download gave no model" },
        { 0, "<!doctype", "a web page: the download gave no model" },
        { 0, "<html", "a web page: the download gave no model" },
        { 0, "<", "text: the standard's text syntax is read by sdx_model_parse" },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i].bytes);
        if (kinds[i].at + length <= n && memcmp(b + kinds[i].at, kinds[i].bytes, length) == 0)
            return kinds[i].what;
    }
    return NULL;
}

static sdx_status no_model(const sdx_reading *r, sdx_status st, sdx_error *err)
{
    const char *kind = st == SDX_E_FORMAT ? other_kind(r->bytes, r->size) : NULL;
    if (kind)
        sdx_error_hint(err, "this looks like %s", kind);
    else if (st == SDX_E_FORMAT)
        sdx_error_hint(err, "the file is cut off, damaged or no ONNX model: compare its size with "
                            "the original's, or export it again");
    if (st == SDX_E_FORMAT)
        sdx_error_rule(err, "SX101 not-a-model");
    else if (st == SDX_E_LIMIT) {
        sdx_error_rule(err, "SX102 loading-limit");
        sdx_error_hint(err,
                       "take fewer levels of graphs within graphs; the limit is %" PRIu32
                       " levels of messages",
                       r->options->max_depth);
    }
    return st;
}

/* ---- stages ---- */

static sdx_status out_of_memory(const sdx_load_options *o, sdx_error *err)
{
    sdx_error_set(err, SDX_E_LIMIT,
                  "loading takes more than the limit of %" PRIu64 " bytes, or than the machine has",
                  o->memory_limit);
    sdx_error_rule(err, "SX102 loading-limit");
    sdx_error_hint(err, "look for a tensor that declares more than it holds, or raise the limit");
    return SDX_E_LIMIT;
}

static sdx_status read_model(sdx_reading *r, sdx_draft **out, sdx_error *err)
{
    const sdx_load_options *o = r->options;
    sdx_skeleton skeleton;
    if (r->size == 0)
        return no_model(r, sdx_error_set(err, SDX_E_FORMAT, "the file is empty"), err);
    sdx_status st = sdx_wire_scan(&skeleton, r->bytes, r->size, &onnx__model_proto__descriptor,
                                  o->max_depth, o->mem, err);
    if (st != SDX_OK)
        return no_model(r, st, err);
    sdx_arena scratch;
    sdx_arena_init(&scratch, o->mem, (size_t)o->memory_limit);
    ProtobufCAllocator allocator = { proto_alloc, proto_free, &scratch };
    Onnx__ModelProto *m = onnx__model_proto__unpack(&allocator, skeleton.size, skeleton.bytes);
    if (!m)
        st = scratch.failed
                 ? out_of_memory(o, err)
                 : no_model(r, sdx_error_set(err, SDX_E_FORMAT, "the messages cannot be unpacked"),
                            err);
    else if (!m->graph && !m->has_ir_version)
        st = no_model(
            r, sdx_error_set(err, SDX_E_FORMAT, "there is neither a graph nor an IR version"), err);
    else if (!m->graph)
        st = no_model(r, sdx_error_set(err, SDX_E_FORMAT, "the model has no graph"), err);
    else if (!(*out = sdx_decode_model(r, m)))
        st = out_of_memory(o, err);
    sdx_arena_free(&scratch);
    sdx_skeleton_close(&skeleton);
    return st;
}

static sdx_program *new_program(const sdx_load_options *o, sdx_arena *arena)
{
    sdx_program *p = sdx_arena_alloc(arena, sizeof *p);
    sdx_names *names = sdx_arena_alloc(arena, sizeof *names);
    if (!p || !names)
        return NULL;
    sdx_names_init(names, arena);
    p->arena = arena;
    p->names = names;
    p->registry = o->registry;
    sdx_table_init(&p->symbol_ids, arena);
    return p;
}

static sdx_status link_program(sdx_program *p, sdx_draft *d, const sdx_load_options *o,
                               sdx_findings *findings, sdx_error *err)
{
    sdx_arena scratch;
    sdx_arena_init(&scratch, o->mem, (size_t)o->memory_limit);
    sdx_linking l = { p, d, o, findings, &scratch, err };
    p->ir_version = d->ir_version;
    p->n_opsets = d->n_opsets;
    p->opset = d->opset;
    sdx_check_model(&l);
    sdx_status st = sdx_inline_functions(&l);
    if (st == SDX_OK)
        st = sdx_link_graphs(&l);
    if (st == SDX_OK && findings->failed)
        st = SDX_E_MEMORY;
    if (st == SDX_E_MEMORY)
        st = out_of_memory(o, err);
    sdx_arena_free(&scratch);
    return st;
}

static void tell(sdx_loaded *out, const sdx_draft *d, const sdx_load_options *o)
{
    out->name = o->name;
    out->ir_version = d->ir_version;
    out->model_version = d->model_version;
    out->producer = d->producer;
    out->producer_version = d->producer_version;
    out->domain = d->domain;
    out->doc = d->doc;
    out->n_metadata = d->n_metadata;
    out->metadata_key = d->metadata_key;
    out->metadata_value = d->metadata_value;
    out->n_functions = d->n_functions;
    out->function = d->function;
}

static void weigh(sdx_loaded *out, const sdx_value *v)
{
    const sdx_value *numbers = v && sdx_value_kind(v) == SDX_SPARSE ? sdx_value_at(v, 0) : v;
    const sdx_tensor *t = numbers ? sdx_as_tensor(numbers) : NULL;
    if (!t)
        return;
    out->parameters += (uint64_t)sdx_elements(t);
    out->weight_bytes += sdx_bytes(t->dtype, sdx_elements(t));
}

static void weigh_graph(sdx_loaded *out, const sdx_draft_graph *g);

/* Weights are initializers, and tensors that nodes have as attributes: exporters write them as
 * Constant, too. */
static void weigh_nodes(sdx_loaded *out, const sdx_draft_node *node, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < node[i].n_attr; k++) {
            weigh(out, node[i].attr[k].is.tensor);
            if (node[i].attr[k].graph)
                weigh_graph(out, node[i].attr[k].graph);
        }
}

/* As deep as the readers let graphs nest. */
static void weigh_graph(sdx_loaded *out, const sdx_draft_graph *g)
{
    out->n_initializers += g->n_initializers;
    for (size_t i = 0; i < g->n_initializers; i++)
        weigh(out, g->initializer[i].value);
    weigh_nodes(out, g->node, g->n_nodes);
}

/* Before functions are inlined: what several calls share is there once. */
static void weigh_model(sdx_loaded *out, const sdx_draft *d)
{
    if (d->graph)
        weigh_graph(out, d->graph);
    for (size_t i = 0; i < d->n_functions; i++)
        weigh_nodes(out, d->function[i].node, d->function[i].n_nodes);
}

static sdx_load_options defaults(const sdx_load_options *o)
{
    sdx_load_options full = *o;
    full.memory_limit = o->memory_limit ? o->memory_limit : (uint64_t)8 << 30;
    full.max_depth = o->max_depth ? o->max_depth : 64;
    if (full.max_depth > SDX_HARD_DEPTH)
        full.max_depth = SDX_HARD_DEPTH;
    full.max_inlined = o->max_inlined ? o->max_inlined : 1000000;
    return full;
}

sdx_status sdx_load(const void *bytes, size_t size, const sdx_load_options *options,
                    sdx_arena *arena, sdx_findings *findings, sdx_loaded *out, sdx_error *err)
{
    const sdx_load_options o = defaults(options);
    sdx_reading r = { .bytes = bytes, .size = size, .options = &o, .arena = arena, .folder = -1 };
    sdx_arena names;
    sdx_arena_init(&names, o.mem, (size_t)o.memory_limit);
    sdx_table_init(&r.external, &names);
    *out = (sdx_loaded){ .file_bytes = size };
    r.program = new_program(&o, arena);
    r.held = out->held = sdx_arena_alloc(arena, sizeof *r.held);
    if (!r.program || !r.held)
        return out_of_memory(&o, err);
    r.names = r.program->names;
    sdx_draft *d = NULL;
    sdx_status st = read_model(&r, &d, err);
    if (st == SDX_OK) {
        weigh_model(out, d);
        st = link_program(r.program, d, &o, findings, err);
    }
    if (r.folder >= 0)
        close(r.folder);
    sdx_arena_free(&names);
    if (st != SDX_OK) {
        sdx_loaded_close(out);
        return st;
    }
    tell(out, d, &o);
    out->program = r.program;
    return SDX_OK;
}

sdx_status sdx_load_text(const char *text, size_t length, const sdx_load_options *options,
                         sdx_arena *arena, sdx_findings *findings, sdx_loaded *out, sdx_error *err)
{
    const sdx_load_options o = defaults(options);
    *out = (sdx_loaded){ .file_bytes = length };
    sdx_program *p = new_program(&o, arena);
    if (!p)
        return out_of_memory(&o, err);
    const sdx_text_into into = { p, arena, o.max_depth, sdx_constant_tensor, sdx_constant_sparse };
    sdx_draft *d = NULL;
    sdx_status st = sdx_text_read_model(&into, text, length, &d, err);
    if (st == SDX_OK) {
        weigh_model(out, d);
        st = link_program(p, d, &o, findings, err);
    }
    if (st == SDX_E_FORMAT)
        sdx_error_rule(err, "SX101 not-a-model");
    if (st != SDX_OK)
        return st == SDX_E_MEMORY ? out_of_memory(&o, err) : st;
    tell(out, d, &o);
    out->program = p;
    return SDX_OK;
}

void sdx_loaded_close(sdx_loaded *l)
{
    sdx_held_close(l->held);
}
