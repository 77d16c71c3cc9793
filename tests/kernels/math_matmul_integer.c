/* tests/kernels/math_matmul_integer.c - tiles of bytes and of pairs, packed as the operators pack
 * them, against plain sums; quantising anew against rint(). */
#include "math/matmul_integer/kernels.h"
#include "support/check.h"
#include <math.h>
#include <string.h>

static uint8_t *some_bytes(check *t, int64_t n)
{
    uint8_t *p = check_bytes(t, (size_t)n);
    bool extreme = check_chance(t, 30);
    for (int64_t i = 0; i < n; i++)
        p[i] = (uint8_t)(extreme ? (check_chance(t, 50) ? 0x80 : 0x7f) ^
                                       (check_chance(t, 50) ? 0xff : 0)
                                 : check_int(t, 0, 255));
    return p;
}

static int value(uint8_t raw, bool is_signed)
{
    return is_signed ? (int8_t)raw : raw;
}

/* A product with zero points, as the operators put it together. */
static void one_product(check *t, const matmul_integer_kernels *k, const int_form *f)
{
    int m = (int)check_int(t, 1, 17), n = (int)check_int(t, 1, INT_WIDTH);
    int64_t depth = check_int(t, 0, check_chance(t, 80) ? 40 : 900), steps = int_steps(f, depth);
    bool a_signed = check_chance(t, 50), b_signed = check_chance(t, 50);
    int za = (int)check_int(t, a_signed ? -128 : 0, a_signed ? 127 : 255);
    int zb = (int)check_int(t, b_signed ? -128 : 0, b_signed ? 127 : 255);
    uint8_t *a = some_bytes(t, m * depth), *b = some_bytes(t, depth * n);
    char *rows = check_bytes(t, (size_t)(m * steps * 4));
    size_t panel = int_panel_bytes(steps);
    char *panels = check_bytes(t, (size_t)int_panels(n) * panel);
    int32_t got[17][INT_WIDTH], sums[17];
    (void)k;
    check_note(t, "%s m=%d n=%d k=%d signs %d %d zeros %d %d", f->bytes ? "bytes" : "pairs", m, n,
               (int)depth, a_signed, b_signed, za, zb);
    for (int r = 0; r < m; r++)
        sums[r] = sdx_int_row(f, rows + r * steps * 4, a + r * depth, a_signed, 1, depth, za);
    sdx_int_pack(f, panels, b, b_signed, n, 1, depth, n);
    int64_t *at = check_chance(t, 50) ? check_bytes(t, (size_t)steps * sizeof *at) : NULL;
    for (int64_t i = 0; at && i < steps; i++)
        at[i] = 4 * i;
    int32_t start[INT_WIDTH];
    for (int j = 0; j < INT_WIDTH; j++)
        start[j] = (int32_t)check_int(t, -99, 99);
    f->tile(got, NULL, start, rows, steps * 4, at, panels, (int64_t)panel, steps, m,
            (int)int_panels(n));
    int a_zero = f->bytes ? za + int_shift(f->rows_signed, a_signed) : 0;
    int b_zero = f->bytes ? zb + int_shift(f->columns_signed, b_signed) : zb;
    for (int r = 0; r < m; r++)
        for (int j = 0; j < n; j++) {
            int32_t column;
            int64_t want = 0;
            memcpy(&column,
                   panels + (size_t)(j / INT_COLUMNS + 1) * panel - 64 + j % INT_COLUMNS * 4,
                   sizeof column);
            for (int64_t i = 0; i < depth; i++)
                want += (value(a[r * depth + i], a_signed) - za) *
                        (value(b[i * n + j], b_signed) - zb);
            int64_t sum = (int64_t)got[r][j] - start[j] - (int64_t)b_zero * sums[r] -
                          (int64_t)a_zero * (column - (int64_t)b_zero * depth);
            check_that(t, sum == want, "product");
        }
}

static void one_of_columns(check *t, const void *kernels)
{
    int_form f = sdx_int_form(kernels);
    one_product(t, kernels, &f);
}

static int_form of_pairs(const matmul_integer_kernels *k)
{
    return (int_form){ k->pairs ? k->pairs : sdx_int_pairs,
                       k->deep_pairs ? k->deep_pairs : sdx_int_deep_pairs,
                       NULL,
                       sdx_int_form(k).columns,
                       false,
                       false,
                       true,
                       true };
}

static void one_of_pairs(check *t, const void *kernels)
{
    int_form f = of_pairs(kernels);
    one_product(t, kernels, &f);
}

/* Windows over pixels of single channels; weights follow each other as int_windows has it. */
static void one_deep(check *t, const int_form *f)
{
    enum { MOST = 31 };
    int each = int_each(f), width = 4 / each, columns = f->columns;
    int rows = (int)check_int(t, 1, MOST);
    bool shared = f->bytes && check_chance(t, 50);
    int64_t pixel = columns * width, at[5], last = 0, sets = shared ? 2 : 1;
    int_windows k = { .a_step = pixel * (shared ? 1 : check_int(t, 1, 3)),
                      .pixel = pixel,
                      .at = at,
                      .kernel_rows = check_int(t, 1, 5),
                      .steps = check_int(t, 1, 3),
                      .columns = columns,
                      .shared = shared };
    for (int64_t i = 0; i < k.kernel_rows; i++) {
        at[i] = check_int(t, 0, 9) * pixel;
        last = at[i] > last ? at[i] : last;
    }
    size_t bytes = (size_t)(last + (rows - 1) * k.a_step + k.steps * each * pixel);
    size_t weights = (size_t)(k.kernel_rows * k.steps * sets * columns * 4);
    char *x = check_bytes(t, bytes), *w = check_bytes(t, weights);
    int32_t got[MOST][INT_WIDTH], start[INT_COLUMNS];
    for (size_t i = 0; i < bytes; i++)
        x[i] = (char)check_int(t, -128, 127);
    for (size_t i = 0; i < weights; i++)
        w[i] = (char)check_int(t, -128, 127);
    for (int64_t i = 0; shared && i < k.kernel_rows * columns;
         i++) /* the second set: a tap later */
        for (int64_t n = k.steps * 4 - 1; n >= 0; n--) {
            char *at_n = w + (i / columns * k.steps + n / 4) * 2 * columns * 4 + i % columns * 4;
            const char *before = w + (i / columns * k.steps + (n - 1) / 4) * 2 * columns * 4 +
                                 i % columns * 4;
            at_n[columns * 4 + n % 4] = n > 0 ? before[(n - 1) % 4] : 0;
            if (n == k.steps * 4 - 1)
                at_n[n % 4] = 0;
        }
    for (int j = 0; j < columns; j++)
        start[j] = (int32_t)check_int(t, -99, 99);
    k.start = start;
    k.b = w;
    check_note(t, "%s rows=%d kernel %d x %d shared=%d", f->bytes ? "bytes" : "pairs", rows,
               (int)k.kernel_rows, (int)k.steps, shared);
    f->deep(got, NULL, &k, x, rows);
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < columns; j++) {
            uint32_t want = (uint32_t)start[j];
            for (int64_t i = 0; i < k.kernel_rows * k.steps; i++)
                for (int e = 0; e < each; e++) {
                    const char *a = x + at[i / k.steps] + r * k.a_step +
                                    (i % k.steps * each + e) * pixel + j * width;
                    const char *b = w + i * sets * columns * 4 + j * 4 + e * width;
                    int16_t wide[2];
                    memcpy(&wide[0], a, (size_t)width);
                    memcpy(&wide[1], b, (size_t)width);
                    want += (uint32_t)(f->bytes ? value((uint8_t)*a, f->rows_signed) *
                                                      value((uint8_t)*b, f->columns_signed)
                                                : wide[0] * wide[1]);
                }
            check_that(t, got[r][j] == (int32_t)want, "channels by themselves");
        }
    if (!f->narrows)
        return;
    float scale[INT_COLUMNS];
    uint8_t *y = check_bytes(t, (size_t)(rows * INT_COLUMNS)), want[MOST * INT_COLUMNS];
    for (int j = 0; j < columns; j++)
        scale[j] = (float)check_int(t, 1, 1000) * 1e-5f;
    int_grid to = { scale, 100, 0, 255, true, 0, NULL, NULL };
    f->deep(y, &to, &k, x, rows);
    sdx_int_narrow(want, got[0], rows, columns, &to);
    check_that(t, memcmp(y, want, (size_t)(rows * INT_COLUMNS)) == 0, "bytes of channels");
}

/* Lines of 3x3 windows over a picture that ends with its page, by sums of their own. */
static void one_three(check *t, const void *kernels)
{
    enum { MOST = 15 };
    int_form f = sdx_int_form(kernels);
    if (!f.three)
        return;
    int_picture p = { .height = check_int(t, 1, MOST),
                      .width = check_int(t, 1, MOST),
                      .top = check_int(t, 0, 3),
                      .left = check_int(t, 0, 3),
                      .stride = check_int(t, 1, 2),
                      .out_width = check_int(t, INT_STRIP, MOST),
                      .pad = (uint8_t)check_int(t, 0, 255),
                      .flip = (uint8_t)(check_chance(t, 30) ? 0x80 : 0) };
    int64_t from = check_int(t, 0, 9), end = from + check_int(t, 0, 9),
            sets = p.stride == 1 ? 2 : 1;
    size_t count = (size_t)((end - from) * p.out_width * INT_COLUMNS);
    int8_t *w = check_bytes(t, (size_t)(3 * sets) * 64), weight[9][INT_COLUMNS];
    int32_t start[INT_COLUMNS], sum[MOST][INT_WIDTH];
    float scale[INT_COLUMNS];
    uint8_t *y = check_bytes(t, count), want[MOST * INT_COLUMNS];
    check_note(t, "%dx%d to %d, %d..%d stride %d pads %d %d flip %d", (int)p.height, (int)p.width,
               (int)p.out_width, (int)from, (int)end, (int)p.stride, (int)p.top, (int)p.left,
               p.flip);
    p.x = some_bytes(t, p.height * p.width * INT_COLUMNS);
    memset(w, 0, (size_t)(3 * sets) * 64);
    for (int k = 0; k < 9; k++)
        for (int j = 0; j < INT_COLUMNS; j++) {
            weight[k][j] = (int8_t)check_int(t, -128, 127);
            for (int64_t set = 0; set < sets; set++)
                w[(k / 3 * sets + set) * 64 + j * 4 + k % 3 + set] = weight[k][j];
        }
    for (int j = 0; j < INT_COLUMNS; j++) {
        scale[j] = (float)check_int(t, 1, 1000) * 1e-5f;
        start[j] = (int32_t)check_int(t, -99, 99);
    }
    p.start = start;
    p.b = w;
    int lowest = check_chance(t, 50) ? -128 : 0;
    int_grid to = {
        scale, (int)check_int(t, lowest, lowest + 255), lowest, lowest + 255, true, 0, NULL, NULL
    };
    if (check_chance(t, 50))
        to.zero = lowest;
    if (check_chance(t, 30))
        to.hi = to.zero + (lowest + 255 - to.zero) / 2;
    f.three(y, &to, &p, from, end);
    for (int64_t line = from; line < end; line++, y += p.out_width * INT_COLUMNS) {
        for (int64_t i = 0; i < p.out_width * INT_COLUMNS; i++) {
            int64_t j = i % INT_COLUMNS;
            int32_t all = start[j];
            for (int k = 0; k < 9; k++) {
                int64_t r = line * p.stride - p.top + k / 3;
                int64_t q = i / INT_COLUMNS * p.stride - p.left + k % 3;
                bool inside = r >= 0 && r < p.height && q >= 0 && q < p.width;
                uint8_t x = inside ? p.x[(r * p.width + q) * INT_COLUMNS + j] : p.pad;
                all += value(x ^ p.flip, f.rows_signed) * weight[k][j];
            }
            sum[i / INT_COLUMNS][j] = all;
        }
        sdx_int_narrow(want, sum[0], (int)p.out_width, INT_COLUMNS, &to);
        check_that(t, memcmp(y, want, (size_t)(p.out_width * INT_COLUMNS)) == 0, "lines of 3x3");
    }
}

static void one_deep_of_bytes(check *t, const void *kernels)
{
    int_form f = sdx_int_form(kernels);
    one_deep(t, &f);
}

static void one_deep_of_pairs(check *t, const void *kernels)
{
    int_form f = of_pairs(kernels);
    one_deep(t, &f);
}

/* Other bytes for those of a grid. */
static void some_more(check *t, int_more *m, const int_grid *to)
{
    float lowest = check_chance(t, 50) ? -128 : 0;
    m->add = (byte_add){ { (float)check_int(t, 1, 9999) * 1e-5f,
                           (float)to->zero + (to->lo < 0 ? 128 : 0),
                           (uint8_t)(to->lo < 0 ? 0x80 : 0) },
                         { (float)check_int(t, 1, 9999) * 1e-5f, (float)check_int(t, 0, 255),
                           (uint8_t)(check_chance(t, 50) ? 0x80 : 0) },
                         (float)check_int(t, 1, 9999) * 1e-5f,
                         lowest + (float)check_int(t, 0, 255),
                         lowest,
                         lowest + 255 };
    m->inverse = 1 / m->add.scale;
    m->lo = (float)(to->lo - to->zero);
    m->hi = (float)(to->hi - to->zero);
}

/* The bytes of a tile are those that its sums become, added to others or not. */
static void one_tile_of_bytes(check *t, const void *kernels)
{
    const matmul_integer_kernels *k = kernels;
    int_form f = sdx_int_form(k);
    int rows = (int)check_int(t, 1, 31), panels = (int)check_int(t, 1, INT_PANELS);
    int64_t steps = check_int(t, 1, 9);
    if (!f.narrows)
        return;
    char *a = check_bytes(t, (size_t)(rows * steps * 4)),
         *b = check_bytes(t, (size_t)panels * 1024);
    int32_t start[INT_WIDTH], sum[31][INT_WIDTH];
    float scale[INT_WIDTH];
    int32_t *more = check_bytes(t, (size_t)rows * sizeof *more);
    uint8_t *y = check_bytes(t, (size_t)(panels * rows * INT_COLUMNS)), want[31 * INT_COLUMNS];
    int lowest = check_chance(t, 50) ? -128 : 0;
    int_grid to = { scale,  (int)check_int(t, lowest, lowest + 255),
                    lowest, lowest + 255,
                    true,   rows * INT_COLUMNS,
                    NULL,   NULL };
    if (check_chance(t, 30))
        to.lo = to.zero;
    for (int64_t i = 0; i < rows * steps * 4; i++)
        a[i] = (char)check_int(t, -128, 127);
    for (int i = 0; i < panels * 1024; i++)
        b[i] = (char)check_int(t, -128, 127);
    for (int j = 0; j < INT_WIDTH; j++) {
        start[j] = (int32_t)check_int(t, -9999, 9999);
        scale[j] = (float)check_int(t, 1, 1000) * 1e-5f;
    }
    for (int r = 0; r < rows; r++)
        more[r] = (int32_t)check_int(t, -9999, 9999);
    to.row = check_chance(t, 50) ? more : NULL;
    uint8_t *with = check_bytes(t, (size_t)(panels * rows * INT_COLUMNS));
    int_more and = { .with = with };
    some_more(t, &and, &to);
    to.more = check_chance(t, 50) ? &and : NULL;
    for (int i = 0; i < panels * rows * INT_COLUMNS; i++)
        with[i] = (uint8_t)check_int(t, 0, 255);
    f.tile(y, &to, start, a, steps * 4, NULL, b, 1024, steps, rows, panels);
    f.tile(sum, NULL, start, a, steps * 4, NULL, b, 1024, steps, rows, panels);
    for (int i = 0; to.row && i < rows * INT_WIDTH; i++)
        if (i % INT_WIDTH < panels * INT_COLUMNS)
            sum[i / INT_WIDTH][i % INT_WIDTH] += more[i / INT_WIDTH];
    for (int p = 0; p < panels; p++, to.scale += INT_COLUMNS, y += to.panel) {
        sdx_int_narrow(want, sum[0] + p * INT_COLUMNS, rows, INT_COLUMNS, &to);
        if (to.more)
            sdx_byte_add(want, want, with + p * to.panel, (size_t)to.panel, &and.add);
        check_that(t, memcmp(y, want, (size_t)to.panel) == 0, "bytes of a tile");
    }
}

/* In floats, halves to even; sums of 2^24 and more are rounded on the way, beyond any grid. */
static void one_narrowed(check *t, const void *kernels)
{
    const matmul_integer_kernels *k = kernels;
    int_narrow *fn = k->narrow ? k->narrow : sdx_int_narrow;
    int rows = (int)check_int(t, 1, 17), columns = sdx_int_form(k).columns;
    bool is_signed = check_chance(t, 50);
    int lowest = is_signed ? -128 : 0;
    float *scale = check_room(t, (size_t)columns);
    int32_t(*sum)[INT_WIDTH] = check_bytes(t, (size_t)rows * sizeof *sum);
    uint8_t *y = check_bytes(t, (size_t)(rows * columns));
    int_grid to = { scale,
                    (int)check_int(t, lowest, lowest + 255),
                    lowest,
                    lowest + 255,
                    check_chance(t, 50),
                    0,
                    NULL,
                    NULL };
    if (check_chance(t, 30))
        to.lo = to.zero;
    for (int j = 0; j < columns; j++) {
        scale[j] = check_chance(t, 50) ? 0.125f : (float)check_int(t, 1, 1000) / 3000;
        if (!to.small && check_chance(t, 20))
            scale[j] *= 1e4f;
    }
    for (int i = 0; i < rows * INT_WIDTH; i++)
        sum[0][i] = (int32_t)(check_chance(t, 20) ? check_int(t, INT32_MIN, INT32_MAX)
                                                  : check_int(t, -3000, 3000));
    fn(y, sum[0], rows, columns, &to);
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < columns; j++) {
            float v = (float)sum[r][j] * scale[j];
            double want = (double)rintf(v) + to.zero;
            want = want < to.lo ? to.lo : want > to.hi ? to.hi : want;
            check_that(t, y[r * columns + j] == (uint8_t)(int)want, "narrow");
        }
}

static void one_of_floats(check *t, const void *kernels)
{
    const matmul_integer_kernels *k = kernels;
    int_floats *fn = k->floats ? k->floats : sdx_int_floats;
    int rows = (int)check_int(t, 1, 17), columns = (int)check_int(t, 1, INT_WIDTH), y_row = 40;
    columns = check_chance(t, 50) ? INT_WIDTH : columns;
    float *scale = check_room(t, (size_t)columns), *bias = check_room(t, (size_t)columns);
    float *y = check_room(t, (size_t)((rows - 1) * y_row + columns));
    int32_t(*sum)[INT_WIDTH] = check_bytes(t, (size_t)rows * sizeof *sum);
    for (int i = 0; i < rows * INT_WIDTH; i++)
        sum[0][i] = (int32_t)check_int(t, INT32_MIN, INT32_MAX);
    for (int j = 0; j < columns; j++) {
        scale[j] = (float)check_int(t, -999, 999) / 3000;
        bias[j] = (float)check_int(t, -999, 999) * 1e3f;
    }
    fn(y, y_row, sum[0], rows, columns, scale, bias);
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < columns; j++) {
            float v = (float)sum[r][j] * scale[j];
            check_that(t, y[r * y_row + j] == v + bias[j], "floats");
        }
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "columns", 300, one_of_columns, kernels);
    check_cases(t, "pairs", 300, one_of_pairs, kernels);
    check_cases(t, "channels of bytes", 150, one_deep_of_bytes, kernels);
    check_cases(t, "channels of pairs", 150, one_deep_of_pairs, kernels);
    check_cases(t, "lines of 3x3", 150, one_three, kernels);
    check_cases(t, "tiles of bytes", 300, one_tile_of_bytes, kernels);
    check_cases(t, "narrow", 300, one_narrowed, kernels);
    check_cases(t, "floats", 100, one_of_floats, kernels);
}

static void time_all(check *t, const void *kernels)
{
    const matmul_integer_kernels *k = kernels;
    int_form f = sdx_int_form(k);
    int64_t steps = int_steps(&f, 512);
    size_t panel = int_panel_bytes(steps);
    char *a = check_bytes(t, (size_t)(14 * steps * 4)), *b = check_bytes(t, 2 * panel);
    int32_t tile[14][INT_WIDTH], start[INT_WIDTH] = { 0 };
    memset(a, 1, (size_t)(14 * steps * 4));
    memset(b, 1, 2 * panel);
    CHECK_BENCH(t, "14 x 32 x 512", 2.0 * 14 * 32 * 512, 512 * 32,
                f.tile(tile, NULL, start, a, steps * 4, NULL, b, (int64_t)panel, steps, 14, 2));
    float scale[INT_WIDTH];
    uint8_t *y = check_bytes(t, 14 * INT_COLUMNS);
    for (int i = 0; i < INT_WIDTH; i++)
        scale[i] = 0.01f;
    int_grid to = { scale, 3, 0, 255, true, 0, NULL, NULL };
    int_narrow *narrow = k->narrow ? k->narrow : sdx_int_narrow;
    CHECK_BENCH(t, "narrow a block of 14", 14.0 * f.columns, 70.0 * f.columns,
                narrow(y, tile[0], 14, f.columns, &to));
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "math_matmul_integer", sizeof(matmul_integer_kernels), try_all,
                      time_all);
}
