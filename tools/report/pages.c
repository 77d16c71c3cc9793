/* tools/report/pages.c - the pages of the rules: 100 KB that the library need not carry. */
#include "report/report.h"

#include <string.h>

#define PAGE(code, name, title, severity, text) { code, text },
static const struct {
    const char *code, *text;
} page[] = {
#include "sdx_rule_pages.inc"
};

const char *report_fix(const char *code)
{
    static const char *const how[] = { "safe", "all" };
    const char *at = report_page(code);
    for (int i = 0; i < 2 && *at; i++) /* after the title and the severity */
        at += strcspn(at, "\n") + 1;
    for (size_t i = 0; i < sizeof how / sizeof *how; i++)
        if (strncmp(at, "fix: ", 5) == 0 && strncmp(at + 5, how[i], strlen(how[i])) == 0)
            return how[i];
    return NULL;
}

const char *report_page(const char *code)
{
    for (size_t i = 0; i < sizeof page / sizeof *page; i++)
        if (strcmp(page[i].code, code) == 0)
            return page[i].text;
    return "";
}
