/* SPDX-License-Identifier: MIT */
/* The file is replaced as a whole: a crash leaves the old one or the new one. */

#include "daemon/worker/peer_store.h"

#include "core/clock.h"
#include "core/macro.h"
#include "core/peers.h"
#include "daemon/base/capability.h"
#include "daemon/base/log.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/workers.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#define FIRST_LINE "sockd peers 1"
#define FILE_SIZE_MAX ((PEERS_MAX + 1) * PEERS_LINE_MAX)
/* What a crash may lose. */
#define SAVE_INTERVAL_USEC (10 * USEC_PER_SEC)

struct PeerStore {
        const Workers *workers;
        char *path, *new_path; /* NULL: nothing is kept */
        Peer *before;          /* from the file; never changes; NULL: none */
        size_t n_before;
        Peer *saved; /* what the thread has written last; NULL: nothing */
        size_t n_saved;
        bool fails;
        pthread_t thread;
        bool running; /* the thread exists */
        pthread_mutex_t mutex;
        pthread_cond_t changed; /* one of these, which are under the mutex: */
        bool stop, ended;
};

int peer_store_collect(const PeerStore *s, Peer **ret, size_t *ret_n) {
        const Workers *w = s->workers;
        size_t n = s->n_before;
        Peer *peers = reallocarray(NULL, n + w->n * PEERS_MAX, sizeof(*peers));

        if (!peers)
                return -ENOMEM;

        if (n > 0)
                memcpy(peers, s->before, n * sizeof(*peers));
        for (size_t i = 0; i < w->n; i++)
                n += peers_copy(w->items[i].peers, peers + n);
        *ret_n = MIN(peers_merge(peers, n), (size_t)PEERS_MAX);
        *ret = peers;
        return 0;
}

static int write_lines(FILE *f, const Peer *peers, size_t n) {
        char line[PEERS_LINE_MAX];

        (void)fputs(FIRST_LINE "\n", f); /* errors show below */
        for (size_t i = 0; i < n; i++) {
                peers_format(&peers[i], line);
                (void)fprintf(f, "%s\n", line);
        }
        if (fflush(f) != 0 || fdatasync(fileno(f)) < 0)
                return -errno;
        return ferror(f) ? -EIO : 0;
}

static int replace_file(const PeerStore *s, const Peer *peers, size_t n) {
        FILE *f;
        int r;

        /* Opening a FIFO would wait for a reader, and a link may lead anywhere. */
        if (unlink(s->new_path) < 0 && errno != ENOENT)
                return -errno;
        f = fopen(s->new_path, "wxe");
        if (!f)
                return -errno;

        r = write_lines(f, peers, n);
        (void)fclose(f); /* everything was flushed */
        if (r >= 0 && rename(s->new_path, s->path) < 0)
                r = -errno;
        if (r < 0)
                (void)unlink(s->new_path); /* it may be what fills the disk */
        return r;
}

static int save_changes(PeerStore *s) {
        _cleanup_free_ Peer *peers = NULL;
        size_t n;
        int r = peer_store_collect(s, &peers, &n);

        if (r < 0 ||
            (n == s->n_saved && (n == 0 || memcmp(peers, s->saved, n * sizeof(*peers)) == 0)))
                return r;

        r = replace_file(s, peers, n);
        if (r >= 0) {
                free(s->saved);
                s->saved = TAKE_PTR(peers);
                s->n_saved = n;
        }
        return r;
}

static void save(PeerStore *s) {
        int r = save_changes(s);

        if (r < 0 && !s->fails)
                (void)log_warning_errno(r, "cannot save the table of peers to %s, retrying",
                                        s->path);
        else if (r >= 0 && s->fails)
                log_info("the table of peers is saved to %s again", s->path);
        s->fails = r < 0;
}

static void *peer_store_run(void *userdata) {
        PeerStore *s = userdata;
        bool stop = false;

        capability_drop();
        while (!stop) {
                struct timespec ts = clock_timespec(clock_monotonic() + SAVE_INTERVAL_USEC);
                int r = 0;

                (void)pthread_mutex_lock(&s->mutex);
                while (!s->stop && r != ETIMEDOUT)
                        r = pthread_cond_timedwait(&s->changed, &s->mutex, &ts);
                stop = s->stop;
                (void)pthread_mutex_unlock(&s->mutex);
                save(s);
        }

        (void)pthread_mutex_lock(&s->mutex);
        s->ended = true;
        (void)pthread_cond_signal(&s->changed);
        (void)pthread_mutex_unlock(&s->mutex);
        return NULL;
}

/* The clock may have been set back. */
static void add_before(PeerStore *s, Peer *e, uint64_t now) {
        e->last_seen_usec = MIN(e->last_seen_usec, now);
        e->first_seen_usec = MIN(e->first_seen_usec, e->last_seen_usec);
        s->before[s->n_before++] = *e;
}

/* Returns 0, or the number of the line from which on TEXT is damaged. */
static int parse_lines(PeerStore *s, char *text, size_t size) {
        const uint64_t now = clock_realtime();
        const size_t head = strlen(FIRST_LINE "\n");
        int number = 2;
        char *end;

        if (size < head || memcmp(text, FIRST_LINE "\n", head) != 0)
                return 1;

        for (char *line = text + head; line < text + size; line = end + 1, number++) {
                int r = -EINVAL;
                Peer e;

                end = memchr(line, '\n', size - (size_t)(line - text));
                if (!end)
                        return number;
                *end = '\0';
                if (s->n_before < PEERS_MAX)
                        r = peers_parse(line, &e);
                if (r >= 0)
                        add_before(s, &e, now);
                else if (r != -ENODEV)
                        return number;
        }
        return 0;
}

/* Returns as parse_lines(), or negative errno. */
static int read_file(PeerStore *s) {
        _cleanup_close_ int fd = open(s->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        _cleanup_free_ char *text = NULL;
        ssize_t n = 1;
        size_t size = 0;
        int r;

        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;

        text = malloc(FILE_SIZE_MAX);
        s->before = reallocarray(NULL, PEERS_MAX, sizeof(*s->before));
        if (!text || !s->before)
                return -ENOMEM;

        for (; n > 0 && size < FILE_SIZE_MAX; size += (size_t)n) {
                n = read(fd, text + size, FILE_SIZE_MAX - size);
                if (n < 0)
                        return -errno;
        }
        r = parse_lines(s, text, size);
        s->n_before = peers_merge(s->before, s->n_before);
        return r;
}

static int start(PeerStore *s, const char *directory) {
        int r, size = (int)strcspn(directory, ":"); /* there may be several */

        if (asprintf(&s->path, "%.*s/peers", size, directory) < 0 ||
            asprintf(&s->new_path, "%s.new", s->path) < 0)
                return -ENOMEM;

        r = read_file(s);
        if (r < 0)
                (void)log_warning_errno(r, "cannot read the table of peers from %s, ignoring",
                                        s->path);
        else if (r > 0)
                log_warning("%s:%d: damaged, ignoring the rest of the table of peers", s->path, r);
        r = pthread_create(&s->thread, NULL, peer_store_run, s);
        s->running = r == 0;
        return -r;
}

int peer_store_new(const Workers *workers, const char *directory, PeerStore **ret) {
        PeerStore *s = calloc(1, sizeof(*s));
        int r = 0;

        if (!s)
                return -ENOMEM;

        s->workers = workers;
        (void)pthread_mutex_init(&s->mutex, NULL); /* cannot fail without attributes */
        clock_cond_init(&s->changed);
        if (directory && *directory)
                r = start(s, directory);
        if (r < 0) {
                (void)peer_store_free(s);
                return r;
        }

        *ret = s;
        return 0;
}

void peer_store_stop(PeerStore *s) {
        (void)pthread_mutex_lock(&s->mutex);
        s->stop = true;
        (void)pthread_cond_signal(&s->changed);
        (void)pthread_mutex_unlock(&s->mutex);
}

bool peer_store_wait(PeerStore *s, uint64_t deadline_usec) {
        struct timespec ts = clock_timespec(deadline_usec);
        bool ended;
        int r = 0;

        (void)pthread_mutex_lock(&s->mutex);
        while (s->running && !s->ended && r != ETIMEDOUT)
                r = pthread_cond_timedwait(&s->changed, &s->mutex, &ts);
        ended = !s->running || s->ended;
        (void)pthread_mutex_unlock(&s->mutex);
        if (!ended)
                log_warning("cannot save the table of peers to %s in time, giving up", s->path);
        return ended;
}

PeerStore *peer_store_free(PeerStore *s) {
        if (!s)
                return NULL;

        peer_store_stop(s);
        if (s->running)
                (void)pthread_join(s->thread, NULL); /* the thread exists and is joined once */
        (void)pthread_cond_destroy(&s->changed);
        (void)pthread_mutex_destroy(&s->mutex);
        free(s->path);
        free(s->new_path);
        free(s->before);
        free(s->saved);
        free(s);
        return NULL;
}
