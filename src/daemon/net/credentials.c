/* SPDX-License-Identifier: MIT */
/* user_namespaces(7). */

#include "daemon/net/credentials.h"

#include "core/macro.h"
#include "core/transport.h"
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

/* What the kernel shows for those that the namespace has not: /proc/sys/kernel/overflowuid. */
#define OVERFLOW_ID 65534

static bool complete;

/* All of them, as outside of any such namespace. */
static bool has_all(const char *path) {
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        uint32_t inside, outside, n;

        /* No such file: a kernel without these namespaces. NOLINTNEXTLINE(cert-err34-c) */
        return !f || (fscanf(f, "%" SCNu32 "%" SCNu32 "%" SCNu32, &inside, &outside, &n) == 3 &&
                      n == UINT32_MAX);
}

static void look(void) {
        complete = has_all("/proc/self/uid_map") && has_all("/proc/self/gid_map");
}

bool credentials_are_complete(void) {
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        (void)pthread_once(&once, look); /* it cannot fail */
        return complete;
}

int credentials_demand(Protocol protocol, const char *listener, FILE *errors) {
        if (!transport_has_path(protocol) || credentials_are_complete())
                return 0;

        /* A failure to print can't be reported anywhere. */
        (void)fprintf(errors,
                      "listener %s: allow and deny cannot be applied in a user namespace "
                      "(PrivateUsers=), where users cannot be told apart; install the drop-in "
                      "unix-peers.conf\n",
                      listener);
        return -EPERM;
}

static uint32_t known(uint32_t id, bool may_be_any) {
        return id == OVERFLOW_ID && may_be_any ? ADDRESS_ID_UNKNOWN : id;
}

Address credentials_address(const struct ucred *c) {
        /* Without a process, the kernel was not asked, or that is in another PID namespace. */
        const bool may_be_any = c->pid == 0 || !credentials_are_complete();
        Address a;

        memset(&a, 0, sizeof(a)); /* also what of the union a process leaves */
        a.family = AF_UNIX;
        a.process.uid = known(c->uid, may_be_any);
        a.process.gid = known(c->gid, may_be_any);
        a.process.pid = c->pid > 0 ? (uint32_t)c->pid : 0;
        return a;
}
