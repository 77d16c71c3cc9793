/* tools/bench/measure.c - runs: one after the other or at a rate, by one caller or several. */
#include "bench/bench.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LEAST_RUNS = 3, BATCHES = 5, BATCH_RUNS = 2, BATCH_MS = 100 };

double clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Of all threads of the process. */
static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void sleep_ms(double ms)
{
    struct timespec t = { (time_t)(ms / 1e3), (long)(fmod(ms, 1e3) * 1e6) };
    nanosleep(&t, NULL);
}

sdx_status bench_run(sdx_session *s, sdx_value *const *in, sdx_value **out, size_t n_out,
                     const sdx_run_options *o, sdx_error *err)
{
    for (size_t i = 0; i < n_out; i++)
        if (out[i] && sdx_value_kind(out[i]) != SDX_TENSOR) {
            sdx_value_free(out[i]);
            out[i] = NULL;
        }
    return sdx_session_run(s, (const sdx_value *const *)in, out, o, err);
}

/* ---- a caller ---- */

typedef struct caller {
    const bench *b;
    sdx_session *s;
    sdx_value *const *in;
    sdx_value **out;
    size_t n_out;
    double end;         /* ms; when to stop */
    int64_t most;       /* runs; when to stop */
    progress *progress; /* of the first caller, where runs are counted */
    double *ms;
    size_t n, room;
    double between_ms; /* processor time outside the calls */
    sdx_status st;
    sdx_error err;
} caller;

static bool run_once(caller *c)
{
    c->st = bench_run(c->s, c->in, c->out, c->n_out, NULL, &c->err);
    return c->st == SDX_OK;
}

static bool note(caller *c, double ms)
{
    if (c->n == c->room) {
        size_t room = c->room ? 2 * c->room : 1024;
        double *more = realloc(c->ms, room * sizeof *more);
        if (!more) {
            c->st = SDX_E_MEMORY;
            return false;
        }
        c->ms = more;
        c->room = room;
    }
    c->ms[c->n++] = ms;
    return true;
}

static bool goes_on(const caller *c)
{
    if (c->most)
        return (int64_t)c->n < c->most;
    return c->n < MOST_RUNS && (clock_ms() < c->end || c->n < LEAST_RUNS);
}

static void *call(void *arg)
{
    caller *c = arg;
    double every = c->b->rate > 0 ? 1e3 / c->b->rate : 0, due = clock_ms(), cpu = cpu_ms();
    while (goes_on(c)) {
        if (every > 0 && due > clock_ms())
            sleep_ms(due - clock_ms());
        due += every;
        if (every > 0)
            c->between_ms += cpu_ms() - cpu;
        double begin = clock_ms();
        if (!run_once(c) || !note(c, clock_ms() - begin))
            break;
        if (every > 0)
            cpu = cpu_ms();
        progress_at(c->progress, (double)c->n, NULL);
    }
    if (every > 0 && c->st == SDX_OK) {
        if (due > clock_ms())
            sleep_ms(due - clock_ms()); /* the last run has its pause as the others */
        c->between_ms += cpu_ms() - cpu;
    }
    return NULL;
}

static void warm_up(const bench *b, caller *c)
{
    double end = clock_ms() + b->warm_seconds * 1e3;
    for (int64_t i = 0; c->st == SDX_OK && (b->warm_runs ? i < b->warm_runs : clock_ms() < end);
         i++)
        run_once(c);
}

/* Processor time of a run, one after the other: the best of some batches, since whatever else goes
 * on in the machine only adds. */
static double work_of(caller *c)
{
    double best = 0;
    for (int batch = 0; batch < BATCHES && c->st == SDX_OK; batch++) {
        double begin = clock_ms(), cpu = cpu_ms();
        int n = 0;
        while (c->st == SDX_OK && (n < BATCH_RUNS || clock_ms() - begin < BATCH_MS)) {
            run_once(c);
            n++;
        }
        double each = (cpu_ms() - cpu) / n;
        best = batch == 0 || each < best ? each : best;
    }
    return best;
}

/* ---- all callers ---- */

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The times of all callers together. */
static bool gather(figures *f, const caller *all, int n)
{
    size_t total = 0;
    for (int i = 0; i < n; i++)
        total += all[i].n;
    f->ms = malloc((total + 1) * sizeof *f->ms);
    f->n = 0;
    for (int i = 0; f->ms && i < n; i++) {
        if (all[i].n)
            memcpy(f->ms + f->n, all[i].ms, all[i].n * sizeof *f->ms);
        f->n += all[i].n;
    }
    if (f->ms && f->n)
        qsort(f->ms, f->n, sizeof *f->ms, by_number);
    return f->ms != NULL;
}

static const caller *failed(const caller *all, int n)
{
    for (int i = 0; i < n; i++)
        if (all[i].st != SDX_OK)
            return &all[i];
    return NULL;
}

/* The first caller is this thread. */
static void call_all(const bench *b, caller *all, int n, figures *f)
{
    pthread_t thread[MOST_CALLERS];
    double begin = clock_ms(), cpu = cpu_ms();
    int started = 1;
    for (int i = 0; i < n; i++) {
        all[i].end = begin + b->seconds * 1e3;
        all[i].most = b->runs;
    }
    for (; started < n; started++)
        if (pthread_create(&thread[started], NULL, call, &all[started]) != 0) {
            all[started].st = SDX_E_MEMORY;
            break;
        }
    call(&all[0]);
    for (int i = 1; i < started; i++)
        pthread_join(thread[i], NULL);
    cpu = cpu_ms() - cpu;
    double passed = clock_ms() - begin;
    size_t runs = 0;
    for (int i = 0; i < n; i++)
        runs += all[i].n;
    f->seconds = passed / 1e3;
    f->cpu_percent = 100 * cpu / passed;
    f->paced.percent = f->cpu_percent;
    f->paced.work_percent = 100 * f->paced.work_ms * (double)runs / passed;
    f->paced.between_percent = n == 1 ? 100 * all[0].between_ms / passed : -1;
    f->paced.run_ms = runs ? (cpu - (n == 1 ? all[0].between_ms : 0)) / (double)runs : 0;
}

static void begin_progress(const bench *b, const figures *f, caller *first)
{
    char what[320];
    snprintf(what, sizeof what, "%s, %d thread%s", f->model, f->threads,
             f->threads == 1 ? "" : "s");
    if (b->runs)
        progress_begin(b->progress, what, "runs", (double)b->runs);
    else
        progress_begin_time(b->progress, what, b->seconds);
    first->progress = b->runs ? b->progress : NULL;
}

static bool measure(const bench *b, caller *all, figures *f, sdx_error *err)
{
    double begin = clock_ms();
    run_once(&all[0]);
    f->first_ms = clock_ms() - begin;
    warm_up(b, &all[0]);
    if (b->rate > 0)
        f->paced.work_ms = work_of(&all[0]);
    begin_progress(b, f, &all[0]);
    if (all[0].st == SDX_OK)
        call_all(b, all, f->streams, f);
    progress_end(b->progress);
    const caller *wrong = failed(all, f->streams);
    if (wrong || !gather(f, all, f->streams)) {
        *err = wrong ? wrong->err : (sdx_error){ .status = SDX_E_MEMORY };
        if (!err->fact[0])
            snprintf(err->fact, sizeof err->fact, "no memory, or no more threads");
        return false;
    }
    if (b->idle > 0) {
        double cpu = cpu_ms();
        sleep_ms(b->idle * 1e3);
        f->idle_percent = (cpu_ms() - cpu) / b->idle / 10;
    }
    return f->ran = true;
}

bool bench_runs(const bench *b, sdx_session *s, sdx_value *const *in, size_t n_out, figures *f,
                sdx_error *err)
{
    caller *all = calloc((size_t)f->streams, sizeof *all);
    bool good = all != NULL;
    for (int i = 0; good && i < f->streams; i++) {
        all[i] = (caller){ .b = b, .s = s, .in = in, .n_out = n_out };
        all[i].out = calloc(n_out + 1, sizeof(sdx_value *));
        good = all[i].out != NULL;
    }
    if (good)
        good = measure(b, all, f, err);
    else
        *err = (sdx_error){ .status = SDX_E_MEMORY, .fact = "no memory" };
    for (int i = 0; all && i < f->streams; i++) {
        for (size_t k = 0; all[i].out && k < n_out; k++)
            sdx_value_free(all[i].out[k]);
        free(all[i].out);
        free(all[i].ms);
    }
    free(all);
    return good;
}

double bench_percentile(const figures *f, double p)
{
    size_t i = f->n ? (size_t)(p / 100 * (double)(f->n - 1) + 0.5) : 0;
    return f->n ? f->ms[i] : 0;
}
