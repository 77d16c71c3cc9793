/* tests/capi/model.c - models through the public header alone: the ways in, what they say of
 * themselves, the way out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sardonyx.h"

static int failures;

static void check(bool fine, const char *what, int line)
{
    if (fine)
        return;
    failures++;
    printf("line %d: %s\n", line, what);
}
#define CHECK(x) check(x, #x, __LINE__)

static const char text[] = "<ir_version: 8, opset_import: [\"\" : 17], producer_name: \"test\","
                           " metadata_props: [\"key\": \"value\"]>\n"
                           "g (float[N, 4] x) => (float[N, 4] y) <float[4] b = {1, 2, 3, 4}> {\n"
                           "  [sum] t = Add(x, b)\n"
                           "  [soft] y = Softmax<axis = -1>(t)\n}";

static void what_it_holds(const sdx_model *m)
{
    sdx_model_info about;
    sdx_value_info v;
    sdx_node_info n;
    CHECK(sdx_model_about(m, &about) == SDX_OK);
    CHECK(about.ir_version == 8 && about.n_nodes == 2 && about.n_inputs == 1 &&
          about.n_outputs == 1);
    CHECK(about.parameters == 4 && about.weight_bytes == 16 && about.n_initializers == 1);
    CHECK(about.n_opsets == 1 && strcmp(about.opset_domain[0], "") == 0 &&
          about.opset_version[0] == 17);
    CHECK(strcmp(about.producer, "test") == 0 && strcmp(about.graph, "g") == 0);
    CHECK(about.n_metadata == 1 && strcmp(about.metadata_value[0], "value") == 0);
    CHECK(sdx_model_input(m, 0, &v) == SDX_OK && v.rank == 2 && v.dims[0] == -1 && v.dims[1] == 4);
    CHECK(v.symbols[0] && strcmp(v.symbols[0], "N") == 0 && !v.symbols[1]);
    CHECK(strcmp(v.type, "float32[N, 4]") == 0);
    CHECK(sdx_model_input(m, 1, &v) == SDX_E_USAGE && sdx_model_output(m, 1, &v) == SDX_E_USAGE);
    CHECK(sdx_model_output(m, 0, &v) == SDX_OK && strcmp(v.name, "y") == 0 && v.dtype == SDX_F32);
    CHECK(sdx_model_node(m, 1, &n) == SDX_OK && strcmp(n.name, "soft") == 0 && n.since == 13 &&
          n.index == 1);
    CHECK(n.n_attributes == 1 && strcmp(n.attributes[0].name, "axis") == 0 &&
          strcmp(n.attributes[0].text, "-1") == 0);
    CHECK(sdx_model_node(m, 2, &n) == SDX_E_USAGE);
    size_t constants = 0, values = 0;
    for (; sdx_model_value(m, values, &v) == SDX_OK; values++)
        constants += v.is_constant && v.constant && sdx_value_count(v.constant) == 4;
    CHECK(values == about.n_values && constants == 1);
}

typedef struct bytes {
    char *data;
    size_t size, at;
} bytes;

static bool append(void *ctx, const void *data, size_t size)
{
    bytes *b = (bytes *)ctx;
    char *more = (char *)realloc(b->data, b->size + size + 1);
    if (!more)
        return false;
    memcpy(more + b->size, data, size);
    b->data = more;
    b->size += size;
    return true;
}

static ptrdiff_t read_some(void *ctx, void *to, size_t size)
{
    bytes *b = (bytes *)ctx;
    size_t n = b->size - b->at < 7 ? b->size - b->at : 7; /* in small pieces */
    n = n < size ? n : size;
    memcpy(to, b->data + b->at, n);
    b->at += n;
    return (ptrdiff_t)n;
}

/* x -> Relu -> y, by hand */
static const unsigned char relu[] = {
    0x08, 8,   0x3a, 27,  0x0a, 12,  0x0a, 1,    'x', 0x12, 1,  'y',
    0x22, 4,   'R',  'e', 'l',  'u', 0x12, 1,    'g', 0x5a, 3,  0x0a,
    1,    'x', 0x62, 3,   0x0a, 1,   'y',  0x42, 2,   0x10, 17,
};

static void ways_in(void)
{
    char path[] = "/tmp/sardonyx-model-XXXXXX";
    bytes file = { NULL, 0, 0 }, out = { NULL, 0, 0 };
    sdx_model *m = NULL;
    sdx_error err;
    sdx_model_info about;
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, relu, sizeof relu) == (ssize_t)sizeof relu);
    CHECK(append(&file, relu, sizeof relu));
    CHECK(sdx_model_open(path, NULL, &m, &err) == SDX_OK);
    CHECK(sdx_model_about(m, &about) == SDX_OK && about.file_bytes == sizeof relu &&
          strcmp(about.name, path) == 0);
    CHECK(sdx_model_save(m, NULL, append, &out, NULL, &err) == SDX_OK);
    CHECK(out.size == sizeof relu && memcmp(out.data, relu, sizeof relu) == 0);
    sdx_model_close(m);
    CHECK(sdx_model_open_fd(fd, "descriptor", NULL, &m, &err) == SDX_OK);
    sdx_model_close(m);
    CHECK(sdx_model_open_memory(relu, sizeof relu, "memory", NULL, &m, &err) == SDX_OK);
    sdx_model_close(m);
    CHECK(sdx_model_read(read_some, &file, "reader", NULL, &m, &err) == SDX_OK);
    sdx_model_close(m);
    sdx_model_close(NULL);
    close(fd);
    unlink(path);
    free(file.data);
    free(out.data);
}

static void ways_to_fail(void)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_model *m = NULL;
    sdx_error err;
    char words[1600];
    static const char wrong[] =
        "<ir_version: 8, opset_import: [\"\" : 17]> net (float[2] x) => (float[2] y) "
        "{ [first] y = Relu(nothing) }";
    CHECK(sdx_model_open("/nowhere/net.onnx", NULL, &m, &err) == SDX_E_IO &&
          strstr(err.fact, "/nowhere/net.onnx"));
    CHECK(sdx_model_open_memory(relu, 20, "net.onnx", NULL, &m, &err) == SDX_E_FORMAT);
    CHECK(strcmp(err.place, "net.onnx") == 0 && strstr(err.fact, "byte 2") &&
          strstr(err.rule, "SX101"));
    CHECK(sdx_error_text(&err, words, sizeof words) == strlen(words) &&
          strstr(words, "net.onnx: byte 2"));
    CHECK(sdx_error_text(&err, words, 8) > 8 && strlen(words) == 7);
    CHECK(sdx_model_parse(wrong, strlen(wrong), "net.txt", NULL, &m, &err) == SDX_E_MODEL);
    CHECK(strcmp(err.rule, "SX401 undefined-tensor") == 0);
    CHECK(strcmp(err.place, "net.txt: node 'first' (Relu, graph 'net', #0)") == 0);
    CHECK(strcmp(err.fact, "input 0 is 'nothing', which nothing makes") == 0);
    o.lenient = true;
    CHECK(sdx_model_parse(wrong, strlen(wrong), "net.txt", &o, &m, &err) == SDX_OK);
    sdx_model_info about;
    CHECK(sdx_model_about(m, &about) == SDX_OK && about.n_errors == 1);
    sdx_session *s = NULL;
    CHECK(sdx_session_new(m, NULL, &s, &err) != SDX_OK);
    CHECK(sdx_model_save(m, NULL, append, NULL, NULL, &err) == SDX_E_UNSUPPORTED);
    sdx_model_close(m);
    sdx_dim_binding unknown = { "Q", 3 };
    o.n_dims = 1;
    o.dims = &unknown;
    CHECK(sdx_model_parse(text, strlen(text), "t", &o, &m, &err) == SDX_E_USAGE &&
          strstr(err.fact, "'Q'"));
}

static void known_dims(void)
{
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    sdx_dim_binding n = { "N", 3 };
    sdx_model *m = NULL;
    sdx_value_info v;
    o.n_dims = 1;
    o.dims = &n;
    CHECK(sdx_model_parse(text, strlen(text), "t", &o, &m, NULL) == SDX_OK);
    CHECK(sdx_model_output(m, 0, &v) == SDX_OK && v.dims[0] == 3 &&
          strcmp(v.type, "float32[3, 4]") == 0);
    sdx_model_close(m);
}

int main(void)
{
    sdx_model *m = NULL;
    sdx_error err;
    bytes printed = { NULL, 0, 0 };
    sdx_save_options as_text = SDX_OPTIONS_INIT(sdx_save_options);
    as_text.text = true;
    CHECK(sdx_model_parse(text, strlen(text), "text", NULL, &m, &err) == SDX_OK);
    if (!m)
        return 1;
    what_it_holds(m);
    CHECK(sdx_model_save(m, &as_text, append, &printed, NULL, &err) == SDX_OK);
    sdx_model_close(m);
    CHECK(sdx_model_parse(printed.data, printed.size, "printed", NULL, &m, &err) == SDX_OK);
    what_it_holds(m);
    sdx_model_close(m);
    free(printed.data);
    ways_in();
    ways_to_fail();
    known_dims();
    return failures != 0;
}
