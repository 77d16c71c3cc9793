/* tools/report/text.c - findings for people.
 *
 *   seed.onnx: node 'conv' (Conv, graph 'g', #0): error: 16 input channels … [SX201 …]
 *       x  float32[64, 16, 32, 32]   graph input
 *                      ^^
 *       help: group may be 1, 2, 4, 8 or 16; …
 *   seed.onnx: 1 error, 0 warnings (1 node, 0.2 ms) */
#include "glyph.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

enum {
    NARROWEST = 40, /* terminals are taken to have so many columns */
    FAR = 40,       /* what is longer than this is lined up with nothing */
    INDENT = 4
};

/* A line that is being put together: its text, and where which colour begins. */
typedef struct line {
    FILE *to;
    char *text;
    size_t size, n_marks;
    struct {
        size_t at;
        const char *color;
    } mark[8];
} line;

static bool line_begin(line *l)
{
    *l = (line){ 0 };
    return (l->to = open_memstream(&l->text, &l->size)) != NULL;
}

/* What is written from here on has this colour. */
static void paint(line *l, const char *color)
{
    fflush(l->to);
    l->mark[l->n_marks].at = l->size;
    l->mark[l->n_marks++].color = color;
}

static void painted(line *l, const char *color, const char *text)
{
    paint(l, color);
    cli_print_escaped(l->to, text);
    paint(l, "0");
}

static void print_colored(report *r, const line *l, size_t at, size_t end)
{
    for (size_t i = 0; i < l->n_marks; i++) {
        size_t mark = l->mark[i].at;
        if (!r->color || mark < at || mark > end)
            continue;
        fwrite(l->text + at, 1, mark - at, r->to);
        fprintf(r->to, "\033[%sm", l->mark[i].color);
        at = mark;
    }
    fwrite(l->text + at, 1, end - at, r->to);
}

/* Prints the line, on a terminal broken between words; what goes on is indented by `hang`. */
static void line_end(report *r, line *l, size_t hang)
{
    r->failed |= fclose(l->to) != 0;
    size_t width = r->columns > NARROWEST ? r->columns : NARROWEST, indent = 0;
    for (size_t at = 0; l->text && l->text[at]; indent = hang) {
        size_t n = r->columns ? glyph_line(l->text + at, width - indent) : strlen(l->text + at);
        fprintf(r->to, "%*s", (int)indent, "");
        print_colored(r, l, at, at + n);
        fputc('\n', r->to);
        at += n;
        at += strspn(l->text + at, " ");
    }
    free(l->text);
}

static const char *color_of(sdx_severity s)
{
    return s == SDX_ERROR ? "1;31" : s == SDX_WARNING ? "1;35" : "1;36";
}

/* A value of a finding in three columns, of which names and types are lined up. */
typedef struct row {
    char *name, *type, *origin;
    size_t name_columns, type_columns;
    size_t caret, carets; /* below the guilty dim: columns before it in the type, and of it */
} row;

static bool row_of(report *r, const sdx_finding_value *v, row *x)
{
    size_t at, length;
    *x = (row){ .name = glyph_escaped(v->name),
                .type = glyph_escaped(v->type),
                .origin = glyph_escaped(v->origin) };
    if (!x->name || !x->type || !x->origin) {
        r->failed = true;
        return false;
    }
    x->name_columns = glyph_columns(x->name, strlen(x->name));
    x->type_columns = glyph_columns(x->type, strlen(x->type));
    /* For people: what reads this from a pipe sees the lines alone. */
    if ((r->color || r->columns) && report_dim(v, &at, &length)) {
        char *front = strndup(v->type, at), *dim = strndup(v->type + at, length);
        char *shown = front ? glyph_escaped(front) : NULL, *low = dim ? glyph_escaped(dim) : NULL;
        x->caret = shown ? glyph_columns(shown, strlen(shown)) : 0;
        x->carets = low ? glyph_columns(low, strlen(low)) : 0;
        free(front);
        free(dim);
        free(shown);
        free(low);
    }
    return true;
}

static void free_row(row *x)
{
    free(x->name);
    free(x->type);
    free(x->origin);
}

static void blanks(report *r, size_t n)
{
    fprintf(r->to, "%*s", (int)n, "");
}

/* The carets of a type that begins at this column; how far the line has come then. */
static size_t print_carets(report *r, const row *x, size_t column)
{
    if (!x->carets)
        return 0;
    blanks(r, column + x->caret);
    fputs(r->color ? "\033[1;32m" : "", r->to);
    for (size_t i = 0; i < x->carets; i++)
        fputc('^', r->to);
    fputs(r->color ? "\033[0m" : "", r->to);
    return column + x->caret + x->carets;
}

/* names, types: columns of the longest ones.  A name too long for its column stands alone; an
 * origin goes on below itself, on a terminal, beside the carets. */
static void print_row(report *r, const row *x, size_t names, size_t types)
{
    size_t width = r->columns > NARROWEST ? r->columns : NARROWEST, type = INDENT + names + 2;
    blanks(r, INDENT);
    fputs(x->name, r->to);
    if (x->name_columns <= names) {
        blanks(r, names - x->name_columns + 2);
    } else if (r->columns) {
        fputc('\n', r->to);
        blanks(r, type);
    } else {
        blanks(r, 2);
    }
    fputs(x->type, r->to);
    size_t used = x->type_columns > types ? x->type_columns : types, origin = type + used + 3;
    if (r->columns && origin + NARROWEST / 2 > width && origin + strlen(x->origin) > width) {
        fputc('\n', r->to); /* too far to the right to go on there */
        if (print_carets(r, x, type))
            fputc('\n', r->to);
        origin = type;
        blanks(r, origin);
    } else {
        blanks(r, used - x->type_columns + 3);
    }
    bool carets = x->carets && origin != type;
    const char *s = x->origin;
    for (size_t n, i = 0; i == 0 || *s || (carets && i == 1); i++) {
        size_t column = i == 1 && carets ? print_carets(r, x, type) : 0;
        if (i && *s)
            blanks(r, origin - column);
        n = r->columns ? glyph_line(s, width - origin) : strlen(s);
        fprintf(r->to, "%.*s\n", (int)n, s);
        s += n;
        s += strspn(s, " ");
    }
}

static void print_values(report *r, const sdx_finding *f)
{
    size_t names = 0, types = 0, n = 0;
    row *rows = calloc(f->n_values + 1, sizeof *rows);
    r->failed |= !rows;
    for (; rows && n < f->n_values && row_of(r, &f->values[n], &rows[n]); n++) {
        size_t name = rows[n].name_columns, type = rows[n].type_columns;
        names = name > names && name <= FAR ? name : names;
        types = type > types && type <= FAR ? type : types;
    }
    for (size_t i = 0; i < n; i++) {
        print_row(r, &rows[i], names, types);
        free_row(&rows[i]);
    }
    free(rows);
}

/* "    help: …"; color NULL: none. */
static void print_note(report *r, const char *word, const char *color, const char *const *text,
                       size_t n)
{
    line l;
    if (!n || !line_begin(&l)) {
        r->failed |= n != 0;
        return;
    }
    fprintf(l.to, "%*s", INDENT, "");
    if (color)
        painted(&l, color, word);
    else
        fputs(word, l.to);
    fputs(": ", l.to);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? "; " : "", l.to);
        cli_print_escaped(l.to, text[i]);
    }
    line_end(r, &l, INDENT + strlen(word) + 2);
}

static void finding(report *r, const char *file, const sdx_finding *f)
{
    line l;
    if (r->c->quiet && f->severity != SDX_ERROR)
        return;
    if (!line_begin(&l)) {
        r->failed = true;
        return;
    }
    cli_print_escaped(l.to, file);
    fprintf(l.to, ": ");
    report_place(l.to, f);
    painted(&l, color_of(f->severity), report_severity(f->severity));
    fprintf(l.to, ": ");
    painted(&l, "1", f->message);
    fprintf(l.to, " [%s %s]", f->code, f->name);
    line_end(r, &l, INDENT);
    print_values(r, f);
    print_note(r, "help", "32", f->help, f->n_help);
    print_note(r, "suppressed by the model", NULL, &f->suppressed, f->suppressed != NULL);
    print_note(r, f->fix_is_safe ? "fix (safe)" : "fix (a guess)", NULL, &f->fix,
               f->fix && r->c->verbose);
}

static void failure(report *r, const char *file, const sdx_error *err)
{
    const char *hint = err->hint;
    line l;
    if (!line_begin(&l)) {
        r->failed = true;
        return;
    }
    cli_print_escaped(l.to, file);
    fprintf(l.to, ": ");
    if (err->place[0] && strncmp(err->place, file, strlen(file)) != 0) {
        cli_print_escaped(l.to, err->place);
        fprintf(l.to, ": ");
    }
    painted(&l, color_of(SDX_ERROR), "error");
    fprintf(l.to, ": ");
    painted(&l, "1", err->fact);
    if (err->rule[0]) {
        fprintf(l.to, " [");
        cli_print_escaped(l.to, err->rule);
        fprintf(l.to, "]");
    }
    line_end(r, &l, INDENT);
    print_note(r, "help", "32", &hint, hint[0] != 0);
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
