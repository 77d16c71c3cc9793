/* infer/walk.h - what the parts of the driver share: the state of one walk, and of one call of a
 * rule. */
#ifndef INFER_WALK_H
#define INFER_WALK_H
#include "eval/eval.h"
#include "infer/infer.h"

/* What a node holds under: a divisor of a symbolic dim, or a symbol that it made a number.  Said at
 * the end, when it is known whether the condition stands. */
typedef struct condition {
    const sdx_gnode *node;
    const sdx_gvalue *value; /* that has the dim; NULL: the symbol is bound */
    const char *as, *text;
    int axis;
    int64_t divisor;
    sdx_dim dim;
    struct condition *next;
} condition;

/* One walk over a program, a graph or a node. */
typedef struct walk {
    sdx_facts *facts;
    const sdx_infer_options *o;
    sdx_arena *scratch;     /* of one node's work: texts, types before they are kept */
    sdx_dispatch *dispatch; /* for folding; made when first needed */
    /* by place in the program: the symbol of a declared name in these facts */
    const sdx_dim *symbol;
    bool *of_input; /* ... whether an input of the model declares it */
    /* bounds bodies within bodies, each of which is walked by its owner's rule */
    size_t visits_left;
    int body_depth;
    bool checked;                 /* arity and attributes: they do not change between passes */
    bool linting;                 /* the last pass: warnings and notes count */
    bool supposing;               /* choose.c: what is found is of no certainty */
    size_t supposals_left;        /* nodes that may be visited so */
    condition *conditions;        /* the newest first; only where lint is wanted */
    bool failed;                  /* out of memory */
    sdx_dim spare[SDX_SURE_DIMS]; /* for sdx_new_dims when memory is out */
} walk;

/* What a rule says of one output. */
typedef struct slot {
    sdx_dtype dtype;      /* that the row or the rule fixes */
    const sdx_type *type; /* NULL: nothing said */
    const sdx_dim *elem;  /* NULL: nothing said */
    int n_elem;
} slot;

enum { FEW_OUTPUTS = 8 };

/* One call of a rule. */
struct sdx_infer {
    walk *walk;
    sdx_facts *facts;
    sdx_arena *scratch;
    const sdx_gnode *def;
    const sdx_node *node;
    slot *out; /* def->n_out of them */
    slot few[FEW_OUTPUTS];
    sdx_raw_finding *last; /* that point, number, hint and fix add to; NULL: it was known already */
    bool refused;
    int bodies, bodies_refused; /* walked for this call */
    bool may_not_run;           /* ... one of them is a loop's, which may end before it begins */
};

/* row.c: false: refused. */
bool sdx_row_check_static(sdx_infer *c);  /* arity and attributes */
bool sdx_row_check_types(sdx_infer *c);   /* types of inputs; fixes those of outputs */
bool sdx_row_check_outputs(sdx_infer *c); /* what the rule chose is allowed */

/* constants.c */
/* Elements of a known small integer tensor; the value of elements that are all numbers. */
void sdx_fact_from_value(walk *w, sdx_fact *f, const sdx_value *v);
void sdx_fact_from_elems(walk *w, sdx_fact *f, const sdx_dim *elem, int n);
/* Computes a small pure node whose inputs are known. */
void sdx_fold(walk *w, const sdx_node *n);

/* merge.c */
typedef enum conflict { AGREE, OTHER_KIND, OTHER_DTYPE, OTHER_RANK, OTHER_DIM } conflict;
/* What both types say, dims made equal; *axis: of a contradiction.  The result lies in the facts'
 * arena, or is a. */
const sdx_type *sdx_type_merge(walk *w, const sdx_type *a, const sdx_type *b, conflict *why,
                               int *axis);
/* What a rule found, with what a declaration adds.  Only the found is certain: a declaration fills
 * what is unknown and gives names of its own a value, and never says anything of a symbol of the
 * inputs. */
const sdx_type *sdx_type_add_declared(walk *w, const sdx_type *found, const sdx_type *declared,
                                      conflict *why, int *axis);
/* A copy in the facts' arena with dims resolved; t itself where it lies there and nothing
 * changes. */
const sdx_type *sdx_type_settle(walk *w, const sdx_type *t, bool copy);
/* A declared type with its names as symbols of these facts. */
const sdx_type *sdx_type_localize(walk *w, const sdx_type *t);
bool sdx_type_is_same(const sdx_type *a, const sdx_type *b);
/* Brings a fact up to date with what has been found equal since. */
void sdx_fact_refresh(walk *w, sdx_fact *f);

/* driver.c */
sdx_fact *sdx_walk_fact(walk *w, const sdx_gvalue *v);
void sdx_walk_enter(walk *w, const sdx_graph *g); /* facts of constants and declared inputs */
void sdx_walk_nodes(walk *w, const sdx_graph *g); /* all passes */
void sdx_walk_visit(walk *w, const sdx_gnode *n); /* one node */
void sdx_infer_start(sdx_infer *c, walk *w, const sdx_node *n);

/* choose.c: after the rule of a node with two branches: its results are those of the one that what
 * comes after can do with, where that is one alone. */
void sdx_choose(sdx_infer *c);

/* conditions.c */
void sdx_condition_divisor(sdx_infer *c, int64_t k, sdx_dim d, int input, int axis);
/* symbols bound since that mark */
void sdx_condition_bound(walk *w, const sdx_gnode *n, size_t since);
void sdx_conditions_report(walk *w);

/* context.c */
void sdx_infer_find(sdx_infer *c, sdx_severity severity, const char *rule, const char *fmt,
                    va_list args) SDX_PRINTF(4, 0);

#endif
