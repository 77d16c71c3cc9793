/* unit/base/memory.c - mem.h, size.h, arena.h. */
#include "base/arena.h"
#include "base/mem.h"
#include "base/size.h"
#include "support/failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void mem_counts_and_limits(void **state)
{
    (void)state;
    failing f;
    sdx_allocator a = failing_allocator(&f, 0);
    sdx_mem m;
    sdx_mem_init(&m, &a, 1000);
    void *p = sdx_mem_alloc(&m, 600, 64);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 64, 0);
    assert_int_equal(sdx_mem_used(&m), 600);
    assert_true(sdx_mem_has_room(&m, 400));
    assert_false(sdx_mem_has_room(&m, 401));
    assert_false(sdx_mem_has_room(&m, SIZE_MAX));
    assert_null(sdx_mem_alloc(&m, 401, 0));
    assert_null(sdx_mem_alloc(&m, SIZE_MAX, 0));
    assert_int_equal(f.calls, 1); /* the limit is looked at before the allocator is asked */
    void *q = sdx_mem_alloc(&m, 400, 0);
    assert_non_null(q);
    assert_int_equal(sdx_mem_peak(&m), 1000);
    sdx_mem_free(&m, p, 600);
    assert_int_equal(sdx_mem_used(&m), 400);
    sdx_mem_reset_peak(&m);
    assert_int_equal(sdx_mem_peak(&m), 400);
    void *nothing = sdx_mem_alloc(&m, 0, 0);
    assert_non_null(nothing);
    sdx_mem_free(&m, nothing, 0);
    sdx_mem_free(&m, q, 400);
    sdx_mem_free(&m, NULL, 5);
    assert_int_equal(sdx_mem_used(&m), 0);
    assert_int_equal(f.out, 0);
    assert_int_equal(f.wrong, 0);
}

static void mem_failure_is_not_counted(void **state)
{
    (void)state;
    failing f;
    sdx_allocator a = failing_allocator(&f, 1);
    sdx_mem m;
    sdx_mem_init(&m, &a, 0);
    assert_null(sdx_mem_alloc(&m, 10, 0));
    assert_int_equal(sdx_mem_used(&m), 0);
    assert_null(sdx_mem_array(&m, SIZE_MAX / 2, 3));
    assert_null(sdx_mem_array(&m, 1, 3));
}

static void mem_resize_keeps(void **state)
{
    (void)state;
    failing f;
    sdx_allocator a = failing_allocator(&f, 3);
    sdx_mem m;
    sdx_mem_init(&m, &a, 0);
    char *p = sdx_mem_resize(&m, NULL, 0, 4);
    memcpy(p, "abcd", 4);
    p = sdx_mem_resize(&m, p, 4, 8);
    assert_memory_equal(p, "abcd", 4);
    assert_null(sdx_mem_resize(&m, p, 8, 16));
    assert_memory_equal(p, "abcd", 4);
    sdx_mem_free(&m, p, 8);
    assert_int_equal(f.out + f.wrong, 0);
}

static void mem_system_aligns(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_mem_init(&m, NULL, 0);
    for (size_t align = 1; align <= 4096; align *= 2) {
        void *p = sdx_mem_alloc(&m, 33, align);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % align, 0);
        sdx_mem_free(&m, p, 33);
    }
    unsigned char *zero = sdx_mem_array(&m, 100, 3);
    for (int i = 0; i < 300; i++)
        assert_int_equal(zero[i], 0);
    sdx_mem_free(&m, zero, 300);
    assert_int_equal(sdx_mem_used(&m), 0);
}

/* Values that a caller makes belong to no model: the C library, unlimited and uncounted. */
static void no_mem_is_the_system(void **state)
{
    (void)state;
    void *p = sdx_mem_alloc(NULL, 100, 64);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 64, 0);
    sdx_mem_free(NULL, p, 100);
    sdx_mem_free(NULL, NULL, 100);
    assert_null(sdx_mem_alloc(NULL, SIZE_MAX, 0));
    assert_true(sdx_mem_has_room(NULL, 1 << 30));
}

static void sizes_overflow(void **state)
{
    (void)state;
    size_t s;
    int64_t i;
    assert_true(sdx_size_add(&s, SIZE_MAX - 1, 1));
    assert_false(sdx_size_add(&s, SIZE_MAX, 1));
    assert_true(sdx_size_mul(&s, SIZE_MAX / 3, 3));
    assert_false(sdx_size_mul(&s, SIZE_MAX / 3 + 1, 3));
    assert_true(sdx_size_align(&s, 65, 64) && s == 128);
    assert_true(sdx_size_align(&s, 64, 64) && s == 64);
    assert_true(sdx_size_align(&s, 0, 64) && s == 0);
    assert_false(sdx_size_align(&s, SIZE_MAX - 62, 64));
    assert_false(sdx_i64_add(&i, INT64_MAX, 1));
    assert_false(sdx_i64_sub(&i, INT64_MIN, 1));
    assert_false(sdx_i64_mul(&i, INT64_MIN, -1));
}

static void shapes_are_checked(void **state)
{
    (void)state;
    int64_t n;
    size_t bytes;
    const int64_t plain[] = { 2, 3, 4 }, empty[] = { 0, 3, 4 }, negative[] = { 2, -1 };
    assert_true(sdx_size_shape(3, plain, 32, &n, &bytes) && n == 24 && bytes == 96);
    assert_true(sdx_size_shape(3, plain, 6, &n, &bytes) && bytes == 18);
    assert_true(sdx_size_shape(2, plain, 2, &n, &bytes) && n == 6 && bytes == 2);
    assert_true(sdx_size_shape(0, NULL, 64, &n, &bytes) && n == 1 && bytes == 8);
    assert_true(sdx_size_shape(3, empty, 32, &n, &bytes) && n == 0 && bytes == 0);
    assert_false(sdx_size_shape(2, negative, 32, &n, &bytes));
    /* a zero does not hide what the other dims would come to */
    const int64_t hidden[] = { 0, INT64_MAX, 2 }, large[] = { INT64_C(1) << 31, INT64_C(1) << 31 };
    assert_false(sdx_size_shape(3, hidden, 8, &n, &bytes));
    assert_false(sdx_size_shape(2, large, 16, &n, &bytes));
    const int64_t least[] = { INT64_C(1) << 60 };
    assert_false(sdx_size_shape(1, least, 8, NULL, NULL));
    const int64_t most[] = { INT64_C(1) << 59 };
    assert_true(sdx_size_shape(1, most, 8, &n, &bytes));
}

static void arena_aligns_and_zeroes(void **state)
{
    (void)state;
    failing f; /* fills with 0xa5 */
    sdx_allocator hook = failing_allocator(&f, 0);
    sdx_mem m;
    sdx_arena a;
    sdx_mem_init(&m, &hook, 0);
    sdx_arena_init(&a, &m, 0);
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *p = sdx_arena_alloc(&a, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
        void *q = sdx_arena_alloc_aligned(&a, size % 50, 64);
        assert_int_equal((uintptr_t)q % 64, 0);
        assert_non_null(sdx_arena_printf(&a, "%zu", size)); /* leaves odd ends */
    }
    assert_true(f.calls < 20); /* chunks grow */
    assert_int_equal(a.held, sdx_mem_used(&m));
    sdx_arena_free(&a);
    assert_int_equal(sdx_mem_used(&m), 0);
    assert_int_equal(f.out + f.wrong, 0);
    assert_non_null(sdx_arena_alloc(&a, 5)); /* an emptied arena may be used again */
    sdx_arena_free(&a);
}

static void arena_texts(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_arena a;
    sdx_mem_init(&m, NULL, 0);
    sdx_arena_init(&a, &m, 0);
    assert_string_equal(sdx_arena_strdup(&a, "grouped"), "grouped");
    assert_string_equal(sdx_arena_strndup(&a, "grouped", 5), "group");
    assert_string_equal(sdx_arena_strndup(&a, NULL, 0), "");
    assert_string_equal(sdx_arena_printf(&a, "%d x %d", 3, 4), "3 x 4");
    const int numbers[] = { 1, 2, 3 };
    int *copy = sdx_arena_copy(&a, numbers, sizeof numbers);
    assert_memory_equal(copy, numbers, sizeof numbers);
    int *more = sdx_arena_grow(&a, copy, 3, 10, sizeof *copy);
    assert_memory_equal(more, numbers, sizeof numbers);
    assert_int_equal(more[9], 0);
    assert_non_null(sdx_arena_grow(&a, NULL, 0, 4, 8));
    assert_null(sdx_arena_array(&a, SIZE_MAX / 2, 4));
    assert_true(a.failed);
    sdx_arena_free(&a);
}

static void arena_marks(void **state)
{
    (void)state;
    failing f;
    sdx_allocator hook = failing_allocator(&f, 0);
    sdx_mem m;
    sdx_arena a;
    sdx_mem_init(&m, &hook, 0);
    sdx_arena_init(&a, &m, 0);
    sdx_arena_mark empty = sdx_arena_here(&a);
    char *kept = sdx_arena_strdup(&a, "kept");
    sdx_arena_mark one = sdx_arena_here(&a);
    size_t held = a.held;
    void *next = sdx_arena_alloc(&a, 16);
    for (int i = 0; i < 100; i++)
        sdx_arena_alloc(&a, 1000);
    sdx_arena_rewind(&a, one);
    assert_int_equal(a.held, held);
    assert_string_equal(kept, "kept");
    assert_ptr_equal(sdx_arena_alloc(&a, 16), next);
    sdx_arena_rewind(&a, empty);
    assert_int_equal(sdx_mem_used(&m), 0);
    assert_int_equal(f.out + f.wrong, 0);
}

static void arena_limits(void **state)
{
    (void)state;
    sdx_mem m;
    sdx_arena a;
    sdx_mem_init(&m, NULL, 0);
    sdx_arena_init(&a, &m, 10000);
    size_t got = 0;
    while (sdx_arena_alloc(&a, 100))
        got += 100;
    assert_true(a.failed);
    assert_true(a.held <= 10000);
    assert_true(got >= 7000 && got <= 10000); /* heads and halves of chunks at most are lost */
    assert_null(sdx_arena_alloc(&a, SIZE_MAX - 5));
    assert_null(sdx_arena_alloc(&a, 20000));
    sdx_arena_free(&a);
    /* the limit of the memory below counts as well */
    sdx_mem_init(&m, NULL, 5000);
    sdx_arena_init(&a, &m, 0);
    assert_non_null(sdx_arena_alloc(&a, 4500));
    assert_null(sdx_arena_alloc(&a, 4500));
    sdx_arena_free(&a);
    assert_int_equal(sdx_mem_used(&m), 0);
}

static void arena_failure_at_every_call(void **state)
{
    (void)state;
    for (long n = 1; n < 12; n++) {
        failing f;
        sdx_allocator hook = failing_allocator(&f, n);
        sdx_mem m;
        sdx_arena a;
        sdx_mem_init(&m, &hook, 0);
        sdx_arena_init(&a, &m, 0);
        int made = 0;
        for (int i = 0; i < 200; i++)
            made += sdx_arena_printf(&a, "%0*d", 500, i) != NULL;
        assert_int_equal(a.failed, made < 200);
        assert_true(n > f.calls || made < 200);
        sdx_arena_free(&a);
        assert_int_equal(f.out + f.wrong, 0);
        assert_int_equal(sdx_mem_used(&m), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mem_counts_and_limits), cmocka_unit_test(mem_failure_is_not_counted),
        cmocka_unit_test(mem_resize_keeps),      cmocka_unit_test(mem_system_aligns),
        cmocka_unit_test(no_mem_is_the_system),  cmocka_unit_test(sizes_overflow),
        cmocka_unit_test(shapes_are_checked),    cmocka_unit_test(arena_aligns_and_zeroes),
        cmocka_unit_test(arena_texts),           cmocka_unit_test(arena_marks),
        cmocka_unit_test(arena_limits),          cmocka_unit_test(arena_failure_at_every_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
