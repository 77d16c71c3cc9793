/* sardonyx.h - load ONNX models, say what is wrong with them, run them.
 *
 * The life of a model:
 *
 *     sdx_model_open ──► sdx_model_input/output/node/value   what it holds, all shapes inferred
 *           │       └──► sdx_model_lint                      all that is wrong with it, at once
 *           ▼
 *     sdx_session_new ─► sdx_session_run, any number of times, from any number of threads
 *           ▼
 *     sdx_session_free, sdx_model_close                      in either order; both take NULL
 *
 * Errors     A function that can fail returns an sdx_status and takes `sdx_error *err` last; NULL
 *            is allowed.  The error says which rule, where (file, node, operator), what the fact
 *            is, and the way out.
 * Ownership  Handles and outputs belong to the caller.  Inputs are borrowed for the call.  Texts
 *            and arrays in a *_info live as long as the model.
 * Threads    A model is read-only after it was opened and may be used by any number of threads at
 *            once, and so may a session.  A value must not be written by one thread while another
 *            uses it.
 * Options    Option structs begin with their size and can grow: initialise with
 *            SDX_OPTIONS_INIT(type). */
#ifndef SARDONYX_H
#define SARDONYX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define SDX_VERSION_MAJOR 0
#define SDX_VERSION_MINOR 1
#define SDX_VERSION_PATCH 0

#define SDX_API                      __attribute__((visibility("default")))
#define SDX_PRINTF(format_at, first) __attribute__((format(printf, format_at, first)))

/* ---- status and error ---- */

typedef enum sdx_status {
    SDX_OK,
    SDX_E_MEMORY, /* the allocator gave nothing */
    SDX_E_IO,     /* a file cannot be read or written */
    SDX_E_FORMAT, /* the bytes are no ONNX model (or no tensor) */
    SDX_E_MODEL,  /* a model, but a wrong one: what model-lint calls an error */
    SDX_E_TYPE,   /* a value has another type than the model declares */
    SDX_E_SHAPE,  /* ... another shape */
    SDX_E_VALUE,  /* data that an operator cannot take: an index out of range, a division by 0 */
    SDX_E_UNSUPPORTED, /* right, yet not to be had here: an unknown operator, say */
    SDX_E_CANCELLED,   /* sdx_session_cancel, or the deadline passed */
    SDX_E_LIMIT,       /* a limit that the options set was reached: memory, nesting, size */
    SDX_E_USAGE        /* the call is wrong: NULL where it may not be, an index past the end */
} sdx_status;

/* A failure in words.  Each text is complete by itself and ends in no full stop; empty where there
 * is nothing to say.  Texts are cut at their end, never in the middle of a character. */
typedef struct sdx_error {
    sdx_status status;
    char rule[48];   /* "SX201 conv-group-channels" where a lint rule is behind it */
    char place[256]; /* "net.onnx: node 'conv1' (Conv, graph 'g', #4)" */
    char fact[512];  /* "16 input channels do not split into 32 groups" */
    char hint[512];  /* "group may be 1, 2, 4, 8 or 16" */
} sdx_error;

SDX_API const char *sdx_status_name(sdx_status s); /* "shape" for SDX_E_SHAPE; never NULL */

/* Writes "place: fact (help: hint) [rule]" into text, always ended by a zero.  Returns the length
 * it would have. */
SDX_API size_t sdx_error_text(const sdx_error *err, char *text, size_t size);

/* ---- element types ---- */

/* One row an ONNX element type: name, ONNX number, bits of an element in a tensor, class, short
 * name. */
#define SDX_DTYPES(D)                        \
    D(F32, 1, 32, REAL, "f32")               \
    D(U8, 2, 8, UINT, "u8")                  \
    D(I8, 3, 8, INT, "i8")                   \
    D(U16, 4, 16, UINT, "u16")               \
    D(I16, 5, 16, INT, "i16")                \
    D(I32, 6, 32, INT, "i32")                \
    D(I64, 7, 64, INT, "i64")                \
    D(STR, 8, 128, STRING, "str")            \
    D(BOOL, 9, 8, BOOLEAN, "bool")           \
    D(F16, 10, 16, REAL, "f16")              \
    D(F64, 11, 64, REAL, "f64")              \
    D(U32, 12, 32, UINT, "u32")              \
    D(U64, 13, 64, UINT, "u64")              \
    D(C64, 14, 64, COMPLEX, "c64")           \
    D(C128, 15, 128, COMPLEX, "c128")        \
    D(BF16, 16, 16, REAL, "bf16")            \
    D(F8E4M3FN, 17, 8, REAL, "f8e4m3fn")     \
    D(F8E4M3FNUZ, 18, 8, REAL, "f8e4m3fnuz") \
    D(F8E5M2, 19, 8, REAL, "f8e5m2")         \
    D(F8E5M2FNUZ, 20, 8, REAL, "f8e5m2fnuz") \
    D(U4, 21, 4, UINT, "u4")                 \
    D(I4, 22, 4, INT, "i4")                  \
    D(F4E2M1, 23, 4, REAL, "f4e2m1")         \
    D(F8E8M0, 24, 8, REAL, "f8e8m0")         \
    D(U2, 25, 2, UINT, "u2")                 \
    D(I2, 26, 2, INT, "i2")                  \
    D(F6E2M3, 27, 6, REAL, "f6e2m3")         \
    D(F6E3M2, 28, 6, REAL, "f6e3m2")

#define SDX_DTYPE_NUMBER(name, number, bits, cls, text) SDX_##name = number,
typedef enum sdx_dtype { SDX_UNDEFINED, SDX_DTYPES(SDX_DTYPE_NUMBER) SDX_DTYPE_END } sdx_dtype;
#undef SDX_DTYPE_NUMBER

/* How elements compute: every class has one widest type in which all its members can be held. */
typedef enum sdx_class {
    SDX_NONE,
    SDX_REAL,
    SDX_INT,
    SDX_UINT,
    SDX_BOOLEAN,
    SDX_STRING,
    SDX_COMPLEX
} sdx_class;

typedef enum sdx_kind {
    SDX_KIND_UNKNOWN,
    SDX_TENSOR,
    SDX_SEQUENCE,
    SDX_OPTIONAL,
    SDX_MAP,
    SDX_SPARSE
} sdx_kind;

SDX_API const char *sdx_dtype_name(sdx_dtype d);      /* "f32"; "?" for no type */
SDX_API const char *sdx_dtype_onnx_name(sdx_dtype d); /* "float32", as model-lint prints */
SDX_API sdx_dtype sdx_dtype_find(const char *name);   /* either name; SDX_UNDEFINED: none */
SDX_API int sdx_dtype_bits(sdx_dtype d);              /* 0 for no type */
SDX_API sdx_class sdx_dtype_class(sdx_dtype d);

/* ---- values: tensors, sequences, optionals, maps, sparse tensors ---- */

typedef struct sdx_value sdx_value;

/* A string of a string tensor.  Not ended by a zero; may hold zeros. */
typedef struct sdx_string {
    const char *text;
    size_t length;
} sdx_string;

/* A tensor with room for its elements, all zero (strings: empty).
 * dims       rank numbers >= 0; row major; rank 0 is a scalar.
 * SDX_E_LIMIT when the product of max(1, dim) times the width is more than the address space. */
SDX_API sdx_status sdx_value_tensor(sdx_dtype dtype, int rank, const int64_t *dims, sdx_value **out,
                                    sdx_error *err);

/* A tensor over the caller's memory, which must outlive the value; bytes is checked against dims.
 * Types narrower than a byte are one stream of bits, low bits first.  Not for strings. */
SDX_API sdx_status sdx_value_wrap(sdx_dtype dtype, int rank, const int64_t *dims, void *data,
                                  size_t bytes, sdx_value **out, sdx_error *err);

/* A string tensor; the bytes are copied. */
SDX_API sdx_status sdx_value_strings(int rank, const int64_t *dims, const sdx_string *text,
                                     sdx_value **out, sdx_error *err);

/* Composite values.  They share their parts: the caller keeps, and frees, what it passes in. */
SDX_API sdx_status sdx_value_sequence(size_t n, sdx_value *const *item, sdx_value **out,
                                      sdx_error *err);
/* of NULL: empty */
SDX_API sdx_status sdx_value_optional(sdx_value *of, sdx_value **out, sdx_error *err);
SDX_API sdx_status sdx_value_map(sdx_value *keys, sdx_value *values, sdx_value **out,
                                 sdx_error *err);
SDX_API sdx_status sdx_value_sparse(int rank, const int64_t *dims, sdx_value *values,
                                    sdx_value *indices, sdx_value **out, sdx_error *err);

/* Reads the bytes of a TensorProto, SequenceProto, OptionalProto, MapProto or SparseTensorProto
 * (kind says which).  name, where not NULL, receives the name it carries, cut to name_size. */
SDX_API sdx_status sdx_value_read(sdx_kind kind, const void *bytes, size_t size, char *name,
                                  size_t name_size, sdx_value **out, sdx_error *err);

/* Writes a value as such bytes.  *bytes belongs to the caller: sdx_bytes_free. */
SDX_API sdx_status sdx_value_write(const sdx_value *v, const char *name, void **bytes, size_t *size,
                                   sdx_error *err);
SDX_API void sdx_bytes_free(void *bytes);

SDX_API void sdx_value_free(sdx_value *v);       /* one reference less; NULL is allowed */
SDX_API sdx_value *sdx_value_hold(sdx_value *v); /* one reference more; returns v */

SDX_API sdx_kind sdx_value_kind(const sdx_value *v);
SDX_API sdx_dtype sdx_value_dtype(const sdx_value *v); /* tensors and sparse; else undefined */
/* returns the rank; -1: no tensor */
SDX_API int sdx_value_dims(const sdx_value *v, const int64_t **dims);
SDX_API size_t sdx_value_count(const sdx_value *v);     /* elements, items, entries; 0 or 1 */
SDX_API size_t sdx_value_bytes(const sdx_value *v);     /* of a tensor's data */
SDX_API void *sdx_value_data(sdx_value *v);             /* NULL: no tensor, or strings */
SDX_API const void *sdx_value_view(const sdx_value *v); /* the same, to read only */
/* Element i of a string tensor. */
SDX_API sdx_string sdx_value_string(const sdx_value *v, size_t i);
/* Borrowed: item i of a sequence, 0 of an optional; keys, values of a map; values, indices of a
 * sparse tensor. */
SDX_API const sdx_value *sdx_value_at(const sdx_value *v, size_t i);
/* Element i of a tensor, widened; 0 where the class does not fit. */
SDX_API double sdx_value_f64(const sdx_value *v, size_t i);
SDX_API int64_t sdx_value_i64(const sdx_value *v, size_t i);
/* Stores element i, narrowed to its type: reals round to nearest even, integers wrap.  false: past
 * the end, or the class does not fit. */
SDX_API bool sdx_value_set_f64(sdx_value *v, size_t i, double x);
SDX_API bool sdx_value_set_i64(sdx_value *v, size_t i, int64_t x);

/* ---- memory, log ---- */

/* Where all memory comes from.  alloc returns size bytes aligned to `align` (a power of two), or
 * NULL.  Both may be called by several threads at once. */
typedef struct sdx_allocator {
    void *ctx;
    void *(*alloc)(void *ctx, size_t size, size_t align);
    void (*free)(void *ctx, void *memory, size_t size);
} sdx_allocator;

typedef enum sdx_severity { SDX_NOTE, SDX_WARNING, SDX_ERROR } sdx_severity;
typedef void sdx_log(void *ctx, sdx_severity severity, const char *text);

/* ---- models ---- */

typedef struct sdx_model sdx_model;

/* A symbolic input dim given a number: `-d N=4`. */
typedef struct sdx_dim_binding {
    const char *symbol;
    int64_t value;
} sdx_dim_binding;

typedef struct sdx_model_options {
    size_t size;
    /* NULL: aligned malloc; copied */
    const sdx_allocator *allocator;
    sdx_log *log; /* NULL: silent */
    void *log_ctx;
    bool lenient;          /* open models that lint finds errors in; no session can be made */
    bool no_infer;         /* leave out shape inference, and what rests on it */
    uint64_t memory_limit; /* bytes that loading may take besides the map; 0: 8 GiB */
    uint32_t max_depth;    /* nesting of messages and subgraphs; 0: 64 */
    uint32_t max_inlined;  /* nodes that inlining of functions may make; 0: 1,000,000 */
    const char *folder;    /* where external data lies; NULL: the folder of the file */
    size_t n_dims;
    /* symbols of the inputs that are known */
    const sdx_dim_binding *dims;
    size_t n_plugins;
    /* paths of shared objects with operators: opened with the model */
    const char *const *plugins;
    /* where more of them lie (*.so), opened when an operator is missing; NULL: sardonyx/ beside the
     * library; "": nowhere */
    const char *plugin_folder;
} sdx_model_options;

#ifdef __cplusplus
#define SDX_OPTIONS_INIT(type)  \
    [] {                        \
        type o_ = type();       \
        o_.size = sizeof(type); \
        return o_;              \
    }()
#else
#define SDX_OPTIONS_INIT(type) \
    {                          \
        .size = sizeof(type)   \
    }
#endif

/* Opens a file.  The file is mapped: it must not change while the model is open.  SDX_E_IO,
 * SDX_E_FORMAT, SDX_E_MODEL, SDX_E_LIMIT, SDX_E_MEMORY; SDX_E_UNSUPPORTED waits for
 * sdx_session_new. */
SDX_API sdx_status sdx_model_open(const char *path, const sdx_model_options *o, sdx_model **out,
                                  sdx_error *err);
SDX_API sdx_status sdx_model_open_fd(int fd, const char *name, const sdx_model_options *o,
                                     sdx_model **out, sdx_error *err);
/* Opens a model in memory, which must stay until sdx_model_close.  name serves messages only. */
SDX_API sdx_status sdx_model_open_memory(const void *bytes, size_t size, const char *name,
                                         const sdx_model_options *o, sdx_model **out,
                                         sdx_error *err);
/* Reads until read returns 0; a negative number is an error.  The bytes are kept in memory. */
typedef ptrdiff_t sdx_reader(void *ctx, void *to, size_t size);
SDX_API sdx_status sdx_model_read(sdx_reader *read, void *ctx, const char *name,
                                  const sdx_model_options *o, sdx_model **out, sdx_error *err);
/* Reads the standard's text syntax: "<ir_version: 8, opset_import: [\"\" : 18]> g (float[N, 4] x)
 * => …". */
SDX_API sdx_status sdx_model_parse(const char *text, size_t length, const char *name,
                                   const sdx_model_options *o, sdx_model **out, sdx_error *err);
SDX_API void sdx_model_close(sdx_model *m);

typedef bool sdx_writer(void *ctx, const void *bytes, size_t size); /* false: give up */

typedef struct sdx_save_options {
    size_t size;
    bool fix_safe; /* apply the edits of findings that keep the meaning beyond doubt */
    bool fix_all;  /* ... and those that settle it by a guess worth making */
    bool annotate; /* write inferred types: as value_info, and where declarations say less */
    bool text;     /* the standard's text syntax instead of protobuf */
    const struct sdx_finding *fix_only; /* ... of this finding alone; NULL: of all */
    size_t n_only;                      /* ... of so many from there on; 0: of that one */
} sdx_save_options;

/* Writes the model.  Every byte outside an edit stays as it was read, fields unknown to this
 * library too.  *n_edits: the corrections made.  Of those that are in each other's way, and of what
 * shows only when others are made, none: open what was written and save again, until 0 are. */
SDX_API sdx_status sdx_model_save(const sdx_model *m, const sdx_save_options *o, sdx_writer *write,
                                  void *ctx, size_t *n_edits, sdx_error *err);

typedef struct sdx_model_info {
    const char *name; /* as given at opening */
    int64_t ir_version, model_version;
    const char *producer, *producer_version, *domain, *doc, *graph;
    size_t n_opsets;
    const char *const *opset_domain; /* "" for ai.onnx */
    const int64_t *opset_version;
    size_t n_metadata;
    const char *const *metadata_key, *const *metadata_value;
    size_t n_inputs, n_outputs, n_nodes, n_values; /* nodes and values: of subgraphs too */
    size_t n_initializers, n_functions;
    uint64_t parameters, weight_bytes, file_bytes;
    size_t n_errors; /* findings of severity error; 0 unless opened with lenient */
} sdx_model_info;
SDX_API sdx_status sdx_model_about(const sdx_model *m, sdx_model_info *out);

/* What is known of a value.  A dim that is no number is -1 in dims and has its text in symbols
 * ("N", "2*N + 1"); NULL there: nothing is known.  rank -1: not even the number of dims. */
typedef struct sdx_value_info {
    const char *name, *graph; /* graph: path of the graph that owns it, "" for the main one */
    sdx_kind kind;
    sdx_dtype dtype;
    int rank;
    const int64_t *dims;
    const char *const *symbols;
    const char *type;          /* in words: "float32[N, 3, 224, 224]", "seq(int64[?])" */
    bool is_constant;          /* an initializer, or computed from such */
    const sdx_value *constant; /* its value, where it is held; borrowed */
} sdx_value_info;
/* SDX_E_USAGE past the end. */
SDX_API sdx_status sdx_model_input(const sdx_model *m, size_t i, sdx_value_info *out);
SDX_API sdx_status sdx_model_output(const sdx_model *m, size_t i, sdx_value_info *out);
SDX_API sdx_status sdx_model_value(const sdx_model *m, size_t i, sdx_value_info *out);

typedef struct sdx_attribute_info {
    const char *name, *kind; /* kind: "int", "floats", … as in the schema rows */
    const char *text;        /* its value in the standard's text syntax */
} sdx_attribute_info;

typedef struct sdx_node_info {
    const char *name, *op, *domain, *graph;
    int64_t index; /* place in its graph, as in the file */
    int since;     /* since_version of the signature in force; 0: unknown operator */
    bool implemented;
    size_t n_inputs, n_outputs, n_attributes;
    const char *const *inputs, *const *outputs; /* "" where left out */
    const sdx_attribute_info *attributes;
    double macs;           /* multiply-adds of one run; -1: not known, or not a number */
    const char *macs_text; /* ... in words: "1254400*N"; NULL: not known */
} sdx_node_info;
SDX_API sdx_status sdx_model_node(const sdx_model *m, size_t i, sdx_node_info *out);

/* Multiply-adds of one run of the model.  Every body counts once. */
typedef struct sdx_cost_info {
    double macs;           /* -1: not a number, as symbols are in it, or too large */
    const char *macs_text; /* "1254400*N + 3000"; NULL: too large to be said */
    size_t n_unknown;      /* nodes of which nothing is known, and which are left out */
} sdx_cost_info;
SDX_API sdx_status sdx_model_cost(const sdx_model *m, sdx_cost_info *out);

/* A function that the file brings; calls of it are inlined, so its nodes are among the model's. */
typedef struct sdx_function_info {
    const char *domain, *name, *overload;
    size_t n_inputs, n_outputs, n_attributes, n_nodes;
    const char *const *inputs,
        *const *outputs, *const *attributes; /* attributes: names, those without a default first */
} sdx_function_info;
/* SDX_E_USAGE past the end. */
SDX_API sdx_status sdx_model_function(const sdx_model *m, size_t i, sdx_function_info *out);

/* ---- lint ---- */

typedef struct sdx_finding_value {
    const char *name, *type, *origin; /* "x", "float32[64, 16, 32, 32]", "graph input" */
    int axis;                         /* the guilty dim; -1: none in particular */
} sdx_finding_value;

typedef struct sdx_finding_number {
    const char *name;
    int64_t value;
} sdx_finding_number;

typedef struct sdx_finding {
    const char *code, *name; /* "SX201", "conv-group-channels" */
    sdx_severity severity;
    const char *message; /* the fact, with its numbers */
    const char *graph, *node, *op;
    int64_t index; /* of the node in its graph; -1: the finding is not a node's */
    size_t n_values, n_numbers, n_help;
    const sdx_finding_value *values;
    const sdx_finding_number *numbers;
    const char *const *help; /* ways out, the best first */
    const char *fix;         /* what sdx_model_save would change; NULL: nothing */
    bool fix_is_safe;
    const char *suppressed; /* why the model's own metadata leaves it out; NULL: it does not */
} sdx_finding;

typedef struct sdx_lint_options {
    size_t size;
    const char *select, *ignore; /* comma-separated codes, names, globs; NULL: all, none */
    size_t max_findings;         /* 0: no limit */
    /* the newest that the model's destination knows; 0: not said */
    int64_t target_opset, target_ir;
    bool runtime;    /* what cannot be run here is an error, not a note */
    bool suppressed; /* tell, too, what the model's metadata leaves out: "sardonyx.lint.ignore" */
} sdx_lint_options;

/* Calls report for each finding, in the order of the file; report returns false to stop.  A finding
 * and its texts live until report returns; report asks nothing of m, which is locked.  SDX_OK also
 * when there are findings. */
typedef bool sdx_report(void *ctx, const sdx_finding *f);
SDX_API sdx_status sdx_model_lint(const sdx_model *m, const sdx_lint_options *o, sdx_report *report,
                                  void *ctx, sdx_error *err);

/* Rule i, in order of code; SDX_E_USAGE past the end. */
typedef struct sdx_rule_info {
    const char *code, *name, *title;
    sdx_severity severity;
} sdx_rule_info;
SDX_API sdx_status sdx_rule_about(size_t i, sdx_rule_info *out);

/* ---- sessions ---- */

typedef struct sdx_session sdx_session;

/* One step that ran, for profiles.  Those of a body (a branch of If, what Loop and Scan repeat) are
 * told before the step that runs it, whose time holds theirs. */
typedef struct sdx_step_info {
    const char *node, *op, *what; /* what: the kernel that was chosen; "" if there is but one */
    uint64_t begin_ns, end_ns;    /* since the start of the run */
    int depth;                    /* 0: of the main graph; 1: of a body; 2: of a body's body */
} sdx_step_info;
typedef void sdx_profile(void *ctx, const sdx_step_info *step);

typedef struct sdx_session_options {
    size_t size;
    int threads; /* 0: SARDONYX_NUM_THREADS, else what the affinity mask and the cgroup allow */
    /* at most: "scalar", "avx2", "avx512", "neon" …; NULL: SARDONYX_ISA, else the best */
    const char *isa;
    bool no_optimize;      /* run the graph as it stands in the file */
    uint64_t memory_limit; /* bytes for one session; 0: none */
    int bindings;          /* sets of input shapes whose plans are kept; 0: 4 */
    /* What products of f32 tensors with constant weights (Conv, MatMul, Gemm, LSTM, GRU, RNN) may
     * be made of.  Sums are f32, and everything else stays as it is.
     *
     *   NULL, "f32"      as the model says
     *   "bf16"           both factors rounded to bf16, 8 bits of precision, where the processor has
     *                    a dot product of such pairs (avx512bf16); elsewhere matrices alone, at
     *                    half the memory.  Of networks, answers differ by 1e-4 to 3e-2 of their
     *                    root mean square, single numbers by more
     *   "int8-weights"   matrices alone, rounded to 255 steps and a scale for each output channel,
     *                    at a quarter of the memory: for products of few rows, which wait for
     *                    memory
     *
     * sdx_session_precision() says what a session does with it. */
    const char *precision;
    /* How much memory packed weights may take.  Kernels read weights in an order of their own; in
     * some of these forms they are larger than in the file, and faster.
     *
     *   NULL, "default"  where larger forms save most time a byte, up to a fifth of the weights, or
     *                    12 MiB, more than the smallest forms take
     *   "small"          the smallest forms
     *   "fast"           the fastest ones
     *
     * Results may differ as sums in another order do.  sdx_session_memory() says what is taken. */
    const char *packing;
} sdx_session_options;

/* Compiles the model for running.  The model may be closed before the session.
 * SDX_E_UNSUPPORTED names the first node whose operator is not implemented. */
SDX_API sdx_status sdx_session_new(sdx_model *m, const sdx_session_options *o, sdx_session **out,
                                   sdx_error *err);
SDX_API void sdx_session_free(sdx_session *s);

/* v and its numbers live until this returns: their memory serves later steps.  false: stop the
 * run. */
typedef bool sdx_watch(void *ctx, const char *name, const sdx_value *v);

typedef struct sdx_run_options {
    size_t size;
    uint64_t deadline_ns; /* from now; 0: none.  Looked at between steps and chunks of work */
    sdx_profile *profile; /* called after each step; may be NULL */
    void *profile_ctx;
    sdx_watch *watch; /* called for every value that a step made; may be NULL */
    void *watch_ctx;
} sdx_run_options;

/* Runs the model once.
 *
 * in, out   one value for each model input and output, in the order of sdx_model_input/output.
 *           Inputs are borrowed until return; NULL only for an input of type optional.  out[i]
 *           NULL: made here, the caller frees it; else it is filled, and type and shape must agree.
 * o         NULL: no deadline, no profile.
 * returns   SDX_OK · SDX_E_TYPE, SDX_E_SHAPE an input contradicts the model · SDX_E_VALUE ·
 *           SDX_E_MEMORY, SDX_E_LIMIT · SDX_E_CANCELLED.  A failed run makes no value.
 * threads   any number of calls at once on one session. */
SDX_API sdx_status sdx_session_run(sdx_session *s, const sdx_value *const *in, sdx_value **out,
                                   const sdx_run_options *o, sdx_error *err);

/* Ends all runs of this session that are under way with SDX_E_CANCELLED; later runs are not
 * affected. */
SDX_API void sdx_session_cancel(sdx_session *s);

typedef struct sdx_session_info {
    int threads;
    const char *isa;
    size_t n_steps; /* of the newest binding */
    uint64_t weight_bytes, planned_bytes, memory_bytes, peak_bytes;
} sdx_session_info;
SDX_API sdx_status sdx_session_about(const sdx_session *s, sdx_session_info *out);
/* What products with constant weights are made of on this processor: "f32", "bf16", "bf16 weights",
 * "int8 weights".  sdx_step_info.what tells it step by step. */
SDX_API const char *sdx_session_precision(const sdx_session *s);
/* How weights are packed: "default", "small", "fast". */
SDX_API const char *sdx_session_packing(const sdx_session *s);

/* Where the memory is, in bytes.  Pages of the model's file, which is mapped, are not counted: they
 * are given back when weights are packed, and come back from the file when they are read. */
typedef struct sdx_memory_info {
    uint64_t packed; /* weights as kernels read them, of all sessions of the model; up to 8 MiB
                      * more are asked for, which nobody touches before more is packed */
    uint64_t copied; /* constants that runs read as they are, for the same sessions */
    uint64_t model;  /* the graph, as it was read and as it was compiled */
    uint64_t plans;  /* of this session: what is known for each set of input shapes */
    uint64_t runs;   /* ... what runs lie in: between two, what waits for the next */
} sdx_memory_info;
SDX_API sdx_status sdx_session_memory(const sdx_session *s, sdx_memory_info *out);

/* ---- the library ---- */

SDX_API const char *sdx_version(void); /* "0.1.0" */
SDX_API const char *sdx_cpu(void);     /* the best ISA that this processor can run: "avx512vnni" */

/* An operator that the library, or a plugin beside it, implements, at one of its versions. */
typedef struct sdx_op_info {
    const char *domain, *name, *source; /* source: "ops/nn/conv.c", or a plugin's path */
    int since;
    const char *signature, *attributes, *types; /* the schema row in force, whole */
    bool deprecated;
} sdx_op_info;
/* Row i of all operators, plugins' last; SDX_E_USAGE past the end. */
SDX_API sdx_status sdx_op_about(size_t i, sdx_op_info *out);

#ifdef __cplusplus
}
#endif
#endif
