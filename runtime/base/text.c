/* base/text.c - formatting, escapes, words; numbers are in numbers.c. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char ellipsis[] = "\xe2\x80\xa6"; /* … */
enum { ELLIPSIS = sizeof ellipsis - 1, LONGEST_WORD = 63 };

/* The character at text: its length, *code its number.  0: none that is valid. */
static size_t decode(const char *text, size_t length, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *p = (const unsigned char *)text;
    size_t size = !length       ? 0
                  : p[0] < 0x80 ? 1
                  : p[0] < 0xc0 ? 0
                  : p[0] < 0xe0 ? 2
                  : p[0] < 0xf0 ? 3
                  : p[0] < 0xf8 ? 4
                                : 0;
    if (!size || size > length)
        return 0;
    uint32_t c = size == 1 ? p[0] : p[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[size] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *code = c;
    return size;
}

size_t sdx_utf8_length(const char *text, size_t length)
{
    uint32_t code;
    return decode(text, length, &code);
}

size_t sdx_utf8_cut(const char *text, size_t length, size_t most)
{
    if (length <= most)
        return length;
    /* a character is at most four bytes: go back to where the cut one begins */
    size_t begin = most;
    while (begin && most - begin < 3 && ((unsigned char)text[begin] & 0xc0) == 0x80)
        begin--;
    return begin + sdx_utf8_length(text + begin, length - begin) > most ? begin : most;
}

size_t sdx_vformat(char *to, size_t size, const char *format, va_list args)
{
    int wanted = vsnprintf(to, size, format, args);
    if (wanted < 0) {
        to[0] = 0;
        return 0;
    }
    if ((size_t)wanted < size)
        return (size_t)wanted;
    /* what stands there is size - 1 bytes, perhaps with the beginning of a character at its end */
    size_t room = size - 1, dots = room >= ELLIPSIS ? ELLIPSIS : 0, kept = room - dots;
    if (dots)
        kept = sdx_utf8_cut(to, room, kept);
    else
        while (kept && ((unsigned char)to[kept - 1] & 0x80))
            kept--;
    memcpy(to + kept, ellipsis, dots);
    to[kept + dots] = 0;
    return kept + dots;
}

size_t sdx_format(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t length = sdx_vformat(to, size, format, args);
    va_end(args);
    return length;
}

/* Characters that act on the terminal or on how what follows is shown. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* One character or byte as it is to be shown.  Returns how much of text it was. */
static size_t show(char to[16], size_t *length, const char *text, size_t left)
{
    static const char named[] = "\n\r\t\\", letters[] = "nrt\\";
    uint32_t c;
    size_t size = decode(text, left, &c);
    const char *known = size == 1 && c ? strchr(named, (int)c) : NULL;
    if (known)
        *length = sdx_format(to, 16, "\\%c", letters[known - named]);
    else if (size == 0)
        *length = sdx_format(to, 16, "\\x%02x", (unsigned)(unsigned char)*text);
    else if (is_unsafe(c))
        *length = sdx_format(to, 16, size == 1 ? "\\x%02x" : "\\u%04x", (unsigned)c);
    else
        memcpy(to, text, *length = size);
    return size ? size : 1;
}

size_t sdx_escape(char *to, size_t size, const char *text, size_t length)
{
    size_t at = 0, fits = 0; /* fits: where an ellipsis would still have room */
    for (size_t i = 0; i < length;) {
        char piece[16];
        size_t piece_length;
        i += show(piece, &piece_length, text + i, length - i);
        if (at + piece_length >= size) {
            at = fits;
            if (at + ELLIPSIS < size) {
                memcpy(to + at, ellipsis, ELLIPSIS);
                at += ELLIPSIS;
            }
            break;
        }
        memcpy(to + at, piece, piece_length);
        at += piece_length;
        if (at + ELLIPSIS < size)
            fits = at;
    }
    to[at] = 0;
    return at;
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t sdx_edit_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                         size_t most)
{
    if (a_length > LONGEST_WORD || b_length > LONGEST_WORD)
        return most + 1;
    size_t rows[3][LONGEST_WORD + 1]; /* of the table of beginnings of a by beginnings of b */
    size_t *two_up = rows[0], *up = rows[1], *row = rows[2];
    for (size_t k = 0; k <= b_length; k++)
        row[k] = k;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *free = two_up, best = i;
        two_up = up;
        up = row;
        row = free;
        row[0] = i;
        for (size_t k = 1; k <= b_length; k++) {
            row[k] = least_of(least_of(up[k], row[k - 1]) + 1, up[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = least_of(row[k], two_up[k - 2] + 1);
            best = least_of(best, row[k]);
        }
        if (best > most)
            return most + 1;
    }
    return least_of(row[b_length], most + 1);
}

const char *sdx_nearest_word(const char *text, size_t length,
                             const char *(*word)(const void *arg, size_t i), const void *arg)
{
    const char *best = NULL, *w;
    size_t most = length < 3 ? 1 : least_of(length / 3 + 1, 4);
    for (size_t i = 0; (w = word(arg, i)); i++) {
        size_t w_length = strlen(w);
        size_t distance = sdx_same_word(text, length, w)
                              ? 0
                              : sdx_edit_distance(text, length, w, w_length, most);
        if (distance > most || distance >= w_length)
            continue;
        best = w;
        if (distance == 0)
            break;
        most = distance - 1; /* the next must be nearer */
    }
    return best;
}

bool sdx_same_word(const char *a, size_t a_length, const char *b)
{
    size_t i = 0;
    while (i < a_length && b[i] && sdx_lower(a[i]) == sdx_lower(b[i]))
        i++;
    return i == a_length && !b[i];
}
