/* tools/picture/layout.c - places the boxes of a picture.
 *
 * Boxes stand in ranks, by the longest path from an input.  A line over several ranks has a joint
 * in each of them. Within a rank boxes and joints are ordered by the mean place of their
 * neighbours, up and down in turns; then they move sideways towards their neighbours as far as the
 * order and the room between them allow. */
#include "picture/picture.h"

#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 6, MOST_CELLS = 1 << 18 };

static const double room = 18, between_ranks = 44, line_height = 15, letter = 7.2, margin = 20;

/* A box, or the joint of a line. */
typedef struct cell {
    size_t box; /* SIZE_MAX: a joint */
    double x, half;
    size_t place;                              /* in its rank */
    size_t first_up, n_up, first_down, n_down; /* neighbours */
} cell;

typedef struct plan {
    picture *p;
    size_t n_cells, n_ranks;
    size_t *rank; /* by box */
    cell *cell;
    size_t **row, *row_length; /* cells of a rank, in order */
    size_t n_pieces;           /* lines cut at their joints: from piece_up to piece_down */
    size_t *piece_up, *piece_down, *up, *down;
} plan;

/* Whether a line leads on: what clusters loop back does not count. */
static bool leads_on(const picture *p, const line *l)
{
    const box *from = &p->box[l->from];
    return from->kind == BOX_INPUT || from->kind == BOX_OUTSIDE || l->from < l->to;
}

/* ---- ranks ---- */

static int by_from(const void *a, const void *b)
{
    const line *x = *(const line *const *)a, *y = *(const line *const *)b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static bool set_ranks(plan *k)
{
    picture *p = k->p;
    const line **list = malloc((p->n_lines + 1) * sizeof *list);
    size_t *least = malloc((p->n_boxes + 1) * sizeof *least), n = 0;
    bool *led = calloc(p->n_boxes + 1, sizeof *led);
    if (list && least && led) {
        for (size_t i = 0; i < p->n_lines; i++)
            if (leads_on(p, &p->line[i]))
                list[n++] = &p->line[i];
        qsort(list, n, sizeof *list, by_from);
        /* Sources have rank 0 before anything else is looked at, so one pass in order of boxes
         * does. */
        for (size_t i = 0; i < n; i++)
            if (p->box[list[i]->from].kind != BOX_NODE && k->rank[list[i]->to] == 0)
                k->rank[list[i]->to] = 1;
        for (size_t i = 0; i < n; i++) {
            size_t next = k->rank[list[i]->from] + 1;
            if (next > k->rank[list[i]->to])
                k->rank[list[i]->to] = next;
            led[list[i]->to] = true;
        }
        /* What nothing leads to stands just above its first reader. */
        for (size_t i = 0; i < p->n_boxes; i++)
            least[i] = SIZE_MAX;
        for (size_t i = 0; i < n; i++)
            if (k->rank[list[i]->to] < least[list[i]->from])
                least[list[i]->from] = k->rank[list[i]->to];
        for (size_t i = 0; i < p->n_boxes; i++)
            if (!led[i] && least[i] != SIZE_MAX && least[i] > 0)
                k->rank[i] = least[i] - 1;
    }
    bool good = list && least && led;
    free(list);
    free(least);
    free(led);
    return good;
}

/* ---- cells ---- */

static size_t span(const plan *k, const line *l)
{
    return leads_on(k->p, l) ? k->rank[l->to] - k->rank[l->from] : 0;
}

static size_t count_joints(const plan *k)
{
    size_t n = 0;
    for (size_t i = 0; i < k->p->n_lines && n <= MOST_CELLS; i++)
        n += span(k, &k->p->line[i]) > 1 ? span(k, &k->p->line[i]) - 1 : 0;
    return n;
}

static void put(plan *k, size_t c, size_t rank)
{
    k->cell[c].place = k->row_length[rank];
    k->row[rank][k->row_length[rank]++] = c;
}

static void piece(plan *k, size_t up, size_t down)
{
    k->piece_up[k->n_pieces] = up;
    k->piece_down[k->n_pieces++] = down;
    k->cell[up].n_down++;
    k->cell[down].n_up++;
}

static bool make_rows(plan *k, const size_t *of_cell)
{
    k->row = calloc(k->n_ranks + 1, sizeof *k->row);
    k->row_length = calloc(k->n_ranks + 1, sizeof *k->row_length);
    if (!k->row || !k->row_length)
        return false;
    for (size_t c = 0; c < k->n_cells; c++)
        k->row_length[of_cell[c]]++;
    for (size_t r = 0; r < k->n_ranks; r++) {
        k->row[r] = malloc((k->row_length[r] + 1) * sizeof **k->row);
        if (!k->row[r])
            return false;
        k->row_length[r] = 0;
    }
    for (size_t c = 0; c < k->n_cells; c++)
        put(k, c, of_cell[c]);
    return true;
}

/* Boxes first, then the joints of each line; joints: with them at all. */
static bool make_cells(plan *k, bool joints)
{
    picture *p = k->p;
    size_t n = p->n_boxes + (joints ? count_joints(k) : 0), at = p->n_boxes,
           pieces = n + p->n_lines;
    size_t *of_cell = malloc((n + 1) * sizeof *of_cell);
    k->n_cells = n;
    k->cell = calloc(n + 1, sizeof *k->cell);
    k->piece_up = malloc((pieces + 1) * sizeof *k->piece_up);
    k->piece_down = malloc((pieces + 1) * sizeof *k->piece_down);
    k->up = malloc((pieces + 1) * sizeof *k->up);
    k->down = malloc((pieces + 1) * sizeof *k->down);
    bool good = of_cell && k->cell && k->piece_up && k->piece_down && k->up && k->down;
    for (size_t i = 0; good && i < p->n_boxes; i++) {
        k->cell[i] = (cell){ .box = i, .half = p->box[i].width / 2 };
        of_cell[i] = k->rank[i];
    }
    for (size_t i = 0; good && i < p->n_lines; i++) {
        line *l = &p->line[i];
        size_t from = l->from, steps = span(k, l);
        for (size_t s = 1; joints && s < steps; s++) {
            k->cell[at] = (cell){ .box = SIZE_MAX, .half = 2 };
            of_cell[at] = k->rank[l->from] + s;
            piece(k, from, at);
            from = at++;
        }
        if (steps == 1 || (joints && steps))
            piece(k, from, l->to);
    }
    good = good && make_rows(k, of_cell);
    free(of_cell);
    return good;
}

static void link_cells(plan *k)
{
    size_t up = 0, down = 0;
    for (size_t c = 0; c < k->n_cells; c++) {
        cell *x = &k->cell[c];
        x->first_up = up;
        x->first_down = down;
        up += x->n_up;
        down += x->n_down;
        x->n_up = x->n_down = 0;
    }
    for (size_t i = 0; i < k->n_pieces; i++) {
        cell *from = &k->cell[k->piece_up[i]], *to = &k->cell[k->piece_down[i]];
        k->down[from->first_down + from->n_down++] = k->piece_down[i];
        k->up[to->first_up + to->n_up++] = k->piece_up[i];
    }
}

/* ---- order and places ---- */

typedef struct keyed {
    double key;
    size_t place, cell;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static double mean_place(const plan *k, const cell *x, bool of_up)
{
    size_t n = of_up ? x->n_up : x->n_down;
    const size_t *list = of_up ? k->up + x->first_up : k->down + x->first_down;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)k->cell[list[i]].place;
    return n ? sum / (double)n : (double)x->place;
}

static void order_row(plan *k, size_t r, bool by_up, keyed *space)
{
    size_t n = k->row_length[r];
    for (size_t i = 0; i < n; i++) {
        const cell *x = &k->cell[k->row[r][i]];
        space[i] = (keyed){ mean_place(k, x, by_up), x->place, k->row[r][i] };
    }
    qsort(space, n, sizeof *space, by_key);
    for (size_t i = 0; i < n; i++) {
        k->row[r][i] = space[i].cell;
        k->cell[space[i].cell].place = i;
    }
}

static double wanted(const plan *k, const cell *x, bool of_up)
{
    size_t n = of_up ? x->n_up : x->n_down;
    const size_t *list = of_up ? k->up + x->first_up : k->down + x->first_down;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += k->cell[list[i]].x;
    return n ? sum / (double)n : x->x;
}

typedef struct block {
    double sum, weight;
    size_t count;
} block;

/* The places nearest to the wanted ones, in the squares, that keep order and room: neighbours that
 * want to be on each other's side become one block, which stands at its mean. */
static void place_row(plan *k, size_t r, bool by_up, block *space)
{
    size_t n = k->row_length[r], blocks = 0;
    double offset = 0;
    for (size_t i = 0; i < n; i++) {
        const cell *x = &k->cell[k->row[r][i]];
        offset += i ? k->cell[k->row[r][i - 1]].half + room + x->half : 0;
        double weight = x->box == SIZE_MAX ? 4 : 1; /* long lines are to be straight */
        space[blocks++] = (block){ (wanted(k, x, by_up) - offset) * weight, weight, 1 };
        while (blocks > 1 && space[blocks - 2].sum / space[blocks - 2].weight >
                                 space[blocks - 1].sum / space[blocks - 1].weight) {
            blocks--;
            space[blocks - 1].sum += space[blocks].sum;
            space[blocks - 1].weight += space[blocks].weight;
            space[blocks - 1].count += space[blocks].count;
        }
    }
    offset = 0;
    for (size_t b = 0, i = 0; b < blocks; b++)
        for (size_t c = 0; c < space[b].count; c++, i++) {
            cell *x = &k->cell[k->row[r][i]];
            offset += i ? k->cell[k->row[r][i - 1]].half + room + x->half : 0;
            x->x = space[b].sum / space[b].weight + offset;
        }
}

static bool arrange(plan *k)
{
    keyed *keys = malloc((k->n_cells + 1) * sizeof *keys);
    block *blocks = malloc((k->n_cells + 1) * sizeof *blocks);
    bool good = keys && blocks;
    for (int s = 0; good && s < SWEEPS; s++)
        for (size_t i = 0; i < k->n_ranks; i++)
            order_row(k, s % 2 ? k->n_ranks - 1 - i : i, s % 2 == 0, keys);
    for (int s = 0; good && s < SWEEPS; s++)
        for (size_t i = 0; i < k->n_ranks; i++)
            place_row(k, s % 2 ? k->n_ranks - 1 - i : i, s % 2 == 0, blocks);
    free(keys);
    free(blocks);
    return good;
}

/* ---- the result ---- */

static void size_boxes(picture *p)
{
    for (size_t i = 0; i < p->n_boxes; i++) {
        box *b = &p->box[i];
        size_t lines = 0, most = 4, lengths[3] = { strlen(b->op), b->name_length, strlen(b->type) };
        for (int t = 0; t < 3; t++) {
            size_t n = lengths[t] < PICTURE_LETTERS ? lengths[t] : PICTURE_LETTERS;
            lines += lengths[t] > 0;
            most = n > most ? n : most;
        }
        b->width = (double)most * letter + 16;
        b->height = (double)(lines ? lines : 1) * line_height + 10;
    }
}

static void set_places(plan *k, double *top)
{
    picture *p = k->p;
    double left = 0, right = 0, y = margin;
    for (size_t c = 0; c < k->n_cells; c++) {
        const cell *x = &k->cell[c];
        left = c == 0 || x->x - x->half < left ? x->x - x->half : left;
        right = c == 0 || x->x + x->half > right ? x->x + x->half : right;
    }
    for (size_t r = 0; r < k->n_ranks; r++) {
        double height = line_height;
        for (size_t i = 0; i < k->row_length[r]; i++) {
            size_t b = k->cell[k->row[r][i]].box;
            height = b != SIZE_MAX && p->box[b].height > height ? p->box[b].height : height;
        }
        top[r] = y;
        y += height + between_ranks;
    }
    top[k->n_ranks] = y;
    for (size_t c = 0; c < k->n_cells; c++)
        k->cell[c].x += margin - left;
    for (size_t i = 0; i < p->n_boxes; i++) {
        p->box[i].x = k->cell[i].x;
        p->box[i].y = top[k->rank[i]];
    }
    p->width = right - left + 2 * margin;
    p->height = y - between_ranks + margin;
}

static bool set_points(plan *k, const double *top, bool joints)
{
    picture *p = k->p;
    size_t at = p->n_boxes;
    p->point = malloc((k->n_cells - p->n_boxes + 1) * sizeof *p->point);
    if (!p->point)
        return false;
    for (size_t i = 0; joints && i < p->n_lines; i++) {
        line *l = &p->line[i];
        l->first = p->n_points;
        for (size_t s = 1; s < span(k, l); s++, at++) {
            size_t r = k->rank[l->from] + s;
            p->point[p->n_points++] = (point){ k->cell[at].x, top[r], top[r + 1] - between_ranks };
            l->n_points++;
        }
    }
    return true;
}

bool picture_lay_out(picture *p)
{
    plan k = { .p = p };
    double *top = NULL;
    size_boxes(p);
    k.rank = calloc(p->n_boxes + 1, sizeof *k.rank);
    bool good = k.rank && set_ranks(&k);
    for (size_t i = 0; good && i < p->n_boxes; i++)
        k.n_ranks = k.rank[i] + 1 > k.n_ranks ? k.rank[i] + 1 : k.n_ranks;
    bool joints = good && p->n_boxes + count_joints(&k) <= MOST_CELLS;
    good = good && make_cells(&k, joints);
    if (good) {
        link_cells(&k);
        top = malloc((k.n_ranks + 1) * sizeof *top);
        good = arrange(&k) && top;
    }
    if (good) {
        set_places(&k, top);
        good = set_points(&k, top, joints);
    }
    for (size_t r = 0; k.row && r < k.n_ranks; r++)
        free(k.row[r]);
    free(k.row);
    free(k.row_length);
    free(k.cell);
    free(k.piece_up);
    free(k.piece_down);
    free(k.up);
    free(k.down);
    free(k.rank);
    free(top);
    return good;
}
