/* tools/bench/bench.h - what model-bench measures, and how it is told. */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H
#include "cli.h"
#include "inputs.h"
#include "progress.h"
#include "trace.h"

enum { MOST_LIST = 32, MOST_RUNS = 1 << 20, MOST_CALLERS = 64 };

typedef enum bench_form { BENCH_TEXT, BENCH_JSON, BENCH_CSV } bench_form;

/* Lines of an older run, to compare with. */
typedef struct against against;

typedef struct bench {
    cli c;
    input_options in;
    sdx_session_options session;
    double seconds, warm_seconds, rate, idle; /* rate: runs a second; 0: one after the other */
    int64_t runs, warm_runs;                  /* 0: by time */
    int threads[MOST_LIST], streams[MOST_LIST], n_threads, n_streams;
    double percentile[MOST_LIST];
    int n_percentiles, ops;
    bool load, memory;
    bench_form form;
    FILE *to;
    bool began;     /* a line was printed */
    against *old;   /* NULL: nothing to compare with */
    double regress; /* percent that may be lost; below 0: any */
    trace *trace;
    progress *progress;
} bench;

/* Steps of one operator with one kernel, over all profiled runs. */
typedef struct op_row {
    char op[64], kernel[64];
    double ms, macs, bytes; /* macs, bytes: below 0 where a step's are not known */
    size_t count;
} op_row;

typedef struct op_rows {
    op_row *row; /* the longest first */
    size_t n, runs;
    double ms; /* of all */
} op_rows;

/* What the processor did while runs were started at a rate. */
typedef struct paced {
    double percent;         /* of one core, all of the process */
    double work_percent;    /* what the same runs take one after the other */
    double between_percent; /* outside the calls; below 0: several callers, not to be told apart */
    double run_ms, work_ms; /* processor time of a run: at this rate, one after the other */
} paced;

/* What was measured of one model with one number of threads and callers. */
typedef struct figures {
    char model[256];
    const char *isa, *precision, *packing;
    int threads, streams;
    uint64_t file_bytes;
    double open_ms, compile_ms; /* loading; of several loads the one in the middle */
    bool ran;
    double first_ms;
    double *ms; /* of each run, sorted */
    size_t n;
    double seconds; /* that these took, all callers together */
    double cpu_percent, idle_percent;
    paced paced;
    double flops; /* of a run; below 0: not known */
    double base_rss_mb, load_rss_mb, peak_rss_mb;
    double file_rss_mb, code_rss_mb; /* after the runs: of pages of the file, of code */
    sdx_session_info info;
    sdx_memory_info parts;
    op_rows ops;
} figures;

/* ---- measure.c ---- */

double clock_ms(void);
/* A run into the n_out values of the one before, or NULLs.  Tensors are filled again; sequences,
 * optionals and maps cannot be, and are made anew.  o may be NULL. */
sdx_status bench_run(sdx_session *s, sdx_value *const *in, sdx_value **out, size_t n_out,
                     const sdx_run_options *o, sdx_error *err);
/* Fills what runs give.  false: a run failed, and err says why. */
bool bench_runs(const bench *b, sdx_session *s, sdx_value *const *in, size_t n_out, figures *f,
                sdx_error *err);
double bench_percentile(const figures *f, double p);

/* ---- memory.c ---- */

/* Resident memory of this process.  memory_forget_peak: of what comes from now on. */
double memory_now_mb(void);
double memory_peak_mb(void);
void memory_forget_peak(void);
/* Of mapped files: of the one named, and of all others, which are programs and libraries. */
void memory_mapped_mb(const char *path, double *file, double *code);

/* ---- ops.c ---- */

/* Profiles some runs.  m: the model with all dims bound, for multiply-adds and sizes. */
bool bench_ops(const bench *b, const sdx_model *m, sdx_session *s, sdx_value *const *in,
               size_t n_out, figures *f, sdx_error *err);
/* Floating-point operations of a run, two a multiply-add; below 0: not known. */
double bench_flops(const sdx_model *m);

/* ---- print.c ---- */

void bench_print(bench *b, const figures *f);
void bench_print_error(bench *b, const figures *f, const char *why);

/* ---- against.c ---- */

against *against_open(const cli *c, const char *path); /* NULL: said why */
void against_free(against *a);
/* What the same model took then: the median of runs, or loading; below 0: nothing is known. */
double against_ms(const against *a, const figures *f);

#endif
