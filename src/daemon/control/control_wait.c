/* SPDX-License-Identifier: MIT */
/* A vector: few calls wait at any time. */

#include "daemon/control/control_wait.h"

#include "core/escape.h"
#include "core/macro.h"
#include <string.h>
#include <systemd/sd-bus.h>

int control_wait_add(ControlWait *w, sd_bus_message *call, uint64_t number) {
        if (w->n == CONTROL_WAIT_MAX)
                return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                                  "too many calls of this kind wait already");

        w->calls[w->n].call = sd_bus_message_ref(call);
        w->calls[w->n].number = number;
        w->n++;
        return 1;
}

/* The bus accepts UTF-8 only; newlines are kept. NULL: out of memory. */
static char *escape_lines(const char *text) {
        char *escaped = malloc(ESCAPE_TEXT_MAX(strlen(text)) + 1), *end = escaped;

        while (escaped && *text) {
                size_t n = strcspn(text, "\n");

                end += escape_terminal(end, text, n);
                text += n;
                if (*text)
                        *end++ = *text++;
        }
        if (escaped)
                *end = '\0';
        return escaped;
}

/* Lost if the caller is gone. */
static void send_answer(sd_bus_message *call, const char *error, const char *text) {
        _cleanup_free_ char *escaped = error ? escape_lines(text) : NULL;

        if (error)
                (void)sd_bus_reply_method_errorf(call, error, "%s",
                                                 escaped ? escaped : "out of memory");
        else
                (void)sd_bus_reply_method_return(call, NULL);
        (void)sd_bus_message_unref(call);
}

void control_wait_answer(ControlWait *w, uint64_t number, const char *error, const char *text) {
        unsigned left = 0;

        for (unsigned i = 0; i < w->n; i++)
                if (w->calls[i].number <= number)
                        send_answer(w->calls[i].call, error, text);
                else
                        w->calls[left++] = w->calls[i];
        w->n = left;
}
