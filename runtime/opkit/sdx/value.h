/* sdx/value.h - tensors and other values while a model runs. */
#ifndef SDX_VALUE_H
#define SDX_VALUE_H
#include "sdx/type.h"
#include <string.h>
#ifdef __cplusplus
extern "C" {
#endif

/* Dense.  Inputs and constants are never written.  Data is aligned to 64 bytes, but for two kinds:
 * what the caller of a run lends is aligned to its elements, and a constant that lies in the
 * model's file not even so, though what a run reads through sdx_in is.  The loads below take any
 * alignment.  Types of 2, 4 and 6 bits are one stream of bits, low bits first; only the loads,
 * stores and sdx_copy know. */
typedef struct sdx_tensor {
    sdx_dtype dtype;
    sdx_layout layout;
    sdx_shape shape;
    void *data;
} sdx_tensor;

/* product of dims begin..end-1; 1 for none */
SDX_API int64_t sdx_count(sdx_shape s, int begin, int end);
SDX_API int64_t sdx_elements(const sdx_tensor *t);
SDX_API size_t sdx_bytes(sdx_dtype d, int64_t elements); /* whole bytes that hold them */
/* Bytes of a tensor's data in its layout: channel blocks are whole. */
SDX_API size_t sdx_layout_bytes(sdx_dtype d, sdx_shape s, sdx_layout l);

static inline const float *sdx_f32(const sdx_tensor *t)
{
    return (const float *)t->data;
}
/* Element i of an f32 tensor at any alignment: for packers, which read constants where they lie in
 * the file. */
static inline float sdx_f32_at(const sdx_tensor *t, int64_t i)
{
    float v;
    memcpy(&v, (const char *)t->data + i * (int64_t)sizeof v, sizeof v);
    return v;
}
static inline float *sdx_f32_out(sdx_tensor *t)
{
    return (float *)t->data;
}

/* Runs of n elements from `first`, `step` apart (0 repeats one), in memory order of the plain
 * layout.  f64 serves REAL, INT, UINT, BOOL; i64 and u64 serve INT, UINT, BOOL (and truncate REAL);
 * c128 serves COMPLEX and REAL, as pairs.  Stores narrow: REAL rounds to nearest even and overflows
 * as the format does (to infinity, else to its largest number); INT and UINT wrap; BOOL is (v !=
 * 0). */
SDX_API void sdx_load_f64(double *to, const sdx_tensor *t, int64_t first, int64_t step, int64_t n);
SDX_API void sdx_store_f64(sdx_tensor *t, int64_t first, int64_t step, int64_t n,
                           const double *from);
SDX_API void sdx_load_i64(int64_t *to, const sdx_tensor *t, int64_t first, int64_t step, int64_t n);
SDX_API void sdx_store_i64(sdx_tensor *t, int64_t first, int64_t step, int64_t n,
                           const int64_t *from);
SDX_API void sdx_load_u64(uint64_t *to, const sdx_tensor *t, int64_t first, int64_t step,
                          int64_t n);
SDX_API void sdx_store_u64(sdx_tensor *t, int64_t first, int64_t step, int64_t n,
                           const uint64_t *from);
SDX_API void sdx_load_c128(double (*to)[2], const sdx_tensor *t, int64_t first, int64_t step,
                           int64_t n);
SDX_API void sdx_store_c128(sdx_tensor *t, int64_t first, int64_t step, int64_t n,
                            const double (*from)[2]);

/* How a conversion to a REAL type narrower than f32 ends, where an operator lets the user
 * choose. */
typedef enum sdx_rounding {
    SDX_NEAREST,
    SDX_UP,
    SDX_DOWN
} sdx_rounding; /* away from 0, towards 0 */
/* As sdx_store_f64 and sdx_store_i64, with the choice of saturation (Cast's and QuantizeLinear's
 * `saturate`) and rounding (Cast's `round_mode`); integers clamp when saturate is set. */
SDX_API void sdx_convert_f64(sdx_tensor *t, int64_t first, int64_t step, int64_t n,
                             const double *from, bool saturate, sdx_rounding rounding);
SDX_API void sdx_convert_i64(sdx_tensor *t, int64_t first, int64_t step, int64_t n,
                             const int64_t *from, bool saturate);

/* The smallest and largest finite number of a type, as f64 (i64 and u64 round outwards). */
SDX_API double sdx_lowest(sdx_dtype d);
SDX_API double sdx_highest(sdx_dtype d);

SDX_API sdx_string sdx_get_string(const sdx_tensor *t, int64_t i);

/* Values of other kinds, to read: sdx_value_kind, sdx_value_at, sdx_value_count in sardonyx.h. */
SDX_API const sdx_tensor *sdx_as_tensor(const sdx_value *v); /* NULL unless a tensor */
SDX_API int64_t sdx_seq_length(const sdx_value *v);          /* 0 unless a sequence  */
SDX_API const sdx_value *sdx_seq_at(const sdx_value *v, int64_t i);
SDX_API const sdx_value *sdx_optional_get(const sdx_value *v); /* NULL: none           */

#ifdef __cplusplus
}
#endif
#endif
