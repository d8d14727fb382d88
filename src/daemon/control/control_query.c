/* SPDX-License-Identifier: MIT */
/* The bus side: parses calls, builds replies. */

#include "daemon/control/control_query.h"

#include "core/bus_names.h"
#include "core/macro.h"
#include "core/peers.h"
#include "core/protocol.h"
#include "daemon/base/log.h"
#include "daemon/control/control_report.h"
#include "daemon/control/control_survey.h"
#include "daemon/control/status.h"
#include "daemon/engine/engine.h"
#include "daemon/worker/peer_store.h"
#include <errno.h>
#include <systemd/sd-bus.h>

/* A row takes 6 µs. */
#define ROWS_PER_STEP 128

/* A reply of one piece, or rows that are found first and then added one by one. */
typedef struct Kind {
        void (*report)(const Status *s, ControlDict *d);
        const char *type; /* of a row */
        int (*find)(ControlQuery *q, const Status *s);
        void (*add)(ControlQuery *q, size_t i);
} Kind;

static int parse(ControlQuery *q) {
        const void *ids;
        size_t size;
        int r = 0;

        if (q->kind == CONTROL_CONNECTIONS) {
                r = sd_bus_message_read(q->call, "tu", &q->after, &q->max);
                q->max = MIN(q->max, (uint32_t)BUS_CONNECTIONS_MAX);
        } else if (q->kind == CONTROL_DISCONNECT) {
                r = sd_bus_message_read_array(q->call, 't', &ids, &size);
                if (r >= 0) {
                        q->ids = ids;
                        q->n_ids = size / sizeof(uint64_t);
                }
        }
        return MIN(r, 0);
}

int control_query_new(ControlKind kind, sd_bus_message *call, ControlQuery **ret) {
        ControlQuery *q = calloc(1, sizeof(*q));
        int r;

        if (!q)
                return -ENOMEM;

        q->kind = kind;
        q->call = sd_bus_message_ref(call);
        r = parse(q);
        if (r < 0) {
                (void)control_query_free(q);
                return r;
        }
        *ret = q;
        return 0;
}

ControlQuery *control_query_free(ControlQuery *q) {
        if (!q)
                return NULL;

        free(q->peers);
        control_dict_done(&q->reply);
        (void)sd_bus_message_unref(q->call);
        free(q);
        return NULL;
}

bool control_query_needs_survey(const ControlQuery *q) {
        return q->kind >= CONTROL_CONNECTIONS;
}

int control_query_init_survey(const ControlQuery *q, ControlSurvey *ret) {
        return q->kind == CONTROL_DISCONNECT ? control_survey_init_disconnect(ret, q->ids, q->n_ids)
                                             : control_survey_init_list(ret, q->after, q->max);
}

bool control_query_is_flushed(const ControlQuery *q) {
        uint64_t n;

        return sd_bus_get_n_queued_write(sd_bus_message_get_bus(q->call), &n) < 0 || n == 0;
}

static int find_peers(ControlQuery *q, const Status *s) {
        return peer_store_collect(s->engine->peer_store, &q->peers, &q->n_rows);
}

static void add_peer(ControlQuery *q, size_t i) {
        control_report_peer(&q->peers[i], &q->reply);
}

static int find_connections(ControlQuery *q, const Status *s _unused_) {
        q->n_rows = q->survey->n_infos;
        return 0;
}

static void add_address(ControlDict *d, const char *address_key, const char *port_key,
                        const Address *a) {
        char text[ADDRESS_TEXT_MAX];

        (void)address_format_host(a, text);
        control_dict_text(d, address_key, text);
        if (a->family == AF_VSOCK)
                control_dict_u32(d, port_key, a->machine.port);
        else
                control_dict_u16(d, port_key, a->port);
}

/* Those of local processes have no ports. */
static void add_ends(ControlDict *d, const StreamInfo *i) {
        char text[ADDRESS_TEXT_MAX];

        if (i->peer.family != AF_UNIX) {
                add_address(d, "peer_address", "peer_port", &i->peer);
                add_address(d, "local_address", "local_port", &i->local);
                return;
        }

        (void)address_format_host(&i->peer, text);
        control_dict_text(d, "peer_address", text);
        if (i->peer.process.uid != ADDRESS_ID_UNKNOWN)
                control_dict_u32(d, "peer_uid", i->peer.process.uid);
        if (i->peer.process.gid != ADDRESS_ID_UNKNOWN)
                control_dict_u32(d, "peer_gid", i->peer.process.gid);
        control_dict_u32(d, "peer_pid", i->peer.process.pid);
}

static void add_identity(ControlDict *d, const StreamInfo *i) {
        if (*i->peer_name)
                control_dict_escaped(d, "peer_name", i->peer_name);
        if (*i->peer_fingerprint)
                control_dict_text(d, "peer_fingerprint", i->peer_fingerprint);
        if (!*i->tls)
                return;

        control_dict_text(d, "tls", i->tls);
        control_dict_text(d, "tls_cipher", i->tls_cipher);
}

static void add_connection(ControlQuery *q, size_t row) {
        static const ControlField fields[] = {
                { "since_usec", offsetof(StreamInfo, since_usec) },
                { "idle_usec", offsetof(StreamInfo, idle_usec) },
                { "received", offsetof(StreamInfo, received) },
                { "bytes", offsetof(StreamInfo, bytes) },
        };
        const StreamInfo *i = &q->survey->infos[row];
        ControlDict *d = &q->reply;

        control_dict_open(d);
        control_dict_u64(d, "id", i->id);
        control_dict_text(d, "listener", i->listener);
        control_dict_text(d, "protocol", i->protocol);
        add_ends(d, i);
        add_identity(d, i);
        if (i->via.family != AF_UNSPEC)
                add_address(d, "via_address", "via_port", &i->via);
        control_dict_text(d, "state", i->state);
        control_dict_fields(d, fields, ELEMENTSOF(fields), i);
        control_dict_close(d);
}

static int find_ids(ControlQuery *q, const Status *s _unused_) {
        log_info("closing %zu connections, as requested", q->survey->n_found);
        q->n_rows = q->survey->n_ids;
        return 0;
}

static void add_unknown(ControlQuery *q, size_t i) {
        if (!q->survey->found[i])
                control_dict_add_u64(&q->reply, q->survey->ids[i]);
}

static const Kind kinds[] = {
        [CONTROL_STATUS] = { .report = control_report_status },
        [CONTROL_LISTENERS] = { .report = control_report_listeners },
        [CONTROL_OUTPUTS] = { .report = control_report_outputs },
        [CONTROL_PEERS] = { .type = "a{sv}", .find = find_peers, .add = add_peer },
        [CONTROL_CONNECTIONS] = { .type = "a{sv}",
                                  .find = find_connections,
                                  .add = add_connection },
        [CONTROL_DISCONNECT] = { .type = "t", .find = find_ids, .add = add_unknown },
};

static void begin(ControlQuery *q, const Status *status) {
        const Kind *k = &kinds[q->kind];
        int r;

        control_dict_begin(&q->reply, q->call);
        if (k->report) {
                k->report(status, &q->reply);
                return;
        }

        control_dict_open_list(&q->reply, k->type);
        r = k->find(q, status);
        q->reply.error = MIN(q->reply.error, r);
}

bool control_query_answer(ControlQuery *q, const Status *status, const ControlSurvey *survey) {
        const Kind *k = &kinds[q->kind];
        size_t end;

        q->survey = survey;
        if (sd_bus_is_open(sd_bus_message_get_bus(q->call)) <= 0)
                return true; /* the caller is gone */
        if (!q->reply.m)
                begin(q, status);

        for (end = MIN(q->next + ROWS_PER_STEP, q->n_rows); q->next < end; q->next++)
                k->add(q, q->next);
        if (q->next < q->n_rows && q->reply.error >= 0)
                return false;

        if (k->type)
                control_dict_close(&q->reply);
        control_dict_send(&q->reply, q->call);
        return true;
}
