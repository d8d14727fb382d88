/* SPDX-License-Identifier: MIT */
/* A link-local address is bound to its interface like a listener with the key "interface". */

#include "daemon/net/binding.h"

#include "config/config.h"
#include "core/device.h"
#include <errno.h>
#include <string.h>

int binding_get(const ConfigListener *c, Binding *ret) {
        const char *device = c->interface, *scope;
        Binding b = { .local.port = c->port };
        int r;

        if (strcmp(c->address, "*") != 0) {
                r = address_parse_host(c->address, c->port, &b.local, &scope);
                if (r < 0)
                        return r;
                /* The interface of any other group is only that to join it on. */
                if (scope && address_has_scope(&b.local))
                        device = scope;
        }
        (void)strncat(b.device, device, sizeof(b.device) - 1);
        if (*b.device)
                b.index = device_index(b.device);
        if (address_has_scope(&b.local))
                b.local.scope_id = b.index;
        *ret = b;
        return *b.device && b.index == 0 ? -ENODEV : 0;
}
