/* tools/report/html.c - findings as one page for a browser that needs nothing else, with the graph
 * around each. */
#include "io/xml.h"
#include "picture/picture.h"
#include "report/report.h"
#include "report/rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PICTURES = 40, /* of a model: each is found by a walk over all nodes */
    AROUND = 2          /* links that a picture shows before and behind the node */
};

static const char begin[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>model-lint</title>\n"
    "<style>body{font:15px system-ui,sans-serif;margin:1.5em;color:#1c2430;background:#fff}"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em}"
    "article{border-left:4px solid #8893a1;padding:.2em 1em;margin:1em 0}"
    ".error{border-color:#c21f30}.warning{border-color:#c98a00}.note{border-color:#2f73b8}"
    ".error b{color:#c21f30}.warning b{color:#946600}.note b{color:#2f73b8}"
    "p,h2,td:first-child{overflow-wrap:anywhere}td{overflow-wrap:break-word}"
    "table{border-collapse:collapse}td{padding:.1em 1em .1em 0;vertical-align:top}"
    "td,code{font:13px ui-monospace,Menlo,Consolas,monospace}mark{background:#ffd9dd}"
    "summary{cursor:pointer}details h4{margin:.8em 0 0}details p{margin:.2em 0;max-width:60em}"
    ".picture{overflow:auto;max-height:60vh}</style></head>\n<body>\n<h1>model-lint</h1>\n";

/* Which of all nodes a finding is about; SIZE_MAX: none that can be told. */
static size_t node_of(const sdx_model *m, const sdx_finding *f)
{
    sdx_node_info n;
    for (size_t i = 0; f->index >= 0 && sdx_model_node(m, i, &n) == SDX_OK; i++)
        if (n.index == f->index && strcmp(n.name, f->node) == 0 && strcmp(n.op, f->op) == 0 &&
            (!n.graph[0] || strcmp(n.graph, f->graph) == 0))
            return i;
    return SIZE_MAX;
}

static void print_picture(report *r, const sdx_model *m, const links *l, size_t node)
{
    bool *around = calloc(l->n_nodes + 1, sizeof *around),
         *marked = calloc(l->n_nodes + 1, sizeof *marked);
    picture *p = NULL;
    if (around && marked) {
        around[node] = marked[node] = true;
        bool good = links_spread(l, around, AROUND);
        const picture_wish wish = { around, marked, 0 };
        p = good ? picture_of(m, l, &wish) : NULL;
    }
    if (p && picture_lay_out(p)) {
        fputs("<details open><summary>around it</summary><div class=\"picture\">\n", r->to);
        picture_print_svg(r->to, p, false);
        fputs("</div></details>\n", r->to);
    } else {
        r->failed = true;
    }
    picture_free(p);
    free(around);
    free(marked);
}

static void print_rule(report *r, const sdx_finding *f)
{
    sdx_rule_info rule;
    for (size_t i = 0; sdx_rule_about(i, &rule) == SDX_OK; i++) {
        if (strcmp(rule.code, f->code) != 0)
            continue;
        fputs("<details><summary>", r->to);
        xml_print(r->to, rule.title);
        fputs("</summary>\n", r->to);
        rules_print_html(r->to, report_page(rule.code));
        fputs("</details>\n", r->to);
        return;
    }
}

/* A type, its guilty dim marked. */
static void print_type(report *r, const sdx_finding_value *v)
{
    size_t at, length;
    if (!report_dim(v, &at, &length)) {
        xml_print(r->to, v->type);
        return;
    }
    char *front = strndup(v->type, at), *dim = strndup(v->type + at, length);
    xml_print(r->to, front ? front : "");
    fputs("<mark>", r->to);
    xml_print(r->to, dim ? dim : "");
    fputs("</mark>", r->to);
    xml_print(r->to, v->type + at + length);
    free(front);
    free(dim);
}

static void print_finding(report *r, const sdx_finding *f)
{
    char *where = NULL;
    size_t size;
    FILE *words = open_memstream(&where, &size);
    r->failed |= !words;
    if (!words)
        return;
    report_place(words, f);
    r->failed |= fclose(words) != 0;
    fprintf(r->to, "<article class=\"%s\"><p>", report_severity(f->severity));
    xml_print(r->to, where ? where : "");
    fprintf(r->to, "<b>%s</b>: ", report_severity(f->severity));
    xml_print(r->to, f->message);
    fprintf(r->to, " <code>%s %s</code></p>\n<table>\n", f->code, f->name);
    for (size_t i = 0; i < f->n_values; i++) {
        fputs("<tr><td>", r->to);
        xml_print(r->to, f->values[i].name);
        fputs("</td><td>", r->to);
        print_type(r, &f->values[i]);
        fputs("</td><td>", r->to);
        xml_print(r->to, f->values[i].origin);
        fputs("</td></tr>\n", r->to);
    }
    fputs("</table>\n", r->to);
    for (size_t i = 0; i < f->n_help; i++) {
        fputs("<p>help: ", r->to);
        xml_print(r->to, f->help[i]);
        fputs("</p>\n", r->to);
    }
    print_rule(r, f);
    free(where);
}

static void heading(report *r, const char *file)
{
    fputs("<h2>", r->to);
    xml_print(r->to, file);
    fputs("</h2>\n", r->to);
}

static void failure(report *r, const char *file, const sdx_error *err)
{
    heading(r, file);
    fputs("<article class=\"error\"><p><b>error</b>: ", r->to);
    xml_print(r->to, err->fact);
    fputs(" <code>", r->to);
    xml_print(r->to, err->rule);
    fputs(err->hint[0] ? "</code></p>\n<p>help: " : "</code>", r->to);
    xml_print(r->to, err->hint);
    fputs("</p></article>\n", r->to);
}

static void done(report *r, const report_file *f)
{
    links l = { 0 };
    size_t pictures = 0;
    heading(r, f->name);
    fprintf(r->to, "<p>errors: %zu, warnings: %zu, notes: %zu; nodes: %zu</p>\n", f->errors,
            f->warnings, f->notes, f->nodes);
    if (f->known || f->hidden)
        fprintf(r->to, "<p>in the baseline: %zu; not shown: %zu</p>\n", f->known, f->hidden);
    if (f->n_findings)
        r->failed |= !links_of(f->model, &l);
    for (size_t i = 0; i < f->n_findings && !r->failed; i++) {
        print_finding(r, &f->finding[i]);
        size_t node = pictures < MOST_PICTURES ? node_of(f->model, &f->finding[i]) : SIZE_MAX;
        if (node != SIZE_MAX) {
            print_picture(r, f->model, &l, node);
            pictures++;
        }
        fputs("</article>\n", r->to);
    }
    links_free(&l);
}

static void end(report *r)
{
    fputs("</body></html>\n", r->to);
}

bool report_html(report *r)
{
    r->wants_model = true;
    r->failure = failure;
    r->done = done;
    r->end = end;
    fputs(begin, r->to);
    return true;
}
