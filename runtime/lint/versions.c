/* lint/versions.c - opsets that are newer than what is known here, and what an old IR version asks
 * for. */
#include "lint/rules.h"

#include <inttypes.h>
#include <string.h>

static bool same_domain(const char *a, const char *b)
{
    a = !a || strcmp(a, "ai.onnx") == 0 ? "" : a;
    b = !b || strcmp(b, "ai.onnx") == 0 ? "" : b;
    return strcmp(a, b) == 0;
}

static void check_opsets(const sdx_lint *l)
{
    const sdx_program *p = l->program;
    for (size_t i = 0; i < p->n_opsets; i++) {
        const sdx_opset *o = &p->opset[i];
        const char *domain = o->domain[0] ? o->domain : "ai.onnx";
        int newest = sdx_registry_newest(p->registry, o->domain);
        sdx_raw_finding *x = NULL;
        if (o->version < 1 && l->findings->n_errors) {
            continue; /* no operator is that old, which each node has said */
        } else if (o->version < 1) {
            x = sdx_findings_add(l->findings, SDX_WARNING, "opset-unknown", NULL,
                                 "opset %" PRId64 " of %s is imported; opsets begin with 1",
                                 o->version, domain);
            sdx_finding_hint(l->findings, x, "import the version that the nodes were written for");
        } else if (newest && o->version > newest) {
            x = sdx_findings_add(l->findings, SDX_WARNING, "opset-unknown", NULL,
                                 "opset %" PRId64
                                 " of %s is imported; operators are known up to opset %d",
                                 o->version, domain, newest);
            sdx_finding_number_add(l->findings, x, "known", newest);
            sdx_finding_hint(l->findings, x,
                             "import opset %d, or use a newer version of this library", newest);
        }
        if (x)
            x->subject = domain;
    }
}

/* Functions import opsets of their own; said once for each. */
static void check_functions(const sdx_lint *l, const sdx_graph *g)
{
    int newest = sdx_registry_newest(l->program->registry, "");
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sdx_gnode *n = g->node[i];
        if (!n->path[0] || !same_domain(n->domain, "") || n->opset <= newest)
            continue;
        sdx_raw_finding *x = sdx_findings_add(l->findings, SDX_WARNING, "opset-unknown", NULL,
                                              "function %s imports opset %" PRId64
                                              " of ai.onnx; operators are known up to opset %d",
                                              n->path, n->opset, newest);
        if (x)
            x->subject = n->path;
        sdx_finding_hint(l->findings, x, "import opset %d, or use a newer version of this library",
                         newest);
    }
}

/* ---- the IR version ---- */

/* Converters of opsets leave the IR version as it is, and readers do not mind; one that is much
 * older is a slip. */
enum { LAG = 2 };

typedef struct came {
    int with, ir; /* an opset of ai.onnx, an element type; the first IR version that has it */
} came;

/* The IR version that a number needs: that of the last row not past it. */
static int needed(const came *list, int64_t number)
{
    int ir = 0;
    for (; list->ir && list->with <= number; list++)
        ir = list->ir;
    return ir;
}

static void too_old(const sdx_lint *l, const sdx_gvalue *v, int ir, const char *fmt, ...)
    SDX_PRINTF(4, 5);
static void too_old(const sdx_lint *l, const sdx_gvalue *v, int ir, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sdx_raw_finding *x = sdx_findings_vadd(l->findings, SDX_WARNING, "ir-too-old", NULL, fmt, args);
    va_end(args);
    if (x && v) {
        x->graph = v->graph;
        x->subject = v->name;
    }
    sdx_finding_number_add(l->findings, x, "needed", ir);
    sdx_finding_hint(l->findings, x, "set ir_version to %d or newer", ir);
    sdx_correct_ir(l->findings, x, ir);
}

static void check_types(const sdx_lint *l, const sdx_graph *g)
{
    static const came dtypes[] = { { SDX_UNDEFINED, 1 }, { SDX_F8E4M3FN, 9 },
                                   { SDX_U4, 10 },       { SDX_F4E2M1, 11 },
                                   { SDX_F8E8M0, 12 },   { SDX_U2, 13 },
                                   { SDX_F6E2M3, 14 },   { 0, 0 } };
    for (size_t i = 0; i < g->n_values; i++) {
        const sdx_gvalue *v = g->value[i];
        sdx_dtype d = v->declared && !v->outer ? v->declared->dtype : SDX_UNDEFINED;
        int ir = needed(dtypes, d);
        if (ir <= l->program->ir_version)
            continue;
        too_old(l, v, ir, "'%s' is %s, which came with IR version %d; the file has %" PRId64,
                v->name, sdx_dtype_onnx_name(d), ir, l->program->ir_version);
        return;
    }
}

static void check_ir(const sdx_lint *l)
{
    static const came opsets[] = { { 1, 3 },   { 9, 4 },   { 10, 5 },  { 11, 6 },  { 12, 7 },
                                   { 15, 8 },  { 19, 9 },  { 21, 10 }, { 23, 11 }, { 24, 12 },
                                   { 25, 13 }, { 28, 14 }, { 0, 0 } };
    const sdx_program *p = l->program;
    if (p->ir_version < 1)
        return;
    for (size_t i = 0; i < p->n_opsets; i++) {
        int64_t version = p->opset[i].version;
        int ir = same_domain(p->opset[i].domain, "") &&
                         version <= sdx_registry_newest(p->registry, "")
                     ? needed(opsets, version)
                     : 0;
        if (ir > p->ir_version + LAG)
            too_old(l, NULL, ir,
                    "opset %" PRId64 " of ai.onnx came with IR version %d; the file has %" PRId64,
                    version, ir, p->ir_version);
    }
    sdx_lint_each_graph(l, check_types);
}

/* Up to IR 3 an initializer is the default of an input. */
static void check_inputs(const sdx_lint *l)
{
    const sdx_graph *g = l->program->main;
    for (size_t i = 0; l->program->ir_version < 4 && i < g->n_values; i++) {
        const sdx_gvalue *v = g->value[i];
        if (!v->is_initializer || v->is_input)
            continue;
        sdx_raw_finding *x = sdx_findings_add(
            l->findings, SDX_WARNING, "initializer-not-input", NULL,
            "initializer '%s' is no input of the graph, as IR version %" PRId64 " demands", v->name,
            l->program->ir_version);
        if (x) {
            x->graph = g;
            x->subject = v->name;
        }
        sdx_finding_hint(l->findings, x,
                         "set the IR version to 4 or newer, or add '%s' to the inputs", v->name);
        sdx_correct_ir(l->findings, x, 4);
    }
}

/* ---- where the model is to run ---- */

typedef struct newer {
    const sdx_lint *l;
    size_t count; /* nodes whose signature came after the target's opset */
} newer;

static bool check_nodes(void *ctx, sdx_graph *g)
{
    newer *k = ctx;
    int64_t target = k->l->options->target_opset;
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sdx_gnode *n = g->node[i];
        int since = n->row ? n->row->since : 0; /* an operator that is not known was spoken of */
        if (!same_domain(n->domain, "") || since <= target)
            continue;
        k->count++;
        sdx_raw_finding *x = sdx_findings_add(
            k->l->findings, SDX_ERROR, "target-opset", n,
            "%s has the signature of opset %d, the target has opset %" PRId64, n->op_type, since,
            target);
        sdx_finding_number_add(k->l->findings, x, "since", since);
        sdx_finding_number_add(k->l->findings, x, "target", target);
        sdx_finding_hint(k->l->findings, x, "export the model for opset %" PRId64, target);
    }
    return !k->l->findings->failed;
}

static void check_target_opset(const sdx_lint *l)
{
    const sdx_program *p = l->program;
    newer k = { l, 0 };
    int64_t target = l->options->target_opset;
    for (size_t i = 0; i < p->n_opsets; i++) {
        if (!same_domain(p->opset[i].domain, "") || p->opset[i].version <= target)
            continue;
        if (!sdx_program_each(p, check_nodes, &k))
            l->findings->failed = true;
        sdx_raw_finding *x = sdx_findings_add(
            l->findings, SDX_ERROR, "target-opset", NULL,
            "opset %" PRId64 " of ai.onnx is imported, the target has opset %" PRId64,
            p->opset[i].version, target);
        if (x)
            x->subject = "ai.onnx";
        sdx_finding_number_add(l->findings, x, "imported", p->opset[i].version);
        sdx_finding_number_add(l->findings, x, "target", target);
        if (k.count)
            sdx_finding_hint(l->findings, x, "export the model for opset %" PRId64, target);
        else
            sdx_finding_hint(l->findings, x,
                             "every node has a signature that opset %" PRId64
                             " has: import that instead",
                             target);
    }
}

static void check_target_ir(const sdx_lint *l)
{
    int64_t has = l->program->ir_version, target = l->options->target_ir;
    if (has <= target)
        return;
    sdx_raw_finding *x = sdx_findings_add(
        l->findings, SDX_ERROR, "target-ir", NULL,
        "the file has IR version %" PRId64 ", the target reads up to %" PRId64, has, target);
    sdx_finding_number_add(l->findings, x, "ir_version", has);
    sdx_finding_number_add(l->findings, x, "target", target);
    sdx_finding_hint(l->findings, x,
                     "set it to %" PRId64 ", where the file has nothing that came later", target);
}

void sdx_lint_versions(const sdx_lint *l)
{
    check_opsets(l);
    sdx_lint_each_graph(l, check_functions);
    check_inputs(l);
    check_ir(l);
    if (l->options && l->options->target_opset > 0)
        check_target_opset(l);
    if (l->options && l->options->target_ir > 0)
        check_target_ir(l);
}
