/* SPDX-License-Identifier: MIT */
/* The workers' part of it runs in their threads and allocates nothing. */

#include "daemon/control_query.h"

#include "core/bus_names.h"
#include "core/macro.h"
#include "daemon/control_dict.h"
#include "daemon/listener.h"
#include "daemon/listener_socket.h"
#include "daemon/socket.h"
#include "daemon/stream.h"
#include "daemon/stream_end.h"
#include "daemon/stream_settle.h"
#include "daemon/worker.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define LISTENER_NAME_MAX 32

struct StreamInfo {
        uint64_t id, since_usec, idle_usec, received, bytes;
        Address peer, local;
        const char *state;
        char listener[LISTENER_NAME_MAX + 1];
};

static ControlQuery *query_new(sd_bus_message *call) {
        ControlQuery *q = calloc(1, sizeof(*q));

        if (q)
                q->call = sd_bus_message_ref(call);
        return q;
}

ControlQuery *control_query_free(ControlQuery *q) {
        if (!q)
                return NULL;

        (void)sd_bus_message_unref(q->call);
        free(q->infos);
        free(q->ids);
        free(q->found);
        free(q);
        return NULL;
}

DEFINE_CLEANUP(ControlQuery *, control_query_free)

int control_query_new_list(sd_bus_message *call, ControlQuery **ret) {
        _cleanup_(control_query_freep) ControlQuery *q = query_new(call);
        uint32_t max;
        int r;

        if (!q)
                return -ENOMEM;

        r = sd_bus_message_read(call, "tu", &q->after, &max);
        if (r < 0)
                return r;

        q->max = MIN(max, (uint32_t)BUS_CONNECTIONS_MAX);
        q->before = UINT64_MAX;
        /* Room for twice as many: each time it is used up, the half with the higher ids goes. */
        q->infos = reallocarray(NULL, 2 * q->max + 1, sizeof(*q->infos));
        if (!q->infos)
                return -ENOMEM;

        *ret = TAKE_PTR(q);
        return 0;
}

static int compare_ids(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return x < y ? -1 : x > y;
}

static void drop_repeated(ControlQuery *q) {
        size_t n = 0;

        for (size_t i = 0; i < q->n_ids; i++)
                if (n == 0 || q->ids[i] != q->ids[n - 1])
                        q->ids[n++] = q->ids[i];
        q->n_ids = n;
}

int control_query_new_disconnect(sd_bus_message *call, ControlQuery **ret) {
        _cleanup_(control_query_freep) ControlQuery *q = query_new(call);
        const void *ids;
        size_t size;
        int r;

        if (!q)
                return -ENOMEM;

        r = sd_bus_message_read_array(call, 't', &ids, &size);
        if (r < 0)
                return r;

        q->n_ids = size / sizeof(*q->ids);
        q->ids = malloc(size + 1);
        q->found = calloc(q->n_ids + 1, sizeof(*q->found));
        if (!q->ids || !q->found)
                return -ENOMEM;

        if (size > 0)
                memcpy(q->ids, ids, size);
        qsort(q->ids, q->n_ids, sizeof(*q->ids), compare_ids);
        drop_repeated(q);
        *ret = TAKE_PTR(q);
        return 0;
}

static int compare_infos(const void *a, const void *b) {
        return compare_ids(&((const StreamInfo *)a)->id, &((const StreamInfo *)b)->id);
}

static void keep_lowest(ControlQuery *q) {
        qsort(q->infos, q->n_infos, sizeof(*q->infos), compare_infos);
        if (q->n_infos < q->max)
                return;

        q->n_infos = q->max;
        q->before = q->max > 0 ? q->infos[q->max - 1].id : 0;
}

static void add_info(ControlQuery *q, const Worker *w, const Stream *s) {
        StreamInfo *i = &q->infos[q->n_infos++];

        *i = (StreamInfo){
                .id = s->id,
                .since_usec = s->opened_usec,
                .idle_usec = w->now_usec - s->last_usec,
                .received = s->n_messages,
                .bytes = s->n_bytes,
                .peer = s->peer,
                .local = s->origin->local,
                .state = stream_end_state_text(s->state),
        };
        if (address_is_any(&i->local))
                (void)socket_local(s->fd, &i->local); /* else it stays what it is bound to */
        (void)snprintf(i->listener, sizeof(i->listener), "%s", s->listener->config->name);
        if (q->n_infos == 2 * q->max)
                keep_lowest(q);
}

static void disconnect(ControlQuery *q, Stream *s) {
        const uint64_t *id = bsearch(&s->id, q->ids, q->n_ids, sizeof(*q->ids), compare_ids);

        if (!id)
                return;

        q->found[id - q->ids] = true;
        q->n_found++;
        if (s->state == STREAM_READING) {
                stream_end_finish(s, "disconnected");
                stream_settle(s);
        } else
                stream_end_abort(s, "disconnected");
}

static void ask_list(ControlQuery *q, const Worker *w, StreamList *l) {
        for (Stream *s = l->first, *next; s; s = next) {
                next = s->next;
                if (!q->infos)
                        disconnect(q, s);
                else if (s->id > q->after && s->id < q->before && q->max > 0)
                        add_info(q, w, s);
        }
}

void control_query_ask(void *worker, void *userdata) {
        Worker *w = worker;

        ask_list(userdata, w, &w->resting);
        ask_list(userdata, w, &w->streams);
}

static int append_address(sd_bus_message *m, const char *address_key, const char *port_key,
                          const Address *a) {
        char text[ADDRESS_TEXT_MAX];
        int r;

        (void)address_format_host(a, text);
        r = control_dict_text(m, address_key, text);
        return r < 0 ? r : control_dict_u16(m, port_key, a->port);
}

static int append_info(sd_bus_message *m, const StreamInfo *i) {
        static const ControlField fields[] = {
                { "since_usec", offsetof(StreamInfo, since_usec) },
                { "idle_usec", offsetof(StreamInfo, idle_usec) },
                { "received", offsetof(StreamInfo, received) },
                { "bytes", offsetof(StreamInfo, bytes) },
        };
        int r = control_dict_open(m);

        if (r >= 0)
                r = control_dict_u64(m, "id", i->id);
        if (r >= 0)
                r = control_dict_text(m, "listener", i->listener);
        if (r >= 0)
                r = control_dict_text(m, "protocol", protocol_text(PROTOCOL_TCP));
        if (r >= 0)
                r = append_address(m, "peer_address", "peer_port", &i->peer);
        if (r >= 0)
                r = append_address(m, "local_address", "local_port", &i->local);
        if (r >= 0)
                r = control_dict_text(m, "state", i->state);
        if (r >= 0)
                r = control_dict_fields(m, fields, ELEMENTSOF(fields), i);
        return r < 0 ? r : control_dict_close(m);
}

static int append_infos(ControlQuery *q, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'a', "a{sv}");

        keep_lowest(q);
        for (size_t i = 0; i < q->n_infos && r >= 0; i++)
                r = append_info(m, &q->infos[i]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_unknown(const ControlQuery *q, sd_bus_message *m) {
        int r = sd_bus_message_open_container(m, 'a', "t");

        for (size_t i = 0; i < q->n_ids && r >= 0; i++)
                if (!q->found[i])
                        r = sd_bus_message_append(m, "t", q->ids[i]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int control_query_reply(ControlQuery *q) {
        sd_bus_message *m = NULL;
        int r = sd_bus_message_new_method_return(q->call, &m);

        if (r >= 0)
                r = q->infos ? append_infos(q, m) : append_unknown(q, m);
        if (r >= 0)
                r = sd_bus_send(NULL, m, NULL);
        else
                r = sd_bus_reply_method_errno(q->call, r, NULL);
        (void)sd_bus_message_unref(m);
        return r;
}
