/* tests/capi/lint.c - what model-lint says, through the C interface: a callback a finding. */
#include <sardonyx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(good)                                                            \
    do {                                                                       \
        if (!(good)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #good); \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

/* What the callback has seen. */
typedef struct seen {
    size_t count, stop_after;
    char codes[256];
} seen;

static bool note(void *ctx, const sdx_finding *f)
{
    seen *s = (seen *)ctx;
    size_t used = strlen(s->codes);
    snprintf(s->codes + used, sizeof s->codes - used, "%s%s", used ? " " : "", f->code);
    return ++s->count != s->stop_after;
}

static seen lint(const sdx_model *m, const sdx_lint_options *o, size_t stop_after)
{
    seen s;
    sdx_error err;
    memset(&s, 0, sizeof s);
    s.stop_after = stop_after;
    CHECK(sdx_model_lint(m, o, note, &s, &err) == SDX_OK);
    return s;
}

static sdx_model *open_lenient(const char *path)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *m = NULL;
    sdx_error err;
    o.lenient = true;
    CHECK(sdx_model_open(path, &o, &m, &err) == SDX_OK);
    return m;
}

/* The one finding of the question it all began with, field by field. */
static bool is_the_seed(void *ctx, const sdx_finding *f)
{
    ++*(int *)ctx;
    CHECK(!strcmp(f->code, "SX201") && !strcmp(f->name, "conv-group-channels"));
    CHECK(f->severity == SDX_ERROR && !f->suppressed);
    CHECK(!strcmp(f->message, "16 input channels do not split into 32 groups"));
    CHECK(!strcmp(f->graph, "g") && !strcmp(f->node, "conv_seed") && !strcmp(f->op, "Conv"));
    CHECK(f->index == 0 && f->n_values == 2 && f->n_help == 3 && f->n_numbers > 0);
    CHECK(!strcmp(f->values[0].name, "x") && !strcmp(f->values[0].origin, "graph input"));
    CHECK(!strcmp(f->values[0].type, "float32[64, 16, 32, 32]") && f->values[0].axis == 1);
    CHECK(!strcmp(f->help[0], "group may be 1, 2, 4, 8 or 16"));
    CHECK(f->fix_is_safe && !strcmp(f->fix, "set 'group' of node 'conv_seed' to 16"));
    return true;
}

static bool add_up(void *ctx, const void *bytes, size_t size)
{
    (void)bytes;
    *(size_t *)ctx += size;
    return true;
}

/* How many edits a model is written with when one finding alone is mended. */
static size_t edits_of(const sdx_model *m, const char *node)
{
    sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
    sdx_finding f;
    size_t size = 0, edits = 0;
    sdx_error err;
    memset(&f, 0, sizeof f);
    f.name = "conv-group-channels";
    f.message = "16 input channels do not split into 32 groups";
    f.graph = "g";
    f.node = node;
    f.op = "Conv";
    o.fix_safe = true;
    o.fix_only = &f;
    CHECK(sdx_model_save(m, &o, add_up, &size, &edits, &err) == SDX_OK && size > 0);
    return edits;
}

static void the_seed(void)
{
    sdx_model *m = open_lenient("tests/lint/models/seed-conv-16-32.onnx");
    sdx_error err;
    int count = 0;
    CHECK(sdx_model_lint(m, NULL, is_the_seed, &count, &err) == SDX_OK && count == 1);
    CHECK(edits_of(m, "conv_seed") == 1 && edits_of(m, "another") == 0);
    sdx_model_close(m);
}

/* An initializer that nothing reads, and a node. */
static const char wasteful[] = "<ir_version: 8, opset_import: [\"\" : 17]>\n"
                               "g (float[N, 4] x) => (float[N, 4] y) <float[1] spare = {1}> {\n"
                               "  y = Relu(x)\n"
                               "  [dead] z = Neg(x)\n}";

static void options(void)
{
    sdx_model *m = NULL;
    sdx_error err;
    sdx_lint_options o = SDX_OPTIONS_INIT(sdx_lint_options);
    CHECK(sdx_model_parse(wasteful, sizeof wasteful - 1, "wasteful", NULL, &m, &err) == SDX_OK);
    seen all = lint(m, NULL, 0);
    CHECK(all.count == 2 && strstr(all.codes, "SX450") && strstr(all.codes, "SX451"));
    CHECK(lint(m, NULL, 1).count == 1); /* the callback has heard enough */
    o.select = "sx4?1,conv-*";
    CHECK(!strcmp(lint(m, &o, 0).codes, "SX451"));
    o.select = NULL;
    o.ignore = "dead-node";
    CHECK(!strcmp(lint(m, &o, 0).codes, "SX450"));
    o.ignore = NULL;
    o.max_findings = 1;
    CHECK(lint(m, &o, 0).count == 1);
    o.max_findings = 0;
    o.target_opset = 5;
    CHECK(strstr(lint(m, &o, 0).codes, "SX522") != NULL);
    sdx_model_close(m);
}

static void rules(void)
{
    sdx_rule_info r;
    size_t n = 0;
    for (; sdx_rule_about(n, &r) == SDX_OK; n++)
        CHECK(strlen(r.code) == 5 && *r.name && *r.title);
    CHECK(n > 100);
}

int main(void)
{
    the_seed();
    options();
    rules();
    return 0;
}
