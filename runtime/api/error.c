/* api/error.c - errors in words. */
#include "base/text.h"
#include "lint/lint.h"
#include "api/model.h"

size_t sdx_error_text(const sdx_error *err, char *text, size_t size)
{
    char whole[sizeof *err + 64];
    size_t n = sdx_format(
        whole, sizeof whole, "%s%s%s%s%s%s%s%s%s", err->place, *err->place ? ": " : "",
        *err->fact ? err->fact : sdx_status_name(err->status), *err->hint ? " (help: " : "",
        err->hint, *err->hint ? ")" : "", *err->rule ? " [" : "", err->rule, *err->rule ? "]" : "");
    if (size)
        sdx_format(text, size, "%s", whole);
    return n;
}

void sdx_error_code(sdx_error *err)
{
    if (!err || !*err->rule)
        return;
    for (const sdx_rule_page *p = sdx_rule_pages; p->code; p++)
        if (strcmp(p->name, err->rule) == 0) {
            sdx_format(err->rule, sizeof err->rule, "%s %s", p->code, p->name);
            return;
        }
}

const char *sdx_status_name(sdx_status s)
{
    static const char *const name[] = { "ok",          "memory",    "io",    "format",
                                        "model",       "type",      "shape", "value",
                                        "unsupported", "cancelled", "limit", "usage" };
    return (size_t)s < sizeof name / sizeof *name ? name[s] : "unknown";
}
