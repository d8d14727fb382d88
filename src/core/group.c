/* SPDX-License-Identifier: MIT */
/* Parsing: whether the interface exists is not asked. */

#include "core/group.h"

#include "core/device.h"
#include <errno.h>
#include <string.h>

int group_parse(const char *text, Group *ret) {
        const char *device;
        Group g = { 0 };

        if (address_parse_host(text, 0, &g.address, &device) < 0 ||
            !address_is_multicast(&g.address))
                return -EINVAL;

        if (device) {
                if (!device_is_name(device))
                        return -EINVAL;
                (void)stpcpy(g.device, device); /* it fits: it is a name */
        }
        *ret = g;
        return 0;
}
