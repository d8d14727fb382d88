/* SPDX-License-Identifier: MIT */
/* The bytes of a peer are escaped, and only the first few are shown. */

#include "daemon/net/stream_hint.h"

#include "config/config.h"
#include "core/escape.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/net/listener.h"
#include "daemon/net/streams.h"

#define SHOWN_MAX 32

typedef struct Quote {
        char text[ESCAPE_TEXT_MAX(SHOWN_MAX)];
        int size;
        const char *more;
} Quote;

static Quote quote(const char *data, size_t n) {
        Quote q = { .more = n > SHOWN_MAX ? "..." : "" };

        q.size = (int)escape_text(q.text, data, MIN(n, (size_t)SHOWN_MAX));
        return q;
}

void stream_hint_first_bytes(Stream *s, const char *data, size_t n) {
        Listener *l = s->listener;
        Framing fits;
        Quote q;

        if (n >= 2 && data[0] == 0x16 && data[1] == 0x03 && !s->tls) {
                log_event_limited(&l->mismatch_rate, s->streams->loop->now_usec,
                                  EVENT_FRAMING_MISMATCH, l->config->name, LOG_WARNING, 0,
                                  "listener %s: what %.*s sends looks like TLS, the listener has "
                                  "no tls",
                                  l->config->name, s->peer_text_size, s->peer_text);
                return;
        }
        /* With octet counts, the bad frame is reported. */
        if (s->frame.spec.framing == FRAMING_OCTET_COUNTED ||
            !frame_suggest(s->frame.spec.framing, data, n, &fits))
                return;

        q = quote(data, n);
        log_event_limited(&l->mismatch_rate, s->streams->loop->now_usec, EVENT_FRAMING_MISMATCH,
                          l->config->name, LOG_WARNING, 0,
                          "listener %s: %.*s begins with \"%.*s%s\"; framing = \"%s\" would fit",
                          l->config->name, s->peer_text_size, s->peer_text, q.size, q.text, q.more,
                          framing_text(fits));
}

void stream_hint_handshake(Stream *s, const char *why) {
        Listener *l = s->listener;

        log_event_limited(&l->handshake_rate, s->streams->loop->now_usec, EVENT_HANDSHAKE_FAILED,
                          l->config->name, LOG_WARNING, 0, "listener %s: %.*s: TLS: %s",
                          l->config->name, s->peer_text_size, s->peer_text, why);
}

void stream_hint_no_header(Stream *s, const char *data, size_t n) {
        Listener *l = s->listener;
        const uint64_t now = s->streams->loop->now_usec;
        Quote q = quote(data, n);

        if (n == 0)
                log_event_limited(&l->header_rate, now, EVENT_BAD_HEADER, l->config->name,
                                  LOG_WARNING, 0,
                                  "listener %s: %.*s sent no PROXY header in time, closing it",
                                  l->config->name, s->peer_text_size, s->peer_text);
        else
                log_event_limited(
                        &l->header_rate, now, EVENT_BAD_HEADER, l->config->name, LOG_WARNING, 0,
                        "listener %s: %.*s sent no PROXY header (first bytes "
                        "\"%.*s%s\"), closing it",
                        l->config->name, s->peer_text_size, s->peer_text, q.size, q.text, q.more);
}

void stream_hint_bad_header(Stream *s, const char *reason) {
        Listener *l = s->listener;

        log_event_limited(&l->header_rate, s->streams->loop->now_usec, EVENT_BAD_HEADER,
                          l->config->name, LOG_WARNING, 0,
                          "listener %s: %.*s sent a bad PROXY header: %s, closing it",
                          l->config->name, s->peer_text_size, s->peer_text, reason);
}

void stream_hint_bad_frame(Stream *s, const char *data, size_t n) {
        Listener *l = s->listener;
        const uint64_t now = s->streams->loop->now_usec;
        Framing fits;
        bool suggests;
        Quote q;

        if (n == 0) {
                log_event_limited(
                        &l->bad_frame_rate, now, EVENT_BAD_FRAME, l->config->name, LOG_WARNING, 0,
                        "listener %s: %.*s sent an incomplete frame, closing the connection",
                        l->config->name, s->peer_text_size, s->peer_text);
                return;
        }

        suggests = s->n_messages == 0 && frame_suggest(s->frame.spec.framing, data, n, &fits);
        q = quote(data, n);
        log_event_limited(&l->bad_frame_rate, now, EVENT_BAD_FRAME, l->config->name, LOG_WARNING, 0,
                          "listener %s: %.*s sent a bad octet count, \"%.*s%s\", closing the "
                          "connection%s%s%s",
                          l->config->name, s->peer_text_size, s->peer_text, q.size, q.text, q.more,
                          suggests ? "; framing = \"" : "", suggests ? framing_text(fits) : "",
                          suggests ? "\" would fit" : "");
}

void stream_hint_cut_off(Stream *s) {
        Listener *l = s->listener;

        log_event_limited(&l->cut_off_rate, s->streams->loop->now_usec, EVENT_CUT_OFF,
                          l->config->name, LOG_INFO, 0,
                          "listener %s: %.*s ended in the middle of a message, which is recorded "
                          "as cut off",
                          l->config->name, s->peer_text_size, s->peer_text);
}
