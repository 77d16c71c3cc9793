/* tests/fuzz/target.h - what a fuzz target is: the function that libFuzzer calls, and our driver
 * too. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
