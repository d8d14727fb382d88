/* SPDX-License-Identifier: MIT */
/*
 * Framing: any input, however it is cut and with limits that change between the reads, gives the
 * messages of the model, byte for byte. The first byte chooses the framing and the limit, the second
 * how the input is cut.
 */

#include "core/frame.h"

#include "core/macro.h"
#include "frame_model.h"
#include <stdlib.h>
#include <string.h>

/* Longer inputs show nothing new; of those up to the second size every cut in two is tried. */
#define INPUT_MAX 512
#define CUTS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How the input comes. */
typedef enum Cut {
        CUT_NOT,    /* in one read */
        CUT_STEPS,  /* in reads of one size */
        CUT_ONCE,   /* in two reads */
        CUT_RANDOM, /* in reads of many sizes, some of them followed by silence */
} Cut;

typedef struct Run {
        FrameSpec spec;
        FrameEnd end;
        const char *data;
        size_t size;
        size_t size_max; /* the highest; every other read has a lower one unless it is STEADY */
        bool steady;
        Cut cut;
        size_t step; /* of CUT_STEPS; where CUT_ONCE is */
        uint32_t random;
        size_t *limits; /* of each byte, for the model */
        FrameModel model;
        Frame frame;
} Run;

static void must(bool yes) {
        if (!yes)
                abort();
}

static uint32_t next_random(Run *run) {
        run->random = run->random * 1664525 + 1013904223;
        return run->random >> 16;
}

static size_t read_size(Run *run, size_t at) {
        size_t n = run->size;

        switch (run->cut) {
        case CUT_NOT:
                break;
        case CUT_STEPS:
                n = run->step;
                break;
        case CUT_ONCE:
                n = at == 0 ? run->step : run->size;
                break;
        case CUT_RANDOM:
                n = 1 + next_random(run) % (next_random(run) % 4 ? 4 : 40);
                break;
        }
        return MIN(n, run->size - at);
}

/* Frame and model have the same to say, and say it. */
static void compare(FrameResult r, const Message *m, FrameResult expected_r,
                    const Message *expected) {
        must(r == expected_r);
        if (r != FRAME_MESSAGE && r != FRAME_CUT_OFF)
                return;

        must(m->size == expected->size && m->true_size == expected->true_size);
        must(m->size == 0 || memcmp(m->data, expected->data, m->size) == 0);
}

/* Returns false after an error. */
static bool take_read(Run *run, size_t at, size_t n, size_t size_max) {
        /* In memory of its own, so that a sanitizer sees the first byte beyond. */
        _cleanup_free_ char *copy = malloc(n);
        const char *p = copy;
        FrameResult r;

        must(copy);
        memcpy(copy, run->data + at, n);
        for (size_t i = at; i < at + n; i++)
                run->limits[i] = size_max;
        run->model.size = at + n;
        do {
                Message m, expected;

                r = frame_next(&run->frame, size_max, &p, copy + n, &m);
                compare(r, &m, frame_model_next(&run->model, &expected), &expected);
        } while (r == FRAME_MESSAGE);
        must(frame_memory(&run->frame) <= 2 * run->size_max + 256);
        return r != FRAME_ERROR;
}

static void take_end(Run *run, FrameEnd end) {
        Message m, expected;
        FrameResult r = frame_end(&run->frame, end, &m);

        compare(r, &m, frame_model_end(&run->model, end, &expected), &expected);
        if (r == FRAME_MESSAGE || r == FRAME_CUT_OFF)
                compare(frame_end(&run->frame, end, &m), &m, FRAME_MORE, NULL);
}

static void run_once(Run *run) {
        bool good = true;

        frame_init(&run->frame, &run->spec);
        run->model = (FrameModel){ &run->spec, run->data, 0, run->limits, 0, false, false, false };
        for (size_t at = 0, n, n_reads = 0; good && at < run->size; at += n, n_reads++) {
                bool small = !run->steady && n_reads % 2;

                n = read_size(run, at);
                good = take_read(run, at, n, small ? run->size_max / 2 + 1 : run->size_max);
                if (good && run->cut == CUT_RANDOM && frame_may_time_out(&run->frame) &&
                    next_random(run) % 4 == 0)
                        take_end(run, FRAME_END_SILENCE);
        }
        if (good)
                take_end(run, run->end);
        frame_reset(&run->frame);
}

static void check_suggestion(Framing framing, const char *data, size_t size) {
        Framing other;

        if (frame_suggest(framing, data, size, &other))
                must(other != framing && other < FRAMING_MAX_ && framing != FRAMING_EOF);
}

static void run_all(Run *run, uint8_t how) {
        run->cut = CUT_NOT;
        run_once(run);
        run->cut = CUT_STEPS;
        run->step = 1 + how % 16;
        run->steady = true;
        run_once(run);
        run->steady = false;
        run_once(run);
        run->cut = CUT_RANDOM;
        run->random = how;
        run_once(run);
        run->cut = CUT_ONCE;
        for (run->step = 1; run->size <= CUTS_MAX && run->step < run->size; run->step++)
                run_once(run);
}

static FrameSpec make_spec(uint8_t framing, uint8_t kind) {
        static const FrameSpec delimiters[] = {
                { .delimiter_size = 1, .delimiter = "\r" },
                { .delimiter_size = 2, .delimiter = "\x1c\r", .start_size = 1, .start = "\v" },
                { .delimiter_size = 3, .delimiter = "aab", .start_size = 4, .start = "abab" },
                { .delimiter_size = 8, .delimiter = "aaaabaaa" },
        };
        static const FrameSpec lengths[] = {
                { .length_size = 1, .length_order = BYTE_ORDER_BIG },
                { .length_size = 2, .length_order = BYTE_ORDER_BIG },
                { .length_size = 2, .length_order = BYTE_ORDER_LITTLE },
                { .length_size = 4, .length_order = BYTE_ORDER_LITTLE },
        };
        FrameSpec spec = framing == FRAMING_LENGTH ? lengths[kind] : delimiters[kind];

        spec.framing = framing;
        return spec;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Run run = { 0 };

        if (size < 2)
                return 0;

        run.spec = make_spec(data[0] % FRAMING_MAX_, data[1] % 4);
        run.end = (FrameEnd)(data[1] / 4 % (FRAME_END_RESET + 1));
        run.size_max = (size_t)1 << (data[0] / FRAMING_MAX_ % 8);
        run.data = (const char *)data + 2;
        run.size = MIN(size - 2, (size_t)INPUT_MAX);
        run.limits = calloc(run.size + 1, sizeof(*run.limits));
        must(run.limits);
        run_all(&run, data[1]);
        check_suggestion((Framing)run.spec.framing, run.data, run.size);
        free(run.limits);
        return 0;
}
