/* base/banned.h - functions that are not used here, since they overflow, or follow the locale, or
 * keep hidden state.  The build includes it ahead of every file of runtime/, ops/ and tools/.
 *
 * The system's headers come first, as they declare what is banned afterwards. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#undef isalpha
#undef isdigit
#undef isalnum
#undef isspace
#undef isupper
#undef islower
#undef isprint
#undef ispunct
#undef isxdigit
#undef iscntrl
#undef isgraph
#undef tolower
#undef toupper
#undef alloca
/* Write without knowing the room: sdx_format, memcpy, an arena's strdup. */
#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf gets
/* Cannot report an error, or follow the locale: sdx_parse_*, sdx_lower, sdx_is_*. */
#pragma GCC poison atoi atoll atof strtod strtof strtold sscanf scanf fscanf vsscanf
#pragma GCC poison tolower toupper isalpha isdigit isalnum isspace isupper islower isprint ispunct
#pragma GCC poison isxdigit iscntrl isgraph strcasecmp strncasecmp strcoll strxfrm setlocale
#define atol(text) use_sdx_parse_instead(text) /* not poisoned: a tolerance is called atol, too */
/* Hidden state shared by threads. */
#pragma GCC poison strtok rand srand random srandom drand48 asctime ctime localtime gmtime
#pragma GCC poison mktemp tmpnam tempnam
/* Room on the stack that a file decides. */
#pragma GCC poison alloca
#endif
