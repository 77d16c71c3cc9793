/* tests/capi/first.c - the first program of the README: a convolution in two groups. */
#include <sardonyx.h>
#include <stdio.h>
int main(void)
{
    static const char text[] = "<ir_version: 8, opset_import: [\"\" : 17]>"
                               "two_groups (float[N, 4, 2, 2] x) => (float[N, 2, 2, 2] y)"
                               "<float[2, 2, 1, 1] W = {1, 2, 3, 4}> { y = Conv<group = 2>(x, W) }";
    float pixels[16] = { 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4 };
    const int64_t dims[4] = { 1, 4, 2, 2 };
    sdx_model *model = NULL;
    sdx_session *session = NULL;
    sdx_value *x = NULL, *y = NULL;
    sdx_error err;
    bool good = !sdx_model_parse(text, sizeof text - 1, "two groups", NULL, &model, &err) &&
                !sdx_session_new(model, NULL, &session, &err) &&
                !sdx_value_wrap(SDX_F32, 4, dims, pixels, sizeof pixels, &x, &err) &&
                !sdx_session_run(session, (const sdx_value *const *)&x, &y, NULL, &err);
    for (size_t i = 0; good && i < sdx_value_count(y); i++)
        printf("%g ", sdx_value_f64(y, i)); /* 1*1 + 2*2 four times, then 3*3 + 4*4 */
    sdx_value_free(y);
    sdx_value_free(x);
    sdx_session_free(session);
    sdx_model_close(model);
    return puts(good ? "" : err.fact) < 0 || !good;
}
