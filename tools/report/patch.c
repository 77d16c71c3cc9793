/* tools/report/patch.c - what turns one file into another that differs in few places. */
#include "report/patch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    FARTHEST = 512, /* bytes that one part removes and adds, together */
    CERTAIN = 32    /* bytes that have to agree behind a part */
};

/* Do both go on alike, as far as that is looked at? */
static bool agree(const char *old, size_t n_old, const char *now, size_t n_now)
{
    size_t n = n_old < n_now ? n_old : n_now;
    if (n < CERTAIN && n_old != n_now)
        return false;
    return memcmp(old, now, n < CERTAIN ? n : CERTAIN) == 0;
}

/* The least change after which both agree. */
static bool make_part(patch_part *p, const char *old, size_t n_old, const char *now, size_t n_now)
{
    for (size_t both = 1; both <= FARTHEST; both++)
        for (size_t added = 0; added <= both; added++) {
            size_t removed = both - added;
            if (removed <= n_old && added <= n_now &&
                agree(old + removed, n_old - removed, now + added, n_now - added)) {
                *p = (patch_part){ 0, removed, added, now };
                return true;
            }
        }
    return false;
}

/* All that is left, up to where both end alike. */
static void make_rest(patch_part *p, const char *old, size_t n_old, const char *now, size_t n_now)
{
    while (n_old && n_now && old[n_old - 1] == now[n_now - 1])
        n_old--, n_now--;
    *p = (patch_part){ 0, n_old, n_now, now };
}

void patch_make(patch *p, const char *old, size_t n_old, const char *now, size_t n_now)
{
    size_t a = 0, b = 0;
    p->n = 0;
    for (;;) {
        while (a < n_old && b < n_now && old[a] == now[b])
            a++, b++;
        if (a == n_old && b == n_now)
            return;
        patch_part *part = &p->part[p->n];
        if (p->n + 1 == sizeof p->part / sizeof *p->part ||
            !make_part(part, old + a, n_old - a, now + b, n_now - b))
            make_rest(part, old + a, n_old - a, now + b, n_now - b);
        part->at = a;
        a += part->removed;
        b += part->added;
        p->n++;
    }
}

char *patch_base64(const char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc((n + 2) / 3 * 4 + 1), *to = text;
    for (size_t i = 0; text && i < n; i += 3) {
        uint32_t three = 0;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < n ? (unsigned char)bytes[i + k] : 0U);
        for (size_t k = 0; k < 4; k++)
            *to++ = i + k <= n ? digits[three >> (18 - 6 * k) & 63] : '=';
    }
    if (text)
        *to = 0;
    return text;
}
