/* ops/microsoft/bits/bits.c - bodies of one form for several values; numbers of 2, 4 and 8 bits in
 * bytes, as com.microsoft packs weights. */
#include "microsoft/bits/bits.h"
#include <string.h>

sdx_status microsoft_body(sdx_rewrite *c, int opset, const char *x, const char *body)
{
    char text[2000];
    size_t at = 0, length = strlen(x);
    for (; *body && at + length < sizeof text; body++) {
        if (*body != '$') {
            text[at++] = *body;
            continue;
        }
        memcpy(text + at, x, length);
        at += length;
    }
    if (*body)
        return sdx_cannot(c, "a body is too long");
    return sdx_body(c, opset, "%.*s", (int)at, text);
}

/* Shifting right by one more number each and cutting what is above. */
sdx_status microsoft_unpack(sdx_rewrite *c, const char *to, const char *from, int bits)
{
    static const char *const by[] = {
        "{0}", "{0}", "{0, 2, 4, 6}", "", "{0, 4}", "", "", "", "{0}"
    };
    SDX_TRY(sdx_body(c, 18,
                     "%s_from = Identity(%s); %s_by = Constant<value = uint8[%d] %s>(); "
                     "%s_mask = Constant<value = uint8 {%d}>()",
                     to, from, to, 8 / bits, by[bits], to, (1 << bits) - 1));
    return microsoft_body(c, 18, to,
                          "$_last = Constant<value_ints = [-1]>(); "
                          "$_bytes = Unsqueeze($_from, $_last); "
                          "$_low = BitShift<direction = \"RIGHT\">($_bytes, $_by); "
                          "$ = BitwiseAnd($_low, $_mask)");
}
