/* support/probe.c - reads a probe line; see probe.h. */
#include "support/probe.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    probe *p;
    char *why;
    size_t why_size;
} reader;

static bool wrong(reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(reader *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->why, r->why_size, fmt, args);
    va_end(args);
    return false;
}

/* ---- words ---- */

/* Cuts a word off at the next blank outside quotes and brackets.  NULL: no more. */
static char *next_word(char **at)
{
    char *s = *at, *begin;
    int depth = 0;
    bool quoted = false;
    while (*s == ' ' || *s == '\t')
        s++;
    if (*s == 0 || *s == '#')
        return NULL;
    for (begin = s; *s && (quoted || depth > 0 || (*s != ' ' && *s != '\t')); s++) {
        if (*s == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += strchr("[({", *s) ? 1 : strchr("])}", *s) ? -1 : 0;
    }
    if (*s)
        *s++ = 0;
    *at = s;
    return begin;
}

/* Cuts the next item off a comma-separated list.  NULL: no more. */
static char *next_item(char **at)
{
    char *s = *at, *begin = s;
    int depth = 0;
    bool quoted = false;
    if (!s || *s == 0)
        return NULL;
    for (; *s && (quoted || depth > 0 || *s != ','); s++) {
        if (*s == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += strchr("[({", *s) ? 1 : strchr("])}", *s) ? -1 : 0;
    }
    *at = *s ? s + 1 : s;
    *s = 0;
    size_t n = strlen(begin); /* "text" loses its quotes */
    if (n >= 2 && begin[0] == '"' && begin[n - 1] == '"') {
        begin[n - 1] = 0;
        begin++;
    }
    return begin;
}

/* What stands between a bracket and its match, cut out; *at goes behind it.  NULL: another
 * character stands there. */
static char *between(char **at, char open, char close)
{
    char *s = *at, *begin = s + 1;
    int depth = 0;
    bool quoted = false;
    if (*s != open)
        return NULL;
    for (; *s; s++) {
        if (*s == '"')
            quoted = !quoted;
        depth += quoted ? 0 : *s == open ? 1 : *s == close ? -1 : 0;
        if (depth == 0)
            break;
    }
    if (!*s)
        return NULL;
    *s = 0;
    *at = s + 1;
    return begin;
}

/* ---- values ---- */

static bool read_spec(reader *r, char *word, spec *out);

static bool read_parts(reader *r, char *list, spec *out)
{
    char *item;
    out->rank = -1;
    int first = r->p->n_parts;
    while ((item = next_item(&list))) {
        if (r->p->n_parts == PROBE_MOST)
            return wrong(r, "too many parts");
        spec one;
        int mine = r->p->n_parts++; /* parts of parts come behind */
        if (!read_spec(r, item, &one))
            return false;
        r->p->parts[mine] = one;
        out->dtype = one.dtype;
        /* "seq(f32)": the type alone, nothing in it */
        if (one.kind == SDX_TENSOR && one.rank < 0)
            r->p->n_parts = mine;
        else
            out->n_parts++;
    }
    out->part = r->p->parts + first;
    return out->dtype != SDX_UNDEFINED || wrong(r, "what is in a sequence or an optional?");
}

static bool read_dims(reader *r, char *list, spec *out)
{
    char *item;
    while ((item = next_item(&list))) {
        char *end;
        if (out->rank == PROBE_RANK)
            return wrong(r, "more than %d dims", PROBE_RANK);
        out->dims[out->rank++] = strtoll(item, &end, 10);
        if (*end || end == item)
            return wrong(r, "'%s' is no dim", item);
    }
    return true;
}

static bool read_spec(reader *r, char *word, spec *out)
{
    char *list, *at = word + strcspn(word, "[({");
    *out = (spec){ .kind = SDX_TENSOR, .rank = -1 };
    if (strcmp(word, "-") == 0) {
        out->kind = SDX_KIND_UNKNOWN;
        return true;
    }
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)(at - word), word);
    if (strcmp(name, "seq") == 0 || strcmp(name, "opt") == 0 || strcmp(name, "map") == 0) {
        out->kind = name[0] == 's' ? SDX_SEQUENCE : name[0] == 'o' ? SDX_OPTIONAL : SDX_MAP;
        if (!(list = between(&at, '(', ')')))
            return wrong(r, "'%s' without (...)", name);
        return read_parts(r, list, out);
    }
    out->dtype = sdx_dtype_find(name);
    if (out->dtype == SDX_UNDEFINED)
        return wrong(r, "'%s' is no type", name);
    if ((list = between(&at, '[', ']'))) {
        out->rank = 0;
        if (!read_dims(r, list, out))
            return false;
    }
    if ((list = between(&at, '(', ')'))) {
        char *dots = strstr(list, "..");
        if (!dots)
            return wrong(r, "a range is (low..high)");
        *dots = 0;
        out->low = strtod(list, NULL);
        out->high = strtod(dots + 2, NULL);
        out->ranged = true;
    }
    if ((list = between(&at, '{', '}'))) {
        char *item;
        while ((item = next_item(&list))) {
            if (out->n_given == PROBE_VALUES)
                return wrong(r, "more than %d elements", PROBE_VALUES);
            out->given[out->n_given++] = item + strspn(item, " ");
        }
    }
    return *at == 0 || wrong(r, "'%s' behind a value", at);
}

/* ---- the schema row ---- */

static void read_params(const char *from, const char *end, parameter *to, int *n)
{
    while (from < end) {
        parameter *one = &to[*n];
        size_t length = strcspn(from, ":?+* ");
        snprintf(one->name, sizeof one->name, "%.*s", (int)length, from);
        from += length;
        one->count = strchr("?+*", *from) ? *from++ : '1';
        from += *from == ':';
        length = strcspn(from, " ");
        snprintf(one->type, sizeof one->type, "%.*s", (int)length, from);
        if (length > 0 && length < sizeof one->type && one->type[length - 1] == '*') {
            one->type[length - 1] = 0;
            one->each_its_own = true;
        }
        from += length;
        from += strspn(from, " ");
        if (one->name[0])
            ++*n;
        if (*n == PROBE_MOST)
            return;
    }
}

static bool find_row(reader *r)
{
    probe *p = r->p;
    sdx_op_info row;
    for (size_t i = 0; sdx_op_about(i, &row) == SDX_OK; i++)
        if (strcmp(row.name, p->op) == 0 && strcmp(row.domain, p->domain) == 0 &&
            row.since <= p->opset && row.since > p->row.since)
            p->row = row;
    if (!p->row.since)
        return wrong(r, "%s@%d is not implemented", p->op, p->opset);
    const char *arrow = strstr(p->row.signature, "->"), *end = strchr(p->row.signature, '|');
    if (!arrow)
        return wrong(r, "the row of %s has no ->", p->op);
    read_params(p->row.signature, arrow, p->in_param, &p->n_in_params);
    arrow += 2 + strspn(arrow + 2, " ");
    read_params(arrow, end ? end : arrow + strlen(arrow), p->out_param, &p->n_out_params);
    return true;
}

static const parameter *param_at(const parameter *all, int n, int i)
{
    if (i < n)
        return &all[i];
    return n > 0 && strchr("+*", all[n - 1].count) ? &all[n - 1] : NULL;
}

const parameter *probe_in_param(const probe *p, int i)
{
    return param_at(p->in_param, p->n_in_params, i);
}

const parameter *probe_out_param(const probe *p, int i)
{
    return param_at(p->out_param, p->n_out_params, i);
}

static bool in_group(const char *word, size_t length, sdx_dtype d)
{
    sdx_class cls = sdx_dtype_class(d);
    bool real = d == SDX_F16 || d == SDX_F32 || d == SDX_F64;
    if (length == 5 && memcmp(word, "float", 5) == 0)
        return real;
    if (length == 3 && memcmp(word, "int", 3) == 0)
        return cls == SDX_INT && sdx_dtype_bits(d) >= 8;
    if (length == 4 && memcmp(word, "uint", 4) == 0)
        return cls == SDX_UINT && sdx_dtype_bits(d) >= 8;
    if (length == 7 && memcmp(word, "numeric", 7) == 0)
        return real || ((cls == SDX_INT || cls == SDX_UINT) && sdx_dtype_bits(d) >= 8);
    /* the widenings add types that a line can name itself */
    if (length >= 3 && memcmp(word, "all", 3) == 0)
        return d <= SDX_C128;
    const char *name = sdx_dtype_name(d);
    return strlen(name) == length && memcmp(name, word, length) == 0;
}

bool probe_allows(const probe *p, const char *var, sdx_dtype d)
{
    size_t length = strlen(var);
    for (const char *at = p->row.types; at && *at;) {
        at += strspn(at, " ;");
        bool mine = strncmp(at, var, length) == 0 && at[length] == ':';
        const char *end = at + strcspn(at, ";");
        for (const char *word = at + strcspn(at, ":") + 1; mine && word < end;) {
            word += strspn(word, " ");
            size_t n = strcspn(word, " ;");
            if (n > 0 && in_group(word, n, d))
                return true;
            word += n;
        }
        at = end;
    }
    return false;
}

bool probe_is_plain(const spec *s)
{
    return s->kind == SDX_TENSOR && s->n_given == 0;
}

/* ---- the line ---- */

static bool read_setting(probe *p, const char *name, const char *value)
{
    if (strcmp(name, "ulp") == 0)
        p->ulp = strtod(value, NULL);
    else if (strcmp(name, "rtol") == 0)
        p->rtol = strtod(value, NULL);
    else if (strcmp(name, "atol") == 0)
        p->atol = strtod(value, NULL);
    else if (strcmp(name, "error") == 0)
        p->error = value;
    else
        return false;
    return true;
}

static bool read_operator(reader *r, char *word)
{
    probe *p = r->p;
    char *at = strchr(word, '@'), *colon = strchr(word, ':');
    if (!at)
        return wrong(r, "'%s' is not Operator@opset", word);
    *at = 0;
    p->opset = (int)strtol(at + 1, NULL, 10);
    p->domain = "";
    p->op = word;
    if (colon) {
        *colon = 0;
        p->domain = word;
        p->op = colon + 1;
    }
    return find_row(r);
}

static bool read_results(reader *r, char **rest)
{
    probe *p = r->p;
    char *word = next_word(rest);
    if (word && isdigit((unsigned char)word[0])) {
        p->n_out = (int)strtol(word, NULL, 10);
        for (int i = 0; i < p->n_out && i < PROBE_MOST; i++)
            p->out[i] = (spec){ .kind = SDX_TENSOR, .rank = -1 };
        word = next_word(rest);
        return (p->n_out <= PROBE_MOST && !word) ||
               wrong(r, "nothing follows the number of results");
    }
    p->tells_out = true;
    for (; word; word = next_word(rest)) {
        if (p->n_out == PROBE_MOST)
            return wrong(r, "too many results");
        if (!read_spec(r, word, &p->out[p->n_out++]))
            return false;
    }
    return true;
}

static bool read_words(reader *r, char *rest)
{
    probe *p = r->p;
    char *word = next_word(&rest);
    if (!word || !read_operator(r, word))
        return false;
    while ((word = next_word(&rest))) {
        char *equals = word + strcspn(word, "=[({\"");
        if (strcmp(word, "->") == 0)
            return read_results(r, &rest);
        if (strcmp(word, "random") == 0) {
            p->random = true;
        } else if (strcmp(word, "ranked") == 0) {
            p->ranked = true;
        } else if (strcmp(word, "weights") == 0) {
            p->weights = true;
        } else if (*equals == '=') {
            char *value = equals + 1;
            *equals = 0;
            if (value[0] == '"')
                value = next_item(&value);
            if (read_setting(p, word, value))
                continue;
            if (p->n_attr == PROBE_MOST)
                return wrong(r, "too many attributes");
            p->attr[p->n_attr++] = (probe_attr){ word, value };
        } else if (p->n_in == PROBE_MOST || !read_spec(r, word, &p->in[p->n_in++])) {
            return p->n_in < PROBE_MOST ? false : wrong(r, "too many inputs");
        }
    }
    for (int i = 0; i < p->n_out_params; i++) /* all that there are, one of each that may be many */
        p->out[p->n_out++] = (spec){ .kind = SDX_TENSOR, .rank = -1 };
    return true;
}

bool probe_read(probe *p, const char *file, int line, const char *text, char *why, size_t why_size)
{
    reader r = { p, why, why_size };
    *p = (probe){ .file = file, .line = line };
    p->text = strdup(text);
    p->words = strdup(text);
    p->parts = calloc(PROBE_MOST, sizeof *p->parts);
    if (!p->text || !p->words || !p->parts)
        return wrong(&r, "no memory");
    p->text[strcspn(p->text, "\r\n")] = 0;
    p->words[strcspn(p->words, "\r\n")] = 0;
    snprintf(why, why_size, "an empty line");
    return read_words(&r, p->words);
}

void probe_free(probe *p)
{
    free(p->text);
    free(p->words);
    free(p->parts);
}
