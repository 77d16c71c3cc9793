/* tools/report/report.c - the forms by name, and what they share. */
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

bool report_open(report *r, const cli *c, FILE *to, const char *form)
{
    static const struct {
        const char *name;
        bool (*open)(report *r);
    } forms[] = { { "text", report_text }, { "json", report_json }, { "sarif", report_sarif } };
    *r = (report){ .c = c, .to = to, .color = cli_colors(c, to) };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(form, forms[i].name) == 0)
            return forms[i].open(r);
    return false;
}

const char *report_severity(sdx_severity s)
{
    return s == SDX_ERROR ? "error" : s == SDX_WARNING ? "warning" : "note";
}

void report_fingerprint(char hex[17], const sdx_finding *f)
{
    char index[24] = "";
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    if (!f->node[0])
        snprintf(index, sizeof index, "%" PRId64, f->index);
    const char *const parts[] = { f->code, f->graph, f->node, f->op, index };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const char *s = parts[i];; s++) {
            h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
            if (!*s)
                break;
        }
    snprintf(hex, 17, "%016" PRIx64, h);
}
