/* tests/kernels/nn_conv.c - convolutions in channel blocks against plain loops in double. */
#include "kernels/nn_conv_all.h"
#include "nn/conv/pairs.h"
#include <stdio.h>
#include <string.h>

static problem random_problem(check *t)
{
    problem p;
    bool fits = false;
    while (!fits) {
        p = (problem){ .transposed = check_chance(t, 25) };
        p.window.rank = (int)check_int(t, 1, 3);
        bool one = check_chance(t, 20);
        fits = true;
        for (int d = 0; d < p.window.rank; d++) {
            bool last = d == p.window.rank - 1;
            p.in[d] = check_int(t, 1, last ? 40 : 7);
            p.window.kernel[d] = one ? 1 : check_int(t, 1, last ? 9 : 3);
            p.window.stride[d] = one || check_chance(t, 50) ? 1 : check_int(t, 1, 3);
            p.window.dilation[d] = check_chance(t, 70) ? 1 : check_int(t, 1, 3);
            p.window.begin[d] = one ? 0 : check_int(t, 0, 3);
            p.window.end[d] = one ? 0 : check_int(t, 0, 3);
        }
        complete(&p);
        for (int d = 0; d < p.window.rank; d++)
            fits = fits && p.out[d] > 0 &&
                   (p.transposed ||
                    p.in[d] + p.window.begin[d] + p.window.end[d] >= sdx_window_span(&p.window, d));
    }
    return p;
}

static void note(check *t, const problem *p, const char *what)
{
    char text[400];
    int at = snprintf(text, sizeof text, "%s%s C=%d M=%d group=%d", what,
                      p->transposed ? " transposed" : "", (int)p->channels, (int)p->filters,
                      (int)p->group);
    for (int d = 0; d < p->window.rank; d++)
        at += snprintf(text + at, sizeof text - (size_t)at,
                       "; in %d out %d kernel %d stride %d dilation %d pads %d %d", (int)p->in[d],
                       (int)p->out[d], (int)p->window.kernel[d], (int)p->window.stride[d],
                       (int)p->window.dilation[d], (int)p->window.begin[d], (int)p->window.end[d]);
    check_note(t, "%s", text);
}

/* Sum and sum of magnitudes of output o of filter m.  x: [C][pixels]. */
static double plain_sum(const problem *p, const float *x, const float *w, int64_t m, int64_t o,
                        double *size)
{
    int rank = p->window.rank;
    int64_t at[3], k[3], each = p->channels / p->group, filters = p->filters / p->group,
                         g = m / filters;
    double sum = 0;
    for (int d = rank - 1; d >= 0; o /= p->out[d], d--)
        at[d] = o % p->out[d];
    for (int64_t tap = 0; tap < p->taps; tap++) {
        int64_t left = tap, pixel = 0;
        for (int d = rank - 1; d >= 0; left /= p->window.kernel[d], d--)
            k[d] = left % p->window.kernel[d];
        bool inside = true;
        for (int d = 0; d < rank; d++) {
            int64_t far = p->transposed ? at[d] + p->window.begin[d] - k[d] * p->window.dilation[d]
                                        : at[d] * p->window.stride[d] - p->window.begin[d] +
                                              k[d] * p->window.dilation[d];
            if (p->transposed && far % p->window.stride[d] != 0)
                inside = false;
            int64_t i = p->transposed ? far / p->window.stride[d] : far;
            inside = inside && far >= 0 && i < p->in[d];
            pixel = pixel * p->in[d] + i;
        }
        for (int64_t c = 0; inside && c < each; c++) {
            int64_t row = p->transposed ? (g * each + c) * filters + m % filters : m * each + c;
            double term = (double)x[(g * each + c) * p->in_pixels + pixel] *
                          (double)w[row * p->taps + tap];
            sum += term;
            *size += fabs(term);
        }
    }
    return sum;
}

static void twice(void *context, float *y, int64_t at, size_t n)
{
    float *count = context;
    for (size_t i = 0; i < n; i++) {
        y[i] *= 2;
        count[at + (int64_t)i] += 1;
    }
}

#if defined(__x86_64__)
void sdx_kernels_math_matmul_avx512bf16(void *slots);
#endif

/* Dot products of bf16 pairs, if this processor has them. */
static bool find_pairs(matmul_kernels *k)
{
    *k = (matmul_kernels){ 0 };
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bf16"))
        sdx_kernels_math_matmul_avx512bf16(k);
#endif
    return k->pairs != NULL;
}

static void round_all(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t u;
        memcpy(&u, x + i, sizeof u);
        u = (u + 0x7fff + (u >> 16 & 1)) & 0xffff0000u;
        memcpy(x + i, &u, sizeof u);
    }
}

/* All of an image, as conv.c runs it. */
static void run_pairs(check *t, sdx_prepare *keep, const conv_f32 *j, const conv_weights *how)
{
    matmul_kernels k;
    conv_pairs p;
    find_pairs(&k);
    check_that(t, sdx_conv_pairs(keep, &k, how, j->g, check_int(t, 1, 3), &p) == SDX_OK, "pairs");
    float *scratch = check_room(t, (size_t)sdx_conv_pairs_scratch(&p, how));
    for (int64_t part = 0; part < j->group * p.parts; part++)
        for (int64_t r = 0; r < j->g->rows; r += p.band)
            sdx_conv_pairs_run(j, &p, part, r, r + p.band < j->g->rows ? r + p.band : j->g->rows,
                               scratch);
}

static void try_problem(check *t, const conv_kernels *k, const problem *p, conv_way how, int tile)
{
    sdx_prepare keep = { 0 };
    conv_geometry g;
    conv_steps steps = { 0 };
    int64_t B = conv_is_plain(how) ? 1 : k->block, in_blocks = conv_blocks(p->channels, (int)B),
            out_blocks = conv_blocks(p->filters, (int)B);
    size_t blocked = (size_t)(out_blocks * p->out_pixels * B);
    check_that(t,
               sdx_conv_geometry(
                   &keep, &p->window, p->in, p->out, p->transposed,
                   how == CONV_SPREAD ? conv_longest_run(p->channels, p->filters, p->group) : 0,
                   &g) == SDX_OK,
               "geometry");
    conv_weights pw = { p->channels,
                        p->filters,
                        p->group,
                        p->taps,
                        p->window.kernel[p->window.rank - 1],
                        p->transposed,
                        k->block,
                        k->lanes,
                        how,
                        tile,
                        how == CONV_DIRECT && conv_collides(p->in_pixels, k->block),
                        0 };
    pw.late = how == CONV_WINOGRAD && !conv_in_strips(&pw) && check_chance(t, 50);
    float *x = check_floats(t, (size_t)(p->channels * p->in_pixels), -1, 1);
    float *w = check_floats(t, (size_t)(p->filters * p->channels / p->group * p->taps), -1, 1);
    int64_t dims[1] = { p->filters * p->channels / p->group * p->taps };
    sdx_tensor wt = { SDX_F32, SDX_PLAIN, { 1, dims }, w };
    float *xb = x, *bias = check_floats(t, (size_t)(out_blocks * B), -1, 1);
    if (how != CONV_FIRST) { /* lanes past C are NaN */
        xb = check_room(t, (size_t)(in_blocks * p->in_pixels * B));
        for (int64_t c = 0; c < p->channels; c++)
            for (int64_t i = 0; i < p->in_pixels; i++)
                xb[(c / B * p->in_pixels + i) * B + c % B] = x[c * p->in_pixels + i];
    }
    if (how == CONV_SPREAD)
        check_that(t, sdx_conv_steps(&keep, &pw, &g, &steps) == SDX_OK, "steps");
    float *packed = check_room(
        t, (size_t)(how == CONV_PAIRS ? sdx_conv_pairs_packed(&pw) : sdx_conv_packed(&pw)));
    if (how == CONV_PAIRS)
        sdx_conv_pairs_pack(&pw, packed, &wt);
    else
        sdx_conv_pack(&pw, packed, &wt);
    if (how == CONV_PAIRS) { /* what rounding costs is no part of the tolerance */
        round_all(x, (size_t)(p->channels * p->in_pixels));
        round_all(w, (size_t)dims[0]);
    }
    conv_f32 j = { .g = &g,
                   .channels = p->channels,
                   .filters = p->filters,
                   .group = p->group,
                   .x = xb,
                   .w = packed,
                   .bias = bias,
                   .y = check_room(t, blocked),
                   .lo = -INFINITY,
                   .hi = INFINITY,
                   .steps = &steps };
    if (check_chance(t, 30))
        j.residual = check_floats(t, blocked, -1, 1);
    if (check_chance(t, 30)) {
        j.lo = -0.3f;
        j.hi = 0.9f;
    }
    if (check_chance(t, 30)) {
        j.after = twice;
        j.context = check_floats(t, blocked, 0, 0);
    }
    int64_t cut = check_int(t, 0, g.rows);
    if (how == CONV_PAIRS) {
        run_pairs(t, &keep, &j, &pw);
    } else if (how == CONV_WINOGRAD) {
        conv_tiles tiles = sdx_conv_tiles(&pw, &g);
        run_winograd(k, &j, &pw, &tiles, check_room(t, (size_t)conv_tiles_scratch(&tiles)));
    } else if (how == CONV_PLANES) {
        conv_planes planes;
        check_that(t, sdx_conv_plan_planes(&keep, &pw, &g, check_int(t, 1, 4), &planes) == SDX_OK,
                   "planes");
        run_planes(
            k, &j, &planes,
            (float *)check_doubles(
                t, (size_t)(sdx_conv_planes_scratch(&planes, p->channels / p->group) + 1) / 2));
    } else if (how == CONV_FIRST) {
        float *scratch = (float *)check_doubles(
            t, (size_t)(sdx_conv_first_scratch(&g, p->channels) + 1) / 2);
        k->first(&j, 0, cut, scratch);
        k->first(&j, cut, g.rows, scratch);
    } else {
        int64_t units = conv_units(&pw);
        conv_direct_f32 *kernel = how == CONV_SPREAD ? k->spread
                                  : how == CONV_ROWS ? k->rows
                                                     : k->direct;
        for (int64_t u = 0; u < units; u++) {
            kernel(&j, u, 0, cut);
            kernel(&j, u, cut, g.rows);
        }
    }
    for (int64_t m = 0; m < p->filters; m++)
        for (int64_t o = 0; o < p->out_pixels; o++) {
            int64_t at = (m / B * p->out_pixels + o) * B + m % B;
            double size = 2, sum = plain_sum(p, x, w, m, o, &size) + (double)bias[m];
            sum += j.residual ? (double)j.residual[at] : 0;
            sum = fmin(fmax(sum, (double)j.lo), (double)j.hi) * (j.after ? 2 : 1);
            /* an error of winograd's is one of the whole tile, not of the sum at hand */
            check_near_at(t, "y", at, j.y[at], sum, (tile == 4 ? 8e-6 : tile ? 2e-6 : 1e-6) * size);
        }
    free_kept(&keep);
}

static void one_direct(check *t, const void *kernels)
{
    const conv_kernels *k = kernels;
    problem p = random_problem(t);
    bool grouped = check_chance(t, 30), big = check_chance(t, 5);
    p.group = grouped ? check_int(t, 2, 3) : 1;
    bool whole = check_chance(t, 50); /* blocks, as groups; else some blocks belong to two */
    int64_t unit = whole ? k->block : 1, least = k->block / unit, most = 3 * least;
    p.channels = grouped ? p.group * unit * check_int(t, least, most)
                         : check_int(t, 1, big ? 300 : 40);
    p.filters = grouped ? p.group * unit * check_int(t, least, most) : check_int(t, 1, 70);
    if (big && p.window.rank == 1) { /* blocks collide */
        p.in[0] = 128;
        complete(&p);
    }
    note(t, &p, "direct");
    try_problem(t, k, &p, CONV_DIRECT, 0);
}

static void one_pairs(check *t, const void *kernels)
{
    const conv_kernels *k = kernels;
    problem p;
    do
        p = random_problem(t);
    while (p.transposed || p.window.rank > 2);
    p.group = check_chance(t, 30) ? check_int(t, 2, 3) : 1;
    bool big = check_chance(t, 5);
    p.channels = p.group > 1 ? p.group * k->block * check_int(t, 1, 3)
                             : check_int(t, 1, big ? 300 : 40);
    p.filters = p.group > 1 ? p.group * k->block * check_int(t, 1, 3) : check_int(t, 1, 140);
    note(t, &p, "pairs");
    try_problem(t, k, &p, CONV_PAIRS, 0);
}

static void one_first(check *t, const void *kernels)
{
    problem p = random_problem(t);
    p.transposed = false;
    for (int d = 0; d < p.window.rank; d++)
        while (p.in[d] + p.window.begin[d] + p.window.end[d] < sdx_window_span(&p.window, d))
            p.in[d]++;
    complete(&p);
    p.group = 1;
    p.channels = check_int(t, 1, 5);
    p.filters = check_int(t, 1, 50);
    note(t, &p, "first");
    try_problem(t, kernels, &p, CONV_FIRST, 0);
}

static void one_spread(check *t, const void *kernels)
{
    static const int even[] = { 1, 2, 4, 8, 16 };
    problem p = random_problem(t);
    int64_t each = check_chance(t, 60) ? even[check_int(t, 0, 4)] : check_int(t, 1, 40);
    int64_t filters = check_chance(t, 60) ? each : check_int(t, 1, 20);
    p.group = check_int(t, 1, 200 / (each + filters));
    p.channels = p.group * each;
    p.filters = p.group * filters;
    note(t, &p, "spread");
    try_problem(t, kernels, &p, CONV_SPREAD, 0);
}

static void one_rows(check *t, const void *kernels)
{
    problem p = { .window.rank = 2, .group = check_int(t, 1, 9) };
    for (int d = 0; d < 2; d++) {
        p.in[d] = check_int(t, 3, d == 0 ? 20 : 50);
        p.window.kernel[d] = 3;
        p.window.stride[d] = p.window.dilation[d] = 1;
        p.window.begin[d] = check_int(t, 0, check_chance(t, 10) ? 20 : 2);
        p.window.end[d] = check_int(t, 0, check_chance(t, 10) ? 20 : 2);
    }
    complete(&p);
    p.channels = p.group * check_int(t, 1, check_chance(t, 40) ? 1 : 4);
    p.filters = p.group * check_int(t, 1, check_chance(t, 40) ? 1 : 5);
    note(t, &p, "rows");
    try_problem(t, kernels, &p, CONV_ROWS, 0);
}

static void one_planes(check *t, const void *kernels)
{
    problem p;
    do
        p = random_problem(t);
    while (p.window.rank > 2);
    p.group = check_chance(t, 60) ? 1 : check_int(t, 2, 5);
    p.channels = p.group * check_int(t, 1, check_chance(t, 30) ? 30 : 4);
    p.filters = p.group * check_int(t, 1, check_chance(t, 10) ? 100 : 8);
    note(t, &p, "planes");
    try_problem(t, kernels, &p, CONV_PLANES, 0);
}

static void one_winograd(check *t, const void *kernels)
{
    const conv_kernels *k = kernels;
    problem p = { .window.rank = 2, .group = check_int(t, 1, 3) };
    bool narrow = check_chance(t, 40);
    for (int d = 0; d < 2; d++) {
        p.window.kernel[d] = 3;
        p.window.stride[d] = 1;
        p.window.dilation[d] = check_chance(t, 70) ? 1 : check_int(t, 1, 7);
        p.in[d] = check_int(t, 2 * p.window.dilation[d] + 1, 40);
        p.window.begin[d] = check_int(t, 0, 2 * p.window.dilation[d]);
        p.window.end[d] = check_int(t, 0, 2 * p.window.dilation[d]);
    }
    complete(&p);
    p.channels = p.filters = p.group * k->block;
    if (narrow) {
        p.group = check_int(t, 2, 9);
        p.channels = p.filters = p.group << check_int(t, 1, k->lanes == 16 ? 3 : k->lanes / 4);
    } else if (p.group == 1) {
        p.channels = check_int(t, 1, 60);
        p.filters = check_int(t, 1, 60);
    }
    note(t, &p, "winograd");
    try_problem(t, kernels, &p, CONV_WINOGRAD, !narrow && check_chance(t, 50) ? 2 : 4);
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "direct", 500, one_direct, kernels);
    if (((const conv_kernels *)kernels)->block == 16 && find_pairs(&(matmul_kernels){ 0 }))
        check_cases(t, "pairs", 400, one_pairs, kernels);
    check_cases(t, "first", 300, one_first, kernels);
    check_cases(t, "spread", 600, one_spread, kernels);
    if (((const conv_kernels *)kernels)->rows)
        check_cases(t, "rows", 400, one_rows, kernels);
    if (((const conv_kernels *)kernels)->plane_tiles)
        check_cases(t, "planes", 800, one_planes, kernels);
    if (((const conv_kernels *)kernels)->winograd)
        check_cases(t, "winograd", 200, one_winograd, kernels);
}

static void time_one(check *t, const conv_kernels *k, conv_way how, int64_t channels,
                     int64_t filters, int64_t group, int64_t size, int64_t kernel, int64_t stride,
                     int64_t dilation)
{
    static const char *const names[] = { "reference", "direct",   "first",    "spread",
                                         "rows",      "winograd", "winograd4" };
    char name[100];
    setup s;
    problem p = square(channels, filters, group, size, kernel, stride, dilation);
    bool four = how > CONV_WINOGRAD; /* the one after it: tiles of 4 */
    set_up(t, k, &p, four ? CONV_WINOGRAD : how, four ? 4 : how == CONV_WINOGRAD ? 2 : 0, &s);
    double flops = 2.0 * (double)(channels / group * filters * p.taps * p.out_pixels);
    snprintf(name, sizeof name, "%s %lldx%lld s%lld d%lld %lld>%lld/%lld at %lld", names[how],
             (long long)kernel, (long long)kernel, (long long)stride, (long long)dilation,
             (long long)channels, (long long)filters, (long long)group, (long long)size);
    CHECK_BENCH(t, name, flops, 0, run_all(k, &s));
    put_away(t, &s);
}

static void time_some(check *t, const void *kernels)
{
    static const int dense[][5] = {
        { 64, 64, 56, 3, 1 },    { 128, 128, 28, 3, 1 }, { 256, 256, 14, 3, 1 },
        { 512, 512, 7, 3, 1 },   { 128, 128, 56, 3, 2 }, { 512, 512, 14, 3, 2 },
        { 64, 256, 56, 1, 1 },   { 256, 64, 56, 1, 1 },  { 512, 128, 28, 1, 1 },
        { 1024, 256, 14, 1, 1 }, { 2048, 512, 7, 1, 1 }, { 512, 2048, 7, 1, 1 },
        { 256, 512, 56, 1, 2 },  { 32, 16, 112, 1, 1 },  { 24, 144, 56, 1, 1 },
        { 58, 58, 28, 3, 1 },    { 16, 16, 56, 3, 1 }
    };
    for (size_t i = 0; i < sizeof dense / sizeof *dense; i++)
        time_one(t, kernels, CONV_DIRECT, dense[i][0], dense[i][1], 1, dense[i][2], dense[i][3],
                 dense[i][4], 1);
    time_one(t, kernels, CONV_FIRST, 3, 64, 1, 224, 7, 2, 1);
    time_one(t, kernels, CONV_FIRST, 3, 32, 1, 224, 3, 2, 1);
    time_one(t, kernels, CONV_FIRST, 3, 16, 1, 320, 3, 1, 1);
    for (conv_way way = CONV_WINOGRAD;
         ((const conv_kernels *)kernels)->winograd && way <= CONV_WINOGRAD + 1; way++) {
        for (int i = 0; i < 3; i++)
            time_one(t, kernels, way, dense[i][0], dense[i][1], 1, dense[i][2], 3, 1, 1);
        for (int each = 8; each <= 32; each *= 2)
            for (int size = 56; size >= 14; size /= 2)
                time_one(t, kernels, way, 8 * each, 8 * each, 8, size, 3, 1, 1);
    }
    for (int size = 56; ((const conv_kernels *)kernels)->rows && size >= 7; size /= 2) {
        time_one(t, kernels, CONV_ROWS, 144, 144, 144, size, 3, 1, 1);
        time_one(t, kernels, CONV_ROWS, 4, 4, 2, size, 3, 1, 1);
        time_one(t, kernels, CONV_ROWS, 8, 8, 2, size, 3, 1, 1);
    }
    for (int each = 1; each <= 16; each *= 2)
        for (int size = 56; size >= 7; size /= 2)
            time_one(t, kernels, CONV_SPREAD, 32 * each, 32 * each, 32, size, 3, 1, 1);
    for (int each = 2; each <= 8; each *= 2)
        time_one(t, kernels, CONV_SPREAD, 32 * each, 32 * each, 32, 28, 3, 2, 1);
    time_one(t, kernels, CONV_SPREAD, 128, 128, 32, 28, 3, 1, 2);
    time_one(t, kernels, CONV_SPREAD, 96, 96, 32, 28, 3, 1, 1);
    time_one(t, kernels, CONV_SPREAD, 144, 144, 144, 56, 3, 1, 1);
    time_one(t, kernels, CONV_SPREAD, 96, 96, 96, 112, 3, 2, 1);
    time_one(t, kernels, CONV_SPREAD, 120, 120, 120, 28, 5, 1, 1);
    time_one(t, kernels, CONV_SPREAD, 384, 384, 384, 14, 7, 1, 1);
    time_one(t, kernels, CONV_SPREAD, 64, 128, 64, 56, 3, 1, 1);
    time_one(t, kernels, CONV_SPREAD, 512, 512, 512, 28, 3, 1, 2);
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "nn_conv", sizeof(conv_kernels), try_all, time_some);
}
