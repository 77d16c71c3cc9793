/* tools/pages.h - help, manual page and completions, made of a tool's option table. */
#ifndef TOOLS_PAGES_H
#define TOOLS_PAGES_H
#include "cli.h"

/* Row i of the tool's table and then of the options that all tools have; NULL past the end. */
const cli_option *cli_row(const cli_tool *t, size_t i);

/* Each goes to stdout. */
void page_help(const cli_tool *t);
void page_man(const cli_tool *t);
void page_troff(FILE *to, const char *text);                /* a text of one line */
bool page_completion(const cli_tool *t, const char *shell); /* false: no such shell */

#endif
