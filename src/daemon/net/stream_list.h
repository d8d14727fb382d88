/* SPDX-License-Identifier: MIT */
/* Streams of a worker, in the order in which they were added. A stream is in one list at a time. */
#pragma once

typedef struct Stream Stream;

/* All zero is an empty one. */
typedef struct StreamList {
        Stream *first;
        Stream **end;
} StreamList;

void stream_list_add(StreamList *l, Stream *s);
void stream_list_remove(StreamList *l, Stream *s);
