/* install/horner.c - an operator of one's own, as a plugin: y = c0 + c1 x + c2 x^2 + …
 *
 *     cc -shared -fPIC horner.c -o horner.so $(pkg-config --cflags --libs sardonyx)
 *
 * put into the folder that `pkg-config --variable=plugindir sardonyx` names, or named in
 * sdx_model_options.plugins when a model is opened, gives every model Horner of com.example. */
#include <sdx/op.h>

/* What the row says, the library checks: one input, one output of its type, one required list. */
static const sdx_schema schema[] = {
    { 1, "X:T -> Y:T", "coefficients:floats!", "T: f16 f32 f64" },
    { 0 },
};

/* Shapes, symbolic ones too.  A refusal names the node, the numbers, and the way out. */
static void infer(const sdx_node *n, sdx_infer *c)
{
    int count;
    sdx_attr_floats(n, "coefficients", &count);
    if (count == 0) {
        sdx_refuse(c, "attribute-value", "a polynomial of no coefficients");
        sdx_hint(c, "coefficients = [0.0] is the polynomial that is zero");
    }
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

/* Once for a set of shapes: what all runs share. */
typedef struct plan {
    int count;
    double c[]; /* coefficients */
} plan;

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    int count;
    const float *coefficient = sdx_attr_floats(n, "coefficients", &count);
    plan *p = (plan *)sdx_keep(c, sizeof *p + (size_t)count * sizeof *p->c);
    if (!p)
        return SDX_E_MEMORY;
    p->count = count;
    for (int i = 0; i < count; i++)
        p->c[i] = coefficient[i];
    *state = p;
    return SDX_OK;
}

/* Elements begin..end-1, on some thread.  Loads and stores convert from and to any type. */
typedef struct job {
    const plan *p;
    const sdx_tensor *x;
    sdx_tensor *y;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = (const job *)arg;
    (void)scratch, (void)c;
    for (int64_t at = begin; at < end; at++) {
        double x, y = 0;
        sdx_load_f64(&x, j->x, at, 1, 1);
        for (int i = j->p->count; i-- > 0;)
            y = y * x + j->p->c[i];
        sdx_store_f64(j->y, at, 1, 1, &y);
    }
    return SDX_OK;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    job j = { (const plan *)state, sdx_in(c, 0), sdx_out(c, 0) };
    (void)n;
    return sdx_parallel(c, sdx_elements(j.x), 4096, some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(Horner), .domain = "com.example", .schema = schema, .traits = SDX_PURE, .inplace = 1,
      .infer = infer, .prepare = prepare, .run = run },
    { 0 },
};

/* What makes it a plugin. */
static const sdx_family family = { ops, 0 };
static const sdx_family *const families[] = { &family, NULL };
SDX_API extern const sdx_plugin_info sdx_plugin;
const sdx_plugin_info sdx_plugin = { SDX_PLUGIN_ABI, sizeof(sdx_op), families };
