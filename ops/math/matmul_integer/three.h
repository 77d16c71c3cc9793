/* ops/math/matmul_integer/three.h - windows of 3x3 over channels that are filtered each by itself,
 * read where they lie.
 *
 * Strips of INT_STRIP windows side by side go down the picture: each line is read once, its numbers
 * brought together once, and added to the sums of the three lines of output that want it.  On the
 * words of deep.h and vec_part, which loads the pixels of a vector that are inside. */

enum { OUTSIDE = 12 }; /* pixels that a strip reads of a line */

/* A strip: where its pixels lie in a line, and which of them there are. */
typedef struct strip {
    const int_picture *p;
    const uint8_t *outside; /* a line of padding */
    int64_t column;
    vec pad, flip;
    vec_part part[INT_STRIP];
} strip;

/* Vectors of a line, two pixels apart: one for two windows that are neighbours, else for one. */
TILE_INLINE void strip_line(vec *taps, const strip *s, int64_t line, const int stride,
                            const bool whole)
{
    const int_picture *p = s->p;
    const uint8_t *from = line >= 0 && line < p->height
                              ? p->x + (line * p->width + s->column) * VEC_COLUMNS
                              : s->outside;
    if (whole) /* of the strips to come */
        __builtin_prefetch(from + 4 * INT_STRIP * VEC_COLUMNS);
    TILE_UNROLL
    for (int i = 0; i < INT_STRIP / 2 * stride; i++) {
        const char *at = (const char *)from + i * 2 * VEC_COLUMNS;
        taps[i] = whole ? vec_load(at) : vec_xor(vec_load_part(at, s->part[i], s->pad), s->flip);
        taps[i] = vec_turn(taps[i]);
    }
}

/* What row k of the windows adds to a line of sums. */
TILE_INLINE void strip_add(vec *sum, const vec *from, const vec *taps, const vec *weights,
                           const int k, const int stride, dot_step *dot)
{
    TILE_UNROLL
    for (int o = 0; o < INT_STRIP; o++)
        sum[o] = dot(from[o], taps[stride == 1 ? o / 2 : o],
                     weights[stride == 1 ? 2 * k + o % 2 : k]);
}

TILE_INLINE void strip_down(uint8_t *y, int64_t y_line, const vec_grid *g, const strip *s,
                            int64_t from, int64_t end, const float *scale, const int stride,
                            const bool whole, dot_step *dot)
{
    const int sets = stride == 1 ? 2 : 1;
    const vec begin = vec_load((const char *)s->p->start);
    const vec start[INT_STRIP] = { begin, begin, begin, begin };
    vec weights[3 * 2], a[INT_STRIP], b[INT_STRIP], c[INT_STRIP], taps[INT_STRIP];
    int64_t line = from * stride - s->p->top;
    TILE_UNROLL
    for (int i = 0; i < 3 * sets; i++)
        weights[i] = vec_load((const char *)s->p->b + i * VEC_COLUMNS * 4);
    strip_line(taps, s, line++, stride, whole);
    strip_add(a, start, taps, weights, 0, stride, dot);
    if (stride == 1) {
        strip_line(taps, s, line++, stride, whole);
        strip_add(a, a, taps, weights, 1, stride, dot);
        strip_add(b, start, taps, weights, 0, stride, dot);
    }
    for (; from < end; from++, y += y_line) {
        if (stride == 2) {
            strip_line(taps, s, line++, stride, whole);
            strip_add(a, a, taps, weights, 1, stride, dot);
        }
        strip_line(taps, s, line++, stride, whole);
        strip_add(a, a, taps, weights, 2, stride, dot);
        if (stride == 1) {
            strip_add(b, b, taps, weights, 1, stride, dot);
            strip_add(c, start, taps, weights, 0, stride, dot);
        } else {
            strip_add(b, start, taps, weights, 0, stride, dot);
        }
        vec_narrow(y, a, INT_STRIP, g, vec_scales(scale), true);
        TILE_UNROLL
        for (int o = 0; o < INT_STRIP; o++) {
            a[o] = b[o];
            b[o] = c[o];
        }
    }
}

/* The last strip may begin within the one before it. */
TILE_INLINE void three_all(uint8_t *y, const int_grid *to, const int_picture *p, int64_t from,
                           int64_t end, const int stride, dot_step *dot)
{
    const int span = (INT_STRIP - 1) * stride + 3 + stride / 2; /* pixels that are loaded */
    const vec_grid g = vec_grid_of(to->zero, to->lo, to->hi);
    uint8_t outside[OUTSIDE * VEC_COLUMNS];
    memset(outside, p->pad, sizeof outside);
    strip s = { .p = p, .outside = outside, .pad = vec_load((const char *)outside) };
    s.flip = vec_same_bytes(p->flip);
    for (int64_t at = 0, next; at < p->out_width; at = next) {
        next = at + INT_STRIP;
        at = next <= p->out_width ? at : p->out_width - INT_STRIP;
        s.column = at * stride - p->left;
        uint8_t *out = y + at * INT_COLUMNS;
        if (s.column >= 0 && s.column + span <= p->width && !p->flip) {
            strip_down(out, p->out_width * INT_COLUMNS, &g, &s, from, end, to->scale, stride, true,
                       dot);
            continue;
        }
        for (int i = 0; i < INT_STRIP; i++)
            s.part[i] = vec_part_of(-(s.column + 2 * i), p->width - (s.column + 2 * i));
        strip_down(out, p->out_width * INT_COLUMNS, &g, &s, from, end, to->scale, stride, false,
                   dot);
    }
}

#define THREE(name, dot)                                                                 \
    static void name(uint8_t *y, const int_grid *to, const int_picture *p, int64_t from, \
                     int64_t end)                                                        \
    {                                                                                    \
        if (p->stride == 1)                                                              \
            three_all(y, to, p, from, end, 1, dot);                                      \
        else                                                                             \
            three_all(y, to, p, from, end, 2, dot);                                      \
    }
