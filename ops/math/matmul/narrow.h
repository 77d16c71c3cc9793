/* ops/math/matmul/narrow.h - weights of fewer bits become floats, on the words of a vocabulary.
 * Included by product.h.  NARROW_WIDENS_ONLY: rows of these instructions gain nothing. */

/* Row i of those in the words. */
V_INLINE v_f32 row_of_words(v_f32 words, const matmul_form form, const int i)
{
    v_i32 bits = v_bits(words);
    if (form == MATMUL_BF16)
        return v_float(i == 0 ? bits << 16 : bits & -65536);
    return v_from_int((i == 3 ? bits : bits << (24 - 8 * i)) >> 24);
}

V_INLINE void widen_as(float *to, const float *panel, int64_t width, int64_t r0, int64_t r1,
                       const matmul_form form)
{
    const int each = (int)matmul_rows_of_word(form);
    const float *words = panel + (r0 / each + (form == MATMUL_INT8)) * width;
    for (; r0 < r1; r0 += each, words += width, to += each * width)
        for (int64_t j = 0; j < width; j += V_LANES) {
            v_f32 w = v_load(words + j);
            V_UNROLL
            for (int i = 0; i < each; i++) {
                v_f32 row = row_of_words(w, form, i);
                if (form == MATMUL_INT8)
                    row = row * v_load(panel + j);
                if (r0 + i < r1)
                    v_store(to + i * width + j, row);
            }
        }
}

#define WIDEN(name, form)                                                                          \
    static void widen_##name(float *to, const float *panel, int64_t width, int64_t r0, int64_t r1) \
    {                                                                                              \
        widen_as(to, panel, width, r0, r1, form);                                                  \
    }
WIDEN(bf16, MATMUL_BF16)
WIDEN(int8, MATMUL_INT8)

#ifndef NARROW_WIDENS_ONLY
enum { ROW_VECTORS = PANEL / V_LANES, PANELS = 2 /* side by side */ };

/* The products of one word of each column. */
V_INLINE void add_words(v_f32 *sum, const float *a, const float *words, int64_t apart,
                        const int rows, const int vectors, const matmul_form form)
{
    v_f32 x[4];
    V_UNROLL
    for (int i = 0; i < rows; i++)
        x[i] = v_set(a[i]);
    V_UNROLL
    for (int v = 0; v < vectors; v++) {
        const float *at = words + v / ROW_VECTORS * apart + v % ROW_VECTORS * V_LANES;
        v_f32 w = v_load(at);
        __builtin_prefetch(at + 1024, 0, 2);
        V_UNROLL
        for (int i = 0; i < rows; i++)
            sum[i % 2 * vectors + v] = v_fma(row_of_words(w, form, i), x[i],
                                             sum[i % 2 * vectors + v]);
    }
}

/* One row over `vectors` of a panel, or of two that lie `apart`. */
V_INLINE void some_columns(v_f32 *out, const float *a, const float *b, int64_t k, int64_t width,
                           int64_t apart, const int vectors, const matmul_form form)
{
    const int each = (int)matmul_rows_of_word(form);
    const float *words = b + (form == MATMUL_INT8 ? width : 0);
    v_f32 sum[2 * PANELS * ROW_VECTORS];
    V_UNROLL
    for (int v = 0; v < 2 * vectors; v++)
        sum[v] = v_set(0);
    float rest[4] = { 0 }; /* what the last word lacks is 0 */
    for (; k > 0; k -= each, a += each, words += width) {
        if (k < each) {
            for (int i = 0; i < k; i++)
                rest[i] = a[i];
            a = rest;
        }
        add_words(sum, a, words, apart, each, vectors, form);
    }
    V_UNROLL
    for (int v = 0; v < vectors; v++) {
        out[v] = sum[v] + sum[vectors + v];
        if (form == MATMUL_INT8)
            out[v] = out[v] * v_load(b + v / ROW_VECTORS * apart + v % ROW_VECTORS * V_LANES);
    }
}

V_INLINE void vector_as(float *y, const float *a, const float *b, int64_t k, int64_t n,
                        const float *base, int64_t p0, int64_t p1, const matmul_form form)
{
    const int64_t apart = matmul_words(form, k) * PANEL;
    int64_t whole = least(n / PANEL, p1);
    v_f32 out[PANELS * ROW_VECTORS];
    for (int64_t p = p0; p < p1; p++) {
        const float *from = b + p * apart;
        int64_t at = p * PANEL, columns = least(PANEL, n - at);
        if (p + 1 < whole) {
            some_columns(out, a, from, k, PANEL, apart, PANELS * ROW_VECTORS, form);
            V_UNROLL
            for (int v = 0; v < PANELS * ROW_VECTORS; v++)
                v_store(y + at + v * V_LANES,
                        out[v] + (base ? v_load(base + at + v * V_LANES) : v_set(0)));
            p++;
            continue;
        }
        for (int64_t j = 0; j < columns; j += V_LANES) {
            const size_t some = (size_t)least(V_LANES, columns - j);
            some_columns(out, a, from + j, k, panel_width(n, p), 0, 1, form);
            v_store_part(y + at + j, out[0] + (base ? v_load_part(base + at + j, some) : v_set(0)),
                         some);
        }
    }
}

#define VECTOR(name, form)                                                                    \
    static void vector_##name(float *y, const float *a, const float *b, int64_t k, int64_t n, \
                              const float *base, int64_t p0, int64_t p1)                      \
    {                                                                                         \
        vector_as(y, a, b, k, n, base, p0, p1, form);                                         \
    }
VECTOR(bf16, MATMUL_BF16)
VECTOR(int8, MATMUL_INT8)
#endif

static void fill_narrow(matmul_kernels *k)
{
    k->widen[MATMUL_BF16] = widen_bf16;
    k->widen[MATMUL_INT8] = widen_int8;
#ifndef NARROW_WIDENS_ONLY
    k->vector[MATMUL_BF16] = vector_bf16;
    k->vector[MATMUL_INT8] = vector_int8;
#endif
}
