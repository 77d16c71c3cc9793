/* graph/text_scan.h - marks, names, numbers and strings of the text syntax; what the readers above
 * stand on. */
#ifndef GRAPH_TEXT_SCAN_H
#define GRAPH_TEXT_SCAN_H
#include "graph/text.h"

/* The first failure sticks: what follows reads nothing, so callers look only where they need a
 * result. */
typedef struct sdx_scanner {
    const sdx_text_into *into;
    const char *text;
    size_t length, at;
    uint32_t depth, max_depth;
    sdx_status status;
    sdx_error *err;
} sdx_scanner;

/* "line 3, column 14: expected …, found …".  Always false, for `return`. */
bool sdx_scan_fail(sdx_scanner *s, size_t at, const char *fmt, ...) SDX_PRINTF(3, 4);
bool sdx_scan_memory(sdx_scanner *s);
bool sdx_scan_deeper(sdx_scanner *s); /* one level; s->depth-- on the way out */

/* The next byte past spaces and comments; 0 at the end. */
char sdx_scan_peek(sdx_scanner *s);
bool sdx_scan_take(sdx_scanner *s, const char *mark);    /* takes it, where it is there */
bool sdx_scan_expect(sdx_scanner *s, const char *mark);  /* fails, where it is not */
bool sdx_scan_word_is(sdx_scanner *s, const char *word); /* looks, takes nothing */

/* A name: an identifier, or any text in quotes; kept in the pool of names.  NULL: none, which is no
 * failure. */
const char *sdx_scan_name(sdx_scanner *s);
const char *sdx_scan_need_name(sdx_scanner *s, const char *what);
/* A name with dots and subscripts, as values have in bodies: conv.W, xs[0]. */
const char *sdx_scan_value_name(sdx_scanner *s);
/* A string in quotes; \" and \\ stand for themselves.  In the arena. */
bool sdx_scan_string(sdx_scanner *s, sdx_string *out);
/* The characters of a number, also inf and nan; false: none is there, which is no failure. */
bool sdx_scan_number(sdx_scanner *s, const char **text, size_t *length, bool *real);
bool sdx_scan_int(sdx_scanner *s, int64_t *out);
/* An element type; SDX_UNDEFINED with *found false: none is there. */
sdx_dtype sdx_scan_dtype(sdx_scanner *s, bool *found);

/* A list that grows in the arena. */
typedef struct sdx_list {
    void *item;
    size_t n, room, size;
} sdx_list;
void *sdx_list_add(sdx_scanner *s, sdx_list *l); /* zeroed; NULL: no memory, which is said */

#endif
