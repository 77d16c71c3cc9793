/* tools/io/random.c - numbers that look random, the same on every machine (splitmix64). */
#include "io/random.h"

#include <math.h>

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

void fill_random(sdx_value *v, uint64_t seed, double lo, double hi)
{
    bool real = sdx_dtype_class(sdx_value_dtype(v)) == SDX_REAL;
    for (size_t i = 0, n = sdx_value_count(v); i < n; i++) {
        double unit = (double)(next(&seed) >> 11) * 0x1p-53;
        sdx_value_set_f64(v, i, real ? lo + unit * (hi - lo) : floor(lo + unit * (hi - lo + 1)));
    }
}

void fill_number(sdx_value *v, double first, double step)
{
    for (size_t i = 0, n = sdx_value_count(v); i < n; i++)
        sdx_value_set_f64(v, i, first + step * (double)i);
}
