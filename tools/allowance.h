/* tools/allowance.h - what a folder of test data says about how near is near enough. */
#ifndef TOOLS_ALLOWANCE_H
#define TOOLS_ALLOWANCE_H
#include "compare.h"
#include <stddef.h>

/* Of each output of one data set.
 *
 * case.json lies in the data set itself, or in the folder above, where "sets" has an entry for each
 * test_data_set_N:
 *
 *     { "rtol": R, "atol": A,
 *       "sets": [ { "rtol": R, "outputs": [ { "rtol": R, "atol": A, "noise": X } ] } ] }
 *
 * The innermost number holds.  Where there is no atol, but the noise of the reference ("noise" or
 * "noise_abs"), four times the noise is allowed.  A file `tolerance` beside it holds "rtol atol"
 * for all. */
typedef struct allowance {
    char source[16]; /* "case.json", "tolerance"; empty: nothing is said */
    size_t n;
    tolerance *of;
} allowance;

/* `usual` for n outputs, then what the folder says, then what was `given` by options, which always
 * win.  false: a file cannot be understood, and why says it, or no memory.  Free with
 * allowance_free in both cases. */
bool allowance_read(allowance *a, const char *folder, size_t n, tolerance usual, bool rtol_given,
                    bool atol_given, char *why, size_t size);
void allowance_free(allowance *a);

/* "rtol 0.001, atol 1e-07 to 3e-05 of case.json" */
void allowance_text(const allowance *a, char *text, size_t size);

#endif
