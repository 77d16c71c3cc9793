/* api/model.h - what an open model is, for the stages that compile and run it. */
#ifndef API_MODEL_H
#define API_MODEL_H
#include "eval/eval.h"
#include "graph/facts.h"
#include "graph/finding.h"
#include "load/load.h"
#include <pthread.h>
#include <stdatomic.h>

typedef struct sdx_plugin sdx_plugin; /* plugins.c */

/* Read-only once it is open, except: `refs` is atomic, `packs` has a lock of its own, and whoever
 * makes nodes of new operators (the registry parses rows when first asked) holds `compiling`. */
struct sdx_model {
    atomic_int refs; /* the caller, and every session: so the model may be closed before them */
    sdx_mem mem;     /* all of it, and its sessions', comes from here */
    sdx_arena arena;
    const char *name;  /* for messages: the file as it was given */
    sdx_map map;       /* the file, where we opened it */
    const void *bytes; /* what the model was read from; NULL: text */
    size_t size;
    sdx_registry *registry;
    sdx_loaded loaded;     /* the program, and what the file says of itself */
    sdx_findings findings; /* of loading and inference, with the lint hooks of the operators */
    sdx_facts *facts;      /* symbolic; NULL: opened without inference */
    sdx_packs *packs;      /* packed constants, shared by all sessions */
    /* one for each set of options that a session had; under `compiling` */
    struct sdx_compiled *compiled;
    pthread_mutex_t compiling;
    sdx_log *log;
    void *log_ctx;
    sdx_plugin *plugins;       /* those that are open */
    const char *plugin_folder; /* where more are; NULL: beside the library */
    /* what was asked of values and nodes (info.c), under `compiling` */
    struct sdx_answers *answers;
};

/* For sessions: one user more, one less; the last one frees. */
void sdx_model_hold(sdx_model *m);
void sdx_model_let_go(sdx_model *m);

/* All findings: what lint sees is added to those of loading.  Under `compiling`.  false: no
 * memory. */
bool sdx_model_find(const sdx_model *m, const sdx_lint_options *o, sdx_findings *f);

/* Turns a rule's name in an error into "SX201 conv-group-channels". */
void sdx_error_code(sdx_error *err);

#endif
