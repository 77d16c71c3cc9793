/* tools/save.c - writing a model so that a failure leaves what was there. */
#include "save.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(void *ctx, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, ctx) == size;
}

char *save_to_memory(const sdx_model *m, const sdx_save_options *o, size_t *size, size_t *edits,
                     sdx_error *err)
{
    char *bytes = NULL;
    FILE *memory = open_memstream(&bytes, size);
    *err = (sdx_error){ .status = SDX_E_MEMORY, .fact = "out of memory" };
    bool good = memory && sdx_model_save(m, o, write_all, memory, edits, err) == SDX_OK;
    if (memory && fclose(memory) == 0 && good)
        return bytes;
    free(bytes);
    return NULL;
}

/* Where the new file goes: what a link leads to, so that the link stays.  NULL: no memory. */
static char *target_of(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISLNK(info.st_mode))
        return strdup(path);
    char *real = realpath(path, NULL);
    return real ? real : strdup(path);
}

/* A device or a pipe is written to; only a file is replaced. */
static bool is_written_to(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

static bool write_model(const cli *c, FILE *f, const sdx_model *m, const sdx_save_options *o,
                        size_t *edits)
{
    sdx_error err;
    if (sdx_model_save(m, o, write_all, f, edits, &err) == SDX_OK)
        return fflush(f) == 0;
    cli_fail(c, &err);
    return false;
}

/* Into a file that is not there yet, which then takes the target's name. */
static bool replace(const cli *c, const char *target, const sdx_model *m, const sdx_save_options *o,
                    size_t *edits)
{
    size_t length = strlen(target) + 32;
    char *beside = malloc(length);
    if (!beside)
        return false;
    snprintf(beside, length, "%s.new-%ld", target, (long)getpid());
    FILE *f = fopen(beside, "wbx");
    bool good = f && write_model(c, f, m, o, edits);
    if (!f)
        cli_say(c, "%s: %s", beside, strerror(errno));
    if (f) {
        good = fclose(f) == 0 && good;
        good = good && rename(beside, target) == 0;
        if (!good)
            unlink(beside);
    }
    free(beside);
    return good;
}

bool save_model(const cli *c, const sdx_model *m, const sdx_save_options *o, const char *path,
                size_t *edits)
{
    bool good = false;
    if (strcmp(path, "-") == 0) {
        good = write_model(c, stdout, m, o, edits);
    } else if (is_written_to(path)) {
        FILE *f = fopen(path, "wb");
        good = f && write_model(c, f, m, o, edits);
        good = f && fclose(f) == 0 && good;
    } else {
        char *target = target_of(path);
        good = target && replace(c, target, m, o, edits);
        free(target);
    }
    if (!good)
        cli_say(c, "%s was not written", path);
    return good;
}
