/* api/library.c - what the library says of itself: version, processor, operators, rules. */
#include "base/cpu.h"
#include "graph/schema.h"
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

sdx_status sdx_op_about(size_t i, sdx_op_info *out)
{
    for (const sdx_family_row *f = sdx_family_table; f->family; f++)
        for (const sdx_op *op = f->family->op; op->name; op++)
            for (int row = 0; op->schema[row].since; row++) {
                if (i-- > 0)
                    continue;
                sdx_schema s = whole_row(op->schema, row);
                *out = (sdx_op_info){ op->domain ? op->domain : "",
                                      op->name,
                                      f->source,
                                      s.since,
                                      s.sig ? s.sig : "",
                                      s.attrs ? s.attrs : "",
                                      s.types ? s.types : "",
                                      s.sig && strchr(s.sig, '|') };
                return SDX_OK;
            }
    return SDX_E_USAGE;
}
