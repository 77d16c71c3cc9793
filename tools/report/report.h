/* tools/report/report.h - findings in the forms that model-lint prints. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H
#include "cli.h"
#include "sardonyx.h"

/* What is known of a model when all its findings were told. */
typedef struct report_file {
    const char *name;
    size_t errors, warnings, notes, nodes;
    size_t known;    /* findings that the baseline has: they are counted nowhere else */
    size_t hidden;   /* findings past --max-findings: they are counted, and not told  */
    size_t left_out; /* findings that the model suppresses: they are counted nowhere else */
    double ms;
    const char *settings; /* the file that they are of; NULL: none */
    size_t n_findings;    /* those that were told */
    const sdx_finding *finding;
    const sdx_model *model; /* for pictures: open until done() returns, where report.wants_model */
} report_file;

typedef struct report report;
struct report {
    const cli *c;
    FILE *to;
    bool color, wants_model;
    size_t columns;         /* of the terminal; 0: it is none */
    bool wants_suppressed;  /* findings that the model suppresses are told, too */
    void *state;            /* the form's own */
    const sdx_model *model; /* that findings are of, where it is wanted */
    bool failed;            /* out of memory, or the stream does not take more */

    /* In this order: for each file its findings, then done; or failure, where it could not be
     * looked at.  NULL: the form has nothing to say there. */
    void (*finding)(report *r, const char *file, const sdx_finding *f);
    void (*failure)(report *r, const char *file, const sdx_error *err);
    void (*done)(report *r, const report_file *file);
    void (*end)(report *r);
};

/* pages.c: the whole page of a rule, Markdown; "" where there is none of that code. */
const char *report_page(const char *code);

/* Has the rule a correction?  "safe": --fix makes it; "all": --fix=all alone; NULL: it has none. */
const char *report_fix(const char *code);

/* Sets the functions for a form.  false: there is no such form, or no memory. */
bool report_open(report *r, const cli *c, FILE *to, const char *form);
/* After the last file.  failed says whether all has come to the stream. */
void report_close(report *r);
extern const char report_forms[]; /* their names, for messages: "text, json or sarif" */

bool report_text(report *r);    /* text.c: for people */
bool report_concise(report *r); /* concise.c: a line a finding */
bool report_json(report *r);    /* json.c: one document */
bool report_jsonl(report *r);   /* json.c: an object a line, for each finding */
bool report_sarif(report *r);   /* sarif.c: for code scanning */
bool report_github(report *r);  /* github.c: annotations of a workflow's log */
bool report_junit(report *r);   /* junit.c: a suite for each model */
bool report_html(report *r);    /* html.c: a page, with the graph around each finding */

const char *report_severity(sdx_severity s); /* "error" */
/* "node 'conv' (Conv, graph 'g', #4): "; nothing where the finding is not a node's. */
void report_place(FILE *to, const sdx_finding *f);
/* Where the guilty dim stands in the type: "16" of "float32[64, 16, 32, 32]".  false: none is. */
bool report_dim(const sdx_finding_value *v, size_t *at, size_t *length);
/* Length of the dim at s; commas within "min(N, 4)" are its own. */
size_t report_dim_length(const char *s);
/* What stays the same while a finding stays the same: rule, graph, node; of a node without a name
 * the values it is about. */
void report_fingerprint(char hex[17], const sdx_finding *f);
#endif
