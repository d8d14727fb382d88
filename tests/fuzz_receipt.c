/* SPDX-License-Identifier: MIT */
/*
 * Any text as a reply template: refused with a reason, or its receipts are what the template says,
 * and never longer than announced. The first four bytes choose the listener, the ids and the room.
 */

#include "core/receipt.h"

#include "core/macro.h"
#include "fuzz.h"
#include <errno.h>

#define HEAD_SIZE 4

/* What the first bytes choose. */
typedef struct Choice {
        Protocol protocol;
        Level level;
        bool truncated;
        size_t count; /* of receipts */
        size_t room;  /* for them */
        Id id;        /* of the first one */
} Choice;

static Choice choose(const uint8_t *head, size_t size_max) {
        Choice c = {
                .protocol = (Protocol)(head[0] % PROTOCOL_MAX_),
                .level = (Level)(head[0] / 2 % LEVEL_MAX_),
                .truncated = head[0] & 0x80,
                .count = head[1] % 80,
        };

        c.room = size_max * (head[2] % 16) + head[2] / 16;
        id_init(&c.id, UINT64_C(1795343640123), 7, head[0] / 8 % 8);
        for (unsigned i = 0; i < head[3] * 23U; i++)
                id_next(&c.id);
        return c;
}

/* One receipt, character by character; returns its size. */
static size_t expand(const char *template, const Choice *c, const Id *id, char *dst) {
        char *p = dst;

        for (; *template; template ++) {
                if (*template != '%') {
                        *p++ = *template;
                        continue;
                }
                switch (*++template) {
                case 'i':
                        memcpy(p, id->text, id->size);
                        p += id->size;
                        break;
                case 'l':
                        p = stpcpy(p, level_text(c->level));
                        p = stpcpy(p, c->truncated ? " truncated" : "");
                        break;
                default:
                        assert(*template == '%');
                        *p++ = '%';
                }
        }
        return (size_t)(p - dst);
}

/* What is written is COUNT receipts, and another one surely fits only if all are written. */
static void check_receipts(const Receipt *r, const char *template, const Choice *c) {
        static char expected[RECEIPT_SIZE_MAX + 1];
        char *written = exactly(c->room);
        Id id = c->id, model_id = c->id;
        size_t count, done = 0;
        size_t size = receipt_format(r, &id, c->count, c->truncated, written, c->room, &count);

        assert(size <= c->room && count <= c->count);
        assert(count == c->count || c->room - size < receipt_size_max(r));
        for (size_t i = 0; i < count; i++, id_next(&model_id)) {
                size_t n = expand(template, c, &model_id, expected);

                assert(n <= receipt_size_max(r));
                assert(n <= size - done && memcmp(written + done, expected, n) == 0);
                done += n;
        }
        assert(done == size);
        assert(id.size == model_id.size && memcmp(id.text, model_id.text, id.size) == 0);
        free(written);
}

static void check_template(const char *template, const uint8_t *head) {
        Choice c = choose(head, 0);
        Receipt *r;
        int error = receipt_new(template, c.level, &r);

        assert(error == 0);
        assert(!r == !*template);
        if (!r)
                return;

        assert(receipt_size_max(r) > 0 && receipt_size_max(r) <= RECEIPT_SIZE_MAX);
        assert(receipt_is(r, template, c.level));
        assert(!receipt_is(r, template, (Level)((c.level + 1) % LEVEL_MAX_)));
        assert(!receipt_is(r, template + 1, c.level));
        c = choose(head, receipt_size_max(r));
        check_receipts(r, template, &c);
        (void)receipt_free(r);
}

/* "error ID not stored: REASON\n" for each. */
static void check_errors(const uint8_t *head) {
        Choice c = choose(head, 64);
        char *written = exactly(c.room);
        Id id = c.id, model_id = c.id;
        size_t count, done = 0;
        size_t size = receipt_format_error(head[2], &id, c.count, written, c.room, &count);

        assert(size <= c.room && count <= c.count);
        for (size_t i = 0; i < count; i++, id_next(&model_id)) {
                const char *end = memchr(written + done, '\n', size - done);

                assert(end && (size_t)(end - written) > done + 6 + model_id.size + 13);
                assert(memcmp(written + done, "error ", 6) == 0);
                assert(memcmp(written + done + 6, model_id.text, model_id.size) == 0);
                assert(memcmp(written + done + 6 + model_id.size, " not stored: ", 13) == 0);
                done = (size_t)(end - written) + 1;
        }
        assert(done == size);
        free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *reason;
        char *template;

        if (size < HEAD_SIZE)
                return 0;

        template = exact_text(data + HEAD_SIZE, size - HEAD_SIZE);
        reason = receipt_template_error(template, choose(data, 0).protocol);
        if (reason)
                assert(*reason);
        else
                check_template(template, data);
        check_errors(data);
        free(template);
        return 0;
}
