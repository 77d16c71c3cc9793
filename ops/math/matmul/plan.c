/* ops/math/matmul/plan.c - see plan.h. */
#include "math/matmul/plan.h"
#include <string.h>
#include <math.h>

enum { TOGETHER = 8, ROW_BLOCK = 420, FEW_PIECES = 8, PAIR_PANELS = 6 };
static const double worth_sharing = 1e6, piece_of_work = 8e6; /* products */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- the form of weights ---- */

matmul_form sdx_matmul_form(const sdx_prepare *c, const matmul_kernels *k)
{
    static const matmul_form forms[] = { [SDX_PRECISION_F32] = MATMUL_F32,
                                         [SDX_PRECISION_BF16] = MATMUL_BF16,
                                         [SDX_PRECISION_INT8_WEIGHTS] = MATMUL_INT8 };
    return k->block > 0 ? forms[sdx_allowed(c)] : MATMUL_F32;
}

const char *sdx_matmul_name(const matmul_kernels *k, matmul_form form)
{
    static const char *const names[MATMUL_FORMS] = { "tiles", "bf16 weights", "int8 weights" };
    return form == MATMUL_BF16 && k->pairs ? "bf16" : names[form];
}

/* ---- prepare ---- */

/* What the packed form of a constant B depends on; no gaps, for it is compared byte by byte. */
typedef struct pack_how {
    int64_t k, n, row, col, matrices, size, packed, block, form;
    double alpha;
    matmul_pack_f32 *pack;
} pack_how;

static pack_how how_to_pack(const matmul_plan *p)
{
    return (pack_how){ p->shape.k,  p->shape.n, p->b_row, p->b_col, p->b_matrices, p->b_size,
                       p->b_packed, p->k.block, p->form,  p->alpha, p->k.pack };
}

/* Panels [p0, p1) of matrix i. */
static void pack_panels(const pack_how *h, float *to, const float *b, int64_t i, int64_t p0,
                        int64_t p1)
{
    float *start = to + i * h->packed, *end = start + least(p1 * 2 * h->block * h->k, h->packed);
    h->pack(start, b + i * h->size, h->k, h->n, h->row, h->col, p0, p1);
    if (h->alpha != 1)
        for (float *f = start + p0 * 2 * h->block * h->k; f < end; f++)
            *f = (float)(h->alpha * (double)*f);
}

/* A weight in the model's file may lie at any byte. */
static void pack_unaligned(const pack_how *h, float *to, const sdx_tensor *from)
{
    for (int64_t i = 0; i < h->matrices; i++)
        for (int64_t panel = 0; panel < h->n; panel += 2 * h->block) {
            int64_t left = h->n - panel, width = left > h->block ? 2 * h->block : h->block;
            for (int64_t k = 0; k < h->k; k++, to += width) {
                int64_t at = i * h->size + k * h->row + panel * h->col;
                if (h->col == 1 && h->alpha == 1 && left >= width) {
                    memcpy(to, (const char *)from->data + at * 4, (size_t)width * sizeof *to);
                    continue;
                }
                for (int64_t j = 0; j < width; j++, at += h->col)
                    to[j] = j < left ? (float)(h->alpha * (double)sdx_f32_at(from, at)) : 0;
            }
        }
}

static void pack_all(void *to, const sdx_tensor *from, const void *how)
{
    const pack_how *h = how;
    if (h->form != MATMUL_F32) {
        for (int64_t i = 0; i < h->matrices; i++)
            sdx_matmul_pack((matmul_form)h->form, (int)h->block, (float *)to + i * h->packed, from,
                            i * h->size, h->k, h->n, h->row, h->col, h->alpha);
        return;
    }
    if ((uintptr_t)from->data % _Alignof(float) != 0) {
        pack_unaligned(h, to, from);
        return;
    }
    for (int64_t i = 0; i < h->matrices; i++)
        pack_panels(h, to, from->data, i, 0, matmul_panels(h->n, (int)h->block));
}

static const float *pack_constant(sdx_prepare *c, matmul_plan *p)
{
    p->b_packed = matmul_packed_as(p->form, p->shape.k, p->shape.n, p->k.block);
    const pack_how how = how_to_pack(p);
    return p->moved ? NULL
                    : sdx_pack(c, 1, (size_t)(p->b_matrices * p->b_packed) * sizeof(float),
                               pack_all, &how, sizeof how);
}

/* Pieces: blocks of rows by groups of panels, by size alone. */
static void cut_work(matmul_plan *p)
{
    const sdx_product *s = &p->shape;
    double work = (double)s->batches * (double)s->m * (double)s->n * (double)s->k;
    int64_t panels = matmul_panels(s->n, p->k.block), tiles = (s->m + p->k.rows - 1) / p->k.rows;
    p->row_blocks = (s->m + ROW_BLOCK - 1) / ROW_BLOCK;
    p->panel_groups = 1;
    if (work < worth_sharing || panels == 0)
        return;
    int64_t pieces = (int64_t)fmin(work / piece_of_work, 1e9) + FEW_PIECES;
    int64_t each = (pieces + s->batches * p->row_blocks - 1) / (s->batches * p->row_blocks);
    p->panel_groups = least(panels, each);
    if (p->form != MATMUL_F32) /* each rounds its rows anew */
        p->panel_groups = least(p->panel_groups, (panels + PAIR_PANELS - 1) / PAIR_PANELS);
    pieces = (pieces + s->batches * p->panel_groups - 1) / (s->batches * p->panel_groups);
    p->row_blocks = pieces > p->row_blocks ? least(pieces, tiles) : p->row_blocks;
}

sdx_status sdx_matmul_prepare(const sdx_node *n, sdx_prepare *c, matmul_plan *p)
{
    sdx_product *s = &p->shape;
    p->k = *(const matmul_kernels *)sdx_kernels(c, &sdx_family_math_matmul);
    p->fast = sdx_in_dtype(n, 0) == SDX_F32 && p->k.block > 0;
    p->b_size = s->k * s->n;
    p->b_matrices = 1;
    bool one = true; /* B is the same for the whole batch */
    for (int i = 0; i < s->rank; i++) {
        p->b_matrices *= s->b[i] != 0 ? s->dim[i] : 1;
        one = one && (s->b[i] == 0 || s->dim[i] == 1);
    }
    if (!p->fast) {
        sdx_choice(c, "reference");
        return SDX_OK;
    }
    /* rows of all matrices of A follow one another */
    bool dense = p->a_col == 1 && p->a_row == s->k;
    for (int64_t i = s->rank - 1, size = s->m * s->k; i >= 0; size *= s->dim[i--])
        dense = dense && (s->dim[i] == 1 || s->a[i] == size);
    if (one && dense) {
        s->m *= s->batches;
        s->batches = 1;
        s->rank = 0;
    }
    p->form = !p->moved && sdx_is_const(n, 1) ? sdx_matmul_form(c, &p->k) : MATMUL_F32;
    p->packed = pack_constant(c, p);
    if (!p->packed && p->form != MATMUL_F32) {
        p->form = MATMUL_F32;
        p->packed = pack_constant(c, p);
    }
    p->scratch = p->packed ? 0 : (size_t)(p->b_matrices * p->b_packed + 15) / 16 * 16;
    sdx_choice(c, sdx_matmul_name(&p->k, p->form));
    cut_work(p);
    return SDX_OK;
}

size_t sdx_matmul_worker(const matmul_plan *p)
{
    return p->fast ? 0
                   : (size_t)((TOGETHER + 1) * p->shape.n + TOGETHER * p->shape.k) * sizeof(double);
}

/* ---- run ---- */

typedef struct job {
    const matmul_plan *p;
    const sdx_tensor *a, *b;
    sdx_tensor *y;
    const matmul_finish *finish;
    float *packed;
    pack_how how;
} job;

static sdx_status some_packing(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    job *j = arg;
    int64_t panels = matmul_panels(j->p->shape.n, j->p->k.block);
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++)
        pack_panels(&j->how, j->packed, sdx_f32(j->b), i / panels, i % panels, i % panels + 1);
    return SDX_OK;
}

/* Where piece i of the rows begins: narrower forms, whose tiles are of few sizes, take whole
 * ones. */
static int64_t row_begin(const matmul_plan *p, int64_t i)
{
    const int64_t m = p->shape.m, rows = p->k.rows;
    if (p->form == MATMUL_F32)
        return m * i / p->row_blocks;
    return least(m, (m + rows - 1) / rows * i / p->row_blocks * rows);
}

static sdx_status some_products(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    job *j = arg;
    const matmul_plan *p = j->p;
    const sdx_product *s = &p->shape;
    const matmul_finish *f = j->finish;
    int64_t panels = matmul_panels(s->n, p->k.block);
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t group = i % p->panel_groups, rows = i / p->panel_groups % p->row_blocks, a, b;
        int64_t batch = i / p->panel_groups / p->row_blocks, at = batch * s->m * s->n;
        sdx_product_at(s, batch, &a, &b);
        matmul_f32 g = { .m = s->m,
                         .n = s->n,
                         .k = s->k,
                         .a = sdx_f32(j->a) + a,
                         .a_row = p->a_row,
                         .a_col = p->a_col,
                         .b = j->packed + (p->b_size > 0 ? b / p->b_size * p->b_packed : 0),
                         .c = sdx_f32_out(j->y) + at,
                         .c_row = s->n,
                         .at = at,
                         .bias = f->bias,
                         .residual = f->residual ? f->residual + at : NULL,
                         .residual_row = s->n,
                         .lo = f->tail->lo,
                         .hi = f->tail->hi,
                         .after = f->tail->after ? sdx_tail_call : NULL,
                         .anywhere = f->tail->anywhere,
                         .context = (void *)(uintptr_t)f->tail };
        sdx_matmul_product(&p->k, p->form, &g, row_begin(p, rows), row_begin(p, rows + 1),
                           panels * group / p->panel_groups,
                           panels * (group + 1) / p->panel_groups);
    }
    return SDX_OK;
}

/* The references: one body for each class of numbers, some rows of Y at a time for each of B.
 * Integers wrap. */
#define REFERENCE(name, type, load, store, scaled)                                           \
    static sdx_status name(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c) \
    {                                                                                        \
        const job *j = arg;                                                                  \
        const matmul_plan *p = j->p;                                                         \
        const sdx_product *s = &p->shape;                                                    \
        const matmul_finish *f = j->finish;                                                  \
        type *rows = scratch, *b = rows + TOGETHER * s->n, *a = b + s->n;                    \
        for (int64_t i = begin, some; s->n > 0 && i < end; i += some) {                      \
            int64_t batch = i / s->m, m = i % s->m, from_a, from_b;                          \
            sdx_product_at(s, batch, &from_a, &from_b);                                      \
            some = least(least(TOGETHER, s->m - m), end - i);                                \
            memset(rows, 0, (size_t)(some * s->n) * sizeof *rows);                           \
            for (int64_t r = 0; r < some; r++)                                               \
                load(a + r * s->k, j->a, from_a + (m + r) * p->a_row, p->a_col, s->k);       \
            for (int64_t k = 0; k < s->k; k++) {                                             \
                load(b, j->b, from_b + k * p->b_row, p->b_col, s->n);                        \
                for (int64_t r = 0; r < some; r++) {                                         \
                    const type by = a[r * s->k + k];                                         \
                    type *row = rows + r * s->n;                                             \
                    for (int64_t n = 0; n < s->n; n++)                                       \
                        row[n] += by * b[n];                                                 \
                }                                                                            \
            }                                                                                \
            for (int64_t r = 0; r < some; r++) {                                             \
                type *row = rows + r * s->n;                                                 \
                int64_t at = (i + r) * s->n;                                                 \
                if (f->c)                                                                    \
                    load(b, f->c, (m + r) * f->c_row, f->c_col, s->n);                       \
                for (int64_t n = 0; n < s->n; n++)                                           \
                    row[n] = scaled(p->alpha, row[n]) + (f->c ? scaled(f->beta, b[n]) : 0);  \
                FINISH_##name;                                                               \
                store(j->y, at, 1, s->n, row);                                               \
            }                                                                                \
        }                                                                                    \
        (void)c;                                                                             \
        return SDX_OK;                                                                       \
    }
#define SCALED_REAL(factor, v) ((factor) * (v))
#define SCALED_UINT(factor, v) \
    ((factor) == 1 ? (v) : (uint64_t)(int64_t)((factor) * (double)(int64_t)(v)))
#define FINISH_real_rows \
    if (f->plan)         \
    sdx_tail_f64(f->plan, f->node, c, row, at, s->n)
#define FINISH_whole_rows (void)f
REFERENCE(real_rows, double, sdx_load_f64, sdx_store_f64, SCALED_REAL)
REFERENCE(whole_rows, uint64_t, sdx_load_u64, sdx_store_u64, SCALED_UINT)

sdx_status sdx_matmul_run(const matmul_plan *p, sdx_run *c, const sdx_tensor *a,
                          const sdx_tensor *b, sdx_tensor *y, const matmul_finish *finish)
{
    const sdx_product *s = &p->shape;
    job j = { p, a, b, y, finish, (float *)(uintptr_t)p->packed, how_to_pack(p) };
    if (!p->fast) {
        int64_t grain = 1 + (int64_t)(2e5 / (1 + (double)s->k * (double)s->n));
        bool real = sdx_dtype_class(y->dtype) == SDX_REAL;
        return sdx_parallel(c, s->batches * s->m, grain, real ? real_rows : whole_rows, &j);
    }
    if (!p->packed) {
        int64_t panels = matmul_panels(s->n, p->k.block), each = 2 * p->k.block * s->k;
        j.packed = sdx_scratch(c);
        SDX_TRY(sdx_parallel(c, p->b_matrices * panels, 1 + 65536 / (1 + each), some_packing, &j));
    }
    double work = (double)s->m * (double)s->n * (double)s->k /
                  (double)(p->row_blocks * p->panel_groups + 1);
    return sdx_parallel(c, s->batches * p->row_blocks * p->panel_groups,
                        1 + (int64_t)(worth_sharing / 4 / (1 + work)), some_products, &j);
}
