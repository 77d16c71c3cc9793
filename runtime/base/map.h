/* base/map.h - a hash table from byte strings or numbers to a word, and a pool of names.
 *
 * Entries keep the order in which they came: walk entry[0 .. filled) and skip those that are not
 * `live`.  So nothing that is printed depends on the hash.  Keys are hashed with a seed drawn for
 * each table (SipHash-1-3), since they come from files.  One thread at a time; readers alone may be
 * many. */
#ifndef BASE_MAP_H
#define BASE_MAP_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef union sdx_word {
    void *pointer;
    const void *constant;
    uint64_t number;
} sdx_word;

typedef struct sdx_entry {
    union {
        const char *text; /* length bytes; not copied: lives as long as the table is used */
        uint64_t number;
    } key;
    size_t length; /* of a text */
    sdx_word value;
    uint32_t hash;
    bool live;
} sdx_entry;

typedef struct sdx_table {
    sdx_arena *arena;
    sdx_entry *entry;
    uint32_t *slot; /* index + 1 into entry; 0: free */
    uint64_t seed[2];
    uint32_t filled; /* entries in use, also removed ones */
    uint32_t count;  /* live ones */
    uint32_t room;   /* entries there is memory for */
    uint32_t mask;   /* slots - 1 */
} sdx_table;

/* Takes no memory yet.  A table is used either with texts or with numbers. */
void sdx_table_init(sdx_table *t, sdx_arena *arena);

/* The value under this key; NULL: none.  Valid until the next add. */
sdx_word *sdx_table_find(const sdx_table *t, const char *key, size_t length);
/* The value under this key, added as zero where there is none (*fresh, which may be NULL, says so).
 * NULL: no memory, or 2^31 entries.  The key is kept, not copied. */
sdx_word *sdx_table_add(sdx_table *t, const char *key, size_t length, bool *fresh);
/* False: it was not there. */
bool sdx_table_remove(sdx_table *t, const char *key, size_t length);

sdx_word *sdx_table_find_number(const sdx_table *t, uint64_t key);
sdx_word *sdx_table_add_number(sdx_table *t, uint64_t key, bool *fresh);
bool sdx_table_remove_number(sdx_table *t, uint64_t key);

/* Names, each kept once: equal names have one address, which stays until the arena dies.  They end
 * in a zero byte (and may hold others).  NULL: no memory. */
typedef struct sdx_names {
    sdx_table table;
} sdx_names;

void sdx_names_init(sdx_names *n, sdx_arena *arena);
const char *sdx_names_add(sdx_names *n, const char *text, size_t length);
/* The kept name; NULL: never added. */
const char *sdx_names_find(const sdx_names *n, const char *text, size_t length);
#endif
