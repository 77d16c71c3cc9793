/* tools/glyph.c - characters of texts that come from a model, as a terminal takes them.
 *
 * Widths are those of UAX #11: East Asian characters take two columns, marks that combine none. */
#include "glyph.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct range {
    int32_t first, last;
} range;

static const range unseen[] = { { 0x0, 0x1f },      { 0x7f, 0x9f },     { 0x61c, 0x61c },
                                { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
                                { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff } };
static const range combining[] = { { 0x300, 0x36f },   { 0x483, 0x489 },   { 0x591, 0x5bd },
                                   { 0x610, 0x61a },   { 0x64b, 0x65f },   { 0x1ab0, 0x1aff },
                                   { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
                                   { 0xfe20, 0xfe2f } };
static const range wide[] = { { 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0x33ff },
                              { 0x3400, 0x4dbf },   { 0x4e00, 0x9fff },   { 0xa000, 0xa4cf },
                              { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe4f },
                              { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f },
                              { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd } };

static bool within(const range *r, size_t n, int32_t code)
{
    for (size_t i = 0; i < n; i++)
        if (code >= r[i].first && code <= r[i].last)
            return true;
    return false;
}
#define WITHIN(table, code) within(table, sizeof(table) / sizeof *(table), code)

size_t glyph_read(const char *text, int32_t *code)
{
    static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
    int32_t c = n == 1 ? s[0] : s[0] & (0x7f >> n);
    *code = GLYPH_NONE;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (!n || s[0] > 0xf4 || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 1;
    *code = c;
    return n;
}

bool glyph_prints(int32_t code)
{
    return code != GLYPH_NONE && !WITHIN(unseen, code);
}

void cli_print_escaped(FILE *to, const char *text)
{
    int32_t code;
    for (size_t n; *text; text += n) {
        for (n = 0; text[n] >= ' ' && text[n] <= '~'; n++)
            ;
        if (n > 0) { /* mostly all of it */
            fwrite(text, 1, n, to);
            continue;
        }
        n = glyph_read(text, &code);
        if (glyph_prints(code))
            fwrite(text, 1, n, to);
        else if (code < 0x80)
            fprintf(to,
                    *text == '\n'   ? "\\n"
                    : *text == '\t' ? "\\t"
                                    : "\\x%02x",
                    (unsigned char)*text);
        else
            fprintf(to, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
    }
}

char *glyph_escaped(const char *text)
{
    char *plain = NULL;
    size_t size;
    FILE *to = open_memstream(&plain, &size);
    if (!to)
        return NULL;
    cli_print_escaped(to, text);
    return fclose(to) == 0 ? plain : NULL;
}

size_t glyph_columns(const char *text, size_t n)
{
    size_t columns = 0, bytes;
    int32_t code;
    for (size_t at = 0; at < n && text[at]; at += bytes) {
        bytes = glyph_read(text + at, &code);
        columns += WITHIN(wide, code) ? 2 : !WITHIN(combining, code);
    }
    return columns;
}

/* A word; "[2, 3]" is one. */
static size_t word_length(const char *text)
{
    size_t n = 0;
    while (text[n] && text[n] != ' ') {
        const char *close = text[n] == '[' ? memchr(text + n, ']', strnlen(text + n, 60)) : NULL;
        n = close ? (size_t)(close - text) : n + 1;
    }
    return n;
}

size_t glyph_line(const char *text, size_t columns)
{
    size_t fits = 0, used = 0;
    for (size_t at = 0; text[at]; fits = at) {
        size_t n = strspn(text + at, " ");
        n += word_length(text + at + n);
        used += glyph_columns(text + at, n);
        if (fits && used > columns)
            break;
        at += n;
    }
    return fits;
}
