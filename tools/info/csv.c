/* tools/info/csv.c - one section of a model's document as a table, RFC 4180. */
#include "info/forms.h"

#include <stdlib.h>
#include <string.h>

static void cell(FILE *to, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (; *text; text++)
        fprintf(to, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', to);
}

/* Lists and objects become words in one cell: "1 3 N N", "group = 1; pads = [0, 0]". */
static void cell_of(FILE *to, const json_t *v)
{
    char *text = NULL;
    size_t size, i;
    json_t *item, *all = (json_t *)v;
    const char *key, *before = "";
    FILE *words = open_memstream(&text, &size);
    if (!words)
        return;
    if (json_is_string(v))
        fputs(json_string_value(v), words);
    else if (json_is_integer(v))
        fprintf(words, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else if (json_is_boolean(v))
        fputs(json_is_true(v) ? "true" : "false", words);
    json_array_foreach(v, i, item)
    {
        fputs(before, words);
        if (json_is_integer(item))
            fprintf(words, "%" JSON_INTEGER_FORMAT, json_integer_value(item));
        else
            fputs(json_is_string(item) ? json_string_value(item) : "?", words);
        before = " ";
    }
    json_object_foreach(all, key, item)
    {
        fprintf(words, "%s%s = %s", before, key, json_string_value(item));
        before = "; ";
    }
    if (fclose(words) == 0)
        cell(to, text);
    free(text);
}

static void end_row(FILE *to)
{
    fputs("\r\n", to);
}

static void print_rows(FILE *to, const json_t *list, const char *model, bool head)
{
    /* Columns: the keys that any row has, in the order of the first row that has them. */
    json_t *columns = json_object(), *row, *unused;
    size_t i;
    const char *key;
    json_array_foreach(list, i, row) json_object_update_missing(columns, row);
    bool first = !model;
    head = head && json_object_size(columns);
    if (head && model)
        cell(to, "model");
    json_object_foreach(columns, key, unused)
    {
        if (head) {
            fputs(first ? "" : ",", to);
            cell(to, key);
        }
        first = false;
    }
    if (head)
        end_row(to);
    json_array_foreach(list, i, row)
    {
        first = !model;
        if (model)
            cell(to, model);
        json_object_foreach(columns, key, unused)
        {
            fputs(first ? "" : ",", to);
            cell_of(to, json_object_get(row, key));
            first = false;
        }
        end_row(to);
    }
    json_decref(columns);
}

/* Operators with count and cost; other objects as two columns. */
static void print_pairs(FILE *to, const json_t *section, const json_t *macs, const char *model,
                        bool head)
{
    const char *key;
    json_t *value, *all = (json_t *)section;
    if (head) {
        fprintf(to, "%sname,%s", model ? "model," : "", macs ? "count,macs" : "value");
        end_row(to);
    }
    json_object_foreach(all, key, value)
    {
        if (model) {
            cell(to, model);
            fputs(",", to);
        }
        cell(to, key);
        fputs(",", to);
        cell_of(to, value);
        if (macs) {
            fputs(",", to);
            cell_of(to, json_object_get(macs, key));
        }
        end_row(to);
    }
}

bool info_print_csv(FILE *to, const json_t *document, const char *model, bool head)
{
    const char *key, *title = NULL;
    json_t *section, *found = NULL, *all = (json_t *)document;
    size_t n = 0;
    bool ops = json_object_get(document, "operators") != NULL;
    json_object_foreach(all, key, section)
    {
        bool beside = strcmp(key, "operator_macs") == 0 || (ops && strcmp(key, "unsupported") == 0);
        if ((!json_is_array(section) && !json_is_object(section)) || beside)
            continue;
        found = section;
        title = key;
        n++;
    }
    if (n != 1)
        return false;
    if (json_is_array(found))
        print_rows(to, found, model, head);
    else
        print_pairs(to, found,
                    strcmp(title, "operators") == 0 ? json_object_get(document, "operator_macs")
                                                    : NULL,
                    model, head);
    return true;
}
