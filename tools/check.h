/* tools/check.h - the standard's test data: test_data_set_N with input_K.pb and output_K.pb. */
#ifndef TOOLS_CHECK_H
#define TOOLS_CHECK_H
#include "cli.h"
#include "compare.h"
#include "progress.h"

typedef enum check_form { CHECK_TEXT, CHECK_JSON, CHECK_JSONL } check_form;

typedef struct check_options {
    tolerance tolerance; /* where neither a folder (allowance.h) nor an option says another */
    bool rtol_given, atol_given;
    check_form form;
    const sdx_run_options *run; /* NULL: none */
    progress *progress;         /* may be NULL */
} check_options;

typedef enum check_result { CHECK_SAME, CHECK_DIFFERS, CHECK_FAILED } check_result;

/* Runs the model on the inputs of each folder, or of each test_data_set_N in it, and compares the
 * outputs.  What is alike and what differs goes to stdout, what failed to stderr.  Returns the
 * worst. */
check_result check_folders(const cli *c, const sdx_model *m, sdx_session *s,
                           const char *const *folder, size_t n, const check_options *o);

#endif
