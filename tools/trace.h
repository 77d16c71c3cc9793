/* tools/trace.h - the time of each step of runs, for the trace viewers of browsers. */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H
#include "cli.h"

typedef struct trace trace;

trace *trace_open(const cli *c, const char *path); /* NULL: said why */
/* Fills in the callback; what follows is a run of this name, in a row of its own. */
void trace_attach(trace *t, sdx_run_options *o, const char *run);
bool trace_close(trace *t); /* false: the file is not whole, and said so; NULL is allowed */

#endif
