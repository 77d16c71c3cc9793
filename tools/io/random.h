/* tools/io/random.h - numbers that look random, the same on every machine. */
#ifndef TOOLS_IO_RANDOM_H
#define TOOLS_IO_RANDOM_H
#include "sardonyx.h"

/* Fills a tensor with numbers from lo to hi (both possible for integers). */
void fill_random(sdx_value *v, uint64_t seed, double lo, double hi);
void fill_number(sdx_value *v, double first, double step);

#endif
