/* ops/common/fft.c - the discrete Fourier transform of any length, in double. */
#include "common/fft.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static bool is_power_of_two(int64_t n)
{
    return (n & (n - 1)) == 0;
}

static int64_t padded_length(int64_t n)
{
    int64_t m = 1;
    while (m < (is_power_of_two(n) ? n : 2 * n - 1))
        m *= 2;
    return m;
}

int64_t sdx_fft_tables(int64_t n)
{
    int64_t m = padded_length(n);
    return m + (is_power_of_two(n) ? 0 : 2 * n + 2 * m);
}

int64_t sdx_fft_work(int64_t n)
{
    return is_power_of_two(n) ? 0 : 2 * padded_length(n);
}

/* Elements into the order of their reversed indices. */
static void reverse_bits(double *x, int64_t n)
{
    for (int64_t i = 1, j = 0; i < n; i++) {
        int64_t bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double re = x[2 * i], im = x[2 * i + 1];
            x[2 * i] = x[2 * j];
            x[2 * i + 1] = x[2 * j + 1];
            x[2 * j] = re;
            x[2 * j + 1] = im;
        }
    }
}

/* n a power of two, root[k] = exp(-2 pi i k / n). */
static void transform(double *x, int64_t n, const double *root)
{
    reverse_bits(x, n);
    for (int64_t half = 1; half < n; half *= 2) {
        int64_t stride = n / (2 * half);
        for (int64_t first = 0; first < n; first += 2 * half) {
            for (int64_t k = 0; k < half; k++) {
                double *a = x + 2 * (first + k), *b = a + 2 * half;
                double c = root[2 * k * stride], s = root[2 * k * stride + 1];
                double re = b[0] * c - b[1] * s, im = b[0] * s + b[1] * c;
                b[0] = a[0] - re;
                b[1] = a[1] - im;
                a[0] += re;
                a[1] += im;
            }
        }
    }
}

static void conjugate(double *x, int64_t n, double scale)
{
    for (int64_t i = 0; i < n; i++) {
        x[2 * i] *= scale;
        x[2 * i + 1] *= -scale;
    }
}

void sdx_fft_make(sdx_fft *f, int64_t n, double *tables)
{
    int64_t m = padded_length(n);
    double *root = tables, *chirp = root + m, *fourier = chirp + 2 * n;
    *f = (sdx_fft){ n, m, root, NULL, NULL };
    for (int64_t k = 0; k < m / 2; k++) {
        root[2 * k] = cos(2 * pi * (double)k / (double)m);
        root[2 * k + 1] = -sin(2 * pi * (double)k / (double)m);
    }
    if (is_power_of_two(n))
        return;
    memset(fourier, 0, (size_t)(2 * m) * sizeof *fourier);
    for (int64_t k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), k++) {
        double angle = pi * (double)square / (double)n; /* k^2 modulo 2n keeps the angle small */
        chirp[2 * k] = cos(angle);
        chirp[2 * k + 1] = -sin(angle);
        for (int64_t at = k; at < m; at += m - 2 * k) { /* at k, and mirrored at m - k */
            fourier[2 * at] = cos(angle);
            fourier[2 * at + 1] = sin(angle);
            if (k == 0 || at != k)
                break;
        }
    }
    transform(fourier, m, root);
    f->chirp = chirp;
    f->chirp_fourier = fourier;
}

/* z *= w, complex. */
static void multiply(double *z, const double *w)
{
    double re = z[0] * w[0] - z[1] * w[1];
    z[1] = z[0] * w[1] + z[1] * w[0];
    z[0] = re;
}

static void by_chirp(const sdx_fft *f, double *x, double *z)
{
    memset(z, 0, (size_t)(2 * f->padded) * sizeof *z);
    memcpy(z, x, (size_t)(2 * f->n) * sizeof *z);
    for (int64_t k = 0; k < f->n; k++)
        multiply(z + 2 * k, f->chirp + 2 * k);
    transform(z, f->padded, f->root);
    for (int64_t k = 0; k < f->padded; k++)
        multiply(z + 2 * k, f->chirp_fourier + 2 * k);
    conjugate(z, f->padded, 1);
    transform(z, f->padded, f->root);
    conjugate(z, f->padded, 1 / (double)f->padded);
    for (int64_t k = 0; k < f->n; k++)
        multiply(z + 2 * k, f->chirp + 2 * k);
    memcpy(x, z, (size_t)(2 * f->n) * sizeof *z);
}

void sdx_fft_run(const sdx_fft *f, double *x, bool inverse, double *work)
{
    if (inverse)
        conjugate(x, f->n, 1);
    if (f->chirp)
        by_chirp(f, x, work);
    else
        transform(x, f->n, f->root);
    if (inverse)
        conjugate(x, f->n, 1 / (double)f->n);
}
