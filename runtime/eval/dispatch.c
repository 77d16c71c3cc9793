/* eval/dispatch.c - the kernel slots of every family, filled for one set of instructions.
 *
 * All slots start as NULL, which means "use the reference".  Each ISA that the processor has and
 * the cap allows, weakest first, overwrites the slots that it does better. */
#include "eval/eval.h"

#include "base/error.h"
#include <string.h>

typedef struct slots {
    const sdx_family *family;
    void *at;
} slots;

struct sdx_dispatch {
    sdx_mem *mem;
    sdx_arena arena;
    const char *isa;
    sdx_precision precision;
    const char *precision_text;
    size_t n;
    slots *of;
};

static size_t count_families(void)
{
    size_t n = 0;
    for (const sdx_family_row *row = sdx_family_table; row->family; row++)
        n += row->family->kernels_size > 0;
    return n;
}

static void *find(const sdx_dispatch *d, const sdx_family *f)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->of[i].family == f)
            return d->of[i].at;
    return NULL;
}

static bool make_slots(sdx_dispatch *d)
{
    d->of = sdx_arena_array(&d->arena, count_families(), sizeof *d->of);
    if (!d->of)
        return false;
    for (const sdx_family_row *row = sdx_family_table; row->family; row++) {
        if (row->family->kernels_size == 0)
            continue;
        void *at = sdx_arena_alloc(&d->arena, row->family->kernels_size);
        if (!at)
            return false;
        d->of[d->n++] = (slots){ row->family, at };
    }
    return true;
}

static void fill(sdx_dispatch *d, const char *isa)
{
    for (const sdx_kernels_row *row = sdx_kernels_table; row->family; row++) {
        void *at = strcmp(row->isa, isa) == 0 ? find(d, row->family) : NULL;
        if (at)
            row->fill(at);
    }
}

/* The option's words; what comes of them with kernels, and with dot products of bf16.  Without
 * kernels, references serve. */
static const struct precision {
    const char *name, *kernels, *dots;
} precisions[] = {
    [SDX_PRECISION_F32] = { "f32", "f32", "f32" },
    [SDX_PRECISION_BF16] = { "bf16", "bf16 weights", "bf16" },
    [SDX_PRECISION_INT8_WEIGHTS] = { "int8-weights", "int8 weights", "int8 weights" },
};

static sdx_status find_precision(const char *name, sdx_precision *out, sdx_error *err)
{
    *out = SDX_PRECISION_F32;
    if (!name)
        return SDX_OK;
    for (size_t i = 0; i < sizeof precisions / sizeof *precisions; i++)
        if (strcmp(name, precisions[i].name) == 0) {
            *out = (sdx_precision)i;
            return SDX_OK;
        }
    sdx_error_set(err, SDX_E_VALUE, "no precision '%s'", name);
    sdx_error_hint(err, "one of f32, bf16, int8-weights");
    return SDX_E_VALUE;
}

sdx_status sdx_dispatch_new(sdx_mem *mem, const char *isa, const char *precision,
                            sdx_dispatch **out, sdx_error *err)
{
    sdx_isa_set set;
    sdx_precision asked;
    SDX_TRY(sdx_isa_detect(isa, &set, err));
    SDX_TRY(find_precision(precision, &asked, err));
    sdx_dispatch *d = sdx_mem_array(mem, 1, sizeof *d);
    if (!d)
        return sdx_error_memory(err, sizeof *d);
    d->mem = mem;
    d->isa = sdx_isa_best(set);
    d->precision = set ? asked : SDX_PRECISION_F32;
    d->precision_text = sdx_isa_has(set, SDX_ISA_avx512bf16) ? precisions[d->precision].dots
                                                             : precisions[d->precision].kernels;
    sdx_arena_init(&d->arena, mem, 0);
    if (!make_slots(d)) {
        sdx_dispatch_free(d);
        return sdx_error_memory(err, 0);
    }
    for (int i = 0; i < SDX_ISA_COUNT; i++)
        if (sdx_isa_has(set, (sdx_isa)i))
            fill(d, sdx_isa_name((sdx_isa)i));
    *out = d;
    return SDX_OK;
}

void sdx_dispatch_free(sdx_dispatch *d)
{
    if (!d)
        return;
    sdx_arena_free(&d->arena);
    sdx_mem_free(d->mem, d, sizeof *d);
}

const char *sdx_dispatch_isa(const sdx_dispatch *d)
{
    return d->isa;
}

sdx_precision sdx_dispatch_precision(const sdx_dispatch *d)
{
    return d ? d->precision : SDX_PRECISION_F32;
}

const char *sdx_dispatch_precision_text(const sdx_dispatch *d)
{
    return d->precision_text;
}

const void *sdx_dispatch_slots(const sdx_dispatch *d, const sdx_family *f)
{
    return d ? find(d, f) : NULL;
}
