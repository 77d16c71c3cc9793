/* ops/nn/conv/direct.h - direct and first, on the tile: see kernels.h. */
#include <string.h>
#include "nn/conv/kernels.h"
#include "simd/tile.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Prefetching of what follows the weights in use: a line for each of their rows, until all of it
 * has been asked for. */
typedef struct ahead {
    const float *next, *idle;
    int64_t left; /* floats */
} ahead;

static void take_ahead(ahead *a, tile *t, int64_t rows)
{
    enum { LINE = 16 };
    t->ahead = a->left > 0 ? a->next : a->idle;
    t->ahead_step = a->left > 0 ? LINE : 0;
    a->next += rows * LINE;
    a->left -= rows * LINE;
}

/* Lanes [from, to) of a block that a tile writes; those before and after belong to other groups. */
typedef struct lanes {
    int64_t from, to;
    bool half; /* of the last block none but lanes of its lower half are read */
} lanes;

static tile_kernel *tile_for(const tile *t, int64_t pixels, int blocks, bool half)
{
#ifdef V_HAS_HALF
    if (half && pixels == TILE_PIXELS && t->taps == 1 && t->tap->first <= t->pixel &&
        t->tap->end >= t->pixel + pixels)
        return tile_halves[blocks - 1];
#else
    (void)t, (void)half;
#endif
    return tile_kernels[pixels - 1][blocks - 1];
}

/* A tile of one block of which only some lanes are to be written. */
static void part_tile(tile *t, int64_t pixels, lanes some)
{
    float buffer[TILE_PIXELS * V_BLOCK + V_LANES], *y = t->y;
    int64_t step = t->y_step;
    memset(buffer + pixels * V_BLOCK, 0, V_LANES * sizeof *buffer); /* loaded, not stored */
    t->y = buffer;
    t->y_step = V_BLOCK;
    tile_for(t, pixels, 1, some.to <= V_BLOCK / 2)(t);
    for (int64_t i = 0; i < pixels; i++)
        for (int64_t l = some.from; l < some.to; l += V_LANES)
            v_store_part(y + i * step + l, v_load(buffer + i * V_BLOCK + l),
                         (size_t)(some.to - l < V_LANES ? some.to - l : V_LANES));
}

/* Pixels of one phase of a row, cut evenly into tiles.  x: the row's pixel 0; y: the row. */
static void phase_row(tile *t, const conv_geometry *g, const conv_phase *p, int64_t count,
                      const float *x, int64_t step, float *y, const float *base, int blocks,
                      lanes some, int64_t weight_rows, ahead *next)
{
    int64_t tiles = tile_count(count), pixels = 0;
    for (int64_t i = 0, from = 0; i < tiles; i++, from += pixels) {
        pixels = tile_begin(count, tiles, i + 1) - from;
        int64_t at = (p->first + from * g->phases) * V_BLOCK;
        t->pixel = from;
        t->x = x + from * step;
        t->step = step;
        t->y = y + at;
        t->y_step = t->base_step = g->phases * V_BLOCK;
        t->base = base ? base + at : NULL;
        take_ahead(next, t, weight_rows);
        if (some.to - some.from == V_BLOCK)
            tile_for(t, pixels, blocks, some.half)(t);
        else
            part_tile(t, pixels, some);
    }
}

static void call_after(const conv_f32 *j, int64_t block, int blocks, int64_t row, int64_t pixels)
{
    const conv_geometry *g = j->g;
    for (int b = 0; j->after && b < blocks; b++) {
        int64_t at = ((block + b) * g->pixels + row * g->width) * V_BLOCK;
        j->after(j->context, j->y + at, j->at + at, (size_t)(pixels * V_BLOCK));
    }
}

/* One or two output blocks of a group, or those lanes of one that are the group's. */
typedef struct unit {
    int64_t group, block;
    int blocks;
    lanes some;
    bool last; /* of the groups that share the block */
} unit;

enum {
    FEW_PRODUCTS = 128, /* of a sum that begins with its bias */
    FLAT_ROWS = 4       /* of a flattened image that are taken as one */
};

/* Chunks of input blocks, each over all rows: sums rest in y from one chunk to the next. */
static void direct_unit(const conv_f32 *j, unit u, const float *w, int64_t row0, int64_t row1)
{
    const conv_geometry *g = j->g;
    int64_t channels = j->channels / j->group, first = u.group * channels;
    int64_t chunks = conv_chunks(channels, g->taps, V_BLOCK, conv_collides(g->in_pixels, V_BLOCK));
    bool few = channels * g->taps <= FEW_PRODUCTS;
    int64_t y_block = g->pixels * V_BLOCK, x_block = g->in_pixels * V_BLOCK;
    for (int64_t i = 0; i < chunks; i++) {
        int64_t c0 = conv_chunk_begin(first, channels, V_BLOCK, chunks, i),
                c1 = conv_chunk_begin(first, channels, V_BLOCK, chunks, i + 1);
        int64_t weight_rows = (c1 - c0) * g->taps, floats = weight_rows * u.blocks * V_BLOCK;
        ahead next = { w + floats, w, floats };
        tile t = { .along = 1,
                   .blocks = conv_blocks(c1, V_BLOCK) - c0 / V_BLOCK,
                   .hop = x_block - V_BLOCK,
                   .unit = V_BLOCK,
                   .n_first = least(c1 - c0, V_BLOCK - c0 % V_BLOCK),
                   .n = V_BLOCK,
                   .n_last = (c1 - 1) % V_BLOCK + 1,
                   .w = w,
                   .y_block = y_block,
                   .base_block = y_block,
                   .start = i == 0 && few ? j->bias + u.block * V_BLOCK : NULL,
                   .bias = i == 0 && !few ? j->bias + u.block * V_BLOCK : NULL,
                   .clamp = i + 1 == chunks,
                   .lo = j->lo,
                   .hi = j->hi };
        const float *x = j->x + c0 / V_BLOCK * x_block + c0 % V_BLOCK;
        float *y = j->y + u.block * y_block;
        const float *base = i > 0 ? y : j->residual ? j->residual + u.block * y_block : NULL;
        for (int64_t r = row0, rows = 0; r < row1; r += rows) {
            int64_t at = r * g->width * V_BLOCK, pixels = conv_row_pixels(g, r);
            tile_tap whole;
            t.line = g->line + g->start[r];
            t.lines = g->start[r + 1] - g->start[r];
            rows = 1;
            if (g->flat) {
                rows = least(FLAT_ROWS, row1 - r);
                pixels = least(rows * g->width, g->pixels - r * g->width);
                whole = (tile_tap){ 0, 0, 0, pixels };
            }
            for (const conv_phase *p = g->phase; p < g->phase + g->phases; p++) {
                t.tap = g->flat ? &whole : p->tap;
                t.taps = p->taps;
                phase_row(&t, g, p, g->phases == 1 ? pixels : p->count, x, g->step * V_BLOCK,
                          y + at, base ? base + at : NULL, u.blocks, u.some, weight_rows, &next);
            }
            if (t.clamp && u.last)
                call_after(j, u.block, u.blocks, r, pixels);
        }
        w += floats;
    }
}

/* A pair of blocks at once if they are of one group, else block by block, group by group. */
static void direct(const conv_f32 *j, int64_t number, int64_t row0, int64_t row1)
{
    int64_t each = j->filters / j->group, block = 2 * number,
            end = least(block + 2, conv_blocks(j->filters, V_BLOCK));
    int64_t floats = j->channels / j->group * j->g->taps * V_BLOCK; /* weights of a part */
    const float *w = j->w + floats * conv_parts_before(block, j->filters, each, V_BLOCK);
    int64_t group = conv_first_group(block, each, V_BLOCK);
    if (group == conv_last_group(end, j->filters, each, V_BLOCK)) {
        lanes all = { 0, V_BLOCK, end * V_BLOCK >= j->filters + V_BLOCK / 2 };
        direct_unit(j, (unit){ group, block, (int)(end - block), all, true }, w, row0, row1);
        return;
    }
    for (; block < end; block++) {
        int64_t last = conv_last_group(block + 1, j->filters, each, V_BLOCK);
        group = conv_first_group(block, each, V_BLOCK);
        bool whole = group == last;
        for (; group <= last; group++, w += floats) {
            int64_t from = group * each - block * V_BLOCK, to = from + each;
            lanes some = { whole || from < 0 ? 0 : from, whole || to > V_BLOCK ? V_BLOCK : to,
                           false };
            direct_unit(j, (unit){ group, block, 1, some, group == last }, w, row0, row1);
        }
    }
}

/* The input under one output row, with its padding: [lines][channels][columns].  Returns the
 * columns. */
static int64_t copy_rows(const conv_f32 *j, const tile_line *line, int64_t lines, float *to)
{
    const conv_geometry *g = j->g;
    int last = g->window.rank - 1;
    int64_t columns = (g->width - 1) * g->step + sdx_window_span(&g->window, last),
            lead = least(g->window.begin[last], columns);
    for (int64_t l = 0; l < lines; l++)
        for (int64_t c = 0; c < j->channels; c++, to += columns) {
            const float *row = j->x + c * g->in_pixels + line[l].x;
            int64_t width = least(least(g->in_width, g->in_pixels - line[l].x), columns - lead);
            width = width > 0 ? width : 0;
            memset(to, 0, (size_t)lead * sizeof *to);
            memcpy(to + lead, row, (size_t)width * sizeof *to);
            memset(to + lead + width, 0, (size_t)(columns - lead - width) * sizeof *to);
        }
    return columns;
}

/* Here a "block" is one channel, and the "channels" of a tap are the columns of the kernel's
 * row. */
static void first(const conv_f32 *j, int64_t row0, int64_t row1, float *scratch)
{
    const conv_geometry *g = j->g;
    int last = g->window.rank - 1;
    int64_t kernel = g->window.kernel[last], y_block = g->pixels * V_BLOCK;
    int64_t blocks = conv_blocks(j->filters, V_BLOCK);
    bool few = j->channels * g->taps <= FEW_PRODUCTS;
    const lanes all = { 0, V_BLOCK, false };
    const tile_tap tap = { 0, 0, 0, g->width };
    tile_line *lines = (tile_line *)(void *)scratch;
    scratch += g->most_lines * (int64_t)(sizeof *lines / sizeof *scratch);
    for (int64_t r = row0; r < row1; r++) {
        const tile_line *line = g->line + g->start[r];
        int64_t count = g->start[r + 1] - g->start[r], columns = copy_rows(j, line, count, scratch);
        /* lines with neighbouring rows of the kernel are one: their rows lie one after the other */
        bool one = count > 0 && line[count - 1].w == line[0].w + (count - 1) * kernel;
        for (int64_t l = 0; l < count; l++)
            lines[l] = (tile_line){ l * j->channels * columns, one ? 0 : line[l].w / kernel };
        for (int64_t b = 0; b < blocks; b += 2) {
            int pair = b + 1 < blocks ? 2 : 1;
            int64_t at = b * y_block + r * g->width * V_BLOCK;
            const float *w = j->w + b * V_BLOCK * j->channels * g->taps;
            if (one)
                w += line[0].w * j->channels * pair * V_BLOCK;
            ahead next = { w, w, 0 };
            tile t = { .along = g->window.dilation[last],
                       .blocks = one ? count * j->channels : j->channels,
                       .unit = 1,
                       .hop = columns - kernel * g->window.dilation[last],
                       .n_first = kernel,
                       .n = kernel,
                       .n_last = kernel,
                       .line = lines,
                       .lines = one ? 1 : count,
                       .tap = &tap,
                       .taps = 1,
                       .w = w,
                       .y_block = y_block,
                       .base_block = y_block,
                       .start = few ? j->bias + b * V_BLOCK : NULL,
                       .bias = few ? NULL : j->bias + b * V_BLOCK,
                       .clamp = true,
                       .lo = j->lo,
                       .hi = j->hi };
            phase_row(&t, g, g->phase, conv_row_pixels(g, r), scratch, g->step, j->y + at,
                      j->residual ? j->residual + at : NULL, pair, all, 0, &next);
            call_after(j, b, pair, r, conv_row_pixels(g, r));
        }
    }
}
