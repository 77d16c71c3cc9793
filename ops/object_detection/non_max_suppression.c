/* ops/object_detection/non_max_suppression.c - NonMaxSuppression.
 *
 * A class's boxes stand in a heap by score; the best that overlaps none of those chosen before is
 * chosen next.  Source: ONNX Operators.md, NonMaxSuppression-11. */
#include <inttypes.h>
#include "common/check.h"
#include "common/walk.h"

static const sdx_schema schema[] = {
    { 10,
      "boxes:f32 scores:f32 max_output_boxes_per_class?:i64 iou_threshold?:f32 "
      "score_threshold?:f32 -> selected_indices:i64",
      "center_point_box:int=0", "" },
    { .since = 11 },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dim *y = sdx_new_dims(c, 2), most = sdx_unknown();
    int64_t each;
    if (!sdx_check_rank(c, 0, 3, 3) || !sdx_check_rank(c, 1, 3, 3) ||
        !sdx_check_same(c, "nms-shape", 0, 0, 1, 0) || !sdx_check_same(c, "nms-shape", 0, 1, 1, 2))
        return;
    if (!sdx_check_dim(n, c, "nms-shape", 0, 2, sdx_num(4), "the numbers of a box"))
        return;
    if (!sdx_has_in(n, 2))
        most = sdx_num(0);
    else if (sdx_read_int(n, 2, &each) && each >= 0 && !sdx_is_unknown(sdx_in_dim(n, 1, 0)) &&
             !sdx_is_unknown(sdx_in_dim(n, 1, 1)))
        most = sdx_dim_mul(c, sdx_dim_mul(c, sdx_in_dim(n, 1, 0), sdx_in_dim(n, 1, 1)),
                           sdx_dim_min(c, sdx_num(each), sdx_in_dim(n, 1, 2)));
    if (!sdx_has_in(n, 2) || (sdx_read_int(n, 2, &each) && each <= 0)) {
        sdx_remark(c, "empty-result", "max_output_boxes_per_class is %s, so no box is selected",
                   sdx_has_in(n, 2) ? sdx_text(c, "%" PRId64, each) : "left out, which means 0");
        sdx_hint(c, "say how many boxes a class may have: 1 or more");
    }
    y[0] = sdx_dim_new(c, 0, 0, most);
    y[1] = sdx_num(3);
    sdx_set_out_dims(c, 0, 2, y);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_shape s = sdx_in_shape(n, 1);
    (void)state;
    if (s.dim[2] > INT32_MAX)
        return sdx_reject(c, SDX_E_LIMIT, "%" PRId64 " boxes", s.dim[2]);
    /* chosen boxes of all classes, one after the other; the heap of one class; how many each class
     * chose */
    size_t boxes = (size_t)s.dim[2], classes = (size_t)(s.dim[0] * s.dim[1]);
    sdx_want_scratch(
        c, (boxes * classes + boxes + 2) * sizeof(int32_t) + (classes + 1) * sizeof(int64_t), 0);
    return SDX_OK;
}

/* i before k in the heap: the higher score, of equals the first. */
static bool before(const float *score, int32_t i, int32_t k)
{
    return score[i] > score[k] || (score[i] == score[k] && i < k);
}

static void sift(const float *score, int32_t *heap, int64_t n, int64_t at)
{
    for (;;) {
        int64_t best = at, child = 2 * at + 1;
        if (child < n && before(score, heap[child], heap[best]))
            best = child;
        if (child + 1 < n && before(score, heap[child + 1], heap[best]))
            best = child + 1;
        if (best == at)
            return;
        int32_t v = heap[at];
        heap[at] = heap[best];
        heap[best] = v;
        at = best;
    }
}

/* The corners of a box, the lower first. */
static void corners(const float *box, bool center, float *at)
{
    for (int k = 0; k < 2; k++) {
        float a = center ? box[k] - box[k + 2] / 2 : box[k],
              b = center ? box[k] + box[k + 2] / 2 : box[k + 2];
        at[k] = a < b || center ? a : b;
        at[k + 2] = a < b || center ? b : a;
    }
}

static bool overlaps(const float *a, const float *b, bool center, float most)
{
    float p[4], q[4], side[2];
    corners(a, center, p);
    corners(b, center, q);
    for (int k = 0; k < 2; k++) {
        float low = p[k] > q[k] ? p[k] : q[k], high = p[k + 2] < q[k + 2] ? p[k + 2] : q[k + 2];
        if (!(high > low))
            return false;
        side[k] = high - low;
    }
    float both = side[0] * side[1], area_p = (p[2] - p[0]) * (p[3] - p[1]),
          area_q = (q[2] - q[0]) * (q[3] - q[1]);
    float all = area_p + area_q - both;
    return both > 0 && area_p > 0 && area_q > 0 && all > 0 && both / all > most;
}

typedef struct limits {
    int64_t most;
    float overlap, score;
    bool scored, center;
} limits;

/* Chooses among the boxes of one class; how many. */
static int64_t choose(const limits *l, const float *box, const float *score, int64_t boxes,
                      int32_t *heap, int32_t *chosen)
{
    int64_t n = 0, count = 0;
    for (int32_t i = 0; i < boxes; i++)
        if (!l->scored || score[i] > l->score)
            heap[n++] = i;
    for (int64_t at = n / 2; at-- > 0;)
        sift(score, heap, n, at);
    while (n > 0 && count < l->most) {
        int32_t best = heap[0];
        heap[0] = heap[--n];
        sift(score, heap, n, 0);
        bool free = true;
        for (int64_t k = 0; free && k < count; k++)
            free = !overlaps(box + 4 * best, box + 4 * chosen[k], l->center, l->overlap);
        if (free)
            chosen[count++] = best;
    }
    return count;
}

static void read_limits(const sdx_node *n, sdx_run *c, limits *l)
{
    double v = 0;
    *l = (limits){ .center = sdx_attr_int(n, "center_point_box") != 0 };
    const sdx_tensor *t[3];
    for (int k = 0; k < 3; k++) {
        t[k] = sdx_has_in(n, 2 + k) ? sdx_in(c, 2 + k) : NULL;
        t[k] = t[k] && sdx_elements(t[k]) > 0 ? t[k] : NULL;
    }
    if (t[0])
        sdx_load_i64(&l->most, t[0], 0, 1, 1);
    if (t[1]) {
        sdx_load_f64(&v, t[1], 0, 1, 1);
        l->overlap = (float)v;
    }
    if (t[2]) {
        sdx_load_f64(&v, t[2], 0, 1, 1);
        l->score = (float)v;
        l->scored = true;
    }
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *box = sdx_in(c, 0), *score = sdx_in(c, 1);
    int64_t batch = score->shape.dim[0], classes = score->shape.dim[1], boxes = score->shape.dim[2],
            total = 0;
    int64_t *count = sdx_scratch(c);
    int32_t *heap = (int32_t *)(void *)(count + batch * classes + 1), *chosen = heap + boxes + 1;
    limits l;
    sdx_tensor *y;
    (void)state;
    read_limits(n, c, &l);
    for (int64_t i = 0; i < batch * classes; i++) {
        SDX_TRY(sdx_poll(c));
        count[i] = choose(&l, sdx_f32(box) + i / classes * boxes * 4, sdx_f32(score) + i * boxes,
                          boxes, heap, chosen + i * boxes);
        total += count[i];
    }
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ 2, (int64_t[]){ total, 3 } }, &y));
    int64_t *to = y ? y->data : NULL;
    for (int64_t i = 0; y && i < batch * classes; i++)
        for (int64_t k = 0; k < count[i]; k++) {
            *to++ = i / classes;
            *to++ = i % classes;
            *to++ = chosen[i * boxes + k];
        }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(NonMaxSuppression), .schema = schema,
      .limits =
          "center_point_box:0|1 iou_threshold:[0,1] score_threshold:[,] ?max_output_boxes_per_class#one ?iou_threshold#one ?score_threshold#one",
      .traits = SDX_PURE, .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};
const sdx_family sdx_family_object_detection_non_max_suppression = { ops, 0 };
