/* tests/tools/readers.c - what the tools read themselves: bitmaps, pixmaps, sounds, arrays, text.
 *
 * Right files give the right numbers; every beginning of one, and thousands of changed ones, end
 * in a refusal or in a value of sound size.  Bytes end where a page begins that may not be
 * touched. */
#include "io/audio.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/picture.h"
#include "io/plain.h"
#include "io/resample.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 4096, CHANGED = 20000 };

typedef struct bytes {
    unsigned char at[ROOM];
    size_t n;
} bytes;

static void put(bytes *b, uint64_t v, int width)
{
    for (int i = 0; i < width; i++, v >>= 8)
        b->at[b->n++] = (unsigned char)v;
}

static void put_text(bytes *b, const char *text)
{
    memcpy(b->at + b->n, text, strlen(text));
    b->n += strlen(text);
}

/* ---- a page that may not be touched ---- */

typedef struct guarded {
    unsigned char *pages;
    size_t size;
} guarded;

static guarded new_guarded(void)
{
    guarded g = { .size = 2 * ROOM };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    g.size = (g.size + page - 1) / page * page;
    g.pages = mmap(NULL, g.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(g.pages, MAP_FAILED);
    assert_int_equal(mprotect(g.pages + g.size, page, PROT_NONE), 0);
    return g;
}

/* The bytes, ending where the page begins. */
static const unsigned char *at_the_edge(const guarded *g, const void *from, size_t n)
{
    unsigned char *at = g->pages + g->size - n;
    if (n > 0)
        memcpy(at, from, n);
    return at;
}

static void drop_guarded(guarded *g)
{
    munmap(g->pages, g->size + (size_t)sysconf(_SC_PAGESIZE));
}

/* ---- every beginning, and changed bytes ---- */

/* Reads and says whether it was taken; checks what it got. */
typedef bool take(const unsigned char *from, size_t n);

static bool take_picture(const unsigned char *b, size_t n)
{
    picture p = { .rgb = NULL };
    if (!picture_is(b, n) || !picture_decode(b, n, &p))
        return false;
    assert_in_range(p.width, 1, MOST_PICTURE_SIDE);
    assert_in_range(p.height, 1, MOST_PICTURE_SIDE);
    volatile unsigned char last = p.rgb[(size_t)p.width * (size_t)p.height * 3 - 1];
    (void)last;
    free(p.rgb);
    return true;
}

static bool take_sound(const unsigned char *b, size_t n)
{
    char why[200] = "";
    sound s = { .sample = NULL };
    bool good = wav_decode(b, n, &s, why, sizeof why);
    assert_true(good || why[0]);
    if (good) {
        assert_in_range(s.channels, 1, MOST_CHANNELS);
        assert_in_range(s.rate, LEAST_RATE, MOST_RATE);
        assert_true(s.frames * (size_t)s.channels <= n);
    }
    free(s.sample);
    return good;
}

static bool take_array(const unsigned char *b, size_t n)
{
    char why[512] = "";
    sdx_value *v = npy_read(b, n, why, sizeof why);
    assert_true(v || why[0]);
    assert_true(!v || sdx_value_bytes(v) <= n);
    sdx_value_free(v);
    return v != NULL;
}

static bool take_text(const unsigned char *b, size_t n)
{
    char why[512] = "";
    int64_t dims[2] = { -1, 2 };
    sdx_value *v = plain_read_tensor((const char *)b, n, SDX_F32, 2, dims, why, sizeof why);
    assert_true(v || why[0]);
    assert_true(!v || sdx_value_count(v) <= n);
    sdx_value_free(v);
    return v != NULL;
}

/* cut: is every beginning wrong, too? */
static void torment(const bytes *whole, take *read, bool cut)
{
    guarded g = new_guarded();
    uint64_t seed = 1;
    assert_true(read(at_the_edge(&g, whole->at, whole->n), whole->n));
    for (size_t n = 0; n < whole->n; n++) {
        bool taken = read(at_the_edge(&g, whole->at, n), n);
        assert_false(cut && taken);
    }
    for (int i = 0; i < CHANGED; i++) {
        static const unsigned char odd[] = { 0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, '-', '9' };
        bytes b = *whole;
        for (int k = 0; k < 1 + i % 4; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
            size_t at = (size_t)(seed >> 33) % b.n;
            size_t early = b.n < 64 ? b.n : 64; /* headers most of all */
            b.at[i % 3 ? at % early : at] = i % 2 ? odd[(seed >> 20) % sizeof odd]
                                                  : (unsigned char)(seed >> 50);
        }
        read(at_the_edge(&g, b.at, b.n), b.n);
    }
    drop_guarded(&g);
}

/* ---- pictures ---- */

typedef struct bitmap_wish {
    int width, height, depth, head, method, colors;
} bitmap_wish;

static bytes bitmap_head(bitmap_wish w)
{
    bytes b = { .n = 0 };
    int tables = (w.method == 3 && w.head == 40 ? 12 : 0) + 4 * w.colors;
    put_text(&b, "BM");
    put(&b, 0, 8);
    put(&b, (uint64_t)(14 + w.head + tables), 4);
    put(&b, (uint64_t)w.head, 4);
    put(&b, (uint32_t)w.width, 4);
    put(&b, (uint32_t)w.height, 4);
    put(&b, 1, 2);
    put(&b, (uint64_t)w.depth, 2);
    put(&b, (uint64_t)w.method, 4);
    put(&b, 0, 12);
    put(&b, (uint64_t)w.colors, 4);
    put(&b, 0, 4);
    return b;
}

static void check_pixels(const bytes *b, int width, int height, const char *rgb)
{
    guarded g = new_guarded();
    picture p = { .rgb = NULL };
    assert_true(picture_decode(at_the_edge(&g, b->at, b->n), b->n, &p));
    assert_int_equal(p.width, width);
    assert_int_equal(p.height, height);
    assert_memory_equal(p.rgb, rgb, (size_t)(width * height * 3));
    free(p.rgb);
    drop_guarded(&g);
}

/* red, green / blue, white, as 24 bits with the lowest row first. */
static bytes true_color(void)
{
    bytes b = bitmap_head((bitmap_wish){ 2, 2, 24, 40, 0, 0 });
    put(&b, 0x0000ff, 3); /* the lowest byte is blue */
    put(&b, 0xffffff, 3);
    put(&b, 0, 2);
    put(&b, 0xff0000, 3);
    put(&b, 0x00ff00, 3);
    put(&b, 0, 2);
    return b;
}

static const char four[] = "\xff\0\0\0\xff\0\0\0\xff\xff\xff\xff";

static void bitmaps(void **state)
{
    (void)state;
    bytes b = true_color();
    check_pixels(&b, 2, 2, four);

    b = bitmap_head((bitmap_wish){ 2, -2, 32, 40, 0, 0 }); /* the topmost row first */
    put(&b, 0xff0000, 4);
    put(&b, 0x00ff00, 4);
    put(&b, 0x0000ff, 4);
    put(&b, 0xffffff, 4);
    check_pixels(&b, 2, 2, four);

    b = bitmap_head((bitmap_wish){ 2, -2, 16, 40, 3, 0 }); /* 5, 6 and 5 bits */
    put(&b, 0xf800, 4);
    put(&b, 0x07e0, 4);
    put(&b, 0x001f, 4);
    put(&b, 0x07e0f800, 4);
    put(&b, 0xffff001f, 4);
    check_pixels(&b, 2, 2, four);

    for (int depth = 1; depth <= 8; depth += depth == 1 ? 3 : 4) {
        b = bitmap_head((bitmap_wish){ 3, 1, depth, 40, 0, 2 });
        put(&b, 0x102030, 4); /* 0x10 is red */
        put(&b, 0xffffff, 4);
        put(&b, depth == 1 ? 0x40 : depth == 4 ? 0x01 : 0x000100, 4); /* 0, 1, 0 */
        check_pixels(&b, 3, 1, "\x10\x20\x30\xff\xff\xff\x10\x20\x30");
    }
}

static void pixmaps(void **state)
{
    (void)state;
    static const char *const whole[] = { "P6\n2 2\n255\n", "P6 # two\n2 #by\n2 255\n" };
    for (int i = 0; i < 2; i++) {
        bytes b = { .n = 0 };
        put_text(&b, whole[i]);
        memcpy(b.at + b.n, four, 12);
        b.n += 12;
        check_pixels(&b, 2, 2, four);
    }
    bytes b = { .n = 0 };
    put_text(&b, "P3 2 2 1  1 0 0  0 1 0\n 0 0 1  1 1 1");
    check_pixels(&b, 2, 2, four);
    b.n = 0;
    put_text(&b, "P5 3 1 65535\n");
    put(&b, 0xffff0080ff7f, 6); /* 0x7fff, 0x8000, 0xffff with the high byte first */
    check_pixels(&b, 3, 1, "\x7f\x7f\x7f\x80\x80\x80\xff\xff\xff");
    b.n = 0;
    put_text(&b, "P2 2 1 3\n3 2");
    check_pixels(&b, 2, 1, "\xff\xff\xff\xaa\xaa\xaa");
    b.n = 0;
    put_text(&b, "P2 2 1 3\n3 4");
    assert_false(take_picture(b.at, b.n)); /* above its own largest */
    b.n = 0;
    put_text(&b, "P6 30000 30000 255\n");
    assert_false(take_picture(b.at, b.n));
}

static void broken_pictures(void **state)
{
    (void)state;
    bytes b = true_color();
    torment(&b, take_picture, true);
    b = bitmap_head((bitmap_wish){ 3, 1, 8, 124, 0, 2 });
    b.n += 84;
    put(&b, 0x102030, 4);
    put(&b, 0xffffff, 4);
    put(&b, 0x000100, 4);
    torment(&b, take_picture, true);
    b = bitmap_head((bitmap_wish){ 2, 1, 16, 40, 3, 0 });
    put(&b, 0xf800, 4);
    put(&b, 0x07e0, 4);
    put(&b, 0x001f, 4);
    put(&b, 0x07e0f800, 4);
    torment(&b, take_picture, true);
    b.n = 0;
    put_text(&b, "P6 2 2 255\n");
    memcpy(b.at + b.n, four, 12);
    b.n += 12;
    torment(&b, take_picture, true);
    b.n = 0;
    put_text(&b, "P3 2 2 255  255 0 0  0 255 0\n 0 0 255  100 200 255 ");
    torment(&b, take_picture, false); /* the last number may lose digits */
}

/* ---- sounds ---- */

static bytes wav_head(int kind, int channels, int rate, int bits, size_t data)
{
    bytes b = { .n = 0 };
    put_text(&b, "RIFF");
    put(&b, 4 + 24 + 8 + data, 4);
    put_text(&b, "WAVEfmt ");
    put(&b, kind == 0xfffe ? 40 : 16, 4);
    put(&b, (uint64_t)kind, 2);
    put(&b, (uint64_t)channels, 2);
    put(&b, (uint64_t)rate, 4);
    put(&b, (uint64_t)(rate * channels * bits / 8), 4);
    put(&b, (uint64_t)(channels * bits / 8), 2);
    put(&b, (uint64_t)bits, 2);
    if (kind == 0xfffe) {
        put(&b, 22, 2);
        put(&b, (uint64_t)bits, 2);
        put(&b, 3, 4);
        put(&b, 1, 2);
        b.n += 14;
    }
    put_text(&b, "odd ");
    put(&b, 3, 4); /* a chunk nobody knows, of odd length */
    put(&b, 0, 4);
    put_text(&b, "data");
    put(&b, data, 4);
    return b;
}

static uint64_t bits_of(double x, int width)
{
    float f = (float)x;
    uint32_t narrow;
    uint64_t wide;
    memcpy(&narrow, &f, sizeof narrow);
    memcpy(&wide, &x, sizeof wide);
    return width == 4 ? narrow : wide;
}

static void sounds(void **state)
{
    (void)state;
    static const struct {
        int kind, bits;
        uint64_t half, low; /* 0.5 and -1 */
    } form[] = { { 1, 8, 192, 0 },
                 { 1, 16, 0x4000, 0x8000 },
                 { 1, 24, 0x400000, 0x800000 },
                 { 1, 32, 0x40000000, 0x80000000 },
                 { 0xfffe, 16, 0x4000, 0x8000 },
                 { 3, 32, 0, 0 },
                 { 3, 64, 0, 0 } };
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        int width = form[i].bits / 8;
        bytes b = wav_head(form[i].kind, 2, 16000, form[i].bits, (size_t)width * 4);
        for (int k = 0; k < 2; k++) {
            put(&b, form[i].kind == 3 ? bits_of(0.5, width) : form[i].half, width);
            put(&b, form[i].kind == 3 ? bits_of(-1, width) : form[i].low, width);
        }
        guarded g = new_guarded();
        char why[200];
        sound s;
        assert_true(wav_decode(at_the_edge(&g, b.at, b.n), b.n, &s, why, sizeof why));
        assert_int_equal(s.frames, 2);
        assert_int_equal(s.channels, 2);
        assert_true(s.sample[2] == 0.5F && s.sample[3] == -1.0F);
        sound_mono(&s);
        assert_true(s.channels == 1 && s.sample[1] == -0.25F);
        free(s.sample);
        drop_guarded(&g);
        torment(&b, take_sound, true);
    }
}

static const double pi = 3.14159265358979323846;

/* A sine through the resampler: how far it is from the same sine at the new rate, in the middle. */
static double through(int from, int to, double hertz, double wanted)
{
    sound s = { from, 1, (size_t)from / 2, malloc((size_t)from / 2 * sizeof(float)) };
    double worst = 0;
    for (size_t i = 0; i < s.frames; i++)
        s.sample[i] = (float)sin(2 * pi * hertz * (double)i / from);
    assert_true(sound_resample(&s, to));
    assert_int_equal(s.rate, to);
    assert_int_equal(s.frames, ((size_t)from / 2 * (size_t)to + (size_t)from - 1) / (size_t)from);
    for (size_t i = s.frames / 4; i < s.frames * 3 / 4; i++)
        worst = fmax(worst,
                     fabs((double)s.sample[i] - wanted * sin(2 * pi * hertz * (double)i / to)));
    free(s.sample);
    return worst;
}

static void other_rates(void **state)
{
    (void)state;
    static const int rate[][2] = { { 44100, 16000 }, { 16000, 44100 }, { 48000, 16000 },
                                   { 8000, 16000 },  { 44100, 48000 }, { 22050, 16000 },
                                   { 11025, 11026 }, { 16000, 16000 } };
    for (size_t i = 0; i < sizeof rate / sizeof *rate; i++) {
        double lower = rate[i][0] < rate[i][1] ? rate[i][0] : rate[i][1];
        assert_true(through(rate[i][0], rate[i][1], 440, 1) < 1e-3);
        assert_true(through(rate[i][0], rate[i][1], 0.4 * lower, 1) < 1e-3);
    }
    assert_true(through(44100, 16000, 8100, 0) < 1e-4); /* would be heard as 7900 Hz */
    assert_true(through(48000, 16000, 15000, 0) < 1e-4);
}

static sdx_value *sound_tensor(const char *spec, int channels, size_t frames, sdx_dtype dtype,
                               int rank, const int64_t *dims, char *note)
{
    char why[512] = "";
    audio_spec a = { .rate = 0 };
    bytes b = wav_head(1, channels, 16000, 16, frames * (size_t)channels * 2);
    for (size_t i = 0; i < frames * (size_t)channels; i++)
        put(&b, i, 2);
    note[0] = '\0';
    if (spec[0])
        assert_true(audio_parse(&a, spec, why, sizeof why));
    return audio_read(b.at, b.n, &a, dtype, rank, dims, note, 200, why, sizeof why);
}

static void check_dims(const sdx_value *v, int rank, const int64_t *want)
{
    const int64_t *dim;
    assert_non_null(v);
    assert_int_equal(sdx_value_dims(v, &dim), rank);
    assert_memory_equal(dim, want, (size_t)rank * sizeof *dim);
}

#define DIMS(...) ((int64_t[]){ __VA_ARGS__ })

static void sound_layouts(void **state)
{
    (void)state;
    char note[200];
    sdx_value *v = sound_tensor("", 1, 100, SDX_I16, 1, DIMS(-1), note);
    check_dims(v, 1, DIMS(100));
    assert_int_equal(sdx_value_i64(v, 99), 99);
    sdx_value_free(v);
    v = sound_tensor("", 1, 100, SDX_F32, 3, DIMS(-1, 64, 1), note);
    check_dims(v, 3, DIMS(1, 64, 1));
    assert_non_null(strstr(note, "first 64 of 100"));
    assert_true(fabs(sdx_value_f64(v, 63) - 63.0 / 32768) < 1e-9);
    sdx_value_free(v);
    v = sound_tensor("", 1, 100, SDX_I16, 2, DIMS(-1, 128), note);
    check_dims(v, 2, DIMS(1, 128));
    assert_true(!note[0] && sdx_value_i64(v, 99) == 99 && sdx_value_i64(v, 100) == 0);
    sdx_value_free(v);
    v = sound_tensor("", 2, 50, SDX_I16, 2, DIMS(2, -1), note);
    check_dims(v, 2, DIMS(2, 50));
    assert_true(sdx_value_i64(v, 1) == 2 && sdx_value_i64(v, 50) == 1);
    sdx_value_free(v);
    assert_null(sound_tensor("", 2, 50, SDX_I16, 1, DIMS(-1), note));
    v = sound_tensor("mono", 2, 50, SDX_I16, 2, DIMS(1, -1), note);
    check_dims(v, 2, DIMS(1, 50));
    sdx_value_free(v);
    v = sound_tensor("frame=40,hop=20", 1, 100, SDX_I16, 2, DIMS(-1, -1), note);
    check_dims(v, 2, DIMS(4, 40));
    assert_int_equal(sdx_value_i64(v, 40), 20);
    assert_int_equal(sdx_value_i64(v, 159), 99);
    sdx_value_free(v);
    v = sound_tensor("frame=64", 1, 100, SDX_I16, 3, DIMS(1, -1, 64), note);
    check_dims(v, 3, DIMS(1, 2, 64));
    assert_true(sdx_value_i64(v, 99) == 99 && sdx_value_i64(v, 100) == 0);
    sdx_value_free(v);
    assert_null(sound_tensor("frame=64", 1, 100, SDX_I16, 2, DIMS(-1, 32), note));
    v = sound_tensor("rate=8000", 1, 100, SDX_F32, 1, DIMS(-1), note);
    check_dims(v, 1, DIMS(50));
    sdx_value_free(v);
}

static void sound_words(void **state)
{
    (void)state;
    static const char *const wrong[] = { "rate",  "rate=0", "mono=1", "hop=3",
                                         "frame", "loud",   "",       "frame=0" };
    char why[200];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        audio_spec a = { .rate = 0 };
        assert_false(audio_parse(&a, wrong[i], why, sizeof why));
    }
    audio_spec a = { .rate = 0 };
    assert_true(audio_parse(&a, "rate=16000,mono,frame=512,hop=160", why, sizeof why));
    assert_true(a.rate == 16000 && a.mono && a.frame == 512 && a.hop == 160);
}

/* ---- arrays and text ---- */

static void arrays(void **state)
{
    (void)state;
    char why[512];
    size_t n;
    int64_t dims[] = { 2, 3 };
    sdx_value *v;
    bytes b = { .n = 0 };
    assert_int_equal(sdx_value_tensor(SDX_I16, 2, dims, &v, NULL), SDX_OK);
    void *file = npy_write(v, &n, why, sizeof why);
    assert_true(file && n <= ROOM);
    memcpy(b.at, file, n);
    b.n = n;
    free(file);
    sdx_value_free(v);
    torment(&b, take_array, true);
}

static void lying_sizes(void **state)
{
    (void)state;
    static const char *const shape[] = { "99999999999", "4294967296,4294967296",
                                         "9223372036854775807", "123456789,1000", "7" };
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
        char why[512] = "", header[128];
        bytes b = { .n = 0 };
        int n = snprintf(header, sizeof header,
                         "{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }\n", shape[i]);
        put_text(&b, "\x93NUMPY\x01");
        put(&b, 0, 1);
        put(&b, (uint64_t)n, 2);
        put_text(&b, header);
        put(&b, 0, 24);
        assert_null(npy_read(b.at, b.n, why, sizeof why));
        assert_non_null(strstr(why, "cut off"));
    }
    char text[4000] = "[[";
    size_t n = 2;
    for (int i = 0; i < 900; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "1,");
    n += (size_t)snprintf(text + n, sizeof text - n, "1]");
    for (int i = 0; i < 400; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, ",[]");
    snprintf(text + n, sizeof text - n, "]");
    char why[512] = "";
    assert_null(json_read_tensor(text, strlen(text), SDX_F32, why, sizeof why));
    assert_non_null(strstr(why, "different lengths"));
    sound s = { LEAST_RATE, 64, 1 << 16, calloc(64 << 16, sizeof(float)) };
    assert_false(sound_resample(&s, MOST_RATE));
    assert_int_equal(s.rate, LEAST_RATE);
    free(s.sample);
}

static void check_text(const char *text, sdx_dtype dtype, int rank, const int64_t *dims,
                       const int64_t *want, double last)
{
    char why[512] = "";
    sdx_value *v = plain_read_tensor(text, strlen(text), dtype, rank, dims, why, sizeof why);
    check_dims(v, rank, want);
    size_t n = sdx_value_count(v);
    if (dtype == SDX_F32)
        assert_true(fabs(sdx_value_f64(v, n - 1) - last) < 1e-6);
    else if (dtype != SDX_STR)
        assert_int_equal(sdx_value_i64(v, n - 1), (int64_t)last);
    sdx_value_free(v);
}

static void texts(void **state)
{
    (void)state;
    char why[512] = "";
    check_text("1 2\n3,4 , 5.5\t-6e-1\n", SDX_F32, 2, DIMS(-1, 2), DIMS(3, 2), -0.6);
    check_text("1 2 3", SDX_I64, 2, DIMS(-1, -1), DIMS(1, 3), 3);
    check_text("7", SDX_U8, 0, DIMS(0), DIMS(0), 7);
    check_text("[[1, 2], [3, 4]]", SDX_F32, 2, DIMS(-1, -1), DIMS(2, 2), 4);
    check_text("one\ntwo words\n\nfour\n", SDX_STR, 1, DIMS(-1), DIMS(4), 0);
    assert_null(plain_read_tensor("1 2 x", 5, SDX_F32, 1, DIMS(-1), why, sizeof why));
    assert_non_null(strstr(why, "'x' is no number"));
    assert_null(plain_read_tensor("1 2 3", 5, SDX_F32, 2, DIMS(-1, 2), why, sizeof why));
    bytes b = { .n = 0 };
    put_text(&b, "1 2\n3,4 , 5.5\t-6e-1 nan -INF 1e300 9\n");
    torment(&b, take_text, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bitmaps),     cmocka_unit_test(pixmaps),
        cmocka_unit_test(sounds),      cmocka_unit_test(broken_pictures),
        cmocka_unit_test(other_rates), cmocka_unit_test(sound_layouts),
        cmocka_unit_test(sound_words), cmocka_unit_test(arrays),
        cmocka_unit_test(texts),       cmocka_unit_test(lying_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
