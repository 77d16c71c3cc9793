/* tools/report/rules.h - the pages of the rules, for people. */
#ifndef REPORT_RULES_H
#define REPORT_RULES_H
#include <stdbool.h>
#include <stdio.h>

/* The rules that a list of codes, names and globs means, in order; form: "text", "html" (one page for
 * a browser) or "man" (section 7).  false: no rule is meant, and nothing was printed. */
bool rules_print(FILE *to, const char *rules, const char *form);
/* The page of one rule below its title, as HTML. */
void rules_print_html(FILE *to, const char *page);
/* Does a list like "SX2*,conv-*" mean this rule? */
bool rules_mean(const char *list, const char *code, const char *name);
#endif
