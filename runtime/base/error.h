/* base/error.h - filling in an sdx_error: the fact where it is known, the place where it is known.
 *
 * Every err may be NULL.  Texts that do not fit end in "…", never within a character.  One thread
 * at a time for each error. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H
#include "sardonyx.h"
#include <stdarg.h>

/* Status and fact; place, rule and hint become empty.  Returns the status, so that a caller can
 * `return sdx_error_set(...)`. */
sdx_status sdx_error_set(sdx_error *err, sdx_status status, const char *format, ...)
    SDX_PRINTF(3, 4);
sdx_status sdx_error_vset(sdx_error *err, sdx_status status, const char *format, va_list args)
    SDX_PRINTF(3, 0);

/* Where it happened.  The first place wins: inner stages know better than outer ones. */
void sdx_error_place(sdx_error *err, const char *format, ...) SDX_PRINTF(2, 3);
/* Puts something before a place that is there ("net.onnx: " before "node 'a'"), or is the place. */
void sdx_error_prefix(sdx_error *err, const char *format, ...) SDX_PRINTF(2, 3);
/* The name of the rule that was broken, the way out. */
void sdx_error_rule(sdx_error *err, const char *rule);
void sdx_error_hint(sdx_error *err, const char *format, ...) SDX_PRINTF(2, 3);

/* No error: status SDX_OK, all texts empty. */
void sdx_error_clear(sdx_error *err);
/* The words for no memory, with how much was wanted. */
sdx_status sdx_error_memory(sdx_error *err, size_t wanted);
#endif
