/* tools/lint/jobs.c - work on several threads, whose results are taken in order. */
#include "lint/jobs.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { MOST_THREADS = 256, AHEAD = 4 };

typedef struct crew {
    const jobs *j;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next, taken; /* jobs given out; results taken */
    size_t end;         /* jobs past here are not begun */
    bool *ready;
} crew;

static void *worker(void *arg)
{
    crew *c = arg;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        size_t window = c->taken + AHEAD * (size_t)c->j->threads;
        if (c->next >= c->end)
            break;
        if (c->next >= window) {
            pthread_cond_wait(&c->changed, &c->lock);
            continue;
        }
        size_t i = c->next++;
        pthread_mutex_unlock(&c->lock);
        c->j->work(c->j->ctx, i);
        pthread_mutex_lock(&c->lock);
        c->ready[i] = true;
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void take_results(crew *c)
{
    for (size_t i = 0; i < c->j->count; i++) {
        pthread_mutex_lock(&c->lock);
        while (!c->ready[i])
            pthread_cond_wait(&c->changed, &c->lock);
        pthread_mutex_unlock(&c->lock);
        bool more = c->j->done(c->j->ctx, i);
        pthread_mutex_lock(&c->lock);
        c->taken = i + 1;
        if (!more)
            c->end = c->next;
        pthread_cond_broadcast(&c->changed);
        pthread_mutex_unlock(&c->lock);
        if (!more)
            break;
    }
}

static void run_alone(const jobs *j)
{
    for (size_t i = 0; i < j->count; i++) {
        j->work(j->ctx, i);
        if (!j->done(j->ctx, i))
            break;
    }
}

void jobs_run(const jobs *j)
{
    pthread_t thread[MOST_THREADS];
    crew c = { .j = j, .end = j->count };
    int wanted = j->threads < MOST_THREADS ? j->threads : MOST_THREADS, started = 0;
    if ((size_t)wanted > j->count)
        wanted = (int)j->count;
    c.ready = wanted > 1 ? calloc(j->count, sizeof *c.ready) : NULL;
    if (!c.ready) {
        run_alone(j);
        return;
    }
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.changed, NULL);
    while (started < wanted && pthread_create(&thread[started], NULL, worker, &c) == 0)
        started++;
    if (started)
        take_results(&c);
    else
        run_alone(j);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    pthread_cond_destroy(&c.changed);
    pthread_mutex_destroy(&c.lock);
    free(c.ready);
}
