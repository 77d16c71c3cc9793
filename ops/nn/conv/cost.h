/* ops/nn/conv/cost.h - what each kernel would take for a convolution, and which takes least. */
#ifndef NN_CONV_COST_H
#define NN_CONV_COST_H
#include "nn/conv/kernels.h"

typedef struct conv_problem {
    const conv_weights *w; /* but for way and tile */
    const sdx_window *window;
    const int64_t *in, *out; /* spatial dims */
    bool constant;           /* are the weights known? */
} conv_problem;

typedef struct conv_choice {
    conv_way way;
    int64_t tile; /* winograd's */
} conv_choice;

enum { CONV_CHOICES = 6 };
extern const conv_choice sdx_conv_choices[CONV_CHOICES];

/* Prices, in products of vectors. */
enum { CONV_PRICES = 14 };
typedef struct conv_prices {
    double tap;     /* direct: a tap of a tile; winograd: a plane of one     */
    double part;    /* direct: a vector of outputs that groups share         */
    double step;    /* spread: a step of a tile                              */
    double load;    /* ... an input                                          */
    double move;    /* ... whose lanes are moved                             */
    double row;     /* ... a row of outputs                                  */
    double turn;    /* winograd: a value, on the way in or out               */
    double weights; /* ... a vector of weights, from afar                    */
    double product; /* rows: a product                                       */
    double edge;    /* ... a vector of outputs beside the picture's edge     */
    double strip;   /* ... a filter, or a pair of them                       */
    double vector;  /* planes: an input of a tile                            */
    double copy;    /* ... a row of the copied input, of one residue         */
    double store;   /* ... a vector of it, or of outputs                     */
} conv_prices;
/* Those of vectors of so many lanes. */
const conv_prices *sdx_conv_prices(int64_t lanes);

/* May it go this way?  k: which kernels there are; NULL: all. */
bool sdx_conv_takes(const conv_problem *p, const conv_kernels *k, conv_choice c);
/* Products of vectors, and what takes as long. */
double sdx_conv_cost(const conv_problem *p, const conv_prices *price, conv_choice c);
/* What it costs to transform winograd's weights for each block of tiles: conv_weights.late. */
double sdx_conv_late_cost(const conv_problem *p, int64_t tile);
/* The ways that it may go, into way[CONV_CHOICES], with their cost; returns how many.
 * blocks: what it costs to have the pictures in blocks; below 0: they are not plain. */
typedef struct conv_way_cost {
    conv_choice choice;
    double cost;
} conv_way_cost;
int sdx_conv_ways(const conv_problem *p, const conv_kernels *k, const conv_prices *price,
                  double blocks, conv_way_cost *way);
/* The cheapest of them. */
conv_choice sdx_conv_cheapest(const conv_problem *p, const conv_kernels *k,
                              const conv_prices *price, double blocks);
#endif
