/* ops/rnn/recurrent/plan.h - what LSTM, GRU and RNN know before they run. */
#ifndef RNN_RECURRENT_PLAN_H
#define RNN_RECURRENT_PLAN_H
#include "math/matmul/kernels.h"
#include "rnn/recurrent/kernels.h"
#include "sdx/op.h"

typedef enum recurrent_cell { CELL_RNN, CELL_GRU, CELL_LSTM } recurrent_cell;

/* An activation: over one number in double, over a run of floats where an ISA has it. */
typedef struct recurrent_activation {
    double (*f)(double x, double alpha, double beta);
    sdx_row_f32 *fast; /* NULL: none */
    double alpha, beta;
} recurrent_activation;

enum { GATES_MOST = 4 };

typedef struct recurrent_plan {
    recurrent_cell cell;
    int gates, directions; /* 1, 3, 4 gates; 1, 2 directions */
    int64_t T, N, I, H;    /* steps, items, inputs, hidden units */
    bool batch_first, reverse[2], input_forget, linear_before_reset;
    double clip; /* INFINITY: none */
    recurrent_activation act[2][3];
    const matmul_kernels *matmul; /* block 0: no kernel, the reference serves */
    const recurrent_kernels *rows;
    bool usual;     /* a cell for which there is a kernel: the usual activations and nothing else */
    bool quantized; /* products take inputs and states rounded to 8 bits */
    size_t each;    /* bytes of scratch of a direction */
    const float *w, *r; /* packed constants; NULL: pack, or read, while running */
    matmul_form form;   /* in which they are packed */
    /* floats of a direction; r_head: those of GRU's first two gates */
    int64_t w_packed, r_packed, r_head;
} recurrent_plan;

/* Packs W (d x n x k) or R, the latter of GRU in two parts: rows [0, cut) and [cut, n). */
typedef struct recurrent_packing {
    matmul_pack_f32 *pack;
    int64_t directions, n, k, cut;
    int block;
    matmul_form form;
} recurrent_packing;
void recurrent_pack(float *to, const float *from, const recurrent_packing *how);

/* Bytes of scratch for a direction, and the run; f64 serves every type, f32 float. */
size_t recurrent_scratch_f32(const recurrent_plan *p);
size_t recurrent_scratch_f64(const recurrent_plan *p);
sdx_status recurrent_run_f32(const sdx_node *n, const recurrent_plan *p, sdx_run *c);
sdx_status recurrent_run_f64(const sdx_node *n, const recurrent_plan *p, sdx_run *c);

/* What another operator that is a recurrent cell needs of the family. */
int recurrent_directions(const sdx_node *n);
bool recurrent_check_attributes(const sdx_node *n, sdx_infer *c, recurrent_cell which);
/* Dim `axis` of input i has to be d. */
bool recurrent_check_dim(const sdx_node *n, sdx_infer *c, int i, int axis, sdx_dim d,
                         const char *what);
void recurrent_set_outputs(const sdx_node *n, sdx_infer *c, sdx_dim steps, sdx_dim batch,
                           sdx_dim hidden);
/* Every step of every item meets all of W and R. */
sdx_dim recurrent_macs(const sdx_node *n, sdx_infer *c);
/* All but packs and scratch. */
sdx_status recurrent_set_plan(const sdx_node *n, sdx_prepare *c, recurrent_cell which,
                              int64_t hidden, recurrent_plan *p);
void recurrent_want_scratch(sdx_prepare *c, recurrent_plan *p, size_t each);

/* Inputs and outputs by place; the same for all three, those that a cell lacks stay absent. */
enum { IN_X, IN_W, IN_R, IN_B, IN_LENS, IN_H, IN_C, IN_P };
enum { OUT_Y, OUT_H, OUT_C };

#endif
