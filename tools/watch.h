/* tools/watch.h - values inside a run: written to a file, or compared with those of one. */
#ifndef TOOLS_WATCH_H
#define TOOLS_WATCH_H
#include "cli.h"
#include "compare.h"

typedef struct watch watch;

/* dump: a .npz or a folder; filter: a glob over names; compare: a .npz.  Each may be NULL.  NULL:
 * said why. */
watch *watch_open(const cli *c, const char *dump, const char *filter, const char *compare,
                  tolerance t);
/* Fills in the callback, where one is needed. */
void watch_attach(watch *w, sdx_run_options *o);
/* Ends the files and says how the comparison went.  differs: some value did.  false: a file is not
 * whole. */
bool watch_close(watch *w, bool *differs);

#endif
