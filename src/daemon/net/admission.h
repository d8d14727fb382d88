/* SPDX-License-Identifier: MIT */
/*
 * What peers may use of the whole server: open streams, streams per peer, memory for partial messages
 * and for receipts that are not read. One per server, shared by all workers; thread-safe.
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
/* Other limits, while no worker runs. */
void admission_change(Admission *a, const ConfigLimits *limits);

/*
 * There is a place for one more stream. Several workers may get this answer at once, so the limit
 * can be exceeded by one per worker.
 */
bool admission_has_place(Admission *a);
/* Admitted: the place is taken, until admission_give_back(). */
AdmissionVerdict admission_decide(Admission *a, const Address *peer);
void admission_give_back(Admission *a, const Address *peer);
uint64_t admission_streams(Admission *a);
/* A number for a stream, from 1, never used again. */
uint64_t admission_next_id(Admission *a);

/*
 * Adds DELTA (may be negative) bytes of partial messages, of receipts that are not read. Returns true
 * when they hold more than they may.
 */
bool admission_add_partial(Admission *a, int64_t delta);
bool admission_add_unsent(Admission *a, int64_t delta);
