/* SPDX-License-Identifier: MIT */
/*
 * Any line of a file: what is taken for a record is written as sockd would write it, byte for byte,
 * and the other format says the same of it.
 */

#include "ctl/log_line.h"

#include "core/escape.h"
#include "ctl/json_scan.h"
#include "fuzz.h"

/* The record in this format, for free(); a line without its line feed. */
static char *format_entry(const LogEntry *e, Format format, size_t *ret_size) {
        size_t buf_size = 0;
        char *buf = NULL;
        int r = log_entry_format(e, format, &buf, &buf_size, ret_size);

        assert(r == 0);
        assert(*ret_size > 0 && buf[*ret_size - 1] == '\n');
        (*ret_size)--;
        return buf;
}

static void check_same(const LogEntry *a, const LogEntry *b) {
        assert(a->usec == b->usec && a->id.size == b->id.size);
        assert(memcmp(a->id.text, b->id.text, a->id.size) == 0);
        assert(strcmp(a->listener, b->listener) == 0 && strcmp(a->peer_text, b->peer_text) == 0);
        assert((a->ending == RECORD_CUT_OFF) == (b->ending == RECORD_CUT_OFF));
        assert(a->message.true_size == b->message.true_size);
        assert(a->message.size == b->message.size);
        assert(memcmp(a->message.data, b->message.data, a->message.size) == 0);
}

/* There is one way to write a text record. */
static void check_text(const LogEntry *e) {
        LogEntry copy = *e, again;
        size_t size;
        char *text, *message;
        bool ok;

        copy.format = FORMAT_JOURNAL; /* so that it is written, not copied */
        text = format_entry(&copy, FORMAT_TEXT, &size);
        assert(e->format != FORMAT_TEXT ||
               (size == e->line_size && memcmp(text, e->line, size) == 0));
        message = exactly(size);
        ok = log_line_parse(text, size, message, &again);
        assert(ok);
        check_same(e, &again);
        free(message);
        free(text);
}

/* A text record as JSON: what it has, and nothing that would do harm on a terminal. */
static void check_json(const LogEntry *e) {
        size_t size, message_size;
        char *text = format_entry(e, FORMAT_JSON, &size), *message = exactly(size);
        bool any = false;
        JsonMember m;
        JsonScan s;
        int r;

        for (size_t i = 0; i < size; i++)
                assert((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
        assert(escape_is_utf8(text, size));
        r = json_scan_begin(&s, text, size);
        while (r >= 0 && (r = json_scan_next(&s, &m)) > 0) {
                if (!json_scan_is(&m, "message"))
                        continue;
                r = json_scan_string(&m, message, &message_size);
                assert(r == 0 && message_size == e->message.size);
                assert(memcmp(message, e->message.data, message_size) == 0);
                any = true;
        }
        assert(r == 0);
        assert(any == escape_is_utf8(e->message.data, e->message.size));
        free(message);
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *lf = size > 0 ? memchr(data, '\n', size) : NULL;
        size_t n = lf ? (size_t)(lf - data) : size, id_size;
        char *line = exactly(n), *message = exactly(n);
        const char *id;
        uint64_t usec;
        LogEntry e;

        if (n > 0)
                memcpy(line, data, n);
        if (log_line_id(line, n, &id, &id_size))
                assert(id >= line && id + id_size <= line + n);
        if (log_line_parse(line, n, message, &e)) {
                bool ok = log_line_time(line, n, &usec) && log_line_id(line, n, &id, &id_size);

                assert(ok && usec == e.usec && id_size == e.id.size);
                assert(memcmp(id, e.id.text, id_size) == 0);
                assert(e.message.size <= n);
                check_text(&e);
                if (e.format == FORMAT_TEXT)
                        check_json(&e);
        }
        free(message);
        free(line);
        return 0;
}
