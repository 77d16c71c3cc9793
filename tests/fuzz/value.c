/* tests/fuzz/value.c - any bytes as a tensor, sequence, optional, map or sparse tensor.  What was
 * read is written and read again, and has to be as large as before. */
#include <stdlib.h>
#include "fuzz/target.h"
#include "sardonyx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (sdx_kind kind = SDX_TENSOR; kind <= SDX_SPARSE; kind++) {
        sdx_value *v = NULL, *again = NULL;
        void *bytes = NULL;
        size_t written = 0;
        sdx_error err;
        if (sdx_value_read(kind, data, size, NULL, 0, &v, &err) != SDX_OK)
            continue;
        if (sdx_value_write(v, "v", &bytes, &written, &err) == SDX_OK &&
            (sdx_value_read(kind, bytes, written, NULL, 0, &again, &err) != SDX_OK ||
             sdx_value_count(again) != sdx_value_count(v) ||
             sdx_value_bytes(again) != sdx_value_bytes(v)))
            abort();
        sdx_bytes_free(bytes);
        sdx_value_free(v);
        sdx_value_free(again);
    }
    return 0;
}
