/* support/probe_wild.c - makes a probe nobody would write: attributes at the ends of their range,
 * other shapes, types and values, inputs that are missing.  Seeded; see probe.h. */
#include "support/probe.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t below(uint64_t *state, size_t n)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (size_t)((x ^ (x >> 31)) % n);
}

static const char *const integers[] = { "0",
                                        "1",
                                        "-1",
                                        "2",
                                        "3",
                                        "-2",
                                        "7",
                                        "16",
                                        "100",
                                        "65536",
                                        "2147483647",
                                        "-2147483648",
                                        "4294967296",
                                        "4611686018427387904",
                                        "9223372036854775807",
                                        "-9223372036854775808" };
static const char *const numbers[] = { "0",   "1",    "-1",    "0.5",  "nan",
                                       "inf", "-inf", "1e-40", "3e38", "-3e38" };
static const char *const words[] = {
    "",    "x",   "SAME_UPPER",    "SAME_LOWER", "VALID",     "reflect", "linear",
    "sum", "max", "bidirectional", "reverse",    "ij,jk->ik", "...,...", "%s%n"
};
#define ONE_OF(r, list) list[below(r, sizeof list / sizeof *list)]

/* Appends to text[size]. */
static void add(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s", more);
}

static void make_list(uint64_t *r, char *text, size_t size, bool whole)
{
    size_t n = below(r, 6);
    snprintf(text, size, "[");
    for (size_t i = 0; i < n; i++) {
        add(text, size, i ? "," : "");
        add(text, size, whole ? ONE_OF(r, integers) : ONE_OF(r, numbers));
    }
    add(text, size, "]");
}

/* An attribute of the row gets another value, or any value at all. */
static void change_attribute(probe *p, uint64_t *r)
{
    const char *start[64], *at = p->row.attributes;
    size_t n = 0;
    for (; at && *at && n < 64; at += strspn(at, " ")) {
        start[n++] = at;
        at += strcspn(at, " ");
    }
    if (n == 0 || p->n_wild == PROBE_WILD)
        return;
    at = start[below(r, n)];
    size_t name = strcspn(at, ":"), kind = strcspn(at + name + 1, " !=");
    char *text = p->wild[p->n_wild], *value = text + name + 1;
    size_t room = sizeof p->wild[0] - name - 1;
    if (name + 64 > sizeof p->wild[0])
        return;
    snprintf(text, sizeof p->wild[0], "%.*s", (int)name, at);
    at += name + 1;
    value[0] = 0;
    if (strncmp(at, "ints", kind) == 0 && kind == 4)
        make_list(r, value, room, true);
    else if (strncmp(at, "floats", kind) == 0 && kind == 6)
        make_list(r, value, room, false);
    else if (strncmp(at, "int", kind) == 0)
        snprintf(value, room, "%s", ONE_OF(r, integers));
    else if (strncmp(at, "float", kind) == 0)
        snprintf(value, room, "%s", ONE_OF(r, numbers));
    else if (strncmp(at, "string", kind) == 0)
        snprintf(value, room, "%s", ONE_OF(r, words));
    else
        return;
    p->n_wild++;
    for (int i = 0; i < p->n_attr; i++) {
        if (strcmp(p->attr[i].name, text) == 0) {
            p->attr[i].value = value;
            return;
        }
    }
    if (p->n_attr < PROBE_MOST)
        p->attr[p->n_attr++] = (probe_attr){ text, value };
}

static void change_shape(spec *s, uint64_t *r)
{
    static const int64_t dims[] = { 0, 1, 2, 3, 4, 5, 8, 17, 33 };
    if (s->rank < 0)
        return;
    switch (below(r, 4)) {
    case 0: /* one dim less */
        s->rank -= s->rank > 0;
        break;
    case 1: /* one more */
        if (s->rank < PROBE_RANK)
            s->dims[s->rank++] = ONE_OF(r, dims);
        break;
    default:
        if (s->rank > 0)
            s->dims[below(r, (size_t)s->rank)] = ONE_OF(r, dims);
    }
}

static void change_values(spec *s, uint64_t *r)
{
    bool whole = sdx_dtype_class(s->dtype) == SDX_INT || sdx_dtype_class(s->dtype) == SDX_UINT;
    if (s->kind != SDX_TENSOR || s->dtype == SDX_STR)
        return;
    if (s->n_given == 0)
        s->n_given = 1 + (int)below(r, 6);
    s->given[below(r, (size_t)s->n_given)] = NULL;
    for (int i = 0; i < s->n_given; i++)
        if (!s->given[i])
            s->given[i] = whole ? ONE_OF(r, integers) : ONE_OF(r, numbers);
}

void probe_make_wild(probe *p, uint64_t seed)
{
    uint64_t r = seed;
    for (size_t times = 1 + below(&r, 3); times > 0; times--) {
        size_t what = below(&r, 8);
        spec *s = p->n_in > 0 ? &p->in[below(&r, (size_t)p->n_in)] : NULL;
        if (what < 4 || !s)
            change_attribute(p, &r);
        else if (what == 4)
            change_shape(s, &r);
        else if (what == 5)
            s->kind = below(&r, 3) ? s->kind : SDX_KIND_UNKNOWN;
        else if (what == 6 && s->n_given == 0)
            s->dtype = (sdx_dtype)(1 + below(&r, SDX_DTYPE_END - 1));
        else
            change_values(s, &r);
    }
}
