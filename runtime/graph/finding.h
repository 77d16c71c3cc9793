/* graph/finding.h - what is wrong with a model, as the stage that saw it states it.
 *
 * LOAD and `infer` state errors, lint adds warnings and notes.  A finding holds facts and pointers
 * into the graph; the reporter (lint/) turns it into words with origins, the session into an
 * sdx_error. */
#ifndef GRAPH_FINDING_H
#define GRAPH_FINDING_H
#include "graph/graph.h"
#include "graph/symbols.h"

typedef struct sdx_mention { /* a value that the finding is about */
    const sdx_gvalue *value;
    const char *as;   /* its formal name: "W"; NULL */
    const char *type; /* in words, as known then */
    int axis;
    /* what this dim has to do with it: "W.shape[1] x group = 1 x 32 = 32"; NULL */
    const char *note;
} sdx_mention;

/* ---- corrections ---- */

/* What is known of a value, for a declaration of it. */
typedef struct sdx_known_type {
    const sdx_gvalue *value;
    const sdx_type *type;
    const char *const
        *symbol; /* by dim of a tensor: its name, NULL for a number and where nothing is known */
} sdx_known_type;

/* Fields of the file's messages, by the numbers of onnx.proto. */
enum {
    SDX_AT_MODEL_IR = 1,
    SDX_AT_MODEL_OPSET = 8,
    SDX_AT_MODEL_METADATA = 14,
    SDX_AT_FUNCTION_OPSET = 9,
    SDX_AT_GRAPH_NAME = 2,
    SDX_AT_GRAPH_ANNOTATION = 14,
    SDX_AT_NODE_IN = 1,
    SDX_AT_NODE_OUT = 2,
    SDX_AT_NODE_NAME = 3,
    SDX_AT_NODE_OP = 4,
    SDX_AT_NODE_ATTR = 5,
    SDX_AT_NODE_DOMAIN = 7,
    SDX_AT_ATTR_NAME = 1,
    SDX_AT_ATTR_F = 2,
    SDX_AT_ATTR_I = 3,
    SDX_AT_ATTR_T = 5,
    SDX_AT_ATTR_INTS = 8,
    SDX_AT_ATTR_TYPE = 20,
    SDX_AT_TENSOR_I64 = 7,
    SDX_AT_TENSOR_RAW = 9
};

/* One change of the file.  `at` is the message that changes, `field` and `nth` which part of it. */
typedef struct sdx_change {
    enum sdx_change_kind {
        SDX_CHANGE_KEEP,    /* nothing: no other edit may drop the message */
        SDX_CHANGE_DROP,    /* the message goes, or with a field that part of it */
        SDX_CHANGE_TEXT,    /* the part becomes this text; where it is not there, it is new */
        SDX_CHANGE_NUMBER,  /* ... this number */
        SDX_CHANGE_ATTR,    /* the node has `attr` for what it has of that name */
        SDX_CHANGE_OPSET,   /* an import of the domain `text`, of the version `number`, is added */
        SDX_CHANGE_TYPE,    /* the value is declared so */
        SDX_CHANGE_ELEMENT, /* element `nth` of an int64 tensor, that in `field`, is `number` */
        SDX_CHANGE_ORDER    /* nodes of the graph stand in the order of its list */
    } kind;
    sdx_span at;
    uint32_t field, nth; /* field 0: all of it */
    const char *text;
    int64_t number;
    const sdx_attr *attr;
    const sdx_known_type *type;
    const sdx_graph *order;
    struct sdx_change *next;
} sdx_change;

/* A change of the user's file that mends what the finding states: all changes, or none. */
typedef struct sdx_edit {
    const sdx_gnode *node; /* whose it is: of a function's, all calls have to want it; or NULL */
    const char *says;      /* "set 'group' of node 'conv' to 16" */
    bool safe, impossible; /* impossible: a change could not be made, so there is no correction */
    sdx_change *first, *last;
} sdx_edit;

typedef struct sdx_raw_finding {
    const char *rule; /* the name of its page: "conv-group-channels" */
    sdx_severity severity;
    sdx_status status; /* what the loader returns for it: SDX_E_MODEL unless said otherwise */
    const char *fact;
    const sdx_gnode *node;  /* NULL: not a node's */
    const sdx_graph *graph; /* NULL: the model's */
    const char *subject;    /* name of a tensor, function, file … where there is no node; NULL */
    size_t n_mentions, n_hints, n_numbers;
    sdx_mention *mention;
    const char **hint;
    sdx_finding_number *number;
    const sdx_edit *edit; /* NULL: none, as where it is impossible */
    struct sdx_raw_finding *next;
} sdx_raw_finding;

/* Findings in the order they were made.  Repeated inference adds no finding twice: equal (rule,
 * node, fact) is one. */
typedef struct sdx_findings {
    sdx_arena *arena;
    sdx_table seen;
    sdx_raw_finding *first, *last;
    size_t n_errors, n_warnings, n_notes;
    bool failed; /* out of memory */
} sdx_findings;

void sdx_findings_init(sdx_findings *f, sdx_arena *a);
/* A new finding, or NULL: already known, or no memory.  The setters take NULL. */
sdx_raw_finding *sdx_findings_add(sdx_findings *f, sdx_severity severity, const char *rule,
                                  const sdx_gnode *node, const char *fmt, ...) SDX_PRINTF(5, 6);
sdx_raw_finding *sdx_findings_vadd(sdx_findings *f, sdx_severity severity, const char *rule,
                                   const sdx_gnode *node, const char *fmt, va_list args)
    SDX_PRINTF(5, 0);
void sdx_finding_vhint(sdx_findings *f, sdx_raw_finding *x, const char *fmt, va_list args)
    SDX_PRINTF(3, 0);
void sdx_finding_vnote(sdx_findings *f, sdx_raw_finding *x, const char *fmt, va_list args)
    SDX_PRINTF(3, 0);
void sdx_finding_hint(sdx_findings *f, sdx_raw_finding *x, const char *fmt, ...) SDX_PRINTF(3, 4);
void sdx_finding_mention(sdx_findings *f, sdx_raw_finding *x, const sdx_gvalue *v, const char *as,
                         const char *type, int axis);
/* Says more of the value mentioned last. */
void sdx_finding_note(sdx_findings *f, sdx_raw_finding *x, const char *fmt, ...) SDX_PRINTF(3, 4);
void sdx_finding_number_add(sdx_findings *f, sdx_raw_finding *x, const char *name, int64_t value);

/* ---- correct.c: the correction of a finding, change by change; each takes NULL, too ---- */

/* What the file's model is as a message. */
extern const sdx_span sdx_span_model;

/* `of` NULL: not of one node.  The text says what will be done. */
sdx_edit *sdx_correct(sdx_findings *f, sdx_raw_finding *x, const sdx_gnode *of, bool safe,
                      const char *fmt, ...) SDX_PRINTF(5, 6);
/* What a correction calls a node: "'conv'", or "#4" where it has no name, "(Conv)" in a function:
 * the same for all its calls. */
const char *sdx_correct_name(sdx_findings *f, const sdx_gnode *n);
void sdx_correct_drop(sdx_findings *f, sdx_edit *e, sdx_span message);
void sdx_correct_drop_part(sdx_findings *f, sdx_edit *e, sdx_span at, uint32_t field, uint32_t nth);
void sdx_correct_text(sdx_findings *f, sdx_edit *e, sdx_span at, uint32_t field, uint32_t nth,
                      const char *text);
void sdx_correct_number(sdx_findings *f, sdx_edit *e, sdx_span at, uint32_t field, int64_t number);
void sdx_correct_attr(sdx_findings *f, sdx_edit *e, const sdx_gnode *n, const sdx_attr *a);
void sdx_correct_import(sdx_findings *f, sdx_edit *e, sdx_span at, const char *domain,
                        int64_t version);
/* The whole correction: the file has IR version `ir`.  Safe. */
void sdx_correct_ir(sdx_findings *f, sdx_raw_finding *x, int ir);
void sdx_correct_order(sdx_findings *f, sdx_edit *e, const sdx_graph *g);
/* field 0: the message at `at` is the tensor. */
void sdx_correct_element(sdx_findings *f, sdx_edit *e, sdx_span at, uint32_t field, uint32_t nth,
                         int64_t number);
void sdx_correct_type(sdx_findings *f, sdx_edit *e, const sdx_known_type *t);
/* Who reads `from` reads `to`: nodes, in bodies too. */
void sdx_correct_rewire(sdx_findings *f, sdx_edit *e, const sdx_gvalue *from, const sdx_gvalue *to);
/* Removes the node, and whatever only it reads. */
void sdx_correct_remove(sdx_findings *f, sdx_edit *e, const sdx_gnode *n);
/* The node has nothing as input i; what only it read goes. */
void sdx_correct_no_input(sdx_findings *f, sdx_edit *e, const sdx_gnode *n, int i);
/* Removes an initializer with what the file says of it. */
void sdx_correct_forget(sdx_findings *f, sdx_edit *e, const sdx_gvalue *v);
/* `count` nodes that come to nothing, `last` the last of them: its readers read what goes into the
 * first, and what nobody reads then is removed. */
void sdx_correct_bypass(sdx_findings *f, sdx_raw_finding *x, const sdx_gnode *last, int count,
                        bool safe);
/* t, dims as numbers and names; NULL: no memory. */
const sdx_known_type *sdx_known_type_of(sdx_symbols *s, sdx_arena *a, const sdx_gvalue *v,
                                        const sdx_type *t);

/* The first error as an sdx_error, with rule, place, fact and hint.  SDX_OK: there is none. */
sdx_status sdx_findings_error(const sdx_findings *f, const char *model_name, sdx_error *err);

#endif
