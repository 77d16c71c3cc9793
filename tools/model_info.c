/* tools/model_info.c - says what is in a model: inputs, outputs, operators, sizes, shapes. */
#include "cli.h"
#include "io/json.h"
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_INPUTS = CLI_FIRST,
    OPT_OUTPUTS,
    OPT_OPS,
    OPT_NODES,
    OPT_INITIALIZERS,
    OPT_METADATA,
    OPT_SHAPES,
    OPT_NODE,
    OPT_UNSUPPORTED,
    OPT_DOT,
    OPT_JSON,
    OPT_SHAPE
};

static const cli_option options[] = {
    { 0, NULL, NULL, "What (default: all of it in short)" },
    { OPT_INPUTS, "inputs", NULL, "the inputs" },
    { OPT_OUTPUTS, "outputs", NULL, "the outputs" },
    { OPT_OPS, "ops", NULL, "operators and how often they occur" },
    { OPT_NODES, "nodes", NULL, "every node" },
    { OPT_NODE, "node", "GLOB", "nodes of these names, with attributes" },
    { OPT_INITIALIZERS, "initializers", NULL, "every initializer" },
    { OPT_METADATA, "metadata", NULL, "what the producer wrote into the model" },
    { OPT_SHAPES, "shapes", NULL, "every value with its inferred type" },
    { OPT_UNSUPPORTED, "unsupported", NULL,
      "operators that cannot be run here; exit 1 if there are any" },
    { OPT_DOT, "dot", NULL, "the main graph for Graphviz" },
    { 0, NULL, NULL, "How" },
    { 'd', "dim", "SYM=N", "a symbolic dim of the inputs is this number" },
    { OPT_SHAPE, "shape", "NAME=DIMS", "an input has this shape: x=1,3,224,224" },
    { 'f', "format", "FORM", "text or json" },
    { OPT_JSON, "json", NULL, "short for --format=json" },
    { 'o', "output", "FILE", "write here ('-': stdout)" },
    { 0, NULL, NULL, NULL },
};

static const cli_tool tool = {
    .name = "model-info",
    .summary = "says what is in a model",
    .usage = "[OPTION]... MODEL...",
    .options = options,
    .examples = { "model-info net.onnx", "model-info --shapes --json -d N=1 net.onnx", NULL },
    .exit = { "done", "--unsupported found some", "a model could not be read" },
};

typedef struct info {
    cli c;
    cli_dims dims;
    bool want[OPT_DOT + 1 - OPT_INPUTS], any, json;
    const char *glob, *to;
    FILE *out;
    const sdx_model *m;
    sdx_model_info about;
    bool comma; /* a section of the JSON object was printed */
} info;

static bool wants(const info *f, int section)
{
    return f->want[section - OPT_INPUTS];
}

/* ---- sorted counts ---- */

typedef struct op_count {
    char name[160];
    size_t count;
    bool implemented;
} op_count;

static int by_count(const void *a, const void *b)
{
    const op_count *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

static op_count *count_ops(const info *f, size_t *n)
{
    op_count *list = NULL;
    *n = 0;
    for (size_t i = 0; i < f->about.n_nodes; i++) {
        sdx_node_info node;
        char name[160];
        size_t k = 0;
        sdx_model_node(f->m, i, &node);
        bool own = node.domain[0] == '\0' || strcmp(node.domain, "ai.onnx") == 0;
        snprintf(name, sizeof name, "%s%s%s", own ? "" : node.domain, own ? "" : ".", node.op);
        while (k < *n && strcmp(list[k].name, name) != 0)
            k++;
        if (k == *n) {
            op_count *more = realloc(list, (*n + 1) * sizeof *more);
            if (!more)
                break;
            list = more;
            list[(*n)++] = (op_count){ .implemented = true };
            memcpy(list[k].name, name, sizeof name);
        }
        list[k].count++;
        list[k].implemented = list[k].implemented && node.implemented;
    }
    if (*n > 0)
        qsort(list, *n, sizeof *list, by_count);
    return list;
}

/* ---- memory ---- */

typedef struct life {
    const char *name;
    uint64_t bytes;
    size_t first, last;
} life;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const life *)a)->name, ((const life *)b)->name);
}

/* Bytes of a tensor whose dims are all numbers; 0 else. */
static uint64_t bytes_of(const sdx_value_info *v)
{
    uint64_t n = 1;
    if (v->rank < 0 || v->kind != SDX_TENSOR || v->is_constant)
        return 0;
    for (int i = 0; i < v->rank; i++) {
        if (v->dims[i] < 0 || (v->dims[i] > 0 && n > UINT64_MAX / 64 / (uint64_t)v->dims[i]))
            return 0;
        n *= (uint64_t)v->dims[i];
    }
    return (n * (uint64_t)sdx_dtype_bits(v->dtype) + 7) / 8;
}

static void use(life *list, size_t n, const char *name, size_t at, bool made)
{
    life key = { name, 0, 0, 0 };
    life *l = n ? bsearch(&key, list, n, sizeof *list, by_name) : NULL;
    if (l && made)
        l->first = at;
    if (l && at > l->last)
        l->last = at;
}

/* The most that values of the main graph take at once when each is freed after its last reader; a
 * plan that works in place needs less.  0: sizes are not known. */
static uint64_t peak_memory(const info *f)
{
    life *list = calloc(f->about.n_values + 1, sizeof *list);
    uint64_t *at = calloc(f->about.n_nodes + 2, sizeof *at), now = 0, most = 0;
    size_t n = 0;
    for (size_t i = 0; list && i < f->about.n_values; i++) {
        sdx_value_info v;
        sdx_model_value(f->m, i, &v);
        if (v.graph[0] == '\0' && bytes_of(&v) > 0)
            list[n++] = (life){ v.name, bytes_of(&v), 0, 0 };
    }
    if (n > 0)
        qsort(list, n, sizeof *list, by_name);
    for (size_t i = 0; list && i < f->about.n_nodes; i++) {
        sdx_node_info node;
        sdx_model_node(f->m, i, &node);
        for (size_t k = 0; k < node.n_inputs; k++)
            use(list, n, node.inputs[k], i, false);
        for (size_t k = 0; k < node.n_outputs; k++)
            use(list, n, node.outputs[k], i, true);
    }
    for (size_t i = 0; at && i < n; i++) {
        at[list[i].first] += list[i].bytes;
        at[list[i].last + 1] -= list[i].bytes;
    }
    for (size_t i = 0; at && i <= f->about.n_nodes; i++) {
        now += at[i];
        most = now > most ? now : most;
    }
    free(list);
    free(at);
    return most;
}

static double all_macs(const info *f, bool *known)
{
    double sum = 0;
    *known = true;
    for (size_t i = 0; i < f->about.n_nodes; i++) {
        sdx_node_info node;
        sdx_model_node(f->m, i, &node);
        if (node.macs < 0)
            *known = false;
        else
            sum += node.macs;
    }
    return sum;
}

static void human(char *text, size_t size, double x, const char *unit)
{
    static const char *const prefix[] = { "", "k", "M", "G", "T", "P" };
    int k = 0;
    for (; x >= 1000 && k < 5; k++)
        x /= 1000;
    snprintf(text, size, k ? "%.2f %s%s" : "%.0f %s%s", x, prefix[k], unit);
}

/* ---- JSON ---- */

static void string(const info *f, const char *text)
{
    json_print_string(f->out, text, strlen(text));
}

static void key(info *f, const char *name)
{
    fprintf(f->out, "%s\n  \"%s\": ", f->comma ? "," : "", name);
    f->comma = true;
}

static void json_value(const info *f, const sdx_value_info *v)
{
    fputs("{\"graph\": ", f->out);
    string(f, v->graph);
    fputs(", \"name\": ", f->out);
    string(f, v->name);
    fprintf(f->out, ", \"dtype\": \"%s\", \"type\": ", sdx_dtype_onnx_name(v->dtype));
    string(f, v->type ? v->type : "?");
    fputs(", \"shape\": ", f->out);
    if (v->rank < 0)
        fputs("null", f->out);
    for (int i = 0; i < v->rank; i++) {
        fputs(i ? ", " : "[", f->out);
        if (v->dims[i] >= 0)
            fprintf(f->out, "%" PRId64, v->dims[i]);
        else if (v->symbols[i])
            string(f, v->symbols[i]);
        else
            fputs("null", f->out);
    }
    fputs(v->rank == 0 ? "[]" : v->rank > 0 ? "]" : "", f->out);
    fputs(v->is_constant ? ", \"constant\": true}" : "}", f->out);
}

static void json_names(const info *f, const char *const *name, size_t n)
{
    fputs("[", f->out);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ", " : "", f->out);
        string(f, name[i]);
    }
    fputs("]", f->out);
}

static void json_node(const info *f, const sdx_node_info *n)
{
    fputs("{\"graph\": ", f->out);
    string(f, n->graph);
    fputs(", \"name\": ", f->out);
    string(f, n->name);
    fputs(", \"op\": ", f->out);
    string(f, n->op);
    fputs(", \"domain\": ", f->out);
    string(f, n->domain);
    fprintf(f->out,
            ", \"index\": %" PRId64 ", \"since\": %d, \"implemented\": %s, \"macs\": ", n->index,
            n->since, n->implemented ? "true" : "false");
    fprintf(f->out, n->macs < 0 ? "null" : "%.0f", n->macs);
    fputs(", \"inputs\": ", f->out);
    json_names(f, n->inputs, n->n_inputs);
    fputs(", \"outputs\": ", f->out);
    json_names(f, n->outputs, n->n_outputs);
    fputs(", \"attributes\": {", f->out);
    for (size_t i = 0; i < n->n_attributes; i++) {
        fputs(i ? ", " : "", f->out);
        string(f, n->attributes[i].name);
        fputs(": ", f->out);
        string(f, n->attributes[i].text);
    }
    fputs("}}", f->out);
}

/* ---- sections ---- */

typedef sdx_status get_value(const sdx_model *m, size_t i, sdx_value_info *out);

static void print_line(const info *f, const sdx_value_info *v)
{
    fputs("    ", f->out);
    if (v->graph[0]) {
        cli_print_escaped(f->out, v->graph);
        fputs(": ", f->out);
    }
    cli_print_escaped(f->out, v->name);
    fprintf(f->out, "  %s%s\n", v->type ? v->type : "?", v->is_constant ? "  constant" : "");
}

static void values(info *f, const char *title, get_value *get, bool constants)
{
    bool first = true;
    if (f->json) {
        key(f, title);
        fputs("[", f->out);
    } else {
        fprintf(f->out, "%s\n", title);
    }
    sdx_value_info v;
    for (size_t i = 0; get(f->m, i, &v) == SDX_OK; i++) {
        if (constants && (!v.is_constant || !v.constant))
            continue;
        if (f->json) {
            fputs(first ? "\n    " : ",\n    ", f->out);
            json_value(f, &v);
        } else {
            print_line(f, &v);
        }
        first = false;
    }
    if (f->json)
        fputs("]", f->out);
}

static void print_names(const info *f, const char *const *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ", " : "", f->out);
        cli_print_escaped(f->out, name[i][0] ? name[i] : "\"\"");
    }
}

static void print_node(const info *f, const sdx_node_info *n, bool whole)
{
    fprintf(f->out, "    #%" PRId64 " ", n->index);
    if (n->name[0]) {
        fputs("[", f->out);
        cli_print_escaped(f->out, n->name);
        fputs("] ", f->out);
    }
    print_names(f, n->outputs, n->n_outputs);
    fputs(" = ", f->out);
    cli_print_escaped(f->out, n->op);
    fputs(" (", f->out);
    print_names(f, n->inputs, n->n_inputs);
    fprintf(f->out, ")%s\n", n->implemented ? "" : "  not implemented");
    for (size_t i = 0; whole && i < n->n_attributes; i++) {
        fputs("        ", f->out);
        cli_print_escaped(f->out, n->attributes[i].name);
        fputs(" = ", f->out);
        cli_print_escaped(f->out, n->attributes[i].text);
        fputs("\n", f->out);
    }
}

static void nodes(info *f)
{
    bool first = true;
    if (f->json) {
        key(f, "nodes");
        fputs("[", f->out);
    } else {
        fputs("nodes\n", f->out);
    }
    for (size_t i = 0; i < f->about.n_nodes; i++) {
        sdx_node_info n;
        sdx_model_node(f->m, i, &n);
        if (f->glob && fnmatch(f->glob, n.name, 0) != 0)
            continue;
        if (f->json) {
            fputs(first ? "\n    " : ",\n    ", f->out);
            json_node(f, &n);
        } else {
            print_node(f, &n, f->glob != NULL);
        }
        first = false;
    }
    if (f->json)
        fputs("]", f->out);
}

static void ops(info *f, const char *title, bool missing_only, size_t *missing)
{
    size_t n, shown = 0;
    op_count *list = count_ops(f, &n);
    if (f->json) {
        key(f, title);
        fputs("{", f->out);
    } else {
        fprintf(f->out, "%s\n", title);
    }
    for (size_t i = 0; i < n; i++) {
        *missing += !list[i].implemented;
        if (missing_only && list[i].implemented)
            continue;
        if (f->json) {
            fputs(shown ? ", " : "", f->out);
            string(f, list[i].name);
            fprintf(f->out, ": %zu", list[i].count);
        } else {
            fprintf(f->out, "    %6zu  ", list[i].count);
            cli_print_escaped(f->out, list[i].name);
            fputs(list[i].implemented ? "\n" : "  not implemented\n", f->out);
        }
        shown++;
    }
    if (f->json)
        fputs("}", f->out);
    free(list);
}

static void metadata(info *f)
{
    if (f->json) {
        key(f, "metadata");
        fputs("{", f->out);
    } else {
        fputs("metadata\n", f->out);
    }
    for (size_t i = 0; i < f->about.n_metadata; i++) {
        if (f->json) {
            fputs(i ? ", " : "", f->out);
            string(f, f->about.metadata_key[i]);
            fputs(": ", f->out);
            string(f, f->about.metadata_value[i]);
        } else {
            fputs("    ", f->out);
            cli_print_escaped(f->out, f->about.metadata_key[i]);
            fputs(": ", f->out);
            cli_print_escaped(f->out, f->about.metadata_value[i]);
            fputs("\n", f->out);
        }
    }
    if (f->json)
        fputs("}", f->out);
}

static void dot_name(const info *f, const char *text)
{
    fputs("\"", f->out);
    for (; *text; text++)
        if ((unsigned char)*text >= 32)
            fprintf(f->out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputs("\"", f->out);
}

/* Values are edges: from the node that makes one to each that reads it. */
static void dot(const info *f)
{
    fputs("digraph model {\n    node [shape=box];\n", f->out);
    for (size_t i = 0; i < f->about.n_nodes; i++) {
        sdx_node_info n;
        sdx_model_node(f->m, i, &n);
        if (n.graph[0])
            continue;
        fprintf(f->out, "    n%zu [label=", i);
        dot_name(f, n.op);
        fputs("];\n", f->out);
        for (size_t k = 0; k < n.n_outputs; k++) {
            fprintf(f->out, "    n%zu -> ", i);
            dot_name(f, n.outputs[k]);
            fputs(";\n", f->out);
        }
        for (size_t k = 0; k < n.n_inputs; k++) {
            if (!n.inputs[k][0])
                continue;
            fputs("    ", f->out);
            dot_name(f, n.inputs[k]);
            fprintf(f->out, " -> n%zu;\n", i);
        }
    }
    fputs("}\n", f->out);
}

/* ---- the page ---- */

static void head_text(info *f)
{
    char macs[40], parameters[40], bytes[40], peak[40];
    bool known;
    const sdx_model_info *a = &f->about;
    human(macs, sizeof macs, all_macs(f, &known), "");
    human(parameters, sizeof parameters, (double)a->parameters, "");
    human(bytes, sizeof bytes, (double)a->weight_bytes, "B");
    human(peak, sizeof peak, (double)peak_memory(f), "B");
    cli_print_escaped(f->out, a->name);
    fprintf(f->out, "\n    IR %" PRId64 "; opsets", a->ir_version);
    for (size_t i = 0; i < a->n_opsets; i++) {
        fputs(i ? ", " : " ", f->out);
        cli_print_escaped(f->out, a->opset_domain[i][0] ? a->opset_domain[i] : "ai.onnx");
        fprintf(f->out, " %" PRId64, a->opset_version[i]);
    }
    fputs("\n    producer: ", f->out);
    cli_print_escaped(f->out, a->producer && a->producer[0] ? a->producer : "not said");
    fputs(" ", f->out);
    cli_print_escaped(f->out, a->producer_version ? a->producer_version : "");
    fprintf(f->out, "\n    %zu nodes, %zu values, %zu initializers, %zu functions\n", a->n_nodes,
            a->n_values, a->n_initializers, a->n_functions);
    fprintf(f->out,
            "    %s parameters in %s; %s%s multiply-adds a run; values take up to %s at once\n",
            parameters, bytes, known ? "" : "at least ", macs, peak);
}

static void head_json(info *f)
{
    bool known;
    double macs = all_macs(f, &known);
    const sdx_model_info *a = &f->about;
    key(f, "model");
    string(f, a->name);
    key(f, "ir_version");
    fprintf(f->out, "%" PRId64, a->ir_version);
    key(f, "opsets");
    fputs("{", f->out);
    for (size_t i = 0; i < a->n_opsets; i++) {
        fputs(i ? ", " : "", f->out);
        string(f, a->opset_domain[i]);
        fprintf(f->out, ": %" PRId64, a->opset_version[i]);
    }
    fputs("}", f->out);
    key(f, "producer");
    string(f, a->producer ? a->producer : "");
    key(f, "n_nodes");
    fprintf(f->out, "%zu", a->n_nodes);
    key(f, "parameters");
    fprintf(f->out, "%" PRIu64, a->parameters);
    key(f, "weight_bytes");
    fprintf(f->out, "%" PRIu64, a->weight_bytes);
    key(f, "macs");
    fprintf(f->out, known ? "%.0f" : "null", macs);
    key(f, "peak_value_bytes");
    fprintf(f->out, "%" PRIu64, peak_memory(f));
}

static int sections(info *f)
{
    size_t missing = 0, ignored = 0;
    if (!f->any) {
        if (f->json)
            head_json(f);
        else
            head_text(f);
    }
    if (!f->any || wants(f, OPT_INPUTS))
        values(f, "inputs", sdx_model_input, false);
    if (!f->any || wants(f, OPT_OUTPUTS))
        values(f, "outputs", sdx_model_output, false);
    if (!f->any || wants(f, OPT_OPS))
        ops(f, "operators", false, &ignored);
    if (wants(f, OPT_NODES) || f->glob)
        nodes(f);
    if (wants(f, OPT_INITIALIZERS))
        values(f, "initializers", sdx_model_value, true);
    if (wants(f, OPT_METADATA))
        metadata(f);
    if (wants(f, OPT_SHAPES))
        values(f, "values", sdx_model_value, false);
    if (wants(f, OPT_UNSUPPORTED))
        ops(f, "unsupported", true, &missing);
    return missing > 0 ? EXIT_NO : EXIT_GOOD;
}

static int show(info *f)
{
    f->comma = false;
    if (wants(f, OPT_DOT)) {
        dot(f);
        return EXIT_GOOD;
    }
    if (!f->json)
        return sections(f);
    fputs("{\"schema\": \"sardonyx.model-info/1\"", f->out);
    f->comma = true;
    int status = sections(f);
    fputs("\n}\n", f->out);
    return status;
}

static sdx_status open_model(const info *f, const char *path, bool with_dims, sdx_model **m,
                             sdx_error *err)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    o.lenient = true;
    o.n_dims = with_dims ? f->dims.n : 0;
    o.dims = f->dims.dim;
    return sdx_model_open(path, &o, m, err);
}

static int one_model(info *f, const char *path)
{
    sdx_model *m;
    sdx_error err;
    if (open_model(f, path, false, &m, &err) != SDX_OK)
        return cli_fail(&f->c, &err);
    if (f->dims.n + f->dims.n_shapes > 0) {
        bool good = cli_dims_of_shapes(&f->c, &f->dims, m);
        sdx_model_close(m);
        if (!good)
            return EXIT_CANNOT;
        if (open_model(f, path, true, &m, &err) != SDX_OK)
            return cli_fail(&f->c, &err);
    }
    f->m = m;
    sdx_model_about(m, &f->about);
    int status = show(f);
    sdx_model_close(m);
    return status;
}

static bool option(info *f, int o)
{
    if (o >= OPT_INPUTS && o <= OPT_DOT && o != OPT_NODE)
        return f->any = f->want[o - OPT_INPUTS] = true;
    switch (o) {
    case OPT_NODE:
        f->glob = f->c.value;
        return f->any = true;
    case 'd':
        return cli_add_dim(&f->c, &f->dims, f->c.value);
    case OPT_SHAPE:
        return cli_add_shape(&f->c, &f->dims, f->c.value);
    case OPT_JSON:
        return f->json = true;
    case 'o':
        f->to = f->c.value;
        return true;
    default: /* 'f' */
        f->json = strcmp(f->c.value, "json") == 0;
        return f->json || strcmp(f->c.value, "text") == 0;
    }
}

int main(int argc, char **argv)
{
    info f = { .out = stdout };
    int status = EXIT_GOOD;
    cli_start(&f.c, &tool, argc, argv);
    for (int o; (o = cli_next(&f.c)) != CLI_END;) {
        if (o == CLI_STOP)
            return f.c.status;
        if (!option(&f, o))
            return cli_usage(&f.c, "'%s' is no value for this option", f.c.value ? f.c.value : "");
    }
    if (f.c.operand == argc)
        return cli_usage(&f.c, "no model is given");
    if (f.to && strcmp(f.to, "-") != 0 && !(f.out = fopen(f.to, "w"))) {
        cli_say(&f.c, "%s: %s", f.to, strerror(errno));
        return EXIT_CANNOT;
    }
    for (int i = f.c.operand; i < argc; i++) {
        int r = one_model(&f, argv[i]);
        status = r > status ? r : status;
    }
    if (f.out != stdout && fclose(f.out) != 0)
        status = EXIT_CANNOT;
    cli_free_dims(&f.dims);
    return status;
}
