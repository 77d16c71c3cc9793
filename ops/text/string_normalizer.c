/* ops/text/string_normalizer.c - StringNormalizer.
 *
 * Stop words go, then the case changes.  Case is that of UTF-8 text in the scripts that have one
 * letter for another:  Latin, Greek, Cyrillic, Armenian; it follows no locale, so a model gives the
 * same everywhere.  Source: ONNX Operators.md, StringNormalizer-10. */
#include <inttypes.h>
#include <string.h>
#include "sdx/op.h"

static const sdx_schema schema[] = {
    { 10, "X:str -> Y:str",
      "stopwords:strings locale:string is_case_sensitive:int=0 case_change_action:string=NONE",
      "" },
    { 0 },
};

static void infer(const sdx_node *n, sdx_infer *c)
{
    sdx_dims x = sdx_in_dims(n, 0);
    if (!sdx_check_rank(c, 0, 1, 2) || x.rank < 0)
        return;
    if (x.rank == 2 && !sdx_equal(c, x.dim[0], sdx_num(1))) {
        sdx_refuse(c, "text-shape", "X has the shape %s", sdx_show_dims(c, x));
        sdx_point(c, 0, 0);
        sdx_hint(c, "it has to be [C] or [1, C]: Reshape it to [-1]");
        return;
    }
    sdx_dim *y = sdx_new_dims(c, x.rank);
    y[0] = sdx_num(1);
    /* one empty string where none is left */
    y[x.rank - 1] = sdx_dim_new(c, 0, x.rank - 1, sdx_unknown());
    sdx_set_out_dims(c, 0, x.rank, y);
}

/* ---- case ---- */

/* Ranges in which an upper case letter lies `shift` before its lower case one; shift 1: in pairs,
 * even or odd first. */
static const struct {
    uint16_t first, last;
    uint8_t shift;
} ranges[] = {
    { 'A', 'Z', 32 },      { 0xc0, 0xd6, 32 },    { 0xd8, 0xde, 32 },   { 0x100, 0x12f, 1 },
    { 0x132, 0x137, 1 },   { 0x139, 0x148, 1 },   { 0x14a, 0x177, 1 },  { 0x179, 0x17e, 1 },
    { 0x1cd, 0x1dc, 1 },   { 0x1de, 0x1ef, 1 },   { 0x1f8, 0x21f, 1 },  { 0x222, 0x233, 1 },
    { 0x391, 0x3a1, 32 },  { 0x3a3, 0x3ab, 32 },  { 0x410, 0x42f, 32 }, { 0x400, 0x40f, 80 },
    { 0x460, 0x481, 1 },   { 0x48a, 0x4bf, 1 },   { 0x4d0, 0x52f, 1 },  { 0x531, 0x556, 48 },
    { 0x1e00, 0x1e95, 1 }, { 0x1ea0, 0x1eff, 1 },
};

static uint32_t change_case(uint32_t ch, bool upper)
{
    for (size_t k = 0; k < sizeof ranges / sizeof *ranges; k++) {
        uint32_t first = ranges[k].first, last = ranges[k].last, shift = ranges[k].shift;
        if (shift == 1) {
            if (ch >= first && ch <= last)
                return first + ((ch - first) | 1) - (upper ? 1 : 0);
        } else if (!upper && ch >= first && ch <= last) {
            return ch + shift;
        } else if (upper && ch >= first + shift && ch <= last + shift && ch != 0xf7) {
            return ch - shift;
        }
    }
    return ch;
}

/* The character at *i of the text, and past it; a byte that begins none stands for itself, as -1 -
 * byte. */
static int64_t next_char(sdx_string s, size_t *i)
{
    const unsigned char *p = (const unsigned char *)s.text + *i;
    size_t left = s.length - *i, more = *p < 0x80    ? 0
                                        : *p >= 0xf0 ? 3
                                        : *p >= 0xe0 ? 2
                                        : *p >= 0xc0 ? 1
                                                     : 4;
    int64_t ch = more == 0 ? *p : more == 3 ? *p & 7 : more == 2 ? *p & 15 : *p & 31;
    bool whole = more < 4 && more < left;
    for (size_t k = 1; whole && k <= more; k++) {
        whole = (p[k] & 0xc0) == 0x80;
        ch = ch << 6 | (p[k] & 63);
    }
    *i += whole ? more + 1 : 1;
    return whole ? ch : -1 - (int64_t)*p;
}

static size_t put_char(char *to, int64_t ch)
{
    if (ch < 0 || ch < 0x80) {
        to[0] = (char)(ch < 0 ? -1 - ch : ch);
        return 1;
    }
    size_t more = ch >= 0x10000 ? 3 : ch >= 0x800 ? 2 : 1;
    static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    for (size_t k = more; k > 0; k--, ch >>= 6)
        to[k] = (char)(0x80 | (ch & 63));
    to[0] = (char)(lead[more] | ch);
    return more + 1;
}

/* All letters here keep their length or nearly so: a change of case stays within the bytes of two
 * characters. */
static int64_t changed(int64_t ch, bool upper)
{
    return ch < 0 || ch > 0xffff ? ch : (int64_t)change_case((uint32_t)ch, upper);
}

static bool same_text(sdx_string a, sdx_string b, bool case_matters)
{
    if (case_matters)
        return a.length == b.length && (a.length == 0 || memcmp(a.text, b.text, a.length) == 0);
    size_t i = 0, k = 0;
    while (i < a.length && k < b.length)
        if (changed(next_char(a, &i), false) != changed(next_char(b, &k), false))
            return false;
    return i == a.length && k == b.length;
}

/* ---- run ---- */

static bool is_stop_word(const sdx_node *n, sdx_string s)
{
    int count;
    const sdx_string *word = sdx_attr_strings(n, "stopwords", &count);
    bool case_matters = sdx_attr_int(n, "is_case_sensitive") != 0;
    for (int k = 0; word && k < count; k++)
        if (same_text(s, word[k], case_matters))
            return true;
    return false;
}

/* Room for the longest string after a change of case: no character grows by more than one byte. */
static sdx_status put_changed(const sdx_node *n, sdx_run *c, sdx_tensor *y, int64_t at,
                              sdx_string s)
{
    char buffer[256];
    bool upper = sdx_attr_is(n, "case_change_action", "UPPER");
    size_t used = 0;
    if (sdx_attr_is(n, "case_change_action", "NONE"))
        return sdx_put_string(c, y, at, s.text, s.length);
    for (size_t i = 0; i < s.length && used < sizeof buffer - 4;)
        used += put_char(buffer + used, changed(next_char(s, &i), upper));
    if (used < sizeof buffer - 4)
        return sdx_put_string(c, y, at, buffer, used);
    sdx_value *room;
    SDX_TRY(sdx_new_tensor(c, SDX_U8, (sdx_shape){ 1, (int64_t[]){ (int64_t)(2 * s.length + 4) } },
                           &room));
    char *to = sdx_tensor_of(room)->data;
    used = 0;
    for (size_t i = 0; i < s.length;)
        used += put_char(to + used, changed(next_char(s, &i), upper));
    sdx_status st = sdx_put_string(c, y, at, to, used);
    sdx_drop(c, room);
    return st;
}

static sdx_status run(const sdx_node *n, const void *state, sdx_run *c)
{
    const sdx_tensor *x = sdx_in(c, 0);
    int64_t count = sdx_elements(x), left = 0, at = 0, dim[2] = { 1, 1 };
    int rank = x->shape.rank;
    sdx_tensor *y;
    (void)state;
    for (int64_t i = 0; i < count; i++)
        left += !is_stop_word(n, sdx_get_string(x, i));
    dim[rank - 1] = left ? left : 1;
    SDX_TRY(sdx_make_out(c, 0, (sdx_shape){ rank, dim }, &y));
    if (!y)
        return SDX_OK;
    if (!left)
        return sdx_put_string(c, y, 0, "", 0);
    for (int64_t i = 0; i < count; i++) {
        sdx_string s = sdx_get_string(x, i);
        if (!is_stop_word(n, s))
            SDX_TRY(put_changed(n, c, y, at++, s));
    }
    return SDX_OK;
}

static const sdx_op ops[] = {
    { SDX_OP(StringNormalizer), .schema = schema,
      .limits = "case_change_action:NONE|LOWER|UPPER ?is_case_sensitive:0|1", .traits = SDX_PURE,
      .infer = infer, .run = run },
    { 0 },
};
const sdx_family sdx_family_text_string_normalizer = { ops, 0 };
