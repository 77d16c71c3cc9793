/* ops/logical/where.c - Where: element by element X or Y, as the condition says.
 *
 * Moves data and never looks at it: one loop for each width serves all types but strings.
 * Source: ONNX Operators.md, Where-16. */
#include "common/derivatives.h"
#include "common/pointwise.h"

static const sdx_schema schema[] = {
    { 9, "condition:B X:T Y:T -> output:T", "", "B: bool; T: all" },
    { 16, NULL, NULL, "B: bool; T: all4" },
    { 0 },
};

/* Small integer tensors: where the condition is known, so is the element. */
static void infer_elems(const sdx_node *n, sdx_infer *c)
{
    sdx_dim y[SDX_MAX_RANK];
    const sdx_dim *e[3];
    int count[3], most = 0;
    for (int i = 0; i < 3; i++) {
        int rank = sdx_in_dims(n, i).rank;
        e[i] = sdx_in_elems(n, i, &count[i]);
        if (!e[i] || count[i] < 1 || count[i] > SDX_MAX_RANK || rank < 0 || rank > 1)
            return;
        most = count[i] > most ? count[i] : most;
    }
    for (int i = 0; i < 3; i++)
        if (count[i] != 1 && count[i] != most)
            return;
    for (int k = 0; k < most; k++) {
        sdx_dim when = e[0][count[0] == 1 ? 0 : k], a = e[1][count[1] == 1 ? 0 : k],
                b = e[2][count[2] == 1 ? 0 : k];
        y[k] = sdx_is_num(when) ? (when.n != 0 ? a : b) : sdx_unknown();
        if (!sdx_is_num(when) && !sdx_is_unknown(a) && sdx_same(c, a, b) == SDX_YES)
            y[k] = a;
    }
    sdx_set_out_elems(c, 0, most, y);
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_pointwise_infer(n, c);
    if (!sdx_refused(c))
        infer_elems(n, c);
}

/* n elements: y[i] = when[i * ws] ? a[i * as] : b[i * bs]; y may be a or b. */
typedef void picker(void *y, const uint8_t *when, int64_t ws, const void *a, int64_t as,
                    const void *b, int64_t bs, int64_t n);

typedef struct bytes16 {
    uint64_t half[2];
} bytes16;

#define PICKER(name, type)                                                                \
    static void name(void *y, const uint8_t *when, int64_t ws, const void *a, int64_t as, \
                     const void *b, int64_t bs, int64_t n)                                \
    {                                                                                     \
        const type *p = a, *q = b;                                                        \
        type *to = y;                                                                     \
        for (int64_t i = 0; i < n; i++)                                                   \
            to[i] = when[i * ws] ? p[i * as] : q[i * bs];                                 \
    }
PICKER(pick_8, uint8_t)
PICKER(pick_16, uint16_t)
PICKER(pick_32, uint32_t)
PICKER(pick_64, uint64_t)
PICKER(pick_128, bytes16)

typedef struct plan {
    sdx_spread s;
    picker *pick; /* NULL: strings */
    int64_t width;
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    sdx_dtype d = sdx_in_dtype(n, 1);
    p->width = sdx_dtype_bits(d) / 8;
    if (d != SDX_STR)
        p->pick = p->width == 1   ? pick_8
                  : p->width == 2 ? pick_16
                  : p->width == 4 ? pick_32
                  : p->width == 8 ? pick_64
                                  : pick_128;
    *state = p;
    return sdx_spread_make(n, c, 3, sdx_out_shape(n, 0), SDX_PLAIN, &p->s);
}

typedef struct job {
    const plan *p;
    const sdx_tensor *in[3];
    sdx_tensor *y;
} job;

static sdx_status some_strings(const job *j, const int64_t at[3], int64_t to, int64_t length,
                               sdx_run *c)
{
    const sdx_spread *s = &j->p->s;
    for (int64_t i = 0; i < length; i++) {
        int64_t when;
        sdx_load_i64(&when, j->in[0], at[0] + i * s->step[0], 1, 1);
        int k = when ? 1 : 2;
        SDX_TRY(sdx_copy(c, j->y, to + i, j->in[k], at[k] + i * s->step[k], 1));
    }
    return SDX_OK;
}

/* Elements begin..end-1 of the result. */
static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const sdx_spread *s = &j->p->s;
    int64_t width = j->p->width, length;
    (void)scratch;
    for (int64_t to = begin; to < end; to += length) {
        int64_t row = to / s->length, first = to % s->length, at[3];
        length = s->length - first < end - to ? s->length - first : end - to;
        for (int k = 0; k < 3; k++)
            at[k] = sdx_spread_at(s, k, row / s->rows) + row % s->rows * s->row_step[k] +
                    first * s->step[k];
        if (!j->p->pick) {
            SDX_TRY(some_strings(j, at, to, length, c));
            continue;
        }
        j->p->pick((char *)j->y->data + to * width, (const uint8_t *)j->in[0]->data + at[0],
                   s->step[0], (const char *)j->in[1]->data + at[1] * width, s->step[1],
                   (const char *)j->in[2]->data + at[2] * width, s->step[2], length);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { state, { sdx_in(c, 0), sdx_in(c, 1), sdx_in(c, 2) }, sdx_out(c, 0) };
    (void)n;
    return sdx_parallel(c, j.p->s.count, 65536, some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Where), .derive = sdx_derive_where, .schema = schema, .traits = SDX_PURE, .inplace = 6,
      .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_logical_where = { ops, 0 };
