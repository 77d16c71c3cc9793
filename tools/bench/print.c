/* tools/bench/print.c - figures as text, as lines of JSON, as CSV. */
#include "bench/bench.h"

#include "io/json.h"
#include <stdlib.h>
#include <string.h>

static double mb(uint64_t bytes)
{
    return (double)bytes / 1048576;
}

static double load_ms(const figures *f)
{
    return f->open_ms + f->compile_ms;
}

static double runs_per_s(const figures *f)
{
    return f->seconds > 0 ? (double)f->n / f->seconds : 0;
}

/* ---- JSON ---- */

static void put_name(FILE *to, const char *key, const char *text)
{
    fprintf(to, ", \"%s\": ", key);
    json_print_string(to, text, strlen(text));
}

static void begin_json(const bench *b, const figures *f)
{
    fputs("{\"schema\": \"sardonyx.model-bench/1\"", b->to);
    put_name(b->to, "model", f->model);
    fprintf(b->to, ", \"threads\": %d, \"streams\": %d", f->threads, f->streams);
}

static void json_ops(const bench *b, const figures *f)
{
    const op_rows *r = &f->ops;
    fputs(", \"ops\": [", b->to);
    for (size_t i = 0; i < r->n && i < (size_t)b->ops; i++) {
        const op_row *o = &r->row[i];
        fputs(i ? ", {\"op\": " : "{\"op\": ", b->to);
        json_print_string(b->to, o->op, strlen(o->op));
        put_name(b->to, "kernel", o->kernel);
        fprintf(b->to, ", \"steps\": %.2f, \"ms\": %.6f, \"share\": %.4f",
                (double)o->count / (double)r->runs, o->ms / (double)r->runs,
                r->ms > 0 ? o->ms / r->ms : 0);
        if (o->macs > 0 && o->ms > 0)
            fprintf(b->to, ", \"flops\": %.0f, \"gflops\": %.3f", 2 * o->macs / (double)r->runs,
                    2 * o->macs / o->ms / 1e6);
        if (o->bytes >= 0)
            fprintf(b->to, ", \"bytes\": %.0f", o->bytes / (double)r->runs);
        fputs("}", b->to);
    }
    fputs("]", b->to);
}

static void json_paced(const bench *b, const figures *f)
{
    const paced *p = &f->paced;
    fprintf(b->to,
            ", \"rate_hz\": %.3f, \"work_percent\": %.3f, \"beyond_percent\": %.3f, "
            "\"run_cpu_ms\": %.4f, \"work_cpu_ms\": %.4f",
            b->rate, p->work_percent, p->percent - p->work_percent, p->run_ms, p->work_ms);
    if (p->between_percent >= 0)
        fprintf(b->to, ", \"between_percent\": %.3f", p->between_percent);
}

static void json_runs(const bench *b, const figures *f)
{
    fprintf(b->to, ", \"first_run_ms\": %.3f, \"median_ms\": %.4f, \"p10_ms\": %.4f, \"runs\": %zu",
            f->first_ms, bench_percentile(f, 50), bench_percentile(f, 10), f->n);
    for (int i = 0; i < b->n_percentiles; i++)
        if (b->percentile[i] < 10 || b->percentile[i] > 10)
            fprintf(b->to, ", \"p%.6g_ms\": %.4f", b->percentile[i],
                    bench_percentile(f, b->percentile[i]));
    fprintf(b->to, ", \"runs_per_s\": %.2f, \"cpu_percent\": %.2f", runs_per_s(f), f->cpu_percent);
    if (b->rate > 0)
        json_paced(b, f);
    if (b->idle > 0)
        fprintf(b->to, ", \"idle_percent\": %.3f", f->idle_percent);
    if (f->flops > 0)
        fprintf(b->to, ", \"flops\": %.0f, \"gflops\": %.3f", f->flops,
                f->flops / bench_percentile(f, 10) / 1e6);
}

static void print_json(const bench *b, const figures *f, double old_ms)
{
    begin_json(b, f);
    put_name(b->to, "isa", f->isa);
    put_name(b->to, "precision", f->precision);
    put_name(b->to, "packing", f->packing);
    fprintf(b->to, ", \"bytes\": %llu, \"load_ms\": %.3f, \"compile_ms\": %.3f",
            (unsigned long long)f->file_bytes, load_ms(f), f->compile_ms);
    if (f->ran)
        json_runs(b, f);
    fprintf(b->to, ", \"base_rss_mb\": %.1f, \"load_rss_mb\": %.1f, \"peak_rss_mb\": %.1f",
            f->base_rss_mb, f->load_rss_mb, f->peak_rss_mb);
    if (f->ran) /* before the first run there is no plan, and no weight is packed */
        fprintf(b->to, ", \"steps\": %zu, \"planned_mb\": %.3f, \"weights_mb\": %.3f",
                f->info.n_steps, mb(f->info.planned_bytes), mb(f->info.weight_bytes));
    if (f->ran)
        fprintf(
            b->to,
            ", \"packed_mb\": %.3f, \"copied_mb\": %.3f, \"graph_mb\": %.3f, \"plans_mb\": %.3f, "
            "\"runs_mb\": %.3f, \"file_rss_mb\": %.1f, \"code_rss_mb\": %.1f",
            mb(f->parts.packed), mb(f->parts.copied), mb(f->parts.model), mb(f->parts.plans),
            mb(f->parts.runs), f->file_rss_mb, f->code_rss_mb);
    fprintf(b->to, ", \"session_mb\": %.3f, \"session_peak_mb\": %.3f", mb(f->info.memory_bytes),
            mb(f->info.peak_bytes));
    if (old_ms > 0)
        fprintf(b->to, ", \"old_ms\": %.4f, \"ratio\": %.4f", old_ms,
                (f->ran ? bench_percentile(f, 50) : load_ms(f)) / old_ms);
    if (b->ops > 0 && f->ran)
        json_ops(b, f);
    fputs("}\n", b->to);
}

/* ---- CSV ---- */

static void csv_text(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void csv_number(FILE *to, bool there, double x)
{
    if (there)
        fprintf(to, ",%.4f", x);
    else
        fputc(',', to);
}

static void print_csv(const bench *b, const figures *f, double old_ms)
{
    if (!b->began) {
        fputs(
            "model,threads,streams,isa,precision,load_ms,first_run_ms,median_ms,p10_ms,runs,peak_rss_mb,"
            "base_rss_mb,load_rss_mb,runs_per_s,cpu_percent,gflops,beyond_percent,idle_percent,"
            "old_ms",
            b->to);
        for (int i = 0; i < b->n_percentiles; i++)
            fprintf(b->to, ",p%.6g", b->percentile[i]);
        fputs("\n", b->to);
    }
    csv_text(b->to, f->model);
    fprintf(b->to, ",%d,%d,%s,%s", f->threads, f->streams, f->isa, f->precision);
    csv_number(b->to, true, load_ms(f));
    csv_number(b->to, f->ran, f->first_ms);
    csv_number(b->to, f->ran, bench_percentile(f, 50));
    csv_number(b->to, f->ran, bench_percentile(f, 10));
    fprintf(b->to, ",%zu", f->n);
    csv_number(b->to, true, f->peak_rss_mb);
    csv_number(b->to, true, f->base_rss_mb);
    csv_number(b->to, true, f->load_rss_mb);
    csv_number(b->to, f->ran, runs_per_s(f));
    csv_number(b->to, f->ran, f->cpu_percent);
    csv_number(b->to, f->ran && f->flops > 0, f->flops / bench_percentile(f, 10) / 1e6);
    csv_number(b->to, f->ran && b->rate > 0, f->paced.percent - f->paced.work_percent);
    csv_number(b->to, f->ran && b->idle > 0, f->idle_percent);
    csv_number(b->to, old_ms > 0, old_ms);
    for (int i = 0; i < b->n_percentiles; i++)
        csv_number(b->to, f->ran, bench_percentile(f, b->percentile[i]));
    fputs("\n", b->to);
}

/* ---- text ---- */

static void text_ops(const bench *b, const figures *f)
{
    const op_rows *r = &f->ops;
    fprintf(b->to, "    %-20s %-24s %7s %10s %6s %8s %10s\n", "operator", "kernel", "steps",
            "ms a run", "%", "GFLOP/s", "MB a run");
    for (size_t i = 0; i < r->n && i < (size_t)b->ops; i++) {
        const op_row *o = &r->row[i];
        fprintf(b->to, "    %-20s %-24s %7.0f %10.4f %6.1f", o->op, o->kernel,
                (double)o->count / (double)r->runs, o->ms / (double)r->runs,
                r->ms > 0 ? 100 * o->ms / r->ms : 0);
        if (o->macs > 0 && o->ms > 0)
            fprintf(b->to, " %8.2f", 2 * o->macs / o->ms / 1e6);
        else
            fprintf(b->to, " %8s", "");
        if (o->bytes >= 0)
            fprintf(b->to, " %10.3f", o->bytes / (double)r->runs / 1e6);
        fputs("\n", b->to);
    }
}

static void text_paced(const bench *b, const figures *f)
{
    const paced *p = &f->paced;
    double beyond = p->percent - p->work_percent;
    fprintf(b->to,
            "\n    %.6g runs a second: %.2f %% of a core, %.2f %% for the runs, %.2f %% beyond",
            b->rate, p->percent, p->work_percent, beyond);
    if (p->between_percent >= 0)
        fprintf(b->to, ": %.2f between runs, %.2f in them", p->between_percent,
                beyond - p->between_percent);
    fprintf(b->to, "\n    a run takes %.3f ms of the processor, one after the other %.3f ms",
            p->run_ms, p->work_ms);
}

static void text_runs(const bench *b, const figures *f)
{
    fprintf(b->to, ", first run %.2f ms\n    %zu runs, ms:", f->first_ms, f->n);
    for (int i = 0; i < b->n_percentiles; i++)
        fprintf(b->to, "  p%.6g %.3f", b->percentile[i], bench_percentile(f, b->percentile[i]));
    fprintf(b->to, "   %.4g a second, processor %.0f %%", runs_per_s(f), f->cpu_percent);
    if (f->flops > 0)
        fprintf(b->to, ", %.2f GFLOP/s", f->flops / bench_percentile(f, 50) / 1e6);
    if (b->rate > 0)
        text_paced(b, f);
    if (b->idle > 0)
        fprintf(b->to, "\n    idle: %.2f %% of a core", f->idle_percent);
}

static void text_memory(const bench *b, const figures *f)
{
    const sdx_memory_info *p = &f->parts;
    if (f->ran)
        fprintf(
            b->to,
            "    %zu steps; MB: weights packed %.2f (%s), copied %.2f; graph %.2f; plans %.2f;\n"
            "    runs %.2f; in memory of the file %.1f, of code %.1f\n",
            f->info.n_steps, mb(p->packed), f->packing, mb(p->copied), mb(p->model), mb(p->plans),
            mb(p->runs), f->file_rss_mb, f->code_rss_mb);
    fprintf(b->to,
            "    session %.2f MB (peak %.2f); process %.1f MB before, %.1f loaded, %.1f peak\n",
            mb(f->info.memory_bytes), mb(f->info.peak_bytes), f->base_rss_mb, f->load_rss_mb,
            f->peak_rss_mb);
}

static void print_text(const bench *b, const figures *f, double old_ms)
{
    double ms = f->ran ? bench_percentile(f, 50) : load_ms(f);
    cli_print_escaped(b->to, f->model);
    fprintf(b->to, ": %d thread%s, %s, %s", f->threads, f->threads == 1 ? "" : "s", f->isa,
            f->precision);
    if (f->streams > 1)
        fprintf(b->to, ", %d callers", f->streams);
    fprintf(b->to, "\n    load %.1f ms + %.1f ms to compile", f->open_ms, f->compile_ms);
    if (f->ran)
        text_runs(b, f);
    fputs("\n", b->to);
    if (old_ms > 0)
        fprintf(b->to, "    %s %.3f ms, was %.3f ms: %+.1f %%\n", f->ran ? "median" : "load", ms,
                old_ms, 100 * (ms / old_ms - 1));
    if (b->memory)
        text_memory(b, f);
    if (b->ops > 0 && f->ran)
        text_ops(b, f);
}

void bench_print(bench *b, const figures *f)
{
    double old_ms = b->old ? against_ms(b->old, f) : -1;
    if (b->form == BENCH_JSON)
        print_json(b, f, old_ms);
    else if (b->form == BENCH_CSV)
        print_csv(b, f, old_ms);
    else
        print_text(b, f, old_ms);
    b->began = true;
    fflush(b->to);
}

void bench_print_error(bench *b, const figures *f, const char *why)
{
    if (b->form != BENCH_JSON)
        return;
    begin_json(b, f);
    put_name(b->to, "error", why);
    fputs("}\n", b->to);
}
