/* tools/report/report.h - findings in the forms that model-lint prints. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H
#include "cli.h"
#include "sardonyx.h"

/* What is known of a model when all its findings were told. */
typedef struct report_file {
    const char *name;
    size_t errors, warnings, notes, nodes;
    double ms;
} report_file;

typedef struct report report;
struct report {
    const cli *c;
    FILE *to;
    bool color;
    void *state; /* the form's own */
    bool failed; /* out of memory, or the stream does not take more */

    void (*finding)(report *r, const char *file, const sdx_finding *f);
    /* the file could not be looked at */
    void (*failure)(report *r, const char *file, const sdx_error *err);
    void (*done)(report *r, const report_file *file);
    void (*end)(report *r);
};

/* Sets the functions for a form: "text", "json", "sarif".  false: there is no such form, or no
 * memory. */
bool report_open(report *r, const cli *c, FILE *to, const char *form);
bool report_text(report *r);  /* text.c */
bool report_json(report *r);  /* json.c */
bool report_sarif(report *r); /* sarif.c */

const char *report_severity(sdx_severity s); /* "error" */
/* What stays the same while a finding stays the same: rule, graph, node. */
void report_fingerprint(char hex[17], const sdx_finding *f);
#endif
