#!/bin/sh
# tests/cross/test.sh - builds operators and kernel tests for aarch64 and runs the tests under qemu-user.
# usage: test.sh TOP FOLDER
set -eu
mkdir -p "$2"
cmake -S "$1" -B "$2" -DCMAKE_TOOLCHAIN_FILE="$1/tests/cross/aarch64.cmake" -DSARDONYX_KERNELS_ONLY=ON \
    -DSARDONYX_WERROR=ON -DSARDONYX_TESTS=ON >"$2/log" 2>&1 || { cat "$2/log"; exit 1; }
cmake --build "$2" -j "$(nproc)" >"$2/log" 2>&1 || { tail -n 40 "$2/log"; exit 1; }
ctest --test-dir "$2" -j "$(nproc)" --output-on-failure --no-tests=error
