/* ops/nn/conv_integer/pack.c - filters as the tiles read them. */
#include "nn/conv_integer/geometry.h"
#include <string.h>

int64_t sdx_bytes_channels(const bytes_how *h, int64_t unit, int64_t *from, int64_t *to)
{
    int64_t of_group = h->filters / h->group, first = unit * INT_WIDTH;
    int64_t last = first + INT_WIDTH < h->filters ? first + INT_WIDTH - 1 : h->filters - 1;
    *from = first / of_group * h->channels / h->each * h->each;
    *to = (last / of_group + 1) * h->channels;
    return (*to - *from + h->each - 1) / h->each * h->taps;
}

/* A weight as it is stored; its value, as stored. */
static int32_t put_weight(const bytes_how *h, char *to, int64_t e, const uint8_t *w, bool is_signed)
{
    if (h->each == 4) {
        uint8_t raw = 1;
        if (w)
            raw = (uint8_t)(*w ^ ((h->columns_signed != 0) != is_signed ? 0x80 : 0));
        to[e] = (char)raw;
        return h->columns_signed ? (int8_t)raw : raw;
    }
    int16_t wide = !w ? 1 : is_signed ? (int8_t)*w : *w;
    memcpy(to + 2 * e, &wide, sizeof wide);
    return wide;
}

/* One of `columns` filters side by side. */
typedef struct column {
    const uint8_t *w;  /* its weight of channel 0 of the picture, if it had one */
    int64_t from, end; /* the channels that it has */
    int32_t sum;
} column;

static void pack_step(const bytes_how *h, char *to, column *f, int64_t columns, int64_t channel,
                      int64_t tap, bool ones, bool is_signed)
{
    memset(to, 0, (size_t)columns * 4);
    for (int64_t k = 0; k < columns; k++, to += 4)
        for (int64_t e = 0; e < h->each; e++) {
            int64_t c = channel + e;
            if (c >= f[k].from && c < f[k].end)
                f[k].sum += put_weight(
                    h, to, e, ones ? NULL : f[k].w + (c - f[k].from) * h->taps + tap, is_signed);
        }
}

static void pack_deep(const bytes_how *h, int64_t block, char *to, const uint8_t *w, bool is_signed,
                      int32_t *sum)
{
    int64_t steps = bytes_row_steps(h), sets = bytes_sets(h);
    memset(to, 0, (size_t)bytes_deep(h));
    for (int64_t k = 0; k < h->columns && block * h->columns + k < h->filters; k++) {
        int64_t m = block * h->columns + k;
        int32_t all = 0;
        for (int64_t t = 0; t < h->taps * sets; t++) {
            int64_t set = t / h->taps, tap = t % h->taps, at = tap % h->row + set;
            int64_t step = (tap / h->row * steps + at / h->each) * sets + set;
            int32_t v = put_weight(h, to + (step * h->columns + k) * 4, at % h->each,
                                   w ? w + m * h->taps + tap : NULL, is_signed);
            all += set ? 0 : v;
        }
        if (sum)
            sum[m] = all;
    }
}

void sdx_bytes_pack_unit(const bytes_how *h, int64_t unit, void *to, const uint8_t *w,
                         bool is_signed, int32_t *sum)
{
    if (h->deep) {
        pack_deep(h, unit, to, w, is_signed, sum);
        return;
    }
    int64_t c0, c1, steps = sdx_bytes_channels(h, unit, &c0, &c1);
    int64_t of_group = h->filters / h->group;
    for (int64_t m = unit * INT_WIDTH, p = 0; p < INT_PANELS && m < h->filters;
         m += INT_COLUMNS, p++) {
        column f[INT_COLUMNS] = { 0 };
        char *at = (char *)to + p * steps * 64;
        for (int64_t k = 0; k < INT_COLUMNS && m + k < h->filters; k++) {
            f[k].from = (m + k) / of_group * h->channels;
            f[k].end = f[k].from + h->channels;
            f[k].w = w ? w + (m + k) * h->channels * h->taps : NULL;
        }
        for (int64_t c = c0; c < c1;) {
            int64_t end = (c / h->lanes + 1) * h->lanes;
            end = end < c1 ? end : c1;
            for (int64_t t = 0; t < h->taps; t++)
                for (int64_t q = c; q < end; q += h->each, at += 64)
                    pack_step(h, at, f, INT_COLUMNS, q, t, !w, is_signed);
            c = end;
        }
        for (int64_t k = 0; sum && k < INT_COLUMNS && m + k < h->filters; k++)
            sum[m + k] = f[k].sum;
    }
}

void sdx_bytes_pack(const bytes_how *h, void *to, const uint8_t *w, bool is_signed)
{
    int32_t *sum = (int32_t *)(void *)((char *)to + h->bytes) - h->filters;
    int64_t width = h->deep ? h->columns : INT_WIDTH, c0, c1;
    char *at = to;
    for (int64_t unit = 0; unit * width < h->filters; unit++) {
        sdx_bytes_pack_unit(h, unit, at, w, is_signed, sum);
        at += h->deep ? bytes_deep(h) : sdx_bytes_channels(h, unit, &c0, &c1) * 64 * INT_PANELS;
    }
}
