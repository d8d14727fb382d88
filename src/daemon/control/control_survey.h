/* SPDX-License-Identifier: MIT */
/* What a worker does for a query in its own thread (inquiry.h), where nothing is allocated. */
#pragma once

#include "core/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_SURVEY_NAME_MAX 32
/* As those of tls_peer.h. */
#define CONTROL_SURVEY_PEER_NAME_MAX 128
#define CONTROL_SURVEY_FINGERPRINT_MAX 64
#define CONTROL_SURVEY_TLS_MAX 16
#define CONTROL_SURVEY_CIPHER_MAX 47

typedef struct StreamInfo {
        uint64_t id, since_usec, idle_usec, received, bytes;
        Address peer, local, via; /* VIA: of the proxy; zero: none */
        const char *protocol, *state;
        char listener[CONTROL_SURVEY_NAME_MAX + 1];
        /* Of its certificate, the name escaped, and of its TLS; "": none. */
        char peer_name[CONTROL_SURVEY_PEER_NAME_MAX + 1];
        char peer_fingerprint[CONTROL_SURVEY_FINGERPRINT_MAX + 1];
        char tls[CONTROL_SURVEY_TLS_MAX + 1], tls_cipher[CONTROL_SURVEY_CIPHER_MAX + 1];
} StreamInfo;

typedef struct ControlSurvey {
        /* to list: the MAX lowest ids above AFTER; infos is NULL otherwise */
        StreamInfo *infos; /* owned; room for 2 * MAX + 1 */
        size_t n_infos, max;
        uint64_t after, before; /* BEFORE: MAX lower ones were found already */
        /* to disconnect: ids in ascending order, each found or not; owned */
        uint64_t *ids;
        bool *found;
        size_t n_ids, n_found;
} ControlSurvey;

/* Room for up to MAX streams. Returns 0 or -ENOMEM. */
int control_survey_init_list(ControlSurvey *s, uint64_t after, uint32_t max);
/* Copies the ids. Returns 0 or -ENOMEM. */
int control_survey_init_disconnect(ControlSurvey *s, const uint64_t *ids, size_t n);
void control_survey_done(ControlSurvey *s);

/* An InquiryAsk: a Worker and a ControlSurvey. */
void control_survey_ask(void *worker, void *survey);
/* After all were asked: sorts the result and cuts it to MAX. */
void control_survey_close(ControlSurvey *s);
