/* SPDX-License-Identifier: MIT */
/* The rules of "address", "interface" and "groups", which depend on each other. */
#include "config/check_address.h"

#include <errno.h>
#include <string.h>

#include "config/check_impl.h"
#include "config/config.h"
#include "core/address.h"
#include "core/device.h"
#include "core/group.h"
#include "core/transport.h"

static bool has_interface(const ConfigListener *l) {
        return l->interface && *l->interface;
}

static bool has_group(const ConfigListener *l, const Group *g) {
        Group other;

        for (size_t i = 0; i < l->groups.n; i++)
                if (group_parse(l->groups.items[i], &other) == 0 &&
                    address_same_host(&other.address, &g->address))
                        return true;

        return false;
}

/* A group as address is joined as if the list had it. */
static void check_group_address(const Check *check, ConfigListener *l, const Group *g) {
        if (protocol_is_known(l->protocol) && !transport_has_groups(l->protocol))
                complain(check, "address",
                         "\"%.*s\" is a multicast group, only for protocol \"udp\"",
                         PROBLEM_VALUE_MAX, l->address);
        else if (address_has_scope(&g->address) && !*g->device && !has_interface(l))
                complain(check, "address",
                         "a link-local group requires its interface, as in \"%s%%eth0\"",
                         l->address);
        else if (l->groups.n > 0 && !has_group(l, g))
                complain(check, "address", "must be \"*\" or one of groups");
        else if (l->groups.n == 0 && config_strings_add(&l->groups, l->address) < 0)
                check->problems->out_of_memory = true;
}

static void check_bound(const Check *check, ConfigListener *l) {
        const char *scope = l->address ? strchr(l->address, '%') : NULL;
        Address ignored;
        Group g;
        int r;

        if (!l->address && l->groups.n > 0 && !is_set(check, "address"))
                complain(check, "address", "must be \"*\" or one of groups");
        if (!l->address || strcmp(l->address, "*") == 0)
                return;
        if (group_parse(l->address, &g) == 0) {
                check_group_address(check, l, &g);
                return;
        }

        r = address_parse(l->address, 0, &ignored);
        if (r == -ENODEV && device_is_name(scope + 1))
                r = 0; /* it may come later */
        if (r < 0)
                complain(check, "address",
                         "must be a numeric IPv4 or IPv6 address or \"*\", not \"%.*s\"",
                         PROBLEM_VALUE_MAX, l->address);
        else if (l->groups.n > 0)
                complain(check, "address", "must be \"*\" or one of groups");
        else if (scope && has_interface(l))
                complain(check, "interface", "the address has one already");
}

static void check_interface(const Check *check, const ConfigListener *l) {
        if (has_interface(l) && !device_is_name(l->interface))
                complain(check, "interface", "must be the name of an interface, not \"%.*s\"",
                         PROBLEM_VALUE_MAX, l->interface);
}

static bool is_twice(const ConfigListener *l, size_t i) {
        for (size_t j = 0; j < i; j++)
                if (strcmp(l->groups.items[i], l->groups.items[j]) == 0)
                        return true;

        return false;
}

static void check_groups(const Check *check, const ConfigListener *l) {
        const config_setting_t *list = config_setting_get_member(check->group, "groups");

        for (size_t i = 0; i < l->groups.n; i++) {
                const char *text = l->groups.items[i];
                ProblemPlace place = place_at(config_setting_get_elem(list, (unsigned)i));
                Group g;

                if (group_parse(text, &g) < 0)
                        problem_add(check->problems, &place,
                                    "must be a multicast group such as \"239.1.1.1%%eth0\", not "
                                    "\"%.*s\"",
                                    PROBLEM_VALUE_MAX, text);
                else if (address_has_scope(&g.address) && !*g.device && !has_interface(l))
                        problem_add(check->problems, &place,
                                    "a link-local group requires its interface, as in \"%s%%eth0\"",
                                    text);
                else if (is_twice(l, i))
                        problem_add(check->problems, &place, "\"%s\" is already in the list", text);
        }
}

void check_address(const Check *check, ConfigListener *l) {
        check_interface(check, l);
        check_groups(check, l);
        check_bound(check, l);
}
