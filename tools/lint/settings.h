/* tools/lint/settings.h - what is asked of models and which findings are told: the settings that
 * stand on the command line or in a configuration file, under the same names. */
#ifndef TOOLS_LINT_SETTINGS_H
#define TOOLS_LINT_SETTINGS_H
#include "cli.h"

/* "RULES=LEVEL", "GLOB=RULES": both sides, in the order of their coming. */
typedef struct setting_pairs {
    size_t n;
    struct setting_pair {
        char *left, *right;
    } * of;
} setting_pairs;

typedef struct settings {
    char *select, *ignore, *baseline; /* NULL: not said */
    char *fail_on;
    int64_t max_findings, opset, ir; /* 0: not said */
    int runtime, no_suppress;        /* 1: yes, -1: no, 0: not said */
    setting_pairs severity, ignore_in;
    cli_dims dims;
    char *folder; /* which paths in ignore_in and baseline are of; NULL: as they are given */
} settings;

/* The setting of this name; NULL: there is none.  Its value is text, a pair, or yes and no. */
typedef struct setting setting;
const setting *setting_find(const char *name);
void setting_names(FILE *to); /* of all: "select, ignore, … and ir" */
bool setting_is_pair(const setting *s);
/* value NULL, for what is yes or no: yes.  false: why says what is wrong with it. */
bool settings_set(settings *all, const setting *s, const char *value, char *why, size_t why_size);
void settings_free(settings *s);

/* ---- what they come to; the command line's first, then those of a file, either of which may be
 * empty ---- */

enum { SETTINGS_NEVER = SDX_ERROR + 1, SETTINGS_OFF = -1 };
/* The least severity that makes the exit status 1. */
int settings_fail_on(const settings *line, const settings *file);
/* How severe a finding is; SETTINGS_OFF: it is not told. */
int settings_severity(const settings *line, const settings *file, const sdx_finding *f);
/* The rules that are ignored in a model of this path: to be freed; NULL: no memory. */
char *settings_ignored(const settings *line, const settings *file, const char *path);
/* Adds those dims of a file that this model has, and that the command line does not give. */
bool settings_add_dims(cli_dims *to, const settings *file, const sdx_model *m);
#endif
