/* ops/math/matmul_integer/tile.h - tiles of sums, on the words of a machine.
 *
 * Before it: `vec` of VEC_COLUMNS sums of 32 bits; vec_load, vec_store, vec_repeat (4
 * bytes in all columns); TILE_ROWS and TILE_PANELS that fit the registers.  A dot_step adds the
 * products of a step to sums.  With TILE_NARROWS defined, vec_add, vec_narrow and vec_scales as
 * well, vec_narrow_more, and two panels at a time. */
#include "math/matmul_integer/words.h"

enum { VECS = INT_COLUMNS / VEC_COLUMNS, FEW_ROWS = TILE_ROWS / 2, FEWER_ROWS = TILE_ROWS / 4 };
typedef vec dot_step(vec sum, vec row, vec columns);
#ifdef TILE_NARROWS
typedef vec_grid tile_grid;
TILE_INLINE tile_grid tile_grid_of(const int_grid *to)
{
    return to ? vec_grid_of(to->zero, to->lo, to->hi) : vec_grid_of(0, 0, 255);
}
#else
typedef char tile_grid; /* nothing */
static inline tile_grid tile_grid_of(const int_grid *to)
{
    (void)to;
    return 0;
}
#endif

TILE_INLINE void tile_block(char *y, const int_grid *to, const tile_grid *g, const int32_t *start,
                            const char *a, int64_t a_row, const int64_t *at, const char *b,
                            int64_t b_panel, int64_t steps, int first, const int rows,
                            const int panels, dot_step *dot)
{
    vec sum[TILE_ROWS][TILE_PANELS * VECS];
    const int vecs = panels * VECS;
    TILE_UNROLL
    for (int v = 0; v < vecs; v++)
        sum[0][v] = vec_load((const char *)(start + v * VEC_COLUMNS));
    TILE_UNROLL
    for (int r = 1; r < rows; r++)
        TILE_UNROLL
    for (int v = 0; v < vecs; v++)
        sum[r][v] = sum[0][v];
#ifdef TILE_NARROWS
    if (to && to->row) {
        TILE_UNROLL
        for (int r = 0; r < rows; r++) {
            vec more = vec_repeat((const char *)(to->row + first + r));
            TILE_UNROLL
            for (int v = 0; v < vecs; v++)
                sum[r][v] = vec_add(sum[r][v], more);
        }
    }
#else
    (void)first;
#endif
    for (int64_t i = 0; i < steps; i++, b += 64) {
        vec columns[TILE_PANELS * VECS];
        const char *row_at[(TILE_ROWS + 2) / 3];
        row_at[0] = a + (at ? at[i] : 4 * i);
        TILE_UNROLL
        for (int r = 3; r < rows; r += 3)
            row_at[r / 3] = row_at[r / 3 - 1] + 3 * a_row;
        TILE_UNROLL
        for (int v = 0; v < vecs; v++)
            columns[v] = vec_load(b + v / VECS * b_panel + v % VECS * VEC_COLUMNS * 4);
        TILE_UNROLL
        for (int p = 0; p < panels; p++) /* of the next panels, which may come from far */
            __builtin_prefetch(b + (panels + p) * b_panel, 0, 2);
        TILE_UNROLL
        for (int r = 0; r < rows; r++) {
            vec row = vec_repeat(row_at[r / 3] + r % 3 * a_row);
            TILE_UNROLL
            for (int v = 0; v < vecs; v++)
                sum[r][v] = dot(sum[r][v], row, columns[v]);
        }
    }
#ifdef TILE_NARROWS
    int32_t room[TILE_ROWS * INT_WIDTH], *out = to ? room : (int32_t *)(void *)y;
    if (to && !to->more) {
        TILE_UNROLL
        for (int v = 0; v < vecs; v++)
            TILE_UNROLL
        for (int r = 0; r < rows; r += 4) {
            const int last = rows - 1;
            const vec four[4] = { sum[r][v], sum[r + 1 < last ? r + 1 : last][v],
                                  sum[r + 2 < last ? r + 2 : last][v],
                                  sum[r + 3 < last ? r + 3 : last][v] };
            vec_narrow((uint8_t *)y + v * to->panel + r * INT_COLUMNS, four,
                       last - r < 3 ? last - r + 1 : 4, g, vec_scales(to->scale + v * VEC_COLUMNS),
                       true);
        }
        return;
    }
#else
    int32_t *out = (int32_t *)(void *)y;
    (void)to, (void)g;
#endif
    TILE_UNROLL
    for (int r = 0; r < rows; r++)
        TILE_UNROLL
    for (int v = 0; v < vecs; v++)
        vec_store(out + r * INT_WIDTH + v * VEC_COLUMNS, sum[r][v]);
#ifdef TILE_NARROWS
    for (int v = 0; to && v < panels; v++)
        vec_narrow_more((uint8_t *)y + v * to->panel, room + v * INT_COLUMNS, rows, to->more,
                        vec_scales(to->scale + v * INT_COLUMNS),
                        to->more->with + v * to->panel + first * INT_COLUMNS);
#endif
}

static inline int64_t tile_row(const int_grid *to)
{
    return to ? INT_COLUMNS : INT_WIDTH * 4;
}

/* All rows over so many panels. */
#define TILE_SOME(count)                                                                    \
    for (; rows >= (count); rows -= (count), y += (count)*tile_row(to), a += (count)*a_row) \
    tile_block(y, to, &g, start, a, a_row, at, b, b_panel, steps, all - rows, count, panels, dot)
TILE_INLINE void tile_rows(char *y, const int_grid *to, const int32_t *start, const char *a,
                           int64_t a_row, const int64_t *at, const char *b, int64_t b_panel,
                           int64_t steps, int rows, const int panels, dot_step *dot)
{
    const int all = rows;
    const tile_grid g = tile_grid_of(to);
    TILE_SOME(TILE_ROWS);
    TILE_SOME(FEW_ROWS);
    if (FEWER_ROWS > 1 && panels == TILE_PANELS)
        TILE_SOME(FEWER_ROWS);
    TILE_SOME(1);
}

TILE_INLINE void tile_all(char *y, const int_grid *to, const int32_t *start, const void *a,
                          int64_t a_row, const int64_t *at, const void *b, int64_t b_panel,
                          int64_t steps, int rows, int panels, dot_step *dot)
{
    const char *from = b;
    for (; panels >= TILE_PANELS; panels -= TILE_PANELS) {
        tile_rows(y, to, start, a, a_row, at, from, b_panel, steps, rows, TILE_PANELS, dot);
        from += TILE_PANELS * b_panel;
        start += TILE_PANELS * INT_COLUMNS;
        y += TILE_PANELS * INT_COLUMNS * 4; /* of sums: bytes come from machines of two panels */
    }
    if (TILE_PANELS > 1 && panels > 0)
        tile_rows(y, to, start, a, a_row, at, from, b_panel, steps, rows, 1, dot);
}

#define TILE(name, dot)                                                                \
    static void name(void *y, const int_grid *to, const int32_t *start, const void *a, \
                     int64_t a_row, const int64_t *at, const void *b, int64_t b_panel, \
                     int64_t steps, int rows, int panels)                              \
    {                                                                                  \
        tile_all(y, to, start, a, a_row, at, b, b_panel, steps, rows, panels, dot);    \
    }
