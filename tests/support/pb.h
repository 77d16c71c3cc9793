/* support/pb.h - writes protobuf fields, so that tests can make models no library of ours has
 * touched. */
#ifndef SUPPORT_PB_H
#define SUPPORT_PB_H
#include <stddef.h>
#include <stdint.h>

typedef struct pb {
    unsigned char *data; /* free() it */
    size_t size, room;
} pb;

void pb_int(pb *w, int field, int64_t v);
void pb_float(pb *w, int field, float v);
void pb_bytes(pb *w, int field, const void *data, size_t size);
void pb_text(pb *w, int field, const char *text);
/* As it is, without a field. */
void pb_raw(pb *w, const void *data, size_t size);
/* Writes inner as a message and frees it. */
void pb_message(pb *w, int field, pb *inner);

#endif
