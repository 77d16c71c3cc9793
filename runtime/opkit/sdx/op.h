/* sdx/op.h - what an operator says of itself, and what it may do.
 *
 * An operator is a constant: a schema, rules, and functions that the stages call.  It sees `n`,
 * what is known of one of its nodes, and `c`, what may be done in the stage that calls.  Types
 * differ between bindings, so a node is a view made for the call: never a place to store anything,
 * never to be kept.
 *
 *     infer, lint   on symbols and on numbers   state equations between dims, refuse, warn
 *     expand        once                        the body, where the standard defines it by one
 *     prepare       once a binding              all shapes are numbers: choose kernels, pack
 *     run           many times                  compute; several threads at once, one state */
#ifndef SDX_OP_H
#define SDX_OP_H
#include "sdx/value.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct sdx_node sdx_node;       /* what is known: attributes, types, constants */
typedef struct sdx_infer sdx_infer;     /* what may be done in infer and lint          */
typedef struct sdx_rewrite sdx_rewrite; /* ... in expand and in ops/fuse               */
typedef struct sdx_prepare sdx_prepare; /* ... in prepare                              */
typedef struct sdx_run sdx_run;         /* ... in run                                  */

/* ---- an operator ---- */

/* One signature.  Rows go from oldest to newest; a NULL column repeats the row above: a row shows
 * what that opset changed.  The mini-language is explained in runtime/opkit/README.md. */
typedef struct sdx_schema {
    int since;         /* first opset with this signature; 0 ends the list */
    const char *sig;   /* "X:T W:T B?:T -> Y:T"                            */
    const char *attrs; /* "group:int=1 pads:ints axis:int!"                */
    const char *types; /* "T: float bf16; I: i32 i64"                      */
} sdx_schema;

enum {
    SDX_PURE = 1,      /* same inputs, same outputs: foldable, and equal nodes are one        */
    SDX_VIEW = 2,      /* output 0 is input 0 with other dims: needs no run; plain layout only */
    SDX_POINTWISE = 4, /* element by element, operands broadcast: variant is its sdx_pointwise */
    SDX_EPILOGUE = 8,  /* absorbs the pointwise nodes that follow, see sdx_epilogue           */
    SDX_DERIVES = 16,  /* output i is the derivative of the value that attribute y names by the */
                       /* i-th of xs: a pass makes it what computes that; needs no run         */
    SDX_ROUNDS = 32    /* each of its steps rounds to the type of its operands: f16 stays f16   */
};

/* Memory that packed weights take, and the time of a run, in units that operators share: products
 * of vectors. */
enum { SDX_MOST_OFFERS = 8 };
typedef struct sdx_offer {
    size_t bytes;
    double cost;
} sdx_offer;

typedef struct sdx_op {
    const char *name;   /* "Conv", spelled as the specification spells it      */
    const char *domain; /* NULL: ai.onnx; else "ai.onnx.ml", or our own "sdx"  */
    const sdx_schema *schema;
    unsigned traits;
    uint32_t inplace; /* bit i: output 0 may take over the memory of input i (same bytes, layout) */
    const void *variant; /* what tells members of one family apart; may be NULL */
    /* Shapes of the outputs from what is known of the inputs.  States equations between dims and
     * refuses those that cannot hold.  Pure; runs many times, on symbols and on numbers.  The
     * driver has checked the row: arity, attributes, types; it has set each output's dtype that
     * the row fixes. */
    void (*infer)(const sdx_node *n, sdx_infer *c);
    /* Warns of what is legal yet wrong or slow.  Once per node, after infer accepted it.  May be
     * NULL. */
    void (*lint)(const sdx_node *n, sdx_infer *c);
    /* What this layout is worth: < 0 cannot, 0 goes along, 1 gains beside others, 2 gains anyway.
     * NULL: plain only (pointwise operators go along without one).  Bit i of *plain is set for an
     * input that is to stay plain all the same: filters, a first layer's picture.  Outputs with the
     * rank of output 0 take the layout. */
    int (*layout)(const sdx_node *n, sdx_layout l, uint32_t *plain);
    /* The body, for operators defined as functions.  Used where run is NULL; tests compare both. */
    sdx_status (*expand)(const sdx_node *n, sdx_rewrite *c);
    /* Once per binding, when every input shape is a number.  *state is read-only from then on.  May
     * be NULL. */
    sdx_status (*prepare)(const sdx_node *n, sdx_prepare *c, void **state);
    /* Computes.  Makes only outputs whose size depends on data; what infer gave numbers for is
     * there.  May run on several threads at once with the same n and state. */
    sdx_status (*run)(const sdx_node *n, const void *state, sdx_run *c);
    /* Multiply-adds of one run, for operators that are sums of products: from dims of inputs and
     * outputs, symbols included; unknown where a dim is.  Called after infer accepted the node.
     * NULL: none worth counting. */
    sdx_dim (*macs)(const sdx_node *n, sdx_infer *c);
    /* The derivative, as a body: makes d<input> of d<output>, by their formal names, for the inputs
     * that have one: "dX = Mul(dY, Y)".  NULL: not known. */
    sdx_status (*derive)(const sdx_node *n, sdx_rewrite *c);
    /* What values it takes, checked before infer; NULL: any that its types have.  Items with a
     * blank between them, each about an attribute or a constant input of that name:
     *
     *     p:[1,)  ratio:[0,1)  batch_indices:[0,X.0)   a range; X.0 is a dim of input X
     *     mode:constant|edge|wrap@19                   words; wrap came with opset 19
     *     ceil_mode:0|1  target:[0,x.1)|ignore_index   one of several; an attribute's value
     *     axes#0-1  k#one                              how many dims an input has, or one element
     *
     * (0,) leaves out 0, infinity and NaN.  A value out of range is an error; after ? only a
     * warning; after * (a scale) an error where it is the only one, else a warning. */
    const char *limits;
    /* The ways that prepare may take with its constant weights, where some need more memory packed
     * than others: at most SDX_MOST_OFFERS into `offer`; returns how many.  A plan gives each node
     * as much as pays most, and prepare asks sdx_room for it.  NULL: one way. */
    int (*offers)(const sdx_node *n, sdx_prepare *c, sdx_offer *offer);
} sdx_op;
#define SDX_OP(op) .name = #op

/* The one symbol that a family file exports, sdx_family_<section>_<file>: its operators, ended by
 * zeros, and the size of its struct of kernel slots. */
typedef struct sdx_family {
    const sdx_op *op;
    size_t kernels_size;
} sdx_family;

/* Defines the one symbol of ops/<section>/<family>/<isa>.c.  The body sees `void *slots`: the
 * family's kernel struct, all NULL ("use the reference") before the weakest ISA; overwrite what
 * this ISA does better. */
#define SDX_KERNELS(family, isa)                    \
    void sdx_kernels_##family##_##isa(void *slots); \
    void sdx_kernels_##family##_##isa(void *slots)

#define SDX_TRY(call)              \
    do {                           \
        sdx_status sdx_st_ = call; \
        if (sdx_st_ != SDX_OK)     \
            return sdx_st_;        \
    } while (0)

/* ---- pointwise operators ----
 * Rows compute `count` elements.  in[k] is operand k, already broadcast; NULL where it is absent.
 * y may be any in[k].  One row for each class that the schema allows; the result is narrowed to the
 * output's type by the caller. */
typedef void sdx_row_f64(const sdx_node *n, double *y, const double *const *in, int64_t count);
typedef void sdx_row_i64(const sdx_node *n, int64_t *y, const int64_t *const *in, int64_t count);
typedef void sdx_row_u64(const sdx_node *n, uint64_t *y, const uint64_t *const *in, int64_t count);
/* A fast loop over floats; b NULL for one operand.  y may be a or b.  Any alignment; touches
 * nothing past count. */
typedef void sdx_row_f32(float *y, const float *a, const float *b, size_t count,
                         const float *param);

typedef struct sdx_pointwise {
    sdx_row_f64 *f64;       /* REAL (for operators of type bool -> bool, too)               */
    sdx_row_i64 *i64;       /* INT, BOOL                                                    */
    sdx_row_u64 *u64;       /* UINT; NULL: i64 serves, where wrapping makes no difference   */
    const sdx_family *fast; /* the family that has the fast row among its slots; NULL: none */
    size_t slot;            /* ... and its offset there                                     */
    /* Numbers that the fast row wants, from attributes and constant operands.  false: no fast row
     * for this node. */
    bool (*param)(const sdx_node *n, float param[4]);
} sdx_pointwise;

/* ---- what is known of a node, in every stage ---- */

SDX_API int sdx_since(const sdx_node *n); /* since_version of the row in force */
SDX_API const void *sdx_variant(const sdx_node *n);
SDX_API const char *sdx_op_name(const sdx_node *n);
SDX_API int sdx_in_count(const sdx_node *n); /* as written: absent ones in the middle count */
SDX_API int sdx_out_count(const sdx_node *n);
/* as the schema names it: X, W, B; xs[2] */
SDX_API const char *sdx_in_name(const sdx_node *n, int i);
SDX_API const char *sdx_out_name(const sdx_node *n, int i);
SDX_API bool sdx_has_in(const sdx_node *n, int i);
SDX_API bool sdx_has_out(const sdx_node *n, int i);

/* Attributes by name.  Absent ones have the row's default; without one 0, NULL, an empty list.
 * Kinds are checked. */
SDX_API bool sdx_has_attr(const sdx_node *n, const char *name); /* the file gives it */
SDX_API int64_t sdx_attr_int(const sdx_node *n, const char *name);
SDX_API double sdx_attr_float(const sdx_node *n, const char *name);
SDX_API sdx_string sdx_attr_string(const sdx_node *n, const char *name);
SDX_API bool sdx_attr_is(const sdx_node *n, const char *name, const char *text);
/* NULL: absent */
SDX_API const int64_t *sdx_attr_ints(const sdx_node *n, const char *name, int *count);
SDX_API const float *sdx_attr_floats(const sdx_node *n, const char *name, int *count);
SDX_API const sdx_string *sdx_attr_strings(const sdx_node *n, const char *name, int *count);
SDX_API const sdx_tensor *sdx_attr_tensor(const sdx_node *n, const char *name);
SDX_API const sdx_value *sdx_attr_sparse(const sdx_node *n, const char *name);
SDX_API const sdx_type *sdx_attr_type(const sdx_node *n, const char *name);

/* Types.  Never NULL: the unknown type where absent. */
SDX_API const sdx_type *sdx_in_type(const sdx_node *n, int i);
SDX_API const sdx_type *sdx_out_type(const sdx_node *n, int i);
SDX_API sdx_dims sdx_in_dims(const sdx_node *n, int i);
SDX_API sdx_dims sdx_out_dims(const sdx_node *n, int i);
/* unknown if it is, or past the rank */
SDX_API sdx_dim sdx_in_dim(const sdx_node *n, int i, int axis);
SDX_API sdx_dtype sdx_in_dtype(const sdx_node *n, int i);
SDX_API sdx_dtype sdx_out_dtype(const sdx_node *n, int i);

/* Values as far as they are known before running.  A tensor's data may be unaligned: read by
 * sdx_load_*. */
SDX_API bool sdx_is_const(const sdx_node *n, int i); /* is it known? */
/* NULL: not known.  To ask for the numbers of large weights may compute them. */
SDX_API const sdx_tensor *sdx_in_const(const sdx_node *n, int i);
/* Elements of an integer tensor of rank 0 or 1, each a number, an expression or unknown; NULL: not
 * even how many. */
SDX_API const sdx_dim *sdx_in_elems(const sdx_node *n, int i, int *count);

/* From prepare on: shapes that are numbers, and layouts. */
SDX_API sdx_shape sdx_in_shape(const sdx_node *n, int i);
SDX_API sdx_shape sdx_out_shape(const sdx_node *n, int i); /* rank -1: known only after run */
SDX_API sdx_layout sdx_in_layout(const sdx_node *n, int i);
SDX_API sdx_layout sdx_out_layout(const sdx_node *n, int i);

/* Pointwise nodes that this one absorbed (trait SDX_EPILOGUE): each as it stood in the file,
 * reading the one before.  sdx_epilogue_slot: which operand of the k-th is the result so far; all
 * its other operands are inputs of the chain, to be had by sdx_epilogue_in(c, k, operand). */
SDX_API int sdx_epilogue_count(const sdx_node *n);
SDX_API const sdx_node *sdx_epilogue(const sdx_node *n, int k);
SDX_API int sdx_epilogue_slot(const sdx_node *n, int k);

static inline int sdx_axis(int64_t axis, int rank) /* -1 counts from the end; check first */
{
    return (int)(axis < 0 ? axis + rank : axis);
}

/* ---- infer and lint ----
 * setters cannot fail: out of memory sticks in c, and the driver sees to it */

SDX_API sdx_dim sdx_dim_add(sdx_infer *c, sdx_dim a, sdx_dim b);
SDX_API sdx_dim sdx_dim_sub(sdx_infer *c, sdx_dim a, sdx_dim b);
SDX_API sdx_dim sdx_dim_mul(sdx_infer *c, sdx_dim a, sdx_dim b);
SDX_API sdx_dim sdx_dim_div(sdx_infer *c, sdx_dim a, sdx_dim b);  /* floor; unknown for b = 0 */
SDX_API sdx_dim sdx_dim_ceil(sdx_infer *c, sdx_dim a, sdx_dim b); /* ceiling of the quotient  */
SDX_API sdx_dim sdx_dim_min(sdx_infer *c, sdx_dim a, sdx_dim b);
SDX_API sdx_dim sdx_dim_max(sdx_infer *c, sdx_dim a, sdx_dim b);
SDX_API sdx_dim sdx_dim_product(sdx_infer *c, sdx_dims d, int begin, int end);
/* A size that depends on data: 0..at_most (unknown: no bound).  The same symbol each time this node
 * infers. */
SDX_API sdx_dim sdx_dim_new(sdx_infer *c, int out, int axis, sdx_dim at_most);
/* The two are one from now on; false: they cannot be.  Unknowns agree with everything. */
SDX_API bool sdx_equal(sdx_infer *c, sdx_dim a, sdx_dim b);
typedef enum sdx_answer { SDX_NO, SDX_MAYBE, SDX_YES } sdx_answer;
SDX_API sdx_answer sdx_same(sdx_infer *c, sdx_dim a, sdx_dim b); /* asks, merges nothing */
SDX_API sdx_answer sdx_divides(sdx_infer *c, int64_t k, sdx_dim d);
/* As sdx_divides; where the answer is MAYBE, lint notes that the model holds only if k divides
 * d. */
SDX_API sdx_answer sdx_must_divide(sdx_infer *c, int64_t k, sdx_dim d, int input, int axis);
SDX_API const char *sdx_show(sdx_infer *c, sdx_dim d);       /* "16", "2*N + 1", "?" */
SDX_API const char *sdx_show_dims(sdx_infer *c, sdx_dims d); /* "[64, C, 32, 32]"    */
SDX_API const char *sdx_show_type(sdx_infer *c, const sdx_type *t);
/* "1, 2, 4, 8 or 16"; "a divisor of C" */
SDX_API const char *sdx_divisors(sdx_infer *c, sdx_dim d);
/* lives as long as c */
SDX_API const char *sdx_text(sdx_infer *c, const char *fmt, ...) SDX_PRINTF(2, 3);

/* Findings.  rule is the name of a page in runtime/lint/rules.  refuse makes the node's outputs
 * unknown and its readers skipped; a node may refuse several times, for several defects.  point,
 * number, hint and fix add to the finding just made; hints in order of worth. */
SDX_API void sdx_refuse(sdx_infer *c, const char *rule, const char *fmt, ...) SDX_PRINTF(3, 4);
SDX_API void sdx_warn(sdx_infer *c, const char *rule, const char *fmt, ...) SDX_PRINTF(3, 4);
/* a note */
SDX_API void sdx_remark(sdx_infer *c, const char *rule, const char *fmt, ...) SDX_PRINTF(3, 4);
/* a value that it is about; axis -1: no dim of it */
SDX_API void sdx_point(sdx_infer *c, int input, int axis);
/* Says more of the value pointed at last: "W.shape[1] x group = 1 x 32 = 32, x has 16". */
SDX_API void sdx_explain(sdx_infer *c, const char *fmt, ...) SDX_PRINTF(2, 3);
SDX_API void sdx_number(sdx_infer *c, const char *name, int64_t value);
SDX_API void sdx_hint(sdx_infer *c, const char *fmt, ...) SDX_PRINTF(2, 3);
/* What model-lint --fix does about it; safe: the model means the same to everybody, or could not be
 * loaded and can be read in one way alone.  The page of the rule says which it may be. */
SDX_API void sdx_fix_int(sdx_infer *c, const char *attribute, int64_t value, bool safe);
SDX_API void sdx_fix_text(sdx_infer *c, const char *attribute, const char *value, bool safe);
SDX_API void sdx_fix_leave_out(sdx_infer *c, const char *attribute, bool safe);
SDX_API void sdx_fix_no_input(sdx_infer *c, int input, bool safe);
/* The node has its first `keep` outputs alone; false: the others are read, and there is no fix. */
SDX_API bool sdx_fix_outputs(sdx_infer *c, int keep, bool safe);
/* Element `at` of an int64 input that is a constant of its own. */
SDX_API void sdx_fix_element(sdx_infer *c, int input, int at, int64_t value, bool safe);
/* Readers of this node read what it reads, or, for 2, what the node before it does.  Safe. */
SDX_API void sdx_fix_bypass(sdx_infer *c, int nodes);
SDX_API bool sdx_refused(const sdx_infer *c); /* this node, in this call */

/* Common checks: false means refused, with the right words. */
SDX_API bool sdx_check_rank(sdx_infer *c, int input, int least, int most); /* unknown ranks pass */
/* rank -1 passes */
SDX_API bool sdx_check_axis(sdx_infer *c, const char *attribute, int64_t axis, int rank);
SDX_API bool sdx_check_same(sdx_infer *c, const char *rule, int in_a, int axis_a, int in_b,
                            int axis_b);
/* As sdx_op.limits says it, where what is allowed depends on more than a name. */
SDX_API bool sdx_check_limits(sdx_infer *c, const char *limits);

/* unknown each.  Out of memory is the driver's: NULL then only for more than SDX_SURE_DIMS. */
enum { SDX_SURE_DIMS = 256 };
SDX_API sdx_dim *sdx_new_dims(sdx_infer *c, int rank);
SDX_API void sdx_set_out_dims(sdx_infer *c, int out, int rank, const sdx_dim *dim);
SDX_API void sdx_set_out_like(sdx_infer *c, int out, sdx_dims d);
/* where the signature leaves it open */
SDX_API void sdx_set_out_dtype(sdx_infer *c, int out, sdx_dtype d);
SDX_API void sdx_set_out_type(sdx_infer *c, int out, const sdx_type *t);
/* rank 0 or 1 */
SDX_API void sdx_set_out_elems(sdx_infer *c, int out, int count, const sdx_dim *elem);
SDX_API const sdx_type *sdx_tensor_type(sdx_infer *c, sdx_dtype d, sdx_dims dims);
SDX_API const sdx_type *sdx_sequence_type(sdx_infer *c, const sdx_type *of);
SDX_API const sdx_type *sdx_optional_type(sdx_infer *c, const sdx_type *of);
SDX_API const sdx_type *sdx_map_type(sdx_infer *c, sdx_dtype key, const sdx_type *of);
/* what both are; NULL: nothing */
SDX_API const sdx_type *sdx_join(sdx_infer *c, const sdx_type *a, const sdx_type *b);

/* Bodies.  An operator sees formal parameters alone: captures are supplied by the driver.  What a
 * body demands of outer symbols is undone on leaving: a body is a possibility.  false: the body was
 * refused, and so is this node. */
SDX_API bool sdx_body_arity(const sdx_node *n, const char *attr, int *n_in, int *n_out);
SDX_API bool sdx_infer_body(sdx_infer *c, const char *attr, int n_in, const sdx_type *const *in,
                            int n_out, const sdx_type **out);
/* Elements of result k of a body that was inferred just now; as sdx_in_elems. */
SDX_API const sdx_dim *sdx_body_elems(sdx_infer *c, const char *attr, int k, int *count);

/* As sdx_point: result k of a body that was inferred just now. */
SDX_API void sdx_point_result(sdx_infer *c, const char *attr, int k);

/* For lint: the view of the node that makes input i; NULL: an input, a constant, or of another
 * graph. */
SDX_API const sdx_node *sdx_producer(sdx_infer *c, const sdx_node *n, int i);
SDX_API bool sdx_is(const sdx_node *n, const char *op); /* of domain ai.onnx */

/* ---- prepare: all input shapes are numbers here, all shapes valid ---- */

/* zeroed, aligned to 64; lives as long as the state; NULL: none */
SDX_API void *sdx_keep(sdx_prepare *c, size_t bytes);
/* Calls end(what) when the state ends, also where prepare fails after this: for what a library
 * keeps in memory of its own.  false: no memory, and end(what) was called already. */
SDX_API bool sdx_keep_until(sdx_prepare *c, void (*end)(void *what), void *what);
/* aligned to 64, contents open */
SDX_API void sdx_want_scratch(sdx_prepare *c, size_t shared, size_t per_worker);
/* never NULL for a family with slots */
SDX_API const void *sdx_kernels(sdx_prepare *c, const sdx_family *f);
/* What products of floats with constant weights may be made of, as the session allows.  Sums are
 * f32 throughout, and so is what the session does not allow otherwise. */
typedef enum sdx_precision {
    SDX_PRECISION_F32,
    SDX_PRECISION_BF16,        /* both factors may be rounded to bf16 */
    SDX_PRECISION_INT8_WEIGHTS /* weights may be: 8 bits, and a scale for each output channel */
} sdx_precision;
SDX_API sdx_precision sdx_allowed(const sdx_prepare *c);
/* Bytes that this node's packed weights may take; whoever needs more than that in any way takes the
 * least. */
SDX_API size_t sdx_room(const sdx_prepare *c);
/* Packs a constant input once for all sessions and bindings with equal `how`; NULL: not constant,
 * or no memory.  The memory of the packed form is `bytes`, aligned to 64; it is filled when all
 * nodes are prepared, so what lies there is for run.  An input that was packed is no longer to be
 * had in run.  What `how` points to is a constant's, or the library's. */
typedef void sdx_packer(void *to, const sdx_tensor *from, const void *how);
SDX_API const void *sdx_pack(sdx_prepare *c, int input, size_t bytes, sdx_packer *pack,
                             const void *how, size_t how_size);
/* Constant `input` as the model holds it: of any alignment, and there as long as the state is.  For
 * few rows of large tables, of which a run would want an aligned copy; as after sdx_pack, the input
 * is no longer to be had in run.  NULL: it is none, or is still to be computed. */
SDX_API const sdx_tensor *sdx_stored(sdx_prepare *c, int input);
/* Output `out` is the bytes of input `in` from `offset` on: no run is needed for it (Split, Slice,
 * Flatten).  The run is called only while some output is none; an alias has no sdx_out. */
SDX_API void sdx_alias(sdx_prepare *c, int out, int in, size_t offset);
/* names the kernel, for profiles; a literal */
SDX_API void sdx_choice(sdx_prepare *c, const char *kernel);
SDX_API sdx_status sdx_reject(sdx_prepare *c, sdx_status s, const char *fmt, ...) SDX_PRINTF(3, 4);

/* ---- run ---- */

SDX_API const sdx_tensor *sdx_in(sdx_run *c, int i); /* NULL: absent, no tensor, or packed */
/* NULL: absent, or the result so far */
SDX_API const sdx_tensor *sdx_epilogue_in(sdx_run *c, int k, int operand);
/* NULL: not asked for (known ahead, an alias), or size not known before run */
SDX_API sdx_tensor *sdx_out(sdx_run *c, int i);
/* *y NULL: not asked for */
SDX_API sdx_status sdx_make_out(sdx_run *c, int i, sdx_shape s, sdx_tensor **y);
SDX_API const sdx_value *sdx_in_value(sdx_run *c, int i); /* of any kind; NULL: absent */
SDX_API sdx_status sdx_set_out(sdx_run *c, int i, const sdx_value *v); /* shares v */
SDX_API void *sdx_scratch(sdx_run *c); /* the shared part of what prepare wanted */

/* New values are dropped when the node ends, unless an output or another value shares them: a plain
 * return never leaks.  Loops drop sooner. */
SDX_API sdx_status sdx_new_tensor(sdx_run *c, sdx_dtype d, sdx_shape s, sdx_value **v);
SDX_API sdx_tensor *sdx_tensor_of(sdx_value *v);
SDX_API sdx_status sdx_new_sequence(sdx_run *c, sdx_value **v);
/* shares item */
SDX_API sdx_status sdx_seq_push(sdx_run *c, sdx_value *seq, const sdx_value *item);
/* of NULL: empty */
SDX_API sdx_status sdx_new_optional(sdx_run *c, const sdx_value *of, sdx_value **v);
SDX_API sdx_status sdx_new_map(sdx_run *c, const sdx_value *keys, const sdx_value *values,
                               sdx_value **v);
SDX_API void sdx_drop(sdx_run *c, const sdx_value *v);

/* Moves n elements of equal type, of any width, strings too. */
SDX_API sdx_status sdx_copy(sdx_run *c, sdx_tensor *y, int64_t to, const sdx_tensor *x,
                            int64_t from, int64_t n);
/* ... `to_step` and `from_step` apart; from_step 0 repeats one. */
SDX_API sdx_status sdx_copy_strided(sdx_run *c, sdx_tensor *y, int64_t to, int64_t to_step,
                                    const sdx_tensor *x, int64_t from, int64_t from_step,
                                    int64_t n);
SDX_API sdx_status sdx_put_string(sdx_run *c, sdx_tensor *y, int64_t i, const char *text,
                                  size_t length);

/* Cuts 0..count-1 into pieces of `grain` and calls `some` for each, on all threads.  The cut
 * depends on count and grain alone, so the bits do not depend on the threads.  A piece should be at
 * most about a millisecond of work: cancel and deadline are looked at between pieces.  scratch:
 * this worker's own, of the size that prepare wanted.  Runs in line where an output's type is
 * narrower than a byte.  Returns the first error in order of pieces. */
typedef sdx_status sdx_some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c);
SDX_API sdx_status sdx_parallel(sdx_run *c, int64_t count, int64_t grain, sdx_some *some,
                                void *arg);

/* Runs a body: n_in formal parameters, n_out results, which are dropped when the node ends. */
SDX_API sdx_status sdx_call(sdx_run *c, const char *attr, int n_in, const sdx_value *const *in,
                            int n_out, const sdx_value **out);
/* SDX_E_CANCELLED: return it.  For loops that call no sdx_parallel */
SDX_API sdx_status sdx_poll(sdx_run *c);
/* States a failure, with its numbers; the stage adds the node.  Returns s. */
SDX_API sdx_status sdx_fail(sdx_run *c, sdx_status s, const char *fmt, ...) SDX_PRINTF(3, 4);

/* ---- plugins: a family file built as a shared object, exporting sdx_plugin ----
 * sdx_op grows at its end: a plugin that was built when it was shorter goes on working.  Families
 * of a plugin have no kernels of their own: sdx_kernels gives them slots that are all NULL. */

enum { SDX_PLUGIN_ABI = 1 };
typedef struct sdx_plugin_info {
    int abi;                           /* SDX_PLUGIN_ABI       */
    size_t op_size;                    /* sizeof(sdx_op)       */
    const sdx_family *const *families; /* ended by NULL */
} sdx_plugin_info;
#define SDX_PLUGIN_SYMBOL "sdx_plugin"

#ifdef __cplusplus
}
#endif
#endif
