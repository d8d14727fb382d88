/* SPDX-License-Identifier: MIT */
/*
 * Anything that a server answers, in pieces: what is printed and counted is that of the model,
 * however it was cut. The first byte chooses the lines of a receipt, and whether a long line precedes
 * the input, in the midst of which it is too long; the second chooses the pieces.
 */

#include "ctl/replies.h"

#include "core/escape.h"
#include "core/macro.h"
#include "fuzz.h"
#include <stdio.h>
#include <sys/socket.h>

#define REFUSAL "error "
/* Small enough for the buffer of a socket. */
#define PIECE_MAX 4096
#define LONG_LINE 0x40

/* What came out, and what should. */
typedef struct Outcome {
        char *text;
        size_t size;
        uint64_t n_receipts, n_refused, n_bare;
} Outcome;

static int streams[2], datagrams[2];
static Replies replies;
static Progress progress;

static void open_sockets(void) {
        static bool done;
        int r;

        if (done)
                return;
        r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams);
        assert(r == 0);
        r = socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, datagrams);
        assert(r == 0);
        done = true;
}

static bool begins(const char *line, size_t size, const char *word) {
        return size >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

/* A line is escaped as a whole; one CR at its end is not shown. */
static void model_print(FILE *f, const char *line, size_t size) {
        char *escaped = exactly(ESCAPE_TEXT_MAX(size));

        size -= size > 0 && line[size - 1] == '\r';
        (void)fwrite(escaped, 1, escape_terminal(escaped, line, size), f);
        (void)fputc('\n', f);
        free(escaped);
}

static void model_datagram(Outcome *o, FILE *f, const char *p, size_t n) {
        n -= n > 0 && p[n - 1] == '\n';
        model_print(f, p, n);
        o->n_receipts++;
        o->n_refused += (n == 5 && begins(p, n, "error")) || begins(p, n, REFUSAL);
        o->n_bare += (n == 5 && begins(p, n, "error")) || (n == 2 && begins(p, n, "ok"));
}

/*
 * Receipts of LINES lines, 0: of any number, up to the end; a refusal has one, and may be torn at the
 * end.
 */
static void model_stream(Outcome *o, FILE *f, const char *p, size_t n, int lines) {
        const char *end = p + n;
        int line = 0;

        while (p < end) {
                const char *lf = memchr(p, '\n', (size_t)(end - p));
                size_t size = (size_t)((lf ? lf : end) - p);
                size_t kept = MIN(size, (size_t)REPLY_SIZE_MAX);
                bool is_torn = !lf && kept < REPLY_SIZE_MAX;
                bool refused = line == 0 &&
                               (begins(p, kept, REFUSAL) ||
                                (is_torn && memcmp(REFUSAL, p, MIN(kept, strlen(REFUSAL))) == 0));

                model_print(f, p, kept);
                line++;
                if (refused || line == lines || is_torn) {
                        o->n_receipts++;
                        o->n_refused += refused;
                        line = 0;
                }
                p += size + (lf != NULL);
        }
        o->n_receipts += line > 0;
}

static void send_piece(int fd, const char *p, size_t n) {
        ssize_t sent = send(fd, p, n, 0);

        assert(sent >= 0 && (size_t)sent == n);
}

static void receive_stream(const char *p, size_t n, uint64_t seed) {
        while (n > 0) {
                size_t size = MIN(1 + roll(&seed, seed % 2 ? 16 : PIECE_MAX), n);
                int r;

                send_piece(streams[1], p, size);
                for (size_t got = 0; got < size; got += (size_t)r) {
                        r = replies_receive(&replies, &(Connection){ .fd = streams[0] });
                        assert(r > 0); /* fewer where the reply becomes too long */
                }
                assert(!replies_may_end(&replies) || replies_is_unterminated(&replies));
                p += size;
                n -= size;
        }
        replies_end(&replies);
}

/* The input as datagrams, which end at each NUL. */
static size_t next_datagram(const char *p, size_t n) {
        return strnlen(p, MIN(n, (size_t)PIECE_MAX));
}

static void receive_datagrams(const char *p, size_t n) {
        while (n > 0) {
                size_t size = next_datagram(p, n);
                int r;

                send_piece(datagrams[1], p, size);
                r = replies_receive_datagram(&replies, datagrams[0]);
                assert(r == 1);
                p += MIN(size + 1, n);
                n -= MIN(size + 1, n);
        }
}

static Outcome run_model(const char *p, size_t n, int lines, bool is_datagrams) {
        Outcome o = { 0 };
        FILE *f = open_memstream(&o.text, &o.size);

        assert(f);
        if (!is_datagrams)
                model_stream(&o, f, p, n, MAX(lines, lines == RECEIPT_LINES_UNKNOWN ? 1 : 0));
        while (is_datagrams && n > 0) {
                size_t size = next_datagram(p, n);

                model_datagram(&o, f, p, size);
                p += MIN(size + 1, n);
                n -= MIN(size + 1, n);
        }
        (void)fclose(f);
        return o;
}

static Outcome run(const char *p, size_t n, int lines, bool is_datagrams, uint64_t seed) {
        FILE *real_stdout = stdout;
        Outcome o = { 0 };

        memset(&replies, 0, offsetof(Replies, rest));
        replies.progress = &progress;
        replies.receipt_lines = lines;
        stdout = open_memstream(&o.text, &o.size);
        assert(stdout);
        if (is_datagrams)
                receive_datagrams(p, n);
        else
                receive_stream(p, n, seed);
        (void)fclose(stdout);
        stdout = real_stdout;
        o.n_receipts = replies.n_receipts;
        o.n_refused = replies.n_refused;
        o.n_bare = replies.n_bare;
        return o;
}

static void check(const char *p, size_t n, int lines, bool is_datagrams, uint64_t seed) {
        Outcome expected = run_model(p, n, lines, is_datagrams);
        Outcome o = run(p, n, lines, is_datagrams, seed);

        assert(o.size == expected.size && memcmp(o.text, expected.text, o.size) == 0);
        assert(o.n_receipts == expected.n_receipts && o.n_refused == expected.n_refused);
        assert(o.n_bare == expected.n_bare);
        free(o.text);
        free(expected.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const int lines[] = { 1, 2, 3, RECEIPT_LINES_NONE, RECEIPT_LINES_UNKNOWN };
        static char text[REPLY_SIZE_MAX + PIECE_MAX];
        size_t n, n_before = 0;

        if (size < 2)
                return 0;

        open_sockets();
        n = MIN(size - 2, (size_t)PIECE_MAX);
        if (data[0] & LONG_LINE) {
                n_before = REPLY_SIZE_MAX - n / 2;
                memset(text, 'x', n_before);
        }
        memcpy(text + n_before, data + 2, n);
        check(text, n_before + n, lines[data[0] % ELEMENTSOF(lines)], data[0] & 0x80,
              1 + (uint64_t)data[1]);
        return 0;
}
