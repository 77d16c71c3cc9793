/* plugin/flawed.c - plugins as they should not be, and one that is merely old: one for each FLAW.
 *
 * For NO_SYMBOL the build gives sdx_plugin another name. */
#include <stdatomic.h>
#include <stddef.h>
#include "sdx/op.h"

enum flaw {
    FINE,
    OLD,
    INTERFACE,
    NEWER,
    STRANGE_SIZE,
    NO_SYMBOL,
    DUPLICATE,
    NO_RUN,
    BAD_SCHEMA,
    UNORDERED
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    sdx_tensor *y = sdx_out(c, 0);
    (void)n, (void)state;
    for (int64_t i = 0; i < sdx_elements(x); i++)
        sdx_f32_out(y)[i] = 2 * sdx_f32(x)[i];
    return SDX_OK;
}

static const sdx_schema schema[] = {
    { 1, FLAW == BAD_SCHEMA ? "X:T -> Y:Q" : "X:T -> Y:T", "", "T: f32" },
    { FLAW == UNORDERED ? 1 : 0, NULL, NULL, NULL },
    { 0 },
};

/* ---- Pair: x as it is, twice x, and a number known ahead; only the second is for the run ---- */

SDX_API extern atomic_int states; /* of Pair that have not ended: for the test */
atomic_int states;

static void infer_pair(const sdx_node *n, sdx_infer *c)
{
    const sdx_dim one = sdx_num(1), seven = sdx_num(7);
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    sdx_set_out_like(c, 1, sdx_in_dims(n, 0));
    sdx_set_out_dims(c, 2, 1, &one);
    sdx_set_out_elems(c, 2, 1, &seven);
}

static void end_pair(void *state)
{
    atomic_fetch_sub((atomic_int *)state, 1);
}

static sdx_status prepare_pair(const sdx_node *n, sdx_prepare *c, void **state)
{
    (void)n;
    sdx_alias(c, 0, 0, 0);
    *state = &states;
    atomic_fetch_add(&states, 1);
    return sdx_keep_until(c, end_pair, *state) ? SDX_OK : SDX_E_MEMORY;
}

static sdx_status run_pair(const sdx_node *n, const void *state, sdx_run *c)
{
    const int64_t one = 1;
    sdx_tensor *known;
    SDX_TRY(sdx_make_out(c, 2, (sdx_shape){ 1, &one }, &known));
    if (sdx_out(c, 0) || sdx_out(c, 2) || known)
        return sdx_fail(c, SDX_E_VALUE, "an output that is there already is to be made");
    float *y = sdx_f32_out(sdx_out(c, 1));
    (void)n, (void)state;
    for (int64_t i = 0; i < sdx_elements(sdx_in(c, 0)); i++)
        y[i] = 2 * sdx_f32(sdx_in(c, 0))[i];
    return SDX_OK;
}

static const sdx_schema pair_schema[] = {
    { 1, "X:T -> same:T twice:T seven:i64", "", "T: f32" },
    { 0 },
};

/* sdx_op as it was when the interface began, up to and with its member run. */
typedef struct first_op {
    const char *name, *domain;
    const sdx_schema *schema;
    unsigned traits;
    uint32_t inplace;
    const void *variant;
    void (*infer)(const sdx_node *n, sdx_infer *c);
    void (*lint)(const sdx_node *n, sdx_infer *c);
    int (*layout)(const sdx_node *n, sdx_layout l, uint32_t *plain);
    sdx_status (*expand)(const sdx_node *n, sdx_rewrite *c);
    sdx_status (*prepare)(const sdx_node *n, sdx_prepare *c, void **state);
    sdx_status (*run)(const sdx_node *n, const void *state, sdx_run *c);
} first_op;

/* Two of them, so that the distance between them matters. */
static const first_op old_ops[] = {
    { .name = "Twice", .domain = "test", .schema = schema, .infer = infer, .run = run },
    { .name = "Double", .domain = "test", .schema = schema, .infer = infer, .run = run },
    { 0 },
};
static const sdx_op new_ops[] = {
    { .name = FLAW == DUPLICATE ? "Relu" : "Twice",
      .domain = FLAW == DUPLICATE ? NULL : "test",
      .schema = schema,
      .infer = infer,
      .run = FLAW == NO_RUN ? NULL : run },
    { .name = "Double", .domain = "test", .schema = schema, .infer = infer, .run = run },
    { .name = "Pair",
      .domain = "test",
      .schema = pair_schema,
      .infer = infer_pair,
      .prepare = prepare_pair,
      .run = run_pair },
    { 0 },
};
static const sdx_family old_family = { (const sdx_op *)(const void *)old_ops, 0 };
static const sdx_family new_family = { new_ops, 0 };
static const sdx_family *const families[] = { FLAW == OLD ? &old_family : &new_family, NULL };

SDX_API extern const sdx_plugin_info sdx_plugin;
const sdx_plugin_info sdx_plugin = {
    FLAW == INTERFACE ? SDX_PLUGIN_ABI + 1 : SDX_PLUGIN_ABI,
    FLAW == OLD            ? sizeof(first_op)
    : FLAW == NEWER        ? sizeof(sdx_op) + sizeof(void *)
    : FLAW == STRANGE_SIZE ? sizeof(void *)
                           : sizeof(sdx_op),
    families,
};
