/* base/file.h - files as bytes in memory, and files that must not lie outside a folder. */
#ifndef BASE_FILE_H
#define BASE_FILE_H
#include "base/mem.h"
#include "sardonyx.h"
#include <stdbool.h>
#include <stddef.h>

/* Bytes of a file, mapped read-only or read into memory.  A mapped file that somebody shortens
 * raises SIGBUS when read: whoever writes models replaces the file instead. */
typedef struct sdx_map {
    const unsigned char *data; /* never NULL when open */
    size_t size;
    sdx_mem *mem; /* data is from here, room bytes; NULL: mapped, or empty */
    size_t room;
} sdx_map;

/* Maps a regular file; reads anything else (a pipe) to its end, into mem.
 * returns   SDX_OK · SDX_E_IO, with the path and the reason · SDX_E_LIMIT more than limit bytes (0:
 *           none) · SDX_E_MEMORY.  *out is touched on success only; sdx_map_close ends it. */
sdx_status sdx_map_open(sdx_map *out, const char *path, sdx_mem *mem, size_t limit, sdx_error *err);
/* The same for an open descriptor, from its beginning; stays open and the caller's.  name: for
 * messages. */
sdx_status sdx_map_fd(sdx_map *out, int fd, const char *name, sdx_mem *mem, size_t limit,
                      sdx_error *err);
void sdx_map_close(sdx_map *m);
/* These bytes were read and are not needed soon: their memory may go, they come back from the file
 * when read again.  Bytes that are not of a mapped file, m NULL too: nothing. */
void sdx_map_cool(const sdx_map *m, const void *bytes, size_t size);

/* Everything a reader gives.  Errors as above. */
sdx_status sdx_map_read(sdx_map *out, sdx_reader *reader, void *ctx, const char *name, sdx_mem *mem,
                        size_t limit, sdx_error *err);

/* Opens a file named by a model for reading, relative to its folder (a directory descriptor).  Must
 * be a regular file with a single link, and no step of the path may leave the folder. returns
 * SDX_OK, *fd is the caller's · SDX_E_VALUE absolute, "..", empty, a symbolic link, not a regular
 *           file, more than one link · SDX_E_IO not there or not readable. */
sdx_status sdx_open_beneath(int folder, const char *path, int *fd, sdx_error *err);
/* The same where the kernel has no openat2: step by step.  For tests; the above falls back on it.
 */
sdx_status sdx_open_beneath_in_steps(int folder, const char *path, int *fd, sdx_error *err);
#endif
