/* tools/model_info.c - says what is in a model: inputs, outputs, operators, sizes, shapes. */
#include "cli.h"
#include "info/document.h"
#include "info/forms.h"
#include "io/text.h"
#include "picture/picture.h"
#include "save.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_INPUTS = CLI_FIRST,
    OPT_OUTPUTS,
    OPT_OPS,
    OPT_NODES,
    OPT_INITIALIZERS,
    OPT_METADATA,
    OPT_FUNCTIONS,
    OPT_SHAPES,
    OPT_UNSUPPORTED,
    OPT_NODE,
    OPT_DEPTH,
    OPT_DOT,
    OPT_SVG,
    OPT_HTML,
    OPT_CLUSTER,
    OPT_SUPPORTED,
    OPT_DIFF,
    OPT_ANNOTATE,
    OPT_JSON,
    OPT_SHAPE
};

static const cli_option options[] = {
    { 0, NULL, NULL, "What (default: all of it in short)" },
    { OPT_INPUTS, "inputs", NULL, "the inputs" },
    { OPT_OUTPUTS, "outputs", NULL, "the outputs" },
    { OPT_OPS, "ops", NULL, "operators, how often they occur, what they cost" },
    { OPT_NODES, "nodes", NULL, "every node" },
    { OPT_NODE, "node", "GLOB", "nodes of these names or operators, with attributes" },
    { OPT_DEPTH, "depth", "N", "with --node: also nodes up to N links away" },
    { OPT_INITIALIZERS, "initializers", NULL, "every initializer" },
    { OPT_METADATA, "metadata", NULL, "what the producer wrote into the model" },
    { OPT_FUNCTIONS, "functions", NULL, "functions that the model brings" },
    { OPT_SHAPES, "shapes", NULL, "every value with its inferred type" },
    { OPT_UNSUPPORTED, "unsupported", NULL, "operators that cannot be run here; exit 1 if any" },
    { OPT_SUPPORTED, "supported", NULL, "without a model: the operators that can be run here" },
    { OPT_DIFF, "diff", "OTHER", "what differs from the model OTHER; exit 1 if anything does" },
    { 0, NULL, NULL, "Pictures: of the main graph, or of the nodes around --node" },
    { OPT_DOT, "dot", NULL, "for Graphviz" },
    { OPT_SVG, "svg", "FILE", "laid out" },
    { OPT_HTML, "html", "FILE", "a page that needs nothing else, with tables" },
    { OPT_CLUSTER, "cluster", "N", "a box for nodes whose names share N parts between '/'" },
    { 0, NULL, NULL, "How" },
    { 'd', "dim", "SYM=N", "a symbolic dim of the inputs is this number" },
    { OPT_SHAPE, "shape", "NAME=DIMS", "an input has this shape: x=1,3,224,224" },
    { 'f', "format", "FORM", "text, json, or csv for one section" },
    { OPT_JSON, "json", NULL, "short for --format=json" },
    { OPT_ANNOTATE, "annotate", NULL, "write the model with its inferred types to the -o file" },
    { 'o', "output", "FILE", "write here ('-': stdout)" },
    { 0, NULL, NULL, NULL },
};

static const cli_tool tool = {
    .name = "model-info",
    .summary = "says what is in a model",
    .usage = "[OPTION]... MODEL... | --supported",
    .options = options,
    .examples = { "model-info net.onnx", "model-info --shapes --json -d N=1 net.onnx",
                  "model-info --node='/layer1/*' --depth=1 net.onnx", NULL },
    .exit = { "done", "--unsupported or --diff found some", "a model could not be read" },
};

enum {
    ALL_SECTIONS = INFO_HEAD | INFO_INPUTS | INFO_OUTPUTS | INFO_OPS | INFO_NODES | INFO_FUNCTIONS |
                   INFO_INITIALIZERS | INFO_METADATA | INFO_SHAPES
};

typedef struct info {
    cli c;
    cli_dims dims;
    info_wish wish;
    enum { FORM_TEXT, FORM_JSON, FORM_CSV } form;
    bool annotate, dot, supported;
    const char *to, *other, *svg, *html;
    int64_t cluster;
    FILE *out;
    size_t shown; /* models */
} info;

/* ---- one model ---- */

static sdx_status open_model(const info *f, const char *path, bool with_dims, sdx_model **m,
                             sdx_error *err)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    o.lenient = true;
    o.n_dims = with_dims ? f->dims.n : 0;
    o.dims = f->dims.dim;
    return sdx_model_open(path, &o, m, err);
}

/* NULL: said why. */
static sdx_model *model_of(info *f, const char *path)
{
    sdx_model *m;
    sdx_error err;
    sdx_status st = open_model(f, path, false, &m, &err);
    if (st == SDX_OK && f->dims.n + f->dims.n_shapes > 0) {
        bool good = cli_dims_of_shapes(&f->c, &f->dims, m);
        sdx_model_close(m);
        if (!good)
            return NULL;
        st = open_model(f, path, true, &m, &err);
    }
    if (st == SDX_OK)
        return m;
    cli_fail(&f->c, &err);
    return NULL;
}

static int no_memory(const info *f)
{
    cli_say(&f->c, "out of memory");
    return EXIT_CANNOT;
}

static int print(info *f, const json_t *document, const char *path, size_t n_models)
{
    f->shown++;
    if (f->form == FORM_JSON)
        json_print_lines(f->out, document);
    else if (f->form == FORM_TEXT)
        info_print_text(f->out, document, f->wish.glob ? ATTRIBUTES_BELOW : ATTRIBUTES_NONE);
    else if (!info_print_csv(f->out, document, n_models > 1 ? path : NULL, f->shown == 1))
        return cli_usage(&f->c, "csv is one table: ask for one section, as in --nodes");
    const json_t *missing = json_object_get(document, "unsupported");
    return (f->wish.sections & INFO_UNSUPPORTED) && json_object_size(missing) ? EXIT_NO : EXIT_GOOD;
}

static int differences(info *f, const char *path, json_t *now)
{
    sdx_model *m = model_of(f, f->other);
    json_t *old = m ? info_document(m, &f->wish) : NULL;
    json_t *list = old ? info_differences(old, now) : NULL;
    int status = !m ? EXIT_CANNOT : !list ? no_memory(f) : EXIT_GOOD;
    if (list && f->form == FORM_JSON) {
        json_t *o = json_object();
        json_object_set_new(o, "schema", json_text("sardonyx.model-info/1"));
        json_object_set_new(o, "old", json_text(f->other));
        json_object_set_new(o, "new", json_text(path));
        json_object_set(o, "differences", list);
        json_print_lines(f->out, o);
        json_decref(o);
    } else if (list) {
        info_print_differences(f->out, list, f->other, path, cli_colors(&f->c, f->out));
    }
    if (status == EXIT_GOOD && json_array_size(list))
        status = EXIT_NO;
    json_decref(list);
    json_decref(old);
    sdx_model_close(m);
    return status;
}

/* NULL: no memory. */
static picture *picture_from(const info *f, const sdx_model *m)
{
    links l;
    picture *p = NULL;
    if (!links_of(m, &l))
        return NULL;
    bool *chosen = f->wish.glob ? links_around(m, &l, f->wish.glob, f->wish.depth) : NULL;
    bool *marked = f->wish.glob && f->wish.depth ? links_around(m, &l, f->wish.glob, 0) : NULL;
    const picture_wish wish = { chosen, marked, f->cluster };
    if (chosen || !f->wish.glob)
        p = picture_of(m, &l, &wish);
    free(chosen);
    free(marked);
    links_free(&l);
    return p;
}

/* A file of its own, or stdout.  false: said why. */
static bool write_to(const info *f, const char *path, const json_t *document, const picture *p)
{
    FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (!to) {
        cli_say(&f->c, "%s: %s", path, strerror(errno));
        return false;
    }
    if (document)
        info_print_html(to, document, p);
    else
        picture_print_svg(to, p, true);
    bool good = !ferror(to) && fflush(to) == 0;
    good = (to == stdout || fclose(to) == 0) && good;
    if (!good)
        cli_say(&f->c, "%s could not be written", path);
    return good;
}

static int draw(info *f, const sdx_model *m)
{
    picture *p = picture_from(f, m);
    bool good = p && (!(f->svg || f->html) || picture_lay_out(p));
    info_wish wish = { ALL_SECTIONS, NULL, 0 };
    json_t *document = good && f->html ? info_document(m, &wish) : NULL;
    int status = good && (document || !f->html) ? EXIT_GOOD : no_memory(f);
    if (status == EXIT_GOOD && f->dot)
        picture_print_dot(f->out, p);
    if (status == EXIT_GOOD && f->svg && !write_to(f, f->svg, NULL, p))
        status = EXIT_CANNOT;
    if (status == EXIT_GOOD && f->html && !write_to(f, f->html, document, p))
        status = EXIT_CANNOT;
    json_decref(document);
    picture_free(p);
    return status;
}

static int one_model(info *f, const char *path, size_t n_models)
{
    sdx_model *m = model_of(f, path);
    if (!m)
        return EXIT_CANNOT;
    int status;
    if (f->dot || f->svg || f->html) {
        status = draw(f, m);
    } else if (f->annotate) {
        sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
        o.annotate = true;
        status = save_model(&f->c, m, &o, f->to, NULL) ? EXIT_GOOD : EXIT_CANNOT;
    } else {
        json_t *document = info_document(m, &f->wish);
        status = !document  ? no_memory(f)
                 : f->other ? differences(f, path, document)
                            : print(f, document, path, n_models);
        json_decref(document);
    }
    sdx_model_close(m);
    return status;
}

static int operators(info *f)
{
    json_t *document = info_supported();
    int status = document ? print(f, document, NULL, 0) : no_memory(f);
    json_decref(document);
    return status;
}

/* ---- options ---- */

static unsigned section_of(int o)
{
    static const unsigned sections[] = { INFO_INPUTS,    INFO_OUTPUTS,      INFO_OPS,
                                         INFO_NODES,     INFO_INITIALIZERS, INFO_METADATA,
                                         INFO_FUNCTIONS, INFO_SHAPES,       INFO_UNSUPPORTED };
    return o >= OPT_INPUTS && o <= OPT_UNSUPPORTED ? sections[o - OPT_INPUTS] : 0;
}

static bool set_form(info *f, const char *name)
{
    static const char *const forms[] = { "text", "json", "csv" };
    for (int i = 0; i < 3; i++)
        if (strcmp(name, forms[i]) == 0) {
            f->form = i == 0 ? FORM_TEXT : i == 1 ? FORM_JSON : FORM_CSV;
            return true;
        }
    return false;
}

static bool option(info *f, int o)
{
    if (section_of(o)) {
        f->wish.sections |= section_of(o);
        return true;
    }
    switch (o) {
    case OPT_NODE:
        f->wish.glob = f->c.value;
        f->wish.sections |= INFO_NODES;
        return true;
    case OPT_DEPTH:
        return cli_number(f->c.value, 0, INT32_MAX, &f->wish.depth);
    case OPT_DOT:
        return f->dot = true;
    case OPT_SVG:
        f->svg = f->c.value;
        return true;
    case OPT_HTML:
        f->html = f->c.value;
        return true;
    case OPT_CLUSTER:
        return cli_number(f->c.value, 1, 64, &f->cluster);
    case 'd':
        return cli_add_dim(&f->c, &f->dims, f->c.value);
    case OPT_SHAPE:
        return cli_add_shape(&f->c, &f->dims, f->c.value);
    case OPT_JSON:
        f->form = FORM_JSON;
        return true;
    case OPT_DIFF:
        f->other = f->c.value;
        return true;
    case OPT_SUPPORTED:
        return f->supported = true;
    case OPT_ANNOTATE:
        return f->annotate = true;
    case 'o':
        f->to = f->c.value;
        return true;
    default: /* 'f' */
        return set_form(f, f->c.value);
    }
}

/* EXIT_GOOD: the options fit each other. */
static int check(info *f, int n_models)
{
    bool draws = f->dot || f->svg || f->html;
    if (f->supported)
        return n_models || f->wish.sections || draws || f->annotate || f->other
                   ? cli_usage(&f->c, "--supported is of the library: it takes no model and no "
                                      "other section")
                   : EXIT_GOOD;
    if (n_models == 0)
        return cli_usage(&f->c, "no model is given");
    if (f->wish.depth && !f->wish.glob)
        return cli_usage(&f->c, "--depth goes with --node");
    if ((f->annotate || f->other || draws) && n_models != 1)
        return cli_usage(&f->c, "%s one model",
                         draws         ? "a picture is of"
                         : f->annotate ? "--annotate takes"
                                       : "--diff takes");
    if (f->annotate + (f->other != NULL) + draws > 1)
        return cli_usage(&f->c, "ask for one of a picture, --diff and --annotate");
    if (draws && (f->wish.sections & ~(unsigned)INFO_NODES))
        return cli_usage(&f->c, "a picture has no sections; --html has all of them");
    if (f->cluster && !draws)
        return cli_usage(&f->c, "--cluster goes with a picture");
    if (f->annotate && !f->to)
        return cli_usage(&f->c, "--annotate writes no model unasked: say where with -o FILE");
    if (f->annotate && (f->other || f->wish.sections))
        return cli_usage(&f->c, "--annotate writes a model and says nothing");
    if (f->other && f->form == FORM_CSV)
        return cli_usage(&f->c, "--diff has the forms text and json");
    if (f->form == FORM_CSV && !f->wish.sections)
        return cli_usage(&f->c, "csv is one table: ask for one section, as in --nodes");
    if (f->other && !f->wish.sections)
        f->wish.sections = ALL_SECTIONS;
    if (f->other)
        f->wish.sections |= INFO_DIGESTS;
    if (!f->wish.sections)
        f->wish.sections = INFO_HEAD | INFO_INPUTS | INFO_OUTPUTS | INFO_OPS;
    return EXIT_GOOD;
}

int main(int argc, char **argv)
{
    info f = { .out = stdout };
    cli_start(&f.c, &tool, argc, argv);
    for (int o; (o = cli_next(&f.c)) != CLI_END;) {
        if (o == CLI_STOP)
            return f.c.status;
        if (!option(&f, o))
            return cli_usage(&f.c, "'%s' is no value for this option", f.c.value ? f.c.value : "");
    }
    int status = check(&f, argc - f.c.operand);
    if (status != EXIT_GOOD)
        return status;
    if (f.to && !f.annotate && strcmp(f.to, "-") != 0 && !(f.out = fopen(f.to, "w"))) {
        cli_say(&f.c, "%s: %s", f.to, strerror(errno));
        return EXIT_CANNOT;
    }
    if (f.supported)
        status = operators(&f);
    for (int i = f.c.operand; i < argc; i++) {
        int r = one_model(&f, argv[i], (size_t)(argc - f.c.operand));
        status = r > status ? r : status;
    }
    bool written = fflush(f.out) == 0 && !ferror(f.out);
    if (f.out != stdout)
        written = fclose(f.out) == 0 && written;
    if (!written) {
        cli_say(&f.c, "the output could not be written");
        status = EXIT_CANNOT;
    }
    cli_free_dims(&f.dims);
    return status;
}
