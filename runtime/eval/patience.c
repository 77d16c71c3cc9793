/* eval/patience.c - see patience.h. */
#include "eval/patience.h"

enum { MUCH = 4, LITTLE = 1 << 20, MOST_PATIENCE = 64 };

bool sdx_is_much_more(size_t bytes, size_t wanted)
{
    return bytes / MUCH > wanted && bytes > LITTLE;
}

bool sdx_patience_ends(sdx_patience *p, bool wide)
{
    p->wide = wide ? p->wide + 1 : 0;
    if (p->wide <= p->most)
        return false;
    p->wide = 0;
    p->gave_back = true;
    return true;
}

void sdx_patience_grows(sdx_patience *p)
{
    if (p->gave_back && p->most < MOST_PATIENCE)
        p->most = 2 * p->most + 1;
    p->gave_back = false;
}
