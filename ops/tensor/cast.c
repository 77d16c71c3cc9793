/* ops/tensor/cast.c - Cast, CastLike, BitCast.
 *
 * Numbers pass through the widest type of their class; strings are read and written as decimal
 * text.  `saturate` matters for the 8-bit floats alone, `round_mode` for e8m0 alone. Source: ONNX
 * Operators.md, Cast-28, CastLike-25, BitCast-26; Changelog.md, Cast-1 (`to` is a name), -6, -9. */
#include "common/advice.h"
#include "common/derivatives.h"
#include "common/number_text.h"
#include "common/pointwise.h"
#include "common/walk.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema cast_schema[] = {
    { 1, "input:T1 -> output:T2", "to:string!", "T1: numeric bool; T2: numeric bool" },
    { 6, NULL, "to:int!", NULL },
    { 9, NULL, NULL, "T1: numeric bool str; T2: numeric bool str" },
    { 13, NULL, NULL, "T1: numeric bf16 bool str; T2: numeric bf16 bool str" },
    { 19, NULL, "saturate:int=1 to:int!",
      "T1: numeric bf16 bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz str; T2: numeric bf16 bool "
      "f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz str" },
    { 21, NULL, NULL,
      "T1: numeric bf16 bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 str u4; T2: numeric bf16 "
      "bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 str u4" },
    { 23, NULL, NULL,
      "T1: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 str u4; T2: "
      "numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 str u4" },
    { 24, NULL, "round_mode:string=up saturate:int=1 to:int!",
      "T1: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i4 str u4; "
      "T2: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i4 str u4" },
    { 25, NULL, NULL,
      "T1: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i2 i4 str u2 "
      "u4; T2: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i2 i4 str "
      "u2 u4" },
    { 28, NULL, NULL,
      "T1: numeric bf16 bool f4e2m1 f6e2m3 f6e3m2 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 "
      "i2 i4 str u2 u4; T2: numeric bf16 bool f4e2m1 f6e2m3 f6e3m2 f8e4m3fn f8e4m3fnuz f8e5m2 "
      "f8e5m2fnuz f8e8m0 i2 i4 str u2 u4" },
    { 0 },
};

static const sdx_schema like_schema[] = {
    { 15, "input:T1 target_type:T2 -> output:T2", "",
      "T1: numeric bf16 bool str; T2: numeric bf16 bool str" },
    { 19, NULL, "saturate:int=1",
      "T1: numeric bf16 bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz str; T2: numeric bf16 bool "
      "f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz str" },
    { 21, NULL, NULL,
      "T1: numeric bf16 bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 str u4; T2: numeric bf16 "
      "bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 str u4" },
    { 23, NULL, NULL,
      "T1: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 str u4; T2: "
      "numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz i4 str u4" },
    { 24, NULL, "round_mode:string=up saturate:int=1",
      "T1: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i4 str u4; "
      "T2: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i4 str u4" },
    { 25, NULL, NULL,
      "T1: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i2 i4 str u2 "
      "u4; T2: numeric bf16 bool f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i2 i4 str "
      "u2 u4" },
    { 0 },
};

static const sdx_schema bit_schema[] = {
    { 26, "input:T1 -> output:T2", "to:int!",
      "T1: numeric bf16 bool c128 c64 f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i2 "
      "i4 u2 u4; T2: numeric bf16 bool c128 c64 f4e2m1 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz "
      "f8e8m0 i2 i4 u2 u4" },
    { 0 },
};

/* What a pass puts around nodes of narrow floats: Cast, but never one that the model asks for. */
static const sdx_schema own_schema[] = {
    { 1, "X:T1 -> Y:T2", "to:int!", "T1: f16 f32 bf16; T2: f16 f32 bf16" },
    { 0 },
};

/* ---- infer ---- */

/* Cast-1 names the type as the enumeration of the standard does: "FLOAT", "INT64". */
static sdx_dtype named_type(sdx_string s)
{
    char small[16] = "";
    if (s.length >= sizeof small)
        return SDX_UNDEFINED;
    for (size_t i = 0; i < s.length; i++)
        small[i] = (char)(s.text[i] >= 'A' && s.text[i] <= 'Z' ? s.text[i] + 32 : s.text[i]);
    const char *name = strcmp(small, "float") == 0    ? "f32"
                       : strcmp(small, "double") == 0 ? "f64"
                       : strcmp(small, "string") == 0 ? "str"
                                                      : small;
    return sdx_dtype_find(name);
}

static sdx_dtype target(const sdx_node *n)
{
    if (sdx_is(n, "CastLike"))
        return sdx_in_dtype(n, 1);
    if (sdx_is(n, "Cast") && sdx_since(n) < 6)
        return named_type(sdx_attr_string(n, "to"));
    int64_t to = sdx_attr_int(n, "to");
    return to > SDX_UNDEFINED && to < SDX_DTYPE_END ? (sdx_dtype)to : SDX_UNDEFINED;
}

static bool is_whole(sdx_dtype d)
{
    sdx_class class = sdx_dtype_class(d);
    return class == SDX_INT || class == SDX_UINT;
}

/* Small integer tensors keep their elements, dims among them; a truth value only where it is a
 * number. */
static void infer_elems(const sdx_node *n, sdx_infer *c, sdx_dtype to)
{
    sdx_dim y[SDX_MAX_RANK];
    int count;
    const sdx_dim *e = sdx_in_elems(n, 0, &count);
    sdx_dtype from = sdx_in_dtype(n, 0);
    if (!e || count > SDX_MAX_RANK || (!is_whole(from) && from != SDX_BOOL) ||
        (!is_whole(to) && to != SDX_BOOL))
        return;
    for (int i = 0; i < count; i++) {
        y[i] = e[i];
        if (to == SDX_BOOL)
            y[i] = sdx_is_num(e[i]) ? sdx_num(e[i].n != 0) : sdx_unknown();
    }
    sdx_set_out_elems(c, 0, count, y);
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dtype to = target(n);
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (to == SDX_UNDEFINED) {
        if (sdx_is(n, "CastLike"))
            return;
        if (sdx_since(n) < 6) {
            sdx_string s = sdx_attr_string(n, "to");
            sdx_refuse(c, "cast-type", "to='%.*s' names no element type", (int)s.length, s.text);
            sdx_hint(c, "it may be FLOAT, INT64, INT32, BOOL, FLOAT16, DOUBLE, UINT8, INT8 and "
                        "the like");
        } else {
            sdx_refuse(c, "cast-type", "to=%" PRId64 " is no element type", sdx_attr_int(n, "to"));
            sdx_hint(c, "1 is float32, 7 int64, 6 int32, 9 bool, 10 float16, 11 float64, 8 string");
        }
        return;
    }
    sdx_set_out_dtype(c, 0, to);
    if (sdx_is(n, "Cast") && is_whole(to))
        sdx_check_limits(c, sdx_text(c, "?input:[%.0f,%.0f]", sdx_lowest(to), sdx_highest(to)));
    else if (sdx_is(n, "Cast") &&
             to == SDX_F16) /* what is far beyond stands for infinity: a mask */
        sdx_check_limits(c, "?input:[-65519,65519]|[,-1e+30]|[1e+30,]");
    infer_elems(n, c, to);
}

static void infer_bits(const sdx_node *n, sdx_infer *c)
{
    sdx_dtype from = sdx_in_dtype(n, 0), to = target(n);
    infer(n, c);
    if (sdx_refused(c) || from == SDX_UNDEFINED || sdx_dtype_bits(from) == sdx_dtype_bits(to))
        return;
    sdx_refuse(c, "bitcast-width", "%s has %d bits, to=%d is %s and has %d",
               sdx_dtype_onnx_name(from), sdx_dtype_bits(from), (int)to, sdx_dtype_onnx_name(to),
               sdx_dtype_bits(to));
    sdx_point(c, 0, -1);
    sdx_hint(c, "choose a type of %d bits, or convert numbers with Cast", sdx_dtype_bits(from));
}

/* ---- converting ---- */

enum { PIECE = 512 };

typedef struct job {
    const sdx_node *n;
    const sdx_tensor *x;
    sdx_tensor *y;
    bool saturate;
    sdx_rounding rounding;
    sdx_typed_row *row; /* NULL: no short way */
} job;

typedef struct plan {
    sdx_typed_row *row;
} plan;

static bool is_small_float(sdx_dtype d)
{
    return sdx_dtype_class(d) == SDX_REAL && sdx_dtype_bits(d) <= 8;
}

static sdx_status some_numbers(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    sdx_class from = sdx_dtype_class(j->x->dtype), to = sdx_dtype_class(j->y->dtype);
    union {
        double f[PIECE];
        int64_t i[PIECE];
        uint64_t u[PIECE];
    } some;
    (void)scratch, (void)c;
    for (int64_t at = begin; at < end; at += PIECE) {
        int64_t n = end - at < PIECE ? end - at : PIECE;
        if (is_small_float(j->y->dtype)) {
            sdx_load_f64(some.f, j->x, at, 1, n);
            sdx_convert_f64(j->y, at, 1, n, some.f, j->saturate, j->rounding);
        } else if (from == SDX_REAL) {
            sdx_load_f64(some.f, j->x, at, 1, n);
            for (int64_t i = 0; i < n && to == SDX_BOOLEAN; i++)
                some.f[i] = some.f[i] != 0;
            sdx_store_f64(j->y, at, 1, n, some.f);
        } else if (from == SDX_UINT) {
            sdx_load_u64(some.u, j->x, at, 1, n);
            sdx_store_u64(j->y, at, 1, n, some.u);
        } else {
            sdx_load_i64(some.i, j->x, at, 1, n);
            sdx_store_i64(j->y, at, 1, n, some.i);
        }
    }
    return SDX_OK;
}

static sdx_status some_typed(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    size_t w = sdx_width(j->x->dtype), wy = sdx_width(j->y->dtype), at = (size_t)begin;
    (void)scratch, (void)c;
    sdx_typed_run(j->row, wy, w, (char *)j->y->data + at * wy, (const char *)j->x->data + at * w,
                  NULL, (size_t)(end - begin));
    return SDX_OK;
}

static sdx_status no_number(sdx_run *c, int64_t i, sdx_string s, sdx_dtype d)
{
    return sdx_fail(c, SDX_E_VALUE, "element %" PRId64 ", '%.*s', cannot be read as %s", i,
                    (int)(s.length < 40 ? s.length : 40), s.text, sdx_dtype_onnx_name(d));
}

/* A text is read exactly as an integer where it is one, else as a double. */
static sdx_status from_strings(const job *j, sdx_run *c)
{
    sdx_class to = sdx_dtype_class(j->y->dtype);
    int64_t count = sdx_elements(j->x);
    for (int64_t i = 0; i < count; i++) {
        sdx_string s = sdx_get_string(j->x, i);
        double f;
        int64_t v;
        uint64_t u;
        if (to == SDX_BOOLEAN && s.length >= 4 && (s.text[0] | 0x20) == 't' &&
            (s.text[3] | 0x20) == 'e') {
            v = 1;
            sdx_store_i64(j->y, i, 1, 1, &v);
        } else if (to == SDX_BOOLEAN && s.length >= 5 && (s.text[0] | 0x20) == 'f' &&
                   (s.text[4] | 0x20) == 'e') {
            v = 0;
            sdx_store_i64(j->y, i, 1, 1, &v);
        } else if (to == SDX_UINT && sdx_text_u64(s, &u)) {
            sdx_store_u64(j->y, i, 1, 1, &u);
        } else if (to == SDX_INT && sdx_text_i64(s, &v)) {
            sdx_store_i64(j->y, i, 1, 1, &v);
        } else if (!sdx_text_f64(s, &f) || ((to == SDX_INT || to == SDX_UINT) && !isfinite(f))) {
            return no_number(c, i, s, j->y->dtype);
        } else if (is_small_float(j->y->dtype)) {
            sdx_convert_f64(j->y, i, 1, 1, &f, j->saturate, j->rounding);
        } else {
            sdx_store_f64(j->y, i, 1, 1, &f);
        }
        if (i % 4096 == 4095)
            SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

static sdx_status to_strings(const job *j, sdx_run *c)
{
    sdx_class from = sdx_dtype_class(j->x->dtype);
    int64_t count = sdx_elements(j->x);
    for (int64_t i = 0; i < count; i++) {
        char text[SDX_NUMBER_TEXT];
        size_t length;
        double f;
        int64_t v;
        uint64_t u;
        if (from == SDX_REAL) {
            sdx_load_f64(&f, j->x, i, 1, 1);
            length = sdx_f64_text(text, f, j->x->dtype);
        } else if (from == SDX_BOOLEAN) {
            sdx_load_i64(&v, j->x, i, 1, 1);
            length = (size_t)snprintf(text, sizeof text, "%s", v ? "True" : "False");
        } else if (from == SDX_UINT) {
            sdx_load_u64(&u, j->x, i, 1, 1);
            length = (size_t)snprintf(text, sizeof text, "%" PRIu64, u);
        } else {
            sdx_load_i64(&v, j->x, i, 1, 1);
            length = (size_t)snprintf(text, sizeof text, "%" PRId64, v);
        }
        SDX_TRY(sdx_put_string(c, j->y, i, text, length));
        if (i % 4096 == 4095)
            SDX_TRY(sdx_poll(c));
    }
    return SDX_OK;
}

/* Equal types need no run: the output is the input. */
static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_dtype from_type = sdx_in_dtype(n, 0), to_type = sdx_out_dtype(n, 0);
    int from = sdx_typed_kind(from_type), to = sdx_typed_kind(to_type);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    *state = p;
    if (from_type == to_type || sdx_is(n, "BitCast"))
        sdx_alias(c, 0, 0, 0);
    else if (from >= 0 && to >= 0)
        p->row =
            ((const typed_kernels *)sdx_kernels(c, &sdx_family_internal_typed))->cast[from][to];
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { .n = n, .x = sdx_in(c, 0), .y = sdx_out(c, 0), .row = p->row };
    j.saturate = sdx_since(n) < 19 || sdx_attr_int(n, "saturate") != 0;
    j.rounding = sdx_attr_is(n, "round_mode", "nearest") ? SDX_NEAREST
                 : sdx_attr_is(n, "round_mode", "down")  ? SDX_DOWN
                                                         : SDX_UP;
    if (j.y->dtype != SDX_F8E8M0)
        j.rounding = SDX_NEAREST;
    bool from_text = j.x->dtype == SDX_STR, to_text = j.y->dtype == SDX_STR;
    if (from_text && to_text)
        return sdx_copy(c, j.y, 0, j.x, 0, sdx_elements(j.x));
    if (from_text)
        return from_strings(&j, c);
    if (to_text)
        return to_strings(&j, c);
    return sdx_parallel(c, sdx_elements(j.x), 65536, j.row ? some_typed : some_numbers, &j);
}

static sdx_status run_bits(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_tensor *y = sdx_out(c, 0);
    (void)n, (void)state;
    memcpy(y->data, x->data, sdx_bytes(x->dtype, sdx_elements(x)));
    return SDX_OK;
}

/* ---- lint ---- */

/* Bits of a number that the type keeps: all of an integer, those of a float's fraction; 0: other
 * types. */
static int precision(sdx_dtype d)
{
    sdx_class class = sdx_dtype_class(d);
    if (d == SDX_BOOL)
        return 1;
    if (is_whole(d))
        return sdx_dtype_bits(d);
    return class != SDX_REAL ? 0 : d == SDX_F64 ? 53 : d == SDX_F32 ? 24 : d == SDX_F16 ? 11 : 0;
}

/* Does every value of a have its own in b? */
static bool keeps(sdx_dtype a, sdx_dtype b)
{
    bool real = sdx_dtype_class(b) == SDX_REAL;
    if (!precision(a) || precision(b) <= precision(a) || (!is_whole(b) && !real))
        return false;
    return real || (sdx_dtype_class(a) != SDX_REAL &&
                    (sdx_dtype_class(a) != SDX_INT || sdx_dtype_class(b) == SDX_INT));
}

enum { NEAR = 24 /* nodes between a Cast to double and the one back */ };

/* The nearest Cast that brings a narrower float to double, on the way to n; NULL: none is near. */
static const sdx_node *widened(const sdx_node *n, sdx_infer *c, int *seen, int *between)
{
    for (int i = 0; i < sdx_in_count(n) && *seen < NEAR; i++) {
        const sdx_node *from = sdx_in_dtype(n, i) == SDX_F64 ? sdx_producer(c, n, i) : NULL;
        if (!from)
            continue;
        ++*seen;
        if (sdx_is(from, "Cast"))
            return keeps(sdx_in_dtype(from, 0), SDX_F64) ? from : NULL;
        ++*between;
        const sdx_node *further = widened(from, c, seen, between);
        if (further)
            return further;
    }
    return NULL;
}

static void lint(const sdx_node *n, sdx_infer *c)
{
    sdx_dtype from = sdx_in_dtype(n, 0), to = sdx_out_dtype(n, 0);
    const sdx_node *before = sdx_producer(c, n, 0);
    int seen = 0, between = 0;
    if (from == SDX_UNDEFINED || to == SDX_UNDEFINED)
        return;
    if (from == to && sdx_is(n, "CastLike"))
        return; /* it is there for all types */
    if (from == to) {
        sdx_advise_no_effect(
            c, sdx_text(c, "%s is %s already", sdx_in_name(n, 0), sdx_dtype_onnx_name(to)));
    } else if (before && sdx_is(before, "Cast") && sdx_in_dtype(before, 0) == to &&
               keeps(to, from)) {
        sdx_advise_undoes(c, "Cast");
    } else if (from == SDX_F64 && sdx_dtype_class(to) == SDX_REAL &&
               widened(n, c, &seen, &between) && between) {
        sdx_warn(c, "double-island",
                 "brings back to %s what a Cast made float64: %d node%s between them compute%s in "
                 "float64",
                 sdx_dtype_onnx_name(to), between, between == 1 ? "" : "s",
                 between == 1 ? "s" : "");
        sdx_point(c, 0, -1);
        sdx_number(c, "nodes", between);
        sdx_hint(c,
                 "compute in %s throughout: make the constants on the way %s and remove both "
                 "Casts",
                 sdx_dtype_onnx_name(to), sdx_dtype_onnx_name(to));
    }
}

static const sdx_op ops[] = {
    { SDX_OP(Cast), .derive = sdx_derive_cast, .schema = cast_schema,
      .limits = "?saturate:0|1 round_mode:up|down|nearest", .traits = SDX_PURE, .infer = infer,
      .lint = lint, .prepare = prepare, .run = run },
    { SDX_OP(CastLike), .derive = sdx_derive_cast_like, .schema = like_schema,
      .limits = "?saturate:0|1 round_mode:up|down|nearest", .traits = SDX_PURE, .infer = infer,
      .lint = lint, .prepare = prepare, .run = run },
    { SDX_OP(BitCast), .schema = bit_schema, .traits = SDX_PURE, .infer = infer_bits,
      .prepare = prepare, .run = run_bits },
    { SDX_OP(Widen), .domain = "sdx", .schema = own_schema, .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run },
    { SDX_OP(Narrow), .domain = "sdx", .schema = own_schema, .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_tensor_cast = { ops, 0 };
