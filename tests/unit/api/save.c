/* tests/unit/api/save.c - fixes of nodes of functions: made where every call wants the same. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sardonyx.h"
#include "support/wire.h"

#include <cmocka.h>

enum { REFERS = -1, ABSENT = 0 }; /* what the function's Conv says of its group */

static wire value_info(const char *name, const int *dims)
{
    wire v = { .n = 0 }, type = { .n = 0 }, tensor = { .n = 0 }, shape = { .n = 0 };
    for (int i = 0; dims && i < 4; i++) {
        wire dim = { .n = 0 };
        wire_int(&dim, 1, (uint64_t)dims[i]);
        wire_message(&shape, 1, &dim);
    }
    wire_int(&tensor, 1, SDX_F32);
    if (dims)
        wire_message(&tensor, 2, &shape);
    wire_message(&type, 1, &tensor);
    wire_text(&v, 1, name);
    wire_message(&v, 2, &type);
    return v;
}

static wire group_of(int group)
{
    wire a = { .n = 0 };
    wire_text(&a, 1, "group");
    wire_int(&a, 20, 2);
    if (group == REFERS)
        wire_text(&a, 21, "of");
    else
        wire_int(&a, 3, (uint64_t)group);
    return a;
}

/* f(a, w) = Conv(a, w) */
static wire function(int group)
{
    wire f = { .n = 0 }, n = { .n = 0 }, o = { .n = 0 };
    wire_text(&n, 1, "a");
    wire_text(&n, 1, "w");
    wire_text(&n, 2, "b");
    wire_text(&n, 4, "Conv");
    if (group != ABSENT) {
        wire a = group_of(group);
        wire_message(&n, 5, &a);
    }
    wire_text(&f, 1, "f");
    wire_text(&f, 4, "a");
    wire_text(&f, 4, "w");
    wire_text(&f, 5, "b");
    if (group == REFERS)
        wire_text(&f, 6, "of");
    wire_message(&f, 7, &n);
    wire_int(&o, 2, 18);
    wire_message(&f, 9, &o);
    wire_text(&f, 10, "local");
    return f;
}

/* Calls f once for each pair of channels and channels of a filter. */
static wire model(int group, int calls, const int (*channels)[2])
{
    wire g = { .n = 0 }, m = { .n = 0 }, own = { .n = 0 }, local = { .n = 0 };
    wire_text(&g, 2, "g");
    for (int i = 0; i < calls; i++) {
        char x[] = "x0", w[] = "w0", y[] = "y0";
        wire n = { .n = 0 };
        x[1] = w[1] = y[1] = (char)('0' + i);
        wire_text(&n, 1, x);
        wire_text(&n, 1, w);
        wire_text(&n, 2, y);
        wire_text(&n, 4, "f");
        wire_text(&n, 7, "local");
        if (group == REFERS) {
            wire a = { .n = 0 };
            wire_text(&a, 1, "of");
            wire_int(&a, 3, 4);
            wire_int(&a, 20, 2);
            wire_message(&n, 5, &a);
        }
        wire_message(&g, 1, &n);
        const int in[] = { 1, channels[i][0], 5, 5 }, filters[] = { 16, channels[i][1], 1, 1 };
        wire v = value_info(x, in);
        wire_message(&g, 11, &v);
        v = value_info(w, filters);
        wire_message(&g, 11, &v);
        v = value_info(y, NULL);
        wire_message(&g, 12, &v);
    }
    wire_int(&m, 1, 9);
    wire_message(&m, 7, &g);
    wire_int(&own, 2, 18);
    wire_message(&m, 8, &own);
    wire_text(&local, 1, "local");
    wire_int(&local, 2, 1);
    wire_message(&m, 8, &local);
    wire f = function(group);
    wire_message(&m, 25, &f);
    return m;
}

static bool append(void *ctx, const void *bytes, size_t size)
{
    wire *w = ctx;
    assert_true(size <= sizeof w->bytes - w->n);
    memcpy(w->bytes + w->n, bytes, size);
    w->n += size;
    return true;
}

static sdx_model *open_wire(const wire *w)
{
    sdx_model *m = NULL;
    sdx_error err;
    sdx_model_options o = SDX_OPTIONS_INIT(sdx_model_options);
    o.lenient = true;
    if (sdx_model_open_memory(w->bytes, w->n, "test", &o, &m, &err) != SDX_OK) {
        print_error("%s: %s\n", err.place, err.fact);
        fail();
    }
    return m;
}

/* Changes made, and whether the model has no error afterwards. */
static void fixes(int group, int calls, const int (*channels)[2], size_t changes, bool right)
{
    wire before = model(group, calls, channels), after = { .n = 0 };
    sdx_save_options o = SDX_OPTIONS_INIT(sdx_save_options);
    sdx_model_info about;
    size_t n = 99;
    o.fix_all = true;
    sdx_model *m = open_wire(&before);
    assert_int_equal(sdx_model_save(m, &o, append, &after, &n, NULL), SDX_OK);
    sdx_model_close(m);
    assert_int_equal(n, changes);
    if (changes == 0) {
        assert_int_equal(after.n, before.n);
        assert_memory_equal(after.bytes, before.bytes, before.n);
    }
    m = open_wire(&after);
    assert_int_equal(sdx_model_about(m, &about), SDX_OK);
    assert_int_equal(about.n_errors == 0, right);
    sdx_model_close(m);
}

static void a_fix_that_all_calls_want_is_made_once(void **state)
{
    static const int alike[][2] = { { 16, 2 }, { 32, 4 } };
    (void)state;
    fixes(4, 2, alike, 1, true);
    fixes(4, 1, alike, 1, true);
    fixes(ABSENT, 2, alike, 1, true);
}

static void a_fix_that_calls_do_not_share_is_left_out(void **state)
{
    static const int differ[][2] = { { 16, 2 }, { 16, 8 } },
                     one_right[][2] = { { 16, 2 }, { 16, 4 } };
    (void)state;
    fixes(4, 2, differ, 0, false);
    fixes(4, 2, one_right, 0, false);
}

/* The function's node refers to an attribute of the call: there is no number in it to change. */
static void what_the_call_gives_is_left_alone(void **state)
{
    static const int wrong[][2] = { { 16, 2 } };
    (void)state;
    fixes(REFERS, 1, wrong, 0, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fix_that_all_calls_want_is_made_once),
        cmocka_unit_test(a_fix_that_calls_do_not_share_is_left_out),
        cmocka_unit_test(what_the_call_gives_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
