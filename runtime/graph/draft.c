/* graph/draft.c - what both readers of models need to make a draft. */
#include "graph/draft.h"

bool sdx_draft_flaw_add(sdx_arena *a, sdx_draft_flaw **list, const char *rule, sdx_status status,
                        const char *hint, const char *fmt, ...)
{
    sdx_draft_flaw *f = sdx_arena_alloc(a, sizeof *f);
    if (!f)
        return false;
    va_list args;
    va_start(args, fmt);
    *f = (sdx_draft_flaw){ rule, sdx_arena_vprintf(a, fmt, args), hint, status, NULL };
    va_end(args);
    while (*list)
        list = &(*list)->next;
    *list = f;
    return f->fact != NULL;
}
