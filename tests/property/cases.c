/* tests/property/cases.c - finds the cases, reads them and runs a test on each, in a process that
 * is begun anew where one ends it. */
#include "property/cases.h"
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 60 };
/* Past the test's own counts: of failures, and the case at hand. */
enum { WRONG = CASE_COUNTS, AT, ALL_COUNTS };

void case_wrong(const one_case *c, const char *fmt, ...)
{
    va_list args;
    c->count[WRONG]++;
    va_start(args, fmt);
    printf("%s: ", c->name);
    vprintf(fmt, args);
    putchar('\n');
    va_end(args);
}

static void *must(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

/* The whole file; NULL where there is none. */
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t room = 0, got = 0;
    if (!f)
        return NULL;
    do {
        room = room ? 2 * room : 4096;
        bytes = must(realloc(bytes, room));
        got += fread(bytes + got, 1, room - got, f);
    } while (got == room);
    fclose(f);
    *size = got;
    return bytes;
}

uint8_t *case_bytes(const Onnx__ModelProto *m, size_t *size)
{
    *size = onnx__model_proto__get_packed_size(m);
    uint8_t *bytes = must(malloc(*size + 1));
    onnx__model_proto__pack(m, bytes);
    return bytes;
}

Onnx__ModelProto *case_copy(const Onnx__ModelProto *m)
{
    size_t size;
    uint8_t *bytes = case_bytes(m, &size);
    Onnx__ModelProto *copy = must(onnx__model_proto__unpack(NULL, size, bytes));
    free(bytes);
    return copy;
}

void case_make_constant(Onnx__ModelProto *m, const one_case *c, size_t k)
{
    Onnx__GraphProto *g = m->graph;
    size_t at = 0, size = onnx__tensor_proto__get_packed_size(c->tensor[k]);
    uint8_t *bytes = must(malloc(size + 1));
    onnx__tensor_proto__pack(c->tensor[k], bytes);
    Onnx__TensorProto *t = must(onnx__tensor_proto__unpack(NULL, size, bytes));
    free(bytes);
    while (at < g->n_input && strcmp(g->input[at]->name, c->model->graph->input[k]->name) != 0)
        at++;
    free(t->name);
    t->name = must(strdup(c->model->graph->input[k]->name));
    g->initializer = must(realloc(g->initializer, (g->n_initializer + 1) * sizeof(void *)));
    g->initializer[g->n_initializer++] = t;
    onnx__value_info_proto__free_unpacked(g->input[at], NULL);
    g->n_input--;
    memmove(g->input + at, g->input + at + 1, (g->n_input - at) * sizeof *g->input);
}

void case_forget_shape(Onnx__TypeProto *t)
{
    if (!t)
        return;
    if (t->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE && t->tensor_type->shape) {
        onnx__tensor_shape_proto__free_unpacked(t->tensor_type->shape, NULL);
        t->tensor_type->shape = NULL;
    } else if (t->value_case == ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE) {
        case_forget_shape(t->sequence_type->elem_type);
    } else if (t->value_case == ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE) {
        case_forget_shape(t->optional_type->elem_type);
    }
}

static sdx_kind kind_of(const Onnx__TypeProto *t)
{
    if (!t)
        return SDX_TENSOR;
    return t->value_case == ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE   ? SDX_SEQUENCE
           : t->value_case == ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE ? SDX_OPTIONAL
                                                                    : SDX_TENSOR;
}

/* Before IR 4 initializers were inputs, too; here an input is what a run is given. */
static void drop_defaults(Onnx__ModelProto *m)
{
    Onnx__GraphProto *g = m->graph;
    size_t left = 0;
    for (size_t i = 0; i < g->n_input; i++) {
        bool given = true;
        for (size_t k = 0; k < g->n_initializer && given; k++)
            given = strcmp(g->input[i]->name, g->initializer[k]->name) != 0;
        if (given)
            g->input[left++] = g->input[i];
        else
            onnx__value_info_proto__free_unpacked(g->input[i], NULL);
    }
    if (left < g->n_input && m->ir_version < 4)
        m->ir_version = 4;
    g->n_input = left;
}

/* False: not such a case, or too large for one here. */
static bool read_case(one_case *c, const char *folder)
{
    char path[4096];
    size_t size;
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    uint8_t *bytes = read_file(path, &size);
    c->model = bytes ? onnx__model_proto__unpack(NULL, size, bytes) : NULL;
    free(bytes);
    if (!c->model || !c->model->graph)
        return false;
    drop_defaults(c->model);
    if (c->model->graph->n_input > CASE_VALUES)
        return false;
    c->n_in = c->model->graph->n_input;
    c->complete = true;
    for (size_t i = 0; i < c->n_in; i++) {
        sdx_kind kind = kind_of(c->model->graph->input[i]->type);
        snprintf(path, sizeof path, "%s/test_data_set_0/input_%zu.pb", folder, i);
        bytes = read_file(path, &size);
        if (bytes && sdx_value_read(kind, bytes, size, NULL, 0, &c->in[i], NULL) == SDX_OK &&
            kind == SDX_TENSOR)
            c->tensor[i] = onnx__tensor_proto__unpack(NULL, size, bytes);
        c->complete = c->complete && (c->in[i] || kind == SDX_OPTIONAL);
        free(bytes);
    }
    return true;
}

static void test_case(one_case *c, const char *folder, void (*test)(const one_case *c))
{
    if (read_case(c, folder))
        test(c);
    for (size_t i = 0; i < c->n_in; i++) {
        sdx_value_free(c->in[i]);
        if (c->tensor[i])
            onnx__tensor_proto__free_unpacked(c->tensor[i], NULL);
    }
    if (c->model)
        onnx__model_proto__free_unpacked(c->model, NULL);
}

static int no_dots(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* The cases of one set: in one process, until one of them ends it. */
typedef struct set_of_cases {
    const char *root, *name, *only;
    struct dirent **entry;
    int n, met;
} set_of_cases;

static bool begin_case(set_of_cases *s, int i, one_case *c, char *name, size_t room)
{
    snprintf(name, room, "%s/%s", s->name, s->entry[i]->d_name);
    c->name = name;
    c->seed = c->seed * 1000003 + (uint64_t)i;
    return !s->only || strstr(name, s->only);
}

static _Noreturn void run_from(set_of_cases *s, int i, one_case first,
                               void (*test)(const one_case *c))
{
    char folder[2048], name[512];
    for (; i < s->n; i++) {
        one_case c = first;
        if (!begin_case(s, i, &c, name, sizeof name))
            continue;
        c.count[AT] = i;
        snprintf(folder, sizeof folder, "%s/%s", s->root, name);
        alarm(PATIENCE); /* ends a hang: nobody here catches SIGALRM */
        test_case(&c, folder, test);
        fflush(stdout);
    }
    alarm(0);
    first.count[AT] = s->n;
    for (i = 0; i < s->n; i++)
        free(s->entry[i]);
    free(s->entry);
    exit(0); /* not _exit: a leak checker looks at the end */
}

static int each_of(const char *root, const char *set, const char *only, one_case first,
                   void (*test)(const one_case *c))
{
    char folder[2048], name[512];
    set_of_cases s = { .root = root, .name = set, .only = only };
    snprintf(folder, sizeof folder, "%s/%s", root, set);
    s.n = scandir(folder, &s.entry, no_dots, alphasort);
    for (int i = 0; i < s.n; i++) {
        one_case c = first;
        s.met += begin_case(&s, i, &c, name, sizeof name);
    }
    for (long at = 0; at < s.n; at++) {
        int status = 0;
        one_case c = first;
        fflush(NULL);
        c.count[AT] = at;
        pid_t child = fork();
        if (child == 0)
            run_from(&s, (int)at, first, test);
        if (child < 0 || waitpid(child, &status, 0) < 0) {
            perror("fork");
            exit(2);
        }
        at = status ? c.count[AT] : s.n;
        if (at < s.n)
            begin_case(&s, (int)at, &c, name, sizeof name);
        else
            c.name = "after the last case (a leak?)";
        if (WIFSIGNALED(status))
            case_wrong(&c, "%s", strsignal(WTERMSIG(status)));
        else if (status != 0)
            case_wrong(&c, "exit status %d", WEXITSTATUS(status));
    }
    for (int i = 0; i < s.n; i++)
        free(s.entry[i]);
    if (s.n >= 0)
        free(s.entry);
    return s.met;
}

int case_each(int argc, char **argv, void (*test)(const one_case *c), long *counts)
{
    const char *root = NULL, *only = NULL, *set = NULL;
    const char *const sets[] = { "node", "simple", "pytorch-converted", "pytorch-operator" };
    one_case first = { .seed = 1, .times = 12 };
    int met = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--only=", 7) == 0)
            only = argv[i] + 7;
        else if (strncmp(argv[i], "--seed=", 7) == 0)
            first.seed = strtoull(argv[i] + 7, NULL, 10);
        else if (strncmp(argv[i], "--set=", 6) == 0)
            set = argv[i] + 6;
        else if (strncmp(argv[i], "--times=", 8) == 0)
            first.times = (int)strtol(argv[i] + 8, NULL, 10);
        else if (argv[i][0] != '-')
            root = argv[i];
    }
    long *count = mmap(NULL, ALL_COUNTS * sizeof *count, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!root || count == MAP_FAILED)
        return -1;
    first.count = count;
    if (set)
        met = each_of(root, set, only, first, test);
    for (size_t i = 0; i < sizeof sets / sizeof *sets && !set; i++)
        met += each_of(root, sets[i], only, first, test);
    memcpy(counts, count, CASE_COUNTS * sizeof *count);
    return met == 0 ? -1 : (int)count[WRONG];
}
