/* base/error.c - filling in an sdx_error. */
#include "base/error.h"

#include "base/text.h"
#include <string.h>

sdx_status sdx_error_vset(sdx_error *err, sdx_status status, const char *format, va_list args)
{
    if (err) {
        sdx_error_clear(err);
        err->status = status;
        sdx_vformat(err->fact, sizeof err->fact, format, args);
    }
    return status;
}

sdx_status sdx_error_set(sdx_error *err, sdx_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sdx_error_vset(err, status, format, args);
    va_end(args);
    return status;
}

void sdx_error_place(sdx_error *err, const char *format, ...)
{
    if (!err || err->place[0])
        return;
    va_list args;
    va_start(args, format);
    sdx_vformat(err->place, sizeof err->place, format, args);
    va_end(args);
}

void sdx_error_prefix(sdx_error *err, const char *format, ...)
{
    if (!err)
        return;
    char inner[sizeof err->place], outer[sizeof err->place];
    memcpy(inner, err->place, sizeof inner);
    va_list args;
    va_start(args, format);
    sdx_vformat(outer, sizeof outer, format, args);
    va_end(args);
    sdx_format(err->place, sizeof err->place, "%s%s", outer, inner);
}

void sdx_error_rule(sdx_error *err, const char *rule)
{
    if (err)
        sdx_format(err->rule, sizeof err->rule, "%s", rule);
}

void sdx_error_hint(sdx_error *err, const char *format, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, format);
    sdx_vformat(err->hint, sizeof err->hint, format, args);
    va_end(args);
}

void sdx_error_clear(sdx_error *err)
{
    if (!err)
        return;
    err->status = SDX_OK;
    err->rule[0] = err->place[0] = err->fact[0] = err->hint[0] = 0;
}

sdx_status sdx_error_memory(sdx_error *err, size_t wanted)
{
    return sdx_error_set(err, SDX_E_MEMORY, "no memory for %zu bytes", wanted);
}
