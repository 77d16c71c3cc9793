/* ops/fuse/transpose.c - a Transpose that brings channels last moves behind what follows it, until
 * it meets another one and both are gone.
 *
 * Models from TensorFlow keep channels last and turn pictures in front of each convolution and
 * behind it.  What stands between, pointwise nodes, Pad, Concat and sums over axes, does the same
 * to pictures that were not turned: constants beside them are turned instead, and axes renamed.
 * Two Transposes in a row become one, or none.
 * Source: ONNX Operators.md, Transpose-25, Pad-25, Concat-13, ReduceMean-18. */
#include <stdio.h>
#include <string.h>
#include "common/same.h"
#include "sdx/rewrite.h"

enum { MOST_INPUTS = 8, LIST_TEXT = SDX_MAX_RANK * 24, NEWEST = 28 /* all types */ };

static const char *const turn_name[MOST_INPUTS] = {
    "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"
};

static const int64_t *perm_of(const sdx_node *n, int *rank)
{
    const int64_t *p = n && sdx_is(n, "Transpose") ? sdx_attr_ints(n, "perm", rank) : NULL;
    return p && *rank >= 1 && *rank <= SDX_MAX_RANK ? p : NULL;
}

/* The rank, if n is a Transpose that brings axis 1 last and leaves the order of the others; else
 * 0. */
static int brings_last(const sdx_node *n)
{
    int rank;
    const int64_t *p = perm_of(n, &rank);
    bool good = p && rank >= 3 && p[0] == 0 && p[rank - 1] == 1;
    for (int k = 1; good && k + 1 < rank; k++)
        good = p[k] == k + 1;
    return good ? rank : 0;
}

/* Axis k of what was turned is this axis of what was not. */
static int64_t before_turn(int64_t k, int rank)
{
    return k == 0 ? 0 : k == rank - 1 ? 1 : k + 1;
}

static const char *list_text(char text[LIST_TEXT], const int64_t *v, int n)
{
    int used = 0;
    text[0] = '\0';
    for (int i = 0; i < n; i++)
        used += snprintf(text + used, LIST_TEXT - (size_t)used, "%s%lld", i ? ", " : "",
                         (long long)v[i]);
    return text;
}

/* "0, 2, 3, 1", or the way back. */
static const char *perm_text(char text[LIST_TEXT], int rank, bool back)
{
    int64_t perm[SDX_MAX_RANK];
    for (int k = 0; k < rank; k++) {
        int64_t from = before_turn(k, rank);
        perm[back ? from : k] = back ? k : from;
    }
    return list_text(text, perm, rank);
}

/* ---- one after the other ---- */

static sdx_status compose(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *before = sdx_maker(c, n, 0);
    int rank, as_many;
    const int64_t *second = perm_of(n, &rank), *first = perm_of(before, &as_many);
    int64_t both[SDX_MAX_RANK];
    char text[LIST_TEXT];
    bool chain = second && first && rank == as_many, same = second != NULL;
    for (int k = 0; second && k < rank; k++) {
        both[k] = chain ? first[sdx_axis(second[k], rank)] : second[k];
        same = same && both[k] == k;
    }
    if (!chain && !same)
        return SDX_OK;
    sdx_name(c, "before", chain ? before : n);
    if (same)
        return sdx_body(c, NEWEST, "transposed = Identity(before.data)");
    return sdx_body(c, NEWEST, "transposed = Transpose<perm = [%s]>(before.data)",
                    list_text(text, both, rank));
}

/* Reshape(Transpose(Reshape(x)), [.., D, S]), where the Transpose makes [M, D, S] of three dims in
 * another order: M is split before and not behind, for it may have been merged for this alone. */
static sdx_status between_views(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *turn = sdx_only_producer(c, n, 0);
    int rank, used = 0, open = 0, first = sdx_out_dims(n, 0).rank - 2; /* so many does M become */
    const int64_t *perm = perm_of(turn, &rank);
    const sdx_node *view = perm && rank == 3 ? sdx_only_producer(c, turn, 0) : NULL;
    sdx_dims t = sdx_in_dims(n, 0), y = sdx_out_dims(n, 0);
    int64_t shape[SDX_MAX_RANK], order[SDX_MAX_RANK];
    char text[LIST_TEXT];
    if (!view || !sdx_is(view, "Reshape") || first < 2 || t.rank != 3)
        return SDX_OK;
    for (int k = 1; k < 3; k++)
        if (!sdx_is_same_dim(t.dim[k], y.dim[first + k - 1]))
            return SDX_OK;
    for (int from = 0; from < 3; from++) { /* each dim of the view, and where it ends */
        int to = perm[0] == from ? 0 : perm[1] == from ? 1 : 2;
        for (int k = to ? first + to - 1 : 0; k < (to ? first + to : first); k++) {
            shape[used] = sdx_is_num(y.dim[k]) ? y.dim[k].n : -1;
            open += shape[used] <= 0;
            order[k] = used++;
        }
    }
    if (open > 1)
        return SDX_OK;
    sdx_name(c, "view", view);
    SDX_TRY(sdx_body(c, NEWEST, "s = Constant<value_ints = [%s]>(); x = Reshape(view.data, s)",
                     list_text(text, shape, used)));
    return sdx_body(c, NEWEST, "reshaped = Transpose<perm = [%s]>(x)",
                    list_text(text, order, used));
}

/* ---- operands ---- */

typedef enum operand { ABSENT, TURNED, AS_IT_IS, TURN_BACK, NONE } operand;

/* Only dim 0 and one more are more than 1: to turn it moves nothing. */
static bool moves_nothing(sdx_dims d)
{
    int more = 0;
    for (int k = 1; k < d.rank; k++)
        more += !sdx_is_num(d.dim[k]) || d.dim[k].n != 1;
    return more <= 1;
}

/* What becomes of input i of a node with results of this rank. */
static operand operand_of(const sdx_node *n, sdx_rewrite *c, int i, int rank, const sdx_node **turn)
{
    *turn = NULL;
    if (!sdx_has_in(n, i))
        return ABSENT;
    const sdx_node *maker = sdx_maker(c, n, i);
    sdx_dims d = sdx_in_dims(n, i);
    if (maker && brings_last(maker) == rank) {
        *turn = maker;
        return TURNED;
    }
    if (d.rank < 0 || d.rank > rank)
        return NONE;
    bool one = true;
    for (int k = 0; k < d.rank; k++)
        one = one && sdx_is_num(d.dim[k]) && d.dim[k].n == 1;
    if (one)
        return AS_IT_IS;
    return sdx_is_const(n, i) || (d.rank == rank && moves_nothing(d)) ? TURN_BACK : NONE;
}

/* Makes the operand o<i> of one that is turned back: of the full rank, channels first. */
static sdx_status turn_back(const sdx_node *n, sdx_rewrite *c, int i, int rank)
{
    int64_t axes[SDX_MAX_RANK];
    char text[LIST_TEXT];
    int less = rank - sdx_in_dims(n, i).rank;
    for (int k = 0; k < less; k++)
        axes[k] = k;
    if (less > 0) {
        list_text(text, axes, less);
        SDX_TRY(sdx_body(c, NEWEST,
                         "a%d = Constant<value_ints = [%s]>(); "
                         "u%d = Unsqueeze(%s, a%d)",
                         i, text, i, sdx_in_name(n, i), i));
    } else {
        SDX_TRY(sdx_body(c, NEWEST, "u%d = Identity(%s)", i, sdx_in_name(n, i)));
    }
    return sdx_body(c, NEWEST, "o%d = Transpose<perm = [%s]>(u%d)", i, perm_text(text, rank, true),
                    i);
}

/* The rank of the Transpose before n, if all inputs can do without being turned; else 0. */
static int rank_of_turned(const sdx_node *n, sdx_rewrite *c, bool constants)
{
    int rank = sdx_out_dims(n, 0).rank, count = sdx_in_count(n);
    bool any = false;
    if (rank < 3 || count > MOST_INPUTS || sdx_out_count(n) != 1)
        return 0;
    for (int i = 0; i < count; i++) {
        const sdx_node *turn;
        operand o = operand_of(n, c, i, rank, &turn);
        if (o == NONE || (!constants && o != TURNED))
            return 0;
        any = any || o == TURNED;
    }
    return any ? rank : 0;
}

/* z = the node with these attributes, of operands that are not turned. */
static sdx_status node_before(const sdx_node *n, sdx_rewrite *c, int rank, const char *attrs)
{
    char list[MOST_INPUTS * 40];
    int used = 0;
    list[0] = '\0';
    for (int i = 0; i < sdx_in_count(n); i++) {
        const sdx_node *turn;
        operand o = operand_of(n, c, i, rank, &turn);
        char name[32] = "";
        if (o == TURNED) {
            sdx_name(c, turn_name[i], turn);
            snprintf(name, sizeof name, "%s.data", turn_name[i]);
        } else if (o == TURN_BACK) {
            SDX_TRY(turn_back(n, c, i, rank));
            snprintf(name, sizeof name, "o%d", i);
        } else if (o == AS_IT_IS) {
            snprintf(name, sizeof name, "%s", sdx_in_name(n, i));
        }
        used += snprintf(list + used, sizeof list - (size_t)used, "%s%s", i ? ", " : "", name);
    }
    return sdx_body(c, sdx_since(n), "z = %s<@%s>(%s)", sdx_op_name(n), attrs, list);
}

/* The result of n: z turned. */
static sdx_status turned(const sdx_node *n, sdx_rewrite *c, int rank)
{
    char text[LIST_TEXT];
    return sdx_body(c, NEWEST, "%s = Transpose<perm = [%s]>(z)", sdx_out_name(n, 0),
                    perm_text(text, rank, false));
}

/* ---- what follows ---- */

static sdx_status behind_pointwise(const sdx_node *n, sdx_rewrite *c)
{
    int rank = sdx_is(n, sdx_op_name(n)) ? rank_of_turned(n, c, true) : 0;
    if (!rank)
        return SDX_OK;
    SDX_TRY(node_before(n, c, rank, ""));
    return turned(n, c, rank);
}

static sdx_status behind_concat(const sdx_node *n, sdx_rewrite *c)
{
    int rank = rank_of_turned(n, c, false);
    char axis[40];
    if (!rank)
        return SDX_OK;
    snprintf(axis, sizeof axis, ", axis = %lld",
             (long long)before_turn(sdx_axis(sdx_attr_int(n, "axis"), rank), rank));
    SDX_TRY(node_before(n, c, rank, axis));
    return turned(n, c, rank);
}

static sdx_status behind_pad(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *turn = sdx_maker(c, n, 0);
    int rank = turn ? brings_last(turn) : 0;
    const sdx_tensor *pads = sdx_since(n) >= 11 ? sdx_in_const(n, 1) : NULL;
    int64_t given[2 * SDX_MAX_RANK], moved[2 * SDX_MAX_RANK];
    char text[2 * LIST_TEXT];
    if (!rank || !pads || sdx_has_in(n, 3) || sdx_elements(pads) != 2 * rank)
        return SDX_OK;
    sdx_load_i64(given, pads, 0, 1, 2 * rank);
    for (int k = 0; k < 2 * rank; k++)
        moved[k / rank * rank + before_turn(k % rank, rank)] = given[k];
    int used = 0;
    for (int k = 0; k < 2 * rank; k++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%lld", k ? ", " : "",
                         (long long)moved[k]);
    sdx_name(c, "turn", turn);
    SDX_TRY(sdx_body(c, NEWEST, "p = Constant<value_ints = [%s]>()", text));
    SDX_TRY(sdx_body(c, sdx_since(n),
                     sdx_has_in(n, 2) ? "z = Pad<@>(turn.data, p, constant_value)"
                                      : "z = Pad<@>(turn.data, p)"));
    return turned(n, c, rank);
}

/* The axes that n reduces, each as one of `rank`; 0: all, or not known. */
static int reduced_axes(const sdx_node *n, int rank, int64_t axes[SDX_MAX_RANK])
{
    int count = 0;
    const int64_t *list = sdx_in_count(n) < 2 ? sdx_attr_ints(n, "axes", &count) : NULL;
    const sdx_tensor *t = sdx_has_in(n, 1) ? sdx_in_const(n, 1) : NULL;
    if (t && sdx_elements(t) <= rank) {
        count = (int)sdx_elements(t);
        sdx_load_i64(axes, t, 0, 1, count);
    }
    for (int k = 0; list && k < count && k < rank; k++)
        axes[k] = list[k];
    for (int k = 0; k < count && k < rank; k++)
        axes[k] = sdx_axis(axes[k], rank);
    return (list || t) && count <= rank ? count : 0;
}

static sdx_status behind_sum(const sdx_node *n, sdx_rewrite *c)
{
    const sdx_node *turn = sdx_maker(c, n, 0);
    int rank = turn ? brings_last(turn) : 0;
    int64_t axes[SDX_MAX_RANK];
    char text[LIST_TEXT];
    int count = rank ? reduced_axes(n, rank, axes) : 0, pixels = 0;
    bool keeps = sdx_attr_int(n, "keepdims") != 0;
    for (int k = 0; k < count; k++) {
        pixels += axes[k] > 0 && axes[k] < rank - 1;
        axes[k] = before_turn(axes[k], rank);
    }
    if (count == 0 || (!keeps && pixels != rank - 2)) /* then the order of the rest would differ */
        return SDX_OK;
    sdx_name(c, "turn", turn);
    list_text(text, axes, count);
    const char *to = keeps ? "z" : sdx_out_name(n, 0), *op = sdx_op_name(n);
    if (sdx_has_in(n, 1)) {
        SDX_TRY(sdx_body(c, NEWEST, "p = Constant<value_ints = [%s]>()", text));
        SDX_TRY(sdx_body(c, sdx_since(n), "%s = %s<@>(turn.data, p)", to, op));
    } else {
        SDX_TRY(sdx_body(c, sdx_since(n), "%s = %s<@, axes = [%s]>(turn.data)", to, op, text));
    }
    return keeps ? turned(n, c, rank) : SDX_OK;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    if (sdx_is(n, "Transpose"))
        return compose(n, c);
    if (sdx_is(n, "Reshape"))
        return between_views(n, c);
    if (sdx_is(n, "Concat"))
        return behind_concat(n, c);
    if (sdx_is(n, "Pad"))
        return behind_pad(n, c);
    if (strncmp(sdx_op_name(n), "Reduce", 6) == 0)
        return behind_sum(n, c);
    return behind_pointwise(n, c);
}

const sdx_rule sdx_fuse_transpose = {
    "Transpose Reshape Concat Pad ReduceMean ReduceSum ReduceMax ReduceMin ReduceL2 pointwise",
    apply
};
