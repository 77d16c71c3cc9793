#!/bin/sh
# tests/again.sh - a second build, under a sanitizer or by another compiler, and the tests in it that need no
# network or packages.
# usage: again.sh TOP FOLDER release|asan|tsan COMPILER CASES DRAWN CTEST-ARGUMENT...
#        CASES, DRAWN    what SARDONYX_CASES and SARDONYX_DRAWN are to be
set -eu
top=$1 folder=$2 type=$3 compiler=$4 cases=$5 drawn=$6
shift 6
mkdir -p "$folder"
CC=$compiler cmake -S "$top" -B "$folder" -DCMAKE_BUILD_TYPE="$type" -DSARDONYX_WERROR=ON \
    -DSARDONYX_TESTS=ON -DSARDONYX_PYTHON= -DSARDONYX_CASES="$cases" -DSARDONYX_DRAWN="$drawn" \
    >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
cmake --build "$folder" -j "$(nproc)" >"$folder/log" 2>&1 || { tail -n 60 "$folder/log"; exit 1; }
# No detect_stack_use_after_return: its frames are not aligned for 512-bit vectors when gcc 12 compiles them.
export ASAN_OPTIONS=strict_string_checks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1
ctest --test-dir "$folder" -j "$(nproc)" --output-on-failure --no-tests=error "$@"
