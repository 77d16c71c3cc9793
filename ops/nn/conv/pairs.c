/* ops/nn/conv/pairs.c - see pairs.h. */
#include "nn/conv/pairs.h"
#include <string.h>

enum {
    BLOCK = 16, /* channels; as the instructions that have the dot product lay pictures out */
    WORDS = BLOCK / 2,
    FRAME_WORDS = 48 << 10, /* that stay in the second cache beside weights */
    FEW_WEIGHTS = 64 << 10, /* words that every band may read again */
    PIECES = 8
};
static const double piece_of_work = 2e7; /* products */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A picture of one spatial dim, and a flat one, are one row; dim 0 counts rows else. */
static bool is_row(const conv_geometry *g)
{
    return g->flat || g->window.rank == 1;
}
static int64_t columns_step(const conv_geometry *g)
{
    return g->window.stride[g->window.rank - 1];
}
static int64_t blocks_in(const conv_weights *how)
{
    return conv_blocks(how->channels / how->group, BLOCK);
}
static int64_t blocks_out(const conv_weights *how)
{
    return conv_blocks(how->filters / how->group, BLOCK);
}

/* Bands of rows that a frame holds, and that are well under a millisecond of work; several pieces
 * in all, by bands where weights are small, else by filters. */
static void cut(conv_pairs *p, const conv_weights *how, const conv_geometry *g, int64_t images)
{
    const int last = g->window.rank - 1;
    int64_t pieces = images * how->group, step = is_row(g) ? 1 : g->window.stride[0],
            more = is_row(g) ? 0 : sdx_window_span(&g->window, 0) - step,
            weights = p->runs * WORDS * blocks_out(how) * BLOCK;
    p->pitch = WORDS * (g->flat
                            ? g->width
                            : (g->width - 1) * columns_step(g) + sdx_window_span(&g->window, last));
    int64_t fit = FRAME_WORDS / (p->pitch * blocks_in(how)) - more;
    double work = (double)g->width * (double)weights * 2;
    int64_t wanted = 1 + (int64_t)(piece_of_work / (1 + work));
    p->band = least(g->rows, fit < step ? 1 : fit / step);
    p->parts = 1;
    if (weights > FEW_WEIGHTS) {
        int64_t bands = (g->rows + p->band - 1) / p->band;
        int64_t some = (PIECES - 1) / (bands * pieces) + 1,
                short_ones = (p->band + wanted - 1) / wanted;
        p->parts = least(p->units, some > short_ones ? some : short_ones);
    } else {
        p->band = least(p->band, wanted);
        int64_t bands = (PIECES - 1) / pieces + 1;
        if (p->band * bands > g->rows)
            p->band = (g->rows + bands - 1) / bands;
    }
    p->rows = g->flat     ? p->band
              : is_row(g) ? 1
                          : (p->band - 1) * step + sdx_window_span(&g->window, 0);
    p->plane = p->rows * p->pitch;
}

sdx_status sdx_conv_pairs(sdx_prepare *c, const matmul_kernels *k, const conv_weights *how,
                          const conv_geometry *g, int64_t images, conv_pairs *p)
{
    const sdx_window *w = &g->window;
    const int last = w->rank - 1;
    p->product = k->pairs;
    p->round = k->to_pairs;
    p->runs = blocks_in(how) * how->taps;
    p->units = (blocks_out(how) + 1) / 2;
    cut(p, how, g, images);
    int64_t *at = p->at = sdx_keep(c, (size_t)p->runs * sizeof *p->at);
    if (!at)
        return SDX_E_MEMORY;
    for (int64_t b = 0; b < blocks_in(how); b++)
        for (int64_t t = 0; t < how->taps; t++)
            *at++ = b * p->plane + t % how->row * w->dilation[last] * WORDS +
                    (last > 0 ? t / how->row * w->dilation[0] * p->pitch : 0);
    return SDX_OK;
}

int64_t sdx_conv_pairs_packed(const conv_weights *how)
{
    return how->group * blocks_out(how) * BLOCK * blocks_in(how) * WORDS * how->taps;
}

/* [group][pair of output blocks][input block][tap][pair of channels][filter]. */
void sdx_conv_pairs_pack(const conv_weights *how, float *to, const sdx_tensor *w)
{
    const int64_t filters = how->filters / how->group, channels = how->channels / how->group;
    memset(to, 0, (size_t)sdx_conv_pairs_packed(how) * sizeof *to);
    for (int64_t g = 0; g < how->group; g++)
        for (int64_t m = 0; m < filters; m += 2 * BLOCK) {
            const int64_t some = least(2 * BLOCK, filters - m),
                          width = some > BLOCK ? 2 * BLOCK : BLOCK;
            for (int64_t c = 0; c < channels; c += BLOCK)
                for (int64_t t = 0; t < how->taps; t++, to += WORDS * width)
                    sdx_matmul_pack(MATMUL_BF16, BLOCK, to, w,
                                    ((g * filters + m) * channels + c) * how->taps + t,
                                    least(BLOCK, channels - c), some, how->taps,
                                    channels * how->taps, 1);
        }
}

int64_t sdx_conv_pairs_scratch(const conv_pairs *p, const conv_weights *how)
{
    return p->plane * blocks_in(how);
}

/* n pixels of `channels` of a block.  Lanes past the last channel are not numbers. */
static void round_pixels(const conv_pairs *p, float *to, const float *x, int64_t n,
                         int64_t channels)
{
    if (channels >= BLOCK) {
        p->round(to, x, n * BLOCK);
        return;
    }
    memset(to, 0, (size_t)(n * WORDS) * sizeof *to);
    for (int64_t i = 0; i < n; i++)
        p->round(to + i * WORDS, x + i * BLOCK, channels);
}

/* One block of the frame: rows of the picture from `first` on, which may be negative. */
static void fill_rows(const conv_f32 *j, const conv_pairs *p, const float *x, int64_t channels,
                      int64_t first, int64_t rows, float *to)
{
    const conv_geometry *g = j->g;
    const sdx_window *w = &g->window;
    const int last = w->rank - 1;
    const int64_t height = is_row(g) ? 1 : g->in[0], columns = p->pitch / WORDS,
                  skip = !is_row(g) && w->kernel[0] == 1 ? w->stride[0] : 1;
    const int64_t lead = least(w->begin[last], columns), width = least(g->in[last], columns - lead);
    for (int64_t r = 0; r < rows; r += skip) {
        float *row = to + r * p->pitch;
        int64_t y = first + r;
        if (y < 0 || y >= height) {
            memset(row, 0, (size_t)p->pitch * sizeof *row);
            continue;
        }
        memset(row, 0, (size_t)(lead * WORDS) * sizeof *row);
        round_pixels(p, row + lead * WORDS, x + y * g->in[last] * BLOCK, width, channels);
        memset(row + (lead + width) * WORDS, 0,
               (size_t)((columns - lead - width) * WORDS) * sizeof *row);
    }
}

static void fill_frame(const conv_f32 *j, const conv_pairs *p, int64_t group, int64_t row0,
                       int64_t row1, float *to)
{
    const conv_geometry *g = j->g;
    const int64_t channels = j->channels / j->group;
    for (int64_t c = 0; c < channels; c += BLOCK, to += p->plane) {
        const float *x = j->x + (group * channels + c) * g->in_pixels;
        if (g->flat)
            round_pixels(p, to, x + row0 * g->width * BLOCK,
                         least(row1 * g->width, g->pixels) - row0 * g->width, channels - c);
        else if (is_row(g))
            fill_rows(j, p, x, channels - c, 0, 1, to);
        else
            fill_rows(j, p, x, channels - c, row0 * g->window.stride[0] - g->window.begin[0],
                      (row1 - row0 - 1) * g->window.stride[0] + sdx_window_span(&g->window, 0), to);
    }
}

void sdx_conv_pairs_run(const conv_f32 *j, const conv_pairs *p, int64_t part, int64_t row0,
                        int64_t row1, float *scratch)
{
    const conv_geometry *g = j->g;
    const int64_t group = part / p->parts, blocks = conv_blocks(j->filters / j->group, BLOCK),
                  y_block = g->pixels * BLOCK, words = p->runs * WORDS * BLOCK;
    const int64_t first = p->units * (part % p->parts) / p->parts,
                  end = p->units * (part % p->parts + 1) / p->parts;
    fill_frame(j, p, group, row0, row1, scratch);
    for (int64_t u = first; u < end; u++) {
        const int64_t b = group * blocks + 2 * u;
        const int pair = (int)least(2, blocks - 2 * u);
        for (int64_t r = row0; r < row1; r++) {
            const int64_t pixels = conv_row_pixels(g, r), at = b * y_block + r * g->width * BLOCK,
                          down = (r - row0) * (is_row(g) ? 1 : g->window.stride[0]);
            p->product(&(matmul_pairs){
                .rows = pixels,
                .blocks = pair,
                .x = scratch + down * p->pitch,
                .w = j->w + b * words,
                .at = p->at,
                .runs = p->runs,
                .run = WORDS,
                .x_row = columns_step(g) * WORDS,
                .ahead = pair * words,
                .y = j->y + at,
                .y_row = BLOCK,
                .y_block = y_block,
                .bias = j->bias + b * BLOCK,
                .base = j->residual ? j->residual + at : NULL,
                .base_row = BLOCK,
                .base_block = y_block,
                .lo = j->lo,
                .hi = j->hi,
            });
            for (int i = 0; j->after && i < pair; i++)
                j->after(j->context, j->y + at + i * y_block, j->at + at + i * y_block,
                         (size_t)(pixels * BLOCK));
        }
    }
}
