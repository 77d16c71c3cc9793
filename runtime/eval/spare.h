/* eval/spare.h - memory that one thread takes turns at: large blocks that are given back are kept
 * for the next who asks, and what of them is not asked for any more goes back to the system. */
#ifndef EVAL_SPARE_H
#define EVAL_SPARE_H
#include "base/mem.h"

enum { SDX_SPARE_BLOCKS = 4 };
typedef struct sdx_spare {
    sdx_mem mem; /* what asks for memory, asks here */
    sdx_mem *from;
    struct sdx_spare_block {
        char *at;
        size_t bytes, touched;
        bool busy;
    } block[SDX_SPARE_BLOCKS];
} sdx_spare;

/* Not to be moved until it ends, and all that was taken is given back. */
void sdx_spare_begin(sdx_spare *s, sdx_mem *from);
void sdx_spare_end(sdx_spare *s);
#endif
