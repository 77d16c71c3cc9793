/* ops/text/regex/regex_full_match.c - RegexFullMatch, a plugin.
 *
 * The standard asks for RE2's syntax, so RE2 matches: in time linear in the text, whatever the
 * pattern.
 * Source: ONNX Operators.md, RegexFullMatch-20. */
#include "sdx/op.h"
#include "text/regex/re2.h"

static const sdx_schema schema[] = {
    { 20, "X:T1 -> Y:T2", "pattern:string", "T1: str; T2: bool" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_string pattern = sdx_attr_string(n, "pattern");
    char why[200];
    sdx_set_out_like(c, 0, sdx_in_dims(n, 0));
    if (!sdx_has_attr(n, "pattern")) {
        sdx_refuse(c, "regex-pattern", "there is no pattern to match with");
        sdx_hint(c, "set the attribute pattern; \".*\" matches every text without a line break");
        return;
    }
    regex *r = regex_new(pattern.text, pattern.length, why, sizeof why);
    if (!r) {
        sdx_refuse(c, "regex-pattern", "pattern '%.*s' is no regular expression of RE2: %s",
                   (int)(pattern.length < 100 ? pattern.length : 100), pattern.text, why);
        sdx_hint(c, "write it in RE2's syntax, which has neither look-around nor back-references");
    }
    regex_free(r);
}

typedef struct job {
    const regex *r;
    const sdx_tensor *x;
    bool *y;
} job;

static sdx_status some(void *arg, int64_t begin, int64_t end, void *scratch, sdx_run *c)
{
    const job *j = arg;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        sdx_string text = sdx_get_string(j->x, i);
        regex_answer a = regex_full_match(j->r, text.text, text.length);
        if (a == REGEX_NO_MEMORY)
            return sdx_fail(c, SDX_E_MEMORY, "no memory to match a text of %zu bytes", text.length);
        j->y[i] = a == REGEX_YES;
    }
    return SDX_OK;
}

static void end(void *r)
{
    regex_free(r);
}

static sdx_status prepare(const sdx_node *n, sdx_prepare *c, void **state)
{
    sdx_string pattern = sdx_attr_string(n, "pattern");
    char why[200];
    regex *r = regex_new(pattern.text, pattern.length, why, sizeof why);
    if (!r)
        return sdx_reject(c, SDX_E_MEMORY, "the pattern does not compile: %s", why);
    *state = r;
    return sdx_keep_until(c, end, r) ? SDX_OK : SDX_E_MEMORY;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    sdx_tensor *y = sdx_out(c, 0);
    job j = { state, sdx_in(c, 0), y->data };
    (void)n;
    return sdx_parallel(c, sdx_elements(y), 64, some, &j);
}

static const sdx_op ops[] = {
    { SDX_OP(RegexFullMatch), .schema = schema, .traits = SDX_PURE, .infer = infer,
      .prepare = prepare, .run = run },
    { 0 },
};
static const sdx_family family = { ops, 0 };
static const sdx_family *const families[] = { &family, NULL };
SDX_API extern const sdx_plugin_info sdx_plugin;
const sdx_plugin_info sdx_plugin = { SDX_PLUGIN_ABI, sizeof(sdx_op), families };
