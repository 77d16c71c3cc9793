/* infer/limits.c - what an operator says of the values that it takes: attributes, constant inputs.
 *
 * The words are explained at sdx_op.limits.  An item is read into a few ranges, which then judge
 * each element; a range whose end is a dim that is not known judges nothing. */
#include "infer/walk.h"

#include "base/text.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MOST_RANGES = 8, MOST_ELEMENTS = 1 << 16, PIECE = 256 };

typedef struct range {
    double least, most;
    bool above, below; /* the end itself is out */
} range;

typedef struct item {
    char mode; /* 0: an error, '?': a warning, '*': an error for one, a warning for some of many */
    const char *name, *words; /* neither is ended by zeros: by ':' and by a blank */
    size_t name_length, words_length;
    int n;
    range of[MOST_RANGES];
    int input, axis; /* whose dim is an end; -1: none */
    bool open;       /* an end is not known */
    const char *end; /* what is an end: "high is 0"; NULL: none */
} item;

/* ---- reading ---- */

static const char *number(sdx_infer *c, double v)
{
    char text[SDX_NUMBER_SIZE];
    sdx_print_f32(text, (float)v);
    if (v == floor(v) && fabs(v) < 1e15)
        return sdx_text(c, "%" PRId64, (int64_t)v);
    return sdx_text(c, "%s", text);
}

static bool is_name(char x)
{
    return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || x == '_';
}

/* The input of this formal name; -1: none. */
static int input_named(const sdx_infer *c, const char *name, size_t length)
{
    for (int i = 0; i < c->def->n_in; i++) {
        const char *x = sdx_in_name(c->node, i);
        if (strlen(x) == length && memcmp(x, name, length) == 0)
            return i;
    }
    return -1;
}

static const sdx_attr *attribute_named(const sdx_infer *c, const char *name, size_t length)
{
    for (int i = 0; i < c->def->n_attr; i++) {
        const char *x = c->def->attr[i].name;
        if (strlen(x) == length && memcmp(x, name, length) == 0)
            return &c->def->attr[i];
    }
    return NULL;
}

/* What an attribute, by default too, or a constant input holds; else `otherwise`. */
static double value_named(sdx_infer *c, const char *text, size_t length, double otherwise)
{
    const char *name = sdx_text(c, "%.*s", (int)length, text);
    const sdx_attr_row *a = sdx_row_attr(c->def->row, name);
    if (a && a->kind_number == SDX_ATTR_INT && (a->has_default || sdx_has_attr(c->node, name)))
        return (double)sdx_attr_int(c->node, name);
    if (a && a->kind_number == SDX_ATTR_FLOAT)
        return sdx_attr_float(c->node, name);
    const sdx_tensor *t = a ? NULL : sdx_in_const(c->node, input_named(c, text, length));
    if (t && sdx_elements(t) == 1)
        sdx_load_f64(&otherwise, t, 0, 1, 1);
    return otherwise;
}

/* An end of a range: nothing, a number, a name, or -X.1, the dim of an input. */
static double read_end(sdx_infer *c, item *t, const char *text, size_t length, double none)
{
    double v = none;
    bool minus = length > 0 && text[0] == '-';
    const char *dot = length ? memchr(text, '.', length) : NULL;
    if (!length || !is_name(text[minus])) {
        sdx_parse_f64(text, length, &v);
        return v;
    }
    if (!dot) {
        v = value_named(c, text, length, none);
        if (isfinite(v))
            t->end = sdx_text(c, "%.*s is %s", (int)length, text, number(c, v));
        return v;
    }
    int input = input_named(c, text + minus, (size_t)(dot - text) - minus), axis = dot[1] - '0';
    sdx_dim d = sdx_in_dim(c->node, input, axis);
    if (!sdx_is_num(d)) {
        t->open = true;
        return none;
    }
    t->input = input;
    t->axis = axis;
    return minus ? -(double)d.n : (double)d.n;
}

/* One alternative: a range, a number, or a name. */
static void read_alternative(sdx_infer *c, item *t, const char *text, size_t length)
{
    range r = { 0 };
    const char *comma = memchr(text, ',', length);
    if (comma) {
        r.above = text[0] == '(';
        r.below = text[length - 1] == ')';
        r.least = read_end(c, t, text + 1, (size_t)(comma - text) - 1, -INFINITY);
        r.most = read_end(c, t, comma + 1, (size_t)(text + length - 1 - comma) - 1, INFINITY);
    } else {
        r.least = r.most = read_end(c, t, text, length, NAN); /* of nothing, no number is in */
    }
    if (t->n < MOST_RANGES && !isnan(r.least))
        t->of[t->n++] = r;
}

static const char *word_end(const char *text, const char *end)
{
    while (text < end && *text != '|')
        text++;
    return text;
}

static void read_ranges(sdx_infer *c, item *t)
{
    const char *end = t->words + t->words_length;
    for (const char *at = t->words; at < end; at = word_end(at, end) + 1)
        read_alternative(c, t, at, (size_t)(word_end(at, end) - at));
}

static bool is_in(const item *t, double v)
{
    for (int i = 0; i < t->n; i++) {
        const range *r = &t->of[i];
        if ((r->above ? v > r->least : v >= r->least) && (r->below ? v < r->most : v <= r->most))
            return true;
    }
    return t->n == 0;
}

/* ---- words ---- */

static const char *show_range(sdx_infer *c, range r, bool whole)
{
    if (whole && r.above && isfinite(r.least))
        r.least += 1, r.above = false;
    if (whole && r.below && isfinite(r.most))
        r.most -= 1, r.below = false;
    if (r.least == r.most)
        return number(c, r.least);
    if (isinf(r.least) && isinf(r.most))
        return "any finite number";
    if (isinf(r.most))
        return r.above ? sdx_text(c, "above %s", number(c, r.least))
                       : sdx_text(c, "%s or more", number(c, r.least));
    if (isinf(r.least))
        return sdx_text(c, r.below ? "below %s" : "%s or less", number(c, r.most));
    return sdx_text(c, "%s%s to %s%s", r.above ? "above " : "", number(c, r.least),
                    r.below ? "below " : "", number(c, r.most));
}

static const char *show_ranges(sdx_infer *c, const item *t, bool whole)
{
    const range *r = t->of;
    if (t->n == 2 && isinf(r[0].least) && isinf(r[1].most) && r[0].most == r[1].least)
        return sdx_text(c, "any number but %s", number(c, r[0].most));
    const char *text = show_range(c, t->of[0], whole);
    for (int i = 1; i < t->n; i++)
        text = sdx_text(c, "%s%s%s", text, i + 1 < t->n ? ", " : " or ",
                        show_range(c, t->of[i], whole));
    return text;
}

/* What was seen of the elements of one list. */
typedef struct seen {
    int64_t bad, count, first;
    double value; /* of the first bad one */
} seen;

static void judge(const item *t, seen *s, double v, int64_t at)
{
    if (!is_in(t, v) && !(t->mode == '?' && isnan(v)) && s->bad++ == 0) {
        s->first = at;
        s->value = v;
    }
}

static void find(sdx_infer *c, sdx_severity severity, const char *rule, const char *fmt, ...)
    SDX_PRINTF(4, 5);
static void find(sdx_infer *c, sdx_severity severity, const char *rule, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_infer_find(c, severity, rule, fmt, args);
    va_end(args);
}

static void report(sdx_infer *c, const item *t, const seen *s, int input, bool whole)
{
    bool scale = t->mode == '*', one = s->count == 1;
    sdx_severity severity = t->mode == '?' || (scale && !one) ? SDX_WARNING : SDX_ERROR;
    const char *rule = scale ? one && s->value == 0 ? "quant-scale-zero" : "quant-scale-positive"
                       : input < 0      ? "attribute-value"
                       : t->mode == '?' ? "value-domain"
                                        : "operand-value";
    const char *name = sdx_text(c, "%.*s", (int)t->name_length, t->name),
               *takes = show_ranges(c, t, whole);
    if (one)
        find(c, severity, rule, "%s is %s; %s takes %s", name, number(c, s->value), c->def->op_type,
             takes);
    else
        find(c, severity, rule,
             "%s[%" PRId64 "] is %s; %s takes %s (%" PRId64 " of %" PRId64 " elements %s outside)",
             name, s->first, number(c, s->value), c->def->op_type, takes, s->bad, s->count,
             s->bad == 1 ? "is" : "are");
    sdx_point(c, input, -1);
    if (t->input >= 0)
        sdx_point(c, t->input, t->axis);
    if (s->value == floor(s->value) && fabs(s->value) < 1e15)
        sdx_number(c, name, (int64_t)s->value);
    bool single = t->n == 1 && t->of[0].least == t->of[0].most;
    const char *end = t->end ? sdx_text(c, " (%s)", t->end) : "";
    sdx_hint(c, single ? "%s has to be %s%s" : "%s may be %s%s", name, takes, end);
    if (scale)
        sdx_hint(c, "measure the range of the tensor again; where it is 0 throughout, use 1");
}

/* ---- attributes and inputs ---- */

/* Words, some of which came with a later row: "constant|wrap@19".  attribute NULL: one of a
 * list. */
static void check_word(sdx_infer *c, const item *t, const char *attribute, sdx_string s)
{
    const char *end = t->words + t->words_length, *all = "", *meant = NULL;
    for (const char *at = t->words; at < end; at = word_end(at, end) + 1) {
        size_t length = (size_t)(word_end(at, end) - at);
        const char *since = memchr(at, '@', length);
        int64_t row = 0;
        if (since) {
            sdx_parse_i64(since + 1, (size_t)(at + length - since) - 1, &row);
            length = (size_t)(since - at);
        }
        if (row > sdx_since(c->node))
            continue;
        if (s.length == length && memcmp(s.text, at, length) == 0)
            return;
        const char *word = sdx_text(c, "%.*s", (int)length, at);
        if (sdx_same_word(s.text, s.length, word))
            meant = word; /* in other letters */
        all = sdx_text(c, "%s%s%.*s", all, *all ? ", " : "", (int)length, at);
    }
    find(c, SDX_ERROR, "attribute-value", "%.*s is '%.*s', which %s of opset %d does not know",
         (int)t->name_length, t->name, (int)(s.length < 60 ? s.length : 60), s.text,
         c->def->op_type, sdx_since(c->node));
    sdx_hint(c, "it may be %s", all);
    if (meant && attribute)
        sdx_fix_text(c, attribute, meant, true);
}

static void check_attribute(sdx_infer *c, item *t, const sdx_attr *a)
{
    seen s = { .count = 1 };
    bool floats = a->kind == SDX_ATTR_FLOAT || a->kind == SDX_ATTR_FLOATS;
    if (a->kind == SDX_ATTR_STRING) {
        check_word(c, t, a->name, a->s);
        return;
    }
    for (size_t i = 0; a->kind == SDX_ATTR_STRINGS && i < a->count && !c->refused; i++)
        check_word(c, t, NULL, a->strings[i]);
    read_ranges(c, t);
    if (a->kind == SDX_ATTR_INT || a->kind == SDX_ATTR_FLOAT)
        judge(t, &s, floats ? (double)a->f : (double)a->i, 0);
    else if (a->kind == SDX_ATTR_INTS || a->kind == SDX_ATTR_FLOATS)
        for (s.count = 0; s.count < (int64_t)a->count; s.count++)
            judge(t, &s, floats ? (double)a->floats[s.count] : (double)a->ints[s.count], s.count);
    if (s.bad && !t->open)
        report(c, t, &s, -1, !floats);
}

static void check_input(sdx_infer *c, item *t, int i)
{
    const sdx_tensor *x = sdx_in_const(c->node, i);
    sdx_class class = x ? sdx_dtype_class(x->dtype) : SDX_STRING;
    double some[PIECE];
    if (class == SDX_STRING || class == SDX_COMPLEX ||
        (t->mode && !c->walk->o->lint && t->mode != '*'))
        return;
    seen s = { .count = sdx_elements(x) };
    if (s.count > MOST_ELEMENTS)
        return;
    read_ranges(c, t);
    for (int64_t at = 0; at < s.count && !t->open; at += PIECE) {
        int64_t k = s.count - at < PIECE ? s.count - at : PIECE;
        sdx_load_f64(some, x, at, 1, k);
        for (int64_t j = 0; j < k; j++)
            judge(t, &s, some[j], at + j);
    }
    if (s.bad)
        report(c, t, &s, i, class != SDX_REAL);
}

/* How many dims an input has: "#1", "#0-1", or "#one" element in all. */
static void check_form(sdx_infer *c, const item *t, int i)
{
    sdx_dims d = sdx_in_dims(c->node, i);
    if (t->words[0] != 'o') {
        sdx_check_rank(c, i, t->words[0] - '0', t->words[t->words_length - 1] - '0');
        return;
    }
    for (int k = 0; k < d.rank; k++) {
        if (sdx_same(c, d.dim[k], sdx_num(1)) != SDX_NO)
            continue;
        find(c, t->mode ? SDX_WARNING : SDX_ERROR, "one-element", "%s is %s; %s takes one element",
             sdx_in_name(c->node, i), sdx_show_dims(c, d), c->def->op_type);
        sdx_point(c, i, -1);
        sdx_hint(c, "give a scalar, or a tensor of one element");
        return;
    }
}

bool sdx_check_limits(sdx_infer *c, const char *limits)
{
    bool before = c->refused;
    c->refused = false;
    for (const char *at = limits; *at; at += *at == ' ') {
        item t = { .input = -1 };
        if (*at == '?' || *at == '*')
            t.mode = *at++;
        t.name = at;
        t.name_length = strcspn(at, ":#");
        bool form = at[t.name_length] == '#';
        t.words = at + t.name_length + 1;
        t.words_length = strcspn(t.words, " ");
        at = t.words + t.words_length;
        const sdx_attr *a = attribute_named(c, t.name, t.name_length);
        int i = a ? -1 : input_named(c, t.name, t.name_length);
        if (a && !form && !c->walk->checked)
            check_attribute(c, &t, a);
        else if (!a && form)
            check_form(c, &t, i);
        else if (!a && !c->walk->o->bodies_may_fail)
            check_input(c, &t, i);
    }
    bool good = !c->refused;
    c->refused |= before;
    return good;
}
