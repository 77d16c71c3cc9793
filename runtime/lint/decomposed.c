/* lint/decomposed.c - operators that are written out as the sums and products they stand for. */
#include "lint/rules.h"

#include <string.h>

/* A formula: Op(formula,...) is a node of that operator, x the same value wherever it stands,
 * d=formula gives one a name, * is anything.  The first that fits counts. */
static const struct form {
    const char *op;
    int since;
    const char *formula;
} forms[] = {
    { "LayerNormalization", 17, "Div(d=Sub(x,ReduceMean(x)),Sqrt(Add(ReduceMean(Pow(d,*)),*)))" },
    { "LayerNormalization", 17, "Div(d=Sub(x,ReduceMean(x)),Sqrt(Add(ReduceMean(Mul(d,d)),*)))" },
    { "RMSNormalization", 23, "Div(x,Sqrt(Add(ReduceMean(Pow(x,*)),*)))" },
    { "RMSNormalization", 23, "Mul(x,Reciprocal(Sqrt(Add(ReduceMean(Pow(x,*)),*))))" },
    { "RMSNormalization", 23, "Mul(x,Div(*,Sqrt(Add(ReduceMean(Pow(x,*)),*))))" },
    { "Gelu", 20, "Mul(*,Add(Erf(*),*))" },
    { "Gelu", 20, "Mul(*,Add(Tanh(Mul(*,Add(x,Mul(*,Pow(x,*))))),*))" },
    { "HardSwish", 14, "Mul(x,HardSigmoid(x))" },
    { "HardSwish", 14, "Div(Mul(x,Clip(Add(x,*),*,*)),*)" },
    { "HardSwish", 14, "Mul(x,Div(Clip(Add(x,*),*,*),*))" },
};
enum { FORMS = sizeof forms / sizeof *forms, LETTERS = 26 };

typedef struct bound {
    const sdx_gvalue *to[LETTERS];
} bound;

/* Past the formula that begins at p. */
static const char *skip(const char *p)
{
    for (int depth = 0; *p && (depth || (*p != ',' && *p != ')')); p++)
        depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
    return p;
}

static bool fits(const char *p, const sdx_gvalue *v, bound *b);

/* Operands in the order of the formula; those after them are whatever they are. */
static bool operands(const char *p, const sdx_gnode *n, bool turned, bound *b)
{
    for (int i = 0; *p != ')'; i++) {
        int at = turned ? 1 - i : i;
        bool given = at < n->n_in && n->in[at];
        if (given ? !fits(p, n->in[at], b) : *p != '*')
            return false;
        p = skip(p);
        p += *p == ',';
    }
    return true;
}

static bool is_node(const char *p, const sdx_gnode *n, bound *b)
{
    size_t length = strcspn(p, "(");
    if (!n || n->removed || *n->domain || strlen(n->op_type) != length ||
        strncmp(n->op_type, p, length) != 0)
        return false;
    bool either = n->n_in == 2 && (*p == 'A' || *p == 'M'); /* Add, Mul */
    bound before = *b;
    if (operands(p + length + 1, n, false, b))
        return true;
    *b = before;
    return either && operands(p + length + 1, n, true, b);
}

static bool fits(const char *p, const sdx_gvalue *v, bound *b)
{
    if (*p == '*')
        return true;
    if (*p < 'a' || *p > 'z')
        return is_node(p, v->producer, b);
    const sdx_gvalue **to = &b->to[*p - 'a'];
    if (p[1] == '=' && !is_node(p + 2, v->producer, b))
        return false;
    if (*to)
        return *to == v;
    *to = v;
    return true;
}

typedef struct seen {
    const sdx_lint *l;
    const sdx_gnode *first[FORMS]; /* by the first form of an operator */
    size_t count[FORMS];
} seen;

static bool visit(void *ctx, sdx_graph *g)
{
    seen *s = ctx;
    for (size_t i = 0; i < g->n_nodes; i++) {
        size_t k = 0, of = 0;
        for (; k < FORMS; k++) {
            of = k && strcmp(forms[k].op, forms[k - 1].op) == 0 ? of : k;
            if (is_node(forms[k].formula, g->node[i], &(bound){ 0 }))
                break;
        }
        if (k < FORMS && !s->count[of]++)
            s->first[of] = g->node[i];
    }
    return true;
}

void sdx_lint_decomposed(const sdx_lint *l)
{
    seen s = { .l = l };
    sdx_arena *arena = l->findings->arena;
    (void)sdx_program_each(l->program, visit, &s);
    for (size_t k = 0; k < FORMS; k++) {
        if (!s.count[k])
            continue;
        sdx_raw_finding *x = sdx_findings_add(
            l->findings, SDX_NOTE, "written-out", s.first[k], "ends a %s that is written out%s",
            forms[k].op,
            s.count[k] == 1 ? "" : sdx_arena_printf(arena, ", the first of %zu", s.count[k]));
        sdx_finding_hint(l->findings, x,
                         "opset %d has %s as one operator; not every runtime finds it in its parts",
                         forms[k].since, forms[k].op);
    }
}
