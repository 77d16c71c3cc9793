/* tests/unit/graph/symbols.c - symbolic dims: the normal form, equations, and every answer held
 * against numbers. */
#include "graph/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct world {
    sdx_mem mem;
    sdx_arena arena;
    sdx_symbols *s;
    sdx_dim n, m, h, w;
} world;

static world open_world(void)
{
    world x;
    memset(&x, 0, sizeof x);
    return x;
}

static void start(world *x)
{
    sdx_mem_init(&x->mem, NULL, 0);
    sdx_arena_init(&x->arena, &x->mem, 0);
    x->s = sdx_symbols_new(&x->arena);
    x->n = sdx_symbol(x->s, "N");
    x->m = sdx_symbol(x->s, "M");
    x->h = sdx_symbol(x->s, "H");
    x->w = sdx_symbol(x->s, "W");
}

static void stop(world *x)
{
    assert_false(sdx_symbols_failed(x->s));
    sdx_arena_free(&x->arena);
}

static void assert_text(world *x, sdx_dim d, const char *want)
{
    assert_string_equal(sdx_symbols_text(x->s, &x->arena, sdx_symbols_resolve(x->s, d)), want);
}

static bool is_one(sdx_dim a, sdx_dim b)
{
    return a.sym == b.sym && a.n == b.n;
}

#define ADD(a, b) sdx_symbols_add(x.s, a, b)
#define SUB(a, b) sdx_symbols_sub(x.s, a, b)
#define MUL(a, b) sdx_symbols_mul(x.s, a, b)
#define DIV(a, b) sdx_symbols_div(x.s, a, b)
#define NUM(n)    sdx_num(n)

static void normal_form(void **state)
{
    world x = open_world();
    (void)state;
    start(&x);
    assert_true(is_one(x.n, sdx_symbol(x.s, "N")));
    assert_true(is_one(ADD(x.n, x.m), ADD(x.m, x.n)));
    assert_true(is_one(SUB(ADD(x.n, NUM(3)), NUM(3)), x.n));
    assert_true(is_one(SUB(x.n, x.n), NUM(0)));
    assert_true(is_one(MUL(ADD(x.n, NUM(1)), ADD(x.n, NUM(1))),
                       ADD(ADD(MUL(x.n, x.n), MUL(NUM(2), x.n)), NUM(1))));
    assert_true(is_one(DIV(MUL(NUM(4), x.n), NUM(2)), MUL(NUM(2), x.n)));
    assert_true(is_one(DIV(MUL(MUL(x.n, x.h), x.w), MUL(x.h, x.w)), x.n));
    assert_true(is_one(DIV(MUL(ADD(x.n, x.m), ADD(x.h, NUM(1))), ADD(x.h, NUM(1))), ADD(x.n, x.m)));
    /* Two convolutions of stride 2 are one of stride 4. */
    sdx_dim half = DIV(ADD(x.h, NUM(1)), NUM(2));
    assert_true(is_one(DIV(ADD(half, NUM(1)), NUM(2)), DIV(ADD(x.h, NUM(3)), NUM(4))));
    assert_text(&x, ADD(MUL(NUM(2), x.n), NUM(1)), "2*N + 1");
    assert_text(&x, half, "floor((H + 1)/2)");
    assert_text(&x, SUB(NUM(4), x.n), "4 - N");
    assert_text(&x, sdx_symbols_min(x.s, x.n, NUM(4)), "min(N, 4)");
    assert_true(is_one(sdx_symbols_max(x.s, x.n, NUM(0)), x.n));
    assert_true(is_one(sdx_symbols_min(x.s, ADD(x.n, NUM(1)), x.n), x.n));
    assert_true(is_one(sdx_symbols_mod(x.s, MUL(NUM(6), x.n), NUM(3)), NUM(0)));
    assert_true(sdx_is_unknown(ADD(x.n, sdx_unknown())));
    assert_true(sdx_is_unknown(DIV(x.n, NUM(0))));
    assert_true(is_one(MUL(NUM(0), sdx_unknown()), NUM(0)));
    assert_true(sdx_is_unknown(ADD(NUM(INT64_MAX), NUM(1))));
    assert_true(sdx_is_unknown(MUL(MUL(x.n, NUM(INT64_MAX)), NUM(2))));
    assert_true(sdx_is_unknown(DIV(NUM(INT64_MIN), NUM(-1))));
    stop(&x);
}

static void divisibility(void **state)
{
    world x = open_world();
    (void)state;
    start(&x);
    sdx_dim odd = ADD(MUL(NUM(2), x.n), NUM(1));
    assert_int_equal(sdx_symbols_divides(x.s, 2, odd), SDX_NO);
    assert_int_equal(sdx_symbols_divides(x.s, 4, odd), SDX_NO);
    assert_int_equal(sdx_symbols_divides(x.s, 3, odd), SDX_MAYBE);
    assert_int_equal(sdx_symbols_divides(x.s, 4, MUL(NUM(8), x.n)), SDX_YES);
    assert_int_equal(sdx_symbols_divides(x.s, 4, x.n), SDX_MAYBE);
    assert_int_equal(sdx_symbols_divides(x.s, 1, x.n), SDX_YES);
    assert_int_equal(sdx_symbols_divides(x.s, 0, NUM(4)), SDX_NO);
    assert_int_equal(sdx_symbols_divides(x.s, 5, sdx_unknown()), SDX_MAYBE);
    /* The symbol that is even makes the question answerable. */
    assert_true(sdx_symbols_equal(x.s, x.m, MUL(NUM(4), x.n)));
    assert_int_equal(sdx_symbols_divides(x.s, 4, x.m), SDX_YES);
    stop(&x);
}

static void equations(void **state)
{
    world x = open_world();
    (void)state;
    start(&x);
    size_t mark = sdx_symbols_mark(x.s);
    assert_true(sdx_symbols_equal(x.s, x.m, ADD(x.n, NUM(1))));
    assert_text(&x, x.m, "N + 1");
    assert_true(sdx_symbols_equal(x.s, x.m, NUM(8)));
    assert_text(&x, x.n, "7");
    assert_false(sdx_symbols_equal(x.s, x.n, NUM(6)));
    assert_int_equal(sdx_symbols_same(x.s, x.n, NUM(7)), SDX_YES);
    sdx_symbols_undo(x.s, mark);
    assert_text(&x, x.m, "M");
    assert_text(&x, x.n, "N");
    assert_int_equal(sdx_symbols_same(x.s, x.n, NUM(7)), SDX_MAYBE);
    /* Parity, ranges, and what cannot be said of itself. */
    assert_false(sdx_symbols_equal(x.s, MUL(NUM(2), x.n), NUM(5)));
    assert_false(sdx_symbols_equal(x.s, ADD(x.n, NUM(1)), NUM(0)));
    assert_false(sdx_symbols_equal(x.s, ADD(x.n, NUM(1)), x.n));
    assert_true(sdx_symbols_equal(x.s, x.n, DIV(x.n, NUM(2)))); /* 0 would do */
    assert_true(sdx_symbols_equal(x.s, x.n, sdx_unknown()));
    /* A size that depends on data gives way to a name, a young name to an old one. */
    sdx_dim found = sdx_symbol_data(x.s, 7, "found", NUM(10));
    assert_true(is_one(found, sdx_symbol_data(x.s, 7, "found", NUM(10))));
    assert_false(sdx_symbols_equal(x.s, found, NUM(11)));
    assert_true(sdx_symbols_equal(x.s, x.h, found));
    assert_text(&x, found, "H");
    assert_true(sdx_symbols_equal(x.s, x.h, x.w));
    assert_text(&x, x.w, "H");
    stop(&x);
}

/* ---- random expressions against numbers ---- */

static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int64_t below(int64_t n)
{
    return (int64_t)(next() % (uint64_t)n);
}

enum { SYMBOLS = 4, ROUNDS = 8 };
static const char *const names[SYMBOLS] = { "N", "M", "H", "W" };

static bool value_of(void *ctx, const char *name, int64_t *value)
{
    const int64_t *values = ctx;
    for (int i = 0; i < SYMBOLS; i++)
        if (strcmp(names[i], name) == 0) {
            *value = values[i];
            return true;
        }
    return false;
}

static int64_t floored(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* A random expression, and its value for each round's numbers; false: some value is out of
 * bounds. */
static bool grow(world *x, int depth, int64_t symbol[ROUNDS][SYMBOLS], sdx_dim *d,
                 int64_t value[ROUNDS])
{
    sdx_dim a, b;
    int64_t va[ROUNDS], vb[ROUNDS];
    if (depth == 0 || below(5) == 0) {
        int which = (int)below(SYMBOLS + 2);
        int64_t number = below(12) - 3;
        *d = which < SYMBOLS ? sdx_symbol(x->s, names[which]) : sdx_num(number);
        for (int r = 0; r < ROUNDS; r++)
            value[r] = which < SYMBOLS ? symbol[r][which] : number;
        return true;
    }
    if (!grow(x, depth - 1, symbol, &a, va) || !grow(x, depth - 1, symbol, &b, vb))
        return false;
    int op = (int)below(7);
    if ((op == 3 || op == 6) && below(2)) { /* mostly divisions by numbers */
        int64_t by = below(2) ? 1 + below(6) : -1 - below(3);
        b = sdx_num(by);
        for (int r = 0; r < ROUNDS; r++)
            vb[r] = by;
    }
    *d = op == 0   ? sdx_symbols_add(x->s, a, b)
         : op == 1 ? sdx_symbols_sub(x->s, a, b)
         : op == 2 ? sdx_symbols_mul(x->s, a, b)
         : op == 3 ? sdx_symbols_div(x->s, a, b)
         : op == 4 ? sdx_symbols_min(x->s, a, b)
         : op == 5 ? sdx_symbols_max(x->s, a, b)
                   : sdx_symbols_mod(x->s, a, b);
    for (int r = 0; r < ROUNDS; r++) {
        if ((op == 3 || op == 6) && vb[r] == 0)
            return false;
        value[r] = op == 0   ? va[r] + vb[r]
                   : op == 1 ? va[r] - vb[r]
                   : op == 2 ? va[r] * vb[r]
                   : op == 3 ? floored(va[r], vb[r])
                   : op == 4 ? (va[r] < vb[r] ? va[r] : vb[r])
                   : op == 5 ? (va[r] > vb[r] ? va[r] : vb[r])
                             : va[r] - vb[r] * floored(va[r], vb[r]);
        if (value[r] > INT64_C(1) << 30 || value[r] < -(INT64_C(1) << 30))
            return false;
    }
    return true;
}

static void check_answers(world *x, sdx_dim d, const int64_t value[ROUNDS])
{
    int64_t least, most;
    sdx_symbols_range(x->s, d, &least, &most);
    for (int64_t k = 2; k <= 6; k++) {
        sdx_answer answer = sdx_symbols_divides(x->s, k, d);
        for (int r = 0; r < ROUNDS; r++) {
            if (answer == SDX_YES)
                assert_int_equal(value[r] % k, 0);
            if (answer == SDX_NO)
                assert_int_not_equal(value[r] % k, 0);
        }
    }
    for (int r = 0; r < ROUNDS; r++) {
        assert_true(least <= value[r] && value[r] <= most);
        assert_int_not_equal(sdx_symbols_same(x->s, d, sdx_num(value[r])), SDX_NO);
    }
}

static void properties(void **state)
{
    int known = 0;
    (void)state;
    for (int i = 0; i < 4000; i++) {
        world x = open_world();
        start(&x);
        int64_t symbol[ROUNDS][SYMBOLS], value[ROUNDS], got;
        for (int r = 0; r < ROUNDS; r++)
            for (int j = 0; j < SYMBOLS; j++)
                symbol[r][j] = below(r < 2 ? 3 : 40);
        sdx_dim d;
        if (!grow(&x, 1 + (int)below(5), symbol, &d, value) || sdx_is_unknown(d)) {
            stop(&x);
            continue;
        }
        known++;
        for (int r = 0; r < ROUNDS; r++) {
            assert_true(sdx_symbols_evaluate(x.s, d, value_of, symbol[r], &got));
            assert_int_equal(got, value[r]);
        }
        check_answers(&x, d, value);
        /* Binding the symbols to the numbers of a round, in any order, makes it that number;
         * undoing unmakes it. */
        for (int r = 0; r < ROUNDS; r++) {
            size_t mark = sdx_symbols_mark(x.s);
            int first = (int)below(SYMBOLS);
            for (int j = 0; j < SYMBOLS; j++) {
                int which = (first + j) % SYMBOLS;
                assert_true(sdx_symbols_equal(x.s, sdx_symbol(x.s, names[which]),
                                              sdx_num(symbol[r][which])));
            }
            sdx_dim now = sdx_symbols_resolve(x.s, d);
            assert_true(sdx_is_num(now));
            assert_int_equal(now.n, value[r]);
            sdx_symbols_undo(x.s, mark);
            assert_true(is_one(sdx_symbols_resolve(x.s, d), d));
        }
        /* A true equation never contradicts, and keeps the value. */
        size_t mark = sdx_symbols_mark(x.s);
        assert_true(sdx_symbols_equal(x.s, d, sdx_num(value[0])));
        assert_true(sdx_symbols_evaluate(x.s, d, value_of, symbol[0], &got) == true);
        sdx_symbols_undo(x.s, mark);
        stop(&x);
    }
    assert_true(known > 2000);
}

/* Many symbols in a chain, and expressions that would explode: bounded, and still no wrong
 * answer. */
static void bounded(void **state)
{
    world x = open_world();
    (void)state;
    start(&x);
    sdx_dim before = x.n;
    for (int i = 0; i < 3000; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        sdx_dim s = sdx_symbol(x.s, name);
        assert_true(sdx_symbols_equal(x.s, s, ADD(before, NUM(1))));
        before = s;
    }
    assert_true(sdx_symbols_equal(x.s, x.n, NUM(5)));
    sdx_dim p = NUM(1);
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        p = MUL(p, ADD(sdx_symbol(x.s, name), NUM(1)));
    }
    assert_true(sdx_is_unknown(p));
    sdx_dim deep = x.h;
    for (int i = 0; i < 200; i++)
        deep = DIV(ADD(MUL(NUM(3), deep), NUM(1)), NUM(2));
    stop(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_form), cmocka_unit_test(divisibility), cmocka_unit_test(equations),
        cmocka_unit_test(properties),  cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
