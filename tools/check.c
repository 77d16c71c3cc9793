/* tools/check.c - runs a model on the standard's test data and compares what comes out. */
#include "check.h"

#include "io/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 256 };

typedef struct values {
    size_t n;
    sdx_value *v[MOST_VALUES];
} values;

static void free_values(values *all)
{
    for (size_t i = 0; i < all->n; i++)
        sdx_value_free(all->v[i]);
    all->n = 0;
}

static void complain(const char *where, const sdx_error *err)
{
    char text[1400];
    sdx_error_text(err, text, sizeof text);
    fprintf(stderr, "%s: %s\n", where, text);
}

/* Reads prefix_0.pb … of a folder; the kinds are those that the model declares.  False: said
 * why. */
static bool read_values(const sdx_model *m, const char *folder, bool outputs, size_t n, values *out)
{
    for (size_t i = 0; i < n; i++) {
        char name[64];
        sdx_value_info info;
        sdx_error err;
        size_t size;
        snprintf(name, sizeof name, "%s_%zu.pb", outputs ? "output" : "input", i);
        char *path = tool_join(folder, name);
        void *bytes = path ? tool_read_file(path, &size) : NULL;
        sdx_status st = outputs ? sdx_model_output(m, i, &info) : sdx_model_input(m, i, &info);
        out->v[i] = NULL;
        out->n = i + 1;
        if (!bytes || st != SDX_OK) {
            fprintf(stderr, "%s/%s cannot be read\n", folder, name);
            free(bytes);
            free(path);
            return false;
        }
        st = sdx_value_read(info.kind, bytes, size, NULL, 0, &out->v[i], &err);
        if (st != SDX_OK)
            complain(path, &err);
        free(bytes);
        free(path);
        if (st != SDX_OK)
            return false;
    }
    return true;
}

static bool compare_all(const sdx_model *m, const char *folder, const values *got,
                        const values *want, const check_options *o)
{
    bool same = true;
    for (size_t i = 0; i < want->n; i++) {
        char why[900];
        sdx_value_info info;
        if (compare_values(got->v[i], want->v[i], o->tolerance, why, sizeof why))
            continue;
        same = false;
        sdx_model_output(m, i, &info);
        printf("%s: output '%s': %s\n", folder, info.name, why);
    }
    return same;
}

static check_result check_set(const sdx_model *m, sdx_session *s, const char *folder,
                              const check_options *o)
{
    sdx_model_info about;
    sdx_error err;
    values in = { 0 }, want = { 0 }, got = { 0 };
    check_result result = CHECK_FAILED;
    if (sdx_model_about(m, &about) != SDX_OK || about.n_inputs > MOST_VALUES ||
        about.n_outputs > MOST_VALUES)
        return CHECK_FAILED;
    if (!read_values(m, folder, false, about.n_inputs, &in) ||
        !read_values(m, folder, true, about.n_outputs, &want))
        goto done;
    sdx_status st = sdx_session_run(s, (const sdx_value *const *)in.v, got.v, o->run, &err);
    if (st != SDX_OK) {
        complain(folder, &err);
        goto done;
    }
    got.n = about.n_outputs;
    result = compare_all(m, folder, &got, &want, o) ? CHECK_SAME : CHECK_DIFFERS;
    if (result == CHECK_SAME && !o->quiet)
        printf("%s: %zu output%s as expected\n", folder, want.n, want.n == 1 ? "" : "s");
done:
    free_values(&in);
    free_values(&want);
    free_values(&got);
    return result;
}

check_result check_folder(const sdx_model *m, sdx_session *s, const char *folder,
                          const check_options *o)
{
    size_t n, sets = 0;
    check_result worst = CHECK_SAME;
    char **list = tool_list_folder(folder, &n);
    if (!list) {
        perror(folder);
        return CHECK_FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        if (strncmp(tool_base_name(list[i]), "test_data_set_", 14) != 0 || !tool_is_folder(list[i]))
            continue;
        check_result r = check_set(m, s, list[i], o);
        worst = r > worst ? r : worst;
        sets++;
    }
    tool_free_list(list, n);
    return sets > 0 ? worst : check_set(m, s, folder, o);
}
