/* SPDX-License-Identifier: MIT */
/* The bus side of a survey: parses calls, builds replies. */

#include "daemon/control/control_query.h"

#include "core/bus_names.h"
#include "core/macro.h"
#include "core/names.h"
#include "daemon/control/control_dict.h"
#include <errno.h>
#include <systemd/sd-bus.h>

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
        control_survey_done(&q->survey);
        free(q);
        return NULL;
}

/* Returns R, and Q if that is not negative; otherwise frees Q. */
static int finish_new(ControlQuery *q, int r, ControlQuery **ret) {
        if (r < 0) {
                (void)control_query_free(q);
                return r;
        }

        *ret = q;
        return 0;
}

int control_query_new_list(sd_bus_message *call, ControlQuery **ret) {
        ControlQuery *q = query_new(call);
        uint64_t after;
        uint32_t max;
        int r;

        r = q ? sd_bus_message_read(call, "tu", &after, &max) : -ENOMEM;
        if (r >= 0)
                r = control_survey_init_list(&q->survey, after,
                                             MIN(max, (uint32_t)BUS_CONNECTIONS_MAX));
        return finish_new(q, r, ret);
}

int control_query_new_disconnect(sd_bus_message *call, ControlQuery **ret) {
        ControlQuery *q = query_new(call);
        const void *ids;
        size_t size;
        int r;

        r = q ? sd_bus_message_read_array(call, 't', &ids, &size) : -ENOMEM;
        if (r >= 0)
                r = control_survey_init_disconnect(&q->survey, ids, size / sizeof(uint64_t));
        return finish_new(q, r, ret);
}

static void add_address(ControlDict *d, const char *address_key, const char *port_key,
                        const Address *a) {
        char text[ADDRESS_TEXT_MAX];

        (void)address_format_host(a, text);
        control_dict_text(d, address_key, text);
        control_dict_u16(d, port_key, a->port);
}

static void add_info(ControlDict *d, const StreamInfo *i) {
        static const ControlField fields[] = {
                { "since_usec", offsetof(StreamInfo, since_usec) },
                { "idle_usec", offsetof(StreamInfo, idle_usec) },
                { "received", offsetof(StreamInfo, received) },
                { "bytes", offsetof(StreamInfo, bytes) },
        };

        control_dict_open(d);
        control_dict_u64(d, "id", i->id);
        control_dict_text(d, "listener", i->listener);
        control_dict_text(d, "protocol", protocol_text(PROTOCOL_TCP));
        add_address(d, "peer_address", "peer_port", &i->peer);
        add_address(d, "local_address", "local_port", &i->local);
        control_dict_text(d, "state", i->state);
        control_dict_fields(d, fields, ELEMENTSOF(fields), i);
        control_dict_close(d);
}

static void add_infos(const void *survey, ControlDict *d) {
        const ControlSurvey *s = survey;

        control_dict_open_list(d, "a{sv}");
        for (size_t i = 0; i < s->n_infos; i++)
                add_info(d, &s->infos[i]);
        control_dict_close(d);
}

static void add_unknown(const void *survey, ControlDict *d) {
        const ControlSurvey *s = survey;

        control_dict_open_list(d, "t");
        for (size_t i = 0; i < s->n_ids; i++)
                if (!s->found[i])
                        control_dict_add_u64(d, s->ids[i]);
        control_dict_close(d);
}

void control_query_reply(ControlQuery *q) {
        control_survey_close(&q->survey);
        (void)control_dict_reply(q->call, q->survey.infos ? add_infos : add_unknown, &q->survey);
}
