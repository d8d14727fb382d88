/* SPDX-License-Identifier: MIT */
/* Asks the kernel each time: that is cheap, and netlink(7) would tell of every other change too. */

#include "daemon/net/listener_look.h"

#include "config/config.h"
#include "core/macro.h"
#include "core/transport.h"
#include "daemon/base/log.h"
#include "daemon/net/binding.h"
#include "daemon/net/listener_set.h"
#include "daemon/net/listener_socket.h"
#include "daemon/net/listener_tls.h"
#include "daemon/net/membership.h"
#include "daemon/net/socket.h"
#include <errno.h>
#include <string.h>

static ListenerLook more_urgent(ListenerLook a, ListenerLook b) {
        return MAX(a, b);
}

static const ListenerSocket *first_serving(const Listener *l) {
        for (const ListenerSocket *s = l->sockets; s; s = s->next)
                if (!s->leaving)
                        return s;

        return NULL;
}

/* An interface that has gone may be there again with another number. */
static ListenerLook look_at_device(const Listener *l, char waits[static LISTENER_WAITS_MAX]) {
        const ListenerSocket *s = first_serving(l);
        const uint32_t bound = s ? s->device : 0;
        Binding b;
        int r = binding_get(l->config, &b);

        if ((r < 0 && r != -ENODEV) || !*b.device)
                return LISTENER_LOOK_NEVER;
        if (r == -ENODEV)
                (void)snprintf(waits, LISTENER_WAITS_MAX, "interface %s", b.device);
        return bound == b.index ? LISTENER_LOOK_LATER : LISTENER_LOOK_REOPEN;
}

static ListenerLook look_at_address(const ListenerSocket *s,
                                    char waits[static LISTENER_WAITS_MAX]) {
        char text[ADDRESS_TEXT_MAX];

        if (!transport_has_address(s->at.protocol) || !socket_is_early(s->fd, &s->at.address))
                return LISTENER_LOOK_NEVER;
        if (!*waits && !socket_address_exists(&s->at.address)) {
                (void)address_format_host(&s->at.address, text);
                (void)snprintf(waits, LISTENER_WAITS_MAX, "%s, which no interface has", text);
        }
        return LISTENER_LOOK_LATER;
}

static ListenerLook look_at_sockets(const Listener *l, char waits[static LISTENER_WAITS_MAX]) {
        ListenerLook look = LISTENER_LOOK_NEVER;
        bool again = false;

        for (ListenerSocket *s = l->sockets; s; s = s->next) {
                if (s->leaving)
                        continue;
                look = more_urgent(look, look_at_address(s, waits));
                if (l->config->groups.n == 0)
                        continue;
                again |= membership_join(s, l->config, waits, LISTENER_WAITS_MAX);
                look = more_urgent(look, LISTENER_LOOK_LATER);
        }
        if (again)
                (void)log_event(EVENT_LISTENER_COMPLETE, l->config->name, LOG_NOTICE, 0,
                                "listener %s: joined groups again, on another interface",
                                l->config->name);
        return look;
}

/* One line when it begins to wait, or for something else, and one at the end. */
static void note(Listener *l, const char waits[static LISTENER_WAITS_MAX]) {
        const char *name = l->config->name;

        if (strcmp(waits, l->waits) == 0)
                return;

        if (*waits)
                (void)log_event(EVENT_LISTENER_WAITS, name, LOG_WARNING, 0,
                                "listener %s: waits for %s", name, waits);
        else
                (void)log_event(EVENT_LISTENER_COMPLETE, name, LOG_NOTICE, 0,
                                "listener %s: no longer waits for %s", name, l->waits);
        memcpy(l->waits, waits, sizeof(l->waits));
}

static ListenerLook look_at(Listener *l, bool by_unit) {
        char waits[LISTENER_WAITS_MAX] = "";
        ListenerLook look = by_unit ? LISTENER_LOOK_NEVER : look_at_device(l, waits);

        if (look == LISTENER_LOOK_REOPEN && !*waits)
                return look; /* it waits until that is done */

        look = more_urgent(look, look_at_sockets(l, waits));
        if (listener_tls_look(l))
                look = more_urgent(look, LISTENER_LOOK_LATER);
        note(l, waits);
        return *waits ? more_urgent(look, LISTENER_LOOK_SOON) : look;
}

ListenerLook listener_look(ListenerSet *set) {
        ListenerLook look = LISTENER_LOOK_NEVER;

        for (size_t i = 0; i < set->n_listeners; i++)
                look = more_urgent(look, look_at(set->listeners[i], set->by_unit));
        return look;
}
