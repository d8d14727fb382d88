/* SPDX-License-Identifier: MIT */
/* From the keys of a listener to an endpoint. */

#include "daemon/net/binding.h"

#include "config/config.h"
#include "core/device.h"
#include "core/transport.h"
#include <errno.h>
#include <linux/vm_sockets.h>
#include <string.h>

/* A link-local address is bound to its interface like a listener with the key "interface". */
static int get_address(const ConfigListener *c, Binding *b) {
        Address *a = &b->at.address;
        const char *device = c->interface, *scope;
        int r;

        a->port = (uint16_t)c->port;
        if (strcmp(c->address, "*") != 0) {
                r = address_parse_host(c->address, a->port, a, &scope);
                if (r < 0)
                        return r;
                /* The interface of any other group is only that to join it on. */
                if (scope && address_has_scope(a))
                        device = scope;
        }
        (void)strncat(b->device, device, sizeof(b->device) - 1);
        if (*b->device)
                b->index = device_index(b->device);
        if (address_has_scope(a))
                a->scope_id = b->index;
        return *b->device && b->index == 0 ? -ENODEV : 0;
}

int binding_get(const ConfigListener *c, Binding *ret) {
        Binding b = { .at.protocol = c->protocol };
        int r = 0;

        switch (transport_of(c->protocol)->place) {
        case TRANSPORT_PORT:
                r = get_address(c, &b);
                break;
        case TRANSPORT_HOST:
                r = get_address(c, &b);
                b.at.address.port = 0;
                b.at.ip_protocol = (uint8_t)c->ip_protocol;
                break;
        case TRANSPORT_PATH:
                b.at.address.family = AF_UNIX;
                endpoint_set_path(&b.at, c->path);
                break;
        case TRANSPORT_CID:
                b.at.address.family = AF_VSOCK;
                b.at.address.machine = (AddressMachine){ c->cid,
                                                         c->port > 0 ? c->port : VMADDR_PORT_ANY };
                break;
        }
        *ret = b;
        return r;
}
