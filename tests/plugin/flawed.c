/* plugin/flawed.c - plugins as they should not be, and one that is merely old: one for each FLAW.
 *
 * For NO_SYMBOL the build gives sdx_plugin another name. */
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
