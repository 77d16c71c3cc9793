/* tools/io/resample.h - a sound at another rate. */
#ifndef TOOLS_IO_RESAMPLE_H
#define TOOLS_IO_RESAMPLE_H
#include "io/wav.h"

/* Band-limited interpolation: the sound is the sum of its samples' sinc functions under a Kaiser
 * window (beta 9, 32 zero crossings to each side), cut off at 0.45 of the lower of both rates.
 * Tones below 0.4 of that rate keep their height and phase to 1e-3, what is above half of it is 80
 * dB down.  Beyond both ends there is silence. Sample 0 stays at time 0; there are ceil(frames *
 * rate / s->rate) of them.  false: no memory; *s is as it was. */
bool sound_resample(sound *s, int rate);

/* Channels become one: their mean.  In place. */
void sound_mono(sound *s);

#endif
