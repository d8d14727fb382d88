/* SPDX-License-Identifier: MIT */
/* capget(2), capset(2): of the calling thread alone. */

#include "daemon/base/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct Sets {
        struct __user_cap_header_struct header;
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
} Sets;

#define RAW CAP_TO_MASK(CAP_NET_RAW)
#define WORD CAP_TO_INDEX(CAP_NET_RAW)

/* Returns false if it is not even permitted, as without the drop-in: then nothing is changed. */
static bool get(Sets *s) {
        *s = (Sets){ .header = { .version = _LINUX_CAPABILITY_VERSION_3 } };
        return syscall(SYS_capget, &s->header, s->data) == 0 && s->data[WORD].permitted & RAW;
}

static void set(Sets *s) {
        (void)syscall(SYS_capset, &s->header,
                      s->data); /* fails where a seccomp filter forbids it */
}

void capability_lower(void) {
        Sets s;

        if (!get(&s))
                return;

        s.data[WORD].effective &= ~RAW;
        s.data[WORD].inheritable &= ~RAW;
        set(&s); /* what is not inheritable is not ambient, either */
}

void capability_drop(void) {
        Sets s;

        if (!get(&s))
                return;

        s.data[WORD].effective &= ~RAW;
        s.data[WORD].permitted &= ~RAW;
        s.data[WORD].inheritable &= ~RAW;
        set(&s);
}

int capability_raw_socket(int family, uint8_t ip_protocol) {
        const int type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
        Sets s;
        int fd;

        if (get(&s)) {
                s.data[WORD].effective |= RAW;
                set(&s);
        }
        fd = socket(family, type, ip_protocol);
        if (fd < 0)
                fd = -errno;
        capability_lower();
        return fd;
}
