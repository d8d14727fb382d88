/* SPDX-License-Identifier: MIT */
/* What is not known to pass is for the administrator: nobody reads a log that repeats for ever. */

#include "daemon/base/exit_status.h"

#include <errno.h>
#include <stdlib.h>

int exit_status_of(int r) {
        if (r >= 0)
                return r;

        switch (-r) {
        case ECANCELED:
                return EXIT_SUCCESS;
        case EADDRINUSE:
        case EAGAIN:
        case EBUSY:
        case EINTR:
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
                return EXIT_TEMPORARY;
        }
        return EXIT_CONFIG;
}
