/* infer/row.c - what a schema row can say of a node, so that no operator has to: arity, attributes,
 * types. */
#include "infer/walk.h"

#include "base/size.h"
#include "base/text.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const sdx_formal *formal_at(const sdx_formal *formal, int count, int i)
{
    if (i < count)
        return &formal[i];
    return count && formal[count - 1].numbered ? &formal[count - 1] : NULL;
}

/* ---- arity ---- */

static bool is_open(const sdx_formal *formal, int count)
{
    return count && formal[count - 1].numbered;
}

/* Names of inputs past the last, where all of them are left out. */
static void fix_inputs(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    sdx_findings *f = c->walk->o->findings;
    for (int i = n->row->n_in; i < n->n_in; i++)
        if (n->in[i])
            return;
    sdx_edit *e = sdx_correct(f, c->last, n, true, "remove the empty inputs of node %s",
                              sdx_correct_name(f, n));
    for (int i = n->row->n_in; i < n->n_in; i++)
        sdx_correct_drop_part(f, e, n->origin->span, SDX_AT_NODE_IN, (uint32_t)i);
}

static void check_inputs(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    const sdx_row *row = n->row;
    if (n->n_in > row->n_in && !is_open(row->in, row->n_in)) {
        sdx_refuse(c, "too-many-inputs", "%s takes at most %d input%s, this node has %d",
                   n->op_type, row->n_in, row->n_in == 1 ? "" : "s", n->n_in);
        sdx_number(c, "inputs", n->n_in);
        sdx_hint(c, row->n_in ? "remove the inputs past %s" : "remove the inputs%s",
                 row->n_in ? sdx_in_name(c->node, row->n_in - 1) : "");
        fix_inputs(c);
    }
    for (int i = 0; i < row->n_in; i++) {
        bool needed = row->in[i].arity == SDX_ONE || row->in[i].arity == SDX_SOME;
        if (!needed || sdx_has_in(c->node, i))
            continue;
        sdx_refuse(c, "input-missing", "%s needs the input %s (number %d of %d)", n->op_type,
                   row->in[i].name, i + 1, row->n_in);
        if (sdx_node_attr(n, row->in[i].name))
            sdx_hint(c, "%s is an input in this opset: make a tensor of the attribute",
                     row->in[i].name);
        else
            sdx_hint(c, "add a value for %s", row->in[i].name);
    }
    int first = row->n_in - 1; /* of the numbered ones, where there are such */
    for (int i = first; i < n->n_in && is_open(row->in, row->n_in); i++) {
        if (n->in[i] || (i == first && row->in[i].arity == SDX_SOME))
            continue;
        sdx_refuse(c, "input-missing", "%s has nothing as number %d of %s", n->op_type,
                   i - first + 1, row->in[first].name);
        sdx_hint(c, "only an optional input may be left out");
    }
}

static void check_outputs(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    const sdx_row *row = n->row;
    int least = 0;
    for (int i = 0; i < row->n_out; i++)
        if (row->out[i].arity == SDX_ONE || row->out[i].arity == SDX_SOME)
            least = i + 1;
    if (n->n_out > row->n_out && !is_open(row->out, row->n_out)) {
        sdx_refuse(c, "too-many-outputs", "%s has at most %d output%s, this node names %d",
                   n->op_type, row->n_out, row->n_out == 1 ? "" : "s", n->n_out);
        sdx_number(c, "outputs", n->n_out);
        sdx_hint(c, "remove the names past %s",
                 row->n_out ? row->out[row->n_out - 1].name : "the node");
        sdx_fix_outputs(c, row->n_out, false);
    } else if (n->n_out < least) {
        sdx_refuse(c, "output-missing", "%s has %d output%s that must be named, this node names %d",
                   n->op_type, least, least == 1 ? "" : "s", n->n_out);
        sdx_hint(c, "add a name for %s", row->out[least - 1].name);
    }
    for (int i = 0; i < row->n_out && i < n->n_out; i++) {
        if (n->out[i] || row->out[i].arity != SDX_ONE)
            continue;
        sdx_refuse(c, "output-missing", "%s has no name for its output %s (number %d of %d)",
                   n->op_type, row->out[i].name, i + 1, row->n_out);
        sdx_hint(c, "add a name for %s", row->out[i].name);
    }
}

/* ---- attributes ---- */

static const char *attr_word(const void *arg, size_t i)
{
    const sdx_row *row = arg;
    return i < (size_t)row->n_attr ? row->attr[i].name : NULL;
}

static bool has_word(const char *attrs, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = attrs; at && *at;
         at += strcspn(at, " ") + strspn(at + strcspn(at, " "), " "))
        if (strncmp(at, name, length) == 0 && at[length] == ':')
            return true;
    return false;
}

/* The first row after that one whose attributes are others, without this one. */
static int dropped_by(const sdx_schema *s, int row, const char *name)
{
    while (s[row].since && (!s[row].attrs || has_word(s[row].attrs, name)))
        row++;
    return s[row].since;
}

/* A slip of the pen gets the right name. */
static void fix_name(sdx_infer *c, const sdx_attr *a, const char *near)
{
    size_t length = strlen(a->name);
    bool slip = near && (sdx_edit_distance(a->name, length, near, strlen(near), 1) == 1 ||
                         sdx_same_word(a->name, length, near));
    sdx_findings *f = c->walk->o->findings;
    if (!slip || sdx_node_attr(c->def, near))
        sdx_fix_leave_out(c, a->name, false);
    else if (c->last)
        sdx_correct_text(f,
                         sdx_correct(f, c->last, c->def, false, "rename '%s' of node %s to '%s'",
                                     a->name, sdx_correct_name(f, c->def), near),
                         a->span, SDX_AT_ATTR_NAME, 0, near);
}

static void unknown_attribute(sdx_infer *c, const sdx_attr *a)
{
    const sdx_row *row = c->def->row;
    const char *near = sdx_nearest_word(a->name, strlen(a->name), attr_word, row);
    for (int i = 0; i < row->n_in; i++)
        if (strcmp(row->in[i].name, a->name) == 0 && !sdx_has_in(c->node, i) &&
            row->in[i].arity == SDX_ONE)
            return; /* the missing input has been spoken of */
    sdx_refuse(c, "attribute-unknown", "%s has no attribute '%s' (opset %d)", c->def->op_type,
               a->name, row->since);
    /* A later or an earlier row may have it: then the opset is what is wrong. */
    const sdx_schema *s = c->def->op->schema;
    for (int i = 0; s && s[i].since; i++) {
        if (!has_word(s[i].attrs, a->name))
            continue;
        if (s[i].since > row->since)
            sdx_hint(c, "it came with opset %d: import that, or remove the attribute", s[i].since);
        else
            sdx_hint(c, "it was dropped by opset %d: remove the attribute",
                     dropped_by(s, i, a->name));
        sdx_fix_leave_out(c, a->name, false);
        return;
    }
    if (near)
        sdx_hint(c, "did you mean '%s'? Else remove the attribute", near);
    else
        sdx_hint(c, "remove the attribute");
    fix_name(c, a, near);
}

/* The value of a wrong attribute as far as a message shows it. */
static const char *brief(sdx_infer *c, const sdx_attr *a)
{
    char number[SDX_NUMBER_SIZE];
    switch (a->kind) {
    case SDX_ATTR_INT:
        return sdx_text(c, " %" PRId64, a->i);
    case SDX_ATTR_FLOAT:
        sdx_print_f32(number, a->f);
        return sdx_text(c, " %s", number);
    case SDX_ATTR_INTS:
        return a->count == 1 ? sdx_text(c, " [%" PRId64 "]", a->ints[0])
                             : sdx_text(c, " of %zu", a->count);
    default:
        return "";
    }
}

static bool holds_nan(const sdx_attr *a)
{
    bool nan = a->kind == SDX_ATTR_FLOAT && isnan(a->f);
    for (size_t i = 0; a->kind == SDX_ATTR_FLOATS && i < a->count; i++)
        nan |= isnan(a->floats[i]);
    return nan;
}

/* A number of another type, where nothing is lost; one number where there may be several is a
 * guess. */
static void fix_type(sdx_infer *c, const sdx_attr *a, sdx_attr_kind wanted)
{
    sdx_attr to = { .name = a->name, .kind = wanted, .count = 1 };
    int64_t i = a->kind == SDX_ATTR_INTS && a->count == 1 ? a->ints[0] : a->i;
    float f = a->kind == SDX_ATTR_FLOATS && a->count == 1 ? a->floats[0] : a->f;
    bool integer = a->kind == SDX_ATTR_INT || (a->kind == SDX_ATTR_INTS && a->count == 1);
    bool real = a->kind == SDX_ATTR_FLOAT || (a->kind == SDX_ATTR_FLOATS && a->count == 1);
    const int64_t most = 1 << 24; /* up to here a float holds every integer */
    if (!c->last ||
        !(integer ? i >= -most && i <= most
                  : real && f >= (float)-most && f <= (float)most && f == (float)(int64_t)f))
        return;
    to.i = integer ? i : (int64_t)f;
    to.f = (float)to.i;
    to.ints = &to.i;
    to.floats = &to.f;
    if (wanted != SDX_ATTR_INT && wanted != SDX_ATTR_FLOAT && wanted != SDX_ATTR_INTS)
        return;
    sdx_findings *all = c->walk->o->findings;
    const char *of = sdx_correct_name(all, c->def);
    bool list = wanted == SDX_ATTR_INTS;
    sdx_edit *e = sdx_correct(all, c->last, c->def, !list,
                              list ? "make '%s' of node %s the list [%" PRId64 "]%s"
                                   : "make '%s' of node %s %" PRId64 " as %s",
                              a->name, of, to.i, list ? "" : sdx_attr_kind_name(wanted));
    sdx_correct_attr(all, e, c->def, &to);
}

static void check_attributes(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    const sdx_row *row = n->row;
    for (int i = 0; i < n->n_attr; i++) {
        const sdx_attr *a = &n->attr[i];
        const sdx_attr_row *want = sdx_row_attr(row, a->name);
        if (!want) {
            unknown_attribute(c, a);
        } else if (a->kind != want->kind_number) {
            sdx_refuse(c, "attribute-type", "attribute '%s' of %s is of type %s%s, must be %s",
                       a->name, n->op_type, sdx_attr_kind_name(a->kind), brief(c, a), want->kind);
            sdx_hint(c, "set '%s' as %s", a->name, want->kind);
            fix_type(c, a, want->kind_number);
        } else if (c->walk->linting && n->n_in > 0 && holds_nan(a)) {
            sdx_warn(c, "attribute-value", "attribute '%s' is NaN", a->name);
            sdx_hint(c, "give a number: what is computed with NaN is NaN");
        }
    }
    for (int i = 0; i < row->n_attr; i++)
        if (row->attr[i].required && !sdx_has_attr(c->node, row->attr[i].name)) {
            sdx_refuse(c, "attribute-missing", "%s needs the attribute '%s' (%s)", n->op_type,
                       row->attr[i].name, row->attr[i].kind);
            sdx_hint(c, "add the attribute '%s'", row->attr[i].name);
        }
}

bool sdx_row_check_static(sdx_infer *c)
{
    check_inputs(c);
    check_outputs(c);
    check_attributes(c);
    return !c->refused;
}

/* ---- types ---- */

/* What a type set decides on: the kind, and the element type inside. */
static bool allows(const sdx_type_set *set, const sdx_type *t)
{
    const sdx_type *of = sdx_type_of(t);
    switch (t->kind) {
    case SDX_TENSOR:
        /* A sparse constant stands where a tensor is wanted. */
        return t->dtype == SDX_UNDEFINED || (set->tensor >> t->dtype & 1u);
    case SDX_SPARSE:
        return t->dtype == SDX_UNDEFINED || ((set->sparse | set->tensor) >> t->dtype & 1u);
    case SDX_SEQUENCE:
        if (of->kind == SDX_MAP)
            return set->sequences_of_maps;
        return of->dtype ? set->sequence >> of->dtype & 1u
                         : set->sequence != 0 || set->sequences_of_maps;
    case SDX_OPTIONAL:
        if (of->kind == SDX_SEQUENCE)
            return sdx_type_of(of)->dtype ? set->optional_sequence >> sdx_type_of(of)->dtype & 1u
                                          : set->optional_sequence != 0;
        return of->dtype ? set->optional >> of->dtype & 1u
                         : (set->optional | set->optional_sequence) != 0;
    case SDX_MAP:
        return set->maps;
    default:
        return true;
    }
}

static const char *add_names(sdx_infer *c, const char *text, uint32_t bits, const char *form)
{
    for (int d = 1; d < SDX_DTYPE_END; d++)
        if (bits >> d & 1u) {
            const char *name = sdx_dtype_onnx_name((sdx_dtype)d);
            const char *one = form ? sdx_text(c, "%s(%s)", form, name) : name;
            text = *text ? sdx_text(c, "%s, %s", text, one) : one;
        }
    return text;
}

static const char *show_set(sdx_infer *c, const sdx_type_set *set)
{
    const char *text = add_names(c, "", set->tensor, NULL);
    text = add_names(c, text, set->sequence, "seq");
    text = add_names(c, text, set->optional, "optional");
    text = add_names(c, text, set->optional_sequence, "optional of seq");
    return *text ? text : "other types";
}

/* The row that would take this type, if a newer one does. */
static int opset_that_allows(sdx_infer *c, const sdx_type *t, bool output, int i)
{
    const sdx_gnode *n = c->def;
    const sdx_schema *s = n->op->schema;
    /* A binding may run beside others, and parsing a row is for whoever loads or compiles. */
    for (int r = 0; !c->walk->o->bodies_may_fail && s && s[r].since; r++) {
        const sdx_row *row = NULL;
        if (s[r].since <= n->row->since)
            continue;
        sdx_registry_find(c->facts->program->registry, n->domain, n->op_type, s[r].since, NULL,
                          &row, NULL);
        const sdx_formal *f = !row     ? NULL
                              : output ? formal_at(row->out, row->n_out, i)
                                       : formal_at(row->in, row->n_in, i);
        if (f && allows(f->set, t))
            return s[r].since;
    }
    return 0;
}

static void refuse_type(sdx_infer *c, const sdx_formal *f, const sdx_type *t, bool output, int i)
{
    const char *as = output ? sdx_out_name(c->node, i) : sdx_in_name(c->node, i);
    sdx_refuse(c, "dtype-not-allowed", "%s of %s (opset %d) may not be %s", as, c->def->op_type,
               c->def->row->since, sdx_show_type(c, t));
    if (!output)
        sdx_point(c, i, -1);
    int newer = opset_that_allows(c, t, output, i);
    if (newer)
        sdx_hint(c, "opset %d allows it: import that", newer);
    sdx_hint(c, "use one of %s; a Cast brings it there", show_set(c, f->set));
}

/* The element type that two uses of one variable must share. */
static sdx_dtype core_dtype(const sdx_type *t)
{
    for (int depth = 0; depth < 8 && (t->kind == SDX_SEQUENCE || t->kind == SDX_OPTIONAL); depth++)
        t = sdx_type_of(t);
    return t->kind == SDX_TENSOR || t->kind == SDX_SPARSE ? t->dtype : SDX_UNDEFINED;
}

enum { MAX_VARIABLES = 16 };

bool sdx_row_check_types(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    const sdx_row *row = n->row;
    int first[MAX_VARIABLES]; /* by variable: the input that settled it */
    int n_var = row->n_var < MAX_VARIABLES ? row->n_var : MAX_VARIABLES;
    memset(first, -1, sizeof first);
    for (int i = 0; i < n->n_in; i++) {
        const sdx_formal *f = n->in[i] ? formal_at(row->in, row->n_in, i) : NULL;
        const sdx_type *t = f ? sdx_in_type(c->node, i) : NULL;
        if (!t || t->kind == SDX_KIND_UNKNOWN)
            continue;
        if (!allows(f->set, t)) {
            refuse_type(c, f, t, false, i);
            continue;
        }
        if (f->variable < 0 || f->variable >= n_var || f->mixed || core_dtype(t) == SDX_UNDEFINED)
            continue;
        int before = first[f->variable];
        if (before < 0) {
            first[f->variable] = i;
            continue;
        }
        const sdx_type *other = sdx_in_type(c->node, before);
        if (core_dtype(other) == core_dtype(t))
            continue;
        const char *a = sdx_dtype_onnx_name(core_dtype(other)),
                   *b = sdx_dtype_onnx_name(core_dtype(t));
        sdx_refuse(c, "dtype-mismatch", "%s is %s and %s is %s; %s wants one type for both",
                   sdx_in_name(c->node, before), a, sdx_in_name(c->node, i), b, n->op_type);
        sdx_point(c, before, -1);
        sdx_point(c, i, -1);
        sdx_hint(c, "add a Cast of %s to %s, or of %s to %s", sdx_in_name(c->node, i), a,
                 sdx_in_name(c->node, before), b);
    }
    for (int o = 0; o < n->n_out; o++) {
        const sdx_formal *f = formal_at(row->out, row->n_out, o);
        if (!f || f->mixed)
            continue;
        if (f->variable >= 0 && f->variable < n_var && first[f->variable] >= 0) {
            const sdx_type *t = sdx_in_type(c->node, first[f->variable]);
            if (t->kind == SDX_TENSOR || t->kind == SDX_SPARSE)
                c->out[o].dtype = t->dtype;
        }
        uint32_t bits = f->set->tensor;
        bool one_type = bits && !(bits & (bits - 1)) && !f->set->sequence && !f->set->optional &&
                        !f->set->maps;
        if (one_type && !c->out[o].dtype)
            c->out[o].dtype = (sdx_dtype)__builtin_ctz(bits);
    }
    return !c->refused;
}

/* ---- what the rule chose ---- */

/* A shape of numbers that no memory can hold must not reach an operator. */
static void check_shape(sdx_infer *c, int o, const sdx_type *t)
{
    for (int i = 0; i < t->dims.rank; i++)
        if (sdx_is_num(t->dims.dim[i]) && t->dims.dim[i].n < 0) {
            sdx_refuse(c, "shape-negative", "%s would be %s: no dim can be negative",
                       sdx_out_name(c->node, o), sdx_show_type(c, t));
            if (c->def->n_in > 0 && c->def->in[0])
                sdx_point(c, 0, -1);
            sdx_hint(
                c,
                "the input is too small for this node: use a larger input, or check its attributes");
            return;
        }
    int bits = sdx_dtype_bits(t->dtype);
    size_t bytes = 0;
    if (t->shape &&
        !sdx_size_shape(t->dims.rank, t->shape, bits ? (unsigned)bits : 8u, NULL, &bytes)) {
        sdx_refuse(c, "shape-too-large", "%s would be %s, more than the address space holds",
                   sdx_out_name(c->node, o), sdx_show_type(c, t));
        sdx_hint(c, "use smaller dims: their product is the number of elements");
        if (c->last)
            c->last->status = SDX_E_LIMIT;
    } else if (t->shape && c->walk->linting && bytes >> 40) {
        sdx_warn(c, "shape-too-large", "%s would be %s, which takes %zu GiB",
                 sdx_out_name(c->node, o), sdx_show_type(c, t), bytes >> 30);
        sdx_hint(c, "use smaller dims: hardly a machine has that much memory");
    }
}

bool sdx_row_check_outputs(sdx_infer *c)
{
    const sdx_gnode *n = c->def;
    for (int o = 0; o < n->n_out; o++) {
        const sdx_type *t = c->out[o].type;
        if (!t || !n->out[o])
            continue;
        const sdx_formal *f = formal_at(n->row->out, n->row->n_out, o);
        if (f && !allows(f->set, t))
            refuse_type(c, f, t, true, o);
        else if (t->kind == SDX_TENSOR)
            check_shape(c, o, t);
    }
    return !c->refused;
}
