/* ops/fuse/channel_gather.c - channels that are joined, shuffled among groups and split again
 * become ChannelGather, straight from where they were computed.
 *
 *     Reshape [N, g, C / g, ...], Transpose of axes 1 and 2, Reshape back       a shuffle
 *     Concat along axis 1 before it, or of convolutions; Split along axis 1 behind it
 *
 * A gather of gathers is one: what only passes through a block of a network is never moved.
 * Source: ONNX Operators.md, Transpose-13, Concat-13, Split-18. */
#include <stdio.h>
#include <string.h>
#include "common/same.h"
#include "sdx/rewrite.h"

enum { CHANNELS = 600, INPUTS = 16 }; /* so many that their text fits a body */

static bool is_gather(const sdx_node *n)
{
    return n && strcmp(sdx_op_name(n), "ChannelGather") == 0;
}

/* A value: input `in` of n. */
typedef struct source {
    const sdx_node *n;
    int in;
} source;

/* Channel c is channel at[c] of input[of[c]]. */
typedef struct channels {
    int count, inputs;
    source input[INPUTS];
    int16_t of[CHANNELS], at[CHANNELS];
} channels;

/* Its channels; -1: not known, or too many. */
static int64_t width(source s)
{
    sdx_dim d = sdx_in_dim(s.n, s.in, 1);
    return sdx_is_num(d) && d.n <= CHANNELS ? d.n : -1;
}

static bool append(channels *l, source s, int64_t at)
{
    int i = 0;
    while (i < l->inputs && !sdx_reads_same(l->input[i].n, l->input[i].in, s.n, s.in))
        i++;
    if (i == INPUTS || l->count == CHANNELS)
        return false;
    l->input[i] = i < l->inputs ? l->input[i] : s;
    l->inputs = i < l->inputs ? l->inputs : i + 1;
    l->of[l->count] = (int16_t)i;
    l->at[l->count++] = (int16_t)at;
    return true;
}

/* Appends channel `at` of those that the inputs of n have together; through a gather that makes
 * it, for which `deep` is set. */
static bool append_of(channels *l, sdx_rewrite *c, const sdx_node *n, int64_t at, bool *deep)
{
    int count;
    for (int i = 0; i < sdx_in_count(n); i++) {
        int64_t w = width((source){ n, i });
        const sdx_node *up = w >= 0 && at < w ? sdx_maker(c, n, i) : NULL;
        if (is_gather(up)) {
            *deep = true;
            return append_of(l, c, up, sdx_attr_ints(up, "from", &count)[at], deep);
        }
        if (w < 0 || at < w)
            return w >= 0 && append(l, (source){ n, i }, at);
        at -= w;
    }
    return false;
}

/* Appends all channels of the value. */
static bool append_all(channels *l, sdx_rewrite *c, source s)
{
    int64_t w = width(s), first = 0;
    bool deep;
    for (int i = 0; i < s.in; i++)
        first += width((source){ s.n, i });
    for (int64_t i = 0; i < w; i++)
        if (!append_of(l, c, s.n, first + i, &deep))
            return false;
    return w > 0;
}

/* The same, where a Concat may stand before. */
static bool append_joined(channels *l, sdx_rewrite *c, source s)
{
    const sdx_node *up = sdx_only_producer(c, s.n, s.in);
    if (!up || !sdx_is(up, "Concat") || sdx_axis(sdx_attr_int(up, "axis"), 4) != 1)
        return append_all(l, c, s);
    for (int i = 0; i < sdx_in_count(up); i++)
        if (!append_all(l, c, (source){ up, i }))
            return false;
    return true;
}

/* `out` = channels [first, first + n) of the list, in steps: element i is that at `order` of it. */
static sdx_status gather(sdx_rewrite *c, const channels *l, const char *out, int first, int n,
                         int groups)
{
    static const char *const name[INPUTS] = {
        "s0", "s1", "s2",  "s3",  "s4",  "s5",  "s6",  "s7",
        "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15"
    };
    char from[3600], in[400];
    int used[INPUTS], base[INPUTS + 1] = { 0 }, at = 0, to = 0;
    memset(used, 0, sizeof used);
    for (int i = 0; i < n; i++)
        used[l->of[first + i]] = 1;
    for (int i = 0; i < l->inputs; i++) {
        base[i + 1] = base[i] + (used[i] ? (int)width(l->input[i]) : 0);
        if (!used[i])
            continue;
        sdx_name(c, name[i], l->input[i].n);
        to += snprintf(in + to, sizeof in - (size_t)to, "%s%s.%s", to ? ", " : "", name[i],
                       sdx_in_name(l->input[i].n, l->input[i].in));
        if (to >= (int)sizeof in)
            return SDX_OK;
    }
    for (int i = 0; i < n; i++) {
        int k = first + i % groups * (n / groups) + i / groups;
        at += snprintf(from + at, sizeof from - (size_t)at, "%s%d", i ? "," : "",
                       base[l->of[k]] + l->at[k]);
        if (at >= (int)sizeof from)
            return SDX_OK;
    }
    return sdx_body(c, 18, "%s = sdx.ChannelGather<from = [%s]>(%s)", out, from, in);
}

/* From the Reshape that ends a shuffle: its groups, and the value that is shuffled. */
static int shuffled(const sdx_node *n, sdx_rewrite *c, source *x)
{
    const sdx_node *turn = sdx_only_producer(c, n, 0);
    const sdx_node *cut = turn && sdx_is(turn, "Transpose") ? sdx_only_producer(c, turn, 0) : NULL;
    int count;
    const int64_t *perm = cut && sdx_is(cut, "Reshape") ? sdx_attr_ints(turn, "perm", &count)
                                                        : NULL;
    if (!perm || count != 5 || perm[0] != 0 || perm[1] != 2 || perm[2] != 1 || perm[3] != 3)
        return 0;
    sdx_dims a = sdx_in_dims(cut, 0), b = sdx_out_dims(cut, 0), y = sdx_out_dims(n, 0);
    if (a.rank != 4 || y.rank != 4 || !sdx_is_num(b.dim[1]) || !sdx_is_num(b.dim[2]) ||
        !sdx_is_num(a.dim[1]) || b.dim[1].n < 1 || b.dim[1].n * b.dim[2].n != a.dim[1].n)
        return 0;
    for (int k = 0; k < 4; k++)
        if (!sdx_is_same_dim(a.dim[k], y.dim[k]) ||
            (k != 1 && !sdx_is_same_dim(a.dim[k], b.dim[k ? k + 1 : 0])))
            return 0;
    *x = (source){ cut, 0 };
    return (int)b.dim[1].n;
}

static sdx_status split(const sdx_node *n, sdx_rewrite *c)
{
    channels l = { 0 };
    int first = 0;
    if (sdx_axis(sdx_attr_int(n, "axis"), sdx_out_dims(n, 0).rank) != 1 ||
        !is_gather(sdx_maker(c, n, 0)) || !append_all(&l, c, (source){ n, 0 }))
        return SDX_OK;
    for (int i = 0; i < sdx_out_count(n); i++) {
        sdx_dims y = sdx_out_dims(n, i);
        if (y.rank < 3 || !sdx_is_num(y.dim[1]) || y.dim[1].n < 1 || y.dim[1].n > l.count - first)
            return SDX_OK;
        first += (int)y.dim[1].n;
    }
    for (int i = 0, at = 0; i < sdx_out_count(n); i++) {
        int some = (int)sdx_out_dims(n, i).dim[1].n;
        SDX_TRY(gather(c, &l, sdx_out_name(n, i), at, some, 1));
        at += some;
    }
    return SDX_OK;
}

/* Is it of a convolution, or of a few nodes that go along with its layout? */
static bool is_of_convolution(const sdx_node *n, sdx_rewrite *c, int i)
{
    enum { FEW = 4 };
    for (int k = 0; k < FEW; k++, i = 0) {
        n = sdx_maker(c, n, i);
        if (!n || sdx_is(n, "Conv"))
            return n != NULL;
        if (!sdx_is(n, "Resize") && !sdx_is(n, "Add") && !sdx_is(n, "Mul") && !sdx_is(n, "Relu"))
            return false;
    }
    return false;
}

/* A Concat of what convolutions made, where parts end within a block of any size. */
static sdx_status join(const sdx_node *n, sdx_rewrite *c)
{
    enum { BLOCK = 16 };
    channels l = { 0 };
    bool made = false, within = false;
    if (sdx_out_dims(n, 0).rank != 4 || sdx_axis(sdx_attr_int(n, "axis"), 4) != 1)
        return SDX_OK;
    for (int i = 0; i < sdx_in_count(n); i++) {
        made = made || is_of_convolution(n, c, i);
        within = within || (i + 1 < sdx_in_count(n) && width((source){ n, i }) % BLOCK != 0);
        if (!append_all(&l, c, (source){ n, i }))
            return SDX_OK;
    }
    return made && within ? gather(c, &l, sdx_out_name(n, 0), 0, l.count, 1) : SDX_OK;
}

/* A gather of gathers. */
static sdx_status compose(const sdx_node *n, sdx_rewrite *c)
{
    channels l = { 0 };
    int count;
    const int64_t *from = sdx_attr_ints(n, "from", &count);
    bool deep = false;
    for (int i = 0; i < count; i++)
        if (!append_of(&l, c, n, from[i], &deep))
            return SDX_OK;
    return deep ? gather(c, &l, "Y", 0, l.count, 1) : SDX_OK;
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    channels l = { 0 };
    source x;
    if (sdx_out_dtype(n, 0) != SDX_F32)
        return SDX_OK;
    if (sdx_is(n, "Concat"))
        return join(n, c);
    if (is_gather(n) || sdx_is(n, "Split"))
        return is_gather(n) ? compose(n, c) : split(n, c);
    int groups = shuffled(n, c, &x);
    if (groups < 1 || !append_joined(&l, c, x))
        return SDX_OK;
    return gather(c, &l, "reshaped", 0, l.count, groups);
}

const sdx_rule sdx_fuse_channel_gather = { "Concat Reshape Split ChannelGather", apply };
