/* base/map.c - a hash table that keeps the order of its entries.
 *
 * Entries stand in an array in the order in which they came; slots hold their indices and are
 * searched linearly from the hash on.  A removed entry keeps its slot until the table is next
 * rebuilt, so that searches still pass over it. */
#include "base/map.h"

#include "base/size.h"
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { FIRST_ROOM = 8 };

static uint64_t turn(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = turn(v[1], 13) ^ v[0];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] = turn(v[0], 32) + v[3];
    v[2] += v[1];
    v[1] = turn(v[1], 17) ^ v[2];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] = turn(v[2], 32);
}

/* SipHash with one round for a word and three at the end: keys that come from a file cannot be made
 * to collide without knowing the seed. */
static uint32_t hash_bytes(const uint64_t seed[2], const char *key, size_t length)
{
    uint64_t v[4] = { seed[0] ^ 0x736f6d6570736575u, seed[1] ^ 0x646f72616e646f6du,
                      seed[0] ^ 0x6c7967656e657261u, seed[1] ^ 0x7465646279746573u };
    uint64_t word;
    size_t left = length;
    for (; left >= 8; left -= 8, key += 8) {
        memcpy(&word, key, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    if (left)
        memcpy(&word, key, left);
    word |= (uint64_t)length << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    uint64_t h = v[0] ^ v[1] ^ v[2] ^ v[3];
    return (uint32_t)(h ^ h >> 32);
}

/* A key for the search: text of length bytes, or number where text is NULL. */
typedef struct wanted {
    const char *text;
    size_t length;
    uint64_t number;
    uint32_t hash;
} wanted;

static wanted want_text(const sdx_table *t, const char *key, size_t length)
{
    bool seeded = t->seed[0] || t->seed[1]; /* else there is nothing to be found */
    return (wanted){ key ? key : "", length, 0, seeded ? hash_bytes(t->seed, key, length) : 0 };
}

static wanted want_number(const sdx_table *t, uint64_t key)
{
    char bytes[sizeof key];
    memcpy(bytes, &key, sizeof key);
    return (wanted){ NULL, 0, key, hash_bytes(t->seed, bytes, sizeof bytes) };
}

static bool is_it(const sdx_entry *e, const wanted *w)
{
    if (e->hash != w->hash || !e->live)
        return false;
    if (!w->text)
        return e->key.number == w->number;
    return e->length == w->length && (!w->length || memcmp(e->key.text, w->text, w->length) == 0);
}

void sdx_table_init(sdx_table *t, sdx_arena *arena)
{
    *t = (sdx_table){ .arena = arena };
}

/* Before the first entry: most tables never get one, and to ask the system takes longer than they
 * live. */
static void sow(sdx_table *t)
{
    if (t->slot || t->seed[0] || t->seed[1])
        return;
    if (getrandom(t->seed, sizeof t->seed, GRND_NONBLOCK) == (ssize_t)sizeof t->seed)
        return;
    /* Early at boot or an old kernel: weaker, still not known to who wrote the file. */
    struct timespec now = { 0, 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    t->seed[0] = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u ^ (uintptr_t)t;
    t->seed[1] = (uint64_t)now.tv_sec * 0xbf58476d1ce4e5b9u ^ (uintptr_t)&now;
}

static sdx_entry *find(const sdx_table *t, const wanted *w)
{
    if (!t->slot)
        return NULL;
    for (uint32_t i = w->hash & t->mask; t->slot[i]; i = (i + 1) & t->mask)
        if (is_it(&t->entry[t->slot[i] - 1], w))
            return &t->entry[t->slot[i] - 1];
    return NULL;
}

static void put_in_slot(sdx_table *t, uint32_t index)
{
    uint32_t i = t->entry[index].hash & t->mask;
    while (t->slot[i])
        i = (i + 1) & t->mask;
    t->slot[i] = index + 1;
}

/* Room for one entry more.  Removed entries are squeezed out; slots stay at most half full. */
static bool make_room(sdx_table *t)
{
    if (t->filled < t->room)
        return true;
    uint32_t room = t->count < t->room / 2 ? t->room : t->room ? t->room * 2 : FIRST_ROOM;
    if (room > UINT32_C(1) << 30)
        return false;
    if (room > t->room) {
        sdx_entry *entry = sdx_arena_grow(t->arena, t->entry, t->filled, room, sizeof *entry);
        uint32_t *slot = entry ? sdx_arena_array(t->arena, room * (size_t)2, sizeof *slot) : NULL;
        if (!slot)
            return false;
        t->entry = entry;
        t->slot = slot;
        t->room = room;
        t->mask = room * 2 - 1;
    } else {
        memset(t->slot, 0, (t->mask + (size_t)1) * sizeof *t->slot);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->filled; i++) {
        if (!t->entry[i].live)
            continue;
        t->entry[kept] = t->entry[i];
        put_in_slot(t, kept++);
    }
    t->filled = kept;
    return true;
}

static sdx_word *add(sdx_table *t, const wanted *w, bool *fresh)
{
    sdx_entry *e = find(t, w);
    if (fresh)
        *fresh = !e;
    if (e)
        return &e->value;
    if (!make_room(t)) {
        if (fresh)
            *fresh = false;
        return NULL;
    }
    e = &t->entry[t->filled];
    *e = (sdx_entry){ .length = w->length, .hash = w->hash, .live = true };
    if (w->text)
        e->key.text = w->text;
    else
        e->key.number = w->number;
    put_in_slot(t, t->filled++);
    t->count++;
    return &e->value;
}

static bool drop(sdx_table *t, const wanted *w)
{
    sdx_entry *e = find(t, w);
    if (!e)
        return false;
    e->live = false;
    t->count--;
    return true;
}

sdx_word *sdx_table_find(const sdx_table *t, const char *key, size_t length)
{
    wanted w = want_text(t, key, length);
    sdx_entry *e = find(t, &w);
    return e ? &e->value : NULL;
}

sdx_word *sdx_table_add(sdx_table *t, const char *key, size_t length, bool *fresh)
{
    sow(t);
    wanted w = want_text(t, key, length);
    return add(t, &w, fresh);
}

bool sdx_table_remove(sdx_table *t, const char *key, size_t length)
{
    wanted w = want_text(t, key, length);
    return drop(t, &w);
}

sdx_word *sdx_table_find_number(const sdx_table *t, uint64_t key)
{
    wanted w = want_number(t, key);
    sdx_entry *e = find(t, &w);
    return e ? &e->value : NULL;
}

sdx_word *sdx_table_add_number(sdx_table *t, uint64_t key, bool *fresh)
{
    sow(t);
    wanted w = want_number(t, key);
    return add(t, &w, fresh);
}

bool sdx_table_remove_number(sdx_table *t, uint64_t key)
{
    wanted w = want_number(t, key);
    return drop(t, &w);
}

void sdx_names_init(sdx_names *n, sdx_arena *arena)
{
    sdx_table_init(&n->table, arena);
}

const char *sdx_names_find(const sdx_names *n, const char *text, size_t length)
{
    wanted w = want_text(&n->table, text, length);
    sdx_entry *e = find(&n->table, &w);
    return e ? e->key.text : NULL;
}

const char *sdx_names_add(sdx_names *n, const char *text, size_t length)
{
    sow(&n->table);
    wanted w = want_text(&n->table, text, length);
    sdx_entry *e = find(&n->table, &w);
    if (e)
        return e->key.text;
    w.text = sdx_arena_strndup(n->table.arena, text, length);
    return w.text && add(&n->table, &w, NULL) ? w.text : NULL;
}
