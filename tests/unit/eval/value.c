/* unit/eval/value.c - counted values, their blocks, moving elements. */
#include "eval/value.h"
#include "support/failing.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct fixture {
    failing f;
    sdx_allocator hook;
    sdx_mem mem;
    sdx_block_pool *pool;
} fixture;

static void begin(fixture *x, bool pooled)
{
    x->hook = failing_allocator(&x->f, 0);
    sdx_mem_init(&x->mem, &x->hook, 0);
    x->pool = pooled ? sdx_block_pool_new(&x->mem) : NULL;
}

static void end(fixture *x)
{
    sdx_block_pool_free(x->pool);
    assert_int_equal(sdx_mem_used(&x->mem), 0);
    assert_int_equal(x->f.out + x->f.wrong, 0);
}

static sdx_value *make(fixture *x, sdx_dtype d, int rank, const int64_t *dim)
{
    sdx_value *v = NULL;
    const sdx_shape s = { rank, dim };
    assert_int_equal(sdx_value_make(&x->mem, x->pool, d, s, SDX_PLAIN, true, &v), SDX_OK);
    return v;
}

static void tensors(void **state)
{
    (void)state;
    for (int pooled = 0; pooled < 2; pooled++) {
        fixture x;
        begin(&x, pooled);
        const int64_t dim[] = { 1, 2, 3, 1, 2, 3, 1, 1, 2, 1 }, empty[] = { 3, 0 };
        for (int rank = 0; rank <= 10; rank++) {
            sdx_value *v = make(&x, SDX_F32, rank, dim);
            assert_int_equal(v->kind, SDX_TENSOR);
            assert_int_equal(v->t.shape.rank, rank);
            assert_ptr_not_equal(v->t.shape.dim, dim);
            for (int i = 0; i < rank; i++)
                assert_int_equal(v->t.shape.dim[i], dim[i]);
            assert_int_equal((uintptr_t)v->t.data % 64, 0);
            const unsigned char *byte = v->t.data;
            for (size_t i = 0; i < sdx_bytes(SDX_F32, sdx_elements(&v->t)); i++)
                assert_int_equal(byte[i], 0);
            memset(v->t.data, 1, sdx_bytes(SDX_F32, sdx_elements(&v->t)));
            assert_ptr_equal(sdx_as_tensor(v), &v->t);
            sdx_value_let_go(v);
        }
        sdx_value *none = make(&x, SDX_I64, 2, empty);
        assert_int_equal(sdx_elements(&none->t), 0);
        assert_non_null(none->t.data);
        sdx_value_let_go(none);
        sdx_value_let_go(NULL);
        end(&x);
    }
}

static void shapes_that_are_refused(void **state)
{
    (void)state;
    fixture x;
    begin(&x, true);
    const int64_t negative[] = { -1 }, large[] = { INT64_C(1) << 40, INT64_C(1) << 40 },
                  padded[] = { 1, 1, INT64_C(1) << 55 };
    sdx_value *v = NULL;
    assert_int_equal(
        sdx_value_make(&x.mem, x.pool, SDX_F32, (sdx_shape){ 1, negative }, SDX_PLAIN, true, &v),
        SDX_E_LIMIT);
    assert_int_equal(
        sdx_value_make(&x.mem, x.pool, SDX_F32, (sdx_shape){ 2, large }, SDX_PLAIN, true, &v),
        SDX_E_LIMIT);
    assert_int_equal(
        sdx_value_make(&x.mem, x.pool, SDX_F32, (sdx_shape){ 3, padded }, SDX_C16, true, &v),
        SDX_E_LIMIT);
    assert_int_equal(
        sdx_value_make(&x.mem, x.pool, SDX_UNDEFINED, (sdx_shape){ 0, NULL }, SDX_PLAIN, true, &v),
        SDX_E_LIMIT);
    assert_null(v);
    x.mem.limit = sdx_mem_used(&x.mem) + 10000;
    const int64_t many[] = { 5000 };
    assert_int_equal(
        sdx_value_make(&x.mem, x.pool, SDX_F32, (sdx_shape){ 1, many }, SDX_PLAIN, true, &v),
        SDX_E_LIMIT);
    assert_null(v);
    end(&x);
}

static const sdx_value *text_value(fixture *x, const char *const *text, int64_t n)
{
    sdx_value *v = make(x, SDX_STR, 1, &n);
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(sdx_tensor_put_string(&v->t, i, text[i], strlen(text[i]), &x->mem),
                         SDX_OK);
    return v;
}

static void strings(void **state)
{
    (void)state;
    fixture x;
    begin(&x, true);
    static const char *const text[] = { "grouped", "", "convolution" };
    const sdx_value *v = text_value(&x, text, 3);
    for (int i = 0; i < 3; i++) {
        sdx_string s = sdx_get_string(&v->t, i);
        assert_int_equal(s.length, strlen(text[i]));
        assert_memory_equal(s.text, text[i], s.length);
    }
    sdx_value *y = make(&x, SDX_STR, 1, &(int64_t){ 5 });
    assert_int_equal(sdx_tensor_move(&y->t, 4, -2, &v->t, 0, 1, 3, &x.mem), SDX_OK);
    assert_int_equal(sdx_get_string(&y->t, 0).length, 11);
    assert_int_equal(sdx_get_string(&y->t, 1).length, 0);
    assert_int_equal(sdx_get_string(&y->t, 4).length, 7);
    assert_int_equal(sdx_tensor_move(&y->t, 0, 1, &v->t, 2, 0, 5, &x.mem),
                     SDX_OK); /* one, repeated */
    sdx_value_let_go(v);
    for (int i = 0; i < 5; i++)
        assert_memory_equal(sdx_get_string(&y->t, i).text, "convolution", 11);
    /* a string moved onto itself stays */
    assert_int_equal(sdx_tensor_move(&y->t, 1, 1, &y->t, 1, 1, 2, &x.mem), SDX_OK);
    assert_int_equal(sdx_get_string(&y->t, 2).length, 11);
    sdx_tensor_clear(&y->t, &x.mem);
    assert_int_equal(sdx_get_string(&y->t, 2).length, 0);
    sdx_value_let_go(y);
    end(&x);
}

static void counting(void **state)
{
    (void)state;
    fixture x;
    begin(&x, true);
    sdx_value *v = make(&x, SDX_F32, 1, &(int64_t){ 4 });
    const sdx_value *kept;
    assert_int_equal(sdx_value_keep(&x.mem, x.pool, v, &kept), SDX_OK);
    assert_ptr_equal(kept, v); /* it owns its bytes: no copy */
    sdx_value_let_go(v);
    ((float *)kept->t.data)[3] = 5;
    assert_ptr_equal(sdx_value_retain(kept), kept);
    sdx_value_let_go(kept);
    sdx_value_let_go(kept);
    assert_null(sdx_value_retain(NULL));
    /* borrowed bytes are copied, strings too */
    float data[6] = { 1, 2, 3, 4, 5, 6 };
    const int64_t dim[] = { 2, 3 };
    sdx_value header;
    sdx_value_borrow(&header, SDX_F32, (sdx_shape){ 2, dim }, SDX_PLAIN, data);
    assert_int_equal(sdx_value_keep(&x.mem, x.pool, &header, &kept), SDX_OK);
    assert_ptr_not_equal(kept->t.data, data);
    assert_memory_equal(kept->t.data, data, sizeof data);
    assert_int_equal(kept->t.shape.dim[1], 3);
    sdx_value_let_go(&header); /* refs 0: nothing */
    sdx_value_let_go(kept);
    static const char *const text[] = { "a", "bc" };
    const sdx_value *source = text_value(&x, text, 2);
    sdx_value_borrow(&header, SDX_STR, source->t.shape, SDX_PLAIN, source->t.data);
    assert_int_equal(sdx_value_keep(&x.mem, x.pool, &header, &kept), SDX_OK);
    sdx_value_let_go(source);
    assert_memory_equal(sdx_get_string(&kept->t, 1).text, "bc", 2);
    sdx_value_let_go(kept);
    end(&x);
}

static void parts(void **state)
{
    (void)state;
    fixture x;
    begin(&x, true);
    sdx_value *v = make(&x, SDX_F32, 1, &(int64_t){ 6 }), *part, *inner;
    for (int i = 0; i < 6; i++)
        ((float *)v->t.data)[i] = (float)i;
    const int64_t four[] = { 2, 2 }, one[] = { 1 };
    assert_int_equal(
        sdx_value_part(&x.mem, x.pool, v, SDX_F32, (sdx_shape){ 2, four }, SDX_PLAIN, 8, &part),
        SDX_OK);
    assert_ptr_equal(part->t.data, (char *)v->t.data + 8);
    assert_int_equal(
        sdx_value_part(&x.mem, x.pool, part, SDX_F32, (sdx_shape){ 1, one }, SDX_PLAIN, 12, &inner),
        SDX_OK);
    sdx_value_let_go(v); /* the parts hold it */
    const sdx_value *kept;
    assert_int_equal(sdx_value_keep(&x.mem, x.pool, part, &kept), SDX_OK);
    assert_ptr_equal(kept, part);
    sdx_value_let_go(part);
    sdx_value_let_go(kept);
    assert_true(*(float *)inner->t.data == 5);
    sdx_value_let_go(inner);
    /* of what is not counted, a copy */
    sdx_value header;
    float data[4] = { 1, 2, 3, 4 };
    sdx_value_borrow(&header, SDX_F32, (sdx_shape){ 2, four }, SDX_PLAIN, data);
    assert_int_equal(sdx_value_part(&x.mem, x.pool, &header, SDX_F32, (sdx_shape){ 1, one },
                                    SDX_PLAIN, 12, &part),
                     SDX_OK);
    data[3] = 0;
    assert_true(*(float *)part->t.data == 4);
    sdx_value_let_go(part);
    /* strings: their owner frees them */
    static const char *const text[] = { "a", "bc", "def" };
    const sdx_value *words = text_value(&x, text, 3);
    assert_int_equal(sdx_value_part(&x.mem, x.pool, words, SDX_STR, (sdx_shape){ 1, one },
                                    SDX_PLAIN, 2 * sizeof(sdx_string_cell), &part),
                     SDX_OK);
    sdx_value_let_go(words);
    assert_memory_equal(sdx_get_string(&part->t, 0).text, "def", 3);
    sdx_value_let_go(part);
    end(&x);
}

static void lists(void **state)
{
    (void)state;
    fixture x;
    begin(&x, true);
    sdx_value *seq, *optional, *none;
    assert_int_equal(sdx_value_make_list(&x.mem, x.pool, SDX_SEQUENCE, &seq), SDX_OK);
    for (int64_t i = 0; i < 20; i++) {
        sdx_value *item = make(&x, SDX_I64, 1, &i);
        assert_int_equal(sdx_value_append(seq, item), SDX_OK);
        sdx_value_let_go(item);
    }
    assert_int_equal(sdx_seq_length(seq), 20);
    for (int64_t i = 0; i < 20; i++)
        assert_int_equal(sdx_seq_at(seq, i)->t.shape.dim[0], i);
    assert_null(sdx_seq_at(seq, 20));
    assert_null(sdx_seq_at(seq, -1));
    assert_null(sdx_as_tensor(seq));
    assert_int_equal(sdx_value_make_list(&x.mem, x.pool, SDX_OPTIONAL, &optional), SDX_OK);
    assert_null(sdx_optional_get(optional));
    assert_int_equal(sdx_value_append(optional, seq), SDX_OK);
    assert_ptr_equal(sdx_optional_get(optional), seq);
    sdx_value_let_go(seq);
    assert_int_equal(sdx_seq_length(sdx_optional_get(optional)), 20);
    assert_int_equal(sdx_seq_length(optional), 0);
    assert_int_equal(sdx_seq_length(NULL), 0);
    assert_null(sdx_optional_get(NULL));
    sdx_value_let_go(optional);
    assert_int_equal(sdx_value_make_list(&x.mem, x.pool, SDX_OPTIONAL, &none), SDX_OK);
    sdx_value_let_go(none);
    /* a borrowed item is copied on the way in */
    float data = 7;
    sdx_value header;
    sdx_value_borrow(&header, SDX_F32, (sdx_shape){ 0, NULL }, SDX_PLAIN, &data);
    assert_int_equal(sdx_value_make_list(&x.mem, NULL, SDX_SEQUENCE, &seq), SDX_OK);
    assert_int_equal(sdx_value_append(seq, &header), SDX_OK);
    data = 0;
    assert_true(*(const float *)sdx_seq_at(seq, 0)->t.data == 7);
    sdx_value_let_go(seq);
    end(&x);
}

/* Headers that a plan or a caller keeps: bytes and items are copied into what is kept. */
static void borrowed_headers(void **state)
{
    (void)state;
    fixture x;
    begin(&x, false);
    float data[] = { 1, 2 };
    sdx_value *over;
    const sdx_value *kept;
    const sdx_shape two = { 1, (int64_t[]){ 2 } };
    assert_int_equal(sdx_value_make_over(&x.mem, SDX_F32, two, data, &over), SDX_OK);
    assert_ptr_equal(over->t.data, data);
    assert_int_equal(sdx_value_keep(&x.mem, x.pool, over, &kept), SDX_OK);
    assert_ptr_not_equal(kept->t.data, data);
    data[1] = 0;
    assert_true(((const float *)kept->t.data)[1] == 2);
    sdx_value_let_go(kept);
    const sdx_value *item[] = { over, over };
    sdx_value header = { .kind = SDX_SEQUENCE, .n = 2, .room = 2, .item = item };
    assert_int_equal(sdx_value_keep(&x.mem, x.pool, &header, &kept), SDX_OK);
    assert_int_equal(sdx_seq_length(kept), 2);
    assert_ptr_not_equal(sdx_seq_at(kept, 0)->t.data, data);
    sdx_value_let_go(&header);
    sdx_value_let_go(over);
    sdx_value_let_go(kept);
    end(&x);
}

static void sparse(void **state)
{
    (void)state;
    fixture x;
    begin(&x, true);
    const int64_t dim[] = { 1000, 1000, 1000 };
    sdx_value *values = make(&x, SDX_F32, 1, &(int64_t){ 2 });
    sdx_value *indices = make(&x, SDX_I64, 2, (int64_t[]){ 2, 3 }), *v;
    assert_int_equal(
        sdx_value_make_sparse(&x.mem, x.pool, (sdx_shape){ 3, dim }, values, indices, &v), SDX_OK);
    sdx_value_let_go(values);
    sdx_value_let_go(indices);
    assert_int_equal(v->kind, SDX_SPARSE);
    assert_int_equal(v->n, 2);
    assert_int_equal(v->t.dtype, SDX_F32);
    assert_int_equal(v->t.shape.dim[2], 1000);
    assert_null(v->t.data);
    sdx_value_let_go(v);
    end(&x);
}

/* A file may nest as deep as it likes: letting go does not use the stack for it. */
static void deep_nesting(void **state)
{
    (void)state;
    fixture x;
    begin(&x, false);
    sdx_value *inner = make(&x, SDX_F32, 0, NULL);
    for (int i = 0; i < 200000; i++) {
        sdx_value *outer;
        assert_int_equal(sdx_value_make_list(&x.mem, NULL, SDX_SEQUENCE, &outer), SDX_OK);
        assert_int_equal(sdx_value_append(outer, inner), SDX_OK);
        sdx_value_let_go(inner);
        inner = outer;
    }
    sdx_value_let_go(inner);
    end(&x);
}

static void loops_stay_flat(void **state)
{
    (void)state;
    fixture x;
    begin(&x, true);
    sdx_value *state_value = make(&x, SDX_F32, 1, &(int64_t){ 1000 });
    long calls = 0;
    for (int64_t i = 0; i < 10000; i++) {
        const int64_t n = 1000 + i % 20;
        sdx_value *next = make(&x, SDX_F32, 1, &n);
        sdx_value_let_go(state_value);
        state_value = next;
        if (i == 100)
            calls = x.f.calls;
    }
    assert_int_equal(x.f.calls, calls); /* nothing more from the system */
    sdx_value_let_go(state_value);
    end(&x);
}

static void waiting_blocks_give_way(void **state)
{
    (void)state;
    fixture x;
    begin(&x, true);
    x.mem.limit = sdx_mem_used(&x.mem) + (1 << 20);
    for (int64_t n = 1000; n < 200000; n = n * 3 / 2) { /* together far over the limit */
        sdx_value *v = make(&x, SDX_F32, 1, &n);
        sdx_value_let_go(v);
    }
    end(&x);
}

static void *churn(void *arg)
{
    fixture *x = arg;
    for (int64_t i = 0; i < 3000; i++) {
        const int64_t n = 1 + i * 37 % 3000;
        sdx_value *v;
        if (sdx_value_make(&x->mem, x->pool, SDX_U8, (sdx_shape){ 1, &n }, SDX_PLAIN, false, &v) !=
            SDX_OK)
            return x;
        memset(v->t.data, (int)i, (size_t)n);
        sdx_value_let_go(v);
    }
    return NULL;
}

static void pools_serve_many_threads(void **state)
{
    (void)state;
    fixture x = { 0 }; /* without the hook, which one thread at a time may use */
    sdx_mem_init(&x.mem, NULL, 0);
    x.pool = sdx_block_pool_new(&x.mem);
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, churn, &x), 0);
    for (int i = 0; i < 4; i++) {
        void *failed;
        pthread_join(thread[i], &failed);
        assert_null(failed);
    }
    sdx_block_pool_free(x.pool);
    assert_int_equal(sdx_mem_used(&x.mem), 0);
}

/* Elements of every width, at any steps, against one element at a time. */
static void moves(void **state)
{
    (void)state;
    enum { N = 64 };
    fixture x;
    begin(&x, false);
    uint64_t seed = 5;
    for (int d = 1; d < SDX_DTYPE_END; d++) {
        if (d == SDX_STR)
            continue;
        const unsigned bits = (unsigned)sdx_dtype_bits((sdx_dtype)d);
        for (int turn = 0; turn < 100; turn++) {
            sdx_value *a = make(&x, (sdx_dtype)d, 1, &(int64_t){ N });
            sdx_value *b = make(&x, (sdx_dtype)d, 1, &(int64_t){ N });
            unsigned char *from = a->t.data, *to = b->t.data, want[16 * N];
            for (unsigned i = 0; i < N * bits / 8; i++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                from[i] = (unsigned char)(seed >> 56);
                want[i] = to[i] = (unsigned char)(seed >> 48);
            }
            const int64_t step = turn % 2 ? 1 : (int64_t)(seed >> 33) % 4 + 1;
            const int64_t from_step = turn % 2 ? 1 : (int64_t)(seed >> 40) % 3;
            const int64_t n = (int64_t)(seed >> 20) % (N / 4), at = (int64_t)(seed >> 10) % 4;
            assert_int_equal(sdx_tensor_move(&b->t, at, step, &a->t, 2, from_step, n, &x.mem),
                             SDX_OK);
            for (int64_t i = 0; i < n; i++) {
                for (unsigned k = 0; k < bits; k++) { /* by bits, whatever the width */
                    const size_t s = (size_t)(2 + i * from_step) * bits + k;
                    const size_t t = (size_t)(at + i * step) * bits + k;
                    want[t / 8] = (unsigned char)((want[t / 8] & ~(1u << t % 8)) |
                                                  ((unsigned)from[s / 8] >> s % 8 & 1u) << t % 8);
                }
            }
            assert_memory_equal(to, want, N * bits / 8);
            sdx_value_let_go(a);
            sdx_value_let_go(b);
        }
    }
    end(&x);
}

/* All of the above in small, with the n-th allocation failing. */
static sdx_status build_all(fixture *x)
{
    sdx_value *v = NULL, *seq = NULL, *part = NULL;
    const int64_t dim[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 3 };
    sdx_status st = sdx_value_make(&x->mem, x->pool, SDX_STR, (sdx_shape){ 10, dim }, SDX_PLAIN,
                                   true, &v);
    for (int i = 0; st == SDX_OK && i < 3; i++)
        st = sdx_tensor_put_string(&v->t, i, "text", 4, &x->mem);
    if (st == SDX_OK)
        st = sdx_value_make_list(&x->mem, x->pool, SDX_SEQUENCE, &seq);
    for (int i = 0; st == SDX_OK && i < 6; i++) {
        sdx_value header;
        sdx_value_borrow(&header, SDX_STR, v->t.shape, SDX_PLAIN, v->t.data);
        st = sdx_value_append(seq, &header);
    }
    if (st == SDX_OK)
        st = sdx_value_part(&x->mem, x->pool, v, SDX_STR, (sdx_shape){ 0, NULL }, SDX_PLAIN,
                            sizeof(sdx_string_cell), &part);
    sdx_value_let_go(v);
    sdx_value_let_go(seq);
    sdx_value_let_go(part);
    return st;
}

static void failure_at_every_call(void **state)
{
    (void)state;
    for (int pooled = 0; pooled < 2; pooled++) {
        sdx_status st = SDX_E_MEMORY;
        long n = 1;
        for (; st != SDX_OK; n++) {
            fixture x;
            begin(&x, pooled);
            x.f.fail_at = x.f.calls + n;
            st = build_all(&x);
            assert_true(st == SDX_OK || st == SDX_E_MEMORY);
            end(&x);
        }
        assert_true(n > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors),
        cmocka_unit_test(shapes_that_are_refused),
        cmocka_unit_test(strings),
        cmocka_unit_test(counting),
        cmocka_unit_test(parts),
        cmocka_unit_test(lists),
        cmocka_unit_test(borrowed_headers),
        cmocka_unit_test(sparse),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(loops_stay_flat),
        cmocka_unit_test(waiting_blocks_give_way),
        cmocka_unit_test(pools_serve_many_threads),
        cmocka_unit_test(moves),
        cmocka_unit_test(failure_at_every_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
