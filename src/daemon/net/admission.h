/* SPDX-License-Identifier: MIT */
/*
 * What peers may use of the whole server: streams, in total and per peer, and memory for partial
 * messages and unread receipts. One per server, shared by all workers; thread-safe.
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
        ADMISSION_NO_MEMORY,
} AdmissionVerdict;

/* WORKERS (borrowed) get MAIL_ACCEPT when a place becomes free. NULL: out of memory. */
Admission *admission_new(const ConfigLimits *limits, MailboxGroup *workers);
Admission *admission_free(Admission *a);
/* Changes the limits, while no worker runs. */
void admission_change(Admission *a, const ConfigLimits *limits);

/*
 * Whether there is a place for one more stream. Several workers may see it at once: the limit can
 * be exceeded by one per worker.
 */
bool admission_has_place(Admission *a);
/* ADMITTED: the place is taken until admission_give_back(). */
AdmissionVerdict admission_decide(Admission *a, const Address *peer);
/* limits.connections_per_peer */
uint64_t admission_peer_max(const Admission *a);
void admission_give_back(Admission *a, const Address *peer);
uint64_t admission_streams(Admission *a);
/* A number for a stream: from 1, never reused. */
uint64_t admission_next_id(Admission *a);

/* Adds DELTA bytes of partial messages, of unread receipts. Returns true if over their limit. */
bool admission_add_partial(Admission *a, int64_t delta);
bool admission_add_unsent(Admission *a, int64_t delta);
bool admission_partial_is_over(Admission *a);
/* Neither of them: so it must be once no stream is left. */
bool admission_holds_nothing(Admission *a);
