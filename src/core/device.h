/* SPDX-License-Identifier: MIT */
/* Network interfaces as they are named in settings. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether the kernel may give an interface this name; or it is the number of one. */
bool device_is_name(const char *name);
/* The number of the interface; 0: it does not exist now. */
uint32_t device_index(const char *name);
