/* tools/report/concise.c - a line a finding: file, place, severity, fact, rule. */
#include "report/report.h"

static void finding(report *r, const char *file, const sdx_finding *f)
{
    cli_print_escaped(r->to, file);
    fprintf(r->to, ": ");
    report_place(r->to, f);
    fprintf(r->to, "%s: ", report_severity(f->severity));
    cli_print_escaped(r->to, f->message);
    fprintf(r->to, " [%s %s]\n", f->code, f->name);
}

static void failure(report *r, const char *file, const sdx_error *err)
{
    cli_print_escaped(r->to, file);
    fprintf(r->to, ": error: ");
    cli_print_escaped(r->to, err->fact);
    if (err->rule[0]) {
        fprintf(r->to, " [");
        cli_print_escaped(r->to, err->rule);
        fprintf(r->to, "]");
    }
    fputc('\n', r->to);
}

bool report_concise(report *r)
{
    r->finding = finding;
    r->failure = failure;
    return true;
}
