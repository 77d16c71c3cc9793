/* ops/math/einsum.c - Einsum: a sum of products over labelled dims.
 *
 * Every label is an axis; an operand has a step along each of them, 0 where the label is not its
 * own, the sum of two where it is named twice.  For each element of the result the labels that are
 * not in it are summed over. Source: ONNX Operators.md, Einsum-28. */
#include "math/einsum/product.h"
#include "sdx/op.h"
#include "common/rows.h"
#include <inttypes.h>
#include <string.h>

static const sdx_schema schema[] = {
    { 12, "Inputs+:T -> Output:T", "equation:string!", "T: numeric" },
    { 28, NULL, NULL, "T: numeric bf16" },
    { 0 },
};

/* ---- the equation ---- */

enum { LABELS = 52, MOST_OPERANDS = 16, MOST_AXES = LABELS + SDX_MAX_RANK, DOTS = -1 };

/* A term: labels 0..51 (A..Z, a..z), DOTS for an ellipsis. */
typedef struct term {
    int count;
    int8_t label[SDX_MAX_RANK + 1];
    bool dots;
} term;

typedef struct equation {
    int operands;
    term in[MOST_OPERANDS], out;
    const char *wrong; /* NULL: well formed */
} equation;

static int label_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= 'a' && c <= 'z' ? 26 + c - 'a' : -2;
}

static char letter(int label)
{
    return (char)(label < 26 ? 'A' + label : 'a' + label - 26);
}

static const char *add_label(term *t, int label)
{
    if (label == DOTS && t->dots)
        return "a term has two ellipses";
    if (t->count > SDX_MAX_RANK)
        return "a term has too many labels";
    t->dots = t->dots || label == DOTS;
    t->label[t->count++] = (int8_t)label;
    return NULL;
}

/* Labels that occur once, in order of their letters, behind what the ellipsis stands for. */
static void imply_out(equation *e)
{
    int seen[LABELS] = { 0 };
    bool dots = false;
    for (int i = 0; i < e->operands; i++) {
        dots = dots || e->in[i].dots;
        for (int k = 0; k < e->in[i].count; k++)
            if (e->in[i].label[k] != DOTS)
                seen[e->in[i].label[k]]++;
    }
    if (dots)
        add_label(&e->out, DOTS);
    for (int l = 0; l < LABELS; l++)
        if (seen[l] == 1)
            add_label(&e->out, l);
}

static void parse(sdx_string s, equation *e)
{
    bool explicit_out = false;
    *e = (equation){ .operands = 1 };
    term *t = &e->in[0];
    for (size_t i = 0; i < s.length && !e->wrong; i++) {
        char c = s.text[i];
        if (c == ' ') {
            continue;
        } else if (c == ',' && !explicit_out && e->operands < MOST_OPERANDS) {
            t = &e->in[e->operands++];
        } else if (c == '-' && i + 1 < s.length && s.text[i + 1] == '>' && !explicit_out) {
            explicit_out = true;
            t = &e->out;
            i++;
        } else if (c == '.' && i + 2 < s.length && s.text[i + 1] == '.' && s.text[i + 2] == '.') {
            e->wrong = add_label(t, DOTS);
            i += 2;
        } else if (label_of(c) >= 0) {
            e->wrong = add_label(t, label_of(c));
        } else if (explicit_out && (c == ',' || c == '-')) {
            e->wrong = "more than one term follows its arrow";
        } else {
            e->wrong = "it holds a character that is no letter, comma, arrow or ellipsis";
        }
    }
    if (!explicit_out && !e->wrong)
        imply_out(e);
}

/* The axes that dims of a term stand for: labels, then the dims of the ellipsis, aligned right. */
static int axis_of(const term *t, int rank, int dim, int dots)
{
    int mine = rank - (t->count - t->dots); /* dims that this term's ellipsis stands for */
    for (int k = 0, at = 0; k < t->count; k++) {
        if (t->label[k] != DOTS) {
            if (at++ == dim)
                return t->label[k];
        } else if (dim < at + mine) {
            return LABELS + dots - mine + (dim - at);
        } else {
            at += mine;
        }
    }
    return -1;
}

/* ---- infer ---- */

static void refuse_equation(const sdx_node *n, sdx_infer *c, const char *why, const char *help)
{
    sdx_string s = sdx_attr_string(n, "equation");
    sdx_refuse(c, "einsum-equation", "equation '%.*s': %s", (int)(s.length < 200 ? s.length : 200),
               s.text, why);
    sdx_hint(c, "%s", help);
}

/* The dims that the longest ellipsis stands for; -1: a rank is not known, -2: refused. */
static int dots_rank(const sdx_node *n, sdx_infer *c, const equation *e)
{
    int dots = 0;
    for (int i = 0; i < e->operands; i++) {
        const term *t = &e->in[i];
        int rank = sdx_in_dims(n, i).rank, labels = t->count - t->dots;
        if (rank < 0)
            return -1;
        if (t->dots ? rank < labels : rank != labels) {
            sdx_string text = sdx_attr_string(n, "equation");
            sdx_refuse(c, "einsum-rank", "term %d of '%.*s' has %d label%s, %s has rank %d", i,
                       (int)(text.length < 200 ? text.length : 200), text.text, labels,
                       labels == 1 ? "" : "s", sdx_in_name(n, i), rank);
            sdx_point(c, i, -1);
            sdx_hint(c,
                     rank < labels ? "write one letter for each of its %d dim%s"
                                   : "write one letter for each of its %d dim%s, or '...' for "
                                     "those that the letters leave over",
                     rank, rank == 1 ? "" : "s");
            return -2;
        }
        if (t->dots && rank - labels > dots)
            dots = rank - labels;
    }
    return dots;
}

/* What is known of an axis of the sum, and the dim of an input that says so. */
typedef struct extent {
    sdx_dim dim;
    bool known;
    int input, at;
} extent;

/* Merges dim `dim` of an operand into what is known of axis number `label`. */
static bool join(const sdx_node *n, sdx_infer *c, extent *e, int label, int input, int dim)
{
    sdx_dim d = sdx_in_dim(n, input, dim), *axis = &e->dim;
    bool one = sdx_is_num(d) && d.n == 1, spread = label >= LABELS; /* one of an ellipsis */
    if (!e->known || (sdx_is_num(*axis) && axis->n == 1)) {
        *e = (extent){ d, true, input, dim };
        return true;
    }
    if (one ||
        (sdx_is_num(*axis) != sdx_is_num(d) && !sdx_is_unknown(d) && !sdx_is_unknown(*axis))) {
        *axis = one || sdx_is_num(*axis) ? *axis : d; /* a symbol against a number may be 1 */
        return true;
    }
    if (sdx_same(c, *axis, d) == SDX_MAYBE) {
        *axis = sdx_unknown(); /* either may be 1 */
        return true;
    }
    if (sdx_equal(c, *axis, d))
        return true;
    sdx_refuse(c, "einsum-dims", "%s is %s in %s.shape[%d] and %s in %s.shape[%d]",
               spread ? "a dim of '...'" : sdx_text(c, "'%c'", letter(label)), sdx_show(c, *axis),
               sdx_in_name(n, e->input), e->at, sdx_show(c, d), sdx_in_name(n, input), dim);
    sdx_point(c, e->input, e->at);
    sdx_point(c, input, dim);
    sdx_hint(c, "dims of one label must be equal, or 1");
    return false;
}

/* The extent of every axis that some operand has.  Returns dots_rank(). */
static int read_axes(const sdx_node *n, sdx_infer *c, const equation *e, extent *axis)
{
    int dots = dots_rank(n, c, e);
    for (int i = 0; dots >= 0 && i < e->operands; i++) {
        for (int d = 0; d < sdx_in_dims(n, i).rank; d++) {
            int a = axis_of(&e->in[i], sdx_in_dims(n, i).rank, d, dots);
            if (!join(n, c, &axis[a], a, i, d))
                return -2;
        }
    }
    return dots;
}

static void infer(const sdx_node *n, sdx_infer *c)
{
    equation e;
    extent axis[MOST_AXES] = { { .known = false } };
    sdx_dim y[MOST_AXES];
    parse(sdx_attr_string(n, "equation"), &e);
    if (e.wrong) {
        refuse_equation(n, c, e.wrong,
                        "terms are letters and at most one '...', separated by commas; '->' leads "
                        "to the result");
        return;
    }
    if (e.operands != sdx_in_count(n)) {
        refuse_equation(n, c,
                        sdx_text(c, "it has %d term%s for %d input%s", e.operands,
                                 e.operands == 1 ? "" : "s", sdx_in_count(n),
                                 sdx_in_count(n) == 1 ? "" : "s"),
                        "write one term for each input, separated by commas");
        return;
    }
    int dots = read_axes(n, c, &e, axis), rank = 0;
    if (dots < 0)
        return;
    for (int k = 0; k < e.out.count; k++) {
        int first = e.out.label[k] == DOTS ? LABELS : e.out.label[k],
            count = e.out.label[k] == DOTS ? dots : 1;
        for (int a = first; a < first + count; a++) {
            if (!axis[a].known) {
                refuse_equation(n, c,
                                sdx_text(c, "the result has '%c', which no term has", letter(a)),
                                "leave it out of the result, or give it to a dim of an input");
                return;
            }
            for (int m = 0; m < k; m++)
                if (e.out.label[m] == e.out.label[k]) {
                    refuse_equation(n, c, "the result has a label twice",
                                    "name each label of the result once");
                    return;
                }
            y[rank++] = axis[a].dim;
        }
    }
    if (rank <= SDX_MAX_RANK)
        sdx_set_out_dims(c, 0, rank, y);
}

/* ---- prepare ---- */

/* Axes of the result in their order, then those summed over, the longest of them last. */
typedef struct plan {
    int operands, kept, summed;
    int64_t dim[MOST_AXES], step[MOST_OPERANDS][MOST_AXES];
    int64_t sums; /* products that go into an element, apart from the last axis */
    sdx_class class;
    einsum_product *product; /* NULL: none */
    bool copies;             /* one operand, nothing to sum: elements are moved */
    sdx_walk walk;
} plan;

/* What is no more than a product of matrices, or a view of the operand, is done as such. */
static sdx_status prepare_short(const sdx_node *n, sdx_prepare *c, plan *p)
{
    einsum_axis axis[MOST_AXES];
    int axes = p->kept + p->summed;
    int64_t to[MOST_AXES], step = 1;
    for (int k = axes - 1; k >= 0; k--) {
        to[k] = k < p->kept ? step : 0;
        axis[k] = (einsum_axis){ p->dim[k], p->step[0][k], p->step[1][k], to[k] };
        step *= k < p->kept ? p->dim[k] : 1;
    }
    p->copies = p->operands == 1 && p->summed == 0 && axes <= SDX_MAX_RANK;
    if (p->copies)
        sdx_walk_set(&p->walk, axes, p->dim, to, p->step[0]);
    return p->operands == 2 ? sdx_einsum_product(n, c, axes, axis, &p->product) : SDX_OK;
}

static void put_axis(plan *p, int at, int axis, int64_t dim[], int64_t step[][MOST_AXES])
{
    p->dim[at] = dim[axis];
    for (int i = 0; i < p->operands; i++)
        p->step[i][at] = step[i][axis];
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    equation e;
    int64_t dim[MOST_AXES], step[MOST_OPERANDS][MOST_AXES] = { { 0 } };
    bool in_out[MOST_AXES] = { false };
    int dots = 0, at = 0;
    plan *p = sdx_keep(c, sizeof *p);
    if (!p)
        return SDX_E_MEMORY;
    parse(sdx_attr_string(n, "equation"), &e);
    p->operands = e.operands;
    for (int a = 0; a < MOST_AXES; a++)
        dim[a] = -1;
    for (int i = 0; i < e.operands; i++) {
        int mine = sdx_in_shape(n, i).rank - (e.in[i].count - e.in[i].dots);
        dots = e.in[i].dots && mine > dots ? mine : dots;
    }
    for (int i = 0; i < e.operands; i++) {
        sdx_shape x = sdx_in_shape(n, i);
        int64_t width = 1;
        for (int d = x.rank - 1; d >= 0; d--) {
            int a = axis_of(&e.in[i], x.rank, d, dots);
            step[i][a] += x.dim[d] == 1 ? 0 : width;
            width *= x.dim[d];
            dim[a] = dim[a] < 0 || dim[a] == 1 ? x.dim[d] : dim[a];
        }
    }
    for (int k = 0; k < e.out.count; k++) {
        int first = e.out.label[k] == DOTS ? LABELS : e.out.label[k],
            count = e.out.label[k] == DOTS ? dots : 1;
        for (int a = first; a < first + count; a++) {
            in_out[a] = true;
            put_axis(p, at++, a, dim, step);
        }
    }
    p->kept = at;
    int longest = -1;
    p->sums = 1;
    for (int a = 0; a < MOST_AXES; a++)
        if (dim[a] >= 0 && !in_out[a] && (longest < 0 || dim[a] > dim[longest]))
            longest = a;
    for (int a = 0; a < MOST_AXES; a++) {
        if (dim[a] < 0 || in_out[a] || a == longest)
            continue;
        p->sums *= dim[a];
        put_axis(p, at++, a, dim, step);
    }
    if (longest >= 0)
        put_axis(p, at++, longest, dim, step);
    p->summed = at - p->kept;
    p->class = sdx_dtype_class(sdx_in_dtype(n, 0));
    *state = p;
    return prepare_short(n, c, p);
}

/* ---- run ---- */

typedef struct job {
    const plan *p;
    const sdx_tensor *x[MOST_OPERANDS];
    sdx_tensor *y;
} job;

/* Places of the operands for combination i of axes [from, to), added to `at`. */
static void place(const plan *p, int from, int to, int64_t i, int64_t *at)
{
    for (int k = to - 1; k >= from; k--) {
        int64_t digit = i % p->dim[k];
        for (int o = 0; o < p->operands; o++)
            at[o] += digit * p->step[o][k];
        i /= p->dim[k];
    }
}

enum { PIECE = 128 };

/* The sum of products along the last axis, n long. */
#define LINE(type, suffix, MUL, ADD)                                                         \
    static type line_##suffix(const job *j, const int64_t *at, int last, int64_t n)          \
    {                                                                                        \
        type sum = 0, product[PIECE], x[PIECE];                                              \
        for (int64_t first = 0; first < n; first += PIECE) {                                 \
            int64_t part = n - first < PIECE ? n - first : PIECE;                            \
            for (int o = 0; o < j->p->operands; o++) {                                       \
                int64_t step = last < 0 ? 0 : j->p->step[o][last];                           \
                sdx_load_##suffix(o == 0 ? product : x, j->x[o], at[o] + first * step, step, \
                                  part);                                                     \
                for (int64_t i = 0; o > 0 && i < part; i++)                                  \
                    product[i] = MUL(product[i], x[i]);                                      \
            }                                                                                \
            for (int64_t i = 0; i < part; i++)                                               \
                sum = ADD(sum, product[i]);                                                  \
        }                                                                                    \
        return sum;                                                                          \
    }
#define MUL_F64(a, b) ((a) * (b))
#define ADD_F64(a, b) ((a) + (b))
LINE(double, f64, MUL_F64, ADD_F64)
LINE(int64_t, i64, sdx_wrap_mul, sdx_wrap_add)

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    const plan *p = j->p;
    int last = p->summed > 0 ? p->kept + p->summed - 1 : -1;
    int64_t length = last < 0 ? 1 : p->dim[last];
    (void)scratch, (void)c;
    for (int64_t i = begin; i < end; i++) {
        int64_t base[MOST_OPERANDS] = { 0 }, whole = 0;
        double real = 0;
        place(p, 0, p->kept, i, base);
        for (int64_t s = 0; s < p->sums; s++) {
            int64_t at[MOST_OPERANDS];
            memcpy(at, base, sizeof at);
            place(p, p->kept, last, s, at);
            if (p->class == SDX_REAL)
                real += line_f64(j, at, last, length);
            else
                whole = sdx_wrap_add(whole, line_i64(j, at, last, length));
        }
        if (p->class == SDX_REAL)
            sdx_store_f64(j->y, i, 1, 1, &real);
        else
            sdx_store_i64(j->y, i, 1, 1, &whole);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { .p = state, .y = sdx_out(c, 0) };
    if (j.p->product)
        return sdx_einsum_run(n, c, j.p->product);
    if (j.p->copies)
        return sdx_walk_copy(c, &j.p->walk, j.y, 0, sdx_in(c, 0), 0);
    for (int i = 0; i < j.p->operands; i++)
        j.x[i] = sdx_in(c, i);
    int64_t length = j.p->summed > 0 ? j.p->dim[j.p->kept + j.p->summed - 1] : 1;
    return sdx_parallel(c, sdx_elements(j.y), 1 + 65536 / (1 + length * j.p->sums), some, &j);
}

/* As run() computes it: every operand after the first is one multiplication at each point of all
 * axes. */
static sdx_dim macs(const sdx_node *n, sdx_infer *c)
{
    equation e;
    extent axis[MOST_AXES] = { { .known = false } };
    parse(sdx_attr_string(n, "equation"), &e);
    if (read_axes(n, c, &e, axis) < 0)
        return sdx_unknown();
    sdx_dim product = sdx_num(e.operands - 1);
    for (int a = 0; a < MOST_AXES; a++)
        if (axis[a].known)
            product = sdx_dim_mul(c, product, axis[a].dim);
    return product;
}

static const sdx_op ops[] = {
    { SDX_OP(Einsum), .schema = schema, .traits = SDX_PURE, .infer = infer, .prepare = prepare,
      .run = run, .macs = macs },
    { 0 },
};
const sdx_family sdx_family_math_einsum = { ops, 0 };
