/* tools/report/pages.c - the pages of the rules: 100 KB that the library need not carry. */
#include "report/report.h"

#include <string.h>

#define PAGE(code, name, title, severity, text) { code, text },
static const struct {
    const char *code, *text;
} page[] = {
#include "sdx_rule_pages.inc"
};

const char *report_page(const char *code)
{
    for (size_t i = 0; i < sizeof page / sizeof *page; i++)
        if (strcmp(page[i].code, code) == 0)
            return page[i].text;
    return "";
}
