/* tools/io/wav.h - sounds in RIFF WAVE files: PCM of 8 to 32 bits, floats of 32 and 64. */
#ifndef TOOLS_IO_WAV_H
#define TOOLS_IO_WAV_H
#include <stdbool.h>
#include <stddef.h>

enum { MOST_CHANNELS = 64, LEAST_RATE = 100, MOST_RATE = 768000 };

typedef struct sound {
    int rate, channels;
    size_t frames;
    float *sample; /* frames * channels, -1 to 1; free() */
} sound;

bool wav_is(const void *bytes, size_t size);
/* false: why says what is wrong.  A `data` chunk that claims more than the file holds is an error.
 * */
bool wav_decode(const void *bytes, size_t size, sound *out, char *why, size_t why_size);

#endif
