/* tools/model_run.c - model-run: runs a model, shows or compares what comes out. */
#include "check.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int give_up(const char *what, const sdx_error *err)
{
    char text[1400];
    sdx_error_text(err, text, sizeof text);
    fprintf(stderr, "model-run: %s%s%s\n", what, what[0] ? ": " : "", text);
    return err->status == SDX_E_UNSUPPORTED ? 1 : 2;
}

int main(int argc, char **argv)
{
    static const struct option table[] = {
        { "check", required_argument, NULL, 'c' },  { "rtol", required_argument, NULL, 'r' },
        { "atol", required_argument, NULL, 'a' },   { "isa", required_argument, NULL, 'i' },
        { "threads", required_argument, NULL, 't' }, { "no-optimize", no_argument, NULL, 'O' },
        { "quiet", no_argument, NULL, 'q' },        { NULL, 0, NULL, 0 }
    };
    const char *folder[64];
    size_t n_folders = 0;
    check_options check = { .tolerance = { 1e-3, 1e-7, false } };
    sdx_session_options options = SDX_OPTIONS_INIT(sdx_session_options);
    for (int c; (c = getopt_long(argc, argv, "c:t:q", table, NULL)) != -1;) {
        if (c == 'c' && n_folders < 64)
            folder[n_folders++] = optarg;
        else if (c == 'i')
            options.isa = optarg;
        else if (c == 'O')
            options.no_optimize = true;
        else if (c == 'q')
            check.quiet = true;
        else if (c == 't')
            options.threads = (int)strtol(optarg, NULL, 10);
        else
            return 2;
    }
    if (optind + 1 != argc || n_folders == 0) {
        fputs("usage: model-run --check DIR MODEL\n", stderr);
        return 2;
    }
    sdx_error err;
    sdx_model *m;
    sdx_session *s;
    if (sdx_model_open(argv[optind], NULL, &m, &err) != SDX_OK)
        return give_up("", &err);
    if (sdx_session_new(m, &options, &s, &err) != SDX_OK)
        return give_up("", &err);
    check_result worst = CHECK_SAME;
    for (size_t i = 0; i < n_folders; i++) {
        check_result r = check_folder(m, s, folder[i], &check);
        worst = r > worst ? r : worst;
    }
    sdx_session_free(s);
    sdx_model_close(m);
    return worst == CHECK_SAME ? 0 : worst == CHECK_DIFFERS ? 1 : 2;
}
