/* SPDX-License-Identifier: MIT */
/* One table says what each error means for whoever has typed a command. */

#include "ctl/bus.h"

#include "core/bus_names.h"
#include "ctl/print.h"
#include <string.h>

#define TIMEOUT_USEC (5 * USEC_PER_SEC)

typedef struct Explanation {
        const char *error; /* its name on the bus */
        Status status;
        const char *text; /* NULL: what came with it */
} Explanation;

static const Explanation explanations[] = {
        { SD_BUS_ERROR_SERVICE_UNKNOWN, STATUS_NOT_RUNNING, "sockd is not running" },
        { SD_BUS_ERROR_NAME_HAS_NO_OWNER, STATUS_NOT_RUNNING, "sockd is not running" },
        { SD_BUS_ERROR_ACCESS_DENIED, STATUS_FAILED, "permission denied: only root may do that" },
        { SD_BUS_ERROR_NO_REPLY, STATUS_NO_BUS, "sockd does not answer" },
        { SD_BUS_ERROR_TIMEOUT, STATUS_NO_BUS, "sockd does not answer" },
        { SD_BUS_ERROR_DISCONNECTED, STATUS_NO_BUS, "the system bus is gone" },
        { SD_BUS_ERROR_FILE_NOT_FOUND, STATUS_NO_BUS, "there is no system bus" },
        { "System.Error.ECONNREFUSED", STATUS_NO_BUS, "the system bus does not answer" },
        { "System.Error.ECONNRESET", STATUS_NO_BUS, "the system bus is gone" },
        { "System.Error.ENOTCONN", STATUS_NO_BUS, "the system bus is gone" },
};

Status bus_open(sd_bus **ret) {
        int r = sd_bus_open_system(ret);

        if (r < 0) {
                print_error("cannot reach the system bus: %s", strerrordesc_np(-r));
                return STATUS_NO_BUS;
        }
        return STATUS_OK;
}

/* Each line of TEXT is one of ours. */
static void print_lines(const char *text) {
        while (*text) {
                size_t n = strcspn(text, "\n");

                if (n > 0)
                        print_error("%.*s", (int)n, text);
                text += n + (text[n] == '\n');
        }
}

Status bus_explain(const sd_bus_error *error) {
        for (size_t i = 0; i < ELEMENTSOF(explanations); i++)
                if (sd_bus_error_has_name(error, explanations[i].error)) {
                        print_error("%s", explanations[i].text);
                        return explanations[i].status;
                }

        print_lines(error->message && *error->message ? error->message : error->name);
        return STATUS_FAILED;
}

Status bus_bad_answer(int error) {
        print_error("cannot understand what sockd answers: %s", strerrordesc_np(-error));
        return STATUS_FAILED;
}

Status bus_new_call(sd_bus *bus, const char *method, sd_bus_message **ret) {
        int r = sd_bus_message_new_method_call(bus, ret, BUS_NAME, BUS_PATH, BUS_INTERFACE, method);

        if (r >= 0)
                r = sd_bus_message_set_auto_start(*ret, false);
        return r < 0 ? bus_bad_answer(r) : STATUS_OK;
}

Status bus_call_message(sd_bus *bus, sd_bus_message *call, uint64_t timeout_usec,
                        sd_bus_message **ret) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        Status status = STATUS_OK;

        if (sd_bus_call(bus, call, timeout_usec, &error, ret) < 0)
                status = bus_explain(&error);
        sd_bus_error_free(&error);
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
        return r < 0 ? bus_bad_answer(r) : bus_call_message(bus, call, TIMEOUT_USEC, ret);
}
