/* graph/schema.c - reads a schema row: the mini-language of runtime/opkit/README.md.
 *
 * Rows are written by people, so a wrong one says where it is wrong; parsing is done once a row and
 * model. */
#include "graph/schema.h"

#include "base/error.h"
#include "base/text.h"
#include "graph/graph.h"
#include <string.h>

typedef struct piece { /* of a row's text: not ended by a zero */
    const char *text;
    size_t length;
} piece;

typedef struct parser {
    sdx_arena *arena;
    sdx_error *err;
    sdx_row *row;
    sdx_variable *var;
    sdx_status status;
} parser;

static bool wrong(parser *p, const char *what, piece at)
{
    if (p->status == SDX_OK)
        p->status = sdx_error_set(p->err, SDX_E_USAGE, "schema of opset %d: %s: '%.*s'",
                                  p->row->since, what, (int)at.length, at.text);
    return false;
}

static bool no_memory(parser *p)
{
    p->status = sdx_error_memory(p->err, 0);
    return false;
}

/* The next word of a text; length 0 at its end. */
static piece word(const char **at, const char *spaces)
{
    *at += strspn(*at, spaces);
    piece w = { *at, strcspn(*at, spaces) };
    *at += w.length;
    return w;
}

static size_t count_words(const char *text)
{
    size_t n = 0;
    while (word(&text, " ").length)
        n++;
    return n;
}

static bool is(piece w, const char *text)
{
    return w.length == strlen(text) && memcmp(w.text, text, w.length) == 0;
}

/* ---- types ---- */

#define BIT(name) (UINT32_C(1) << SDX_##name)
#define FLOATS    (BIT(F16) | BIT(F32) | BIT(F64))
#define INTS      (BIT(I8) | BIT(I16) | BIT(I32) | BIT(I64))
#define UINTS     (BIT(U8) | BIT(U16) | BIT(U32) | BIT(U64))
#define ALL1      (FLOATS | INTS | UINTS | BIT(BOOL) | BIT(STR) | BIT(C64) | BIT(C128))
#define ALL4      (ALL1 | BIT(BF16))
#define ALL9      (ALL4 | BIT(F8E4M3FN) | BIT(F8E4M3FNUZ) | BIT(F8E5M2) | BIT(F8E5M2FNUZ))
#define ALL10     (ALL9 | BIT(I4) | BIT(U4))
#define ALL11     (ALL10 | BIT(F4E2M1))
#define ALL12     (ALL11 | BIT(F8E8M0))
#define ALL13     (ALL12 | BIT(I2) | BIT(U2))

static const struct {
    const char *name;
    uint32_t bits;
} group[] = {
    { "float", FLOATS }, { "int", INTS },
    { "uint", UINTS },   { "numeric", FLOATS | INTS | UINTS },
    { "all", ALL1 },     { "all4", ALL4 },
    { "all9", ALL9 },    { "all10", ALL10 },
    { "all11", ALL11 },  { "all12", ALL12 },
    { "all13", ALL13 },
};

/* Element types that a word means; 0: none. */
static uint32_t dtype_bits(piece w)
{
    for (size_t i = 0; i < sizeof group / sizeof *group; i++)
        if (is(w, group[i].name))
            return group[i].bits;
    for (int d = 1; d < SDX_DTYPE_END; d++)
        if (is(w, sdx_dtype_name((sdx_dtype)d)))
            return UINT32_C(1) << d;
    return 0;
}

/* What stands within "name( … )". */
static bool within(piece w, const char *name, piece *inner)
{
    size_t n = strlen(name);
    if (w.length < n + 3 || memcmp(w.text, name, n) != 0 || w.text[n] != '(' ||
        w.text[w.length - 1] != ')')
        return false;
    *inner = (piece){ w.text + n + 1, w.length - n - 2 };
    return true;
}

/* Adds the types that a word means to a set; false: it means none. */
static bool add_types(sdx_type_set *set, piece w)
{
    piece in, in2;
    uint32_t *bits = &set->tensor;
    if (within(w, "opt", &in)) {
        bits = &set->optional;
        if (within(in, "seq", &in2)) {
            bits = &set->optional_sequence;
            in = in2;
        }
    } else if (within(w, "seq", &in)) {
        if (within(in, "map", &in2))
            return set->sequences_of_maps = true;
        bits = &set->sequence;
    } else if (within(w, "sparse", &in)) {
        bits = &set->sparse;
    } else if (within(w, "map", &in)) {
        return set->maps = true;
    } else {
        in = w;
    }
    uint32_t found = dtype_bits(in);
    *bits |= found;
    return found != 0;
}

/* "T: float bf16; I: i32 i64" */
static bool parse_variables(parser *p, const char *text)
{
    size_t n = *text ? 1 : 0;
    for (const char *c = text; *c; c++)
        n += *c == ';';
    p->var = sdx_arena_array(p->arena, n, sizeof *p->var);
    if (!p->var)
        return no_memory(p);
    for (const char *at = text; *at;) {
        piece w = word(&at, " ;");
        if (!w.length)
            break;
        if (w.text[w.length - 1] != ':' || w.length < 2)
            return wrong(p, "a type variable is written 'T:'", w);
        sdx_variable *v = &p->var[p->row->n_var++];
        v->name = sdx_arena_strndup(p->arena, w.text, w.length - 1);
        if (!v->name)
            return no_memory(p);
        while (*at && *at != ';') {
            w = (piece){ at + strspn(at, " "), 0 };
            w.length = strcspn(w.text, " ;");
            at = w.text + w.length;
            if (w.length && !add_types(&v->set, w))
                return wrong(p, "no type", w);
        }
    }
    p->row->var = p->var;
    return true;
}

/* ---- parameters ---- "X:T", "B?:T", "xs+:V*" */

static bool parse_formal(parser *p, piece w, sdx_formal *f)
{
    const char *colon = memchr(w.text, ':', w.length);
    if (!colon || colon == w.text)
        return wrong(p, "a parameter is written 'X:T'", w);
    piece name = { w.text, (size_t)(colon - w.text) };
    piece type = { colon + 1, w.length - name.length - 1 };
    switch (name.text[name.length - 1]) {
    case '?':
        f->arity = SDX_MAYBE_ONE;
        break;
    case '+':
        f->arity = SDX_SOME;
        break;
    case '*':
        f->arity = SDX_ANY;
        break;
    default:
        f->arity = SDX_ONE;
        name.length++;
    }
    name.length--;
    if (type.length && type.text[type.length - 1] == '*') {
        f->mixed = true;
        type.length--;
    }
    f->name = sdx_arena_strndup(p->arena, name.text, name.length);
    if (!f->name)
        return no_memory(p);
    if (f->arity == SDX_SOME || f->arity == SDX_ANY) {
        const char **numbered = sdx_arena_array(p->arena, SDX_NUMBERED, sizeof *numbered);
        for (int i = 0; numbered && i < SDX_NUMBERED; i++)
            numbered[i] = sdx_arena_printf(p->arena, "%s[%d]", f->name, i);
        if (p->arena->failed)
            return no_memory(p);
        f->numbered = numbered;
    }
    f->variable = -1;
    for (int i = 0; i < p->row->n_var; i++)
        if (is(type, p->var[i].name)) {
            f->variable = i;
            f->set = &p->var[i].set;
            return true;
        }
    sdx_type_set *own = sdx_arena_alloc(p->arena, sizeof *own);
    if (!own)
        return no_memory(p);
    f->set = own;
    return add_types(own, type) || wrong(p, "neither a type nor a variable", type);
}

static bool parse_signature(parser *p, const char *text)
{
    sdx_formal *formal = sdx_arena_array(p->arena, count_words(text), sizeof *formal);
    if (!formal)
        return no_memory(p);
    bool outputs = false;
    p->row->in = p->row->out = formal;
    for (piece w = word(&text, " "); w.length; w = word(&text, " ")) {
        if (is(w, "->")) {
            outputs = true;
            p->row->out = formal;
        } else if (is(w, "|")) {
            p->row->replaced_by = text + strspn(text, " ");
            break;
        } else {
            if (!parse_formal(p, w, formal++))
                return false;
            ++*(outputs ? &p->row->n_out : &p->row->n_in);
        }
    }
    return outputs || wrong(p, "no '->' in the signature", (piece){ "", 0 });
}

/* ---- attributes ---- "group:int=1", "axis:int!" */

static const struct {
    const char *name;
    sdx_attr_kind kind;
} attr_kind[] = {
    { "int", SDX_ATTR_INT },         { "float", SDX_ATTR_FLOAT }, { "string", SDX_ATTR_STRING },
    { "tensor", SDX_ATTR_TENSOR },   { "graph", SDX_ATTR_GRAPH }, { "sparse", SDX_ATTR_SPARSE },
    { "type", SDX_ATTR_TYPE },       { "ints", SDX_ATTR_INTS },   { "floats", SDX_ATTR_FLOATS },
    { "strings", SDX_ATTR_STRINGS },
};

const char *sdx_attr_kind_name(sdx_attr_kind k)
{
    for (size_t i = 0; i < sizeof attr_kind / sizeof *attr_kind; i++)
        if (attr_kind[i].kind == k)
            return attr_kind[i].name;
    return k == SDX_ATTR_TENSORS ? "tensors" : k == SDX_ATTR_GRAPHS ? "graphs" : "other";
}

static bool parse_one(parser *p, piece w, int64_t *i, float *f, sdx_string *s)
{
    if (i)
        return sdx_parse_i64(w.text, w.length, i) || wrong(p, "no integer", w);
    if (f)
        return sdx_parse_f32(w.text, w.length, f) || wrong(p, "no number", w);
    *s = (sdx_string){ sdx_arena_strndup(p->arena, w.text, w.length), w.length };
    return s->text || no_memory(p);
}

/* "[0,2,3]" */
static bool parse_list(parser *p, piece w, sdx_attr *a)
{
    if (w.length < 2 || w.text[0] != '[' || w.text[w.length - 1] != ']')
        return wrong(p, "a list is written '[1,2]'", w);
    size_t n = w.length > 2 ? 1 : 0;
    for (size_t i = 0; i < w.length; i++)
        n += w.text[i] == ',';
    int64_t *ints = a->kind == SDX_ATTR_INTS ? sdx_arena_array(p->arena, n, sizeof *ints) : NULL;
    float *floats = a->kind == SDX_ATTR_FLOATS ? sdx_arena_array(p->arena, n, sizeof *floats)
                                               : NULL;
    sdx_string *strings = a->kind == SDX_ATTR_STRINGS
                              ? sdx_arena_array(p->arena, n, sizeof *strings)
                              : NULL;
    if (!ints && !floats && !strings)
        return no_memory(p);
    const char *at = w.text + 1;
    for (size_t i = 0; i < n; i++) {
        piece item = { at, strcspn(at, ",]") };
        if (!parse_one(p, item, ints ? &ints[i] : NULL, floats ? &floats[i] : NULL,
                       strings ? &strings[i] : NULL))
            return false;
        at += item.length + 1;
    }
    a->ints = ints;
    a->floats = floats;
    a->strings = strings;
    a->count = n;
    return true;
}

static bool parse_attr(parser *p, piece w, sdx_attr_row *row)
{
    const char *colon = memchr(w.text, ':', w.length);
    if (!colon || colon == w.text)
        return wrong(p, "an attribute is written 'axis:int'", w);
    piece name = { w.text, (size_t)(colon - w.text) };
    piece kind = { colon + 1, 0 };
    while (kind.length < w.length - name.length - 1 && sdx_is_letter(kind.text[kind.length]))
        kind.length++;
    piece rest = { kind.text + kind.length, w.length - name.length - 1 - kind.length };
    row->name = sdx_arena_strndup(p->arena, name.text, name.length);
    if (!row->name)
        return no_memory(p);
    for (size_t i = 0; i < sizeof attr_kind / sizeof *attr_kind; i++)
        if (is(kind, attr_kind[i].name)) {
            row->kind = attr_kind[i].name;
            row->kind_number = attr_kind[i].kind;
        }
    if (!row->kind)
        return wrong(p, "no kind of attribute", kind);
    row->required = is(rest, "!");
    row->has_default = rest.length > 0 && rest.text[0] == '=';
    if (rest.length && !row->required && !row->has_default)
        return wrong(p, "neither '!' nor '='", rest);
    if (!row->has_default)
        return true;
    piece text = { rest.text + 1, rest.length - 1 };
    sdx_attr *a = sdx_arena_alloc(p->arena, sizeof *a);
    row->text = sdx_arena_strndup(p->arena, text.text, text.length);
    if (!a || !row->text)
        return no_memory(p);
    a->name = row->name;
    a->kind = row->kind_number;
    row->value = a;
    switch (a->kind) {
    case SDX_ATTR_INT:
        return parse_one(p, text, &a->i, NULL, NULL);
    case SDX_ATTR_FLOAT:
        return parse_one(p, text, NULL, &a->f, NULL);
    case SDX_ATTR_STRING:
        return parse_one(p, text, NULL, NULL, &a->s);
    case SDX_ATTR_INTS:
    case SDX_ATTR_FLOATS:
    case SDX_ATTR_STRINGS:
        return parse_list(p, text, a);
    default:
        return wrong(p, "this kind has no default", w);
    }
}

static bool parse_attrs(parser *p, const char *text)
{
    sdx_attr_row *row = sdx_arena_array(p->arena, count_words(text), sizeof *row);
    if (!row)
        return no_memory(p);
    p->row->attr = row;
    for (piece w = word(&text, " "); w.length; w = word(&text, " "))
        if (!parse_attr(p, w, &row[p->row->n_attr++]))
            return false;
    return true;
}

sdx_status sdx_row_parse(sdx_arena *a, const sdx_schema *rows, int row, sdx_row **out,
                         sdx_error *err)
{
    const char *sig = NULL, *attrs = NULL, *types = NULL;
    for (int r = row; r >= 0; r--) {
        sig = sig ? sig : rows[r].sig;
        attrs = attrs ? attrs : rows[r].attrs;
        types = types ? types : rows[r].types;
    }
    sdx_row *parsed = sdx_arena_alloc(a, sizeof *parsed);
    if (!parsed)
        return sdx_error_memory(err, sizeof *parsed);
    parsed->since = rows[row].since;
    parser p = { a, err, parsed, NULL, SDX_OK };
    if (parse_variables(&p, types ? types : "") && parse_signature(&p, sig ? sig : "") &&
        parse_attrs(&p, attrs ? attrs : ""))
        *out = parsed;
    return p.status;
}
