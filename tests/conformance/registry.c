/* tests/conformance/registry.c - prints every operator row of the library, for registry_test.py.
 *
 * A line a row, its fields divided by tabs: domain, name, since, deprecated, source, signature,
 * attributes, types. */
#include "sardonyx.h"
#include <stdio.h>

int main(void)
{
    sdx_op_info row;
    for (size_t i = 0; sdx_op_about(i, &row) == SDX_OK; i++)
        printf("%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\n", row.domain ? row.domain : "", row.name,
               row.since, row.deprecated, row.source, row.signature ? row.signature : "",
               row.attributes ? row.attributes : "", row.types ? row.types : "");
    return 0;
}
