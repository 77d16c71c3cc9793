/* tests/unit/plan/offsets.c - no two blocks that live at the same time overlap, whatever the
 * blocks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

#include <cmocka.h>

enum { MOST = 200, ROUNDS = 300 };

static uint64_t state = 1;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static bool meet(const sdx_block_plan *a, const sdx_block_plan *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static void check(const sdx_block_plan *b, size_t n, size_t total)
{
    for (size_t i = 0; i < n; i++) {
        if (b[i].place != SDX_IN_ARENA)
            continue;
        assert_int_equal(b[i].offset % 64, 0);
        assert_true(b[i].offset + b[i].bytes <= total);
        for (size_t k = 0; k < i; k++) {
            if (b[k].place != SDX_IN_ARENA || !meet(&b[i], &b[k]))
                continue;
            assert_true(b[i].offset + b[i].bytes <= b[k].offset ||
                        b[k].offset + b[k].bytes <= b[i].offset);
        }
    }
}

/* The most that lives at one step: no plan can do with less. */
static size_t least(const sdx_block_plan *b, size_t n)
{
    size_t most = 0;
    for (uint32_t step = 0; step <= 64; step++) {
        size_t sum = 0;
        for (size_t i = 0; i < n; i++)
            if (b[i].place == SDX_IN_ARENA && b[i].first <= step && step <= b[i].last)
                sum += b[i].bytes;
        most = sum > most ? sum : most;
    }
    return most;
}

static void blocks_never_overlap(void **s)
{
    sdx_block_plan b[MOST];
    sdx_mem mem;
    size_t needed = 0, taken = 0;
    (void)s;
    sdx_mem_init(&mem, NULL, 0);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 1 + draw(MOST);
        memset(b, 0, sizeof b);
        for (size_t i = 0; i < n; i++) {
            b[i].place = draw(8) ? SDX_IN_ARENA : SDX_IN_INPUT;
            b[i].bytes = draw(4) ? draw(5000) : 0;
            b[i].first = draw(60);
            b[i].last = b[i].first + draw(draw(3) ? 3 : 60 - b[i].first + 1);
            b[i].slot = (uint32_t)i;
        }
        size_t total = sdx_place_blocks(&mem, b, n);
        assert_int_not_equal(total, SIZE_MAX);
        check(b, n, total);
        assert_true(total >= least(b, n));
        needed += least(b, n);
        taken += total;
    }
    assert_true((double)taken < 1.25 * (double)needed); /* and it is not wasteful */
    assert_int_equal(sdx_mem_used(&mem), 0);
}

static void a_chain_takes_two_blocks(void **s)
{
    sdx_block_plan b[32];
    sdx_mem mem;
    (void)s;
    sdx_mem_init(&mem, NULL, 0);
    memset(b, 0, sizeof b);
    for (uint32_t i = 0; i < 32; i++)
        b[i] = (sdx_block_plan){
            .place = SDX_IN_ARENA, .bytes = 1024, .first = i, .last = i + 1, .slot = i
        };
    assert_int_equal(sdx_place_blocks(&mem, b, 32), 2048);
}

static void sizes_past_the_address_space_are_refused(void **s)
{
    sdx_block_plan b[2];
    sdx_mem mem;
    (void)s;
    sdx_mem_init(&mem, NULL, 0);
    memset(b, 0, sizeof b);
    b[0].bytes = b[1].bytes = SIZE_MAX / 2 + 100;
    assert_int_equal(sdx_place_blocks(&mem, b, 2), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_never_overlap),
        cmocka_unit_test(a_chain_takes_two_blocks),
        cmocka_unit_test(sizes_past_the_address_space_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
