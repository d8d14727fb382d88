/* SPDX-License-Identifier: MIT */
/* The options of "sockctl send". */
#pragma once

#include "core/macro.h"
#include "ctl/options.h"
#include "ctl/wish.h"
#include <stdint.h>

typedef struct SendOptions {
        Wish wish;
        uint64_t timeout_usec;
} SendOptions;

/* As if there were none on the command line. */
#define SEND_OPTIONS_NONE                                                                          \
        {                                                                                          \
                .wish = { .protocol = PROTOCOL_MAX_, .frame = WISH_NO_FRAME },                     \
                .timeout_usec = 5 * USEC_PER_SEC                                                   \
        }

#define SEND_OPTIONS_N 26

extern const Option send_options[SEND_OPTIONS_N];

/* TARGET: a SendOptions. Returns 0, or -EINVAL after printing what is wrong. */
int send_options_take(void *target, int key, const char *argument);
