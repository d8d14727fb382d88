/* SPDX-License-Identifier: MIT */
/*
 * Framing: any input, cut in two ways, gives the same messages, none longer than the limit. The
 * first byte chooses the framing and the limit, the second how the input is cut.
 */

#include "core/frame.h"

#include "core/macro.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A running digest of messages, their sizes and the way it ended. */
typedef struct Digest {
        uint64_t value;
        FrameResult last;
} Digest;

static void mix(Digest *d, const void *p, size_t n) {
        const unsigned char *bytes = p;

        for (size_t i = 0; i < n; i++)
                d->value = (d->value ^ bytes[i]) * UINT64_C(1099511628211);
}

static void note(Digest *d, const Message *m, size_t size_max) {
        if (m->size > size_max || m->size > m->true_size ||
            (m->size < m->true_size && m->size != size_max))
                abort();
        mix(d, &m->size, sizeof(m->size));
        mix(d, &m->true_size, sizeof(m->true_size));
        mix(d, m->data, m->size);
}

/*
 * The limit changes between reads, as a reload does: a message is cut to one of those that were in
 * force while it came.
 */
static void run_changing(Framing framing, size_t size_max, const char *p, size_t size,
                         size_t step) {
        size_t small = size_max / 2 + 1;
        Message m;
        Frame f;

        frame_init(&f, framing);
        for (size_t i = 0, n = 0; i < size; i += step, n++) {
                const char *piece = p + i, *end = piece + MIN(step, size - i);
                size_t now = n % 2 == 0 ? size_max : small;
                FrameResult r;

                while ((r = frame_next(&f, now, &piece, end, &m)) == FRAME_MESSAGE)
                        if (m.size > size_max ||
                            (m.size < m.true_size && m.size != size_max && m.size != small))
                                abort();
                if (r == FRAME_ERROR)
                        break;
        }
        frame_done(&f);
}

static Digest run(Framing framing, size_t size_max, const char *p, size_t size, size_t step) {
        Digest d = { .value = UINT64_C(14695981039346656037) };
        Message m;
        Frame f;

        frame_init(&f, framing);
        for (size_t i = 0; i < size && d.last != FRAME_ERROR; i += step) {
                const char *piece = p + i, *end = piece + MIN(step, size - i);

                while ((d.last = frame_next(&f, size_max, &piece, end, &m)) == FRAME_MESSAGE)
                        note(&d, &m, size_max);
                if (frame_memory(&f) > 2 * size_max + 256)
                        abort();
        }
        if (d.last != FRAME_ERROR) {
                d.last = frame_end(&f, &m);
                if (d.last == FRAME_MESSAGE)
                        note(&d, &m, size_max);
        }
        frame_done(&f);
        return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Framing framing;
        size_t size_max, step;
        Digest whole, cut;

        if (size < 2)
                return 0;

        framing = (Framing)(data[0] % FRAMING_MAX_);
        size_max = (size_t)1 << (data[0] / FRAMING_MAX_ % 8);
        step = 1 + data[1] % 16;
        whole = run(framing, size_max, (const char *)data + 2, size - 2, size);
        cut = run(framing, size_max, (const char *)data + 2, size - 2, step);
        run_changing(framing, size_max, (const char *)data + 2, size - 2, step);
        if (whole.value != cut.value || whole.last != cut.last)
                abort();
        return 0;
}
