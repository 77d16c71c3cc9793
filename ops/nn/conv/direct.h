/* ops/nn/conv/direct.h - direct and first, on the tile: see kernels.h. */
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

/* Pixels of one phase of a row, cut evenly into tiles.  x: the row's pixel 0; y: the row. */
static void phase_row(tile *t, const conv_geometry *g, const conv_phase *p, int64_t count,
                      const float *x, int64_t step, float *y, const float *base, int blocks,
                      int64_t weight_rows, ahead *next)
{
    int64_t tiles = tile_count(count);
    for (int64_t i = 0; i < tiles; i++) {
        int64_t from = tile_begin(count, tiles, i), pixels = tile_begin(count, tiles, i + 1) - from;
        int64_t at = (p->first + from * g->phases) * V_BLOCK;
        t->pixel = from;
        t->x = x + from * step;
        t->step = step;
        t->y = y + at;
        t->y_step = t->base_step = g->phases * V_BLOCK;
        t->base = base ? base + at : NULL;
        take_ahead(next, t, weight_rows);
        tile_kernels[pixels - 1][blocks - 1](t);
    }
}

static void call_after(const conv_f32 *j, int64_t block, int blocks, int64_t row)
{
    const conv_geometry *g = j->g;
    for (int b = 0; j->after && b < blocks; b++) {
        int64_t at = ((block + b) * g->pixels + row * g->width) * V_BLOCK;
        j->after(j->context, j->y + at, j->at + at, (size_t)(conv_row_pixels(g, row) * V_BLOCK));
    }
}

/* A unit: one or two output blocks of one group. */
typedef struct unit {
    int64_t group, block; /* block: the first, among those of all groups */
    int blocks;
} unit;

static unit unit_of(const conv_f32 *j, int64_t number)
{
    int64_t each = conv_blocks(j->filters / j->group, V_BLOCK), pairs = (each + 1) / 2;
    unit u = { number / pairs, 0, 0 };
    u.block = u.group * each + number % pairs * 2;
    u.blocks = number % pairs * 2 + 1 < each ? 2 : 1;
    return u;
}

/* Chunks of input blocks, each over all rows: sums rest in y from one chunk to the next. */
static void direct(const conv_f32 *j, int64_t number, int64_t row0, int64_t row1)
{
    const conv_geometry *g = j->g;
    unit u = unit_of(j, number);
    int64_t channels = j->channels / j->group, in_blocks = conv_blocks(channels, V_BLOCK);
    int64_t chunks = conv_chunks(channels, g->taps, V_BLOCK);
    int64_t y_block = g->pixels * V_BLOCK, x_block = g->in_pixels * V_BLOCK;
    const float *w = j->w + u.block * V_BLOCK * channels * g->taps;
    for (int64_t i = 0; i < chunks; i++) {
        int64_t b0 = in_blocks * i / chunks, b1 = in_blocks * (i + 1) / chunks;
        int64_t weight_rows = (least(b1 * V_BLOCK, channels) - b0 * V_BLOCK) * g->taps;
        int64_t floats = weight_rows * u.blocks * V_BLOCK;
        ahead next = { w + floats, w, floats };
        tile t = { .along = 1,
                   .blocks = b1 - b0,
                   .hop = x_block - V_BLOCK,
                   .unit = V_BLOCK,
                   .n = V_BLOCK,
                   .n_last = b1 == in_blocks ? channels - (in_blocks - 1) * V_BLOCK : V_BLOCK,
                   .w = w,
                   .y_block = y_block,
                   .base_block = y_block,
                   .bias = i == 0 ? j->bias + u.block * V_BLOCK : NULL,
                   .clamp = i + 1 == chunks,
                   .lo = j->lo,
                   .hi = j->hi };
        const float *x = j->x + (u.group * in_blocks + b0) * x_block;
        float *y = j->y + u.block * y_block;
        const float *base = i > 0 ? y : j->residual ? j->residual + u.block * y_block : NULL;
        for (int64_t r = row0; r < row1; r++) {
            int64_t at = r * g->width * V_BLOCK;
            t.line = g->line + g->start[r];
            t.lines = g->start[r + 1] - g->start[r];
            for (const conv_phase *p = g->phase; p < g->phase + g->phases; p++) {
                t.tap = p->tap;
                t.taps = p->taps;
                phase_row(&t, g, p, g->phases == 1 ? conv_row_pixels(g, r) : p->count, x,
                          g->step * V_BLOCK, y + at, base ? base + at : NULL, u.blocks, weight_rows,
                          &next);
            }
            if (t.clamp)
                call_after(j, u.block, u.blocks, r);
        }
        w += floats;
    }
}

/* The input under one output row, with its padding: [channels][lines][columns].  Returns the
 * columns. */
static int64_t copy_rows(const conv_f32 *j, const tile_line *line, int64_t lines, float *to)
{
    const conv_geometry *g = j->g;
    int last = g->window.rank - 1;
    int64_t lead = g->window.begin[last],
            columns = (g->width - 1) * g->step + sdx_window_span(&g->window, last);
    for (int64_t c = 0; c < j->channels; c++)
        for (int64_t l = 0; l < lines; l++, to += columns) {
            const float *row = j->x + c * g->in_pixels + line[l].x;
            int64_t width = least(least(g->in_width, g->in_pixels - line[l].x), columns - lead);
            for (int64_t i = 0; i < columns; i++)
                to[i] = i < lead || i >= lead + width ? 0 : row[i - lead];
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
    int64_t units = conv_units(j->filters, 1, V_BLOCK);
    const tile_tap tap = { 0, 0, 0, g->width };
    tile_line *lines = (tile_line *)(void *)scratch;
    scratch += g->most_lines * (int64_t)(sizeof *lines / sizeof *scratch);
    for (int64_t r = row0; r < row1; r++) {
        const tile_line *line = g->line + g->start[r];
        int64_t count = g->start[r + 1] - g->start[r], columns = copy_rows(j, line, count, scratch);
        for (int64_t l = 0; l < count; l++)
            lines[l] = (tile_line){ l * columns, line[l].w / kernel };
        for (int64_t n = 0; n < units; n++) {
            unit u = unit_of(j, n);
            int64_t at = u.block * y_block + r * g->width * V_BLOCK;
            const float *w = j->w + u.block * V_BLOCK * j->channels * g->taps;
            ahead next = { w, w, 0 };
            tile t = { .along = g->window.dilation[last],
                       .blocks = j->channels,
                       .unit = 1,
                       .hop = count * columns - kernel * g->window.dilation[last],
                       .n = kernel,
                       .n_last = kernel,
                       .line = lines,
                       .lines = count,
                       .tap = &tap,
                       .taps = 1,
                       .w = w,
                       .y_block = y_block,
                       .base_block = y_block,
                       .bias = j->bias + u.block * V_BLOCK,
                       .clamp = true,
                       .lo = j->lo,
                       .hi = j->hi };
            phase_row(&t, g, g->phase, conv_row_pixels(g, r), scratch, g->step, j->y + at,
                      j->residual ? j->residual + at : NULL, u.blocks, 0, &next);
            call_after(j, u.block, u.blocks, r);
        }
    }
}
