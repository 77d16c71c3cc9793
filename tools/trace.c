/* tools/trace.c - the time of each step of runs, as trace events. */
#include "trace.h"

#include "io/json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct trace {
    const cli *c;
    const char *path;
    FILE *to;
    size_t n_events;
    int run;
};

trace *trace_open(const cli *c, const char *path)
{
    trace *t = calloc(1, sizeof *t);
    FILE *to = t ? fopen(path, "w") : NULL;
    if (!to) {
        cli_say(c, "%s: %s", path, strerror(errno));
        free(t);
        return NULL;
    }
    *t = (trace){ .c = c, .path = path, .to = to };
    fputs("{\"traceEvents\": [\n", to);
    return t;
}

static void begin_event(trace *t)
{
    if (t->n_events++ > 0)
        fputs(",\n", t->to);
}

static void put_string(trace *t, const char *text)
{
    json_print_string(t->to, text, strlen(text));
}

static void see_step(void *ctx, const sdx_step_info *s)
{
    trace *t = ctx;
    begin_event(t);
    fputs("{\"name\": ", t->to);
    put_string(t, s->node[0] ? s->node : s->op);
    fputs(", \"cat\": ", t->to);
    put_string(t, s->op);
    fprintf(t->to, ", \"ph\": \"X\", \"pid\": 1, \"tid\": %d, \"ts\": %.3f, \"dur\": %.3f", t->run,
            (double)s->begin_ns / 1e3, (double)(s->end_ns - s->begin_ns) / 1e3);
    fputs(", \"args\": {\"kernel\": ", t->to);
    put_string(t, s->what);
    fputs("}}", t->to);
}

void trace_attach(trace *t, sdx_run_options *o, const char *run)
{
    if (!t)
        return;
    t->run++;
    begin_event(t);
    fprintf(t->to, "{\"name\": \"thread_name\", \"ph\": \"M\", \"pid\": 1, \"tid\": %d, ", t->run);
    fputs("\"args\": {\"name\": ", t->to);
    put_string(t, run);
    fputs("}}", t->to);
    o->profile = see_step;
    o->profile_ctx = t;
}

bool trace_close(trace *t)
{
    if (!t)
        return true;
    fputs("\n]}\n", t->to);
    bool good = !ferror(t->to);
    good = fclose(t->to) == 0 && good;
    if (!good)
        cli_say(t->c, "%s: %s", t->path, strerror(errno));
    free(t);
    return good;
}
