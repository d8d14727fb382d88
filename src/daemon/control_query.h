/* SPDX-License-Identifier: MIT */
/* One call about streams: what was asked, and what the workers have answered so far. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ControlQuery ControlQuery;
typedef struct StreamInfo StreamInfo;
typedef struct sd_bus_message sd_bus_message;

struct ControlQuery {
        ControlQuery *next;
        sd_bus_message *call; /* a reference */
        /* to list: the MAX streams with the lowest ids above AFTER; infos is NULL when not */
        StreamInfo *infos;
        size_t n_infos, max;
        uint64_t after, before; /* before: MAX lower ones were found */
        /* to disconnect: ids in ascending order, each found or not */
        uint64_t *ids;
        bool *found;
        size_t n_ids, n_found;
};

/* Made from the arguments of CALL. Return 0 or negative errno. */
int control_query_new_list(sd_bus_message *call, ControlQuery **ret);
int control_query_new_disconnect(sd_bus_message *call, ControlQuery **ret);
ControlQuery *control_query_free(ControlQuery *q);

/* An InquiryAsk, for a ControlQuery. */
void control_query_ask(void *worker, void *userdata);
/* Sends the answer, once all workers were asked. Returns as sd_bus_send(3). */
int control_query_reply(ControlQuery *q);
