/* SPDX-License-Identifier: MIT */
/* A ring. Lines are sent in order, so those that wait are the last ones. */

#include "daemon/base/log_recent.h"

#include "core/macro.h"
#include <pthread.h>
#include <string.h>

#define KEPT_USEC (60 * USEC_PER_SEC)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static LogLine lines[LOG_RECENT_MAX];
static size_t first, n_lines, n_waiting;
static uint64_t n_lost;

static LogLine *line_at(size_t i) {
        return &lines[(first + i) % LOG_RECENT_MAX];
}

static void drop_first(void) {
        if (n_waiting == n_lines) {
                n_waiting--;
                n_lost++;
        }
        first = (first + 1) % LOG_RECENT_MAX;
        n_lines--;
}

static bool is_old(const LogLine *l, uint64_t now_usec) {
        return now_usec > l->usec && now_usec - l->usec > KEPT_USEC;
}

static void drop_old(uint64_t now_usec) {
        while (n_lines > 0 && is_old(line_at(0), now_usec))
                drop_first();
}

static void send_waiting(uint64_t now_usec, LogSend *send) {
        while (n_waiting > 0) {
                const LogLine *l = line_at(n_lines - n_waiting);

                if (!send(l, now_usec > l->usec ? now_usec - l->usec : 1))
                        break;
                n_waiting--;
        }
}

void log_recent_add(const LogLine *l, LogSend *send) {
        bool is_sent;

        (void)pthread_mutex_lock(&mutex);
        drop_old(l->usec);
        send_waiting(l->usec, send);
        is_sent = n_waiting == 0 && send(l, 0);
        if (n_lines == LOG_RECENT_MAX && n_waiting < n_lines)
                drop_first();
        if (n_lines < LOG_RECENT_MAX) {
                *line_at(n_lines++) = *l;
                n_waiting += !is_sent;
        } else {
                n_lost++;
        }
        (void)pthread_mutex_unlock(&mutex);
}

void log_recent_retry(uint64_t now_usec, LogSend *send) {
        (void)pthread_mutex_lock(&mutex);
        send_waiting(now_usec, send);
        drop_old(now_usec);
        (void)pthread_mutex_unlock(&mutex);
}

size_t log_recent_copy(uint64_t now_usec, LogLine ret[static LOG_RECENT_MAX]) {
        size_t n;

        (void)pthread_mutex_lock(&mutex);
        drop_old(now_usec);
        for (n = 0; n < n_lines; n++)
                ret[n] = *line_at(n);
        (void)pthread_mutex_unlock(&mutex);
        return n;
}

uint64_t log_recent_lost(void) {
        uint64_t n;

        (void)pthread_mutex_lock(&mutex);
        n = n_lost;
        (void)pthread_mutex_unlock(&mutex);
        return n;
}
