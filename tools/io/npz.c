/* tools/io/npz.c - NumPy's .npz: a zip of .npy files. */
#include "io/npy.h"

#include <minizip/unzip.h>
#include <minizip/zip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static void *read_entry(unzFile z, size_t size, size_t *got)
{
    char *bytes = malloc(size + 1);
    *got = 0;
    if (!bytes || unzOpenCurrentFile(z) != UNZ_OK) {
        free(bytes);
        return NULL;
    }
    for (int n = 1; n > 0 && *got < size;) {
        size_t left = size - *got;
        n = unzReadCurrentFile(z, bytes + *got, (unsigned)(left < 1u << 30 ? left : 1u << 30));
        if (n > 0)
            *got += (size_t)n;
    }
    if (unzCloseCurrentFile(z) != UNZ_OK || *got != size) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static bool take_entry(unzFile z, npz_take *take, void *ctx, char *why, size_t why_size)
{
    char name[1024];
    unz_file_info64 info;
    size_t got;
    if (unzGetCurrentFileInfo64(z, &info, name, sizeof name, NULL, 0, NULL, 0) != UNZ_OK)
        return false;
    void *bytes = read_entry(z, (size_t)info.uncompressed_size, &got);
    if (!bytes) {
        snprintf(why, why_size, "'%.200s' cannot be unpacked", name);
        return false;
    }
    sdx_value *v = npy_read(bytes, got, why, why_size);
    free(bytes);
    size_t n = strlen(name);
    if (n > 4 && strcmp(name + n - 4, ".npy") == 0)
        name[n - 4] = '\0';
    return v && take(ctx, name, v);
}

bool npz_read(const char *path, npz_take *take, void *ctx, char *why, size_t why_size)
{
    unzFile z = unzOpen64(path);
    if (!z) {
        snprintf(why, why_size, "no .npz file");
        return false;
    }
    int at = unzGoToFirstFile(z);
    bool good = true;
    for (; good && at == UNZ_OK; at = unzGoToNextFile(z))
        good = take_entry(z, take, ctx, why, why_size);
    unzClose(z);
    return good;
}

/* ---- writing ---- */

struct npz_writer {
    zipFile zip;
    bool failed;
};

npz_writer *npz_create(const char *path)
{
    npz_writer *w = calloc(1, sizeof *w);
    if (w)
        w->zip = zipOpen64(path, APPEND_STATUS_CREATE);
    if (w && !w->zip) {
        free(w);
        return NULL;
    }
    return w;
}

bool npz_add(npz_writer *w, const char *name, const sdx_value *v, char *why, size_t why_size)
{
    size_t size;
    char file[1024];
    zip_fileinfo info;
    void *bytes = npy_write(v, &size, why, why_size);
    if (!bytes)
        return false;
    memset(&info, 0, sizeof info);
    snprintf(file, sizeof file, "%s.npy", name);
    int st = zipOpenNewFileInZip64(w->zip, file, &info, NULL, 0, NULL, 0, NULL, 0, 0, 1);
    for (size_t at = 0; st == ZIP_OK && at < size;) {
        size_t n = size - at < 1u << 30 ? size - at : 1u << 30;
        st = zipWriteInFileInZip(w->zip, (char *)bytes + at, (unsigned)n);
        at += n;
    }
    if (st == ZIP_OK)
        st = zipCloseFileInZip(w->zip);
    free(bytes);
    if (st != ZIP_OK) {
        w->failed = true;
        snprintf(why, why_size, "'%s' cannot be written", name);
    }
    return st == ZIP_OK;
}

bool npz_close(npz_writer *w)
{
    bool good = zipClose(w->zip, NULL) == ZIP_OK && !w->failed;
    free(w);
    return good;
}
