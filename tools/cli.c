/* tools/cli.c - options of a tool, from its table. */
#include "cli.h"

#include "pages.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { OPT_COLOR = 1000, OPT_MAN, OPT_COMPLETION, MOST_OPTIONS = 128 /* as cli.h has room for */ };

static const cli_option common[] = {
    { 0, NULL, NULL, "Messages" },
    { 'q', "quiet", NULL, "errors only" },
    { 'v', "verbose", NULL, "more; again for still more" },
    { OPT_COLOR, "color", "WHEN", "auto, always or never" },
    { 'h', "help", NULL, "this page" },
    { 'V', "version", NULL, "the version" },
    { OPT_COMPLETION, "completion", "SHELL", "completions for bash, zsh or fish" },
    { OPT_MAN, "man", NULL, "the manual page, as troff" },
    { 0, NULL, NULL, NULL },
};

static bool is_last(const cli_option *o)
{
    return !o->name && !o->help;
}

/* Row i of the tool's table and then of the common one; NULL past the end. */
const cli_option *cli_row(const cli_tool *t, size_t i)
{
    size_t n = 0;
    while (!is_last(&t->options[n]))
        n++;
    if (i < n)
        return &t->options[i];
    return is_last(&common[i - n]) ? NULL : &common[i - n];
}

/* ---- parsing ---- */

void cli_start(cli *c, const cli_tool *tool, int argc, char **argv)
{
    *c = (cli){ .tool = tool, .argc = argc, .argv = argv };
    const cli_option *o;
    char *letter = c->letters;
    int n = 0;
    for (size_t i = 0; (o = cli_row(tool, i)) && n < MOST_OPTIONS - 1; i++) {
        if (!o->name)
            continue;
        int takes = !o->value            ? no_argument
                    : o->value[0] == '[' ? optional_argument
                                         : required_argument;
        c->option[n++] = (struct option){ o->name, takes, NULL, o->id };
        if (o->id < CLI_FIRST) {
            *letter++ = (char)o->id;
            for (int k = 0; k < takes; k++)
                *letter++ = ':';
        }
    }
    optind = 0;
}

static int stop(cli *c, int status)
{
    c->status = status;
    return CLI_STOP;
}

static int stop_usage(cli *c)
{
    fprintf(stderr, "Try '%s --help'.\n", c->tool->name);
    return stop(c, EXIT_CANNOT);
}

static bool set_color(cli *c)
{
    static const char *const when[] = { "auto", "always", "never" };
    for (int i = 0; i < 3; i++)
        if (strcmp(c->value, when[i]) == 0) {
            c->color = i == 0 ? CLI_COLOR_AUTO : i == 1 ? CLI_COLOR_ALWAYS : CLI_COLOR_NEVER;
            return true;
        }
    return false;
}

int cli_next(cli *c)
{
    for (;;) {
        int o = getopt_long(c->argc, c->argv, c->letters, c->option, NULL);
        c->value = optarg;
        switch (o) {
        case -1:
            c->operand = optind;
            return CLI_END;
        case '?':
            return stop_usage(c);
        case 'q':
            c->quiet = true;
            break;
        case 'v':
            c->verbose++;
            break;
        case 'h':
            page_help(c->tool);
            return stop(c, EXIT_GOOD);
        case 'V':
            printf("%s (sardonyx) %s\n", c->tool->name, sdx_version());
            return stop(c, EXIT_GOOD);
        case OPT_MAN:
            page_man(c->tool);
            return stop(c, EXIT_GOOD);
        case OPT_COLOR:
            if (!set_color(c)) {
                cli_say(c, "--color takes auto, always or never, not '%s'", c->value);
                return stop_usage(c);
            }
            break;
        case OPT_COMPLETION:
            if (!page_completion(c->tool, c->value)) {
                cli_say(c, "--completion takes bash, zsh or fish, not '%s'", c->value);
                return stop_usage(c);
            }
            return stop(c, EXIT_GOOD);
        default:
            return o;
        }
    }
}

/* ---- messages ---- */

static void say(const cli *c, const char *fmt, va_list args)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", c->tool->name);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
}

void cli_say(const cli *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(c, fmt, args);
    va_end(args);
}

int cli_usage(const cli *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(c, fmt, args);
    va_end(args);
    fprintf(stderr, "Try '%s --help'.\n", c->tool->name);
    return EXIT_CANNOT;
}

int cli_fail(const cli *c, const sdx_error *err)
{
    char text[1600];
    sdx_error_text(err, text, sizeof text);
    fflush(stdout);
    fprintf(stderr, "%s: ", c->tool->name);
    cli_print_escaped(stderr, text);
    fputc('\n', stderr);
    return EXIT_CANNOT;
}

bool cli_colors(const cli *c, FILE *to)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    if (c->color != CLI_COLOR_AUTO)
        return c->color == CLI_COLOR_ALWAYS;
    return isatty(fileno(to)) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

size_t cli_columns(FILE *to)
{
    const char *columns = getenv("COLUMNS");
    struct winsize w;
    int64_t n;
    if (!isatty(fileno(to)))
        return 0;
    if (columns && cli_number(columns, 1, INT16_MAX, &n))
        return (size_t)n;
    return ioctl(fileno(to), TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80;
}

/* ---- numbers ---- */

bool cli_number(const char *text, int64_t least, int64_t most, int64_t *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (end == text || *end || errno || v < least || v > most)
        return false;
    *out = v;
    return true;
}

/* Digits, a point, an exponent: in no locale, and exact for what people type. */
bool cli_real(const char *text, double *out)
{
    const char *s = text;
    double v = 0;
    int scale = 0, digits = 0;
    bool minus = *s == '-';
    s += *s == '-' || *s == '+';
    for (; *s >= '0' && *s <= '9'; s++, digits++)
        v = v * 10 + (*s - '0');
    if (*s == '.')
        for (s++; *s >= '0' && *s <= '9'; s++, digits++, scale--)
            v = v * 10 + (*s - '0');
    if (!digits)
        return false;
    if (*s == 'e' || *s == 'E') {
        int64_t e;
        if (!cli_number(s + 1, -400, 400, &e))
            return false;
        scale += (int)e;
        s += strlen(s);
    }
    if (*s)
        return false;
    v = scale < 0 ? v / pow(10, -scale) : v * pow(10, scale);
    *out = minus ? -v : v;
    return true;
}

bool cli_size(const char *text, uint64_t *out)
{
    static const char units[] = "kMGT";
    char number[32];
    size_t n = strlen(text);
    double v, scale = 1;
    const char *unit = n ? strchr(units, text[n - 1] == 'K' ? 'k' : text[n - 1]) : NULL;
    if (unit && *unit) {
        n--;
        for (const char *u = units; u <= unit; u++)
            scale *= 1024;
    }
    if (!n || n >= sizeof number)
        return false;
    memcpy(number, text, n);
    number[n] = 0;
    if (!cli_real(number, &v) || v < 0 || v * scale > 9e18)
        return false;
    *out = (uint64_t)(v * scale);
    return true;
}

/* ---- dims ---- */

static bool add_dim(cli_dims *d, const char *symbol, size_t length, int64_t value)
{
    for (size_t i = 0; i < d->n; i++)
        if (strlen(d->dim[i].symbol) == length && memcmp(d->dim[i].symbol, symbol, length) == 0 &&
            d->dim[i].value == value)
            return true;
    sdx_dim_binding *more = realloc(d->dim, (d->n + 1) * sizeof *more);
    if (!more)
        return false;
    d->dim = more;
    char *copy = strndup(symbol, length);
    if (!copy)
        return false;
    d->dim[d->n++] = (sdx_dim_binding){ copy, value };
    return true;
}

bool cli_read_dim(cli_dims *d, const char *text)
{
    const char *equals = strrchr(text, '=');
    int64_t value;
    return equals && equals != text && cli_number(equals + 1, 0, INT64_MAX, &value) &&
           add_dim(d, text, (size_t)(equals - text), value);
}

bool cli_add_dim(const cli *c, cli_dims *d, const char *text)
{
    bool good = cli_read_dim(d, text);
    if (!good)
        cli_usage(c, "a dim is given as SYMBOL=NUMBER, not '%s'", text);
    return good;
}

bool cli_read_shape(cli_dims *d, const char *text)
{
    const char *equals = strrchr(text, '=');
    char **more = equals && equals != text ? realloc(d->shape, (d->n_shapes + 1) * sizeof *more)
                                           : NULL;
    if (!more)
        return false;
    d->shape = more;
    d->shape[d->n_shapes] = strdup(text);
    return d->shape[d->n_shapes] && ++d->n_shapes;
}

bool cli_add_shape(const cli *c, cli_dims *d, const char *text)
{
    bool good = cli_read_shape(d, text);
    if (!good)
        cli_usage(c, "a shape is given as NAME=1,3,224,224, not '%s'", text);
    return good;
}

static bool find_input(const sdx_model *m, const char *name, size_t length, sdx_value_info *out)
{
    for (size_t i = 0; sdx_model_input(m, i, out) == SDX_OK; i++)
        if (strlen(out->name) == length && memcmp(out->name, name, length) == 0)
            return true;
    return false;
}

static bool bind_shape(const cli *c, cli_dims *d, const sdx_model *m, const char *text)
{
    const char *equals = strrchr(text, '='), *at = equals + 1;
    sdx_value_info in;
    int axis = 0;
    if (!find_input(m, text, (size_t)(equals - text), &in)) {
        cli_say(c, "--shape=%s: the model has no such input", text);
        return false;
    }
    for (;; axis++) {
        char word[64];
        size_t n = strcspn(at, ",");
        int64_t value;
        if (n >= sizeof word) {
            cli_say(c, "--shape=%s: a dim is a number or a symbol", text);
            return false;
        }
        memcpy(word, at, n);
        word[n] = 0;
        bool number = cli_number(word, 0, INT64_MAX, &value);
        if (axis >= in.rank && in.rank >= 0) {
            cli_say(c, "--shape=%s: '%s' has %d dims", text, in.name, in.rank);
            return false;
        }
        if (number && in.rank >= 0 && in.dims[axis] >= 0 && in.dims[axis] != value) {
            cli_say(c, "--shape=%s: dim %d of '%s' is %" PRId64, text, axis, in.name,
                    in.dims[axis]);
            return false;
        }
        if (number && in.rank >= 0 && in.dims[axis] < 0) {
            /* A dim without a name is called by its place. */
            char place[512];
            snprintf(place, sizeof place, "%s.shape[%d]", in.name, axis);
            const char *symbol = in.symbols && in.symbols[axis] ? in.symbols[axis] : place;
            if (!add_dim(d, symbol, strlen(symbol), value))
                return false;
        }
        if (!at[n])
            break;
        at += n + 1;
    }
    if (in.rank >= 0 && axis + 1 != in.rank) {
        cli_say(c, "--shape=%s: '%s' has %d dims", text, in.name, in.rank);
        return false;
    }
    return true;
}

bool cli_dims_of_shapes(const cli *c, cli_dims *d, const sdx_model *m)
{
    for (size_t i = 0; i < d->n_shapes; i++)
        if (!bind_shape(c, d, m, d->shape[i]))
            return false;
    return true;
}

bool cli_copy_dims(cli_dims *to, const cli_dims *from)
{
    *to = (cli_dims){ 0 };
    for (size_t i = 0; i < from->n; i++)
        if (!add_dim(to, from->dim[i].symbol, strlen(from->dim[i].symbol), from->dim[i].value))
            return false;
    to->shape = calloc(from->n_shapes + 1, sizeof *to->shape);
    for (size_t i = 0; to->shape && i < from->n_shapes; i++, to->n_shapes++)
        if (!(to->shape[i] = strdup(from->shape[i])))
            return false;
    return to->shape != NULL;
}

void cli_free_dims(cli_dims *d)
{
    for (size_t i = 0; i < d->n; i++)
        free((char *)(uintptr_t)d->dim[i].symbol);
    for (size_t i = 0; i < d->n_shapes; i++)
        free(d->shape[i]);
    free(d->dim);
    free(d->shape);
    *d = (cli_dims){ 0 };
}

/* ---- lists of files ---- */

char **cli_lines(const cli *c, const char *path, size_t *count)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char **lines = NULL, *line = NULL;
    size_t n = 0, room = 0;
    ssize_t length;
    if (!f) {
        cli_say(c, "%s: %s", path, strerror(errno));
        return NULL;
    }
    lines = malloc(sizeof *lines);
    while (lines && (length = getline(&line, &room, f)) >= 0) {
        if (length && line[length - 1] == '\n')
            line[--length] = 0;
        if (!length)
            continue;
        char **more = realloc(lines, (n + 2) * sizeof *more);
        if (!more)
            break;
        lines = more;
        lines[n] = strdup(line);
        if (!lines[n])
            break;
        n++;
    }
    free(line);
    if (f != stdin)
        fclose(f);
    *count = n;
    return lines;
}
