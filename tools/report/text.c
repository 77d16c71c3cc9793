/* tools/report/text.c - findings for people.
 *
 *   seed.onnx: node 'conv' (Conv, graph 'g', #0): error: 16 input channels … [SX201
 *   conv-group-channels]
 *       x  float32[64, 16, 32, 32]   graph input
 *       help: group may be 1, 2, 4, 8 or 16; …
 *   seed.onnx: 1 error, 0 warnings (1 node, 0.2 ms) */
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

static void paint(report *r, const char *code)
{
    if (r->color)
        fprintf(r->to, "\033[%sm", code);
}

static void painted(report *r, const char *code, const char *text)
{
    paint(r, code);
    cli_print_escaped(r->to, text);
    paint(r, "0");
}

static const char *color_of(sdx_severity s)
{
    return s == SDX_ERROR ? "1;31" : s == SDX_WARNING ? "1;35" : "1;36";
}

/* A caret under the guilty dim, for people: what reads this from a pipe sees the lines alone. name:
 * columns of names. */
static void print_caret(report *r, const sdx_finding_value *v, size_t name)
{
    size_t at, length;
    if (!r->color || !report_dim(v, &at, &length) || strlen(v->name) > name)
        return;
    fprintf(r->to, "    %*s  %*s", (int)name, "", (int)at, "");
    paint(r, "1;32");
    for (size_t i = 0; i < length; i++)
        fputc('^', r->to);
    paint(r, "0");
    fputc('\n', r->to);
}

static void print_values(report *r, const sdx_finding *f)
{
    size_t name = 0, type = 0;
    for (size_t i = 0; i < f->n_values; i++) {
        size_t n = strlen(f->values[i].name), t = strlen(f->values[i].type);
        name = n > name && n <= 40 ? n : name;
        type = t > type && t <= 40 ? t : type;
    }
    for (size_t i = 0; i < f->n_values; i++) {
        const sdx_finding_value *v = &f->values[i];
        fprintf(r->to, "    ");
        cli_print_escaped(r->to, v->name);
        fprintf(r->to, "%*s  ", (int)(name > strlen(v->name) ? name - strlen(v->name) : 0), "");
        cli_print_escaped(r->to, v->type);
        fprintf(r->to, "%*s   ", (int)(type > strlen(v->type) ? type - strlen(v->type) : 0), "");
        cli_print_escaped(r->to, v->origin);
        fputc('\n', r->to);
        print_caret(r, v, name);
    }
}

static void finding(report *r, const char *file, const sdx_finding *f)
{
    if (r->c->quiet && f->severity != SDX_ERROR)
        return;
    cli_print_escaped(r->to, file);
    fprintf(r->to, ": ");
    report_place(r->to, f);
    painted(r, color_of(f->severity), report_severity(f->severity));
    fprintf(r->to, ": ");
    painted(r, "1", f->message);
    fprintf(r->to, " [%s %s]\n", f->code, f->name);
    print_values(r, f);
    if (f->n_help) {
        fprintf(r->to, "    ");
        painted(r, "32", "help");
        fprintf(r->to, ": ");
        for (size_t i = 0; i < f->n_help; i++) {
            fprintf(r->to, "%s", i ? "; " : "");
            cli_print_escaped(r->to, f->help[i]);
        }
        fputc('\n', r->to);
    }
    if (f->suppressed) {
        fprintf(r->to, "    suppressed by the model: ");
        cli_print_escaped(r->to, f->suppressed);
        fputc('\n', r->to);
    }
    if (f->fix && r->c->verbose) {
        fprintf(r->to, "    fix (%s): ", f->fix_is_safe ? "safe" : "a guess");
        cli_print_escaped(r->to, f->fix);
        fputc('\n', r->to);
    }
}

static void failure(report *r, const char *file, const sdx_error *err)
{
    cli_print_escaped(r->to, file);
    fprintf(r->to, ": ");
    if (err->place[0] && strncmp(err->place, file, strlen(file)) != 0) {
        cli_print_escaped(r->to, err->place);
        fprintf(r->to, ": ");
    }
    painted(r, color_of(SDX_ERROR), "error");
    fprintf(r->to, ": ");
    painted(r, "1", err->fact);
    if (err->rule[0]) {
        fprintf(r->to, " [");
        cli_print_escaped(r->to, err->rule);
        fprintf(r->to, "]");
    }
    fputc('\n', r->to);
    if (err->hint[0]) {
        fprintf(r->to, "    ");
        painted(r, "32", "help");
        fprintf(r->to, ": ");
        cli_print_escaped(r->to, err->hint);
        fputc('\n', r->to);
    }
}

static void done(report *r, const report_file *f)
{
    if (r->c->quiet)
        return;
    cli_print_escaped(r->to, f->name);
    fprintf(r->to, ": %zu error%s, %zu warning%s", f->errors, f->errors == 1 ? "" : "s",
            f->warnings, f->warnings == 1 ? "" : "s");
    if (f->notes)
        fprintf(r->to, ", %zu note%s", f->notes, f->notes == 1 ? "" : "s");
    if (f->hidden)
        fprintf(r->to, ", of which %zu %s not shown", f->hidden, f->hidden == 1 ? "is" : "are");
    if (f->left_out)
        fprintf(r->to, ", %zu suppressed by the model", f->left_out);
    if (f->known)
        fprintf(r->to, ", %zu more in the baseline", f->known);
    fprintf(r->to, " (%zu node%s, %.1f ms)\n", f->nodes, f->nodes == 1 ? "" : "s", f->ms);
}

bool report_text(report *r)
{
    r->wants_suppressed = r->c->verbose > 0;
    r->finding = finding;
    r->failure = failure;
    r->done = done;
    return true;
}
