/* ops/optional/optional.c - Optional, OptionalHasElement, OptionalGetElement.
 *
 * From opset 18 on a plain tensor or sequence passes for an optional that is filled.
 * Source: ONNX Operators.md, the three operators of opset 28; Changelog.md, -15 and -18. */
#include "sdx/op.h"

static const sdx_schema make_schema[] = {
    { 15, "input?:V -> output:O", "type:type", "V: all seq(all); O: opt(all) opt(seq(all))" },
    { 28, NULL, NULL,
      "V: all13 seq(all13) f6e2m3 f6e3m2 seq(f6e2m3) seq(f6e3m2); O: opt(all13) "
      "opt(seq(all13)) opt(f6e2m3) opt(f6e3m2) opt(seq(f6e2m3)) opt(seq(f6e3m2))" },
    { 0 },
};
static const sdx_schema has_schema[] = {
    { 15, "input:O -> output:B", "", "O: opt(all) opt(seq(all)); B: bool" },
    { 18, "input?:O -> output:B", NULL, "O: all seq(all) opt(all) opt(seq(all)); B: bool" },
    { 28, NULL, NULL,
      "O: all13 seq(all13) opt(all13) opt(seq(all13)) f6e2m3 f6e3m2 opt(f6e2m3) "
      "opt(f6e3m2) opt(seq(f6e2m3)) opt(seq(f6e3m2)) seq(f6e2m3) seq(f6e3m2); B: bool" },
    { 0 },
};
static const sdx_schema get_schema[] = {
    { 15, "input:O -> output:V", "", "O: opt(all) opt(seq(all)); V: all seq(all)" },
    { 18, NULL, NULL, "O: all seq(all) opt(all) opt(seq(all)); V: all seq(all)" },
    { 28, NULL, NULL,
      "O: all13 seq(all13) opt(all13) opt(seq(all13)) f6e2m3 f6e3m2 opt(f6e2m3) "
      "opt(f6e3m2) opt(seq(f6e2m3)) opt(seq(f6e3m2)) seq(f6e2m3) seq(f6e3m2); V: all13 "
      "seq(all13) f6e2m3 f6e3m2 seq(f6e2m3) seq(f6e3m2)" },
    { 0 },
};

static void infer_make(const sdx_node *n, sdx_infer *c)
{
    const sdx_type *of = sdx_has_in(n, 0) ? sdx_in_type(n, 0) : sdx_attr_type(n, "type");
    if (of) {
        sdx_set_out_type(c, 0, sdx_optional_type(c, of));
        return;
    }
    sdx_refuse(c, "optional-type", "there is neither an input nor the attribute type");
    sdx_hint(c, "an empty optional needs the attribute type to say what it could hold");
}

static sdx_status run_make(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_value *v;
    (void)n, (void)state;
    SDX_TRY(sdx_new_optional(c, sdx_in_value(c, 0), &v));
    return sdx_set_out(c, 0, v);
}

static void infer_has(const sdx_node *n, sdx_infer *c)
{
    (void)n;
    sdx_set_out_dims(c, 0, 0, NULL);
}

/* What is in v; NULL: nothing. */
static const sdx_value *content(const sdx_value *v)
{
    return v && sdx_value_kind(v) == SDX_OPTIONAL ? sdx_optional_get(v) : v;
}

static sdx_status run_has(const sdx_node *n, const void *state, sdx_run *c)
{
    int64_t has = content(sdx_in_value(c, 0)) != NULL;
    (void)n, (void)state;
    sdx_store_i64(sdx_out(c, 0), 0, 1, 1, &has);
    return SDX_OK;
}

static void infer_get(const sdx_node *n, sdx_infer *c)
{
    const sdx_type *t = sdx_in_type(n, 0);
    if (sdx_type_kind(t) != SDX_KIND_UNKNOWN)
        sdx_set_out_type(c, 0, sdx_type_kind(t) == SDX_OPTIONAL ? sdx_type_of(t) : t);
}

static sdx_status run_get(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_value *v = content(sdx_in_value(c, 0));
    (void)n, (void)state;
    return v ? sdx_set_out(c, 0, v) : sdx_fail(c, SDX_E_VALUE, "the optional is empty");
}

static const sdx_op ops[] = {
    { SDX_OP(Optional), .schema = make_schema, .traits = SDX_PURE, .infer = infer_make,
      .run = run_make },
    { SDX_OP(OptionalHasElement), .schema = has_schema, .traits = SDX_PURE, .infer = infer_has,
      .run = run_has },
    { SDX_OP(OptionalGetElement), .schema = get_schema, .traits = SDX_PURE, .infer = infer_get,
      .run = run_get },
    { 0 },
};
const sdx_family sdx_family_optional_optional = { ops, 0 };
