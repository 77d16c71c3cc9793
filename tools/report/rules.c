/* tools/report/rules.c - the pages of the rules: as text, for a browser, as a manual page.
 *
 * A page is Markdown of three kinds of lines: "# title" and "## heading", paragraphs, and in these
 * `code`; after the title comes a line with the severity. */
#include "report/rules.h"

#include "io/xml.h"
#include "pages.h"
#include "report/report.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const char *const families[] = { NULL,
                                        "File and limits",
                                        "Convolution and groups",
                                        "Shapes and types",
                                        "Structure of graphs",
                                        "Operators, opsets, attributes",
                                        "Values and quantisation",
                                        "Advice",
                                        "Security" };
enum { N_FAMILIES = sizeof families / sizeof *families };

bool rules_mean(const char *list, const char *code, const char *name)
{
    char word[96];
    for (const char *at = list + strspn(list, ", "); *at; at += strspn(at, ", ")) {
        size_t n = strcspn(at, ", ");
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), at);
        if (fnmatch(word, code, FNM_CASEFOLD) == 0 || fnmatch(word, name, FNM_CASEFOLD) == 0)
            return true;
        at += n;
    }
    return false;
}

/* What a page is printed with: each takes one line of a page, without its marks. */
typedef struct style {
    void (*begin)(FILE *to, const sdx_rule_info *rule);
    void (*heading)(FILE *to, const char *line);
    void (*text)(FILE *to, const char *line, bool first); /* first: a paragraph begins */
    void (*end_paragraph)(FILE *to);
} style;

/* The line that begins at s, in memory of its own; *next: the one after it. */
static char *line_at(const char *s, const char **next)
{
    size_t n = strcspn(s, "\n");
    *next = s + n + (s[n] == '\n');
    return strndup(s, n);
}

/* The page from its third line on: title and severity are known from the rule. */
static void print_page(FILE *to, const char *page, const style *s)
{
    bool within = false;
    for (int i = 0; *page; i++) {
        char *line = line_at(page, &page);
        bool heading = line && strncmp(line, "## ", 3) == 0;
        if (line && i == 2 && strncmp(line, "fix: ", 5) == 0)
            *line = 0; /* told by begin() */
        if (line && i >= 2 && within && (heading || !*line)) {
            s->end_paragraph(to);
            within = false;
        }
        if (line && i >= 2 && heading)
            s->heading(to, line + 3);
        if (line && i >= 2 && !heading && *line) {
            s->text(to, line, !within);
            within = true;
        }
        free(line);
    }
    if (within)
        s->end_paragraph(to);
}

/* Between `marks` is code; where they are odd in number the last is a character. */
static void print_code(FILE *to, const char *line, void (*print)(FILE *to, const char *text),
                       const char *begin, const char *end)
{
    while (*line) {
        size_t n = strcspn(line, "`");
        const char *close = line[n] ? strchr(line + n + 1, '`') : NULL;
        char *front = strndup(line, close || !line[n] ? n : n + 1);
        if (front && *front)
            print(to, front);
        free(front);
        line += n + (line[n] != 0);
        if (!close)
            continue;
        char *code = strndup(line, (size_t)(close - line));
        fputs(begin, to);
        print(to, code ? code : "");
        fputs(end, to);
        free(code);
        line = close + 1;
    }
}

/* ---- HTML ---- */

static void print_code_html(FILE *to, const char *line)
{
    print_code(to, line, xml_print, "<code>", "</code>");
}

/* How its findings are corrected; NULL: by hand. */
static const char *correction(const sdx_rule_info *rule)
{
    const char *how = report_fix(rule->code);
    return !how                       ? NULL
           : strcmp(how, "safe") == 0 ? "safe: --fix makes it, where there is but one"
                                      : "all: a guess, which --fix=all makes";
}

static void begin_html(FILE *to, const sdx_rule_info *rule)
{
    fprintf(to, "<section id=\"%s\" class=\"%s\"><h3>%s %s <small>%s</small></h3>\n<p><strong>",
            rule->code, report_severity(rule->severity), rule->code, rule->name,
            report_severity(rule->severity));
    print_code_html(to, rule->title);
    fputs("</strong></p>\n", to);
    if (correction(rule))
        fprintf(to, "<p>Correction: %s.</p>\n", correction(rule));
}

static void heading_html(FILE *to, const char *line)
{
    fputs("<h4>", to);
    print_code_html(to, line);
    fputs("</h4>\n", to);
}

static void text_html(FILE *to, const char *line, bool first)
{
    fputs(first ? "<p>" : "\n", to);
    print_code_html(to, line);
}

static void end_html(FILE *to)
{
    fputs("</p>\n", to);
}

static const style html = { begin_html, heading_html, text_html, end_html };

void rules_print_html(FILE *to, const char *page)
{
    print_page(to, page, &html);
}

static const char head_html[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>Rules of model-lint</title>\n"
    "<style>body{font:15px/1.5 system-ui,sans-serif;margin:1.5em auto;max-width:60em;padding:0 1em;"
    "color:#1c2430;background:#fff}h2{margin-top:2em}h4{margin:.8em 0 0}p{margin:.3em 0}"
    "section{border-left:4px solid #8893a1;padding:.1em 1em;margin:1.5em 0}"
    ".error{border-color:#c21f30}.warning{border-color:#c98a00}.note{border-color:#2f73b8}"
    "small{font-weight:normal;color:#5a6675}code{font:13px ui-monospace,Menlo,Consolas,monospace}"
    "table{border-collapse:collapse}td{padding:.1em 1em .1em 0;vertical-align:top}</style></head>\n"
    "<body>\n<h1>Rules of model-lint</h1>\n";

static void print_contents(FILE *to, const char *rules)
{
    sdx_rule_info rule;
    fputs("<table>\n", to);
    for (size_t i = 0; sdx_rule_about(i, &rule) == SDX_OK; i++) {
        if (!rules_mean(rules, rule.code, rule.name))
            continue;
        fprintf(to, "<tr><td><a href=\"#%s\">%s</a></td><td>%s</td><td>%s</td><td>", rule.code,
                rule.code, rule.name, report_severity(rule.severity));
        print_code_html(to, rule.title);
        fprintf(to, "</td><td>%s%s</td></tr>\n", report_fix(rule.code) ? "fix: " : "",
                report_fix(rule.code) ? report_fix(rule.code) : "");
    }
    fputs("</table>\n", to);
}

/* ---- troff ---- */

static void print_code_man(FILE *to, const char *line)
{
    print_code(to, line, page_troff, "\\fB", "\\fR");
    fputs("\n", to);
}

static void begin_man(FILE *to, const sdx_rule_info *rule)
{
    fprintf(to, ".SS %s %s (%s)\n", rule->code, rule->name, report_severity(rule->severity));
    print_code_man(to, rule->title);
    fputs(".PP\n", to);
    if (correction(rule)) {
        page_troff(to, "Correction: ");
        page_troff(to, correction(rule));
        fputs(".\n.PP\n", to);
    }
}

static void heading_man(FILE *to, const char *line)
{
    fputs(".PP\n\\fI", to);
    page_troff(to, line);
    fputs("\\fR\n.br\n", to);
}

static void text_man(FILE *to, const char *line, bool first)
{
    (void)first;
    print_code_man(to, line);
}

static void end_man(FILE *to)
{
    fputs(".PP\n", to);
}

static const style man = { begin_man, heading_man, text_man, end_man };

/* ---- all that are meant ---- */

static void begin_document(FILE *to, const char *rules, const char *form)
{
    if (strcmp(form, "html") == 0) {
        fputs(head_html, to);
        fprintf(to,
                "<p>sardonyx %s. <code>model-lint --explain=CODE</code> prints one of these.</p>\n",
                sdx_version());
        print_contents(to, rules);
    } else if (strcmp(form, "man") == 0) {
        fprintf(to,
                ".TH model-lint-rules 7 \"\" \"sardonyx %s\" \"Miscellanea\"\n.SH NAME\n"
                "model-lint-rules \\- what model-lint(1) finds in ONNX models\n",
                sdx_version());
    }
}

static void begin_family(FILE *to, int family, const char *form)
{
    const char *name = family > 0 && family < N_FAMILIES ? families[family] : "More";
    if (strcmp(form, "html") == 0)
        fprintf(to, "<h2>SX%d: %s</h2>\n", family, name);
    else if (strcmp(form, "man") == 0)
        fprintf(to, ".SH SX%d: %s\n", family, name);
}

static void print_text(FILE *to, const sdx_rule_info *rule, const char *page)
{
    const char *after = strchr(page, '\n'); /* the title; its severity follows */
    const char *text = after ? strchr(after + 1, '\n') : NULL;
    if (text && strncmp(text + 1, "fix: ", 5) == 0)
        text = strchr(text + 1, '\n');
    fprintf(to, "%s %s (%s)\n\n%s\n", rule->code, rule->name, report_severity(rule->severity),
            rule->title);
    if (correction(rule))
        fprintf(to, "Correction: %s.\n", correction(rule));
    fputs(text ? text : "\n", to);
}

bool rules_print(FILE *to, const char *rules, const char *form)
{
    sdx_rule_info rule;
    int family = 0;
    size_t n = 0;
    for (size_t i = 0; sdx_rule_about(i, &rule) == SDX_OK; i++) {
        if (!rules_mean(rules, rule.code, rule.name))
            continue;
        if (n++ == 0)
            begin_document(to, rules, form);
        else if (strcmp(form, "text") == 0)
            fputs("\n\n", to);
        if (rule.code[2] - '0' != family)
            begin_family(to, family = rule.code[2] - '0', form);
        if (strcmp(form, "text") == 0) {
            print_text(to, &rule, report_page(rule.code));
            continue;
        }
        const style *s = strcmp(form, "html") == 0 ? &html : &man;
        s->begin(to, &rule);
        print_page(to, report_page(rule.code), s);
        fputs(s == &html ? "</section>\n" : "", to);
    }
    if (n && strcmp(form, "html") == 0)
        fputs("</body></html>\n", to);
    return n > 0;
}
