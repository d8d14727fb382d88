/* SPDX-License-Identifier: MIT */
/* netdevice(7) */

#include "core/device.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

bool device_is_name(const char *name) {
        size_t n = strlen(name);

        for (const char *p = name; *p; p++)
                if (*p <= ' ' || *p > '~' || *p == '/' || *p == ':' || *p == '%')
                        return false;

        return n > 0 && n < IF_NAMESIZE && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

uint32_t device_index(const char *name) {
        uint32_t index = if_nametoindex(name);
        char ignored[IF_NAMESIZE];

        if (index > 0 || name[strspn(name, "0123456789")] != '\0')
                return index;

        index = (uint32_t)strtoul(name, NULL, 10);
        return if_indextoname(index, ignored) ? index : 0;
}
