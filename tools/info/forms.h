/* tools/info/forms.h - the document of a model in the forms that model-info prints. */
#ifndef TOOLS_INFO_FORMS_H
#define TOOLS_INFO_FORMS_H
#include "cli.h"
#include "picture/picture.h"
#include <jansson.h>

/* Attributes of nodes: none, behind the node, or a line each. */
typedef enum info_attributes {
    ATTRIBUTES_NONE,
    ATTRIBUTES_BEHIND,
    ATTRIBUTES_BELOW
} info_attributes;

/* For people: a page of the sections that the document has. */
void info_print_text(FILE *to, const json_t *document, info_attributes how);
/* An item of a section: "x  float32[N, 3]"; without the line's end. */
void info_print_item(FILE *to, const char *section, const json_t *item, info_attributes how);

/* One table, RFC 4180, with a first line of names: the document must hold one section.  false: it
 * holds none or several. head: print the line of names; model: a first column with the file's name,
 * NULL: none. */
bool info_print_csv(FILE *to, const json_t *document, const char *model, bool head);

/* 4089184256 as "4.09 G". */
void info_human(char *text, size_t size, double x, const char *unit);

/* What differs between two documents, as a list of {section, name, old, new}; NULL: no memory. */
json_t *info_differences(const json_t *old, const json_t *now);
void info_print_differences(FILE *to, const json_t *list, const char *old_name,
                            const char *new_name, bool color);

/* A page for a browser that needs nothing else; the picture is laid out. */
void info_print_html(FILE *to, const json_t *document, const picture *p);
#endif
