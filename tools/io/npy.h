/* tools/io/npy.h - NumPy's files: one array (.npy), several by name (.npz). */
#ifndef TOOLS_IO_NPY_H
#define TOOLS_IO_NPY_H
#include "sardonyx.h"

/* why holds, in words, what is wrong where these fail. */
sdx_value *npy_read(const void *bytes, size_t size, char *why, size_t why_size);
/* Bytes of a .npy; caller frees.  NULL: no memory, or a type that NumPy does not have. */
void *npy_write(const sdx_value *v, size_t *size, char *why, size_t why_size);

bool npy_has(sdx_dtype d); /* does NumPy have this type? */

/* Calls take for each array; it owns the value and returns false to stop.  false: said why, or
 * stopped. */
typedef bool npz_take(void *ctx, const char *name, sdx_value *v);
bool npz_read(const char *path, npz_take *take, void *ctx, char *why, size_t why_size);

typedef struct npz_writer npz_writer;
npz_writer *npz_create(const char *path);
bool npz_add(npz_writer *w, const char *name, const sdx_value *v, char *why, size_t why_size);
bool npz_close(npz_writer *w); /* false: the file is not whole */

#endif
