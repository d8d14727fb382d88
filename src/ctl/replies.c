/* SPDX-License-Identifier: MIT */
/* Telling one reply from the next, and good ones from bad ones. */

#include "ctl/replies.h"

#include "core/macro.h"
#include "ctl/print.h"
#include "ctl/progress.h"
#include "ctl/reply_template.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define REFUSAL "error "
#define REFUSAL_SIZE (sizeof(REFUSAL) - 1)

static bool is_refusal(const char *data, size_t size) {
        return size >= REFUSAL_SIZE && memcmp(data, REFUSAL, REFUSAL_SIZE) == 0;
}

/* Or what there is of it: a server does not answer "err" to say that all is well. */
static bool begins_refusal(const char *data, size_t size) {
        return size > 0 && memcmp(data, REFUSAL, MIN(size, REFUSAL_SIZE)) == 0;
}

static bool is_word(const char *data, size_t size, const char *word) {
        return size == strlen(word) && memcmp(data, word, size) == 0;
}

static void print_reply(Replies *r, const char *data, size_t size) {
        progress_hide(r->progress);
        if (size > 0 && data[size - 1] == '\r')
                size--;
        print_line(data, size);
}

static void count_receipt(Replies *r, bool refused) {
        r->n_receipts++;
        r->n_refused += refused;
        r->n_foreign += r->is_foreign && !refused;
        r->is_foreign = false;
        r->line = 0;
}

static void compare_line(Replies *r, const char *data, size_t size) {
        const char *line;
        size_t n;

        if (!r->reply)
                return;

        n = reply_template_line(r->reply, r->line, &line);
        r->is_foreign = r->is_foreign || !reply_template_matches(line, n, data, size);
}

/* A refusal is one line, whatever the template of receipts. */
static void take_line(Replies *r, const char *data, size_t size) {
        bool refused = r->line == 0 && is_refusal(data, size);
        int n = r->receipt_lines == RECEIPT_LINES_UNKNOWN ? 1 : r->receipt_lines;

        print_reply(r, data, size);
        compare_line(r, data, size);
        r->saw_line = true;
        r->line++;
        if (refused || r->line == n)
                count_receipt(r, refused);
}

static void take_lines(Replies *r) {
        char *begin = r->rest, *end = r->rest + r->size, *lf;

        while ((lf = memchr(begin, '\n', (size_t)(end - begin)))) {
                if (!r->overlong)
                        take_line(r, begin, (size_t)(lf - begin));
                r->overlong = false;
                begin = lf + 1;
        }
        r->size = r->overlong ? 0 : (size_t)(end - begin);
        memmove(r->rest, begin, r->size);
        if (r->size == REPLY_SIZE_MAX) {
                take_line(r, r->rest, r->size);
                r->overlong = true;
                r->size = 0;
        }
}

int replies_receive(Replies *r, Connection *c) {
        int n = connection_receive(c, r->rest + r->size, REPLY_SIZE_MAX - r->size);

        if (n < 0)
                return n;

        r->size += (size_t)n;
        take_lines(r);
        return n;
}

/* DATA is without the LF that most templates end in. */
static bool matches_datagram(const char *reply, const char *data, size_t size) {
        size_t n = strlen(reply);

        return reply_template_matches(reply, n - (n > 0 && reply[n - 1] == '\n'), data, size);
}

/* N bytes of rest. */
static void take_datagram(Replies *r, size_t n) {
        bool is_error, is_bare;

        if (n > 0 && r->rest[n - 1] == '\n')
                n--;
        print_reply(r, r->rest, n);
        is_error = is_word(r->rest, n, "error");
        is_bare = is_error || is_word(r->rest, n, "ok");
        r->n_bare += is_bare;
        r->is_foreign = r->reply && !is_bare && !matches_datagram(r->reply, r->rest, n);
        count_receipt(r, is_error || is_refusal(r->rest, n));
}

int replies_receive_datagram(Replies *r, int fd) {
        ssize_t n = recv(fd, r->rest, REPLY_SIZE_MAX, MSG_DONTWAIT);

        if (n < 0)
                return -errno;

        take_datagram(r, (size_t)n);
        return 1;
}

int replies_receive_packet(Replies *r, int fd) {
        ssize_t n = recv(fd, r->rest, REPLY_SIZE_MAX, MSG_DONTWAIT);

        if (n <= 0)
                return n < 0 ? -errno : 0;

        take_datagram(r, (size_t)n);
        return 1;
}

bool replies_is_unterminated(const Replies *r) {
        switch (r->receipt_lines) {
        case RECEIPT_LINES_NONE:
                return r->size > 0 || r->line > 0;
        case RECEIPT_LINES_UNKNOWN:
                return r->size > 0 && !r->saw_line;
        default:
                return false;
        }
}

bool replies_may_end(const Replies *r) {
        bool may_be_refusal = r->line == 0 && r->size < REFUSAL_SIZE &&
                              begins_refusal(r->rest, r->size);

        return replies_is_unterminated(r) && !may_be_refusal;
}

void replies_end(Replies *r) {
        bool refused = r->line == 0 && begins_refusal(r->rest, r->size);

        if (r->size > 0)
                print_reply(r, r->rest, r->size);
        else if (r->line == 0)
                return;
        if (r->reply && r->receipt_lines > 0 && !refused) {
                r->size = 0;
                r->line = 0;
                r->is_foreign = false;
                return;
        }
        if (r->size > 0)
                compare_line(r, r->rest, r->size);
        r->size = 0;
        count_receipt(r, refused);
}

void replies_drop(Replies *r) {
        if (r->size > 0)
                print_reply(r, r->rest, r->size);
        r->size = 0;
}
