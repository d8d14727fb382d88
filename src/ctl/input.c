/* SPDX-License-Identifier: MIT */
/* Messages in pieces. */

#include "ctl/input.h"

#include "core/macro.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define READ_SIZE (64 * 1024)
#define PROBLEM_MAX 160

typedef enum InputState {
        INPUT_OPEN,   /* there may be more to read */
        INPUT_AT_END, /* what is in the buffer is all there is */
        INPUT_BROKEN, /* the problem is all there is */
} InputState;

struct Input {
        InputState state;
        int fd; /* -1: the message is in the buffer from the start */
        InputRules rules;
        uint64_t n_messages; /* handed out whole */
        bool in_message;     /* a piece was handed out, but not yet the last one */
        bool unreadable;
        char *buffer; /* [begin, end) is still to be handed out */
        size_t allocated, begin, end;
        size_t searched; /* there is no LF before this */
        char problem[PROBLEM_MAX];
};

static Input *input_new(int fd, size_t size, const InputRules *rules) {
        _cleanup_free_ Input *in = calloc(1, sizeof(Input));

        if (!in)
                return NULL;

        in->state = fd < 0 ? INPUT_AT_END : INPUT_OPEN;
        in->fd = fd;
        in->rules = *rules;
        in->allocated = size;
        in->buffer = malloc(MAX(size, (size_t)1));
        if (!in->buffer)
                return NULL;

        return TAKE_PTR(in);
}

Input *input_new_lines(int fd, const InputRules *rules) {
        Input *in = input_new(fd, READ_SIZE, rules);

        if (in && in->rules.forbidden == '\n')
                in->rules.forbidden = -1; /* no line holds one */
        return in;
}

Input *input_free(Input *in) {
        if (!in)
                return NULL;

        free(in->buffer);
        free(in);
        return NULL;
}

/* NUMBER counts from 1; WHAT is the rest of the sentence. */
static InputResult fail(Input *in, uint64_t number, const char *what) {
        if (in->fd < 0)
                (void)snprintf(in->problem, sizeof(in->problem), "the message %s", what);
        else
                (void)snprintf(in->problem, sizeof(in->problem),
                               "line %" PRIu64 " of standard input %s", number, what);
        in->begin = in->end;
        in->state = INPUT_BROKEN;
        return INPUT_BAD;
}

static InputResult fail_too_long(Input *in) {
        char what[PROBLEM_MAX / 2];

        (void)snprintf(what, sizeof(what), "is longer than %zu bytes", in->rules.whole_max);
        return fail(in, in->n_messages + 1, what);
}

/* Checks N new bytes. If one is forbidden, nothing that was read with it is returned. */
static bool is_allowed(Input *in, const char *data, size_t n) {
        const char *found;
        uint64_t number = in->n_messages + 1;

        if (in->rules.forbidden < 0)
                return true;
        found = memchr(data, in->rules.forbidden, n);
        if (!found)
                return true;

        for (const char *p = in->buffer + in->begin; p < found; p++)
                number += *p == '\n';
        (void)fail(in, number,
                   in->rules.forbidden == '\n' ? "contains a line feed, which would end it"
                                               : "contains a NUL byte, which would end it");
        return false;
}

static bool is_sendable(Input *in, size_t size, bool last) {
        const char *problem = NULL;

        if (in->rules.whole_max > 0 && size > in->rules.whole_max) {
                (void)fail_too_long(in);
                return false;
        }
        if (in->rules.problem)
                problem = in->rules.problem(&in->rules.frame, in->buffer + in->begin, size);
        if (problem) {
                (void)fail(in, in->n_messages + 1, problem);
                return false;
        }
        if (in->rules.no_empty && last && size == 0 && !in->in_message) {
                (void)fail(in, in->n_messages + 1,
                           "is empty, which cannot be sent with framing eof");
                return false;
        }
        return true;
}

Input *input_new_message(const char *text, const InputRules *rules) {
        size_t size = strlen(text);
        Input *in = input_new(-1, size, rules);

        if (!in)
                return NULL;

        memcpy(in->buffer, text, size);
        in->end = size;
        /* input_problem() tells the result */
        (void)(is_allowed(in, in->buffer, size) && is_sendable(in, size, true));
        return in;
}

static InputResult hand_out(Input *in, size_t size, bool last, Piece *ret) {
        if (!is_sendable(in, size, last))
                return INPUT_BAD;

        *ret = (Piece){ in->buffer + in->begin, size, last };
        in->begin += size;
        in->in_message = !last;
        in->n_messages += last;
        return INPUT_PIECE;
}

/* There is no LF in the buffer. */
static InputResult next_rest(Input *in, Piece *ret) {
        size_t size = in->end - in->begin;
        bool whole = in->rules.whole_max > 0;

        if (in->state == INPUT_AT_END)
                return size > 0 || in->in_message ? hand_out(in, size, true, ret) : INPUT_END;
        if (whole)
                return size > in->rules.whole_max ? fail_too_long(in) : INPUT_WAIT;
        return size > 0 ? hand_out(in, size, false, ret) : INPUT_WAIT;
}

InputResult input_next(Input *in, Piece *ret) {
        InputResult r;
        char *lf;

        if (in->state == INPUT_BROKEN)
                return INPUT_BAD;
        if (in->fd < 0)
                return in->n_messages > 0 ? INPUT_END : hand_out(in, in->end, true, ret);

        in->searched = MAX(in->searched, in->begin);
        lf = memchr(in->buffer + in->searched, '\n', in->end - in->searched);
        if (!lf) {
                in->searched = in->end;
                return next_rest(in, ret);
        }

        r = hand_out(in, (size_t)(lf - in->buffer) - in->begin, true, ret);
        if (r == INPUT_PIECE)
                in->begin++; /* the LF */
        return r;
}

/* Makes room behind the data. Returns 0 or -ENOMEM. */
static int make_room(Input *in) {
        char *p;

        memmove(in->buffer, in->buffer + in->begin, in->end - in->begin);
        in->searched -= MIN(in->begin, in->searched);
        in->end -= in->begin;
        in->begin = 0;
        if (in->end < in->allocated)
                return 0;

        /* reached only if messages must be whole, which bounds the size by about twice whole_max */
        p = realloc(in->buffer, 2 * in->allocated);
        if (!p)
                return -ENOMEM;

        in->buffer = p;
        in->allocated *= 2;
        return 0;
}

static void fail_reading(Input *in, int error) {
        (void)snprintf(in->problem, sizeof(in->problem), "cannot read standard input: %s",
                       strerror(error));
        in->unreadable = true;
        in->begin = in->end;
        in->state = INPUT_BROKEN;
}

void input_read(Input *in) {
        ssize_t n;

        assert(in->state == INPUT_OPEN);
        if (make_room(in) < 0) {
                fail_reading(in, ENOMEM);
                return;
        }

        n = read(in->fd, in->buffer + in->end, in->allocated - in->end);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n < 0) {
                fail_reading(in, errno);
                return;
        }
        if (n == 0) {
                in->state = INPUT_AT_END;
                return;
        }
        in->end += (size_t)n;
        (void)is_allowed(in, in->buffer + in->end - n, (size_t)n); /* input_next() tells */
}

bool input_has_next(Input *in) {
        struct pollfd p = { .fd = in->fd, .events = POLLIN };

        if (in->fd < 0)
                return in->n_messages == 0 && in->state != INPUT_BROKEN;
        while (in->state == INPUT_OPEN && in->begin == in->end) {
                (void)poll(&p, 1, -1); /* whatever it says, reading tells */
                input_read(in);
        }
        return in->begin < in->end;
}

void input_stop(Input *in) {
        in->begin = in->end;
        in->in_message = false;
        if (in->fd < 0)
                in->n_messages = 1;
        else if (in->state == INPUT_OPEN)
                in->state = INPUT_AT_END;
}

int input_fd(const Input *in) {
        return in->fd;
}

const char *input_problem(const Input *in) {
        return in->state == INPUT_BROKEN ? in->problem : NULL;
}

bool input_is_unreadable(const Input *in) {
        return in->unreadable;
}
