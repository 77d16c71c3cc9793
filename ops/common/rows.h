/* ops/common/rows.h - the loops around the formulas of pointwise operators.  Each macro defines one
 * row: x and z are the first two operands, the expression is the result; n, the node, is at hand
 * for attributes. */
#ifndef OPS_COMMON_ROWS_H
#define OPS_COMMON_ROWS_H
#include "sdx/op.h"

#define SDX_ROW1(name, type, expression)                                               \
    static void name(const sdx_node *n, type *y, const type *const *in, int64_t count) \
    {                                                                                  \
        (void)n;                                                                       \
        for (int64_t i = 0; i < count; i++) {                                          \
            const type x = in[0][i];                                                   \
            y[i] = (type)(expression);                                                 \
        }                                                                              \
    }

/* ... with numbers that are read from attributes once a run. */
#define SDX_ROW1_WITH(name, type, setup, expression)                                   \
    static void name(const sdx_node *n, type *y, const type *const *in, int64_t count) \
    {                                                                                  \
        setup;                                                                         \
        for (int64_t i = 0; i < count; i++) {                                          \
            const type x = in[0][i];                                                   \
            y[i] = (type)(expression);                                                 \
        }                                                                              \
    }

#define SDX_ROW2(name, type, expression)                                               \
    static void name(const sdx_node *n, type *y, const type *const *in, int64_t count) \
    {                                                                                  \
        (void)n;                                                                       \
        for (int64_t i = 0; i < count; i++) {                                          \
            const type x = in[0][i], z = in[1][i];                                     \
            y[i] = (type)(expression);                                                 \
        }                                                                              \
    }

/* A variadic operator: x is the result so far, z the next operand. */
#define SDX_ROWS(name, type, expression)                                               \
    static void name(const sdx_node *n, type *y, const type *const *in, int64_t count) \
    {                                                                                  \
        int operands = sdx_in_count(n);                                                \
        for (int64_t i = 0; i < count; i++) {                                          \
            type x = in[0][i];                                                         \
            for (int k = 1; k < operands; k++) {                                       \
                const type z = in[k][i];                                               \
                x = (type)(expression);                                                \
            }                                                                          \
            y[i] = x;                                                                  \
        }                                                                              \
    }

/* Arithmetic of signed integers that wraps instead of overflowing. */
static inline int64_t sdx_wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}
static inline int64_t sdx_wrap_sub(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}
static inline int64_t sdx_wrap_mul(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}
/* Total: 0 for a divisor of 0, and the smallest number divided by -1 is itself. */
static inline int64_t sdx_total_div(int64_t a, int64_t b)
{
    return b == 0 ? 0 : b == -1 ? sdx_wrap_sub(0, a) : a / b;
}
static inline int64_t sdx_total_rem(int64_t a, int64_t b)
{
    return b == 0 || b == -1 ? 0 : a % b;
}
#endif
