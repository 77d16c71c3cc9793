/* tools/lint/jobs.h - work on several threads, whose results are taken in order. */
#ifndef TOOLS_LINT_JOBS_H
#define TOOLS_LINT_JOBS_H
#include <stdbool.h>
#include <stddef.h>

/* Calls work(ctx, i) for i = 0..count-1, on `threads` threads, and done(ctx, i) in order on the
 * caller's, each after its work.  Work is at most a few jobs ahead of done, so what it holds stays
 * bounded.  done returns false to stop. */
typedef struct jobs {
    size_t count;
    int threads;
    void *ctx;
    void (*work)(void *ctx, size_t i);
    bool (*done)(void *ctx, size_t i);
} jobs;

void jobs_run(const jobs *j);
#endif
