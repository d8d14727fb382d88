/* SPDX-License-Identifier: MIT */
/*
 * Calls to the running sockd, over its control socket or the system bus. Whatever fails is printed
 * here, in one line.
 */
#pragma once

#include "core/macro.h"
#include "ctl/command.h"
#include <systemd/sd-bus.h>

#define _cleanup_bus_ _cleanup_(sd_bus_close_unrefp)
#define _cleanup_message_ _cleanup_(sd_bus_message_unrefp)

#define BUS_TIMEOUT_USEC (5 * USEC_PER_SEC) /* for calls that sockd answers immediately */

/* A call that is pending or answered. */
typedef struct BusCall {
        const char *method;
        sd_bus_message *answer; /* owned reference; NULL while pending */
        sd_bus_slot *slot;
} BusCall;

/*
 * Connects to the control socket of the instance; where nobody listens there, to the system bus.
 * TIMEOUT_USEC: how long each call waits for its answer. Where --config names a file, asks which one
 * this sockd reads. Returns STATUS_OK; STATUS_NO_BUS; STATUS_USAGE if it reads another file; or as
 * bus_call().
 */
Status bus_open(const Global *global, uint64_t timeout_usec, sd_bus **ret);

/*
 * Calls a method of org.sockd1.Manager; TYPES and what follows as for sd_bus_call_method(3). Returns
 * STATUS_OK and the answer, STATUS_NOT_RUNNING, STATUS_NO_BUS when nobody answers, or STATUS_FAILED.
 */
Status bus_call(sd_bus *bus, const char *method, sd_bus_message **ret, const char *types, ...);
/* The same for a message that the caller has built. */
Status bus_call_message(sd_bus *bus, sd_bus_message *call, sd_bus_message **ret);
Status bus_new_call(sd_bus *bus, const char *method, sd_bus_message **ret);
/* METHOD: "Get", or "Set", to which the caller appends the value. */
Status bus_new_property_call(sd_bus *bus, const char *method, const char *property,
                             sd_bus_message **ret);
/*
 * Sends all calls, which take no arguments, before waiting for the first answer: on a busy machine
 * each round trip costs several scheduler turns. Returns as bus_call() does; on STATUS_OK each call
 * has its answer. The caller calls bus_calls_done() in any case.
 */
Status bus_call_all(sd_bus *bus, BusCall calls[], size_t n);
void bus_calls_done(BusCall calls[], size_t n);
/* Prints that an answer could not be parsed; ERROR: negative errno. Returns STATUS_FAILED. */
Status bus_bad_answer(int error);
/* Prints ERROR, the result of a call on BUS, and returns the exit status for it. */
Status bus_explain(sd_bus *bus, const sd_bus_error *error);
