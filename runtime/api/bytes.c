/* api/bytes.c - values as the bytes of files. */
#include "load/load.h"

sdx_status sdx_value_read(sdx_kind kind, const void *bytes, size_t size, char *name,
                          size_t name_size, sdx_value **out, sdx_error *err)
{
    return sdx_read_value(kind, bytes, size, NULL, name, name_size, out, err);
}

sdx_status sdx_value_write(const sdx_value *v, const char *name, void **bytes, size_t *size,
                           sdx_error *err)
{
    return sdx_write_value(v, name, bytes, size, err);
}

void sdx_bytes_free(void *bytes)
{
    free(bytes);
}
