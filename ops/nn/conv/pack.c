/* ops/nn/conv/pack.c - weights in the order in which the kernels read them. */
#include "nn/conv/kernels.h"
#include <string.h>

/* Weights of filter m of its group for input channel c of the group: `taps` numbers of W. */
static void load_taps(const conv_weights *p, const sdx_tensor *w, int64_t group, int64_t m, int64_t c, double *to,
                      int64_t first, int64_t count)
{
    int64_t filters = p->filters / p->group, channels = p->channels / p->group;
    int64_t row = p->transposed ? (group * channels + c) * filters + m : (group * filters + m) * channels + c;
    sdx_load_f64(to, w, row * p->taps + first, 1, count);
}

int64_t sdx_conv_packed(const conv_weights *p)
{
    return p->group * conv_blocks(p->filters / p->group, p->block) * p->block * (p->channels / p->group) * p->taps;
}

/* The channels [c0, c1) of one pair of output blocks: [tap][channel][1 or 2 blocks]; for first, where a row of taps is
 * read at once, [row of taps][channel][tap of the row][1 or 2 blocks]. */
static void pack_chunk(const conv_weights *p, float *to, const sdx_tensor *w, int64_t group, int64_t m0, int64_t width,
                       int64_t c0, int64_t c1)
{
    enum { SOME = 64 };
    int64_t filters = p->filters / p->group, row = p->first ? p->row : 1;
    for (int64_t m = 0; m < width; m++)
        for (int64_t c = c0; c < c1; c++)
            for (int64_t t = 0; t < p->taps; t += SOME) {
                double tap[SOME] = { 0 };
                int64_t count = p->taps - t < SOME ? p->taps - t : SOME;
                if (m0 + m < filters)
                    load_taps(p, w, group, m0 + m, c, tap, t, count);
                for (int64_t k = t; k < t + count; k++)
                    to[((k / row * (c1 - c0) + c - c0) * row + k % row) * width + m] = (float)tap[k - t];
            }
}

void sdx_conv_pack(const conv_weights *p, float *to, const sdx_tensor *w)
{
    int64_t blocks = conv_blocks(p->filters / p->group, p->block), channels = p->channels / p->group;
    int64_t in_blocks = conv_blocks(channels, p->block);
    int64_t chunks = p->first ? 1 : conv_chunks(channels, p->taps, p->block);
    for (int64_t g = 0; g < p->group; g++)
        for (int64_t b = 0; b < blocks; b += 2) {
            int64_t width = (b + 1 < blocks ? 2 : 1) * p->block;
            for (int64_t i = 0; i < chunks; i++) {
                int64_t c0 = in_blocks * i / chunks * p->block, c1 = in_blocks * (i + 1) / chunks * p->block;
                c1 = c1 < channels ? c1 : channels;
                pack_chunk(p, to, w, g, b * p->block, width, c0, c1);
                to += width * (c1 - c0) * p->taps;
            }
        }
}

int64_t sdx_conv_first_scratch(const conv_geometry *g, int64_t channels)
{
    int last = g->window.rank - 1;
    int64_t columns = (g->width - 1) * g->step + sdx_window_span(&g->window, last);
    return g->most_lines * (columns * channels + (int64_t)(sizeof(tile_line) / sizeof(float)));
}

/* ---- spread ---- */

/* The steps of output vector v: for each input vector that holds a channel of its groups, as many as the lane with most
 * channels there needs.  steps NULL: only counts. */
static int64_t vector_steps(const conv_weights *p, int64_t in_pixels, int64_t v, conv_step *steps)
{
    int64_t filters = p->filters / p->group, channels = p->channels / p->group, count = 0;
    int64_t m0 = v * p->lanes, m1 = m0 + p->lanes < p->filters ? m0 + p->lanes : p->filters;
    if (m0 >= m1)
        return 0;
    int64_t c0 = m0 / filters * channels, c1 = ((m1 - 1) / filters + 1) * channels;
    for (int64_t in = c0 / p->lanes; in * p->lanes < c1; in++) {
        int64_t most = 0;
        for (int64_t m = m0; m < m1; m++) {
            /* channels of the lane's group within this input vector */
            int64_t first = m / filters * channels, begin = in * p->lanes, end = begin + p->lanes;
            begin = first > begin ? first : begin;
            end = first + channels < end ? first + channels : end;
            for (int64_t s = 0; steps && s < end - begin; s++) {
                conv_step *step = &steps[count + s];
                step->from[m - m0] = (int32_t)(begin + s - in * p->lanes);
                step->input[m - m0] = (int32_t)(begin + s - first);
            }
            most = end - begin > most ? end - begin : most;
        }
        for (int64_t s = count; steps && s < count + most; s++)
            steps[s].at = in * p->lanes / p->block * p->block * in_pixels + in * p->lanes % p->block;
        count += most;
    }
    return count;
}

sdx_status sdx_conv_steps(sdx_prepare *c, const conv_weights *p, const conv_geometry *g, conv_steps *out)
{
    int64_t vectors = conv_blocks(p->filters, p->block) * (p->block / p->lanes), count = 0;
    int64_t *start = sdx_keep(c, (size_t)(vectors + 1) * sizeof *start);
    if (!start)
        return SDX_E_MEMORY;
    for (int64_t v = 0; v < vectors; v++)
        start[v + 1] = count += vector_steps(p, g->in_pixels, v, NULL);
    conv_step *step = sdx_keep(c, (size_t)(count > 0 ? count : 1) * sizeof *step);
    if (!step)
        return SDX_E_MEMORY;
    for (int64_t s = 0; s < count; s++)
        for (int i = 0; i < 16; i++)
            step[s].from[i] = step[s].input[i] = -1;
    out->moves = CONV_IN_PLACE;
    for (int64_t v = 0; v < vectors; v++) {
        vector_steps(p, g->in_pixels, v, step + start[v]);
        int64_t real = p->filters - v * p->lanes < p->lanes ? p->filters - v * p->lanes : p->lanes;
        for (int64_t s = start[v]; s < start[v + 1]; s++)
            for (int64_t i = 0; i < real; i++) {
                if (step[s].from[i] < 0)
                    out->moves = CONV_PARTLY;
                else if (step[s].from[i] != i && out->moves == CONV_IN_PLACE)
                    out->moves = CONV_MOVED;
            }
    }
    out->start = start;
    out->step = step;
    return SDX_OK;
}

int64_t sdx_conv_spread_packed(const conv_weights *p, const conv_steps *steps)
{
    return steps->start[conv_blocks(p->filters, p->block) * (p->block / p->lanes)] * p->taps * p->lanes;
}

/* [output vector][row of the kernel][step][tap of the row][lane]; row: taps of a row of the kernel. */
void sdx_conv_spread_pack(const conv_weights *p, const conv_steps *steps, float *to, const sdx_tensor *w)
{
    enum { SOME = 64 };
    int64_t filters = p->filters / p->group, vectors = conv_blocks(p->filters, p->block) * (p->block / p->lanes);
    for (int64_t v = 0; v < vectors; v++) {
        int64_t count = steps->start[v + 1] - steps->start[v];
        float *place = to + steps->start[v] * p->taps * p->lanes;
        for (int64_t s = 0; s < count; s++)
            for (int64_t i = 0; i < p->lanes; i++) {
                int64_t m = v * p->lanes + i, c = steps->step[steps->start[v] + s].input[i];
                for (int64_t t = 0; t < p->taps; t += SOME) {
                    double tap[SOME] = { 0 };
                    int64_t some = p->taps - t < SOME ? p->taps - t : SOME;
                    if (m < p->filters && c >= 0)
                        load_taps(p, w, m / filters, m % filters, c, tap, t, some);
                    for (int64_t k = t; k < t + some; k++)
                        place[((k / p->row * count + s) * p->row + k % p->row) * p->lanes + i] = (float)tap[k - t];
                }
            }
    }
}
