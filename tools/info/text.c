/* tools/info/text.c - a model's document for people. */
#include "info/forms.h"

#include <inttypes.h>
#include <string.h>

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static json_int_t whole_of(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

void info_human(char *text, size_t size, double x, const char *unit)
{
    static const char *const prefix[] = { "", "k", "M", "G", "T", "P" };
    int k = 0;
    for (; x >= 1000 && k < 5; k++)
        x /= 1000;
    if (k)
        snprintf(text, size, "%.2f %s%s", x, prefix[k], unit);
    else
        snprintf(text, size, "%.0f%s%s", x, *unit ? " " : "", unit);
}

/* ---- items ---- */

static void print_names(FILE *to, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        fputs(i ? ", " : "", to);
        cli_print_escaped(to, name && *name ? name : "\"\"");
    }
}

static void print_value(FILE *to, const json_t *v)
{
    if (*text_of(v, "graph")) {
        cli_print_escaped(to, text_of(v, "graph"));
        fputs(": ", to);
    }
    cli_print_escaped(to, text_of(v, "name"));
    fputs("  ", to);
    cli_print_escaped(to, text_of(v, "type"));
    if (json_is_true(json_object_get(v, "constant")))
        fputs("  constant", to);
}

static void print_macs(FILE *to, const json_t *o)
{
    char text[40];
    const char *symbolic = text_of(o, "macs_text");
    if (whole_of(o, "macs") > 0) {
        info_human(text, sizeof text, (double)whole_of(o, "macs"), "");
        fprintf(to, "  %s macs", text);
    } else if (*symbolic) {
        fputs("  ", to);
        cli_print_escaped(to, symbolic);
        fputs(" macs", to);
    }
}

static void print_attributes(FILE *to, json_t *attributes, info_attributes how)
{
    const char *key, *before = how == ATTRIBUTES_BEHIND ? " <" : "\n        ";
    json_t *value;
    if (how == ATTRIBUTES_NONE || !json_object_size(attributes))
        return;
    json_object_foreach(attributes, key, value)
    {
        fputs(before, to);
        cli_print_escaped(to, key);
        fputs(" = ", to);
        cli_print_escaped(to, json_string_value(value));
        before = how == ATTRIBUTES_BEHIND ? ", " : before;
    }
    fputs(how == ATTRIBUTES_BEHIND ? ">" : "", to);
}

static void print_node(FILE *to, const json_t *n, info_attributes how)
{
    json_t *attributes = json_object_get(n, "attributes");
    if (*text_of(n, "graph")) {
        cli_print_escaped(to, text_of(n, "graph"));
        fputs(": ", to);
    }
    fprintf(to, "#%" JSON_INTEGER_FORMAT " ", whole_of(n, "index"));
    if (*text_of(n, "name")) {
        fputs("[", to);
        cli_print_escaped(to, text_of(n, "name"));
        fputs("] ", to);
    }
    print_names(to, json_object_get(n, "outputs"));
    fputs(" = ", to);
    cli_print_escaped(to, text_of(n, "op"));
    if (how == ATTRIBUTES_BEHIND)
        print_attributes(to, attributes, how);
    fputs(" (", to);
    print_names(to, json_object_get(n, "inputs"));
    fputs(")", to);
    print_macs(to, n);
    if (json_is_false(json_object_get(n, "implemented")))
        fputs("  not implemented", to);
    if (how == ATTRIBUTES_BELOW)
        print_attributes(to, attributes, how);
}

static void print_function(FILE *to, const json_t *f)
{
    if (*text_of(f, "domain")) {
        cli_print_escaped(to, text_of(f, "domain"));
        fputs(".", to);
    }
    cli_print_escaped(to, text_of(f, "name"));
    if (*text_of(f, "overload")) {
        fputs(":", to);
        cli_print_escaped(to, text_of(f, "overload"));
    }
    if (json_array_size(json_object_get(f, "attributes"))) {
        fputs(" <", to);
        print_names(to, json_object_get(f, "attributes"));
        fputs(">", to);
    }
    fputs(" (", to);
    print_names(to, json_object_get(f, "inputs"));
    fputs(") => (", to);
    print_names(to, json_object_get(f, "outputs"));
    fprintf(to, ")  %" JSON_INTEGER_FORMAT " nodes", whole_of(f, "n_nodes"));
}

void info_print_item(FILE *to, const char *section, const json_t *item, info_attributes how)
{
    if (json_is_string(item))
        cli_print_escaped(to, json_string_value(item));
    else if (json_is_integer(item))
        fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(item));
    else if (strcmp(section, "nodes") == 0)
        print_node(to, item, how);
    else if (strcmp(section, "functions") == 0)
        print_function(to, item);
    else if (json_is_object(item))
        print_value(to, item);
}

/* ---- the table of operators ---- */

static int width_of(const json_t *o)
{
    return (int)(strlen(text_of(o, "domain")) + 1 + strlen(text_of(o, "name")));
}

/* "1 6 13", and what of it the standard has given up. */
static void print_versions(FILE *to, const json_t *o)
{
    const json_t *versions = json_object_get(o, "versions");
    const json_t *deprecated = json_object_get(o, "deprecated");
    for (size_t i = 0, k = 0; i < json_array_size(versions); i++) {
        json_int_t since = json_integer_value(json_array_get(versions, i));
        bool old = json_integer_value(json_array_get(deprecated, k)) == since;
        fprintf(to, " %" JSON_INTEGER_FORMAT "%s", since, old ? " (deprecated)" : "");
        k += old;
    }
}

static void print_supported(FILE *to, const json_t *list)
{
    int widest = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        int width = width_of(json_array_get(list, i));
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *o = json_array_get(list, i);
        fputs("    ", to);
        cli_print_escaped(to, text_of(o, "domain"));
        fputs(".", to);
        cli_print_escaped(to, text_of(o, "name"));
        fprintf(to, "%*s  %-7s ", widest - width_of(o), "", text_of(o, "from"));
        print_versions(to, o);
        if (strcmp(text_of(o, "from"), "plugin") == 0) {
            fputs("  ", to);
            cli_print_escaped(to, text_of(o, "source"));
        }
        fputs("\n", to);
    }
}

/* ---- the page ---- */

static void print_opsets(FILE *to, const json_t *o)
{
    const char *domain;
    json_t *version;
    bool first = true;
    json_object_foreach(json_object_get(o, "opsets"), domain, version)
    {
        fputs(first ? " " : ", ", to);
        cli_print_escaped(to, *domain ? domain : "ai.onnx");
        fprintf(to, " %" JSON_INTEGER_FORMAT, json_integer_value(version));
        first = false;
    }
}

enum { LONG_SUM = 60 }; /* of a sum with symbols, where it is left to the JSON form */

static void print_cost(FILE *to, const json_t *o)
{
    char text[40];
    const char *symbolic = text_of(o, "macs_text");
    json_int_t unknown = whole_of(o, "macs_unknown_nodes");
    if (json_is_integer(json_object_get(o, "macs"))) {
        info_human(text, sizeof text, (double)whole_of(o, "macs"), "");
        fprintf(to, "    multiply-adds  %s", text);
    } else if (*symbolic && strlen(symbolic) <= LONG_SUM) {
        fputs("    multiply-adds  ", to);
        cli_print_escaped(to, symbolic);
    } else {
        fputs("    multiply-adds  depend on symbols: give them numbers with -d", to);
    }
    if (unknown)
        fprintf(to, "; of %" JSON_INTEGER_FORMAT " node%s they are not known", unknown,
                unknown == 1 ? "" : "s");
    fputs("\n", to);
    unknown = whole_of(o, "peak_unknown_values");
    info_human(text, sizeof text, (double)whole_of(o, "peak_value_bytes"), "B");
    if (!unknown)
        fprintf(to, "    memory         values take up to %s at once\n", text);
    else
        fprintf(to,
                "    memory         the sizes of %" JSON_INTEGER_FORMAT
                " values depend on symbols or data; all others take up to %s at once\n",
                unknown, text);
}

static void print_head(FILE *to, const json_t *o)
{
    char parameters[40], bytes[40];
    const char *producer = text_of(o, "producer");
    cli_print_escaped(to, text_of(o, "model"));
    fprintf(to, "\n    IR %" JSON_INTEGER_FORMAT "; opsets", whole_of(o, "ir_version"));
    print_opsets(to, o);
    fputs("\n    producer       ", to);
    cli_print_escaped(to, *producer ? producer : "not said");
    fputs(*text_of(o, "producer_version") ? " " : "", to);
    cli_print_escaped(to, text_of(o, "producer_version"));
    fprintf(to, "\n    graph          '");
    cli_print_escaped(to, text_of(o, "graph"));
    fprintf(to,
            "': %" JSON_INTEGER_FORMAT " nodes, %" JSON_INTEGER_FORMAT
            " values, %" JSON_INTEGER_FORMAT " initializers, %" JSON_INTEGER_FORMAT " functions\n",
            whole_of(o, "n_nodes"), whole_of(o, "n_values"), whole_of(o, "n_initializers"),
            whole_of(o, "n_functions"));
    info_human(parameters, sizeof parameters, (double)whole_of(o, "parameters"), "");
    info_human(bytes, sizeof bytes, (double)whole_of(o, "weight_bytes"), "B");
    fprintf(to, "    parameters     %s in %s\n", parameters, bytes);
    if (whole_of(o, "n_errors"))
        fprintf(to, "    errors         %" JSON_INTEGER_FORMAT ", which model-lint explains\n",
                whole_of(o, "n_errors"));
    print_cost(to, o);
}

static void print_operators(FILE *to, const json_t *document, const char *title)
{
    const char *name;
    json_t *count, *macs = json_object_get(document, "operator_macs"),
                   *missing = json_object_get(document, "unsupported");
    fprintf(to, "%s\n", title);
    json_object_foreach(json_object_get(document, title), name, count)
    {
        char text[40];
        json_int_t cost = json_integer_value(json_object_get(macs, name));
        fprintf(to, "    %6" JSON_INTEGER_FORMAT "  ", json_integer_value(count));
        cli_print_escaped(to, name);
        if (cost > 0) {
            info_human(text, sizeof text, (double)cost, "");
            fprintf(to, "%*s  %s macs", (int)(strlen(name) < 24 ? 24 - strlen(name) : 0), "", text);
        }
        fputs(json_object_get(missing, name) ? "  not implemented\n" : "\n", to);
    }
}

static void print_pairs(FILE *to, const json_t *pairs)
{
    const char *key;
    json_t *value, *all = (json_t *)pairs;
    json_object_foreach(all, key, value)
    {
        fputs("    ", to);
        cli_print_escaped(to, key);
        fputs(": ", to);
        cli_print_escaped(to, json_string_value(value));
        fputs("\n", to);
    }
}

static void print_section(FILE *to, const json_t *document, const char *title, info_attributes how)
{
    const json_t *section = json_object_get(document, title);
    if (!section)
        return;
    fprintf(to, "%s\n", title);
    if (json_is_object(section))
        print_pairs(to, section);
    for (size_t i = 0; i < json_array_size(section); i++) {
        fputs("    ", to);
        info_print_item(to, title, json_array_get(section, i), how);
        fputs("\n", to);
    }
}

void info_print_text(FILE *to, const json_t *document, info_attributes how)
{
    static const char *const lists[] = { "nodes", "functions", "initializers", "metadata",
                                         "values" };
    bool operators = json_object_get(document, "operators") != NULL;
    if (json_object_get(document, "model"))
        print_head(to, document);
    print_section(to, document, "inputs", how);
    print_section(to, document, "outputs", how);
    if (operators)
        print_operators(to, document, "operators");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        print_section(to, document, lists[i], how);
    if (json_object_get(document, "supported")) {
        fputs("supported\n", to);
        print_supported(to, json_object_get(document, "supported"));
    }
    if (!operators && json_object_get(document, "unsupported"))
        print_operators(to, document, "unsupported");
}
