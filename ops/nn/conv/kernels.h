/* ops/nn/conv/kernels.h - convolutions of floats in blocks of channels.  Raw pointers and sizes
 * only.
 *
 * Pictures lie as [blocks][pixels][B], B channels of a pixel side by side; lanes past the last
 * channel hold anything and reach no other lane.  Weights are packed by pack() in the order in
 * which they are read.
 *
 *   direct   groups of a block and more, or one group: every weight vector meets single channels of
 *            1 .. 14 pixels
 *   first    the same from a plain picture of few channels, copied row by row with its padding
 *   rows     3x3 of stride 1 on plain pictures, for few channels: vectors of neighbouring pixels
 *   planes   any of rank 1 and 2 on plain pictures: vectors of neighbouring pixels, some filters
 *            at a time; for few filters, and where blocks would have to be made first
 *   spread   any groups, depthwise first of all: vectors of input, their lanes moved to where
 *            outputs need them
 *
 *   winograd 3x3 of stride 1 on larger pictures: fewer products, and some error more
 *
 * All of them walk a conv_geometry, so any rank, stride, dilation, padding and transposition will
 * do. */
#ifndef NN_CONV_KERNELS_H
#define NN_CONV_KERNELS_H
#include "nn/conv/geometry.h"

/* Called with n floats of y that have just been stored, the first of them `at` floats after y's
 * first. */
typedef void conv_after(void *context, float *y, int64_t at, size_t n);

/* One image.  y = clamp(sum + bias + residual), then after(); y may be the residual for direct and
 * first. */
typedef struct conv_f32 {
    const conv_geometry *g;
    int64_t channels, filters, group; /* of all groups */
    const float *x, *w;
    const float *bias;     /* whole blocks, 0 where there is no filter */
    const float *residual; /* in y's layout, or NULL */
    float *y;
    int64_t at;        /* of y's first float, for after */
    float lo, hi;      /* -INFINITY, INFINITY: as it is; NaN stays NaN */
    conv_after *after; /* or NULL */
    void *context;
    const struct conv_steps *steps; /* spread only */
} conv_f32;

/* Units of work are pairs of output blocks (direct), of filters within a group (rows) or single
 * blocks (spread): see conv_units.  One call computes unit `unit` of rows [row0, row1); the bits
 * depend on nothing else. */
typedef void conv_direct_f32(const conv_f32 *j, int64_t unit, int64_t row0, int64_t row1);
/* scratch: sdx_conv_first_scratch() floats, aligned for an int64_t.  All units at once. */
typedef void conv_first_f32(const conv_f32 *j, int64_t row0, int64_t row1, float *scratch);

/* For spread: how output vectors gather their inputs.  Step s of output vector v: lane i of the
 * output takes lane from[i] of the input vector that lies `at`; lanes it has no use for take 0
 * (from[i] = -1). */
typedef struct conv_step {
    int64_t at; /* floats from pixel 0 of the input to the vector's first lane */
    int32_t from[16];
} conv_step;
typedef enum conv_moves { CONV_IN_PLACE, CONV_PARTLY, CONV_MOVED } conv_moves;
typedef struct conv_steps {
    conv_moves moves;     /* no lane moves: depthwise; some take nothing; all take one */
    const int64_t *start; /* [vectors + 1] */
    const conv_step *step;
} conv_steps;

/* For winograd: tiles of out x out outputs, or where groups lie within a vector strips of rows that
 * are out wide, `block` of them at a time.  Where the window is dilated
 * they are outputs as far apart: a picture of as many phases.  Values and results lie in planes of
 * [block][tile][B]; from a plane to the next is an odd number of cache lines. */
typedef struct conv_tiles {
    int64_t out;                        /* 2 or 4 */
    int64_t rows;                       /* of a tile: out, or up to 14 of a strip */
    int64_t across, down, count;        /* tiles of a phase beside and below each other; in all */
    int64_t block, in_plane, out_plane; /* planes: floats */
    int64_t late;                       /* floats of a row of late weights; 0: they are not */
} conv_tiles;
/* A part is a group or, where groups lie within a vector, a block: its tiles [t0, t1).
 * scratch: conv_tiles_scratch() floats. */
typedef void conv_winograd_f32(const conv_f32 *j, const conv_tiles *w, int64_t part, int64_t t0,
                               int64_t t1, float *scratch);

/* For planes.  A vector of positions is one of outputs of every phase: a transposed convolution
 * has a phase for each residue of its strides; else there is one.  The input under a strip of rows
 * is copied once with its padding, columns of one residue of the stride side by side: each tap then
 * is a plain load at some distance.  Matrix products read it where it lies. */
typedef struct conv_plane_tap {
    int64_t x, w; /* floats from a position in the scratch; taps before it in the kernel */
} conv_plane_tap;
typedef struct conv_plane_phase {
    int64_t taps;
    const conv_plane_tap *tap;
} conv_plane_phase;
typedef struct conv_position {
    int64_t x, y, count; /* floats from the strip's first, from the picture's; outputs in a row */
} conv_position;
typedef struct conv_planes {
    bool flat; /* a window of one element: the picture is one row, and read where it lies */
    int64_t lanes;
    int64_t in_rows, in_width, out_rows, out_width;
    int64_t rows, width, vectors; /* of positions; vectors: of a row                */
    int64_t step_y, step_x;       /* input elements from a position to the next     */
    int64_t out_y, out_x;         /* output elements; as many phases                */
    int64_t top, left, high;      /* the window of position 0: its begin, its rows  */
    int64_t wide, row;            /* scratch: floats of a residue's row, of all     */
    const conv_plane_phase *phase;
    int64_t units, together, parts; /* of all groups; groups of a unit, or units of a group */
    int64_t strip;                  /* rows of positions at a time */
} conv_planes;
/* A block of filters of a group, by some vectors of positions. */
typedef struct conv_plane_job {
    const conv_f32 *j;
    const conv_planes *p;
    const conv_plane_phase *phase; /* those that share a row: out_x */
    const conv_position *at;
    int64_t count;
    bool whole; /* all lanes of every vector are outputs side by side */
    const float *x, *w, *bias;
    int64_t channels, x_channel;
    float *y; /* the first filter's picture */
    const float *residual;
} conv_plane_job;
typedef void conv_plane_tiles(const conv_plane_job *t, int64_t filters);
/* Rows of one channel, from row `top` of the input on. */
typedef void conv_plane_copy(const conv_planes *p, float *to, const float *x, int64_t top,
                             int64_t rows);

typedef struct conv_kernels {
    /* rows, winograd, those of planes: NULL in the plain set */
    conv_direct_f32 *direct, *spread, *rows;
    conv_first_f32 *first;
    conv_winograd_f32 *winograd;
    conv_plane_tiles *plane_tiles;
    conv_plane_copy *plane_copy;
    int block, lanes; /* channels of a block, lanes of a vector; 0: there are no kernels */
} conv_kernels;

extern const sdx_family sdx_family_nn_conv;

/* ---- packing, in plain C: conv/pack.c ---- */

/* The longest runs of taps that spread has kernels for: depthwise, where lanes stay in place, is
 * seen with large windows; groups of more channels are not. */
static inline int conv_longest_run(int64_t channels, int64_t filters, int64_t group)
{
    return channels == group && filters == group ? 7 : 3;
}
/* Whether groups are whole blocks. */
static inline bool conv_is_whole(int64_t channels, int64_t filters, int64_t group, int64_t block)
{
    return group == 1 || (channels / group % block == 0 && filters / group % block == 0);
}
/* Whether groups are large enough for direct: lanes of other groups are few. */
static inline bool conv_is_direct(int64_t channels, int64_t filters, int64_t group, int64_t block)
{
    return group == 1 || (channels / group >= block && filters / group >= block);
}
static inline int64_t conv_blocks(int64_t channels, int64_t block)
{
    return (channels + block - 1) / block;
}

/* Whether the blocks of a picture lie a multiple of 4 KiB apart, so that a pixel's blocks fall into
 * one set of the nearest cache. */
static inline bool conv_collides(int64_t in_pixels, int64_t block)
{
    return in_pixels * block % 1024 == 0;
}
/* Chunks of input blocks that direct works through one after the other: the weights of a pair for
 * one chunk, 72 or 144 KB, stay in the second cache while the pixels pass.  Where blocks collide
 * there are few in a chunk, for a pixel has to stay in the nearest cache from tap to tap.  A tile
 * of narrow blocks has few pixels for a row of weights: those of single taps, 16 KB, stay in the
 * nearest cache. */
static inline int64_t conv_chunks(int64_t channels, int64_t taps, int64_t block, bool collides)
{
    enum { FEW = 4, NARROW = 8 };
    const int64_t most = block <= NARROW && taps == 1 ? 256 : 1152;
    int64_t chunks = (channels * taps + most - 1) / most, blocks = conv_blocks(channels, block),
            least = collides && taps > 1 ? (blocks + FEW - 1) / FEW : 1;
    chunks = chunks > least ? chunks : least;
    return chunks < blocks ? chunks : blocks;
}
/* The channel where chunk i of `chunks` begins, of the `channels` from `first` on: at a block, for
 * all but the first of them. */
static inline int64_t conv_chunk_begin(int64_t first, int64_t channels, int64_t block,
                                       int64_t chunks, int64_t i)
{
    int64_t b0 = first / block, blocks = conv_blocks(first + channels, block) - b0,
            at = (b0 + blocks * i / chunks) * block, end = first + channels;
    return at < first ? first : at < end ? at : end;
}
/* direct takes the groups of a block one after the other, each with weights of its own: how many
 * there are in all blocks before this one.  `each` filters a group. */
static inline int64_t conv_parts_before(int64_t b, int64_t filters, int64_t each, int64_t block)
{
    int64_t parts = b, end = b * block < filters ? b * block : filters;
    for (int64_t m = each; m < end; m += each)
        parts += m % block != 0;
    return parts;
}
/* The first and the last group in blocks [b0, b1). */
static inline int64_t conv_first_group(int64_t b0, int64_t each, int64_t block)
{
    return b0 * block / each;
}
static inline int64_t conv_last_group(int64_t b1, int64_t filters, int64_t each, int64_t block)
{
    return ((b1 * block < filters ? b1 * block : filters) - 1) / each;
}

/* What a packed form depends on: compared byte by byte, hence without gaps. */
typedef struct conv_weights {
    int64_t channels, filters, group, taps;
    int64_t row;        /* taps of a row of the kernel */
    int64_t transposed; /* W is [C, M / group, ...] and not [M, C / group, ...] */
    int64_t block, lanes;
    int64_t way;  /* a conv_way: who reads them */
    int64_t tile; /* outputs of a side of winograd's tiles: 0, 2, 4 */
    int64_t collides;
    int64_t late; /* winograd: packed are the taps, which are transformed for each block of tiles */
} conv_weights;
typedef enum conv_way {
    CONV_REFERENCE,
    CONV_DIRECT,
    CONV_FIRST,
    CONV_SPREAD,
    CONV_ROWS,
    CONV_WINOGRAD,
    CONV_PLANES,
    CONV_PAIRS /* of bf16: pairs.h */
} conv_way;
static inline bool conv_is_plain(int64_t way)
{
    return way == CONV_ROWS || way == CONV_PLANES;
}

/* Units of direct, spread and rows. */
static inline int64_t conv_units(const conv_weights *p)
{
    int64_t blocks = conv_blocks(p->filters, p->block);
    return p->way == CONV_ROWS     ? p->group * ((p->filters / p->group + 1) / 2)
           : p->way == CONV_DIRECT ? (blocks + 1) / 2
                                   : blocks;
}

/* Floats of the packed form, and packing from a tensor of W's shape. */
int64_t sdx_conv_packed(const conv_weights *p);
void sdx_conv_pack(const conv_weights *p, float *to, const sdx_tensor *w);
/* An sdx_packer, of a conv_weights: whole blocks of bias for the output vectors; direct's blocks
 * belong to groups, and groups are whole blocks.  from NULL: zeros. */
void sdx_conv_pack_bias(void *to, const sdx_tensor *from, const void *how);
/* The steps of spread, kept in c. */
sdx_status sdx_conv_steps(sdx_prepare *c, const conv_weights *p, const conv_geometry *g,
                          conv_steps *steps);

/* Tiles for a picture, and how many at a time. */
conv_tiles sdx_conv_tiles(const conv_weights *p, const conv_geometry *g);
static inline int64_t conv_tiles_scratch(const conv_tiles *t)
{
    return (t->out + 2) * (t->out + 2) * (t->in_plane + t->out_plane) + t->late;
}
/* Groups within a vector, which winograd takes a block at a time, in strips. */
static inline bool conv_is_narrow(int64_t channels, int64_t filters, int64_t group, int64_t lanes)
{
    return group > 1 && channels == filters && lanes % (channels / group) == 0;
}
static inline bool conv_in_strips(const conv_weights *p)
{
    return p->tile == 4 && conv_is_narrow(p->channels, p->filters, p->group, p->lanes);
}

/* Filters of the next block of planes. */
static inline int64_t conv_plane_block(int64_t left)
{
    return left < 4 ? left : 4;
}
enum {
    CONV_PLANE_VECTORS = 8, /* of a tile, at most         */
    CONV_PLANE_PHASES = 8,  /* of a row, at most          */
    CONV_PLANE_PART = 48    /* filters of a unit, at most */
};
sdx_status sdx_conv_plan_planes(sdx_prepare *c, const conv_weights *w, const conv_geometry *g,
                                int64_t images, conv_planes *p);
int64_t sdx_conv_planes_scratch(const conv_planes *p, int64_t channels); /* of a group */
/* One unit, rows of positions [q0, q1). */
void sdx_conv_planes_run(const conv_f32 *j, const conv_planes *p, const conv_kernels *k,
                         int64_t unit, int64_t q0, int64_t q1, float *scratch);

/* Floats of scratch for first. */
int64_t sdx_conv_first_scratch(const conv_geometry *g, int64_t channels);
#endif
