/* tools/picture/svg.c - a picture that was laid out, as SVG. */
#include "io/xml.h"
#include "picture/picture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    "<style>"
    ".sdx text{font:12px ui-monospace,Menlo,Consolas,monospace;text-anchor:middle;fill:#1c2430}"
    ".sdx .o{font-weight:bold}.sdx .t{fill:#5a6675;font-size:11px}"
    ".sdx path{fill:none;stroke:#8893a1}.sdx .back{stroke-dasharray:4 3}"
    ".sdx rect{stroke:#6d7885}.sdx .in{fill:#fff}.sdx .out{fill:#fff}"
    ".sdx .outside{fill:none;stroke-dasharray:3 3}.sdx .marked{stroke:#c21f30;stroke-width:3}"
    "</style>\n";

/* Equal operators have equal colours. */
static unsigned hue(const char *op)
{
    uint32_t h = 2166136261u;
    for (; *op; op++)
        h = (h ^ (unsigned char)*op) * 16777619u;
    return h % 360;
}

static void start_title(FILE *to)
{
    fputs("<title>", to);
}

/* All that is known of a node, seen where the mouse rests. */
static void print_title(FILE *to, const picture *p, const box *b)
{
    sdx_node_info n;
    start_title(to);
    if (b->count != 1) {
        xml_print(to, *b->type ? b->type : b->name);
    } else if (sdx_model_node(p->m, b->node, &n) == SDX_OK) {
        fprintf(to, "#%" PRId64 " ", n.index);
        xml_print(to, n.op);
        for (size_t i = 0; i < n.n_attributes; i++) {
            fputs("\n", to);
            xml_print(to, n.attributes[i].name);
            fputs(" = ", to);
            xml_print_short(to, n.attributes[i].text, 200);
        }
        for (size_t i = 0; i < n.n_inputs; i++) {
            fputs(i ? ", " : "\nreads ", to);
            xml_print(to, n.inputs[i]);
        }
        if (n.macs > 0)
            fprintf(to, "\n%.0f multiply-adds", n.macs);
    }
    fputs("</title>", to);
}

static void print_line_of_text(FILE *to, const box *b, const char *class, const char *text,
                               double *y)
{
    if (!*text)
        return;
    fprintf(to, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, b->x, *y += 15);
    xml_print_short(to, text, PICTURE_LETTERS - 1);
    fputs("</text>", to);
}

static void print_box(FILE *to, const picture *p, const box *b)
{
    static const char *const class[] = { "in", "node", "out", "outside" };
    char many[48], *name = strndup(b->name, b->name_length);
    double y = b->y + 1;
    fputs("<g>", to);
    print_title(to, p, b);
    fprintf(to, "<rect class=\"%s%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
            class[b->kind], b -> marked ? " marked" : "", b->x - b->width / 2, b->y, b->width,
            b->height);
    if (b->kind == BOX_NODE)
        fprintf(to, " rx=\"3\" fill=\"hsl(%u,55%%,88%%)\"/>", hue(b->op));
    else
        fprintf(to, " rx=\"%.1f\"/>", b->height / 2);
    snprintf(many, sizeof many, "%zu nodes", b->count);
    print_line_of_text(to, b, "o", b->count > 1 ? many : b->op, &y);
    print_line_of_text(to, b, b->kind == BOX_NODE ? "n" : "o", name ? name : "", &y);
    print_line_of_text(to, b, "t", b->type, &y);
    fputs("</g>\n", to);
    free(name);
}

/* Ends are upright, so that lines meet boxes and each other without a bend. */
static void curve(FILE *to, double x0, double y0, double x1, double y1)
{
    double middle = (y0 + y1) / 2;
    fprintf(to, "C%.1f %.1f %.1f %.1f %.1f %.1f", x0, middle, x1, middle, x1, y1);
}

static void print_line(FILE *to, const picture *p, const line *l)
{
    const box *a = &p->box[l->from], *b = &p->box[l->to];
    double x = a->x, y = a->y + a->height;
    fprintf(to, "<path%s d=\"M%.1f %.1f", b->y <= a->y ? " class=\"back\"" : "", x, y);
    for (size_t i = 0; i < l->n_points; i++) {
        const point *q = &p->point[l->first + i];
        curve(to, x, y, q->x, q->top);
        fprintf(to, "L%.1f %.1f", q->x, q->bottom);
        x = q->x;
        y = q->bottom;
    }
    curve(to, x, y, b->x, b->y);
    fputs("\">", to);
    start_title(to);
    xml_print(to, l->name);
    fputs("  ", to);
    xml_print(to, l->type);
    fputs("</title></path>\n", to);
}

void picture_print_svg(FILE *to, const picture *p, bool alone)
{
    if (alone)
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", to);
    fprintf(
        to,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sdx\" width=\"%.0f\" height=\"%.0f\" "
        "viewBox=\"0 0 %.0f %.0f\">\n",
        p->width, p->height, p->width, p->height);
    fputs(style, to);
    if (alone)
        fprintf(to, "<rect width=\"%.0f\" height=\"%.0f\" style=\"fill:#fff;stroke:none\"/>\n",
                p->width, p->height);
    for (size_t i = 0; i < p->n_lines; i++)
        print_line(to, p, &p->line[i]);
    for (size_t i = 0; i < p->n_boxes; i++)
        print_box(to, p, &p->box[i]);
    fputs("</svg>\n", to);
}
