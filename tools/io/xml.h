/* tools/io/xml.h - text within XML and HTML. */
#ifndef TOOLS_IO_XML_H
#define TOOLS_IO_XML_H
#include <stddef.h>
#include <stdio.h>

/* Text or the value of an attribute: markup is escaped, and what a terminal escapes is no text here
 * either. */
void xml_print(FILE *to, const char *text);
/* ... at most `most` characters of it, with an ellipsis where there are more. */
void xml_print_short(FILE *to, const char *text, size_t most);
#endif
