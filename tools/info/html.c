/* tools/info/html.c - a model as one page for a browser: its picture, and its sections as tables.
 */
#include "info/forms.h"
#include "io/xml.h"

#include <stdlib.h>
#include <string.h>

static const char begin[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>body{font:15px system-ui,sans-serif;margin:1.5em;color:#1c2430;background:#fff}"
    "h1{font-size:1.4em}h2{font-size:1.1em}summary{cursor:pointer;font-weight:bold;margin:.8em 0}"
    "table{border-collapse:collapse}td,th{padding:.15em .7em;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #dde2e8;font:13px ui-monospace,Menlo,Consolas,monospace}"
    "th{background:#f2f4f7}td.n{text-align:right}"
    ".picture{overflow:auto;max-height:85vh;border:1px solid #dde2e8}</style>\n<title>";

static void cell(FILE *to, const json_t *v)
{
    size_t i;
    const char *key, *before = "";
    json_t *item, *all = (json_t *)v;
    fputs(json_is_integer(v) ? "<td class=\"n\">" : "<td>", to);
    if (json_is_string(v))
        xml_print(to, json_string_value(v));
    else if (json_is_integer(v))
        fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else if (json_is_boolean(v))
        fputs(json_is_true(v) ? "yes" : "no", to);
    json_array_foreach(v, i, item)
    {
        fputs(before, to);
        if (json_is_integer(item))
            fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(item));
        else
            xml_print(to, json_is_string(item) ? json_string_value(item) : "?");
        before = ", ";
    }
    json_object_foreach(all, key, item)
    {
        fputs(before, to);
        xml_print(to, *key ? key : "ai.onnx"); /* the only name that may be empty: a domain */
        fputs(" = ", to);
        if (json_is_integer(item))
            fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(item));
        else
            xml_print_short(to, json_is_string(item) ? json_string_value(item) : "", 200);
        before = "<br>";
    }
    fputs("</td>", to);
}

static void rows(FILE *to, const json_t *list)
{
    json_t *columns = json_object(), *row, *unused;
    const char *key;
    size_t i;
    json_array_foreach(list, i, row) json_object_update_missing(columns, row);
    fputs("<table><tr>", to);
    json_object_foreach(columns, key, unused)
    {
        fputs("<th>", to);
        xml_print(to, key);
        fputs("</th>", to);
    }
    fputs("</tr>\n", to);
    json_array_foreach(list, i, row)
    {
        fputs("<tr>", to);
        json_object_foreach(columns, key, unused) cell(to, json_object_get(row, key));
        fputs("</tr>\n", to);
    }
    fputs("</table>\n", to);
    json_decref(columns);
}

/* Names and one value each; macs: a third column, NULL: none. */
static void pairs(FILE *to, const json_t *object, const json_t *macs)
{
    const char *key;
    json_t *value, *all = (json_t *)object;
    fputs("<table>\n", to);
    if (macs)
        fputs("<tr><th>operator</th><th>nodes</th><th>multiply-adds</th></tr>\n", to);
    json_object_foreach(all, key, value)
    {
        if (json_is_array(value))
            continue;
        fputs("<tr><td>", to);
        xml_print(to, key);
        fputs("</td>", to);
        cell(to, value);
        if (macs)
            cell(to, json_object_get(macs, key));
        fputs("</tr>\n", to);
    }
    fputs("</table>\n", to);
}

static void section(FILE *to, const json_t *document, const char *title)
{
    static const char *const open[] = { "inputs", "outputs", "operators" };
    const json_t *s = json_object_get(document, title);
    bool shown = false;
    if (json_array_size(s) + json_object_size(s) == 0)
        return;
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        shown = shown || strcmp(title, open[i]) == 0;
    fprintf(to, "<details%s><summary>%s (%zu)</summary>\n", shown ? " open" : "", title,
            json_array_size(s) + json_object_size(s));
    if (json_is_array(s))
        rows(to, s);
    else
        pairs(to, s,
              strcmp(title, "operators") == 0 ? json_object_get(document, "operator_macs") : NULL);
    fputs("</details>\n", to);
}

/* The scalars of the document, and the opsets: what stands before the sections. */
static void head(FILE *to, const json_t *document)
{
    json_t *own = json_object(), *value, *all = (json_t *)document;
    const char *key;
    json_object_foreach(all, key, value)
    {
        bool scalar = !json_is_array(value) && !json_is_object(value), empty = json_is_null(value);
        if (json_is_string(value))
            empty = !*json_string_value(value) || strcmp(key, "schema") == 0;
        if (own && !empty && (scalar || strcmp(key, "opsets") == 0))
            json_object_set(own, key, value);
    }
    pairs(to, own, NULL);
    json_decref(own);
}

void info_print_html(FILE *to, const json_t *document, const picture *p)
{
    static const char *const sections[] = { "inputs",   "outputs", "operators", "functions",
                                            "metadata", "nodes",   "values",    "initializers" };
    const char *name = json_string_value(json_object_get(document, "model"));
    fputs(begin, to);
    xml_print(to, name);
    fputs("</title></head>\n<body>\n<h1>", to);
    xml_print(to, name);
    fputs("</h1>\n", to);
    head(to, document);
    for (size_t i = 0; i < 3; i++)
        section(to, document, sections[i]);
    fputs("<h2>graph</h2>\n<div class=\"picture\">\n", to);
    picture_print_svg(to, p, false);
    fputs("</div>\n", to);
    for (size_t i = 3; i < sizeof sections / sizeof *sections; i++)
        section(to, document, sections[i]);
    fputs("</body></html>\n", to);
}
