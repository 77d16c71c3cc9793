/* tests/property/cases.h - the standard's cases as messages that a test may change before the
 * library sees them.
 *
 * A test is one function, called for each case in a process beside this one, so that a crash or a
 * hang is one failure with its name.  What it counts lies in memory that all processes share. */
#ifndef PROPERTY_CASES_H
#define PROPERTY_CASES_H
#include "onnx.pb-c.h"
#include "sardonyx.h"

enum { CASE_VALUES = 1024, CASE_COUNTS = 32 };

/* Of one case: the model and what it was given in its first data set. */
typedef struct one_case {
    const char *name; /* "node/test_abs" */
    Onnx__ModelProto *model;
    size_t n_in;
    sdx_value *in[CASE_VALUES]; /* NULL: an optional that is empty, or not told */
    /* the same, as it could be an initializer; NULL: no tensor */
    Onnx__TensorProto *tensor[CASE_VALUES];
    bool complete; /* every input is told */
    int times;     /* mutants to make */
    long *count;   /* [CASE_COUNTS], shared by all cases */
    uint64_t seed; /* another for each case, the same in each run */
} one_case;

/* Says what is wrong with a case; printed with its name. */
void case_wrong(const one_case *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A copy of the model, to be changed and freed: onnx__model_proto__free_unpacked(m, NULL).  Its
 * parts come from malloc, and so has to what replaces them. */
Onnx__ModelProto *case_copy(const Onnx__ModelProto *m);
/* Input k becomes an initializer of the model (and the graph has one input less). */
void case_make_constant(Onnx__ModelProto *m, const one_case *c, size_t k);
/* The type as it would be declared without dims; NULL is allowed. */
void case_forget_shape(Onnx__TypeProto *t);
/* free() it. */
uint8_t *case_bytes(const Onnx__ModelProto *m, size_t *size);

/* Each case below the folder `root`: argv is `CASES [--set=light] [--only=TEXT] [--seed=N]
 * [--times=N]`; without a set, all small ones.  counts receives the sums.  Returns how many cases
 * were wrong, or -1: there is none, or usage. */
int case_each(int argc, char **argv, void (*test)(const one_case *c), long *counts);

#endif
