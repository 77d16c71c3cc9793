/* ops/nn/deform_conv.c - DeformConv: a convolution whose taps are moved by offsets that come with
 * the data.
 *
 * Each tap is read between pixels, linearly in every spatial dim, with zeros outside; offsets
 * belong to groups of input channels (offset_group) that need not be those of the convolution.  For
 * an output pixel the moved patch of a group is gathered once, in double, and multiplied with all
 * filters of the group.  Source: ONNX Operators.md, DeformConv-22; Changelog.md, DeformConv-19. */
#include "common/window.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_schema schema[] = {
    { 19, "X:T W:T offset:T B?:T mask?:T -> Y:T",
      "strides:ints pads:ints offset_group:int=1 kernel_shape:ints group:int=1 dilations:ints",
      "T: float" },
    { 22, NULL, NULL, "T: float bf16" },
    { 0 },
};

enum { X, W, OFFSET, BIAS, MASK, MOST_SPATIAL = 8 }; /* a sample reads 2^rank neighbours */

/* ---- infer ---- */

/* Dims of offset or mask: batch, `each` numbers for a tap of an offset group, the output's spatial
 * dims. */
static void check_moves(const sdx_node *n, sdx_infer *c, int input, int64_t each,
                        const sdx_window *w, int rank, const sdx_dim *y)
{
    sdx_dims d = sdx_in_dims(n, input);
    int64_t want;
    if (!sdx_has_in(n, input) || d.rank < 0 || !sdx_check_rank(c, input, rank, rank))
        return;
    if (__builtin_mul_overflow(each, sdx_attr_int(n, "offset_group"), &want))
        want = -1;
    for (int k = 0; k < w->rank && want >= 0; k++)
        if (w->kernel[k] < 0 || __builtin_mul_overflow(want, w->kernel[k], &want))
            want = -1;
    sdx_dim channels = want < 0 ? sdx_unknown() : sdx_num(want);
    for (int k = 0; k < rank; k++) {
        sdx_dim has = d.dim[k], wants = k == 1 ? channels : y[k];
        if (sdx_equal(c, has, wants))
            continue;
        sdx_refuse(c, "deform-offsets", "%s.shape[%d] is %s, must be %s: %s", sdx_in_name(n, input),
                   k, sdx_show(c, has), sdx_show(c, wants),
                   k == 0   ? "the batch of X"
                   : k == 1 ? input == MASK ? "offset_group x taps of the window"
                                            : "offset_group x taps of the window x spatial dims"
                            : "that of the output");
        sdx_point(c, input, k);
        sdx_point(c, X, k);
        sdx_hint(c, "make %s.shape[%d] = %s", sdx_in_name(n, input), k, sdx_show(c, wants));
        return;
    }
}

static bool check_offset_group(const sdx_node *n, sdx_infer *c)
{
    int64_t groups = sdx_attr_int(n, "offset_group");
    sdx_dim channels = sdx_in_dim(n, X, 1);
    if (groups > 0 && sdx_must_divide(c, groups, channels, X, 1) != SDX_NO)
        return true;
    sdx_refuse(c, "deform-offsets",
               "%s input channels do not split into offset_group = %" PRId64 " groups",
               sdx_show(c, channels), groups);
    sdx_point(c, X, 1);
    sdx_number(c, "offset_group", groups);
    sdx_hint(c, "offset_group may be %s", sdx_divisors(c, channels));
    return false;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    int rank = sdx_check_conv_rank(n, c, X, W);
    sdx_window w;
    if (rank <= 0)
        return;
    sdx_dim *y = sdx_new_dims(c, rank), filters = sdx_in_dim(n, W, 0);
    bool fine = sdx_check_group(n, c, X, W) && sdx_check_filters(n, c, W);
    fine = sdx_check_bias(n, c, BIAS, filters) && check_offset_group(n, c) && fine;
    if (!sdx_read_window(n, c, rank - 2, W, &w) || !fine)
        return;
    y[0] = sdx_in_dim(n, X, 0);
    y[1] = filters;
    for (int k = 0; k < rank - 2; k++)
        y[k + 2] = sdx_window_out(c, &w, k, X, k + 2, sdx_in_dim(n, X, k + 2), false);
    if (sdx_refused(c))
        return;
    check_moves(n, c, OFFSET, rank - 2, &w, rank, y);
    check_moves(n, c, MASK, 1, &w, rank, y);
    sdx_set_out_dims(c, 0, rank, y);
}

/* ---- prepare ---- */

typedef struct plan {
    sdx_window window;
    int64_t channels, filters, group; /* channels and filters of a group */
    int64_t offset_groups, together;  /* together: channels that share offsets */
    int64_t in[MOST_SPATIAL], out[MOST_SPATIAL];
    int64_t plane, pixels, taps, depth; /* an input plane, an output plane, the window, a filter */
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape x = sdx_in_shape(n, X), w = sdx_in_shape(n, W), y = sdx_out_shape(n, 0);
    if (x.rank - 2 > MOST_SPATIAL)
        return sdx_reject(c, SDX_E_UNSUPPORTED, "%d spatial dims, more than %d", x.rank - 2,
                          MOST_SPATIAL);
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_read_window(n, NULL, x.rank - 2, W, &p->window);
    p->group = sdx_attr_int(n, "group");
    p->offset_groups = sdx_attr_int(n, "offset_group");
    p->channels = w.dim[1];
    p->filters = w.dim[0] / p->group;
    p->together = x.dim[1] / p->offset_groups;
    size_t spatial = (size_t)p->window.rank;
    memcpy(p->in, x.dim + 2, spatial * sizeof *p->in);
    memcpy(p->out, y.dim + 2, spatial * sizeof *p->out);
    p->plane = sdx_count(x, 2, x.rank);
    p->pixels = sdx_count(y, 2, y.rank);
    p->taps = sdx_window_taps(&p->window);
    p->depth = p->channels * p->taps;
    /* A patch, and a filter, as doubles. */
    sdx_want_scratch(c, 0, 2 * (size_t)p->depth * sizeof(double));
    *state = p;
    return SDX_OK;
}

/* ---- run ---- */

typedef struct job {
    const plan *p;
    const sdx_tensor *x, *w, *offset, *bias, *mask;
    sdx_tensor *y;
} job;

static double element(const sdx_tensor *t, int64_t at)
{
    double v;
    sdx_load_f64(&v, t, at, 1, 1);
    return v;
}

/* The plane that begins at `first`, read at a place between pixels; what lies outside is 0. */
static double sample(const plan *p, const sdx_tensor *x, int64_t first, const double *place)
{
    int rank = p->window.rank;
    int64_t low[MOST_SPATIAL];
    double part[MOST_SPATIAL], sum = 0;
    for (int k = 0; k < rank; k++) {
        if (!(place[k] > -1 && place[k] < (double)p->in[k])) /* NaN, too */
            return 0;
        double below = floor(place[k]);
        low[k] = (int64_t)below;
        part[k] = place[k] - below;
    }
    for (unsigned corner = 0; corner < 1u << rank; corner++) {
        double weight = 1;
        int64_t at = 0;
        for (int k = 0; k < rank && weight != 0; k++) {
            bool high = corner >> k & 1u;
            int64_t i = low[k] + high;
            weight *= i < 0 || i >= p->in[k] ? 0 : high ? part[k] : 1 - part[k];
            at = at * p->in[k] + i;
        }
        if (weight != 0)
            sum += weight * element(x, first + at);
    }
    return sum;
}

/* Where tap t of the window of output `pixel` is read, for one offset group. */
static void move_tap(const job *j, int64_t n, int64_t offset_group, int64_t t, int64_t pixel,
                     double *place)
{
    const plan *p = j->p;
    int rank = p->window.rank;
    int64_t tap = t, out = pixel,
            first = ((n * p->offset_groups + offset_group) * p->taps + t) * rank;
    for (int k = rank - 1; k >= 0; k--) {
        int64_t at = out % p->out[k] * p->window.stride[k] - p->window.begin[k] +
                     tap % p->window.kernel[k] * p->window.dilation[k];
        place[k] = (double)at + element(j->offset, (first + k) * p->pixels + pixel);
        out /= p->out[k];
        tap /= p->window.kernel[k];
    }
}

/* The moved patch of a group's channels under a pixel. */
static void gather(const job *j, int64_t n, int64_t g, int64_t pixel, double *patch)
{
    const plan *p = j->p;
    double place[MOST_SPATIAL];
    for (int64_t c = 0; c < p->channels; c++) {
        int64_t channel = g * p->channels + c, offset_group = channel / p->together;
        int64_t plane = (n * p->group * p->channels + channel) * p->plane;
        for (int64_t t = 0; t < p->taps; t++) {
            move_tap(j, n, offset_group, t, pixel, place);
            double v = sample(p, j->x, plane, place);
            if (j->mask)
                v *= element(j->mask,
                             ((n * p->offset_groups + offset_group) * p->taps + t) * p->pixels +
                                 pixel);
            patch[c * p->taps + t] = v;
        }
    }
}

/* Pieces: output pixels of one image and one group. */
static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    double *patch = scratch, *filter = patch + p->depth;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t pixel = i % p->pixels, g = i / p->pixels % p->group, n = i / p->pixels / p->group;
        gather(j, n, g, pixel, patch);
        for (int64_t m = g * p->filters; m < (g + 1) * p->filters; m++) {
            double sum = j->bias ? element(j->bias, m) : 0;
            sdx_load_f64(filter, j->w, m * p->depth, 1, p->depth);
            for (int64_t k = 0; k < p->depth; k++)
                sum += patch[k] * filter[k];
            sdx_store_f64(j->y, (n * p->group * p->filters + m) * p->pixels + pixel, 1, 1, &sum);
        }
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const plan *p = state;
    job j = { p,
              sdx_in(c, X),
              sdx_in(c, W),
              sdx_in(c, OFFSET),
              sdx_in(c, BIAS),
              sdx_in(c, MASK),
              sdx_out(c, 0) };
    int64_t work = p->depth * (p->filters + 16);
    return sdx_parallel(c, sdx_in_shape(n, X).dim[0] * p->group * p->pixels, 1 + 65536 / (work + 1),
                        some, &j);
}

static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    return sdx_conv_macs(n, c, W);
}

static const sdx_op ops[] = {
    { SDX_OP(DeformConv), .schema = schema, .traits = SDX_PURE, .infer = infer, .prepare = prepare,
      .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_nn_deform_conv = { ops, 0 };
