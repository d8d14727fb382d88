/* SPDX-License-Identifier: MIT */
/* Calls with a deadline; one table maps bus errors to an exit status and a message. */

#include "ctl/bus.h"

#include "core/bus_names.h"
#include "core/clock.h"
#include "ctl/print.h"
#include <errno.h>
#include <string.h>

typedef struct Explanation {
        const char *error; /* its name on the bus */
        Status status;
        const char *text; /* NULL: the message of the error itself */
} Explanation;

static const Explanation explanations[] = {
        { SD_BUS_ERROR_SERVICE_UNKNOWN, STATUS_NOT_RUNNING, "sockd is not running" },
        { SD_BUS_ERROR_NAME_HAS_NO_OWNER, STATUS_NOT_RUNNING, "sockd is not running" },
        { SD_BUS_ERROR_ACCESS_DENIED, STATUS_FAILED, "permission denied: only root may do that" },
        { SD_BUS_ERROR_INVALID_ARGS, STATUS_USAGE, NULL },
        { SD_BUS_ERROR_NO_REPLY, STATUS_NOT_RUNNING, "sockd exited before it answered" },
};

Status bus_open(uint64_t timeout_usec, sd_bus **ret) {
        int r = sd_bus_open_system(ret);

        if (r >= 0)
                r = sd_bus_set_method_call_timeout(*ret, timeout_usec);
        if (r < 0) {
                print_error("cannot reach the system bus: %s", strerrordesc_np(-r));
                return STATUS_NO_BUS;
        }
        return STATUS_OK;
}

/* Prints each line of TEXT as an error of its own. */
static void print_lines(const char *text) {
        while (*text) {
                size_t n = strcspn(text, "\n");

                if (n > 0)
                        print_error("%.*s", (int)n, text);
                text += n + (text[n] == '\n');
        }
}

Status bus_explain(const sd_bus_error *error) {
        const char *text = error->message && *error->message ? error->message : error->name;
        Status status = STATUS_FAILED;

        for (size_t i = 0; i < ELEMENTSOF(explanations); i++)
                if (sd_bus_error_has_name(error, explanations[i].error)) {
                        status = explanations[i].status;
                        text = explanations[i].text ? explanations[i].text : text;
                        break;
                }
        print_lines(text);
        return status;
}

/* The connection to the bus, not the call, has failed with ERROR, a negative errno. */
static Status connection_failed(int error) {
        switch (-error) {
        case ENOMEM:
                print_error("out of memory");
                return STATUS_FAILED;
        case ETIMEDOUT:
                print_error("sockd does not answer");
                break;
        case ECONNREFUSED:
                print_error("the system bus does not answer");
                break;
        case ECONNRESET:
        case ENOTCONN:
        case EPIPE:
                print_error("the system bus closed the connection");
                break;
        case ENOBUFS: /* a limit of the bus */
                print_error("the system bus accepts no more connections");
                break;
        default:
                print_error("cannot talk to the system bus: %s", strerrordesc_np(-error));
        }
        return STATUS_NO_BUS;
}

Status bus_bad_answer(int error) {
        print_error("cannot parse the answer of sockd: %s", strerrordesc_np(-error));
        return STATUS_FAILED;
}

static int new_call(sd_bus *bus, const char *interface, const char *method, sd_bus_message **ret) {
        int r = sd_bus_message_new_method_call(bus, ret, BUS_NAME, BUS_PATH, interface, method);

        return r < 0 ? r : sd_bus_message_set_auto_start(*ret, false);
}

Status bus_new_call(sd_bus *bus, const char *method, sd_bus_message **ret) {
        int r = new_call(bus, BUS_INTERFACE, method, ret);

        return r < 0 ? bus_bad_answer(r) : STATUS_OK;
}

Status bus_new_property_call(sd_bus *bus, const char *method, const char *property,
                             sd_bus_message **ret) {
        int r = new_call(bus, "org.freedesktop.DBus.Properties", method, ret);

        if (r >= 0)
                r = sd_bus_message_append(*ret, "ss", BUS_INTERFACE, property);
        return r < 0 ? bus_bad_answer(r) : STATUS_OK;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        BusCall *c = userdata;

        (void)unused;
        c->answer = sd_bus_message_ref(m);
        return 1;
}

/* sd-bus starts its own timeout only once the bus has answered Hello, so the deadline is kept here. */
static uint64_t deadline_of(sd_bus *bus) {
        uint64_t timeout = 0;

        (void)sd_bus_get_method_call_timeout(bus, &timeout); /* bus_open() has set it */
        return clock_monotonic() + timeout;
}

static Status start(sd_bus *bus, sd_bus_message *m, BusCall *c) {
        int r = sd_bus_call_async(bus, &c->slot, m, on_answer, c, UINT64_MAX);

        return r < 0 ? connection_failed(r) : STATUS_OK;
}

/* Returns 0 when the call is answered, or negative errno. */
static int wait_for_answer(sd_bus *bus, const BusCall *c, uint64_t deadline_usec) {
        while (!c->answer) {
                uint64_t now = clock_monotonic();
                int r = sd_bus_process(bus, NULL);

                if (r >= 0 && !c->answer && now >= deadline_usec)
                        return sd_bus_is_ready(bus) > 0 ? -ETIMEDOUT : -ECONNREFUSED;
                if (r == 0)
                        r = sd_bus_wait(bus, deadline_usec - now);
                if (r < 0 && r != -EINTR)
                        return r;
        }
        return sd_bus_is_open(bus) > 0 ? 0 : -ENOTCONN;
}

static Status finish(sd_bus *bus, const BusCall *c, uint64_t deadline_usec) {
        int r = wait_for_answer(bus, c, deadline_usec);
        const sd_bus_error *error = r < 0 ? NULL : sd_bus_message_get_error(c->answer);

        if (r < 0)
                return connection_failed(r);
        return error ? bus_explain(error) : STATUS_OK;
}

Status bus_call_message(sd_bus *bus, sd_bus_message *call, sd_bus_message **ret) {
        uint64_t deadline = deadline_of(bus);
        BusCall c = { 0 };
        Status status = start(bus, call, &c);

        if (status == STATUS_OK)
                status = finish(bus, &c, deadline);
        if (status == STATUS_OK)
                *ret = TAKE_PTR(c.answer);
        bus_calls_done(&c, 1);
        return status;
}

Status bus_call(sd_bus *bus, const char *method, sd_bus_message **ret, const char *types, ...) {
        _cleanup_message_ sd_bus_message *call = NULL;
        Status status = bus_new_call(bus, method, &call);
        va_list args;
        int r;

        if (status != STATUS_OK)
                return status;

        va_start(args, types);
        r = sd_bus_message_appendv(call, types, args);
        va_end(args);
        return r < 0 ? bus_bad_answer(r) : bus_call_message(bus, call, ret);
}

Status bus_call_all(sd_bus *bus, BusCall calls[], size_t n) {
        uint64_t deadline = deadline_of(bus);
        Status status = STATUS_OK;

        for (size_t i = 0; i < n && status == STATUS_OK; i++) {
                _cleanup_message_ sd_bus_message *m = NULL;

                status = bus_new_call(bus, calls[i].method, &m);
                if (status == STATUS_OK)
                        status = start(bus, m, &calls[i]);
        }
        for (size_t i = 0; i < n && status == STATUS_OK; i++)
                status = finish(bus, &calls[i], deadline);
        return status;
}

void bus_calls_done(BusCall calls[], size_t n) {
        for (size_t i = 0; i < n; i++) {
                (void)sd_bus_slot_unref(calls[i].slot);
                (void)sd_bus_message_unref(calls[i].answer);
        }
}
