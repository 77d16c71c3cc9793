/* support/probe.h - a probe: one problem for one operator, as a line of text.  tests/ops/README.md
 * has the syntax.
 *
 * probe_read parses a line, probe_inputs makes its values, probe_model the bytes of a model with
 * the one node 'probe' in it.  What a variant changes is in struct twist. */
#ifndef SUPPORT_PROBE_H
#define SUPPORT_PROBE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sardonyx.h"
#include "support/pb.h"

enum { PROBE_MOST = 40, PROBE_RANK = 8, PROBE_PARTS = 8, PROBE_VALUES = 64, PROBE_WILD = 4 };

/* "f32[2,3](0..1)": what to make. */
typedef struct spec {
    sdx_kind kind; /* SDX_KIND_UNKNOWN: left out */
    sdx_dtype dtype;
    /* -1: no dims given: an empty sequence or optional, or any shape where results are told */
    int rank;
    int64_t dims[PROBE_RANK];
    double low, high; /* of random elements */
    bool ranged;
    int n_given; /* elements that the line names, repeated as often as needed; 0: random */
    const char *given[PROBE_VALUES];
    int n_parts; /* of a sequence or an optional: so many specs follow in the probe's parts */
    const struct spec *part;
} spec;

typedef struct probe_attr {
    const char *name, *value;
} probe_attr;

/* A parameter of the schema row: "xs+:V*" is { "xs", '+', "V", true }. */
typedef struct param {
    char name[64], type[64];
    char count; /* '1' '?' '+' '*' */
    bool each_its_own;
} parameter;

typedef struct probe {
    const char *file;
    int line;
    char *text;  /* the line as it stands */
    char *words; /* the line cut up; what follows points into it */
    spec *parts; /* of sequences and optionals */
    int n_parts;
    const char *domain, *op;
    int opset, n_in, n_out, n_attr;
    spec in[PROBE_MOST], out[PROBE_MOST];
    bool tells_out; /* out[] says what to expect; else only how many */
    probe_attr attr[PROBE_MOST];
    double ulp, rtol, atol; /* of the first type of the line; a coarser one has as much more */
    bool random;            /* compare types and shapes only */
    bool ranked;            /* its ranks have to be declared */
    bool weights;           /* all its inputs but the first have to be constants */
    const char *error;      /* what its refusal has to say; NULL: it runs */
    sdx_op_info row;
    parameter in_param[PROBE_MOST], out_param[PROBE_MOST];
    int n_in_params, n_out_params;
    char wild[PROBE_WILD][256]; /* attributes that probe_make_wild put in */
    int n_wild;
} probe;

typedef enum shown { SHOW_DIMS, SHOW_SYMBOLS, SHOW_NOTHING } shown;

/* How one variant differs from the line. */
typedef struct twist {
    shown shown;            /* of the inputs' shapes */
    uint64_t constant;      /* bit i: input i is an initializer */
    uint64_t no_in, no_out; /* left out */
    const char *var;        /* a type variable of the row ... */
    sdx_dtype dtype;        /* ... and what it is now */
    int zero_in, zero_axis; /* this dim is 0 where zero_axis >= 0 */
} twist;
#define PROBE_AS_IT_STANDS \
    {                      \
        .zero_axis = -1    \
    }

/* text: one line, not blank, no comment.  False: *why says what is wrong with it.  Free with
 * probe_free. */
bool probe_read(probe *p, const char *file, int line, const char *text, char *why, size_t why_size);
void probe_free(probe *p);

/* Changes a few things at random, the same ones for the same seed. */
void probe_make_wild(probe *p, uint64_t seed);

/* The parameter that input (output) i belongs to; NULL past the end. */
const parameter *probe_in_param(const probe *p, int i);
const parameter *probe_out_param(const probe *p, int i);
/* Is this dtype among those that the row allows for the variable? */
bool probe_allows(const probe *p, const char *var, sdx_dtype d);
/* Does an input have random elements in a tensor whose type is a variable of the row? */
bool probe_is_plain(const spec *s);

/* Values for each input of the model, in order; constants are not among them.  Returns how many. */
int probe_inputs(const probe *p, const twist *t, sdx_value **in);
/* The value that a spec of results tells, or NULL where it tells none. */
sdx_value *probe_value(const spec *s, uint64_t seed);
/* Has it a body?  Then the model is text, to be parsed, and no input is constant. */
bool probe_is_text(const probe *p);
/* False: the line cannot become a model; why says so. */
bool probe_model(const probe *p, const twist *t, pb *out, char *why, size_t why_size);

#endif
