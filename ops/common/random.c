/* ops/common/random.c - see random.h. */
#include "common/random.h"
#include <string.h>
#include <time.h>

uint64_t sdx_seed(const sdx_node *n, const sdx_tensor *y)
{
    struct timespec now = { 0 };
    if (sdx_has_attr(n, "seed")) {
        double given = sdx_attr_float(n, "seed");
        uint64_t bits = (uint64_t)sdx_attr_int(n, "seed");
        if (bits == 0)
            memcpy(&bits, &given, sizeof bits);
        return sdx_scramble(bits);
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    return sdx_scramble((uint64_t)now.tv_nsec ^ sdx_scramble((uint64_t)now.tv_sec) ^
                        sdx_scramble((uint64_t)(uintptr_t)y));
}
