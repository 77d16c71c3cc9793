/* load/read.h - what the readers of messages, tensors and external files share. */
#ifndef LOAD_READ_H
#define LOAD_READ_H
#include "eval/value.h"
#include "graph/draft.h"
#include "load/load.h"
#include "load/wire.h"
#include "onnx.pb-c.h"

/* A file beside the model, mapped once for all tensors in it. */
typedef struct sdx_held_file {
    sdx_map map; /* data NULL: it could not be opened, which was said */
    struct sdx_held_file *next;
} sdx_held_file;

/* What a loaded model holds and its arena does not own. */
struct sdx_held {
    sdx_held_file *file;
};

typedef struct sdx_reading {
    const uint8_t *bytes; /* of the whole file, where cuts point to */
    size_t size;
    const sdx_load_options *options;
    sdx_arena *arena; /* the model's */
    sdx_names *names;
    sdx_program *program; /* for the names of dims; NULL for single values */
    struct sdx_held *held;
    sdx_table external; /* location to sdx_held_file */
    int folder;         /* descriptor; -1: not opened yet */
} sdx_reading;

/* Numbers of a repeated field, wherever its cuts are.  NULL with *n 0: none; NULL else: no memory.
 * bits: 32 or 64 of the result's elements; varints are cut to them.  false: a number runs past its
 * field. */
bool sdx_read_numbers(const sdx_reading *r, sdx_arena *a, const ProtobufCMessage *m, uint32_t field,
                      unsigned bits, bool fixed, const void **out, size_t *n);
/* The bytes of a field that was cut out whole; NULL: the message does not have it. */
const uint8_t *sdx_read_bytes(const sdx_reading *r, const ProtobufCMessage *m, uint32_t field,
                              size_t *size);
sdx_span sdx_read_span(const ProtobufCMessage *m);

/* A message as a draft; NULL: no memory. */
sdx_draft *sdx_decode_model(sdx_reading *r, const Onnx__ModelProto *m);

/* A tensor over the bytes of the file where they lie there as they are needed, else in the arena.
 * NULL with a flaw (what: "initializer 'w'"), or without one: no memory, or a missing file that was
 * spoken of. */
sdx_value *sdx_read_tensor(sdx_reading *r, const Onnx__TensorProto *t, const char *what,
                           sdx_draft_flaw **flaw);
sdx_value *sdx_read_sparse(sdx_reading *r, const Onnx__SparseTensorProto *t, bool dense,
                           const char *what, sdx_draft_flaw **flaw);

/* The bytes of external data: `want` bytes. */
const uint8_t *sdx_read_external(sdx_reading *r, const Onnx__TensorProto *t, size_t want,
                                 const char *what, sdx_draft_flaw **flaw);
void sdx_held_close(struct sdx_held *h);

#endif
