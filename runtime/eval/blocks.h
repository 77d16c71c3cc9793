/* eval/blocks.h - the blocks that counted values live in; value.c alone takes and gives them. */
#ifndef EVAL_BLOCKS_H
#define EVAL_BLOCKS_H
#include "eval/value.h"

enum { SDX_BLOCK_ALIGN = 64 };

/* The head of a block; what it holds follows. */
struct sdx_block {
    sdx_block *next; /* in a list of blocks that wait, or of values to be freed */
    size_t bytes;    /* with this head */
};

/* A block of at least size bytes, this head counted, aligned to SDX_BLOCK_ALIGN.  p NULL: from mem.
 * NULL: no memory.  Any thread. */
sdx_block *sdx_block_take(sdx_mem *mem, sdx_block_pool *p, size_t size);
void sdx_block_give(sdx_mem *mem, sdx_block_pool *p, sdx_block *b);
#endif
