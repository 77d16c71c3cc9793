/* lint/pages.c - code, name, title and severity of all rules, as the build found them in rules/. */
#include "lint/lint.h"

#include <string.h>

#define PAGE(code, name, title, severity, text) { code, name, title, severity },
const sdx_rule_page sdx_rule_pages[] = {
#include "sdx_rule_pages.inc"
    { NULL, NULL, NULL, SDX_NOTE },
};

const sdx_rule_page *sdx_rule_find(const char *name)
{
    for (const sdx_rule_page *p = sdx_rule_pages; p->code; p++)
        if (strcmp(p->name, name) == 0 || strcmp(p->code, name) == 0)
            return p;
    return NULL;
}

sdx_status sdx_rule_about(size_t i, sdx_rule_info *out)
{
    const sdx_rule_page *p = sdx_rule_pages;
    for (size_t k = 0; k < i && p->code; k++)
        p++;
    if (!p->code || !out)
        return SDX_E_USAGE;
    *out = (sdx_rule_info){ p->code, p->name, p->title, p->severity };
    return SDX_OK;
}
