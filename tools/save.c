/* tools/save.c - writing a model so that a failure leaves what was there. */
#include "save.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_all(void *ctx, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, ctx) == size;
}

bool save_model(const cli *c, const sdx_model *m, const sdx_save_options *o, const char *path,
                size_t *edits)
{
    sdx_error err;
    bool standard = strcmp(path, "-") == 0, good = false;
    size_t length = strlen(path) + 32;
    char *beside = malloc(length);
    if (!beside)
        return false;
    snprintf(beside, length, "%s.new-%ld", path, (long)getpid());
    FILE *f = standard ? stdout : fopen(beside, "wbx");
    if (!f)
        cli_say(c, "%s: %s", beside, strerror(errno));
    else if (sdx_model_save(m, o, write_all, f, edits, &err) != SDX_OK)
        cli_fail(c, &err);
    else
        good = fflush(f) == 0;
    if (f && !standard) {
        good &= fclose(f) == 0;
        good = good && rename(beside, path) == 0;
        if (!good)
            unlink(beside);
    }
    if (f && !good)
        cli_say(c, "%s was not written", path);
    free(beside);
    return good;
}
