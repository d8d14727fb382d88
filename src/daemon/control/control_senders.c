/* SPDX-License-Identifier: MIT */
/* Names end in a number that counts up, so those of a few hundred connections differ in place. */

#include "daemon/control/control_senders.h"

#include "core/macro.h"
#include <string.h>
#include <systemd/sd-bus.h>

static size_t place_of(const char *name) {
        const char *number = strrchr(name, '.');

        return number ? strtoul(number + 1, NULL, 10) % CONTROL_SENDERS_MAX : 0;
}

/* On the control socket, the sender that a message names is only what the peer claims. */
static int ask(sd_bus_message *call, uid_t *ret) {
        sd_bus *bus = sd_bus_message_get_bus(call);
        sd_bus_creds *creds = NULL;
        int r = sd_bus_is_bus_client(bus) > 0
                        ? sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, &creds)
                        : sd_bus_get_owner_creds(bus, SD_BUS_CREDS_EUID, &creds);

        if (r >= 0)
                r = sd_bus_creds_get_euid(creds, ret);
        (void)sd_bus_creds_unref(creds);
        return r;
}

int control_senders_uid(ControlSenders *s, sd_bus_message *call, uid_t *ret) {
        const char *name = sd_bus_message_get_sender(call);
        size_t place;
        int r;

        if (sd_bus_is_bus_client(sd_bus_message_get_bus(call)) <= 0 || !name ||
            strlen(name) > CONTROL_SENDERS_NAME_MAX)
                return ask(call, ret);

        place = place_of(name);
        if (strcmp(s->known[place].name, name) == 0) {
                *ret = s->known[place].uid;
                return 0;
        }

        r = ask(call, ret);
        if (r >= 0) {
                (void)stpcpy(s->known[place].name, name);
                s->known[place].uid = *ret;
        }
        return r;
}

void control_senders_forget(ControlSenders *s) {
        *s = (ControlSenders){ 0 };
}

bool control_senders_privileged(uid_t uid) {
        return uid == 0 || uid == getuid();
}
