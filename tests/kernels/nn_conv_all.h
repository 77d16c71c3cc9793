/* tests/kernels/nn_conv_all.h - a convolution set up for one of its kernels, and all of it run:
 * what the programs that time them share. */
#ifndef TESTS_KERNELS_NN_CONV_ALL_H
#define TESTS_KERNELS_NN_CONV_ALL_H
#include "nn/conv/kernels.h"
#include "support/check.h"
#include <math.h>
#include <stdlib.h>

/* What geometry and packing call of the runtime. */
enum { MOST_KEPT = 4096 };
struct sdx_prepare {
    int count;
    void *kept[MOST_KEPT];
};
void *sdx_keep(sdx_prepare *c, size_t bytes)
{
    void *p = calloc(1, bytes + 1);
    if (!p || c->count == MOST_KEPT)
        abort();
    return c->kept[c->count++] = p;
}
static inline void free_kept(sdx_prepare *c)
{
    for (int i = 0; i < c->count; i++)
        free(c->kept[i]);
}

typedef struct problem {
    sdx_window window;
    int64_t channels, filters, group, in[3], out[3], in_pixels, out_pixels, taps;
    bool transposed;
} problem;

static inline void complete(problem *p)
{
    p->in_pixels = p->out_pixels = p->taps = 1;
    for (int d = 0; d < p->window.rank; d++) {
        const sdx_window *w = &p->window;
        p->out[d] = p->transposed ? (p->in[d] - 1) * w->stride[d] + sdx_window_span(w, d) -
                                        w->begin[d] - w->end[d]
                                  : (p->in[d] + w->begin[d] + w->end[d] - sdx_window_span(w, d)) /
                                            w->stride[d] +
                                        1;
        p->in_pixels *= p->in[d];
        p->out_pixels *= p->out[d];
        p->taps *= w->kernel[d];
    }
}

/* Square, padded so that the size stays. */
static inline problem square(int64_t channels, int64_t filters, int64_t group, int64_t size,
                             int64_t kernel, int64_t stride, int64_t dilation)
{
    problem p = { .channels = channels, .filters = filters, .group = group, .in = { size, size } };
    p.window.rank = 2;
    for (int d = 0; d < 2; d++) {
        p.window.kernel[d] = kernel;
        p.window.stride[d] = stride;
        p.window.dilation[d] = dilation;
        p.window.begin[d] = p.window.end[d] = (kernel - 1) * dilation / 2;
    }
    complete(&p);
    return p;
}

/* All of an image, as conv.c runs it. */
static inline void run_winograd(const conv_kernels *k, const conv_f32 *j, const conv_weights *p,
                                const conv_tiles *w, float *scratch)
{
    int64_t parts = conv_in_strips(p) ? conv_blocks(j->filters, k->block) : j->group;
    for (int64_t part = 0; part < parts; part++)
        for (int64_t t = 0; t < w->count; t += w->block)
            k->winograd(j, w, part, t, t + w->block < w->count ? t + w->block : w->count, scratch);
}

static inline void run_planes(const conv_kernels *k, const conv_f32 *j, const conv_planes *p,
                              float *scratch)
{
    for (int64_t unit = 0; unit < p->units; unit++)
        for (int64_t q = 0; q < p->rows; q += p->strip)
            sdx_conv_planes_run(j, p, k, unit, q, q + p->strip < p->rows ? q + p->strip : p->rows,
                                scratch);
}

typedef struct setup {
    sdx_prepare keep;
    conv_geometry g;
    conv_steps steps;
    conv_weights w;
    conv_tiles tiles;
    conv_planes planes;
    conv_f32 j;
    float *scratch;
} setup;

/* With any numbers, and a Relu. */
static inline void set_up(check *t, const conv_kernels *k, const problem *p, conv_way way,
                          int64_t tile, setup *s)
{
    int64_t B = conv_is_plain(way) ? 1 : k->block;
    size_t in = (size_t)(conv_blocks(p->channels, B) * B * p->in_pixels),
           out = (size_t)(conv_blocks(p->filters, B) * B * p->out_pixels), scratch = 1;
    *s = (setup){ .w = { p->channels, p->filters, p->group, p->taps,
                         p->window.kernel[p->window.rank - 1], p->transposed, k->block, k->lanes,
                         way, tile, way == CONV_DIRECT && conv_collides(p->in_pixels, k->block),
                         0 } };
    sdx_conv_geometry(&s->keep, &p->window, p->in, p->out, p->transposed,
                      way == CONV_SPREAD ? conv_longest_run(p->channels, p->filters, p->group) : 0,
                      &s->g);
    if (way == CONV_SPREAD)
        sdx_conv_steps(&s->keep, &s->w, &s->g, &s->steps);
    if (way == CONV_WINOGRAD) {
        s->tiles = sdx_conv_tiles(&s->w, &s->g);
        scratch = (size_t)conv_tiles_scratch(&s->tiles);
    }
    if (way == CONV_PLANES) {
        sdx_conv_plan_planes(&s->keep, &s->w, &s->g, 1, &s->planes);
        scratch = (size_t)sdx_conv_planes_scratch(&s->planes, p->channels / p->group);
    }
    if (way == CONV_FIRST)
        scratch = (size_t)sdx_conv_first_scratch(&s->g, p->channels);
    s->scratch = aligned_alloc(64, (scratch * sizeof(float) + 63) / 64 * 64);
    s->j = (conv_f32){ .g = &s->g,
                       .channels = p->channels,
                       .filters = p->filters,
                       .group = p->group,
                       .lo = 0,
                       .hi = INFINITY,
                       .x = check_floats(t, in, -1, 1),
                       .w = check_floats(t, (size_t)sdx_conv_packed(&s->w), -1, 1),
                       .bias = check_floats(t, (size_t)(p->filters + k->block), -1, 1),
                       .y = check_room(t, out),
                       .steps = &s->steps };
}

static inline void run_all(const conv_kernels *k, const setup *s)
{
    if (s->w.way == CONV_WINOGRAD) {
        run_winograd(k, &s->j, &s->w, &s->tiles, s->scratch);
    } else if (s->w.way == CONV_PLANES) {
        run_planes(k, &s->j, &s->planes, s->scratch);
    } else if (s->w.way == CONV_FIRST) {
        k->first(&s->j, 0, s->g.rows, s->scratch);
    } else {
        conv_direct_f32 *run = s->w.way == CONV_SPREAD ? k->spread
                               : s->w.way == CONV_ROWS ? k->rows
                                                       : k->direct;
        for (int64_t u = 0; u < conv_units(&s->w); u++)
            run(&s->j, u, 0, s->g.rows);
    }
}

static inline void put_away(check *t, setup *s)
{
    free(s->scratch);
    free_kept(&s->keep);
    check_free(t);
}
#endif
