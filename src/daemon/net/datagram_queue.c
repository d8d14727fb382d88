/* SPDX-License-Identifier: MIT */
/* SO_MEMINFO, of which sock_diag(7) has the names. */

#include "daemon/net/datagram_queue.h"

#include "core/macro.h"
#include "daemon/net/datagrams.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include <linux/sock_diag.h>
#include <sys/socket.h>

#define DROPS_INTERVAL_USEC USEC_PER_SEC

static bool read_meminfo(const Datagram *d, uint32_t info[static SK_MEMINFO_VARS]) {
        socklen_t size = SK_MEMINFO_VARS * sizeof(uint32_t);

        return getsockopt(d->origin->fd, SOL_SOCKET, SO_MEMINFO, info, &size) == 0 &&
               size == SK_MEMINFO_VARS * sizeof(uint32_t);
}

void datagram_queue_begin(Datagram *d) {
        uint32_t info[SK_MEMINFO_VARS];

        if (!read_meminfo(d, info))
                return;

        d->drops_seen = info[SK_MEMINFO_DROPS];
        d->receive_buffer = info[SK_MEMINFO_RCVBUF];
}

void datagram_queue_look(Datagram *d) {
        uint32_t info[SK_MEMINFO_VARS];

        if (read_meminfo(d, info))
                d->receive_buffer = info[SK_MEMINFO_RCVBUF];
}

uint64_t datagram_queue_size(const Datagram *d) {
        uint32_t info[SK_MEMINFO_VARS];

        return read_meminfo(d, info) ? info[SK_MEMINFO_RMEM_ALLOC] : UINT64_MAX;
}

/* The counter of the kernel is cumulative and wraps at 32 bits. */
void datagram_queue_note_drops(Datagram *d) {
        uint32_t info[SK_MEMINFO_VARS], n;

        if (!read_meminfo(d, info))
                return;

        n = info[SK_MEMINFO_DROPS] - d->drops_seen;
        d->drops_seen = info[SK_MEMINFO_DROPS];
        if (n > 0)
                counter_add(&d->origin->listener->stats.kernel_drops, n);
}

void datagram_queue_expect_drops(Datagrams *all) {
        if (!timer_is_set(&all->drops_timer))
                timer_set(&all->loop->timers, &all->drops_timer,
                          all->loop->now_usec + DROPS_INTERVAL_USEC);
}
