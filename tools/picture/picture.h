/* tools/picture/picture.h - a model as boxes and lines: for Graphviz, or laid out as SVG. */
#ifndef TOOLS_PICTURE_PICTURE_H
#define TOOLS_PICTURE_PICTURE_H
#include "picture/links.h"
#include <stdio.h>

enum { PICTURE_LETTERS = 36 }; /* of a text in a box; what is longer is cut */

typedef enum box_kind { BOX_INPUT, BOX_NODE, BOX_OUTPUT, BOX_OUTSIDE } box_kind;

/* A node, several of one cluster, an input or output of the model, or a value that comes from what
 * is not shown. */
typedef struct box {
    box_kind kind;
    const char *op;          /* of the first node */
    const char *name, *type; /* of the node, the cluster or the value; of what it makes */
    size_t name_length;      /* of a cluster only the first parts */
    size_t node, count;      /* the first of `count` nodes; SIZE_MAX: none */
    bool marked;
    double x, y, width, height; /* x: of the middle; set by picture_lay_out */
} box;

/* A line from box to box.  The points in between are set by picture_lay_out. */
typedef struct line {
    size_t from, to;
    const char *name, *type; /* of the value */
    size_t n_points, first;  /* points[first …] */
} line;

typedef struct point {
    double x, top, bottom;
} point;

typedef struct picture {
    const sdx_model *m;
    size_t n_boxes, n_lines, n_points;
    box *box;
    line *line;
    point *point;
    double width, height;
} picture;

typedef struct picture_wish {
    const bool *chosen; /* by node; NULL: all of the main graph          */
    const bool *marked; /* by node: to be seen at once; NULL: none       */
    int64_t
        cluster; /* a box for nodes whose names share so many parts between '/'; 0: a box each */
} picture_wish;

/* Texts are the model's, which has to stay open.  NULL: no memory. */
picture *picture_of(const sdx_model *m, const links *l, const picture_wish *wish);
void picture_free(picture *p);

void picture_print_dot(FILE *to, const picture *p);

/* Ranks by the longest path, order within by what a box is connected to.  false: no memory. */
bool picture_lay_out(picture *p);
/* After picture_lay_out.  alone: with what a file of its own needs at its beginning. */
void picture_print_svg(FILE *to, const picture *p, bool alone);
#endif
