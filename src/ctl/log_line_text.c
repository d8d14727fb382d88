/* SPDX-License-Identifier: MIT */
/* Lines of text: TIME LISTENER PEER ID MESSAGE, and marks behind a message that is not whole. */

#include "core/escape.h"
#include "core/macro.h"
#include "ctl/log_line.h"
#include <limits.h>
#include <string.h>

#define CUT_OFF "\\[cut off]"
#define TRUNCATED_HEAD "\\[truncated "
#define TRUNCATED_TAIL " bytes]"

/* What is left of a line. */
typedef struct Rest {
        const char *p, *end;
} Rest;

/* The next word, which a space ends. */
static bool take_word(Rest *rest, const char **ret, size_t *ret_size) {
        const char *space = memchr(rest->p, ' ', (size_t)(rest->end - rest->p));

        if (!space)
                return false;

        *ret = rest->p;
        *ret_size = (size_t)(space - rest->p);
        rest->p = space + 1;
        return true;
}

/* Lower-case letters, digits, and two more bytes. */
static bool has_only_name(const char *text, size_t size, char more, char even_more) {
        for (size_t i = 0; i < size; i++) {
                const char c = text[i];

                if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != more &&
                    c != even_more)
                        return false;
        }
        return true;
}

bool log_line_set_id(Id *id, const char *text, size_t size) {
        if (size == 0 || size > ID_TEXT_MAX || !has_only_name(text, size, '-', '-'))
                return false;

        *id = (Id){ .size = (uint8_t)size };
        memcpy(id->text, text, size);
        return true;
}

bool log_line_set_name(LogEntry *e, const char *text, size_t size) {
        if (size == 0 || size >= sizeof(e->peer_name))
                return false;

        memcpy(e->peer_name, text, size);
        e->peer_name[size] = '\0';
        return e->peer_name[strspn(e->peer_name, LOG_ENTRY_PLAIN_BYTES)] == '\0';
}

bool log_line_set_listener(LogEntry *e, const char *text, size_t size) {
        if (size == 0 || size >= sizeof(e->listener) || !has_only_name(text, size, '_', '-'))
                return false;

        memcpy(e->listener, text, size);
        e->listener[size] = '\0';
        return true;
}

/* WIDTH digits; more than any part of a time if one is none. */
static unsigned read_digits(const char *p, unsigned width) {
        unsigned v = 0;

        for (; width > 0; width--, p++) {
                if (*p < '0' || *p > '9')
                        return UINT_MAX;
                v = v * 10 + (unsigned)(*p - '0');
        }
        return v;
}

static bool is_leap(unsigned year) {
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970; YEAR from then on. The months of a year are counted from March. */
static uint64_t days_since(unsigned year, unsigned month, unsigned day) {
        const unsigned y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;

        return (uint64_t)y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

bool log_line_parse_time(const char *text, size_t size, uint64_t *ret_usec) {
        static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        unsigned year, month, day, hour, minute, second, usec;

        if (size != RECORD_TIME_SIZE || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
            text[13] != ':' || text[16] != ':' || text[19] != '.' || text[26] != 'Z')
                return false;

        year = read_digits(text, 4);
        month = read_digits(text + 5, 2);
        day = read_digits(text + 8, 2);
        hour = read_digits(text + 11, 2);
        minute = read_digits(text + 14, 2);
        second = read_digits(text + 17, 2);
        usec = read_digits(text + 20, 6);
        if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 ||
            day > days[month - 1] + (unsigned)(month == 2 && is_leap(year)) || hour > 23 ||
            minute > 59 || second > 59 || usec >= USEC_PER_SEC)
                return false;

        *ret_usec = (((days_since(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) *
                            USEC_PER_SEC +
                    usec;
        return true;
}

/* All of TEXT. */
static bool parse_number(const char *text, uint32_t max, uint32_t *ret) {
        uint64_t v = 0;
        const char *p = text;

        for (; *p >= '0' && *p <= '9' && p - text < 10; p++)
                v = v * 10 + (uint64_t)(*p - '0');
        *ret = (uint32_t)v;
        return p > text && !*p && v <= max;
}

/* HOST is changed: its interface may no longer exist. */
static bool parse_host(char *host, uint32_t port, Address *ret) {
        if (address_parse_peer(host, port, ret) >= 0)
                return true;

        *strchrnul(host, '%') = '\0';
        return address_parse_peer(host, port, ret) >= 0;
}

/* "uid:1000/pid:4711". */
static bool parse_process(char *text, Address *ret) {
        char *pid = strstr(text, "/pid:");
        uint32_t n;

        if (!pid || !parse_number(pid + strlen("/pid:"), UINT32_MAX, &n))
                return false;

        *pid = '\0';
        if (address_parse_peer(text, 0, ret) < 0)
                return false;
        ret->process.pid = n;
        return true;
}

/* "192.0.2.7:51234", "[2001:db8::1]:51234", "vsock:3:51234". */
static bool parse_with_port(char *text, uint32_t max, Address *ret) {
        char *colon = strrchr(text, ':');
        uint32_t port;

        if (!colon || !parse_number(colon + 1, max, &port))
                return false;

        *colon = '\0';
        if (*text == '[') {
                if (colon[-1] != ']')
                        return false;
                colon[-1] = '\0';
                text++;
        }
        return parse_host(text, port, ret);
}

/* As address_format() prints it, or address_format_host(), for what has no port. TEXT is changed. */
static bool parse_peer(char *text, LogEntry *e) {
        const char *colon = strchr(text, ':');

        if (strcmp(text, "-") == 0)
                return true; /* nothing is known */
        if (strncmp(text, "uid:", 4) == 0)
                return parse_process(text, &e->peer);
        if (strncmp(text, "vsock:", 6) == 0)
                return parse_with_port(text, UINT32_MAX, &e->peer) && e->peer.family == AF_VSOCK;
        if (*text == '[' || (colon && !strchr(colon + 1, ':')))
                return parse_with_port(text, UINT16_MAX, &e->peer);

        e->has_packet = true; /* only packets come from where there is no port */
        return parse_host(text, 0, &e->peer);
}

bool log_line_set_peer(LogEntry *e, const char *text, size_t size, size_t name_size) {
        char copy[RECORD_PEER_TEXT_MAX];

        if (size <= name_size || size >= sizeof(copy))
                return false;
        for (size_t i = 0; i < size; i++)
                if (text[i] <= ' ' || text[i] >= 0x7f)
                        return false;

        memcpy(e->peer_text, text, size);
        e->peer_text[size] = '\0';
        memcpy(copy, e->peer_text + name_size, size - name_size + 1);
        return parse_peer(copy, e);
}

/* "NAME@ADDRESS", or an address. That may have an "@" in its interface, behind a "%". */
static bool set_peer(LogEntry *e, const char *text, size_t size) {
        size_t n = 0;

        while (n < size && text[n] && strchr(LOG_ENTRY_PLAIN_BYTES, text[n]))
                n++;
        while (n > 0 && text[n - 1] != '@')
                n--;
        return (n == 0 || log_line_set_name(e, text, n - 1)) && log_line_set_peer(e, text, size, n);
}

/* A backslash of the message is doubled, so one of a mark has an odd number before what follows it. */
static bool is_mark(const char *start, const char *mark) {
        const char *p = mark;

        while (p > start && p[-1] == '\\')
                p--;
        return (mark - p) % 2 == 0;
}

/* Where TEXT begins if it is all that is left from there on, else NULL. */
static const char *find_end(const char *start, const char *end, const char *text) {
        const size_t n = strlen(text);

        return (size_t)(end - start) >= n && memcmp(end - n, text, n) == 0 ? end - n : NULL;
}

static bool take_cut_off(Rest *rest) {
        const char *mark = find_end(rest->p, rest->end, CUT_OFF);

        if (!mark || !is_mark(rest->p, mark))
                return false;

        rest->end = mark;
        return true;
}

/* Of N digits, as record_write() writes it. */
static bool read_size(const char *digits, size_t n, uint64_t *ret) {
        uint64_t v = 0;

        if (n == 0 || digits[0] == '0')
                return false;
        for (size_t i = 0; i < n; i++)
                if (__builtin_mul_overflow(v, 10, &v) ||
                    __builtin_add_overflow(v, (uint64_t)(digits[i] - '0'), &v))
                        return false;
        *ret = v;
        return true;
}

/* The size that the message had; false if it is all there. */
static bool take_truncated(Rest *rest, uint64_t *ret) {
        const char *end = find_end(rest->p, rest->end, TRUNCATED_TAIL), *digits = end, *mark;

        if (!end)
                return false;
        while (digits > rest->p && digits[-1] >= '0' && digits[-1] <= '9')
                digits--;
        mark = find_end(rest->p, digits, TRUNCATED_HEAD);
        if (!mark || !is_mark(rest->p, mark) || !read_size(digits, (size_t)(end - digits), ret))
                return false;

        rest->end = mark;
        return true;
}

/* Most messages have nothing that is escaped, and are faster looked at so. */
static bool undo(const char *text, size_t size, char *message, size_t *ret_size) {
        if (memchr(text, '\\', size))
                return escape_undo(message, text, size, ret_size) >= 0;
        if (escape_text_size(text, size) != size)
                return false;

        memcpy(message, text, size);
        *ret_size = size;
        return true;
}

static bool parse_message(Rest rest, char *message, LogEntry *e) {
        Message *m = &e->message;
        bool is_cut;

        e->ending = take_cut_off(&rest) ? RECORD_CUT_OFF : RECORD_WHOLE;
        is_cut = take_truncated(&rest, &m->true_size);
        m->data = message;
        if (!undo(rest.p, (size_t)(rest.end - rest.p), message, &m->size))
                return false;
        if (!is_cut)
                m->true_size = m->size;
        return !is_cut || m->true_size > m->size;
}

bool log_line_parse_text(const char *line, size_t size, char *message, LogEntry *e) {
        Rest rest = { line, line + size };
        const char *word;
        size_t n;

        return take_word(&rest, &word, &n) && log_line_parse_time(word, n, &e->usec) &&
               take_word(&rest, &word, &n) && log_line_set_listener(e, word, n) &&
               take_word(&rest, &word, &n) && set_peer(e, word, n) && take_word(&rest, &word, &n) &&
               log_line_set_id(&e->id, word, n) && parse_message(rest, message, e);
}
