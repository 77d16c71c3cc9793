/* tools/report/junit.c - findings as JUnit XML: a suite for each model, a case for each finding.
 *
 * Errors and warnings are failures, notes are cases that passed with a text; a model without
 * findings is one case that passed, and one that could not be looked at is one with an error. */
#include "io/xml.h"
#include "report/report.h"

#include <stdlib.h>

static void suite(report *r, const char *name, size_t tests, size_t failures, size_t errors,
                  double ms)
{
    fputs("  <testsuite name=\"", r->to);
    xml_print(r->to, name);
    fprintf(r->to, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.4f\">\n", tests,
            failures, errors, ms / 1e3);
}

static void begin_case(report *r, const char *file, const char *name)
{
    fputs("    <testcase classname=\"", r->to);
    xml_print(r->to, file);
    fputs("\" name=\"", r->to);
    xml_print(r->to, name);
    fputs("\"", r->to);
}

static void print_values(report *r, const sdx_finding *f)
{
    for (size_t i = 0; i < f->n_values; i++) {
        xml_print(r->to, f->values[i].name);
        fputs("  ", r->to);
        xml_print(r->to, f->values[i].type);
        fputs("  ", r->to);
        xml_print(r->to, f->values[i].origin);
        fputs("\n", r->to);
    }
    for (size_t i = 0; i < f->n_help; i++) {
        fputs("help: ", r->to);
        xml_print(r->to, f->help[i]);
        fputs("\n", r->to);
    }
}

static void print_case(report *r, const char *file, const sdx_finding *f)
{
    char *name = NULL;
    size_t size;
    FILE *words = open_memstream(&name, &size);
    r->failed |= !words;
    if (!words)
        return;
    fprintf(words, "%s %s", f->code, f->name);
    if (f->index >= 0) {
        fputs(" ", words);
        report_place(words, f);
    }
    r->failed |= fclose(words) != 0;
    if (name && f->index >= 0)
        name[size - 2] = 0; /* the colon */
    begin_case(r, file, name ? name : "");
    bool note = f->severity == SDX_NOTE;
    fputs(note ? ">\n      <system-out>" : ">\n      <failure message=\"", r->to);
    xml_print(r->to, f->message);
    if (!note)
        fprintf(r->to, "\" type=\"%s\">", report_severity(f->severity));
    else
        fputs("\n", r->to);
    print_values(r, f);
    fputs(note ? "</system-out>\n    </testcase>\n" : "</failure>\n    </testcase>\n", r->to);
    free(name);
}

static void failure(report *r, const char *file, const sdx_error *err)
{
    suite(r, file, 1, 0, 1, 0);
    begin_case(r, file, "a model");
    fputs(">\n      <error message=\"", r->to);
    xml_print(r->to, err->fact);
    fputs("\">", r->to);
    xml_print(r->to, err->hint);
    fputs("</error>\n    </testcase>\n  </testsuite>\n", r->to);
}

static void done(report *r, const report_file *f)
{
    size_t failures = 0;
    for (size_t i = 0; i < f->n_findings; i++)
        failures += f->finding[i].severity != SDX_NOTE;
    suite(r, f->name, f->n_findings ? f->n_findings : 1, failures, 0, f->ms);
    for (size_t i = 0; i < f->n_findings; i++)
        print_case(r, f->name, &f->finding[i]);
    if (!f->n_findings) {
        begin_case(r, f->name, "no findings");
        fputs("/>\n", r->to);
    }
    fputs("  </testsuite>\n", r->to);
}

static void end(report *r)
{
    fputs("</testsuites>\n", r->to);
}

bool report_junit(report *r)
{
    r->failure = failure;
    r->done = done;
    r->end = end;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"model-lint\">\n", r->to);
    return true;
}
