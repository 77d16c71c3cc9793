/* ops/nn/conv_integer/pieces.c - a convolution of bytes as pieces of work: frames, tiles, channels
 * by themselves. */
#include "nn/conv_integer/pieces.h"
#include <string.h>

enum { TILE_MOST = 16 };
static const int32_t no_start[INT_WIDTH] = { 0 };

static int_grid grid_of(const bytes_job *j, int64_t m)
{
    return (int_grid){ j->scale + m, j->y_zero, j->lowest,
                       j->highest,   j->small,  j->p->g.pixels * INT_COLUMNS,
                       NULL,         NULL };
}

/* Bytes of y, `at` on, with what is added to them, whose memory they may take over. */
static void put_bytes(const bytes_job *j, int64_t at, const uint8_t *from, int64_t count)
{
    uint8_t *y = (uint8_t *)j->y->data + at;
    if (j->rest)
        j->p->add(y, from, j->rest + at, (size_t)count, &j->more.add);
    else
        memcpy(y, from, (size_t)count);
}

/* Sums of filters m .. m + count of some pixels, the first of them number `at` of the image. */
static void put(const bytes_job *j, int64_t m, int64_t count, int64_t at, int rows,
                const int32_t *sum)
{
    const bytes_plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int columns = p->form.columns;
    int64_t end = m + count < g->how.filters ? m + count : g->how.filters;
    uint8_t room[TILE_MOST * INT_COLUMNS], line[TILE_MOST];
    for (; m < end; m += columns, sum += columns) {
        int_grid grid = grid_of(j, m);
        int64_t blocks = (g->how.filters + columns - 1) / columns;
        int64_t to = ((j->image * blocks + m / columns) * g->pixels + at) * columns;
        bool direct = p->y_lanes > 1 && !j->rest;
        if (j->y_scale != 0)
            p->narrow(direct ? (uint8_t *)j->y->data + to : room, sum, rows, columns, &grid);
        if (p->y_lanes > 1) {
            if (j->y_scale != 0 && !direct)
                put_bytes(j, to, room, rows * columns);
            for (int r = 0; j->y_scale == 0 && r < rows; r++)
                memcpy((int32_t *)j->y->data + to + r * columns, sum + r * INT_WIDTH,
                       (size_t)columns * sizeof *sum);
            continue;
        }
        for (int64_t k = 0; k < columns && m + k < end; k++) {
            to = (j->image * g->how.filters + m + k) * g->pixels + at;
            for (int r = 0; r < rows; r++)
                if (j->y_scale != 0)
                    line[r] = room[r * columns + k];
                else
                    ((int32_t *)j->y->data)[to + r] = sum[r * INT_WIDTH + k];
            if (j->y_scale != 0)
                put_bytes(j, to, line, rows);
        }
    }
}

/* Filters with zero points of their own want the sums of what they read, too. */
static void take_zeros(const bytes_job *j, int64_t m, int64_t count, int rows, int32_t *sum,
                       const int32_t *ones)
{
    for (int r = 0; r < rows; r++)
        for (int64_t k = 0; k < count; k++)
            sum[r * INT_WIDTH + k] = (int32_t)((uint32_t)sum[r * INT_WIDTH + k] -
                                               (uint32_t)j->zero[m + k] *
                                                   (uint32_t)ones[r * INT_WIDTH + k]);
}

static void add_less(const int32_t *less, int count, int rows, int32_t *sum)
{
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < count; k++)
            sum[r * INT_WIDTH + k] = (int32_t)((uint32_t)sum[r * INT_WIDTH + k] +
                                               (uint32_t)less[r]);
}

static sdx_status some_lines(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const bytes_job *j = arg;
    const bytes_geometry *g = &j->p->g;
    (void)scratch, (void)c;
    for (int64_t i = begin, n; i < end; i += n) {
        int64_t row = i % g->frame_rows;
        n = g->frame_rows - row < end - i ? g->frame_rows - row : end - i;
        sdx_bytes_lines(g, &j->p->form, j->x->data, j->image, i / g->frame_rows, row, n, j->x_zero,
                        false, j->copy + i * g->frame[g->rank - 1] * g->pixel);
    }
    return SDX_OK;
}

/* A panel of ones for the steps of the only unit; whole steps are all the same. */
static void fill_ones(const bytes_geometry *g, int16_t *to)
{
    if (g->how.channels % g->how.each != 0)
        sdx_bytes_pack_unit(&g->how, 0, to, NULL, false, NULL);
    else
        for (int64_t i = 0; i < g->first.steps * 32; i++)
            to[i] = g->how.each == 4 ? 0x0101 : 1;
}

/* Rows of output, once for all filters: what their one zero point takes off. */
static sdx_status some_less(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const bytes_job *j = arg;
    const bytes_plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int32_t sum[TILE_MOST * INT_WIDTH];
    int64_t step = g->stride[g->rank - 1] * g->pixel;
    bytes_unit u = sdx_bytes_unit(g, 0);
    (void)c;
    fill_ones(g, scratch);
    for (int64_t r = begin; r < end; r++)
        for (int64_t q = 0, pixels = bytes_row_pixels(g, r); q < pixels; q += p->rows) {
            int rows = pixels - q < p->rows ? (int)(pixels - q) : p->rows;
            p->form.tile(sum, NULL, no_start, j->frame + sdx_bytes_row(g, r) + q * step, step, u.at,
                         scratch, u.steps * 64, u.steps, rows, 1);
            for (int k = 0; k < rows; k++)
                j->less[r * g->width + q + k] = (int32_t)(0 - (uint32_t)j->zero[0] *
                                                                  (uint32_t)sum[k * INT_WIDTH]);
        }
    return SDX_OK;
}

/* Pieces: two panels of filters by some rows of pixels. */
static sdx_status some_tiles(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const bytes_job *j = arg;
    const bytes_plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int32_t sum[TILE_MOST * INT_WIDTH], ones[TILE_MOST * INT_WIDTH];
    int64_t step = g->stride[g->rank - 1] * g->pixel;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t unit = i / g->bands, r0 = i % g->bands * g->band, m = unit * INT_WIDTH;
        int64_t r1 = r0 + g->band < g->rows ? r0 + g->band : g->rows;
        bytes_unit u = sdx_bytes_unit(g, unit);
        const char *w = j->packed + u.packed;
        if (j->any_w_zero && !j->less)
            sdx_bytes_pack_unit(&g->how, unit, scratch, NULL, false, NULL);
        int_grid grid = grid_of(j, m);
        int_more more = j->more;
        int64_t blocks = (g->how.filters + INT_COLUMNS - 1) / INT_COLUMNS;
        int64_t to = (j->image * blocks + m / INT_COLUMNS) * g->pixels * INT_COLUMNS;
        grid.more = j->rest ? &more : NULL;
        for (int64_t r = r0; r < r1; r++) {
            const char *x = j->frame + sdx_bytes_row(g, r);
            int64_t pixels = bytes_row_pixels(g, r);
            if (j->at_once) {
                int64_t at = to + r * g->width * INT_COLUMNS;
                more.with = j->rest ? j->rest + at : NULL;
                grid.row = j->less ? j->less + r * g->width : NULL;
                p->form.tile((uint8_t *)j->y->data + at, &grid, j->start + m, x, step, u.at, w,
                             u.steps * 64, u.steps, (int)pixels, u.panels);
                continue;
            }
            for (int64_t q = 0; q < pixels; q += p->rows) {
                int rows = pixels - q < p->rows ? (int)(pixels - q) : p->rows;
                p->form.tile(sum, NULL, j->start + m, x + q * step, step, u.at, w, u.steps * 64,
                             u.steps, rows, u.panels);
                if (j->less)
                    add_less(j->less + r * g->width + q, u.panels * INT_COLUMNS, rows, sum);
                if (j->any_w_zero && !j->less) {
                    p->form.tile(ones, NULL, no_start, x + q * step, step, u.at, scratch,
                                 u.steps * 64, u.steps, rows, u.panels);
                    take_zeros(j, m, u.panels * INT_COLUMNS, rows, sum, ones);
                }
                put(j, m, u.panels * INT_COLUMNS, r * g->width + q, rows, sum);
            }
        }
    }
    return SDX_OK;
}

/* Windows of some rows of output. */
static void deep_rows(const bytes_job *j, int64_t block, int64_t r0, int64_t r1, const char *x,
                      const int_windows *w, const void *one)
{
    const bytes_plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int32_t sum[TILE_MOST * INT_WIDTH], ones[TILE_MOST * INT_WIDTH];
    int64_t m = block * w->columns;
    int_grid grid = grid_of(j, m);
    int_windows count = *w;
    count.start = no_start;
    count.b = one;
    for (int64_t r = r0; r < r1; r++) {
        const char *from = x + sdx_bytes_row(g, r);
        if (j->at_once) {
            p->form.deep((uint8_t *)j->y->data +
                             ((j->image * g->blocks + block) * g->pixels + r * g->width) *
                                 INT_COLUMNS,
                         &grid, w, from, (int)g->width);
            continue;
        }
        for (int64_t q = 0; q < g->width; q += p->rows, from += p->rows * w->a_step) {
            int rows = g->width - q < p->rows ? (int)(g->width - q) : p->rows;
            p->form.deep(sum, NULL, w, from, rows);
            if (j->any_w_zero) {
                p->form.deep(ones, NULL, &count, from, rows);
                take_zeros(j, m, w->columns, rows, sum, ones);
            }
            put(j, m, w->columns, r * g->width + q, rows, sum);
        }
    }
}

/* Pieces: some lines of output by a block of channels, from the picture as it lies. */
static sdx_status some_three(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const bytes_job *j = arg;
    const bytes_plan *p = j->p;
    const bytes_geometry *g = &p->g;
    int_picture from = { .height = g->in[0],
                         .width = g->in[1],
                         .top = g->begin[0],
                         .left = g->begin[1],
                         .stride = g->stride[0],
                         .out_width = g->out[1],
                         .pad = (uint8_t)j->x_zero,
                         .flip = p->form.rows_signed != g->x_signed ? 0x80 : 0 };
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t block = i % g->blocks, at = j->image * g->blocks + block, line = i / g->blocks;
        int64_t last = (line + 1) * g->band < g->out[0] ? (line + 1) * g->band : g->out[0];
        int_grid grid = grid_of(j, block * INT_COLUMNS);
        line *= g->band;
        from.x = (const uint8_t *)j->x->data + at * g->in[0] * g->in[1] * INT_COLUMNS;
        from.start = j->start + block * INT_COLUMNS;
        from.b = j->packed + block * bytes_deep(&g->how);
        p->form.three((uint8_t *)j->y->data + (at * g->pixels + line * g->out[1]) * INT_COLUMNS,
                      &grid, &from, line, last);
    }
    return SDX_OK;
}

/* Pieces: some slices of output by a block of channels, with a frame of their own, whose padding is
 * the same for every block. */
static sdx_status some_deep(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const bytes_job *j = arg;
    const bytes_geometry *g = &j->p->g;
    int64_t each = g->rows / g->out[0], lines = g->frame_rows / g->frame[0], bytes;
    int_windows w = g->windows;
    bytes = bytes_deep(&g->how);
    char *one = (char *)scratch + g->worker - (size_t)bytes;
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t block = i % g->blocks, o0 = i / g->blocks * g->band;
        int64_t o1 = o0 + g->band < g->out[0] ? o0 + g->band : g->out[0];
        int64_t first = o0 * g->stride[0];
        sdx_bytes_lines(g, &j->p->form, j->x->data, j->image, block, first * lines,
                        bytes_slices(g, o1 - o0) * lines, j->x_zero, i > begin && block > 0,
                        scratch);
        if (j->any_w_zero)
            sdx_bytes_pack_unit(&g->how, block, one, NULL, false, NULL);
        w.start = j->start + block * w.columns;
        w.b = j->packed + block * bytes;
        deep_rows(j, block, o0 * each, o1 * each, (const char *)scratch - first * g->pitch[0], &w,
                  one);
    }
    return SDX_OK;
}

sdx_status sdx_bytes_run(bytes_job *j, sdx_run *c)
{
    const bytes_plan *p = j->p;
    const bytes_geometry *g = &p->g;
    if (g->how.deep)
        return sdx_parallel(c, g->blocks * g->bands, g->grain,
                            g->three && j->at_once ? some_three : some_deep, j);
    if (g->framed) {
        int64_t line = g->frame[g->rank - 1] * g->pixel;
        SDX_TRY(sdx_parallel(c, g->blocks * g->frame_rows, 1 + 32768 / (1 + line), some_lines, j));
    } else {
        j->frame = (const char *)j->x->data + j->image * g->blocks * g->plane;
    }
    if (j->less)
        SDX_TRY(sdx_parallel(c, g->rows, 1 + g->rows / 4, some_less, j));
    return sdx_parallel(c, g->units * g->bands, g->grain, some_tiles, j);
}
