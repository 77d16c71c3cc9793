/* ops/text/string.c - StringConcat, StringSplit.
 *
 * Source: ONNX Operators.md, StringConcat-20, StringSplit-20. */
#include <inttypes.h>
#include <string.h>
#include "common/walk.h"

static const sdx_schema concat_schema[] = {
    { 20, "X:T Y:T -> Z:T", "", "T: str" },
    { 0 },
};
static const sdx_schema split_schema[] = {
    { 20, "X:T1 -> Y:T2 Z:T3", "maxsplit:int delimiter:string", "T1: str; T2: str; T3: i64" },
    { 0 },
};

/* ---- StringConcat: broadcast ---- */

static void infer_concat(const sdx_node *n, sdx_infer *c)
{
    sdx_dims a = sdx_in_dims(n, 0), b = sdx_in_dims(n, 1);
    if (a.rank < 0 || b.rank < 0)
        return;
    int rank = a.rank > b.rank ? a.rank : b.rank;
    sdx_dim *y = sdx_new_dims(c, rank);
    for (int k = 0; k < rank; k++) {
        int i = k - (rank - a.rank), j = k - (rank - b.rank);
        sdx_dim p = i < 0 ? sdx_num(1) : a.dim[i], q = j < 0 ? sdx_num(1) : b.dim[j];
        bool p_one = sdx_is_num(p) && p.n == 1, q_one = sdx_is_num(q) && q.n == 1;
        y[k] = p_one                          ? q
               : q_one || sdx_is_num(p)       ? p
               : sdx_is_num(q)                ? q
               : sdx_same(c, p, q) == SDX_YES ? p
                                              : sdx_unknown();
        if (p_one || q_one || sdx_same(c, p, q) != SDX_NO)
            continue;
        sdx_refuse(c, "broadcast", "dims %s and %s do not broadcast", sdx_show(c, p),
                   sdx_show(c, q));
        sdx_point(c, 0, i);
        sdx_point(c, 1, j);
        sdx_hint(c, "make them equal, or one of them 1");
        return;
    }
    sdx_set_out_dims(c, 0, rank, y);
}

/* Strides of x within the shape of y; 0 along dims that are repeated. */
static void steps(sdx_shape x, sdx_shape y, int64_t *step)
{
    int64_t stride[SDX_MAX_RANK];
    sdx_strides(x, stride);
    for (int k = 0; k < y.rank; k++) {
        int i = k - (y.rank - x.rank);
        step[k] = i < 0 || x.dim[i] == 1 ? 0 : stride[i];
    }
}

static sdx_status run_concat(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *in[2] = { sdx_in(c, 0), sdx_in(c, 1) };
    sdx_tensor *y = sdx_out(c, 0);
    sdx_shape s = y->shape;
    int64_t step[2][SDX_MAX_RANK], place[SDX_MAX_RANK] = { 0 }, at[2] = { 0, 0 },
                                   count = sdx_elements(y), room = 0;
    sdx_value *buffer = NULL;
    (void)n, (void)state;
    for (int p = 0; p < 2; p++)
        steps(in[p]->shape, s, step[p]);
    for (int64_t i = 0; i < count; i++) {
        sdx_string a = sdx_get_string(in[0], at[0]), b = sdx_get_string(in[1], at[1]);
        if ((int64_t)(a.length + b.length) > room || !buffer) {
            sdx_drop(c, buffer);
            room = 2 * (int64_t)(a.length + b.length) + 64;
            SDX_TRY(sdx_new_tensor(c, SDX_U8, (sdx_shape){ 1, &room }, &buffer));
        }
        char *text = sdx_tensor_of(buffer)->data;
        if (a.length)
            memcpy(text, a.text, a.length);
        if (b.length)
            memcpy(text + a.length, b.text, b.length);
        SDX_TRY(sdx_put_string(c, y, i, text, a.length + b.length));
        for (int k = s.rank - 1; k >= 0; k--) {
            at[0] += step[0][k];
            at[1] += step[1][k];
            if (++place[k] < s.dim[k])
                break;
            at[0] -= step[0][k] * s.dim[k];
            at[1] -= step[1][k] * s.dim[k];
            place[k] = 0;
        }
    }
    return SDX_OK;
}

/* ---- StringSplit ---- */

static void infer_split(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (x.rank < 0 || x.rank >= SDX_MAX_RANK)
        return;
    sdx_dim *y = sdx_new_dims(c, x.rank + 1);
    for (int k = 0; k < x.rank; k++)
        y[k] = x.dim[k];
    y[x.rank] = sdx_dim_new(c, 0, x.rank, sdx_unknown());
    sdx_set_out_dims(c, 0, x.rank + 1, y);
    if (sdx_has_out(n, 1))
        sdx_set_out_like(c, 1, x);
}

static bool is_blank(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r') || (ch >= 28 && ch <= 31);
}

/* The next piece from *at on; false: there is none.  Without a delimiter runs of blanks divide, and
 * at both ends they fall away.  left: how many cuts may still be made; below 0 all. */
static bool next_piece(sdx_string s, sdx_string by, size_t *at, int64_t left, sdx_string *piece)
{
    size_t begin = *at, end;
    if (by.length == 0) {
        while (begin < s.length && is_blank(s.text[begin]))
            begin++;
        if (begin == s.length)
            return false;
        for (end = begin; end < s.length && (left == 0 || !is_blank(s.text[end])); end++) {
        }
        *at = end;
    } else {
        if (begin > s.length)
            return false;
        for (end = begin; end < s.length; end++)
            if (left != 0 && s.length - end >= by.length &&
                memcmp(s.text + end, by.text, by.length) == 0)
                break;
        *at = end < s.length ? end + by.length : s.length + 1;
    }
    *piece = (sdx_string){ s.text + begin, end - begin };
    return true;
}

static sdx_status run_split(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_string by = sdx_attr_string(n, "delimiter"), piece;
    int64_t most = sdx_has_attr(n, "maxsplit") ? sdx_attr_int(n, "maxsplit") : -1, widest = 0,
            dim[SDX_MAX_RANK];
    int64_t count = sdx_elements(x);
    sdx_tensor *y, *z = sdx_has_out(n, 1) ? sdx_out(c, 1) : NULL;
    (void)state;
    for (int64_t i = 0; i < count; i++) {
        int64_t pieces = 0;
        size_t at = 0;
        while (next_piece(sdx_get_string(x, i), by, &at, most < 0 ? -1 : most - pieces, &piece))
            pieces++;
        widest = pieces > widest ? pieces : widest;
        if (z)
            sdx_store_i64(z, i, 1, 1, &pieces);
    }
    for (int k = 0; k < x->shape.rank; k++)
        dim[k] = x->shape.dim[k];
    dim[x->shape.rank] = widest;
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ x->shape.rank + 1, dim }, &y));
    for (int64_t i = 0; y && i < count; i++) {
        size_t at = 0;
        int64_t pieces = 0;
        while (next_piece(sdx_get_string(x, i), by, &at, most < 0 ? -1 : most - pieces, &piece))
            SDX_TRY(sdx_put_string(c, y, i * widest + pieces++, piece.text, piece.length));
        for (; pieces < widest; pieces++)
            SDX_TRY(sdx_put_string(c, y, i * widest + pieces, "", 0));
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(StringConcat), .schema = concat_schema, .traits = SDX_PURE, .infer = infer_concat,
      .run = run_concat },
    { SDX_OP(StringSplit), .schema = split_schema, .traits = SDX_PURE, .infer = infer_split,
      .run = run_split },
    { 0 },
};
const sdx_family sdx_family_text_string = { ops, 0 };
