/* support/check.h - tries the kernels of a family on every instruction set that this machine has.
 *
 * A test program is a few functions that make random problems, call kernels and compare with plain
 * loops in double:
 *
 *     int main(int argc, char **argv)
 *     {
 *         return check_main(argc, argv, "math_matmul", sizeof(matmul_kernels), try_all, time_all);
 *     }
 *
 * Memory from check_floats and check_room ends at a page that may not be touched, or begins after
 * one: which of the two changes from case to case, and alignment is that of a float.  A failure
 * prints instruction set, seed and index and ends the program; `--seed=N` repeats that one case,
 * `--part=N` tries every Nth, `--bench` times kernels instead of testing them, `--count` runs each
 * of
 * those once between two looks at the clock and prints its flops, for who counts instructions. */
#ifndef SUPPORT_CHECK_H
#define SUPPORT_CHECK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct check check;
typedef void check_function(check *t, const void *kernels);

/* Tries each case; time may be NULL.  Returns what main returns. */
int check_main(int argc, char **argv, const char *family, size_t kernels_size,
               check_function *try_all, check_function *time_all);

/* Calls one case `times` times, each with a seed of its own, and frees what it took. */
void check_cases(check *t, const char *name, int times, check_function *one, const void *kernels);

int64_t check_int(check *t, int64_t least, int64_t most);
bool check_chance(check *t, int percent);
/* n floats in [lo, hi], n times NaN, n bytes. */
float *check_floats(check *t, size_t n, float lo, float hi);
float *check_room(check *t, size_t n);
void *check_bytes(check *t, size_t n);
double *check_doubles(check *t, size_t n); /* zeros */
void check_free(check *t);                 /* all of it; check_cases does so by itself */

/* What the case is about, printed when it fails. */
void check_note(check *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* |got - want| <= limit[i], or <= tolerance * (1 + |want|) where limit is NULL; NaN equals NaN. */
void check_near(check *t, const char *what, const float *got, const double *want, size_t n,
                double tolerance);
void check_near_at(check *t, const char *what, int64_t at, float got, double want, double most);
/* Units in the last place of a float. */
double check_ulp(float got, double want);
void check_that(check *t, bool fine, const char *what);

/* Prints the least time of many, and how fast that is: flops or bytes per run, per what the machine
 * can do. */
double check_time(void);
bool check_counts(const check *t); /* --count: once is enough */
void check_timed(check *t, const char *name, double seconds, double flops, double bytes);
#define CHECK_BENCH(t, name, flops, bytes, ...)                               \
    do {                                                                      \
        double least_ = 1e9;                                                  \
        int inner_ = 1;                                                       \
        for (int round_ = 0; round_ < (check_counts(t) ? 2 : 40); round_++) { \
            double began_ = check_time();                                     \
            for (int i_ = 0; i_ < inner_; i_++) {                             \
                __VA_ARGS__;                                                  \
            }                                                                 \
            double took_ = (check_time() - began_) / inner_;                  \
            if (round_ == 0 && !check_counts(t))                              \
                inner_ = (int)(1e-3 / (took_ + 1e-9)) + 1;                    \
            least_ = took_ < least_ ? took_ : least_;                         \
        }                                                                     \
        check_timed(t, name, least_, flops, bytes);                           \
    } while (0)
#endif
