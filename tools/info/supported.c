/* tools/info/supported.c - the operators that the library and its plugins run, as a JSON
 * document. */
#include "info/document.h"
#include "io/text.h"

#include <stdlib.h>
#include <string.h>

static bool from_plugin(const sdx_op_info *row)
{
    return strncmp(row->source, "ops/", 4) != 0; /* the library's own are files of that folder */
}

/* Domain, name, version; what the library has before what a plugin adds. */
static int by_name(const void *a, const void *b)
{
    const sdx_op_info *x = a, *y = b;
    int order = strcmp(x->domain, y->domain);
    order = order ? order : strcmp(x->name, y->name);
    order = order ? order : (int)from_plugin(x) - (int)from_plugin(y);
    order = order ? order : strcmp(x->source, y->source);
    return order ? order : (x->since > y->since) - (x->since < y->since);
}

/* NULL: no memory. */
static sdx_op_info *sorted_rows(size_t *n)
{
    sdx_op_info row, *rows = NULL;
    for (*n = 0; sdx_op_about(*n, &row) == SDX_OK; ++*n) {
        sdx_op_info *more = realloc(rows, (*n + 1) * sizeof *rows);
        if (!more) {
            free(rows);
            return NULL;
        }
        rows = more;
        if (!row.domain || !*row.domain)
            row.domain = "ai.onnx";
        rows[*n] = row;
    }
    if (rows)
        qsort(rows, *n, sizeof *rows, by_name);
    return rows;
}

static bool same_operator(const sdx_op_info *a, const sdx_op_info *b)
{
    return strcmp(a->domain, b->domain) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->source, b->source) == 0;
}

/* The operator of rows[0], and in *n how many rows it has.  NULL: no memory. */
static json_t *operator_of(const sdx_op_info *rows, size_t left, size_t *n)
{
    json_t *o = json_object(), *versions = json_array(), *deprecated = json_array();
    bool failed = json_object_set_new(o, "domain", json_text(rows->domain)) != 0;
    failed |= json_object_set_new(o, "name", json_text(rows->name)) != 0;
    for (*n = 0; *n < left && same_operator(rows, rows + *n); ++*n) {
        failed |= json_array_append_new(versions, json_integer(rows[*n].since)) != 0;
        if (rows[*n].deprecated)
            failed |= json_array_append_new(deprecated, json_integer(rows[*n].since)) != 0;
    }
    failed |= json_object_set_new(o, "versions", versions) != 0;
    failed |= json_object_set_new(o, "deprecated", deprecated) != 0;
    failed |= json_object_set_new(o, "from", json_text(from_plugin(rows) ? "plugin" : "library")) !=
              0;
    failed |= json_object_set_new(o, "source", json_text(rows->source)) != 0;
    if (!failed)
        return o;
    json_decref(o);
    return NULL;
}

json_t *info_supported(void)
{
    size_t n, run;
    sdx_op_info *rows = sorted_rows(&n);
    json_t *document = json_object(), *list = json_array();
    bool failed = !rows;
    failed |= json_object_set_new(document, "schema", json_text("sardonyx.model-info/1")) != 0;
    failed |= json_object_set_new(document, "library", json_text(sdx_version())) != 0;
    for (size_t i = 0; i < n && !failed; i += run)
        failed |= json_array_append_new(list, operator_of(rows + i, n - i, &run)) != 0;
    failed |= json_object_set_new(document, "supported", list) != 0;
    free(rows);
    if (!failed)
        return document;
    json_decref(document);
    return NULL;
}
