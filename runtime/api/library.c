/* api/library.c - what the library says of itself: version, processor, operators, rules. */
#include "api/plugins.h"
#include "base/cpu.h"
#include "lint/lint.h"

#define TEXT(x)          #x
#define VERSION(a, b, c) TEXT(a) "." TEXT(b) "." TEXT(c)

const char *sdx_version(void)
{
    return VERSION(SDX_VERSION_MAJOR, SDX_VERSION_MINOR, SDX_VERSION_PATCH);
}

const char *sdx_cpu(void)
{
    sdx_isa_set set;
    return sdx_isa_detect(NULL, &set, NULL) == SDX_OK ? sdx_isa_best(set) : "scalar";
}

/* NULL columns repeat the row above. */
static sdx_schema whole_row(const sdx_schema *rows, int row)
{
    sdx_schema s = { rows[row].since, NULL, NULL, NULL };
    for (int i = 0; i <= row; i++) {
        s.sig = rows[i].sig ? rows[i].sig : s.sig;
        s.attrs = rows[i].attrs ? rows[i].attrs : s.attrs;
        s.types = rows[i].types ? rows[i].types : s.types;
    }
    return s;
}

typedef struct search {
    size_t left; /* rows before the one that is asked for */
    sdx_op_info *out;
} search;

/* false: one of these rows is the one. */
static bool pass_over(search *q, const sdx_op *op, const char *source)
{
    for (int row = 0; op->schema && op->schema[row].since; row++) {
        if (q->left-- > 0)
            continue;
        sdx_schema s = whole_row(op->schema, row);
        *q->out = (sdx_op_info){ op->domain ? op->domain : "",
                                 op->name,
                                 source,
                                 s.since,
                                 s.sig ? s.sig : "",
                                 s.attrs ? s.attrs : "",
                                 s.types ? s.types : "",
                                 s.sig && strchr(s.sig, '|') };
        return false;
    }
    return true;
}

static bool pass_over_plugin(void *ctx, const sdx_plugin_info *p, const char *source)
{
    search *q = ctx;
    sdx_op op;
    for (const sdx_family *const *f = p->families; *f && q->out; f++)
        for (size_t i = 0; sdx_plugin_op(p, *f, i, &op); i++)
            if (!pass_over(q, &op, source)) {
                q->out = NULL; /* found */
                return false;
            }
    return true;
}

sdx_status sdx_op_about(size_t i, sdx_op_info *out)
{
    search q = { i, out };
    for (const sdx_family_row *f = sdx_family_table; f->family; f++)
        for (const sdx_op *op = f->family->op; op->name; op++)
            if (!pass_over(&q, op, f->source))
                return SDX_OK;
    sdx_plugins_each(pass_over_plugin, &q);
    return q.out ? SDX_E_USAGE : SDX_OK;
}
