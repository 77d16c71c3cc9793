/* tools/check.h - the standard's test data: test_data_set_N with input_K.pb and output_K.pb. */
#ifndef TOOLS_CHECK_H
#define TOOLS_CHECK_H
#include "compare.h"
#include "sardonyx.h"

typedef struct check_options {
    tolerance tolerance;
    bool quiet;
    const sdx_run_options *run; /* NULL: none */
} check_options;

typedef enum check_result { CHECK_SAME, CHECK_DIFFERS, CHECK_FAILED } check_result;

/* Runs the model on the inputs of a folder, or of each test_data_set_N in it, and compares the
 * outputs.  Prints what differs to stdout, what failed to stderr. */
check_result check_folder(const sdx_model *m, sdx_session *s, const char *folder,
                          const check_options *o);

#endif
