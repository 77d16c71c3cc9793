/* tools/cli.h - one option table a tool: parsing, --help, man page and shell completions come from
 * it.
 *
 *     static const cli_option options[] = {
 *         { 0, NULL, NULL, "Which rules" },                          a heading
 *         { OPT_SELECT, "select", "RULES", "only these rules" },     --select=RULES
 *         { 'o', "output", "FILE", "write here" },                   -o FILE, --output=FILE
 *         { OPT_FIX, "fix", "[safe|all]", "…" },                     --fix, --fix=all
 *         { 0 } };
 *
 *     cli c;
 *     cli_start(&c, &tool, argc, argv);
 *     for (int o; (o = cli_next(&c)) != CLI_END;)
 *         switch (o) { case OPT_SELECT: … c.value …; case CLI_STOP: return c.status; }
 *     for (; c.operand < argc; c.operand++) …
 *
 * Every tool has -h --help, -V --version, -q --quiet, -v --verbose, --color, --man, --completion
 * without asking. */
#ifndef TOOLS_CLI_H
#define TOOLS_CLI_H
#include "sardonyx.h"
#include <getopt.h>
#include <stdio.h>

enum {
    EXIT_GOOD = 0,  /* done, and good */
    EXIT_NO = 1,    /* done, and the answer is no */
    EXIT_CANNOT = 2 /* could not do it */
};

enum {
    /* ids of options without a letter begin at CLI_FIRST */
    CLI_END = -1,
    CLI_STOP = -2,
    CLI_FIRST = 256
};

typedef struct cli_option {
    int id; /* a letter, or a number from CLI_FIRST on */
    /* NULL: a heading, with its text in help; and after the last option help is NULL, too */
    const char *name;
    const char *value; /* "FILE"; "[safe|all]": may be left out; NULL: takes none */
    const char *help;
} cli_option;

/* A section of the manual page alone: paragraphs, and lines that begin with blanks as they are. */
typedef struct cli_section {
    const char *title, *text;
} cli_section;

typedef struct cli_tool {
    const char *name;    /* "model-lint" */
    const char *summary; /* "finds what is wrong with ONNX models" */
    const char *usage;   /* "[OPTION]... FILE|DIR|-..." */
    const cli_option *options;
    const char *examples[4];     /* command lines, ended by NULL */
    const char *exit[3];         /* what 0, 1 and 2 mean */
    const cli_section *sections; /* ended by one without a title; NULL: none */
} cli_tool;

typedef struct cli {
    const cli_tool *tool;
    int argc;
    char **argv;
    const char *value; /* of the option just read; NULL: it has none */
    int status;        /* to exit with after CLI_STOP */
    int operand;       /* after CLI_END: the first one in argv */
    bool quiet;
    int verbose;
    enum { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER } color;
    struct option option[128]; /* the table, as getopt_long wants it */
    char letters[384];
} cli;

void cli_start(cli *c, const cli_tool *tool, int argc, char **argv);
int cli_next(cli *c);

/* To stderr: "model-lint: …".  cli_usage adds where help is, and returns EXIT_CANNOT. */
void cli_say(const cli *c, const char *fmt, ...) SDX_PRINTF(2, 3);
int cli_usage(const cli *c, const char *fmt, ...) SDX_PRINTF(2, 3);
/* An error of the library: place, fact, help.  Returns EXIT_CANNOT. */
int cli_fail(const cli *c, const sdx_error *err);

/* Should what goes to this stream be coloured? */
bool cli_colors(const cli *c, FILE *to);
/* How wide is the terminal that this stream goes to?  0: it goes to none.  COLUMNS wins. */
size_t cli_columns(FILE *to);

/* Numbers as options have them; false: it is none, or out of range. */
bool cli_number(const char *text, int64_t least, int64_t most, int64_t *out);
bool cli_real(const char *text, double *out);
/* "64k", "1.5G", "1000": bytes. */
bool cli_size(const char *text, uint64_t *out);

/* Text of a model on a terminal: control characters become \x1b and so on.  Writes to the
 * stream. */
void cli_print_escaped(FILE *to, const char *text);

/* `-d N=4` and `--shape=NAME=1,3,H,W`, collected.  The model must be opened once (no_infer is
 * enough, and sees what the
 * file declares) to know which symbols a shape gives a number: cli_dims_of_shapes adds those. */
typedef struct cli_dims {
    size_t n, n_shapes;
    sdx_dim_binding *dim;
    char **shape;
} cli_dims;
bool cli_add_dim(const cli *c, cli_dims *d, const char *text);   /* "N=4"; says what is wrong */
bool cli_add_shape(const cli *c, cli_dims *d, const char *text); /* "x=1,3,224,224" */
bool cli_read_dim(cli_dims *d, const char *text);                /* the same, saying nothing */
bool cli_read_shape(cli_dims *d, const char *text);
bool cli_dims_of_shapes(const cli *c, cli_dims *d, const sdx_model *m);
/* For several models: what one's shapes add is that one's.  false: no memory. */
bool cli_copy_dims(cli_dims *to, const cli_dims *from);
void cli_free_dims(cli_dims *d);

/* Lines of a file ('-': stdin), for --files-from; NULL: said why.  free() the result and each
 * line. */
char **cli_lines(const cli *c, const char *path, size_t *count);
#endif
