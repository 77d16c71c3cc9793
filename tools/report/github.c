/* tools/report/github.c - findings as commands of a GitHub workflow, which shows them beside the
 * file. */
#include "report/report.h"

#include <stdlib.h>

/* Line ends and % are written as %XX; in a property, what separates properties too. */
static void escaped(FILE *to, const char *text, bool property)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '%' || c < 0x20 || c == 0x7f || (property && (c == ':' || c == ',')))
            fprintf(to, "%%%02X", c);
        else
            fputc(c, to);
    }
}

static void command(report *r, const char *level, const char *file)
{
    fprintf(r->to, "::%s file=", level);
    escaped(r->to, file, true);
}

static void finding(report *r, const char *file, const sdx_finding *f)
{
    char *place = NULL;
    size_t size;
    FILE *words = open_memstream(&place, &size);
    r->failed |= !words;
    if (!words)
        return;
    report_place(words, f);
    r->failed |= fclose(words) != 0;
    command(r, f->severity == SDX_NOTE ? "notice" : report_severity(f->severity), file);
    fprintf(r->to, ",title=%s %s::", f->code, f->name);
    escaped(r->to, place ? place : "", false);
    escaped(r->to, f->message, false);
    for (size_t i = 0; i < f->n_help; i++) {
        fputs(i ? "; " : "%0Ahelp: ", r->to);
        escaped(r->to, f->help[i], false);
    }
    fputc('\n', r->to);
    free(place);
}

static void failure(report *r, const char *file, const sdx_error *err)
{
    command(r, "error", file);
    fputs(",title=model-lint::", r->to);
    escaped(r->to, err->fact, false);
    fputs(err->hint[0] ? "%0Ahelp: " : "", r->to);
    escaped(r->to, err->hint, false);
    fputc('\n', r->to);
}

bool report_github(report *r)
{
    r->finding = finding;
    r->failure = failure;
    return true;
}
