/* lint/suppress.c - findings that the model itself asks to leave out.
 *
 * The metadata property "sardonyx.lint.ignore" holds a line for each kind:
 *
 *     SX450,dead-node: kept for the second head, which is cut off at export
 *     SX7* stem.?: measured, and fast enough
 *
 * Rules as for --select, then a glob over names of nodes where not all are meant, and behind a
 * colon the reason, which has to be there.  Errors stay: the loader refuses what they say. */
#include "lint/lint.h"

#include <string.h>

static const char property[] = "sardonyx.lint.ignore";

static size_t skip_spaces(const char *s, size_t n)
{
    size_t at = 0;
    while (at < n && (s[at] == ' ' || s[at] == '\t' || s[at] == '\r'))
        at++;
    return at;
}

/* Without spaces at both ends. */
static void trim(const char **s, size_t *n)
{
    size_t front = skip_spaces(*s, *n);
    *s += front;
    *n -= front;
    while (*n && skip_spaces(*s + *n - 1, 1))
        --*n;
}

/* false: a line that says nothing, or not what is needed. */
static bool read_line(sdx_arena *a, const char *s, size_t n, sdx_suppression *out)
{
    const char *colon = memchr(s, ':', n);
    size_t left = colon ? (size_t)(colon - s) : n;
    const char *reason = colon ? colon + 1 : "";
    size_t reason_length = colon ? n - left - 1 : 0;
    trim(&s, &left);
    trim(&reason, &reason_length);
    size_t rules = 0;
    while (rules < left && s[rules] != ' ' && s[rules] != '\t')
        rules++;
    const char *node = s + rules;
    size_t node_length = left - rules;
    trim(&node, &node_length);
    *out = (sdx_suppression){ .rules = s,
                              .rules_length = rules,
                              .node = node,
                              .node_length = node_length,
                              .reason = sdx_arena_strndup(a, reason, reason_length) };
    return rules && reason_length;
}

static bool means(const sdx_suppression *s, const sdx_raw_finding *x)
{
    const sdx_rule_page *page = sdx_rule_find(x->rule);
    const char *name = x->node ? x->node->name : x->subject ? x->subject : "";
    return sdx_lint_matches(s->rules, s->rules_length, page ? page->code : "SX000", x->rule) &&
           (!s->node_length || sdx_lint_glob(s->node, s->node_length, name));
}

const char *sdx_suppressed(const sdx_suppressions *all, const sdx_raw_finding *x)
{
    for (size_t i = 0; all && i < all->n && x->severity != SDX_ERROR; i++)
        if (means(&all->of[i], x))
            return all->of[i].reason;
    return NULL;
}

static void speak_of(sdx_findings *f, const char *line, size_t length, const char *what,
                     const char *hint)
{
    int shown = length < 80 ? (int)length : 80;
    sdx_raw_finding *x = sdx_findings_add(f, SDX_WARNING, "suppression-unused", NULL,
                                          "'%.*s' in %s %s", shown, line, property, what);
    if (x)
        x->subject = property;
    sdx_finding_hint(f, x, "%s", hint);
}

/* Warns of a line that left nothing out; last: of the findings that it may be about. */
static void look_at_use(sdx_findings *f, const sdx_suppression *s, const sdx_raw_finding *last)
{
    bool error = false;
    for (const sdx_raw_finding *x = f->first; last && x; x = x == last ? NULL : x->next) {
        if (!means(s, x))
            continue;
        if (x->severity != SDX_ERROR)
            return;
        error = true;
    }
    if (error)
        speak_of(f, s->rules, s->rules_length, "names an error, which cannot be left out",
                 "correct what the error says: such a model cannot be run");
    else
        speak_of(f, s->rules, s->rules_length, "leaves out nothing", "remove the line");
}

static bool read_all(const char *text, sdx_findings *f, sdx_suppressions *out)
{
    size_t lines = 1;
    for (const char *s = text; *s; s++)
        lines += *s == '\n';
    out->of = sdx_arena_array(f->arena, lines, sizeof *out->of);
    if (!out->of)
        return false;
    while (*text) {
        size_t n = strcspn(text, "\n"), length = n;
        const char *line = text;
        trim(&line, &length);
        if (length && read_line(f->arena, line, length, &out->of[out->n]))
            out->n++;
        else if (length)
            speak_of(f, line, length, "has no reason",
                     "write the rules, a colon, and why: \"SX450: kept for a second head\"");
        text += n + (text[n] == '\n');
    }
    return !f->arena->failed;
}

sdx_status sdx_lint_suppress(size_t n, const char *const *key, const char *const *value,
                             sdx_findings *f, sdx_suppressions *out)
{
    *out = (sdx_suppressions){ 0 };
    for (size_t i = 0; i < n; i++) {
        if (strcmp(key[i], property) != 0)
            continue;
        const sdx_raw_finding *last = f->last; /* what is said of lines is not theirs */
        if (!read_all(value[i], f, out))
            return SDX_E_MEMORY;
        for (size_t k = 0; k < out->n; k++)
            look_at_use(f, &out->of[k], last);
        break; /* keys are unique, by the standard */
    }
    return f->failed ? SDX_E_MEMORY : SDX_OK;
}
