/* lint/select.c - which rules and nodes a list of codes, names and globs means: "SX2*,conv-*". */
#include "lint/lint.h"

#include "base/text.h"
#include <string.h>

bool sdx_lint_glob(const char *pattern, size_t length, const char *text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, back = 0;
    while (text[t]) {
        if (p < length && pattern[p] == '*') {
            star = p++;
            back = t;
        } else if (p < length &&
                   (pattern[p] == '?' || sdx_lower(pattern[p]) == sdx_lower(text[t]))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++back;
        } else {
            return false;
        }
    }
    while (p < length && pattern[p] == '*')
        p++;
    return p == length;
}

bool sdx_lint_matches(const char *list, size_t length, const char *code, const char *name)
{
    size_t at = 0;
    while (at < length) {
        size_t n = 0;
        while (at < length && (list[at] == ',' || list[at] == ' '))
            at++;
        while (at + n < length && list[at + n] != ',' && list[at + n] != ' ')
            n++;
        if (n && (sdx_lint_glob(list + at, n, code) || sdx_lint_glob(list + at, n, name)))
            return true;
        at += n;
    }
    return false;
}
