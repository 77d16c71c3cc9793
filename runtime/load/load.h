/* load/load.h - bytes to a program: the wire scan, decoding, inlining of functions, closing of
 * subgraphs.
 *
 * The only stage that sees protobuf, byte order and files. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H
#include "base/file.h"
#include "graph/finding.h"
#include "graph/graph.h"

/* What the model says of itself beside its graphs. */
typedef struct sdx_loaded {
    sdx_program *program; /* also with findings: as much as could be made of the model */
    const char *name;     /* for messages */
    int64_t ir_version, model_version;
    const char *producer, *producer_version, *domain, *doc;
    size_t n_metadata, n_functions, n_initializers;
    const char **metadata_key, **metadata_value;
    uint64_t file_bytes, weight_bytes, parameters;
    const struct sdx_draft_function *function; /* as the file has them: their calls are inlined */
    struct sdx_held *held; /* mapped external files and values that the arena does not own */
} sdx_loaded;

typedef struct sdx_load_options {
    sdx_mem *mem;
    sdx_registry *registry;
    uint64_t memory_limit;
    uint32_t max_depth, max_inlined;
    const char *folder; /* of external data; NULL: none, external data is refused */
    const char *name;
} sdx_load_options;

/* Everything goes into the arena and lives as long as `bytes`, which is read in place: weights are
 * not copied.  Defects of the model are findings; the status is SDX_E_FORMAT for bytes that are no
 * model, SDX_E_LIMIT, SDX_E_MEMORY, SDX_E_IO (with err), else SDX_OK, also with findings. */
sdx_status sdx_load(const void *bytes, size_t size, const sdx_load_options *o, sdx_arena *arena,
                    sdx_findings *findings, sdx_loaded *out, sdx_error *err);
/* The same from the standard's text syntax. */
sdx_status sdx_load_text(const char *text, size_t length, const sdx_load_options *o,
                         sdx_arena *arena, sdx_findings *findings, sdx_loaded *out, sdx_error *err);
/* Lets go of what the arena does not own. */
void sdx_loaded_close(sdx_loaded *l);

/* A value from the bytes of a TensorProto, SequenceProto, OptionalProto, MapProto or
 * SparseTensorProto (kind says which), copied: counted, from mem (NULL: the C library).  name may
 * be NULL. */
sdx_status sdx_read_value(sdx_kind kind, const void *bytes, size_t size, sdx_mem *mem, char *name,
                          size_t name_size, sdx_value **out, sdx_error *err);
/* A value as such bytes; *bytes is from malloc. */
sdx_status sdx_write_value(const sdx_value *v, const char *name, void **bytes, size_t *size,
                           sdx_error *err);

/* ---- save.c ---- */

/* Writes `bytes` with edits applied and value infos added: every byte outside them stays, up to the
 * lengths that enclose them.  A node of a function is changed where the attribute is its own, for
 * all calls at once.  Of edits that are in each other's way the first counts: the others may be
 * made in what was written.  *n_edits: those applied.  SDX_E_IO the writer gave up,
 * SDX_E_MEMORY. */
sdx_status sdx_save_edits(const void *bytes, size_t size, size_t n, const sdx_edit *const *edit,
                          size_t n_types, const sdx_known_type *type, sdx_mem *mem,
                          sdx_writer *write, void *ctx, size_t *n_edits, sdx_error *err);

#endif
