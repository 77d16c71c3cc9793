/* ops/common/random.h - numbers that look random: number i of a stream is a function of its seed
 * and i, so the bits depend neither on threads nor on how the work is cut.
 *
 * Source: Steele, Lea and Flood, Fast splittable pseudorandom number generators (splitmix64). */
#ifndef OPS_COMMON_RANDOM_H
#define OPS_COMMON_RANDOM_H
#include "sdx/op.h"

/* The finisher of splitmix64: every bit of x reaches every bit of the result. */
static inline uint64_t sdx_scramble(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Number i of the stream, in [0, 1), with 53 bits. */
static inline double sdx_uniform(uint64_t seed, uint64_t i)
{
    return (double)(sdx_scramble(seed + (i + 1) * UINT64_C(0x9e3779b97f4a7c15)) >> 11) * 0x1p-53;
}

/* The stream of the attribute `seed`, an int or a float; without it a new one in every run, as the
 * standard has it.  y: an output, whose address tells nodes of one run apart. */
uint64_t sdx_seed(const sdx_node *n, const sdx_tensor *y);
#endif
