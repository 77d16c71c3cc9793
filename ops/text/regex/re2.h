/* text/regex/re2.h - what the operator wants of RE2, for C. */
#ifndef TEXT_REGEX_RE2_H
#define TEXT_REGEX_RE2_H
#include <stdbool.h>
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct regex regex;

/* NULL: no pattern of RE2, or no memory; why says which, and where. */
regex *regex_new(const char *pattern, size_t length, char *why, size_t room);
void regex_free(regex *r); /* NULL: nothing */

typedef enum regex_answer { REGEX_NO, REGEX_YES, REGEX_NO_MEMORY } regex_answer;
/* Does all of the text match?  In time linear in its length; by any number of threads at once. */
regex_answer regex_full_match(const regex *r, const char *text, size_t length);

#ifdef __cplusplus
}
#endif
#endif
