/* text/regex/re2.cc - RE2 for C: nothing is thrown past here, nothing is logged. */
#include "text/regex/re2.h"
#include <re2/re2.h>
#include <new>
#include <stdio.h>

struct regex {
    re2::RE2 re;
    regex(const re2::StringPiece &pattern, const re2::RE2::Options &o) : re(pattern, o) {}
};

/* What a pattern compiles to, and the states that matching it keeps, stay within RE2's own bound of 8 MiB. */
regex *regex_new(const char *pattern, size_t length, char *why, size_t room)
try {
    re2::RE2::Options o(re2::RE2::Quiet);
    o.set_never_capture(true);
    regex *r = new regex(re2::StringPiece(pattern, length), o);
    if (r->re.ok())
        return r;
    snprintf(why, room, "%s", r->re.error().c_str());
    delete r;
    return nullptr;
} catch (...) {
    snprintf(why, room, "no memory");
    return nullptr;
}

void regex_free(regex *r)
{
    delete r;
}

regex_answer regex_full_match(const regex *r, const char *text, size_t length)
try {
    return re2::RE2::FullMatch(re2::StringPiece(text, length), r->re) ? REGEX_YES : REGEX_NO;
} catch (...) {
    return REGEX_NO_MEMORY;
}
