/* SPDX-License-Identifier: MIT */
/* MCAST_JOIN_GROUP of ip(7), which IPv6 has too. */

#include "daemon/net/membership.h"

#include "config/config.h"
#include "core/device.h"
#include "core/group.h"
#include "daemon/net/listener_socket.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static_assert(MEMBERSHIPS_MAX == CONFIG_GROUPS_MAX, "one each");

static int set_membership(const ListenerSocket *s, int option, const Group *g, uint32_t index) {
        const int level = s->at.address.family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
        struct group_req request = { .gr_interface = index };

        (void)address_to_sockaddr(&g->address, &request.gr_group);
        return setsockopt(s->fd, level, option, &request, sizeof(request)) < 0 ? -errno : 0;
}

/* What has gone with its interface cannot be left, and needs not. */
static void leave(ListenerSocket *s, size_t i, const Group *g) {
        (void)set_membership(s, MCAST_LEAVE_GROUP, g, s->memberships.index[i]);
        s->memberships.joined &= ~(UINT64_C(1) << i);
}

static bool is_joined(const ListenerSocket *s, size_t i) {
        return s->memberships.joined >> i & 1;
}

/*
 * A route may lead to another interface by now, or to a new one of the same name: then joining
 * succeeds a second time, and what was joined before is left. Returns 1 then.
 */
static int join(ListenerSocket *s, size_t i, const Group *g, uint32_t index) {
        bool again = false;
        int r = set_membership(s, MCAST_JOIN_GROUP, g, index);

        if (r >= 0 && is_joined(s, i)) {
                again = true;
                while (set_membership(s, MCAST_LEAVE_GROUP, g, index) >= 0)
                        ;
                r = set_membership(s, MCAST_JOIN_GROUP, g, index);
        }
        return r < 0 && r != -EADDRINUSE ? r : again;
}

/* DEVICE: "": the route decides. Returns 1 if it was joined through another interface before. */
static int rejoin(ListenerSocket *s, size_t i, const Group *g, const char *device) {
        const uint32_t index = *device ? device_index(device) : 0;
        const bool other = is_joined(s, i) && s->memberships.index[i] != index;
        int r;

        if (other)
                leave(s, i, g);
        if (*device && index == 0)
                return -ENODEV;

        r = join(s, i, g, index);
        if (r < 0)
                return r;

        s->memberships.joined |= UINT64_C(1) << i;
        s->memberships.index[i] = index;
        return r > 0 || other;
}

static void describe(const Group *g, const char *device, int error, char *ret, size_t size) {
        char text[ADDRESS_TEXT_MAX];

        (void)address_format_host(&g->address, text);
        if (error == -ENODEV)
                (void)snprintf(ret, size, *device ? "interface %s" : "a route to %s",
                               *device ? device : text);
        else
                (void)snprintf(ret, size, "group %s (%s%s)", text, strerrordesc_np(-error),
                               error == -ENOBUFS && g->address.family == AF_INET
                                       ? "; raise net.ipv4.igmp_max_memberships"
                                       : "");
}

bool membership_join(ListenerSocket *s, const ConfigListener *c, char *waits, size_t size) {
        bool again = false;

        for (size_t i = 0; i < c->groups.n; i++) {
                const char *device;
                Group g;
                int r;

                if (group_parse(c->groups.items[i], &g) < 0 ||
                    g.address.family != s->at.address.family)
                        continue;

                device = *g.device ? g.device : c->interface;
                r = rejoin(s, i, &g, device);
                again = again || r > 0;
                if (r < 0 && !*waits)
                        describe(&g, device, r, waits, size);
        }
        return again;
}

static bool find(const ConfigStrings *strings, const char *text, size_t *ret) {
        for (size_t i = 0; i < strings->n; i++)
                if (strcmp(strings->items[i], text) == 0) {
                        *ret = i;
                        return true;
                }

        return false;
}

void membership_change(ListenerSocket *s, const ConfigStrings *before, const ConfigStrings *after) {
        Memberships next = { 0 };

        for (size_t i = 0; i < before->n; i++) {
                size_t j;
                Group g;

                if (!is_joined(s, i) || group_parse(before->items[i], &g) < 0)
                        continue;
                if (!find(after, before->items[i], &j)) {
                        leave(s, i, &g);
                        continue;
                }
                next.joined |= UINT64_C(1) << j;
                next.index[j] = s->memberships.index[i];
        }
        s->memberships = next;
}
