/* tests/fuzz/model.c - any bytes as a model: opened, linted, shown, run.  Nothing may crash, hang
 * or grow. */
#include "fuzz/target.h"
#include "sardonyx.h"

enum { MOST = 16 };
static const uint64_t memory = 64u << 20, half_a_second = 500u * 1000 * 1000;

static bool count_finding(void *ctx, const sdx_finding *f)
{
    size_t *n = ctx;
    *n += f->code != NULL && f->message != NULL;
    return *n < 1000;
}

/* A zero of the declared type; unknown dims are 2.  NULL where that is too large or no tensor. */
static sdx_value *make_input(const sdx_value_info *info)
{
    int64_t dims[8];
    double count = 1;
    sdx_value *v = NULL;
    if (info->kind != SDX_TENSOR || info->rank < 0 || info->rank > 8)
        return NULL;
    for (int i = 0; i < info->rank; i++) {
        dims[i] = info->dims[i] < 0 ? 2 : info->dims[i];
        count *= (double)dims[i];
    }
    if (count > 1 << 20)
        return NULL;
    sdx_value_tensor(info->dtype, info->rank, dims, &v, NULL);
    return v;
}

static void run_model(sdx_model *m)
{
    sdx_value *in[MOST] = { NULL }, *out[MOST] = { NULL };
    sdx_session_options so = SDX_OPTIONS_INIT(sdx_session_options);
    sdx_run_options ro = SDX_OPTIONS_INIT(sdx_run_options);
    sdx_model_info about;
    sdx_session *s = NULL;
    sdx_error err;
    so.threads = 1;
    so.memory_limit = memory;
    ro.deadline_ns = half_a_second;
    if (sdx_model_about(m, &about) != SDX_OK || about.n_inputs > MOST || about.n_outputs > MOST)
        return;
    bool ready = true;
    for (size_t i = 0; i < about.n_inputs; i++) {
        sdx_value_info info;
        ready = ready && sdx_model_input(m, i, &info) == SDX_OK && (in[i] = make_input(&info));
    }
    if (ready && sdx_session_new(m, &so, &s, &err) == SDX_OK)
        (void)sdx_session_run(s, (const sdx_value *const *)in, out, &ro, &err);
    for (size_t i = 0; i < MOST; i++) {
        sdx_value_free(in[i]);
        sdx_value_free(out[i]);
    }
    sdx_session_free(s);
}

static void show_model(const sdx_model *m)
{
    sdx_value_info value;
    sdx_node_info node;
    size_t findings = 0;
    for (size_t i = 0; i < 100 && sdx_model_value(m, i, &value) == SDX_OK; i++)
        ;
    for (size_t i = 0; i < 100 && sdx_model_node(m, i, &node) == SDX_OK; i++)
        ;
    (void)sdx_model_lint(m, NULL, count_finding, &findings, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *m = NULL;
    sdx_error err;
    o.memory_limit = memory;
    o.folder = "/nowhere";
    if (sdx_model_open_memory(data, size, "fuzz", &o, &m, &err) == SDX_OK) {
        show_model(m);
        run_model(m);
    } else {
        o.lenient = true;
        if (sdx_model_open_memory(data, size, "fuzz", &o, &m, &err) == SDX_OK)
            show_model(m);
    }
    sdx_model_close(m);
    return 0;
}
