/* graph/text_scan.c - see text_scan.h. */
#include "graph/text_scan.h"
#include "base/error.h"
#include "base/text.h"

bool sdx_scan_fail(sdx_scanner *s, size_t at, const char *fmt, ...)
{
    if (s->status != SDX_OK)
        return false;
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at && i < s->length; i++)
        if (s->text[i] == '\n') {
            line++;
            start = i + 1;
        }
    char words[256], near[48];
    va_list args;
    va_start(args, fmt);
    sdx_vformat(words, sizeof words, fmt, args);
    va_end(args);
    size_t left = at < s->length ? s->length - at : 0;
    sdx_escape(near, sizeof near, left ? s->text + at : "", left < 24 ? left : 24);
    s->status = SDX_E_FORMAT;
    sdx_error_set(s->err, SDX_E_FORMAT, "line %zu, column %zu: %s, found %s%s%s", line,
                  at - start + 1, words, left ? "'" : "the end", near, left ? "'" : "");
    return false;
}

bool sdx_scan_memory(sdx_scanner *s)
{
    if (s->status == SDX_OK)
        s->status = sdx_error_memory(s->err, 0);
    return false;
}

bool sdx_scan_deeper(sdx_scanner *s)
{
    if (s->status != SDX_OK)
        return false;
    if (s->depth < s->max_depth) {
        s->depth++;
        return true;
    }
    s->status = sdx_error_set(s->err, SDX_E_LIMIT, "the text nests deeper than %u",
                              (unsigned)s->max_depth);
    return false;
}

char sdx_scan_peek(sdx_scanner *s)
{
    while (s->at < s->length) {
        char c = s->text[s->at];
        if (c == '#') {
            while (s->at < s->length && s->text[s->at] != '\n')
                s->at++;
        } else if (sdx_is_space(c)) {
            s->at++;
        } else {
            return s->status == SDX_OK ? c : 0;
        }
    }
    return 0;
}

bool sdx_scan_take(sdx_scanner *s, const char *mark)
{
    size_t n = strlen(mark);
    if (!sdx_scan_peek(s) || s->length - s->at < n || memcmp(s->text + s->at, mark, n) != 0)
        return false;
    s->at += n;
    return true;
}

bool sdx_scan_expect(sdx_scanner *s, const char *mark)
{
    return sdx_scan_take(s, mark) || sdx_scan_fail(s, s->at, "expected '%s'", mark);
}

static bool begins_word(char c)
{
    return sdx_is_letter(c) || c == '_';
}

static bool continues_word(char c)
{
    return begins_word(c) || sdx_is_digit(c);
}

static size_t word_length(sdx_scanner *s)
{
    size_t n = 0;
    if (!begins_word(sdx_scan_peek(s)))
        return 0;
    while (s->at + n < s->length && continues_word(s->text[s->at + n]))
        n++;
    return n;
}

bool sdx_scan_word_is(sdx_scanner *s, const char *word)
{
    size_t n = word_length(s);
    return n == strlen(word) && n && memcmp(s->text + s->at, word, n) == 0;
}

static const char *pooled(sdx_scanner *s, const char *text, size_t length)
{
    const char *name = sdx_names_add(s->into->program->names, text, length);
    if (!name)
        sdx_scan_memory(s);
    return name;
}

const char *sdx_scan_name(sdx_scanner *s)
{
    char c = sdx_scan_peek(s);
    if (c == '"') {
        sdx_string text;
        size_t at = s->at;
        if (!sdx_scan_string(s, &text))
            return NULL;
        if (memchr(text.text, 0, text.length)) {
            sdx_scan_fail(s, at, "expected a name without zero bytes");
            return NULL;
        }
        return pooled(s, text.text, text.length);
    }
    size_t n = word_length(s);
    if (!n)
        return NULL;
    s->at += n;
    return pooled(s, s->text + s->at - n, n);
}

const char *sdx_scan_need_name(sdx_scanner *s, const char *what)
{
    const char *name = sdx_scan_name(s);
    if (!name)
        sdx_scan_fail(s, s->at, "expected %s", what);
    return name;
}

const char *sdx_scan_value_name(sdx_scanner *s)
{
    if (sdx_scan_peek(s) == '"')
        return sdx_scan_name(s);
    size_t n = word_length(s), end = s->at + n;
    if (!n)
        return NULL;
    while (end < s->length) {
        size_t next = end + 1;
        if (s->text[end] == '.' && next < s->length && begins_word(s->text[next])) {
            while (next < s->length && continues_word(s->text[next]))
                next++;
        } else if (s->text[end] == '[' && next < s->length && sdx_is_digit(s->text[next])) {
            while (next < s->length && sdx_is_digit(s->text[next]))
                next++;
            if (next == s->length || s->text[next++] != ']')
                break;
        } else {
            break;
        }
        end = next;
    }
    const char *text = s->text + s->at;
    n = end - s->at;
    s->at = end;
    return pooled(s, text, n);
}

bool sdx_scan_string(sdx_scanner *s, sdx_string *out)
{
    size_t begin = s->at + 1, n = 0;
    if (sdx_scan_peek(s) != '"')
        return sdx_scan_fail(s, s->at, "expected a string in quotes");
    begin = s->at + 1;
    size_t end = begin;
    while (end < s->length && s->text[end] != '"')
        end += s->text[end] == '\\' ? 2 : 1;
    if (end >= s->length)
        return sdx_scan_fail(s, s->at, "the string has no end");
    char *text = sdx_arena_alloc(s->into->arena, end - begin + 1);
    if (!text)
        return sdx_scan_memory(s);
    for (size_t i = begin; i < end; i++) {
        i += s->text[i] == '\\';
        text[n++] = s->text[i];
    }
    *out = (sdx_string){ text, n };
    s->at = end + 1;
    return true;
}

bool sdx_scan_number(sdx_scanner *s, const char **text, size_t *length, bool *real)
{
    char c = sdx_scan_peek(s);
    size_t at = s->at;
    if (!c)
        return false;
    at += c == '-' || c == '+';
    size_t digits = at;
    *real = false;
    if (at < s->length && sdx_is_letter(s->text[at])) {
        static const char *const word[] = { "infinity", "inf", "nan" };
        size_t n = 0;
        while (at + n < s->length && continues_word(s->text[at + n]))
            n++;
        for (size_t i = 0; i < 3; i++)
            if (sdx_same_word(s->text + at, n, word[i])) {
                *text = s->text + s->at;
                *length = at + n - s->at;
                *real = true;
                s->at = at + n;
                return true;
            }
        return false;
    }
    while (at < s->length && (sdx_is_digit(s->text[at]) || s->text[at] == '.' ||
                              s->text[at] == 'e' || s->text[at] == 'E' ||
                              ((s->text[at] == '-' || s->text[at] == '+') && at > digits &&
                               (s->text[at - 1] == 'e' || s->text[at - 1] == 'E')))) {
        *real |= !sdx_is_digit(s->text[at]);
        at++;
    }
    if (at == digits || !(sdx_is_digit(s->text[digits]) || s->text[digits] == '.'))
        return false;
    *text = s->text + s->at;
    *length = at - s->at;
    s->at = at;
    return true;
}

bool sdx_scan_int(sdx_scanner *s, int64_t *out)
{
    const char *text;
    size_t length, at = (sdx_scan_peek(s), s->at);
    bool real;
    if (!sdx_scan_number(s, &text, &length, &real) || real || !sdx_parse_i64(text, length, out))
        return sdx_scan_fail(s, at, "expected an integer");
    return true;
}

/* ---- element types ---- */

const char *sdx_text_dtype(sdx_dtype d)
{
    return d == SDX_F32         ? "float"
           : d == SDX_F64       ? "double"
           : d == SDX_UNDEFINED ? "undefined"
                                : sdx_dtype_onnx_name(d);
}

sdx_dtype sdx_text_dtype_find(const char *name, size_t length)
{
    for (int d = SDX_UNDEFINED + 1; d < SDX_DTYPE_END; d++) {
        const char *known = sdx_text_dtype((sdx_dtype)d);
        if (strlen(known) == length && memcmp(known, name, length) == 0)
            return (sdx_dtype)d;
    }
    return SDX_UNDEFINED;
}

sdx_dtype sdx_scan_dtype(sdx_scanner *s, bool *found)
{
    size_t n = word_length(s);
    sdx_dtype d = n ? sdx_text_dtype_find(s->text + s->at, n) : SDX_UNDEFINED;
    *found = d != SDX_UNDEFINED || sdx_scan_word_is(s, "undefined");
    s->at += *found ? n : 0;
    return d;
}

/* ---- lists ---- */

void *sdx_list_add(sdx_scanner *s, sdx_list *l)
{
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 4;
        void *more = sdx_arena_grow(s->into->arena, l->item, l->n, room, l->size);
        if (!more) {
            sdx_scan_memory(s);
            return NULL;
        }
        l->item = more;
        l->room = room;
    }
    return (char *)l->item + l->n++ * l->size;
}
