/* SPDX-License-Identifier: MIT */
/*
 * What peers may use of the whole server: streams, in total and per peer, at once and per second,
 * and memory for partial messages and unread receipts. One per server, shared by all workers;
 * thread-safe.
 */
#pragma once

#include "core/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Admission Admission;
typedef struct ConfigLimits ConfigLimits;
typedef struct MailboxGroup MailboxGroup;

typedef enum AdmissionVerdict {
        ADMISSION_ADMITTED,
        ADMISSION_PEER_FULL, /* limits.connections_per_peer */
        ADMISSION_PEER_FAST, /* limits.connection_rate_per_peer */
        ADMISSION_FULL,      /* limits.connections */
        ADMISSION_FAST,      /* limits.connection_rate */
        ADMISSION_NO_MEMORY,
} AdmissionVerdict;

/* WORKERS (borrowed) get MAIL_ACCEPT when a place becomes free. NULL: out of memory. */
Admission *admission_new(const ConfigLimits *limits, MailboxGroup *workers);
Admission *admission_free(Admission *a);
/* Changes the limits, while no worker runs. */
void admission_change(Admission *a, const ConfigLimits *limits);

/* Whether there is a place for one more stream. */
bool admission_has_place(Admission *a);
/* Takes one until admission_give_back(), before a stream is accepted. Returns false: there is none. */
bool admission_take_place(Admission *a);
/*
 * Returns how many streams limits.connection_rate permits now; or 0, and after how many microseconds
 * it permits one.
 */
uint64_t admission_left(Admission *a, uint64_t now_usec, uint64_t *ret_wait_usec);
/* Of a stream that has a place. Unless ADMITTED, that is to be given back with PEER NULL. */
AdmissionVerdict admission_decide(Admission *a, const Address *peer, uint64_t now_usec);
/* Its two steps, for a stream whose client is known later only. */
void admission_note_accepted(Admission *a, uint64_t now_usec);
AdmissionVerdict admission_decide_client(Admission *a, const Address *client, uint64_t now_usec);
/* Describes a verdict other than ADMITTED. */
#define ADMISSION_REASON_MAX 64
void admission_format_reason(const Admission *a, AdmissionVerdict v,
                             char buf[static ADMISSION_REASON_MAX]);
/* PEER: NULL if only the place is taken. */
void admission_give_back(Admission *a, const Address *peer);
uint64_t admission_streams(Admission *a);
/* A number for a stream: from 1, never reused. */
uint64_t admission_next_id(Admission *a);

/* Adds DELTA bytes of partial messages, of unread receipts. Returns true if over their limit. */
bool admission_add_partial(Admission *a, int64_t delta);
bool admission_add_unsent(Admission *a, int64_t delta);
bool admission_partial_is_over(Admission *a);
/*
 * The share of partial messages is also that of TLS streams, but for a quarter. Adds DELTA bytes of
 * them; how many of SIZE bytes there is room for.
 */
void admission_add_tls(Admission *a, int64_t delta);
uint64_t admission_tls_left(Admission *a, size_t size);
/* None of them: so it must be once no stream is left. */
bool admission_holds_nothing(Admission *a);
