/* ops/fuse/heads.c - Attention reads heads where they lie, and writes rows of all heads.
 *
 * What stands between a product [batch, steps, width] and queries, keys or values [batch, heads,
 * steps, size] only says where numbers are: Reshape, Transpose, Split, Slice, Gather of one,
 * Squeeze, Unsqueeze, in any order.  From Attention upwards each axis is followed to where it comes
 * from; at the highest value whose first axes are batch and steps, the rest is an offset and a step
 * from head to head.  The Transpose behind is met by the order in which results are written.
 * Source: ONNX Operators.md, Attention-23. */
#include "common/constant.h"
#include "common/same.h"
#include "sdx/rewrite.h"
#include <math.h>
#include <string.h>

enum { HEADS = 3, AXES = 6 };

/* What an axis of a value is to attention. */
typedef enum role { ONE, BATCH, HEAD, STEP, NUMBER } role;

/* A value, input `in` of n, and what part of it attention reads: of each axis all from `start` on,
 * or where its role is ONE that alone. */
typedef struct part {
    const sdx_node *n;
    int in, rank;
    role role[AXES];
    int64_t start[AXES];
} part;

/* Heads in rows of `width`; n NULL: none. */
typedef struct rows {
    const sdx_node *n;
    int in, rank;
    int64_t width, offset, step;
    bool steps_first; /* of a batch of one */
} rows;

/* Are batch and steps the first axes, whole, and is the rest known by numbers? */
static bool lies_in_rows(const part *p, sdx_dim batch, sdx_dim steps, int64_t heads, int64_t size,
                         rows *r)
{
    sdx_dims x = sdx_in_dims(p->n, p->in);
    int64_t stride = 1;
    bool number = size == 1;
    bool back = p->rank > 2 && p->role[0] == STEP && p->role[1] == BATCH && sdx_is_num(batch) &&
                batch.n == 1;
    if (p->rank < 3 || x.rank != p->rank ||
        (!back && (p->role[0] != BATCH || p->role[1] != STEP)) ||
        !sdx_is_same_dim(x.dim[back], batch) || !sdx_is_same_dim(x.dim[!back], steps))
        return false;
    *r = (rows){ p->n, p->in, p->rank, 0, 0, 0, back };
    for (int i = p->rank - 1; i > 1; i--) {
        if (!sdx_is_num(x.dim[i]) || x.dim[i].n < 1 || stride > INT32_MAX / x.dim[i].n)
            return false;
        r->offset += p->start[i] * stride;
        if (p->role[i] == HEAD)
            r->step = stride;
        if (p->role[i] == NUMBER && stride != 1)
            return false;
        number = number || p->role[i] == NUMBER;
        stride *= x.dim[i].n;
    }
    r->width = stride;
    return number && (r->step > 0 || heads == 1);
}

static bool through_transpose(part *p)
{
    part q = *p;
    int count;
    const int64_t *perm = sdx_attr_ints(p->n, "perm", &count);
    for (int i = 0; i < p->rank; i++) {
        int to = perm ? (int)perm[i] : p->rank - 1 - i;
        q.role[to] = p->role[i];
        q.start[to] = p->start[i];
    }
    *p = q;
    return true;
}

/* Axis `at` is put in, of which only `start` is read. */
static bool put_in(part *p, int64_t at, int64_t start)
{
    if (p->rank == AXES || at < 0 || at > p->rank)
        return false;
    for (int64_t i = p->rank++; i > at; i--) {
        p->role[i] = p->role[i - 1];
        p->start[i] = p->start[i - 1];
    }
    p->role[at] = ONE;
    p->start[at] = start;
    return true;
}

static bool through_squeeze(part *p)
{
    int64_t axes[AXES];
    int count, rank = sdx_in_dims(p->n, 0).rank;
    if (!sdx_some_ints(p->n, "axes", 1, axes, AXES, &count))
        return false;
    for (int at = 0; at < rank; at++)
        for (int i = 0; i < count; i++)
            if (sdx_axis(axes[i], rank) == at && !put_in(p, at, 0))
                return false;
    return true;
}

static bool through_gather(part *p)
{
    int64_t at;
    int count, axis = sdx_axis(sdx_attr_int(p->n, "axis"), sdx_in_dims(p->n, 0).rank);
    sdx_dim d = sdx_in_dim(p->n, 0, axis);
    if (sdx_in_dims(p->n, 1).rank != 0 || !sdx_some_ints(p->n, "", 1, &at, AXES, &count) ||
        !sdx_is_num(d))
        return false;
    at += at < 0 ? d.n : 0;
    return at >= 0 && at < d.n && put_in(p, axis, at);
}

static bool through_split(part *p, int output)
{
    int axis = sdx_axis(sdx_attr_int(p->n, "axis"), p->rank);
    for (int o = 0; o < output; o++) {
        sdx_dims before = sdx_out_dims(p->n, o);
        if (before.rank != p->rank || !sdx_is_num(before.dim[axis]))
            return false;
        p->start[axis] += before.dim[axis].n;
    }
    return true;
}

static bool through_slice(part *p)
{
    int64_t start[AXES], axes[AXES] = { 0, 1, 2, 3, 4, 5 }, steps[AXES] = { 1, 1, 1, 1, 1, 1 };
    int count, n;
    if (!sdx_some_ints(p->n, "starts", 1, start, AXES, &count) ||
        (sdx_some_ints(p->n, "axes", 3, axes, AXES, &n) ? n != count : sdx_has_in(p->n, 3)) ||
        (sdx_some_ints(p->n, "", 4, steps, AXES, &n) ? n != count : sdx_has_in(p->n, 4)))
        return false;
    for (int i = 0; i < count; i++) {
        int axis = sdx_axis(axes[i], p->rank);
        sdx_dim d = sdx_in_dim(p->n, 0, axis);
        int64_t from = start[i] + (start[i] < 0 && sdx_is_num(d) ? d.n : 0);
        if (steps[i] != 1 || from < 0 || (from > 0 && (!sdx_is_num(d) || from >= d.n)))
            return false;
        p->start[axis] += from;
    }
    return true;
}

/* What is read, as a part of the input of p->n, of which it was a part of an output. */
static bool through(part *p, int output)
{
    if (sdx_is(p->n, "Identity"))
        return true;
    if (sdx_is(p->n, "Transpose"))
        return through_transpose(p);
    if (sdx_is(p->n, "Squeeze"))
        return through_squeeze(p);
    if (sdx_is(p->n, "Gather"))
        return through_gather(p);
    if (sdx_is(p->n, "Split"))
        return through_split(p, output);
    return sdx_is(p->n, "Slice") && through_slice(p);
}

/* The rows of input i of attention: the highest value that holds them. */
static rows find(const sdx_node *attention, int i, sdx_rewrite *c, int64_t heads, int64_t size)
{
    part p = { attention, i, 4, { BATCH, HEAD, STEP, NUMBER }, { 0 } };
    rows r = { 0 }, higher;
    sdx_dim batch = sdx_in_dim(attention, i, 0),
            steps = sdx_in_dim(attention, i, sdx_in_dims(attention, i).rank - 2);
    if (sdx_in_dims(attention, i).rank == 3) {
        p = (part){ attention, i, 3, { BATCH, STEP, NUMBER }, { 0 } };
        r = (rows){ attention, i, 3, heads * size, 0, size, false };
    }
    for (const sdx_node *up; (up = sdx_maker(c, p.n, p.in)) != NULL;) {
        int output = sdx_maker_output(p.n, p.in);
        sdx_dims x = sdx_in_dims(up, 0), y = sdx_out_dims(up, output);
        p.n = up;
        p.in = 0;
        if (sdx_is(up, "Reshape") && r.n && r.rank == y.rank && x.rank == 3 && y.rank > 2 &&
            sdx_is_same_dim(x.dim[0], y.dim[0]) && sdx_is_same_dim(x.dim[1], y.dim[1])) {
            /* rows that are cut up: as one axis, of which heads begin at an offset */
            p.rank = 3;
            p.role[2] = NUMBER;
            p.start[2] = r.offset;
            r = (rows){ up, 0, 3, r.width, r.offset, r.step, r.steps_first };
            continue;
        }
        if (y.rank != p.rank || x.rank < 0 || x.rank > AXES || !through(&p, output) ||
            p.rank != x.rank)
            break;
        bool flat = r.n && r.rank == 3;
        if (lies_in_rows(&p, batch, steps, flat ? 1 : heads, size, &higher)) {
            higher.step = flat ? r.step : higher.step > 0 ? higher.step : size;
            r = higher;
        } else if (flat) {
            break;
        }
    }
    return r;
}

/* Writes what makes the rows of an input, as a value of three axes. */
static sdx_status put(sdx_rewrite *c, const sdx_node *attention, int i, const rows *r)
{
    static const char *const name[HEADS] = { "q", "k", "v" };
    const sdx_node *n = r->n ? r->n : attention;
    sdx_name(c, name[i], n);
    if (r->n && (r->rank > 3 || r->steps_first))
        return sdx_body(c, 23,
                        "%s3 = Constant<value_ints = [%s, %lld]>();"
                        "%sx = Reshape(%s.%s, %s3)",
                        name[i], r->steps_first ? "1, -1" : "0, 0", (long long)r->width, name[i],
                        name[i], sdx_in_name(n, r->in), name[i]);
    return sdx_body(c, 23, "%sx = Identity(%s.%s)", name[i], name[i],
                    sdx_in_name(n, r->n ? r->in : i));
}

typedef struct numbers {
    int64_t q_heads, kv_heads, size, v_size;
} numbers;

static bool numbers_of(const sdx_node *a, numbers *s)
{
    sdx_dims q = sdx_in_dims(a, 0), k = sdx_in_dims(a, 1), v = sdx_in_dims(a, 2);
    if (q.rank != k.rank || q.rank != v.rank || q.rank < 3 || sdx_is_unknown(q.dim[0]) ||
        !sdx_is_num(q.dim[q.rank - 1]) || !sdx_is_num(v.dim[q.rank - 1]))
        return false;
    *s = (numbers){ sdx_attr_int(a, "q_num_heads"), sdx_attr_int(a, "kv_num_heads"),
                    q.dim[q.rank - 1].n, v.dim[q.rank - 1].n };
    if (q.rank == 4) {
        s->q_heads = sdx_is_num(q.dim[1]) ? q.dim[1].n : 0;
        s->kv_heads = sdx_is_num(k.dim[1]) ? k.dim[1].n : 0;
    } else if (s->q_heads > 0 && s->kv_heads > 0) {
        s->size /= s->q_heads;
        s->v_size /= s->kv_heads;
    }
    return s->q_heads > 0 && s->kv_heads > 0 && s->size > 0 && s->v_size > 0 &&
           s->q_heads % s->kv_heads == 0;
}

/* Attention with nothing that only the operator itself has: caches, windows, scores as output. */
static bool is_plain(const sdx_node *a)
{
    bool ours = strcmp(sdx_op_name(a), "Attention") == 0 && strcmp(sdx_in_name(a, 0), "Q") == 0 &&
                sdx_out_count(a) == 1 && !sdx_has_attr(a, "softmax_precision");
    for (int i = 4; i < sdx_in_count(a); i++)
        ours = ours && !sdx_has_in(a, i);
    if (ours && sdx_since(a) >= 25)
        ours = sdx_attr_int(a, "left_window_size") < 0 && sdx_attr_int(a, "right_window_size") < 0;
    if (ours && sdx_has_in(a, 3)) { /* a mask that ends before the keys is no mask of Softmax */
        sdx_dims m = sdx_in_dims(a, 3), k = sdx_in_dims(a, 1);
        ours = m.rank > 0 && k.rank > 2 && sdx_is_same_dim(m.dim[m.rank - 1], k.dim[k.rank - 2]);
    }
    return ours;
}

static sdx_status replace(const sdx_node *a, sdx_rewrite *c, const numbers *s, const char *last)
{
    rows r[HEADS];
    for (int i = 0; i < HEADS; i++) {
        r[i] = find(a, i, c, i == 0 ? s->q_heads : s->kv_heads, i == 2 ? s->v_size : s->size);
        SDX_TRY(put(c, a, i, &r[i]));
    }
    double scale = sdx_has_attr(a, "scale") ? sdx_attr_float(a, "scale")
                                            : 1 / sqrt((double)s->size);
    sdx_name(c, "a", a);
    return sdx_body(
        c, 23,
        "y = sdx.HeadsAttention<q_num_heads = %lld, kv_num_heads = %lld, sizes = [%lld, %lld],"
        " offsets = [%lld, %lld, %lld], steps = [%lld, %lld, %lld], scale = %s, softcap = %s,"
        " is_causal = %d, as_softmax = %d>(qx, kx, vx%s); %s",
        (long long)s->q_heads, (long long)s->kv_heads, (long long)s->size, (long long)s->v_size,
        (long long)r[0].offset, (long long)r[1].offset, (long long)r[2].offset,
        (long long)r[0].step, (long long)r[1].step, (long long)r[2].step, sdx_float_text(c, scale),
        sdx_float_text(c, sdx_attr_float(a, "softcap")), sdx_attr_int(a, "is_causal") != 0,
        !sdx_is(a, "Attention"), sdx_has_in(a, 3) ? ", a.attn_mask" : "", last);
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    numbers s;
    if (sdx_is(n, "Attention")) { /* of three dims: worth it where its inputs are parts */
        if (sdx_in_dims(n, 0).rank != 3 || !is_plain(n) || !numbers_of(n, &s))
            return SDX_OK;
        bool parts = false;
        for (int i = 0; i < HEADS; i++)
            parts = parts ||
                    find(n, i, c, i == 0 ? s.q_heads : s.kv_heads, i == 2 ? s.v_size : s.size).n !=
                        n;
        return parts ? replace(n, c, &s, "Y = Identity(y)") : SDX_OK;
    }
    static const int64_t want[] = { 0, 2, 1, 3 };
    int count;
    const int64_t *perm = sdx_attr_ints(n, "perm", &count);
    const sdx_node *a = sdx_only_producer(c, n, 0);
    if (!perm || count != 4 || memcmp(perm, want, sizeof want) != 0 || !a ||
        sdx_in_dims(a, 0).rank != 4 || !is_plain(a) || !numbers_of(a, &s))
        return SDX_OK;
    SDX_TRY(sdx_body(c, 23, "s = Constant<value_ints = [0, 0, %lld, %lld]>()", (long long)s.q_heads,
                     (long long)s.v_size));
    return replace(a, c, &s, "transposed = Reshape(y, s)");
}

const sdx_rule sdx_fuse_heads = { "Transpose Attention", apply };
