/* SPDX-License-Identifier: MIT */
/* A list that is linked through the streams. */

#include "daemon/net/stream_list.h"

#include "daemon/net/stream.h"

void stream_list_add(StreamList *l, Stream *s) {
        if (!l->first)
                l->end = &l->first;
        s->next = NULL;
        s->prev_next = l->end;
        *l->end = s;
        l->end = &s->next;
}

void stream_list_remove(StreamList *l, Stream *s) {
        *s->prev_next = s->next;
        if (s->next)
                s->next->prev_next = s->prev_next;
        else
                l->end = s->prev_next;
}
