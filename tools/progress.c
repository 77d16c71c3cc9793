/* tools/progress.c - how far long work has come, on a terminal. */
#include "progress.h"

#include "io/file.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WIDEST = 200, MS_AT_FIRST = 1000, MS_BETWEEN = 250 };

struct progress {
    const char *tool;
    pthread_t thread;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t changed;
    bool ending, working, hidden, drawn, by_time;
    double begin, done, total; /* begin: in seconds, of this work */
    char what[120], unit[24], now[120];
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the line ---- */

static size_t columns(void)
{
    size_t n = cli_columns(stderr);
    return n < 2 ? 79 : (n < WIDEST ? n : WIDEST) - 1;
}

/* "45 s", "12 min" */
static void duration(char *text, size_t size, double s)
{
    if (s < 100)
        snprintf(text, size, "%.0f s", s < 1 ? 1 : s);
    else if (s < 6000)
        snprintf(text, size, "%.0f min", s / 60);
    else
        snprintf(text, size, "%.1f h", s / 3600);
}

static void compose(const progress *p, double now, char *line, size_t size)
{
    double passed = now - p->begin, done = p->by_time ? passed : p->done;
    char left[32];
    duration(left, sizeof left, passed);
    if (p->total <= 0) {
        snprintf(line, size, "%s: %s, %s so far", p->tool, p->what, left);
        return;
    }
    done = done > p->total ? p->total : done;
    if (p->by_time) {
        duration(left, sizeof left, p->total - done);
        snprintf(line, size, "%s: %s: %.0f of %.0f s, about %s left", p->tool, p->what, done,
                 p->total, left);
        return;
    }
    int used = snprintf(line, size, "%s: %s: %.0f of %.0f %s, %.0f left", p->tool, p->what, done,
                        p->total, p->unit, p->total - done);
    if (used < 0 || (size_t)used >= size)
        return;
    if (done > 0)
        duration(left, sizeof left, passed / done * (p->total - done));
    snprintf(line + used, size - (size_t)used, "%s%s%s%s", done > 0 ? ", about " : "",
             done > 0 ? left : "", p->now[0] ? ": " : "", p->now);
}

/* What comes from files may hold anything, and a letter may be of several bytes: both become one
 * column. */
static void tidy(char *line, size_t room)
{
    size_t n = 0;
    for (const unsigned char *s = (const unsigned char *)line; *s && n < room; s++)
        if ((*s & 0xc0) != 0x80)
            line[n++] = *s < 32 || *s > 126 ? '?' : (char)*s;
    line[n] = '\0';
}

static void wipe(progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}

static void draw(progress *p)
{
    char line[WIDEST + 1];
    double now = seconds();
    if (!p->working || p->hidden || now - p->begin < MS_AT_FIRST * 1e-3)
        return;
    compose(p, now, line, sizeof line);
    tidy(line, columns());
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
    p->drawn = true;
}

/* ---- the thread ---- */

static void *tick(void *arg)
{
    progress *p = arg;
    pthread_mutex_lock(&p->lock);
    while (!p->ending) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        t.tv_nsec += MS_BETWEEN * 1000000L;
        t.tv_sec += t.tv_nsec / 1000000000L;
        t.tv_nsec %= 1000000000L;
        if (p->working)
            pthread_cond_timedwait(&p->changed, &p->lock, &t);
        else
            pthread_cond_wait(&p->changed, &p->lock);
        draw(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static bool can_show(const cli *c)
{
    const char *term = getenv("TERM");
    return !c->quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

progress *progress_new(const cli *c)
{
    pthread_condattr_t clock;
    progress *p = can_show(c) ? calloc(1, sizeof *p) : NULL;
    if (!p)
        return NULL;
    p->tool = c->tool->name;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &clock);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&p->thread, NULL, tick, p) == 0)
        return p;
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
    return NULL;
}

void progress_free(progress *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    wipe(p);
    p->ending = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- the work ---- */

static void begin(progress *p, const char *what, const char *unit, double total, bool by_time)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    wipe(p);
    snprintf(p->what, sizeof p->what, "%s", what);
    snprintf(p->unit, sizeof p->unit, "%s", unit);
    p->now[0] = '\0';
    p->begin = seconds();
    p->done = 0;
    p->total = total;
    p->by_time = by_time;
    p->working = true;
    p->hidden = false;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void progress_begin(progress *p, const char *what, const char *unit, double total)
{
    begin(p, what, unit, total, false);
}

void progress_begin_time(progress *p, const char *what, double seconds_asked)
{
    begin(p, what, "s", seconds_asked, true);
}

void progress_at(progress *p, double done, const char *now)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->done = done;
    p->hidden = false;
    snprintf(p->now, sizeof p->now, "%s", now ? now : "");
    pthread_mutex_unlock(&p->lock);
}

void progress_hide(progress *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    wipe(p);
    fflush(stderr);
    p->hidden = true;
    pthread_mutex_unlock(&p->lock);
}

void progress_end(progress *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    wipe(p);
    fflush(stderr);
    p->working = false;
    pthread_mutex_unlock(&p->lock);
}

void progress_name(char *text, size_t size, const char *path)
{
    struct stat info;
    double mb = stat(path, &info) == 0 ? (double)info.st_size / 1e6 : 0;
    if (mb >= 1)
        snprintf(text, size, "%s (%.0f MB)", tool_base_name(path), mb);
    else
        snprintf(text, size, "%s", tool_base_name(path));
}
