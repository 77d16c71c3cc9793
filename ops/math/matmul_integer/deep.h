/* ops/math/matmul_integer/deep.h - channels that are filtered each by itself, on the words of a
 * machine: those of tile.h, DEEP_ROWS that fit the registers, and vec_taps, which brings together
 * the numbers of a step of VEC_COLUMNS neighbouring channels, from pixels that lie so many bytes
 * apart. */
TILE_INLINE void deep_block(char *y, const int_grid *to, const int_windows *w, const char *a,
                            int64_t column, const int rows, const int each, const bool shared,
                            int64_t sets, dot_step *dot)
{
    const int64_t b_step = w->columns * 4, a_step = w->a_step, pixel = w->pixel;
    const char *b = (const char *)w->b + column * 4;
    vec sum[DEEP_ROWS];
    TILE_UNROLL
    for (int r = 0; r < rows; r++)
        sum[r] = vec_load((const char *)(w->start + column));
    for (int64_t k = 0; k < w->kernel_rows; k++)
        for (int64_t s = 0; s < w->steps; s++) {
            const char *from = a + w->at[k] + s * each * pixel;
            vec weights = vec_load(b), odd = weights;
            if (shared)
                odd = vec_load(b + b_step);
            b += sets * b_step;
            TILE_UNROLL
            for (int r = 0; r < rows; r += shared ? 2 : 1) {
                vec taps = vec_taps(from + r * a_step, pixel);
                sum[r] = dot(sum[r], taps, weights);
                if (shared && r + 1 < rows)
                    sum[r + 1] = dot(sum[r + 1], taps, odd);
            }
        }
#ifdef TILE_NARROWS
    if (to) {
        const vec_grid g = vec_grid_of(to->zero, to->lo, to->hi);
        TILE_UNROLL
        for (int r = 0; r < rows; r += 4) {
            const int last = rows - 1;
            const vec four[4] = { sum[r], sum[r + 1 < last ? r + 1 : last],
                                  sum[r + 2 < last ? r + 2 : last],
                                  sum[r + 3 < last ? r + 3 : last] };
            vec_narrow((uint8_t *)y + r * INT_COLUMNS, four, last - r < 3 ? last - r + 1 : 4, &g,
                       vec_scales(to->scale), true);
        }
        return;
    }
#else
    (void)to;
#endif
    TILE_UNROLL
    for (int r = 0; r < rows; r++)
        vec_store((int32_t *)(void *)y + column + r * INT_WIDTH, sum[r]);
}

TILE_INLINE void deep_all(char *y, const int_grid *to, const int_windows *w, const char *a,
                          int rows, const int each, dot_step *dot)
{
    const int64_t sets = each == 4 && w->shared ? 2 : 1;
    for (; rows >= DEEP_ROWS; rows -= DEEP_ROWS) {
        for (int64_t j = 0; j < w->columns; j += VEC_COLUMNS)
            if (each == 4 && w->shared)
                deep_block(y, to, w, a + j, j, DEEP_ROWS, each, true, sets, dot);
            else
                deep_block(y, to, w, a + j * (4 / each), j, DEEP_ROWS, each, false, sets, dot);
        a += DEEP_ROWS * w->a_step;
        y += DEEP_ROWS * tile_row(to);
    }
    for (; rows > 0; rows--, a += w->a_step, y += tile_row(to))
        for (int64_t j = 0; j < w->columns; j += VEC_COLUMNS)
            deep_block(y, to, w, a + j * (4 / each), j, 1, each, false, sets, dot);
}

#define DEEP(name, each, dot)                                                                    \
    static void name(void *y, const int_grid *to, const int_windows *w, const void *a, int rows) \
    {                                                                                            \
        deep_all(y, to, w, a, rows, each, dot);                                                  \
    }
