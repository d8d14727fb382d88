/* SPDX-License-Identifier: MIT */
/* A raw socket gets a copy of every packet of its protocol, even of what it sends to this host. */

#include "ctl/connection_raw.h"

#include "core/macro.h"
#include <errno.h>
#include <linux/filter.h>
#include <stddef.h>
#include <sys/socket.h>

int connection_raw_prepare(int fd) {
        struct sock_filter drop_all[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
        struct sock_fprog program = { ELEMENTSOF(drop_all), drop_all };

        if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
                return -errno;

        while (recv(fd, NULL, 0, MSG_DONTWAIT) >= 0)
                ; /* what came before the filter */
        return 0;
}

const char *connection_raw_explain(int error) {
        switch (error) {
        case ENOPROTOOPT:
                return "nothing there receives this IP protocol: has sockd a raw listener there?";
        case EINVAL:
                return "the kernel does not take this message: one of IP protocol 255 begins with "
                       "an IP header";
        default:
                return NULL;
        }
}
