/* tools/report/report.c - the forms by name, and what they share. */
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

const char report_forms[] = "text, concise, json, jsonl, sarif, github, junit or html";

bool report_open(report *r, const cli *c, FILE *to, const char *form)
{
    static const struct {
        const char *name;
        bool (*open)(report *r);
    } forms[] = { { "text", report_text },   { "concise", report_concise },
                  { "json", report_json },   { "jsonl", report_jsonl },
                  { "sarif", report_sarif }, { "github", report_github },
                  { "junit", report_junit }, { "html", report_html } };
    *r = (report){ .c = c, .to = to, .color = cli_colors(c, to), .columns = cli_columns(to) };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(form, forms[i].name) == 0)
            return forms[i].open(r);
    return false;
}

void report_close(report *r)
{
    if (r->end)
        r->end(r);
    r->failed |= fflush(r->to) != 0 || ferror(r->to);
}

const char *report_severity(sdx_severity s)
{
    return s == SDX_ERROR ? "error" : s == SDX_WARNING ? "warning" : "note";
}

void report_place(FILE *to, const sdx_finding *f)
{
    if (f->index < 0)
        return;
    fprintf(to, "node ");
    if (f->node[0]) {
        fprintf(to, "'");
        cli_print_escaped(to, f->node);
        fprintf(to, "' ");
    }
    fprintf(to, "(");
    cli_print_escaped(to, f->op);
    if (f->graph[0]) {
        fprintf(to, ", graph '");
        cli_print_escaped(to, f->graph);
        fprintf(to, "'");
    }
    fprintf(to, ", #%" PRId64 "): ", f->index);
}

size_t report_dim_length(const char *s)
{
    size_t n = 0;
    for (int depth = 0; s[n] && (depth || (s[n] != ',' && s[n] != ']')); n++)
        depth += s[n] == '(' ? 1 : s[n] == ')' ? -1 : 0;
    return n;
}

bool report_dim(const sdx_finding_value *v, size_t *at, size_t *length)
{
    const char *s = v->axis >= 0 ? strchr(v->type, '[') : NULL;
    if (!s || strncmp(s, "[...", 4) == 0)
        return false;
    s++;
    for (int i = 0; i < v->axis && *s && *s != ']'; i++) {
        s += report_dim_length(s);
        s += strspn(s, ", ");
    }
    *at = (size_t)(s - v->type);
    *length = report_dim_length(s);
    return *length > 0;
}

/* FNV-1a, over the zero at the end too. */
static uint64_t mix(uint64_t h, const char *s)
{
    for (;; s++) {
        h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
        if (!*s)
            return h;
    }
}

void report_fingerprint(char hex[17], const sdx_finding *f)
{
    uint64_t h = UINT64_C(14695981039346656037);
    const char *const parts[] = { f->code, f->graph, f->node, f->op };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        h = mix(h, parts[i]);
    for (size_t i = 0; !f->node[0] && i < f->n_values; i++)
        h = mix(h, f->values[i].name);
    if (!f->node[0] && !f->n_values) {
        char index[24];
        snprintf(index, sizeof index, "%" PRId64, f->index);
        h = mix(h, index);
    }
    snprintf(hex, 17, "%016" PRIx64, h);
}
