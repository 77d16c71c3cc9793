/* ops/fuse/conv_bands.c - Convs one after the other become ConvBands, where what lies between them
 * would not stay in the second cache but a band of its rows does.
 *
 *     a Conv of one element, a depthwise one; a depthwise one, a Conv of one element
 *     a ConvBands that ends depthwise, a Conv of one element
 *
 *     a Conv of one element behind a factor for each channel, which its filters take up
 *
 * each with at most an activation between.  What is wanted of a whole picture before the next Conv,
 * as by squeeze and excitation, ends a chain.  Last of all rewrites: none knows a ConvBands.
 * Source: ONNX Operators.md, Conv-22. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "common/constant.h"
#include "common/epilogue.h"
#include "common/window.h"
#include "math/activation/kernels.h"
#include "sdx/rewrite.h"

enum { MOST_SIDE = 1 << 14, BLOCK = 16 };

static bool is_bands(const sdx_node *n)
{
    return strcmp(sdx_op_name(n), "ConvBands") == 0;
}

/* Its filters: input `w` of n. */
typedef struct conv {
    const sdx_node *n;
    int64_t group, channels, filters, side[2], in[2], out[2];
    sdx_window window;
} conv;

/* A Conv of pictures of known size with constant weights. */
static bool read_conv(const sdx_node *n, conv *k)
{
    sdx_dims x = sdx_in_dims(n, 0), w = sdx_in_dims(n, 1), y = sdx_out_dims(n, 0);
    if (!sdx_is(n, "Conv") || sdx_in_dtype(n, 0) != SDX_F32 || x.rank != 4 || w.rank != 4 ||
        y.rank != 4 || !sdx_is_const(n, 1) || (sdx_has_in(n, 2) && !sdx_is_const(n, 2)))
        return false;
    for (int i = 0; i < 4; i++)
        if (!sdx_is_num(w.dim[i]) || w.dim[i].n < 1 ||
            (i > 0 && (!sdx_is_num(x.dim[i]) || !sdx_is_num(y.dim[i]) || x.dim[i].n < 1 ||
                       y.dim[i].n < 1 || x.dim[i].n > MOST_SIDE || y.dim[i].n > MOST_SIDE)))
            return false;
    *k = (conv){
        .n = n, .group = sdx_attr_int(n, "group"), .channels = x.dim[1].n, .filters = w.dim[0].n
    };
    sdx_read_window(n, NULL, 2, 1, &k->window);
    for (int d = 0; d < 2; d++) {
        k->window.kernel[d] = w.dim[2 + d].n;
        k->in[d] = x.dim[2 + d].n;
        k->out[d] = y.dim[2 + d].n;
    }
    sdx_window_fit(&k->window, k->in);
    return true;
}

static bool is_depthwise(const conv *k)
{
    return k->group > 1 && k->group == k->channels && k->group == k->filters;
}

static bool is_pointwise(const conv *k)
{
    return k->group == 1 && k->window.kernel[0] == 1 && k->window.kernel[1] == 1 &&
           k->window.stride[0] == 1 && k->window.stride[1] == 1 && k->out[0] == k->in[0] &&
           k->out[1] == k->in[1];
}

/* What stands between two of them: bounds, or an activation of one operand whose parameter, if it
 * has one, is an alpha of 1.  false: neither. */
typedef struct between {
    sdx_string act;
    double lo, hi;
} between;

static bool read_act(const sdx_node *n, between *b)
{
    const char *name = sdx_op_name(n);
    float param[4] = { 0, INFINITY, 0, 0 };
    if (sdx_tail_clamps(n, param)) {
        b->lo = (double)param[0];
        b->hi = (double)param[1];
        return true;
    }
    b->act = (sdx_string){ name, strlen(name) };
    const sdx_pointwise *op = sdx_activation_named(b->act);
    memset(param, 0, sizeof param);
    return op && op == sdx_variant(n) && sdx_in_count(n) == 1 &&
           (!op->param || (op->param(n, param) && param[0] == 1 && param[1] == 0));
}

/* ---- the text ---- */

typedef struct text {
    char s[600];
    int length; /* -1: no room */
} text;

static void add(text *t, const char *what, size_t length)
{
    if (t->length >= 0 && length < sizeof t->s - (size_t)t->length) {
        memcpy(t->s + t->length, what, length);
        t->length += (int)length;
        t->s[t->length] = '\0';
    } else {
        t->length = -1;
    }
}

static void add_item(text *t, const char *what)
{
    if (t->length > 0)
        add(t, ", ", 2);
    add(t, what, strlen(what));
}

static void add_int(text *t, int64_t v)
{
    char number[32];
    snprintf(number, sizeof number, "%" PRId64, v);
    add_item(t, number);
}

typedef struct chain {
    text inputs, groups, windows, biased, bounds, acts;
} chain;

static void add_ints(const sdx_node *n, const char *name, text *to)
{
    int count;
    const int64_t *v = sdx_attr_ints(n, name, &count);
    for (int i = 0; i < count; i++)
        add_int(to, v[i]);
}

static void add_act(chain *t, sdx_rewrite *c, sdx_string act, double lo, double hi)
{
    add_item(&t->bounds, sdx_float_text(c, lo));
    add_item(&t->bounds, sdx_float_text(c, hi));
    add_item(&t->acts, "\"");
    add(&t->acts, act.text, act.length);
    add(&t->acts, "\"", 1);
}

static void add_bands(chain *t, sdx_rewrite *c, const sdx_node *n)
{
    int count;
    const float *bound = sdx_attr_floats(n, "bounds", &count);
    const sdx_string *act = sdx_attr_strings(n, "acts", &count);
    add_ints(n, "groups", &t->groups);
    add_ints(n, "windows", &t->windows);
    add_ints(n, "biased", &t->biased);
    for (int i = 0; i < count; i++)
        add_act(t, c, act[i], (double)bound[2 * i], (double)bound[2 * i + 1]);
    for (int i = 0; i < sdx_in_count(n); i++) {
        char input[40];
        snprintf(input, sizeof input, "up.%s", sdx_in_name(n, i));
        add_item(&t->inputs, input);
    }
}

static void add_conv(chain *t, const conv *k, const char *inputs, const char *bias)
{
    const sdx_window *w = &k->window;
    const int64_t *const side[] = { w->stride, w->dilation, w->begin, w->end };
    add_int(&t->groups, k->group);
    for (int i = 0; i < 8; i++)
        add_int(&t->windows, side[i / 2][i % 2]);
    add_int(&t->biased, sdx_has_in(k->n, 2));
    add_item(&t->inputs, inputs);
    if (sdx_has_in(k->n, 2))
        add_item(&t->inputs, bias);
}

/* ---- the rule ---- */

/* Bytes of a picture's row, in blocks. */
static double row_bytes(const conv *k)
{
    return 4.0 * (double)((k->filters + BLOCK - 1) / BLOCK * BLOCK) * (double)k->out[1];
}

/* Bytes of all filters. */
static double weight_bytes(const sdx_node *n)
{
    double bytes = 0;
    for (int i = 1; i < sdx_in_count(n); i++) {
        sdx_dims w = sdx_in_dims(n, i);
        double size = 4;
        for (int d = 0; d < w.rank; d++)
            size *= sdx_is_num(w.dim[d]) ? (double)w.dim[d].n : 1;
        bytes += size;
    }
    return bytes;
}

/* Most of what is between two Convs has left the second cache before it is read where all images of
 * it are more than FAR.  What a row of a band needs of it and the weights, read anew for each band,
 * stay there where they are less than NEAR. */
static bool pays(const sdx_node *up, const conv *before, const conv *after)
{
    const double FAR = 1.5e6, NEAR = 7.5e5;
    sdx_dim images = sdx_in_dim(up, 0, 0);
    double row = row_bytes(before), all = row * (double)before->out[0],
           rows = fmin((double)sdx_window_span(&after->window, 0), (double)before->out[0]);
    if (sdx_is_num(images))
        all *= (double)images.n;
    return all > FAR && row * rows + weight_bytes(up) + weight_bytes(after->n) < NEAR;
}

/* Input i of a product has the dims of the picture before conv k, the other is one number for each
 * of its channels. */
static bool scales(const sdx_node *product, int i, const conv *k)
{
    sdx_dims x = sdx_in_dims(product, i), s = sdx_in_dims(product, 1 - i), y = sdx_in_dims(k->n, 0);
    if (x.rank != 4 || s.rank != 4)
        return false;
    for (int d = 0; d < 4; d++) {
        bool one = sdx_is_num(s.dim[d]) && s.dim[d].n == 1;
        if (x.dim[d].n != y.dim[d].n || x.dim[d].sym != y.dim[d].sym || sdx_is_unknown(x.dim[d]) ||
            (d < 2 && (s.dim[d].n != x.dim[d].n || s.dim[d].sym != x.dim[d].sym)) ||
            (d > 1 && !one))
            return false;
    }
    return true;
}

/* Squeeze and excitation: of fewer filters than half the pixels, these are scaled instead. */
static sdx_status take_factors(const sdx_node *n, const sdx_node *product, const conv *k,
                               sdx_rewrite *c)
{
    int i = scales(product, 0, k) ? 0 : 1;
    if (!is_pointwise(k) || 2 * k->filters > k->out[0] * k->out[1] || !scales(product, i, k))
        return SDX_OK;
    sdx_name(c, "product", product);
    return sdx_body(
        c, 1,
        "Y = sdx.ConvBands<groups = [1], windows = [1, 1, 1, 1, 0, 0, 0, 0], biased = [%d],"
        " scaled = 1>(product.%s, W, %sproduct.%s)",
        sdx_has_in(n, 2) ? 1 : 0, i == 0 ? "A" : "B", sdx_has_in(n, 2) ? "B, " : "",
        i == 0 ? "B" : "A");
}

static sdx_status apply(const sdx_node *n, sdx_rewrite *c)
{
    between b = { { "Identity", 8 }, -INFINITY, INFINITY };
    chain t = { 0 };
    conv before, after;
    int parts = 0;
    if (sdx_next_layout(c) == SDX_PLAIN || sdx_next_precision(c) == SDX_PRECISION_BF16 ||
        !read_conv(n, &after))
        return SDX_OK;
    const sdx_node *up = sdx_only_producer(c, n, 0);
    if (up && sdx_is(up, "Mul") && sdx_in_count(up) == 2)
        return take_factors(n, up, &after, c);
    if (up && !sdx_is(up, "Conv") && !is_bands(up))
        up = read_act(up, &b) ? sdx_only_producer(c, up, 0) : NULL;
    if (!up || sdx_out_dtype(up, 0) != SDX_F32)
        return SDX_OK;
    if (is_bands(up)) {
        const int64_t *groups = sdx_attr_ints(up, "groups", &parts);
        before = (conv){ .n = up, .filters = after.channels, .out = { after.in[0], after.in[1] } };
        if (parts != 2 || groups[parts - 1] == 1 || !is_pointwise(&after))
            return SDX_OK;
        add_bands(&t, c, up);
    } else {
        if (!read_conv(up, &before) || before.filters != after.channels ||
            !(is_pointwise(&before) ? is_depthwise(&after)
                                    : is_depthwise(&before) && is_pointwise(&after)))
            return SDX_OK;
        add_conv(&t, &before, "up.X, up.W", "up.B");
    }
    if (!pays(up, &before, &after))
        return SDX_OK;
    add_act(&t, c, b.act, b.lo, b.hi);
    add_conv(&t, &after, "W", "B");
    if (t.inputs.length < 0 || t.windows.length < 0 || t.bounds.length < 0 || t.acts.length < 0)
        return SDX_OK;
    sdx_name(c, "up", up);
    return sdx_body(c, 1,
                    "Y = sdx.ConvBands<groups = [%s], windows = [%s], biased = [%s], "
                    "bounds: floats = [%s], acts = [%s]>(%s)",
                    t.groups.s, t.windows.s, t.biased.s, t.bounds.s, t.acts.s, t.inputs.s);
}

const sdx_rule sdx_fuse_conv_bands = { "Conv", apply };
