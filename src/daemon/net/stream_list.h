/* SPDX-License-Identifier: MIT */
/* The streams of a worker, in the order in which they were added. A stream stands in one list. */
#pragma once

typedef struct Stream Stream;

/* All zero is an empty one. */
typedef struct StreamList {
        Stream *first;
        Stream **end;
} StreamList;

void stream_list_add(StreamList *l, Stream *s);
void stream_list_remove(StreamList *l, Stream *s);
