/* tools/io/audio.h - sounds as tensors. */
#ifndef TOOLS_IO_AUDIO_H
#define TOOLS_IO_AUDIO_H
#include "sardonyx.h"

/* rate=16000,mono,frame=512,hop=160 */
typedef struct audio_spec {
    int rate;  /* 0: that of the file */
    bool mono; /* channels become one */
    int frame; /* samples of a frame; 0: the sound is one piece */
    int hop;   /* from the start of a frame to that of the next; 0: one frame */
} audio_spec;

bool audio_parse(audio_spec *s, const char *text, char *why, size_t size);

/* A sound as the dims of the input want it; -1 where open.
 *
 * Without frames time is the last dim of 32 or more, else the last open one: [n], [1, n], [1, n,
 * 1], [1, c, n], [1, n, c].  With frames: [frames, frame], [1, frames, frame], and only from one
 * channel.  Where the input is longer than the sound, silence follows; where it is shorter, the
 * rest is left out and `note` says so.  The last frame is filled up with silence.  Reals are -1 to
 * 1, integers the whole of their range.  NULL: why says what is wrong. */
sdx_value *audio_read(const void *bytes, size_t size, const audio_spec *s, sdx_dtype dtype,
                      int rank, const int64_t *dims, char *note, size_t note_size, char *why,
                      size_t why_size);

#endif
