/* ops/common/fft.h - the discrete Fourier transform of any length, in double. */
#ifndef OPS_COMMON_FFT_H
#define OPS_COMMON_FFT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Powers of two directly; other lengths as a convolution with a chirp (Bluestein), of a power of
 * two again. */
typedef struct sdx_fft {
    int64_t n, padded;           /* padded: the power of two that is computed with */
    const double *root;          /* [padded]: exp(-2 pi i k / padded), k < padded / 2 */
    const double *chirp;         /* [2 n]: exp(-pi i k^2 / n); NULL: n is a power of two */
    const double *chirp_fourier; /* [2 padded]: transform of the inverse chirp */
} sdx_fft;

/* Doubles of the tables, and of the room that one transform needs besides its data. */
int64_t sdx_fft_tables(int64_t n);
int64_t sdx_fft_work(int64_t n);
/* Makes the tables of length n >= 1 in `tables`. */
void sdx_fft_make(sdx_fft *f, int64_t n, double *tables);
/* x: n complex numbers, real and imaginary part in turn, transformed in place.  inverse: with the
 * factor 1 / n. */
void sdx_fft_run(const sdx_fft *f, double *x, bool inverse, double *work);
#endif
