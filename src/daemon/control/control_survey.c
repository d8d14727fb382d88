/* SPDX-License-Identifier: MIT */
/* Finds the streams with the lowest ids in one pass over all. */

#include "daemon/control/control_survey.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/tls_peer.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/stream.h"
#include "daemon/net/stream_end.h"
#include "daemon/net/stream_tls.h"
#include "daemon/net/stream_via.h"
#include "daemon/net/streams.h"
#include "daemon/worker/worker.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

static_assert(CONTROL_SURVEY_PEER_NAME_MAX >= TLS_PEER_NAME_MAX, "room for a name");
static_assert(CONTROL_SURVEY_PEER_NAME_MAX >= PROXY_NAME_MAX, "room for that of a proxy");
static_assert(CONTROL_SURVEY_FINGERPRINT_MAX >= TLS_PEER_FINGERPRINT_MAX, "room for a fingerprint");
static_assert(CONTROL_SURVEY_TLS_MAX >= TLS_PEER_VERSION_MAX, "room for a version");

int control_survey_init_list(ControlSurvey *s, uint64_t after, uint32_t max) {
        *s = (ControlSurvey){ .after = after, .before = UINT64_MAX, .max = max };
        /* Whenever twice as many are found, the half with the higher ids is dropped. */
        s->infos = reallocarray(NULL, 2 * s->max + 1, sizeof(*s->infos));
        return s->infos ? 0 : -ENOMEM;
}

static int compare_ids(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return x < y ? -1 : x > y;
}

static void drop_repeated(ControlSurvey *s) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_ids; i++)
                if (n == 0 || s->ids[i] != s->ids[n - 1])
                        s->ids[n++] = s->ids[i];
        s->n_ids = n;
}

int control_survey_init_disconnect(ControlSurvey *s, const uint64_t *ids, size_t n) {
        *s = (ControlSurvey){
                .ids = reallocarray(NULL, n + 1, sizeof(*ids)),
                .found = calloc(n + 1, sizeof(bool)),
                .n_ids = n,
        };
        if (!s->ids || !s->found) {
                control_survey_done(s);
                return -ENOMEM;
        }

        if (n > 0)
                memcpy(s->ids, ids, n * sizeof(*ids));
        qsort(s->ids, n, sizeof(*ids), compare_ids);
        drop_repeated(s);
        return 0;
}

void control_survey_done(ControlSurvey *s) {
        free(s->infos);
        free(s->ids);
        free(s->found);
        *s = (ControlSurvey){ 0 };
}

static int compare_infos(const void *a, const void *b) {
        return compare_ids(&((const StreamInfo *)a)->id, &((const StreamInfo *)b)->id);
}

void control_survey_close(ControlSurvey *s) {
        if (!s->infos)
                return;

        qsort(s->infos, s->n_infos, sizeof(*s->infos), compare_infos);
        if (s->n_infos < s->max)
                return;

        s->n_infos = s->max;
        s->before = s->max > 0 ? s->infos[s->max - 1].id : 0;
}

/* With a certificate of its own, whatever a proxy tells: as in records. */
static void set_identity(StreamInfo *i, const TlsPeer *peer) {
        (void)snprintf(i->tls, sizeof(i->tls), "%s", peer->version);
        (void)snprintf(i->tls_cipher, sizeof(i->tls_cipher), "%s", peer->cipher);
        if (!*peer->fingerprint)
                return;

        (void)snprintf(i->peer_name, sizeof(i->peer_name), "%s", peer->name);
        (void)snprintf(i->peer_fingerprint, sizeof(i->peer_fingerprint), "%s", peer->fingerprint);
}

static void add_info(ControlSurvey *survey, const Stream *s) {
        StreamInfo *i = &survey->infos[survey->n_infos++];
        const TlsPeer *tls = stream_tls_peer(s);

        *i = (StreamInfo){
                .id = s->id,
                .since_usec = s->opened_usec,
                .idle_usec = s->streams->loop->now_usec - s->last_usec,
                .received = s->n_messages,
                .bytes = s->n_bytes,
                .peer = s->peer,
                .local = s->origin->at.address,
                .protocol = protocol_text(s->origin->at.protocol),
                .state = stream_end_state_text(s->state),
        };
        if (s->via) {
                i->local = s->via->destination;
                i->via = s->via->record.address;
                (void)snprintf(i->peer_name, sizeof(i->peer_name), "%s", s->via->record.name);
        }
        if (tls)
                set_identity(i, tls);
        if (address_is_any(&i->local)) /* on failure it stays that of the listener */
                (void)address_of_socket(s->fd, &i->local);
        (void)snprintf(i->listener, sizeof(i->listener), "%s", s->listener->config->name);
        if (survey->n_infos == 2 * survey->max)
                control_survey_close(survey);
}

static void disconnect(ControlSurvey *survey, Stream *s) {
        const uint64_t *id = bsearch(&s->id, survey->ids, survey->n_ids, sizeof(*survey->ids),
                                     compare_ids);

        if (!id)
                return;

        survey->found[id - survey->ids] = true;
        survey->n_found++;
        stream_disconnect(s);
}

static void visit(Stream *s, void *userdata) {
        ControlSurvey *survey = userdata;

        if (!survey->infos)
                disconnect(survey, s);
        else if (s->id > survey->after && s->id < survey->before && survey->max > 0)
                add_info(survey, s);
}

void control_survey_ask(void *worker, void *survey) {
        const Worker *w = worker;

        streams_for_each(w->streams, visit, survey);
}
