/* ops/tensor/resize/loops.c - the axes of a slice one after the other, or rows of neighbours. */
#include "tensor/resize/resize.h"
#include <math.h>
#include <string.h>

#define PASS(type, suffix)                                                                                \
    /* One axis of a slice: [outer][in][inner] to [outer][out][inner]. */                                 \
    static void pass_##suffix(const resize_job *j, const resize_table *t, int64_t outer,                  \
                              int64_t inner, const type *x, type *y)                                      \
    {                                                                                                     \
        for (int64_t o = 0; o < outer; o++, x += t->in * inner)                                           \
            for (int64_t i = 0; i < t->out; i++, y += inner) {                                            \
                const int32_t *place = t->place + i * t->taps;                                            \
                const double *weight = t->weight + i * t->taps;                                           \
                if (t->taps == 2) {                                                                       \
                    const type *a = x + place[0] * inner, *b = x + place[1] * inner;                      \
                    type wa = (type)weight[0], wb = (type)weight[1];                                      \
                    for (int64_t k = 0; k < inner; k++)                                                   \
                        y[k] = a[k] * wa + b[k] * wb;                                                     \
                } else {                                                                                  \
                    for (int64_t k = 0; k < inner; k++)                                                   \
                        y[k] = 0;                                                                         \
                    for (int p = 0; p < t->taps; p++) {                                                   \
                        const type *a = x + place[p] * inner;                                             \
                        type w = (type)weight[p];                                                         \
                        for (int64_t k = 0; k < inner; k++)                                               \
                            y[k] += a[k] * w;                                                             \
                    }                                                                                     \
                }                                                                                         \
                for (int64_t k = 0; t->outside[i] && k < inner; k++)                                      \
                    y[k] = (type)(j->pairs && k % 2 ? 0 : j->extrapolation);                              \
            }                                                                                             \
    }                                                                                                     \
    /* All axes of one item, from x by way of two rooms; the result is in the pointer that comes back. */ \
    static const type *passes_##suffix(const resize_job *j, const type *x, type *room)                    \
    {                                                                                                     \
        int64_t inner = j->lanes, dim[SDX_MAX_RANK], outer;                                               \
        for (int k = j->first; k < j->rank; k++)                                                          \
            dim[k] = j->axis[k].in;                                                                       \
        for (int k = j->rank - 1, flip = 0; k >= j->first; k--) {                                         \
            if (!j->axis[k].same) {                                                                       \
                outer = 1;                                                                                \
                for (int i = j->first; i < k; i++)                                                        \
                    outer *= dim[i];                                                                      \
                type *y = room + (flip ? j->room : 0);                                                    \
                pass_##suffix(j, &j->axis[k], outer, inner, x, y);                                        \
                x = y;                                                                                    \
                flip = !flip;                                                                             \
                dim[k] = j->axis[k].out;                                                                  \
            }                                                                                             \
            inner *= dim[k];                                                                              \
        }                                                                                                 \
        return x;                                                                                         \
    }
PASS(float, f32)
PASS(double, f64)

sdx_status resize_slices(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const resize_job *j = arg;
    sdx_class class = sdx_dtype_class(j->x->dtype);
    (void)c;
    for (int64_t i = begin; i < end; i++) {
        if (j->x->dtype == SDX_F32) {
            const float *y = passes_f32(j, sdx_f32(j->x) + i * j->in_slice * j->lanes, scratch);
            memcpy(sdx_f32_out(j->y) + i * j->out_slice * j->lanes, y,
                   (size_t)(j->out_slice * j->lanes) * sizeof *y);
            continue;
        }
        double *room = scratch, *into = room + j->room; /* the first pass reads the second room */
        int64_t count = j->out_slice * j->lanes;
        sdx_load_f64(into, j->x, i * j->in_slice * j->lanes, 1, j->in_slice * j->lanes);
        double *out = passes_f64(j, into, room) == room ? room : into;
        if (class != SDX_REAL) {
            for (int64_t k = 0; k < j->out_slice; k++)
                out[k] = rint(out[k]);
            sdx_convert_f64(j->y, i * j->out_slice, 1, j->out_slice, out, true, SDX_NEAREST);
        } else {
            sdx_store_f64(j->y, i * count, 1, count, out);
        }
    }
    return SDX_OK;
}

/* Elements of a row that all come from a row of x: places of 4 bytes, or of a block of floats. */
static bool take_words(const resize_job *j, const resize_table *t, int64_t to, int64_t from)
{
    enum { BLOCK = 16 };
    if (j->width != 4 || (j->lanes != 1 && j->lanes != BLOCK))
        return false;
    char *y = (char *)j->y->data + to * 4;
    const char *x = (const char *)j->x->data + from * 4;
    if (j->lanes == 1) {
        for (int64_t o = 0; o < t->out; o++)
            memcpy(y + o * 4, x + (int64_t)t->place[o] * 4, 4);
    } else {
        for (int64_t o = 0; o < t->out; o++)
            memcpy(y + o * BLOCK * 4, x + (int64_t)t->place[o] * BLOCK * 4, BLOCK * 4);
    }
    return true;
}

sdx_status resize_rows(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const resize_job *j = arg;
    const resize_table *last = &j->axis[j->rank - 1];
    const double value[2] = { j->extrapolation, 0 };
    bool inside = true;  /* no place of a row lies outside */
    int64_t before = -1; /* where the row before came from */
    (void)scratch;
    for (int64_t o = 0; !last->same && o < last->out; o++)
        inside = inside && !last->outside[o];
    for (int64_t i = begin; i < end; i++) {
        int64_t rest = i, from = 0, step = last->in;
        bool outside = false;
        for (int k = j->rank - 2; k >= 0; k--) {
            const resize_table *t = &j->axis[k];
            int64_t o = rest % t->out;
            rest /= t->out;
            outside = outside || (!t->same && t->outside[o]);
            from += (t->same ? o : t->place[o]) * step;
            step *= t->in;
        }
        int64_t to = i * last->out * j->lanes;
        from *= j->lanes;
        if (last->same && !outside) {
            SDX_TRY(sdx_move(c, j->width, j->y, to, j->x, from, last->out * j->lanes));
            continue;
        }
        if (!outside && inside && j->width && before == from) {
            SDX_TRY(sdx_move(c, j->width, j->y, to, j->y, to - last->out * j->lanes,
                             last->out * j->lanes));
            continue;
        }
        before = outside ? -1 : from;
        if (!outside && inside && !last->same && take_words(j, last, to, from))
            continue;
        for (int64_t o = 0; o < last->out; o++) {
            int64_t at = last->same ? o : last->place[o];
            bool none = outside || (!last->same && last->outside[o]);
            if (none && sdx_dtype_class(j->y->dtype) == SDX_COMPLEX)
                sdx_store_c128(j->y, to + o, 1, 1, &value);
            else if (none)
                sdx_store_f64(j->y, to + o, 1, 1, value);
            else if (j->lanes == 1 && j->width)
                sdx_put(j->width, j->y->data, to + o, j->x->data, from + at);
            else
                SDX_TRY(sdx_move(c, j->width, j->y, to + o * j->lanes, j->x, from + at * j->lanes,
                                 j->lanes));
        }
    }
    return SDX_OK;
}
