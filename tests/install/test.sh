#!/bin/sh
# tests/install/test.sh - installs a build and compiles a C and a C++ program against it, through pkg-config and
# through find_package; and a plugin with an operator of one's own.
# usage: test.sh BUILD VERSION
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
version=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-Wall -Wextra -Wpedantic -Werror"

cmake --install "$build" --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }
for page in doc/sardonyx/rules.html man/man7/model-lint-rules.7 man/man1/model-lint.1; do
    [ -s "$work/prefix/share/$page" ] || { echo "$page is not installed"; exit 1; }
done
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

# An operator of one's own: missing, then named, then beside the library.
plugins=$(pkg-config --variable=plugindir sardonyx)
# shellcheck disable=SC2086
cc -std=c11 $flags "$here/polynomial.c" -o "$work/polynomial" $sdx
# shellcheck disable=SC2086
cc -std=c11 $flags -shared -fPIC "$here/horner.c" -o "$work/horner.so" $sdx
polynomial() # WORDS [PLUGIN]: what the program says
{
    said=$("$work/polynomial" ${2+"$2"}) || true
    case $said in
    *"$1"*) ;;
    *)
        echo "polynomial ${2-}: '$said', not '$1'"
        exit 1
        ;;
    esac
}
polynomial "operator Horner of domain com.example, opset 1, is not implemented"
polynomial "1 3 19 " "$work/horner.so"
mkdir -p "$plugins"
cp "$work/horner.so" "$plugins"
polynomial "1 3 19 "
for plugin in "$plugins"/*.so; do # those of the project, too, open where they were installed
    polynomial "1 3 19 " "$plugin"
done

for program in by-pkg-config by-pkg-config++ found/consumer_c found/consumer_cxx; do
    said=$("$work/$program")
    [ "$said" = "$version" ] || { echo "$program says '$said', not $version"; exit 1; }
done
[ "$(pkg-config --modversion sardonyx)" = "$version" ]
echo "four programs built outside of the tree say $version, the first program what it should"
