#!/bin/sh
# tests/install/test.sh - installs a build and compiles a C and a C++ program against it, through pkg-config and
# through find_package; also a plugin's view: an opkit header.
# usage: test.sh BUILD VERSION
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
version=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-Wall -Wextra -Wpedantic -Werror"

cmake --install "$build" --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }
lib=$(dirname "$(find "$work/prefix" -name 'libsardonyx.so')")
export PKG_CONFIG_PATH="$lib/pkgconfig" LD_LIBRARY_PATH="$lib"
cp "$here/consumer.c" "$work/consumer.cc"
sdx=$(pkg-config --cflags --libs sardonyx)
# shellcheck disable=SC2086 # flags are words
cc -std=c11 $flags "$here/consumer.c" -o "$work/by-pkg-config" $sdx
# shellcheck disable=SC2086
c++ -std=c++11 $flags "$work/consumer.cc" -o "$work/by-pkg-config++" $sdx
for language in c c++; do # the README's first program
    # shellcheck disable=SC2086
    cc -x $language $flags "$here/../capi/first.c" -x none -o "$work/first" $sdx
    said=$("$work/first")
    [ "$said" = "5 5 5 5 25 25 25 25 " ] || { echo "the first program, as $language, says '$said'"; exit 1; }
done
cmake -S "$here" -B "$work/found" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log"
cmake --build "$work/found" >"$work/log" || { cat "$work/log"; exit 1; }
echo '#include <sdx/op.h>' >"$work/plugin.c"
# shellcheck disable=SC2046
cc -std=c11 $flags -fsyntax-only "$work/plugin.c" $(pkg-config --cflags sardonyx)

for program in by-pkg-config by-pkg-config++ found/consumer_c found/consumer_cxx; do
    said=$("$work/$program")
    [ "$said" = "$version" ] || { echo "$program says '$said', not $version"; exit 1; }
done
[ "$(pkg-config --modversion sardonyx)" = "$version" ]
echo "four programs built outside of the tree say $version, the first program what it should"
