/* ops/nn/conv_integer/geometry.c - frames, tables of steps, pieces of work. */
#include "nn/conv_integer/geometry.h"
#include <math.h>
#include <string.h>

/* ---- sizes ---- */

/* Spatial dims, with a dim of 1 before a single one; a window of one element makes of an image one
 * row. */
static void set_dims(bytes_geometry *g, const sdx_window *w, const int64_t *in, const int64_t *out,
                     int64_t *kernel, int64_t *dilation)
{
    int more = w->rank < 2 ? 2 - w->rank : 0;
    g->flat = true;
    g->rank = w->rank + more;
    for (int k = 0; k < g->rank; k++) {
        bool real = k >= more;
        g->in[k] = real ? in[k - more] : 1;
        g->out[k] = real ? out[k - more] : 1;
        kernel[k] = real ? w->kernel[k - more] : 1;
        dilation[k] = real ? w->dilation[k - more] : 1;
        g->stride[k] = real ? w->stride[k - more] : 1;
        g->begin[k] = real ? w->begin[k - more] : 0;
        g->flat = g->flat && kernel[k] == 1 && g->stride[k] == 1 && g->begin[k] == 0 &&
                  g->in[k] == g->out[k];
    }
    if (!g->flat)
        return;
    for (int k = 0; k < g->rank - 1; k++) {
        g->in[g->rank - 1] *= g->in[k];
        g->in[k] = g->out[k] = 1;
    }
    g->out[g->rank - 1] = g->in[g->rank - 1];
}

/* Dims and distances of the frame; false: too large to think of. */
static bool set_frame(bytes_geometry *g, const int64_t *kernel, const int64_t *dilation)
{
    double all = (double)g->pixel * (double)g->blocks;
    for (int k = 0; k < g->rank; k++) {
        int64_t needed = (g->out[k] - 1) * g->stride[k] + (kernel[k] - 1) * dilation[k] + 1;
        g->framed = g->framed || g->begin[k] > 0 || needed > g->in[k];
        g->frame[k] = needed;
    }
    for (int k = 0; k < g->rank; k++) {
        g->frame[k] = g->framed ? g->frame[k] : g->in[k];
        all *= (double)g->frame[k];
    }
    if (all > 1e15)
        return false;
    g->pitch[g->rank - 1] = g->pixel;
    for (int k = g->rank - 2; k >= 0; k--)
        g->pitch[k] = g->pitch[k + 1] * g->frame[k + 1];
    g->plane = g->pitch[0] * g->frame[0];
    g->frame_rows = 1;
    for (int k = 0; k < g->rank - 1; k++)
        g->frame_rows *= g->frame[k];
    return true;
}

/* ---- tables ---- */

/* Where each tap of the window lies, from its corner. */
static int64_t tap_at(const bytes_geometry *g, const int64_t *kernel, const int64_t *dilation,
                      int64_t tap, int from)
{
    int64_t at = 0;
    for (int k = from; k >= 0; k--) {
        at += tap % kernel[k] * dilation[k] * g->pitch[k];
        tap /= kernel[k];
    }
    return at;
}

static int64_t *steps_of(sdx_prepare *c, const bytes_geometry *g, const int64_t *kernel,
                         const int64_t *dilation, int64_t unit, int64_t *steps)
{
    const bytes_how *h = &g->how;
    int64_t c0, c1;
    *steps = sdx_bytes_channels(h, unit, &c0, &c1);
    int64_t *table = sdx_keep(c, (size_t)*steps * sizeof *table), *at = table;
    for (int64_t i = c0; table && i < c1;) {
        int64_t end = (i / h->lanes + 1) * h->lanes;
        end = end < c1 ? end : c1;
        for (int64_t t = 0; t < h->taps; t++)
            for (int64_t q = i; q < end; q += h->each)
                *at++ = i / h->lanes * g->plane + tap_at(g, kernel, dilation, t, g->rank - 1) +
                        q % h->lanes * (4 / h->each);
        i = end;
    }
    return table;
}

static sdx_status set_units(sdx_prepare *c, bytes_geometry *g, const int64_t *kernel,
                            const int64_t *dilation)
{
    bytes_how *h = &g->how;
    bytes_unit *all = NULL;
    if (h->group > 1 && !(all = sdx_keep(c, (size_t)g->units * sizeof *all)))
        return SDX_E_MEMORY;
    g->unit = all;
    h->bytes = 0;
    for (int64_t u = 0; u < (all ? g->units : 1); u++) {
        bytes_unit *to = all ? &all[u] : &g->first;
        to->at = steps_of(c, g, kernel, dilation, u, &to->steps);
        if (!to->at)
            return SDX_E_MEMORY;
        to->packed = h->bytes;
        h->bytes += (size_t)to->steps * 64 * INT_PANELS * (size_t)(all ? 1 : g->units);
        g->worker = (size_t)to->steps * 64 * INT_PANELS > g->worker
                        ? (size_t)to->steps * 64 * INT_PANELS
                        : g->worker;
    }
    return SDX_OK;
}

bytes_unit sdx_bytes_unit(const bytes_geometry *g, int64_t unit)
{
    bytes_unit u = g->unit ? g->unit[unit] : g->first;
    if (!g->unit)
        u.packed = (size_t)(unit * u.steps) * 64 * INT_PANELS;
    u.panels = g->how.filters - unit * INT_WIDTH > INT_COLUMNS ? INT_PANELS : 1;
    return u;
}

static sdx_status set_deep(sdx_prepare *c, bytes_geometry *g, const int_form *form,
                           const int64_t *kernel, const int64_t *dilation)
{
    bytes_how *h = &g->how;
    h->bytes = (size_t)(g->blocks * bytes_deep(h));
    g->reach = (kernel[0] - 1) * dilation[0] + 1;
    int64_t rows = h->taps / h->row, *at = sdx_keep(c, (size_t)rows * sizeof *at);
    for (int64_t r = 0; at && r < rows; r++)
        at[r] = tap_at(g, kernel, dilation, r, g->rank - 2);
    g->windows = (int_windows){ .a_step = g->stride[g->rank - 1] * g->pixel,
                                .pixel = g->pixel,
                                .at = at,
                                .kernel_rows = rows,
                                .steps = bytes_row_steps(h),
                                .columns = (int)h->columns,
                                .shared = h->deep == DEEP_SHARED };
    g->three = form->three && g->rank == 2 && kernel[0] == 3 && kernel[1] == 3 &&
               dilation[0] == 1 && g->stride[0] == g->stride[1] && g->stride[0] <= 2 &&
               g->out[1] >= INT_STRIP && !g->x_plain;
    return at ? SDX_OK : SDX_E_MEMORY;
}

/* ---- pieces ---- */

enum { PIECES = 16 }; /* at least, where there is work for them */

/* Of some ten million products, well under a millisecond, but several in all. */
static void cut_tiles(bytes_geometry *g, int rows)
{
    enum { FLAT_TILES = 4 };
    g->width = g->flat && FLAT_TILES * rows < g->pixels ? FLAT_TILES * rows : g->out[g->rank - 1];
    g->rows = (g->pixels + g->width - 1) / g->width;
    double work = (double)g->pixels * (double)g->first.steps * (double)g->how.each * INT_WIDTH;
    int64_t bands = 1 + (int64_t)fmin(work / 2e7, 1e6);
    if (g->units * bands < PIECES && work > 1e5)
        bands = (PIECES + g->units - 1) / g->units;
    g->band = g->rows > bands ? (g->rows + bands - 1) / bands : 1;
    g->bands = (g->rows + g->band - 1) / g->band;
    g->grain = 1 + (int64_t)fmin(1e6 * (double)g->bands / (1 + work),
                                 (double)(g->units * g->bands) / PIECES);
}

/* Slices of output whose frame stays in the first cache. */
static void cut_deep(bytes_geometry *g)
{
    enum { NEAR = 24576 };
    int64_t slice = g->pitch[0] * g->stride[0];
    g->width = g->out[g->rank - 1];
    g->rows = g->pixels / g->width;
    g->band = NEAR / slice < 1 ? 1 : NEAR / slice < g->out[0] ? NEAR / slice : g->out[0];
    g->bands = (g->out[0] + g->band - 1) / g->band;
    double work = (double)(g->pixels / g->bands) * (double)(g->how.taps * g->how.columns);
    g->grain = 1 + (int64_t)fmin(2e5 / (1 + work), (double)(g->blocks * g->bands) / PIECES);
    g->worker = (size_t)(bytes_slices(g, g->band) * g->pitch[0] + 8 * g->pixel + 63 +
                         bytes_deep(&g->how));
}

sdx_status sdx_bytes_geometry(sdx_prepare *c, bytes_geometry *g, const int_form *form, int rows,
                              const sdx_window *window, const int64_t *in, const int64_t *out)
{
    int64_t kernel[SDX_MAX_RANK + 1], dilation[SDX_MAX_RANK + 1];
    bytes_how *h = &g->how;
    set_dims(g, window, in, out, kernel, dilation);
    int last = g->rank - 1;
    h->taps = sdx_window_taps(window);
    h->row = kernel[last];
    h->each = int_each(form);
    h->columns = form->columns;
    h->columns_signed = form->columns_signed;
    if (h->group > 1 && h->channels == 1 && h->filters == h->group && dilation[last] == 1)
        h->deep = form->bytes && g->stride[last] == 1 ? DEEP_SHARED : DEEP_ALONE;
    int64_t channels = h->channels * h->group, few = int_steps(form, channels) * h->each;
    h->lanes = g->x_plain && few < form->columns && !h->deep ? few : form->columns;
    g->blocks = (channels + h->lanes - 1) / h->lanes;
    g->units = (h->filters + INT_WIDTH - 1) / INT_WIDTH;
    g->pixel = h->lanes * 4 / h->each;
    g->framed = h->deep || g->x_plain || !form->bytes || form->rows_signed != g->x_signed;
    g->pixels = 1;
    for (int k = 0; k < g->rank; k++)
        g->pixels *= g->out[k];
    if (!set_frame(g, kernel, dilation))
        return sdx_reject(c, SDX_E_MEMORY, "the padded picture is too large");
    if (h->deep) {
        SDX_TRY(set_deep(c, g, form, kernel, dilation));
        cut_deep(g);
    } else {
        SDX_TRY(set_units(c, g, kernel, dilation));
        cut_tiles(g, rows);
        g->shared = g->framed ? (size_t)(g->blocks * g->plane) : 0;
    }
    h->bytes = (h->bytes + 63) / 64 * 64 + (size_t)h->filters * sizeof(int32_t);
    return SDX_OK;
}

int64_t sdx_bytes_row(const bytes_geometry *g, int64_t row)
{
    if (g->flat)
        return row * g->width * g->pixel;
    int64_t at = 0;
    for (int k = g->rank - 2; k >= 0; k--) {
        at += row % g->out[k] * g->stride[k] * g->pitch[k];
        row /= g->out[k];
    }
    return at;
}

/* ---- filling a frame ---- */

/* How numbers become those of the frame: flipped in their top bit, and where they are widened, less
 * their zero point, which the flip has moved along. */
typedef struct stored {
    uint8_t flip;
    int zero;
} stored;

/* n pixels from as many planes as a step has numbers; where there are fewer, any will do. */
static void weave_plain(const bytes_geometry *g, const uint8_t *const plane[4], int64_t n,
                        const stored *s, char *to)
{
    const uint8_t *a = plane[0], *b = plane[1], *c = plane[2], *d = plane[3], flip = s->flip;
    const int zero = s->zero;
    if (g->how.each == 4 && g->pixel == 4) {
        for (int64_t i = 0; i < n; i++) {
            uint32_t v = a[i] | (uint32_t)b[i] << 8 | (uint32_t)c[i] << 16 | (uint32_t)d[i] << 24;
            v ^= flip * 0x01010101u;
            memcpy(to + 4 * i, &v, sizeof v);
        }
        return;
    }
    for (int64_t i = 0; i < n; i++, to += g->pixel) {
        uint8_t four[4] = { a[i] ^ flip, b[i] ^ flip, c[i] ^ flip, d[i] ^ flip };
        int16_t two[2] = { (int16_t)(four[0] - zero), (int16_t)(four[1] - zero) };
        memcpy(to, g->how.each == 4 ? (const void *)four : two, 4);
    }
}

/* n pixels of a block, which lie as the frame wants them but for their signs or width. */
static void copy_block(const bytes_geometry *g, const uint8_t *from, int64_t n, const stored *s,
                       char *to)
{
    const uint8_t flip = s->flip;
    const int zero = s->zero;
    int64_t count = n * g->how.lanes;
    int16_t *wide = (int16_t *)(void *)to;
    if (g->how.each == 2)
        for (int64_t i = 0; i < count; i++)
            wide[i] = (int16_t)((from[i] ^ flip) - zero);
    else if (flip == 0)
        memcpy(to, from, (size_t)count);
    else
        for (int64_t i = 0; i < count; i++)
            to[i] = (char)(from[i] ^ 0x80);
}

/* A row that lies at `from` in its plane of `size` numbers. */
static void fill_line(const bytes_geometry *g, const uint8_t *x, int64_t image, int64_t block,
                      int64_t from, int64_t size, int64_t n, const stored *s, char *to)
{
    const bytes_how *h = &g->how;
    if (!g->x_plain) {
        copy_block(g, x + ((image * g->blocks + block) * size + from) * h->lanes, n, s, to);
        return;
    }
    int64_t channels = h->channels * h->group, end = (block + 1) * h->lanes;
    for (int64_t k = block * h->lanes; k < end && k < channels; k += h->each, to += 4) {
        const uint8_t *plane[4];
        for (int64_t e = 0; e < 4; e++)
            plane[e] = x + (image * channels + (k + e < channels ? k + e : k)) * size + from;
        weave_plain(g, plane, n, s, to);
    }
}

void sdx_bytes_lines(const bytes_geometry *g, const int_form *form, const uint8_t *x, int64_t image,
                     int64_t block, int64_t row, int64_t count, int x_zero, bool clean, char *to)
{
    int last = g->rank - 1;
    bool flips = form->bytes ? form->rows_signed != g->x_signed : g->x_signed;
    stored s = { flips ? 0x80 : 0, x_zero + (flips ? 128 : 0) };
    uint8_t pad = form->bytes ? (uint8_t)x_zero ^ s.flip : 0;
    int64_t width = g->frame[last], left = g->begin[last] < width ? g->begin[last] : width;
    int64_t n = g->in[last] < width - left ? g->in[last] : width - left, line = width * g->pixel;
    int64_t right = (width - left - n) * g->pixel, plane = 1;
    for (int k = 0; k < g->rank; k++)
        plane *= g->in[k];
    left *= g->pixel;
    for (int64_t r = row; r < row + count; r++, to += line) {
        int64_t from = 0, size = g->in[last], rest = r;
        bool inside = n > 0;
        for (int k = last - 1; k >= 0; k--) {
            int64_t i = (k ? rest % g->frame[k] : rest) - g->begin[k];
            inside = inside && i >= 0 && i < g->in[k];
            from += i * size;
            rest = k ? rest / g->frame[k] : 0;
            size *= g->in[k];
        }
        if (inside)
            fill_line(g, x, image, block, from, plane, n, &s, to + left);
        if (clean)
            continue;
        memset(to, pad, (size_t)(inside ? left : line));
        if (inside)
            memset(to + line - right, pad, (size_t)right);
    }
}
