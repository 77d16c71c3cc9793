/* ops/math/matmul_integer/deep.h - channels that are filtered each by itself, on the words of a
 * machine: those of tile.h, DEEP_ROWS that fit the registers, and vec_taps, which brings together
 * the numbers of a step of VEC_COLUMNS neighbouring channels, from pixels that lie so many bytes
 * apart. */
TILE_INLINE void deep_block(int32_t *y, const int32_t *start, const char *a, int64_t a_step,
                            int64_t pixel, const int64_t *at, int64_t kernel_rows, int64_t steps,
                            const char *b, int64_t b_step, const int rows, const int each,
                            dot_step *dot)
{
    vec sum[DEEP_ROWS];
    TILE_UNROLL
    for (int r = 0; r < rows; r++)
        sum[r] = vec_load((const char *)start);
    for (int64_t k = 0; k < kernel_rows; k++)
        for (int64_t s = 0; s < steps; s++, b += b_step) {
            const char *from = a + at[k] + s * each * pixel;
            vec weights = vec_load(b);
            TILE_UNROLL
            for (int r = 0; r < rows; r++)
                sum[r] = dot(sum[r], vec_taps(from + r * a_step, pixel), weights);
        }
    TILE_UNROLL
    for (int r = 0; r < rows; r++)
        vec_store(y + r * INT_WIDTH, sum[r]);
}

TILE_INLINE void deep_all(int32_t *y, const int32_t *start, const char *a, int64_t a_step,
                          int64_t pixel, const int64_t *at, int64_t kernel_rows, int64_t steps,
                          const char *b, int rows, int columns, const int each, dot_step *dot)
{
    for (; rows > 0; y += DEEP_ROWS * INT_WIDTH, a += DEEP_ROWS * a_step, rows -= DEEP_ROWS)
        for (int j = 0; j < columns; j += VEC_COLUMNS) {
            const char *from = a + j * (4 / each), *weights = b + j * 4;
            if (rows >= DEEP_ROWS) {
                deep_block(y + j, start + j, from, a_step, pixel, at, kernel_rows, steps, weights,
                           columns * 4, DEEP_ROWS, each, dot);
                continue;
            }
            for (int r = 0; r < rows; r++)
                deep_block(y + r * INT_WIDTH + j, start + j, from + r * a_step, a_step, pixel, at,
                           kernel_rows, steps, weights, columns * 4, 1, each, dot);
        }
}

#define DEEP(name, each, dot)                                                                      \
    static void name(int32_t *y, const int32_t *start, const void *a, int64_t a_step,              \
                     int64_t pixel, const int64_t *at, int64_t kernel_rows, int64_t steps,         \
                     const void *b, int rows, int columns)                                         \
    {                                                                                              \
        deep_all(y, start, a, a_step, pixel, at, kernel_rows, steps, b, rows, columns, each, dot); \
    }
