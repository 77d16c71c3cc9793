/* eval/patience.h - when memory that waits for the next run goes back to the system.
 *
 * After one large input much more waits than others want, and it goes back.  Where sizes keep
 * changing that would cost to touch memory anew each time, so patience doubles whenever what went
 * back is wanted again. */
#ifndef EVAL_PATIENCE_H
#define EVAL_PATIENCE_H
#include <stdbool.h>
#include <stddef.h>

/* Zeroed to begin with; under the lock of what waits. */
typedef struct sdx_patience {
    unsigned wide, most; /* times in a row that wanted much less than waited; how many may */
    bool gave_back;
} sdx_patience;

/* So much is not worth keeping for so little. */
bool sdx_is_much_more(size_t bytes, size_t wanted);
/* Once a run, with whether much more waits than is wanted.  true: what does goes back now. */
bool sdx_patience_ends(sdx_patience *p, bool wide);
/* Memory was taken from the system: it may be what went back. */
void sdx_patience_grows(sdx_patience *p);
#endif
