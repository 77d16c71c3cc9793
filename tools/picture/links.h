/* tools/picture/links.h - which node reads what another made. */
#ifndef TOOLS_PICTURE_LINKS_H
#define TOOLS_PICTURE_LINKS_H
#include "sardonyx.h"

/* Node `to` reads `name`, which node `from` of the same graph makes.  SIZE_MAX in from: an input,
 * an initializer or a value of an outer graph; in to: an output of the main graph. */
typedef struct link_between {
    size_t from, to;
    const char *name;
} link_between;
typedef struct links {
    size_t n, n_nodes;
    link_between *link; /* by `to` */
} links;

/* false: no memory. */
bool links_of(const sdx_model *m, links *out);
void links_free(links *l);

/* Which nodes have a name or operator that the glob fits, and those up to `depth` links away. NULL:
 * no memory. */
bool *links_around(const sdx_model *m, const links *l, const char *glob, int64_t depth);

/* Adds nodes up to `depth` links away from those that are chosen.  false: no memory. */
bool links_spread(const links *l, bool *chosen, int64_t depth);
#endif
