/* tools/pages.c - help, manual page and completions, made of a tool's option table. */
#include "pages.h"

#include "glyph.h"
#include <string.h>

static const char *value_text(const cli_option *o, char *text, size_t size)
{
    if (!o->value)
        return "";
    if (o->value[0] == '[')
        snprintf(text, size, "[=%.*s]", (int)strlen(o->value) - 2, o->value + 1);
    else
        snprintf(text, size, "=%s", o->value);
    return text;
}

/* A text of several lines, each further one indented. */
static void print_lines(const char *text, const char *indent)
{
    for (; *text; text++) {
        putchar(*text);
        if (*text == '\n')
            fputs(indent, stdout);
    }
}

void page_help(const cli_tool *t)
{
    const cli_option *o;
    char value[64], left[128];
    printf("Usage: %s %s\n%s %s.\n", t->name, t->usage, t->name, t->summary);
    for (size_t i = 0; (o = cli_row(t, i)); i++) {
        if (!o->name) {
            printf("\n%s:\n", o->help);
            continue;
        }
        snprintf(left, sizeof left, "%c%c%s--%s%s", o->id < CLI_FIRST ? '-' : ' ',
                 o->id < CLI_FIRST ? o->id : ' ', o->id < CLI_FIRST ? ", " : "  ", o->name,
                 value_text(o, value, sizeof value));
        printf("  %-30s ", left);
        print_lines(o->help, "                                 ");
        printf("\n");
    }
    printf("\nExamples:\n");
    for (int i = 0; i < 4 && t->examples[i]; i++)
        printf("  %s\n", t->examples[i]);
    printf("\nExit status:\n");
    for (int i = 0; i < 3; i++)
        printf("  %d  %s\n", i, t->exit[i]);
}

/* troff takes a dash for a hyphen, and a dot or a quote at the start of a line for a request. */
void page_troff(FILE *to, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", to);
    int32_t code;
    for (size_t n; *text; text += n) {
        n = glyph_read(text, &code);
        if (*text == '-')
            fputs("\\-", to);
        else if (*text == '\\')
            fputs("\\e", to);
        else if (n > 1)
            fprintf(to, "\\[u%04X]", (unsigned)code);
        else
            fputc(*text, to);
    }
}

static void troff(const char *text)
{
    page_troff(stdout, text);
}

static void print_section(const cli_section *s)
{
    bool as_is = false;
    printf(".SH %s\n", s->title);
    for (const char *at = s->text; *at;) {
        size_t n = strcspn(at, "\n");
        char line[200];
        snprintf(line, sizeof line, "%.*s", (int)n, at);
        at += n + (at[n] == '\n');
        if (as_is != (*line == ' ')) {
            as_is = !as_is;
            printf(as_is ? ".PP\n.EX\n" : ".EE\n");
        }
        if (*line)
            troff(line);
        else
            printf(".PP");
        printf("\n");
    }
    if (as_is)
        printf(".EE\n");
}

void page_man(const cli_tool *t)
{
    const cli_option *o;
    char value[64];
    printf(".TH %s 1 \"\" \"sardonyx %s\" \"User Commands\"\n.SH NAME\n", t->name, sdx_version());
    troff(t->name);
    printf(" \\- ");
    troff(t->summary);
    printf("\n.SH SYNOPSIS\n.B ");
    troff(t->name);
    printf("\n");
    troff(t->usage);
    printf("\n.SH OPTIONS\n");
    for (size_t i = 0; (o = cli_row(t, i)); i++) {
        if (!o->name) {
            printf(".SS ");
            troff(o->help);
            printf("\n");
            continue;
        }
        printf(".TP\n.B ");
        if (o->id < CLI_FIRST)
            printf("\\-%c, ", o->id);
        printf("\\-\\-");
        troff(o->name);
        troff(value_text(o, value, sizeof value));
        printf("\n");
        troff(o->help);
        printf("\n");
    }
    for (const cli_section *more = t->sections; more && more->title; more++)
        print_section(more);
    printf(".SH EXAMPLES\n");
    for (int i = 0; i < 4 && t->examples[i]; i++) {
        printf(".PP\n.B ");
        troff(t->examples[i]);
        printf("\n");
    }
    printf(".SH EXIT STATUS\n");
    for (int i = 0; i < 3; i++) {
        printf(".TP\n.B %d\n", i);
        troff(t->exit[i]);
        printf("\n");
    }
}

static void print_bash(const cli_tool *t)
{
    const cli_option *o;
    printf("complete -o default -W '");
    for (size_t i = 0, n = 0; (o = cli_row(t, i)); i++)
        if (o->name)
            printf("%s--%s%s", n++ ? " " : "", o->name, o->value && o->value[0] != '[' ? "=" : "");
    printf("' %s\n", t->name);
}

/* A text within quotes; zsh's brackets and colons have a meaning of their own. */
static void quoted(const char *text, bool zsh)
{
    for (; *text; text++) {
        if (*text == '\'')
            printf("'\\''");
        else if (zsh && strchr("[]:", *text))
            printf("\\%c", *text);
        else
            putchar(*text == '\n' ? ' ' : *text);
    }
}

static void print_zsh(const cli_tool *t)
{
    const cli_option *o;
    printf("#compdef %s\n_arguments", t->name);
    for (size_t i = 0; (o = cli_row(t, i)); i++) {
        if (!o->name)
            continue;
        const char *assign = !o->value ? "" : o->value[0] == '[' ? "=-" : "=";
        if (o->id < CLI_FIRST)
            printf(" \\\n  '-%c%s[", o->id, o->value ? "+" : ""), quoted(o->help, true),
                printf("]'");
        printf(" \\\n  '--%s%s[", o->name, assign);
        quoted(o->help, true);
        printf("]%s'", o->value ? o->value[0] == '[' ? "::value:" : ":value:_files" : "");
    }
    printf(" \\\n  '*:file:_files'\n");
}

static void print_fish(const cli_tool *t)
{
    const cli_option *o;
    for (size_t i = 0; (o = cli_row(t, i)); i++) {
        if (!o->name)
            continue;
        printf("complete -c %s", t->name);
        if (o->id < CLI_FIRST)
            printf(" -s %c", o->id);
        printf(" -l %s%s -d '", o->name, o->value && o->value[0] != '[' ? " -r" : "");
        quoted(o->help, false);
        printf("'\n");
    }
}

bool page_completion(const cli_tool *t, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        print_bash(t);
    else if (strcmp(shell, "zsh") == 0)
        print_zsh(t);
    else if (strcmp(shell, "fish") == 0)
        print_fish(t);
    else
        return false;
    return true;
}
