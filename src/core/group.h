/* SPDX-License-Identifier: MIT */
/* A multicast group as it is written in the settings: "239.1.1.1", "ff02::114%eth0". */
#pragma once

#include "core/address.h"
#include <net/if.h>

typedef struct Group {
        Address address;          /* without port and scope */
        char device[IF_NAMESIZE]; /* the interface to join it on; "": not said */
} Group;

/* Returns 0, or -EINVAL if it is not a group, with or without the name of an interface. */
int group_parse(const char *text, Group *ret);
