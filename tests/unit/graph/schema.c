/* tests/unit/graph/schema.c - the mini-language, and every row of every operator there is. */
#include "graph/facts.h"
#include "graph/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static sdx_mem mem;
static sdx_arena arena;

static int open_arena(void **state)
{
    (void)state;
    sdx_mem_init(&mem, NULL, 0);
    sdx_arena_init(&arena, &mem, 0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    sdx_arena_free(&arena);
    return sdx_mem_used(&mem) != 0;
}

static void reads_a_row(void **state)
{
    static const sdx_schema rows[] = {
        { 1, "X:T W:T B?:T xs*:V* -> Y:T Z?:seq(f32)",
          "group:int=1 pads:ints axis:int! mode:string=half_up "
          "a:floats=[1,0.5] names:strings=[Tanh,Tanh]",
          "T: float bf16; V: all4 opt(seq(all)) map(i64,f32)" },
        { 11, NULL, "group:int=2", NULL },
        { 13, "X:T -> Y:T | Resize", NULL, "T: i8" },
        { 0 },
    };
    sdx_row *r;
    (void)state;
    assert_int_equal(sdx_row_parse(&arena, rows, 0, &r, NULL), SDX_OK);
    assert_int_equal(r->n_in, 4);
    assert_int_equal(r->n_out, 2);
    assert_int_equal(r->n_attr, 6);
    assert_int_equal(r->n_var, 2);
    assert_string_equal(r->in[2].name, "B");
    assert_int_equal(r->in[2].arity, SDX_MAYBE_ONE);
    assert_int_equal(r->in[3].arity, SDX_ANY);
    assert_true(r->in[3].mixed);
    assert_string_equal(r->in[3].numbered[2], "xs[2]");
    assert_int_equal(r->in[0].variable, 0);
    assert_int_equal(r->out[1].variable, -1);
    assert_int_equal(r->out[1].set->sequence, 1u << SDX_F32);
    assert_int_equal(r->in[0].set->tensor,
                     1u << SDX_F16 | 1u << SDX_F32 | 1u << SDX_F64 | 1u << SDX_BF16);
    assert_true(r->in[3].set->maps);
    assert_true(r->in[3].set->optional_sequence != 0);
    assert_int_equal(r->attr[0].value->i, 1);
    assert_true(r->attr[2].required);
    assert_false(r->attr[1].has_default);
    assert_memory_equal(r->attr[3].value->s.text, "half_up", 7);
    assert_int_equal(r->attr[4].value->count, 2);
    assert_true(r->attr[4].value->floats[1] == 0.5f);
    assert_int_equal(r->attr[5].value->strings[1].length, 4);

    assert_int_equal(sdx_row_parse(&arena, rows, 1, &r, NULL), SDX_OK);
    assert_int_equal(r->n_in, 4);
    assert_int_equal(r->attr[0].value->i, 2);
    assert_int_equal(sdx_row_parse(&arena, rows, 2, &r, NULL), SDX_OK);
    assert_string_equal(r->replaced_by, "Resize");
    assert_int_equal(r->n_out, 1);
    assert_int_equal(r->n_attr, 1);
}

static void says_what_is_wrong(void **state)
{
    static const struct {
        sdx_schema row[2];
        const char *says;
    } cases[] = {
        { { { 1, "X:T Y:T", "", "T: float" } }, "'->'" },
        { { { 1, "X:Q -> Y:T", "", "T: float" } }, "'Q'" },
        { { { 1, "X -> Y:T", "", "T: float" } }, "'X'" },
        { { { 1, "X:T -> Y:T", "", "T: flaot" } }, "'flaot'" },
        { { { 1, "X:T -> Y:T", "", "T float" } }, "'T'" },
        { { { 1, "X:T -> Y:T", "axis:integer", "T: float" } }, "'integer'" },
        { { { 1, "X:T -> Y:T", "axis:int=x", "T: float" } }, "'x'" },
        { { { 1, "X:T -> Y:T", "axis:ints=3", "T: float" } }, "'3'" },
        { { { 1, "X:T -> Y:T", "axis", "T: float" } }, "'axis'" },
        { { { 1, "X:T -> Y:T", "axis:int?", "T: float" } }, "'?'" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sdx_row *r = NULL;
        sdx_error err;
        assert_int_equal(sdx_row_parse(&arena, cases[i].row, 0, &r, &err), SDX_E_USAGE);
        assert_null(r);
        assert_non_null(strstr(err.fact, cases[i].says));
    }
}

/* Every operator of the library: its rows parse, rise, and it has what an operator must have. */
static void all_operators(void **state)
{
    sdx_registry *r = sdx_registry_new(&arena);
    const char *source;
    (void)state;
    assert_non_null(r);
    size_t n = 0;
    for (const sdx_op *op; (op = sdx_registry_at(r, n, &source)); n++) {
        int before = 0, rows = 0;
        assert_non_null(op->schema);
        for (; op->schema[rows].since; rows++) {
            sdx_row *row = NULL;
            sdx_error err;
            if (sdx_row_parse(&arena, op->schema, rows, &row, &err) != SDX_OK)
                fail_msg("%s: %s: %s", source, op->name, err.fact);
            if (row->since <= before)
                fail_msg("%s: %s: rows do not rise", source, op->name);
            before = row->since;
        }
        if (!rows || !op->infer ||
            (!op->run && !op->expand && !(op->traits & (SDX_VIEW | SDX_DERIVES))))
            fail_msg("%s: %s lacks rows, infer, or a way to run", source, op->name);
        /* 0: what ONNX Runtime has put into ai.onnx; registry_test.py knows which */
        int known = op->domain ? 0 : sdx_standard_since(NULL, op->name);
        if (known && known != op->schema[0].since)
            fail_msg("%s: %s: the standard has it since %d", source, op->name,
                     sdx_standard_since(NULL, op->name));
        int since = 0;
        const sdx_row *row = NULL;
        assert_ptr_equal(sdx_registry_find(r, op->domain, op->name, before, NULL, &row, &since),
                         op);
        assert_int_equal(row->since, before);
        assert_int_equal(since, op->schema[0].since);
        if (since > 1) {
            assert_ptr_equal(
                sdx_registry_find(r, op->domain, op->name, since - 1, NULL, &row, NULL), op);
            assert_null(row);
        }
    }
    assert_null(sdx_registry_find(r, "", "Convolution", 13, NULL, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_a_row, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(says_what_is_wrong, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(all_operators, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
