/* graph/schema.h - schema rows of the mini-language, parsed; and the registry of all operators. */
#ifndef GRAPH_SCHEMA_H
#define GRAPH_SCHEMA_H
#include "base/arena.h"
#include "base/map.h"
#include "sdx/op.h"

/* Which types a parameter takes: a bit for each dtype, once for each kind. */
typedef struct sdx_type_set {
    uint32_t tensor, sequence, optional, optional_sequence; /* bit d: element type d */
    uint32_t sparse;
    bool maps, sequences_of_maps;
} sdx_type_set;

typedef enum sdx_arity {
    SDX_ONE,
    SDX_MAYBE_ONE,
    SDX_SOME,
    SDX_ANY
} sdx_arity; /* X, X?, xs+, xs* */

typedef struct sdx_formal {
    const char *name;
    sdx_arity arity;
    bool mixed;   /* xs*:V*: each its own type */
    int variable; /* index of its type variable; -1: a type of its own */
    const sdx_type_set *set;
    const char *const *numbered; /* of xs+, xs*: "xs[0]" … "xs[15]" for messages; else NULL */
} sdx_formal;
enum { SDX_NUMBERED = 16 };

typedef struct sdx_attr_row {
    const char *name, *kind; /* kind: "int", "floats" … */
    unsigned kind_number;    /* ... as an sdx_attr_kind  */
    bool required, has_default;
    struct sdx_attr *value; /* the default, as an attribute; NULL without one */
    const char *text;       /* ... as the row spells it */
} sdx_attr_row;

typedef struct sdx_variable {
    const char *name;
    sdx_type_set set;
} sdx_variable;

typedef struct sdx_row {
    int since;
    const char *replaced_by; /* deprecated: what to use; NULL: in force */
    int n_in, n_out, n_attr, n_var;
    const sdx_formal *in, *out;
    const sdx_attr_row *attr;
    const sdx_variable *var;
} sdx_row;

/* Parses row `row` of a list (NULL columns look upwards).  err: which text is wrong. */
sdx_status sdx_row_parse(sdx_arena *a, const sdx_schema *rows, int row, sdx_row **out,
                         sdx_error *err);

const sdx_attr_row *sdx_row_attr(const sdx_row *row, const char *name); /* NULL: none */

/* Operators by (domain, name): those of the library's table, then plugins' (plugin.c).  Rows are
 * parsed when first asked for, into the arena given at making; one registry belongs to one model,
 * used by one thread while it loads or compiles. */
typedef struct sdx_registry sdx_registry;
sdx_registry *sdx_registry_new(sdx_arena *a);
sdx_status sdx_registry_add(sdx_registry *r, const sdx_family *f, const sdx_op *op,
                            const char *source, sdx_error *err);
/* Called once, when first a name is asked for that is not there: may add what plugins have. */
typedef void sdx_registry_more(sdx_registry *r, void *ctx);
void sdx_registry_when_missing(sdx_registry *r, sdx_registry_more *more, void *ctx);
/* Why a plugin could not be had, for the error of an operator that is missing.  The first trouble
 * stays. */
void sdx_registry_trouble(sdx_registry *r, const char *text);
const char *sdx_registry_troubled(const sdx_registry *r); /* NULL: there was none */
sdx_arena *sdx_registry_arena(sdx_registry *r);
/* NULL: unknown.  *row NULL: known, but newer than `opset`; *since then is its first version. */
const sdx_op *sdx_registry_find(sdx_registry *r, const char *domain, const char *name,
                                int64_t opset, const sdx_family **family, const sdx_row **row,
                                int *since);
/* Operator i in order of the table, with the file it stands in; NULL past the end. */
const sdx_op *sdx_registry_at(const sdx_registry *r, size_t i, const char **source);
/* The newest opset of a domain that some operator has a row for; 0: none has one. */
int sdx_registry_newest(const sdx_registry *r, const char *domain);
/* The first opset that has an operator of this name, by the standard, whether or not it is
 * implemented here; 0: the standard has none. */
int sdx_standard_since(const char *domain, const char *name);
/* The nearest spelling, for "did you mean"; NULL: nothing near. */
const char *sdx_registry_near(sdx_registry *r, const char *domain, const char *name);

/* A plugin's operators, checked: interface, size, and every row of their schemas. */
sdx_status sdx_registry_add_plugin(sdx_registry *r, const sdx_plugin_info *p, const char *source,
                                   sdx_error *err);
/* Is this a plugin that this library can take? */
sdx_status sdx_plugin_check(const sdx_plugin_info *p, const char *source, sdx_error *err);
/* Operator i of a plugin's family, as long as sdx_op is here: what an older plugin lacks is zero.
 * false: past the end. */
bool sdx_plugin_op(const sdx_plugin_info *p, const sdx_family *f, size_t i, sdx_op *op);
/* How to come by an operator that is not here, in words for a hint. */
const char *sdx_registry_way_out(const sdx_registry *r, const char *domain, const char *op_type,
                                 char *room, size_t size);

/* The generated table: every family the build found, with its kernels by ISA, weakest first. */
typedef struct sdx_isa_kernels {
    const char *isa;
    void (*fill)(void *slots);
} sdx_isa_kernels;
typedef struct sdx_family_row {
    const sdx_family *family;
    const char *source;
} sdx_family_row;
typedef struct sdx_kernels_row {
    const sdx_family *family;
    const char *isa;
    void (*fill)(void *slots);
} sdx_kernels_row;
extern const sdx_family_row sdx_family_table[];   /* ended by a NULL family */
extern const sdx_kernels_row sdx_kernels_table[]; /* ended by a NULL family; in any order of ISAs */
struct sdx_rule;
extern const struct sdx_rule *const sdx_fusion_table[]; /* ended by NULL */

#endif
