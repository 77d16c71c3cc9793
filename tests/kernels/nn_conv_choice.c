/* tests/kernels/nn_conv_choice.c - whether the kernel that a convolution is given is about the
 * fastest.
 *
 * Of recorded times, in nn_conv_choice.inc, the choice may never be over 1.15 of the least.
 * `--bench` measures them again and prints such rows, what the choice costs by them, and prices
 * that fit them best: those of ops/nn/conv/cost.c. */
#include "kernels/nn_conv_all.h"
#include "nn/conv/cost.h"
#include <stdio.h>
#include <string.h>

typedef struct row {
    int lanes, channels, filters, group, size, kernel, stride, dilation;
    double us[CONV_CHOICES]; /* of sdx_conv_choices; 0: does not go that way */
} row;

static const row recorded[] = {
#include "kernels/nn_conv_choice.inc"
};

/* What the model is asked about. */
typedef struct question {
    problem p;
    conv_weights w;
    conv_problem ask;
} question;

static void put_question(question *q, const conv_kernels *k, const row *r)
{
    q->p = square(r->channels, r->filters, r->group, r->size, r->kernel, r->stride, r->dilation);
    q->w = (conv_weights){ .channels = r->channels,
                           .filters = r->filters,
                           .group = r->group,
                           .taps = q->p.taps,
                           .row = r->kernel,
                           .block = k->block,
                           .lanes = k->lanes };
    q->ask = (conv_problem){ &q->w, &q->p.window, q->p.in, q->p.out, true };
}

/* The chosen time over the least. */
static double regret(const row *r, const conv_kernels *k, const conv_prices *price)
{
    question q;
    double least = INFINITY;
    put_question(&q, k, r);
    conv_choice chosen = sdx_conv_cheapest(&q.ask, k, price, 0);
    double took = NAN;
    for (int i = 0; i < CONV_CHOICES; i++) {
        const conv_choice *c = &sdx_conv_choices[i];
        if (r->us[i] > 0 && r->us[i] < least)
            least = r->us[i];
        if (c->way == chosen.way && c->tile == chosen.tile && r->us[i] > 0)
            took = r->us[i];
    }
    return took / least;
}

static void one_row(check *t, const void *kernels, const row *r)
{
    double cost = regret(r, kernels, sdx_conv_prices(r->lanes));
    check_note(t, "%dx%d s%d d%d %d>%d/%d at %d, %d lanes: chosen takes %.2f of the least",
               r->kernel, r->kernel, r->stride, r->dilation, r->channels, r->filters, r->group,
               r->size, r->lanes, cost);
    check_that(t, cost <= 1.15, "choice");
}

static void all_rows(check *t, const void *kernels)
{
    const conv_kernels *k = kernels;
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++)
        if (recorded[i].lanes == k->lanes && recorded[i].lanes == k->block)
            one_row(t, k, &recorded[i]);
}

static void try_all(check *t, const void *kernels)
{
    check_cases(t, "recorded", 1, all_rows, kernels);
}

/* ---- measuring ---- */

/* Weights are others each time, as in a network: not those that lie in the nearest caches. */
static double least_time(const conv_kernels *k, setup *s)
{
    enum { FLOATS = 12 << 20, COPIES = 64 };
    size_t each = (size_t)sdx_conv_packed(&s->w), copies = FLOATS / each, next = 0;
    copies = copies < 1 ? 1 : copies > COPIES ? COPIES : copies;
    float *all = malloc(copies * each * sizeof *all);
    double least = INFINITY;
    int inner = 1;
    for (size_t i = 0; all && i < copies; i++)
        memcpy(all + i * each, s->j.w, each * sizeof *all);
    for (int round = 0; all && round < 20; round++) {
        double began = check_time();
        for (int i = 0; i < inner; i++, next++) {
            s->j.w = all + next % copies * each;
            run_all(k, s);
        }
        double took = (check_time() - began) / inner;
        if (round == 0)
            inner = (int)(3e-4 / (took + 1e-9)) + 1;
        least = took < least ? took : least;
    }
    free(all);
    return least;
}

static void measure(check *t, const conv_kernels *k, row *r)
{
    question q;
    put_question(&q, k, r);
    printf("{ %d, %d, %d, %d, %d, %d, %d, %d, {", r->lanes, r->channels, r->filters, r->group,
           r->size, r->kernel, r->stride, r->dilation);
    for (int i = 0; i < CONV_CHOICES; i++) {
        setup s;
        r->us[i] = 0;
        if (sdx_conv_takes(&q.ask, k, sdx_conv_choices[i])) {
            set_up(t, k, &q.p, sdx_conv_choices[i].way, sdx_conv_choices[i].tile, &s);
            r->us[i] = least_time(k, &s) * 1e6;
            put_away(t, &s);
        }
        printf("%s %.4g", i ? "," : "", r->us[i]);
    }
    printf(" } }, /* %.2f */\n", regret(r, k, sdx_conv_prices(k->lanes)));
    fflush(stdout);
}

/* How far the costs of the ways of a row are from their times, but for a factor: in logarithms. */
static double misfit(const row *rows, int count, const conv_kernels *k, const conv_prices *price)
{
    double all = 0, ways = 0;
    for (int n = 0; n < count; n++) {
        question q;
        double sum = 0, squares = 0, some = 0;
        put_question(&q, k, &rows[n]);
        for (int i = 0; i < CONV_CHOICES; i++) {
            if (rows[n].us[i] <= 0)
                continue;
            double off = log(sdx_conv_cost(&q.ask, price, sdx_conv_choices[i]) / rows[n].us[i]);
            sum += off;
            squares += off * off;
            some += 1;
        }
        all += squares - sum * sum / some;
        ways += some;
    }
    return sqrt(all / ways);
}

/* Each price in turn a little up or down, as long as that is better. */
static void fit(const row *rows, int count, const conv_kernels *k)
{
    conv_prices price = *sdx_conv_prices(k->lanes);
    double each[CONV_PRICES], best = misfit(rows, count, k, &price), before;
    memcpy(each, &price, sizeof each);
    printf("costs are off by %.3f; prices that fit:", best);
    do {
        before = best;
        for (int i = 0; i < CONV_PRICES; i++)
            for (double by = 0.9; by < 1.2; by += 0.2) {
                double was = each[i], now;
                each[i] *= by;
                memcpy(&price, each, sizeof price);
                now = misfit(rows, count, k, &price);
                if (now < best)
                    best = now;
                else
                    each[i] = was;
            }
    } while (best < before);
    for (int i = 0; i < CONV_PRICES; i++)
        printf(" %.2g", each[i]);
    printf(": %.3f\n", best);
}

static void time_all(check *t, const void *kernels)
{
    enum { MOST = 256 };
    static const int groups[] = { 1, 2, 4, 8, 16, 32 }, wide[] = { 16, 32, 64, 128, 256 };
    static row rows[MOST];
    const conv_kernels *k = kernels;
    int count = 0, L = k->lanes;
    for (int size = 7; size <= 56; size *= 2) {
        for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
            rows[count++] = (row){ L, wide[i], wide[i], 1, size, 3, 1, 1, { 0 } };
        for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
            rows[count++] = (row){ L, 8 * groups[i], 8 * groups[i], 8, size, 3, 1, 1, { 0 } };
        rows[count++] = (row){ L, 32, 32, 32, size, 3, 1, 1, { 0 } };
        rows[count++] = (row){ L, 4, 4, 4, size, 3, 1, 1, { 0 } };
        rows[count++] = (row){ L, 4, 8, 2, size, 3, 1, 1, { 0 } };
        rows[count++] = (row){ L, 60, 120, 20, size, 3, 1, 1, { 0 } };
        rows[count++] = (row){ L, 96, 96, 4, size, 3, 1, 1, { 0 } };
        rows[count++] = (row){ L, 128, 16, 1, size, 3, 1, 1, { 0 } };
        rows[count++] = (row){ L, 128, 128, 8, size, 1, 1, 1, { 0 } };
        rows[count++] = (row){ L, 240, 60, 3, size, 1, 1, 1, { 0 } };
        rows[count++] = (row){ L, 160, 80, 8, size, 1, 1, 1, { 0 } };
        rows[count++] = (row){ L, 80, 80, 4, size, 3, 2, 1, { 0 } };
        rows[count++] = (row){ L, 64, 64, 1, size, 3, 1, 2, { 0 } };
        rows[count++] = (row){ L, 128, 128, 1, size, 3, 1, 4, { 0 } };
        rows[count++] = (row){ L, 128, 128, 4, size, 3, 1, 2, { 0 } };
        rows[count++] = (row){ L, 80, 80, 4, size, 5, 1, 1, { 0 } };
        if (size > 7) /* a head, behind layers that make pictures larger */
            rows[count++] = (row){ L, 64, 3, 1, size, 3, 1, 1, { 0 } };
        rows[count++] = (row){ L, 17, 17, 1, size, 1, 1, 1, { 0 } };
        rows[count++] = (row){ L, 72, 72, 72, size, 3, 2, 1, { 0 } };
        rows[count++] = (row){ L, 72, 72, 72, size, 5, 2, 1, { 0 } };
    }
    double most = 0;
    for (int i = 0; i < count; i++) {
        measure(t, k, &rows[i]);
        most = fmax(most, regret(&rows[i], k, sdx_conv_prices(k->lanes)));
    }
    printf("%d lanes: the choice takes at most %.2f of the least; ", L, most);
    fit(rows, count, k);
}

int main(int argc, char **argv)
{
    return check_main(argc, argv, "nn_conv", sizeof(conv_kernels), try_all, time_all);
}
