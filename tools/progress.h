/* tools/progress.h - how far long work has come: on a terminal's stderr, and only after a second.
 *
 *     progress *p = progress_new(&c);      NULL where nothing is to be shown; all below take NULL
 *     progress_begin(p, "checking", "sets", 12);
 *     for (…) { progress_at(p, i, name); …; progress_hide(p); printf(…); }
 *     progress_end(p);
 *     progress_free(p);
 *
 * A line is drawn by a thread of its own, four times a second, so that one long call is shown as
 * well: "model-run: checking: 3 of 12 sets, 9 left, about 14 s: test_data_set_3". */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H
#include "cli.h"

typedef struct progress progress;

/* NULL: stderr is no terminal that can go back in a line, or -q was given, or there is no memory.
 * */
progress *progress_new(const cli *c);
void progress_free(progress *p);

/* Work of `total` units; 0: nobody knows how many. */
void progress_begin(progress *p, const char *what, const char *unit, double total);
/* Work that lasts as many seconds as were asked for: needs no progress_at. */
void progress_begin_time(progress *p, const char *what, double seconds);
/* So many units are done; now: what is at work, may be NULL. */
void progress_at(progress *p, double done, const char *now);
/* Wipes the line, before something else is printed; the next progress_at brings it back. */
void progress_hide(progress *p);
void progress_end(progress *p);

/* For several loads and checks: "net.onnx (98 MB)". */
void progress_name(char *text, size_t size, const char *path);

#endif
