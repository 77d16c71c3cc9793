/* tests/fuzz/text.c - any bytes as a model in the standard's text syntax. */
#include "fuzz/target.h"
#include "sardonyx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *m = NULL;
    sdx_error err;
    o.lenient = true;
    o.memory_limit = 64u << 20;
    (void)sdx_model_parse((const char *)data, size, "fuzz", &o, &m, &err);
    sdx_model_close(m);
    return 0;
}
