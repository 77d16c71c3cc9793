/* ops/microsoft/bits/bits.c - numbers of 2, 4 and 8 bits in bytes, as com.microsoft packs
 * weights. */
#include "microsoft/bits/bits.h"

/* Shifting right by one more number each and cutting what is above. */
sdx_status microsoft_unpack(sdx_rewrite *c, const char *to, const char *from, int bits)
{
    static const char *const by[] = {
        "{0}", "{0}", "{0, 2, 4, 6}", "", "{0, 4}", "", "", "", "{0}"
    };
    return sdx_body(c, 18,
                    "%s_last = Constant<value_ints = [-1]>(); "
                    "%s_bytes = Unsqueeze(%s, %s_last); %s_by = Constant<value = uint8[%d] %s>(); "
                    "%s_mask = Constant<value = uint8 {%d}>(); "
                    "%s_low = BitShift<direction = \"RIGHT\">(%s_bytes, %s_by); "
                    "%s = BitwiseAnd(%s_low, %s_mask)",
                    to, to, from, to, to, 8 / bits, by[bits], to, (1 << bits) - 1, to, to, to, to,
                    to, to);
}
