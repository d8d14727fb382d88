/* SPDX-License-Identifier: MIT */
/* The hot loop, and what surrounds it. */

#include "daemon/net/stream_input.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/peers.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/intake_syslog.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/stream_backlog.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_hint.h"
#include "daemon/net/stream_pace.h"
#include "daemon/net/stream_partial.h"
#include "daemon/net/stream_peer.h"
#include "daemon/net/stream_tls.h"
#include "daemon/net/stream_via.h"
#include "daemon/net/streams.h"

/* A receipt for what is cut off would say that it is whole. */
static void begin_input(Stream *s, RecordEnding ending) {
        const Listener *l = s->listener;
        const Receipt *receipt = ending == RECORD_CUT_OFF ? NULL : l->receipt;
        Intake *in = s->intake;
        RecordSource source = {
                .listener = l->config->name,
                .protocol = l->config->protocol,
                .peer = s->peer,
                .peer_text = s->peer_text,
                .peer_text_size = s->peer_text_size,
                .security = s->security,
                .tls = _unlikely_(s->tls != NULL) ? stream_tls_peer(s) : NULL,
                .syslog = l->config->syslog ? &in->syslog.header : NULL,
                .ending = ending,
        };

        if (_unlikely_(s->via != NULL)) {
                source.via = &s->via->record;
                source.local = s->via->destination;
        } else if (!address_is_any(&s->origin->at.address))
                source.local = s->origin->at.address;
        else if (s->streams->shows_local)
                (void)address_of_socket(s->fd, &source.local); /* else it stays unspecified */
        intake_change_source(in, &source);
        intake_begin(in, l->config->acknowledge, &s->listener->stats, receipt,
                     receipt ? &s->addressee : NULL);
}

void stream_input_begin(Stream *s) {
        begin_input(s, RECORD_WHOLE);
}

int stream_input_finish(Stream *s) {
        Intake *in = s->intake;
        int r = intake_end(in);

        if (in->n_added == 0)
                return r;

        s->n_messages += in->n_added;
        s->n_bytes += in->bytes_added;
        stream_pace_note(s, in->n_added);
        stream_peer_note(s, &(Peer){ .received = in->n_added, .bytes = in->bytes_added });
        return r;
}

/* Keeps the rest of a read that cannot be added now; until it is, its intake takes nothing else. */
static void keep_backlog(Stream *s, const char *p, const char *end) {
        if (stream_backlog_keep(s, p, (size_t)(end - p)) < 0)
                stream_end_abort(s, "out of memory");
        else
                stream_backlog_block(s);
}

/*
 * Ends a piece of input. DATA, N: where a bad frame begins. Returns false if the stream is
 * finishing because of it.
 */
static bool settle_input(Stream *s, FrameResult r, size_t memory_before, const char *data,
                         size_t n) {
        stream_partial_change(s, memory_before, frame_memory(&s->frame));
        if (r == FRAME_ERROR)
                stream_end_bad_frame(s, data, n);
        else if (r == FRAME_NO_MEMORY)
                stream_end_finish(s, "out of memory");
        return r != FRAME_ERROR && r != FRAME_NO_MEMORY;
}

/* The hot loop: once per message. It is made for each ADD. */
static _inline_ FrameResult add_each(Intake *in, Frame *f, size_t size_max, const char **p,
                                     const char *end, void (*add)(Intake *, const Message *)) {
        FrameResult r = FRAME_MORE;
        Message m;

        while (_likely_(!in->full) || *p == end) {
                r = frame_next(f, size_max, p, end, &m);
                if (_likely_(r == FRAME_MESSAGE))
                        add(in, &m);
                else if (r != FRAME_MORE || *p == end)
                        break;
        }
        return r;
}

static FrameResult add_messages(Intake *in, Frame *f, size_t size_max, const char **p,
                                const char *end) {
        return add_each(in, f, size_max, p, end, intake_add);
}

static FrameResult add_syslog_messages(Intake *in, Frame *f, size_t size_max, const char **p,
                                       const char *end) {
        return add_each(in, f, size_max, p, end, intake_syslog_add);
}

/* Where the header began that P is behind a bad byte of; what came in earlier reads is gone. */
static const char *bad_frame_begin(const Frame *f, const char *begin, const char *p) {
        return p - MIN((ptrdiff_t)f->digits + 1, p - begin);
}

static void count_skipped(Stream *s) {
        if (_likely_(s->frame.skipped == 0))
                return;

        counter_add(&s->listener->stats.bytes_skipped, s->frame.skipped);
        s->frame.skipped = 0;
}

void stream_input_add(Stream *s, const char *p, const char *end) {
        size_t memory = frame_memory(&s->frame);
        Intake *in = s->intake;
        const char *begin = p, *frame;
        FrameResult r;

        if (_unlikely_(s->n_messages == 0) && frame_is_at_start(&s->frame))
                stream_hint_first_bytes(s, p, (size_t)(end - p));
        stream_input_begin(s);
        r = (_unlikely_(in->is_syslog) ? add_syslog_messages : add_messages)(
                in, &s->frame, s->streams->message_size, &p, end);
        if (stream_input_finish(s) < 0)
                r = FRAME_NO_MEMORY;
        count_skipped(s);
        frame = bad_frame_begin(&s->frame, begin, p);
        if (settle_input(s, r, memory, frame, (size_t)(end - frame)) && p < end)
                keep_backlog(s, p, end);
}

static int add_last(Stream *s, RecordEnding ending, const Message *m) {
        Intake *in = s->intake;
        Stats *stats = &s->listener->stats;

        counter_add(&stats->timed_out, ending == RECORD_TIMED_OUT);
        if (ending == RECORD_CUT_OFF) {
                counter_add(&stats->cut_off, 1);
                stream_hint_cut_off(s);
        }
        begin_input(s, ending);
        (in->is_syslog ? intake_syslog_add : intake_add)(in, m);
        return stream_input_finish(s);
}

void stream_input_end(Stream *s, FrameEnd end) {
        size_t memory = frame_memory(&s->frame);
        RecordEnding ending = end == FRAME_END_SILENCE ? RECORD_TIMED_OUT : RECORD_WHOLE;
        const char *none = "";
        Message m;
        FrameResult r = frame_end(&s->frame, end, &m);

        if (r == FRAME_CUT_OFF)
                ending = RECORD_CUT_OFF;
        if (r == FRAME_MESSAGE || r == FRAME_CUT_OFF) {
                if (add_last(s, ending, &m) < 0)
                        r = FRAME_NO_MEMORY;
                (void)frame_next(&s->frame, 0, &none, none, &m); /* frees its memory */
        }
        (void)settle_input(s, r, memory, none, 0);
}
