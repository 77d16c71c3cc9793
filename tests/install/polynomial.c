/* install/polynomial.c - runs Horner of com.example, which a plugin has to bring.
 *
 * usage: polynomial [PLUGIN]     PLUGIN: its path; else it lies beside the library */
#include <sardonyx.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    static const char text[] = "<ir_version: 8, opset_import: [\"com.example\" : 1]>"
                               "g (double[N] x) => (double[N] y)"
                               "{ y = com.example.Horner<coefficients = [1.0, 0.0, 2.0]>(x) }";
    double numbers[3] = { 0, 1, -3 };
    const int64_t dims[1] = { 3 };
    const char *plugin = argc > 1 ? argv[1] : NULL;
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *model = NULL;
    sdx_session *session = NULL;
    sdx_value *x = NULL, *y = NULL;
    sdx_error err;
    o.plugins = &plugin;
    o.n_plugins = plugin != NULL;
    bool good = !sdx_model_parse(text, sizeof text - 1, "polynomial", &o, &model, &err) &&
                !sdx_session_new(model, NULL, &session, &err) &&
                !sdx_value_wrap(SDX_F64, 1, dims, numbers, sizeof numbers, &x, &err) &&
                !sdx_session_run(session, (const sdx_value *const *)&x, &y, NULL, &err);
    if (!good)
        printf("%s: %s", err.place, err.fact);
    for (size_t i = 0; good && i < sdx_value_count(y); i++)
        printf("%g ", sdx_value_f64(y, i)); /* 1, 1 + 2, 1 + 2 * 9 */
    puts("");
    sdx_value_free(y);
    sdx_value_free(x);
    sdx_session_free(session);
    sdx_model_close(model);
    return !good;
}
