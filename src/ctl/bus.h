/* SPDX-License-Identifier: MIT */
/* The way to the running sockd. What goes wrong is printed here, in one line. */
#pragma once

#include "core/macro.h"
#include "ctl/command.h"
#include <systemd/sd-bus.h>

#define _cleanup_bus_ _cleanup_(sd_bus_close_unrefp)
#define _cleanup_message_ _cleanup_(sd_bus_message_unrefp)

#define BUS_TIMEOUT_USEC (5 * USEC_PER_SEC) /* for what sockd answers at once */

/* A call that is under way, or answered. */
typedef struct BusCall {
        const char *method;
        sd_bus_message *answer; /* a reference */
        sd_bus_slot *slot;
} BusCall;

/* TIMEOUT_USEC: how long each call waits for its answer. Returns STATUS_OK or STATUS_NO_BUS. */
Status bus_open(uint64_t timeout_usec, sd_bus **ret);

/*
 * Calls a method of org.sockd1.Manager; TYPES and what follows as for sd_bus_call_method(3). Returns
 * STATUS_OK and the answer, STATUS_NOT_RUNNING, STATUS_NO_BUS when nobody answers, or STATUS_FAILED.
 */
Status bus_call(sd_bus *bus, const char *method, sd_bus_message **ret, const char *types, ...);
/* The same for a call that the caller has made. */
Status bus_call_message(sd_bus *bus, sd_bus_message *call, sd_bus_message **ret);
Status bus_new_call(sd_bus *bus, const char *method, sd_bus_message **ret);
/* "Get" or "Set" of a property; the value to set is still to be appended. */
Status bus_new_property_call(sd_bus *bus, const char *method, const char *property,
                             sd_bus_message **ret);
/*
 * Calls methods without arguments, all at once, before the bus has said hello: on a busy machine each
 * way there and back costs turns of the scheduler. Returns as bus_call() does; with STATUS_OK each
 * has its answer. The caller frees them in any case.
 */
Status bus_call_all(sd_bus *bus, BusCall calls[], size_t n);
void bus_calls_done(BusCall calls[], size_t n);
/* Says why the answer could not be read. Returns STATUS_FAILED. */
Status bus_bad_answer(int error);
/* ERROR as the result of a call. */
Status bus_explain(const sd_bus_error *error);
