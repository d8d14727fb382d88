/* SPDX-License-Identifier: MIT */
/* Framing of messages, in the direction that core/frame.h takes apart. */

#include "ctl/outgoing.h"

#include "core/macro.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A counted frame is buffered whole, as its size comes first; sockd keeps no longer message anyway. */
#define COUNTED_MAX ((size_t)16 * 1024 * 1024)

InputRules outgoing_rules(Framing framing) {
        InputRules rules = { .forbidden = -1 };

        switch (framing) {
        case FRAMING_LINE:
                rules.forbidden = '\n';
                break;
        case FRAMING_NUL:
                rules.forbidden = '\0';
                break;
        case FRAMING_OCTET_COUNTED:
                rules.whole_max = COUNTED_MAX;
                break;
        case FRAMING_EOF:
                rules.no_empty = true;
                break;
        case FRAMING_MAX_:
                break;
        }
        return rules;
}

/* Moves what fits out of the segments. True when they are empty. */
static bool frame_segments(Outgoing *o) {
        for (size_t i = 0; i < ELEMENTSOF(o->segments); i++) {
                Segment *s = &o->segments[i];
                size_t n = MIN(s->size, OUTGOING_SIZE - o->end);

                if (n == 0 && s->size == 0)
                        continue; /* its data may be NULL */
                memcpy(o->buffer + o->end, s->data, n);
                s->data += n;
                s->size -= n;
                o->end += n;
                o->n_bytes += n;
                if (s->size > 0)
                        return false;
        }
        return true;
}

static void set_segments(Outgoing *o, const Piece *piece) {
        Segment *header = &o->segments[0], *terminator = &o->segments[2];

        o->in_message = true;
        o->last = piece->last;
        o->segments[1] = (Segment){ piece->data, piece->size };
        switch (o->framing) {
        case FRAMING_LINE:
                *terminator = (Segment){ "\n", piece->last };
                break;
        case FRAMING_NUL:
                *terminator = (Segment){ "", piece->last };
                break;
        case FRAMING_OCTET_COUNTED:
                header->size = (size_t)snprintf(o->header, sizeof(o->header), "%zu ", piece->size);
                header->data = o->header;
                break;
        case FRAMING_EOF:
        case FRAMING_MAX_:
                break;
        }
}

OutgoingResult outgoing_fill(Outgoing *o, uint64_t n_max) {
        if (o->begin == o->end)
                o->begin = o->end = 0;
        for (;;) {
                Piece piece;

                if (!frame_segments(o))
                        return OUTGOING_FULL;
                if (o->in_message && o->last) {
                        o->n_messages++;
                        o->in_message = false;
                }
                if (o->framing == FRAMING_EOF && o->n_messages > 0)
                        return OUTGOING_END;
                if (!o->in_message && o->n_messages >= n_max)
                        return OUTGOING_HELD;

                switch (input_next(o->input, &piece)) {
                case INPUT_PIECE:
                        set_segments(o, &piece);
                        break;
                case INPUT_WAIT:
                        return OUTGOING_WAIT;
                case INPUT_END:
                        return OUTGOING_END;
                case INPUT_BAD:
                        return OUTGOING_BAD;
                }
        }
}

int outgoing_send(Outgoing *o, int fd) {
        ssize_t n;

        n = send(fd, o->buffer + o->begin, o->end - o->begin, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;

        o->begin += (size_t)n;
        return (int)n;
}
