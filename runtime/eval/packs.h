/* eval/packs.h - the store of packed constants, for prepare. */
#ifndef EVAL_PACKS_H
#define EVAL_PACKS_H
#include "base/file.h"
#include "eval/eval.h"

/* Where the packed form of v lies, or will when `list`, in `arena`, is filled.  NULL: no memory. */
const void *sdx_packs_get(sdx_packs *p, const sdx_value *v, size_t bytes, sdx_packer *packer,
                          const void *how, size_t how_size, sdx_arena *arena, sdx_packing *list);
size_t sdx_packs_bytes(sdx_packs *p); /* that all packs take */
size_t sdx_packs_room(sdx_packs *p);  /* ... with what waits for more, which nobody has touched */
/* The file that constants lie in: what was packed from it need not stay in memory.  Outlives p. */
void sdx_packs_source(sdx_packs *p, const sdx_map *map);

#endif
