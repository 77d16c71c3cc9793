/* tools/info/document.h - what model-info tells of a model, as one JSON document: every form is
 * made of it. */
#ifndef TOOLS_INFO_DOCUMENT_H
#define TOOLS_INFO_DOCUMENT_H
#include "sardonyx.h"
#include <jansson.h>

enum {
    INFO_HEAD = 1, /* what the model says of itself, and sums */
    INFO_INPUTS = 2,
    INFO_OUTPUTS = 4,
    INFO_OPS = 8,
    INFO_NODES = 16,
    INFO_INITIALIZERS = 32,
    INFO_METADATA = 64,
    INFO_FUNCTIONS = 128,
    INFO_SHAPES = 256,
    INFO_UNSUPPORTED = 512,
    INFO_DIGESTS = 1024 /* initializers have a digest of their data */
};

typedef struct info_wish {
    unsigned sections;
    const char *glob; /* nodes of these names; NULL: all */
    int64_t depth;    /* ... and those up to so many links away */
} info_wish;

/* NULL: no memory.  Lists are arrays of objects; operators, unsupported and metadata are objects:
 *   model … peak_value_bytes                                                  INFO_HEAD
 *   inputs, outputs, initializers, values    {graph, name, dtype, type, shape, constant?, bytes?,
 * digest?} operators, operator_macs, unsupported    {name: number} nodes {graph, name, op, domain,
 * index, since, implemented, macs, …} metadata                                 {key: text}
 *   functions                                {domain, name, overload, inputs, outputs, attributes,
 * n_nodes} */
json_t *info_document(const sdx_model *m, const info_wish *wish);

/* Without a model: the operators that the library and its plugins run, by domain and name.
 *   supported    {domain, name, versions, deprecated, from, source}; from: library or plugin
 * NULL: no memory. */
json_t *info_supported(void);

/* The most that values of the main graph take at once when each is freed after its last reader; a
 * plan that works in place needs less.  *unknown: values without a size, which are left out. */
uint64_t info_peak_memory(const sdx_model *m, size_t *unknown);
#endif
