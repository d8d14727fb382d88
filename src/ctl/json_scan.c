/* SPDX-License-Identifier: MIT */
/* Strings are checked when they are passed over, and undone only for who asks. */

#include "ctl/json_scan.h"

#include "core/utf8.h"
#include <errno.h>
#include <string.h>

#define SURROGATE_HIGH 0xd800
#define SURROGATE_LOW 0xdc00
#define SURROGATE_END 0xe000

static bool is_surrogate(uint32_t c) {
        return c >= SURROGATE_HIGH && c < SURROGATE_END;
}

static void skip_space(JsonScan *s) {
        while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
                s->p++;
}

static bool take(JsonScan *s, char c) {
        skip_space(s);
        if (s->p == s->end || *s->p != c)
                return false;

        s->p++;
        return true;
}

static bool is_digit(const JsonScan *s) {
        return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static int take_digits(JsonScan *s) {
        if (!is_digit(s))
                return -EBADMSG;
        while (is_digit(s))
                s->p++;
        return 0;
}

static bool take_at_once(JsonScan *s, const char *any_of) {
        if (s->p == s->end || !*s->p || !strchr(any_of, *s->p))
                return false;

        s->p++;
        return true;
}

static int skip_number(JsonScan *s) {
        int r = 0;

        (void)take_at_once(s, "-"); /* it may be there */
        if (!take_at_once(s, "0"))
                r = take_digits(s);
        if (r >= 0 && take_at_once(s, "."))
                r = take_digits(s);
        if (r >= 0 && take_at_once(s, "eE")) {
                (void)take_at_once(s, "+-"); /* it may be there */
                r = take_digits(s);
        }
        return r;
}

static int hex_value(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -EBADMSG;
}

/* The four digits of \uXXXX. */
static int read_hex(const char *p, const char *end, uint32_t *ret) {
        uint32_t v = 0;

        if (end - p < 4)
                return -EBADMSG;
        for (size_t i = 0; i < 4; i++) {
                int digit = hex_value(p[i]);

                if (digit < 0)
                        return digit;
                v = v << 4 | (uint32_t)digit;
        }
        *ret = v;
        return 0;
}

/* The character of the escape at P, a backslash; returns the size of the escape, or -EBADMSG. */
static int read_escape(const char *p, const char *end, uint32_t *ret) {
        static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t"; /* each letter and its byte */
        uint32_t low;

        if (end - p < 2)
                return -EBADMSG;
        for (const char *l = letters; *l; l += 2)
                if (p[1] == *l) {
                        *ret = (uint8_t)l[1];
                        return 2;
                }
        if (p[1] != 'u' || read_hex(p + 2, end, ret) < 0)
                return -EBADMSG;
        if (!is_surrogate(*ret))
                return 6;

        if (*ret >= SURROGATE_LOW || end - p < 12 || p[6] != '\\' || p[7] != 'u' ||
            read_hex(p + 8, end, &low) < 0 || low < SURROGATE_LOW || low >= SURROGATE_END)
                return -EBADMSG;
        *ret = 0x10000 + ((*ret - SURROGATE_HIGH) << 10) + (low - SURROGATE_LOW);
        return 12;
}

/* The size of the character at P of a string, or -EBADMSG. */
static int check_character(const char *p, const char *end) {
        uint32_t c;
        size_t size;

        if (*p == '\\')
                return read_escape(p, end, &c);
        if ((uint8_t)*p < ' ')
                return -EBADMSG;
        size = utf8_decode((const uint8_t *)p, (size_t)(end - p), &c);
        return size > 0 ? (int)size : -EBADMSG;
}

/* Most of a string is plain. */
static bool is_plain(char c) {
        return c >= ' ' && c != '"' && c != '\\' && !(c & 0x80);
}

static int take_string(JsonScan *s, const char **ret, size_t *ret_size) {
        const char *p;

        if (!take(s, '"'))
                return -EBADMSG;

        for (p = s->p; p < s->end && *p != '"';) {
                int r = is_plain(*p) ? 1 : check_character(p, s->end);

                if (r < 0)
                        return r;
                p += r;
        }
        if (p == s->end)
                return -EBADMSG;

        *ret = s->p;
        *ret_size = (size_t)(p - s->p);
        s->p = p + 1;
        return 0;
}

static int take_word(JsonScan *s, const char *word) {
        size_t n = strlen(word);

        if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
                return -EBADMSG;
        s->p += n;
        return 0;
}

/* A value that is neither an array nor an object. */
static int take_plain_value(JsonScan *s, JsonMember *m) {
        const char *start;
        int r;

        skip_space(s);
        start = s->p;
        switch (s->p < s->end ? *s->p : '\0') {
        case '"':
                m->kind = JSON_SCAN_STRING;
                return take_string(s, &m->value, &m->value_size);
        case 't':
                m->kind = JSON_SCAN_TRUE;
                r = take_word(s, "true");
                break;
        case 'f':
                m->kind = JSON_SCAN_FALSE;
                r = take_word(s, "false");
                break;
        case 'n':
                m->kind = JSON_SCAN_NULL;
                r = take_word(s, "null");
                break;
        default:
                m->kind = JSON_SCAN_NUMBER;
                r = skip_number(s);
        }
        m->value = start;
        m->value_size = (size_t)(s->p - start);
        return r;
}

static int take_key(JsonScan *s, const char **ret, size_t *ret_size) {
        int r = take_string(s, ret, ret_size);

        return r < 0 ? r : take(s, ':') ? 0 : -EBADMSG;
}

static int take_value(JsonScan *s, JsonMember *m, unsigned depth);

/* An array or an object. As deep as is allowed, and no deeper: the stack is bounded. */
static int skip_nested(JsonScan *s, unsigned depth) {
        const char close = *s->p++ == '{' ? '}' : ']';
        JsonMember ignored;
        int r = 0;

        if (depth == JSON_SCAN_DEPTH_MAX)
                return -EBADMSG;
        if (take(s, close))
                return 0;

        do {
                if (close == '}')
                        r = take_key(s, &ignored.key, &ignored.key_size);
                if (r >= 0)
                        r = take_value(s, &ignored, depth + 1);
        } while (r >= 0 && take(s, ','));
        return r < 0 ? r : take(s, close) ? 0 : -EBADMSG;
}

static int take_value(JsonScan *s, JsonMember *m, unsigned depth) {
        int r;

        skip_space(s);
        if (s->p == s->end || (*s->p != '{' && *s->p != '['))
                return take_plain_value(s, m);

        m->kind = JSON_SCAN_NESTED;
        m->value = s->p;
        r = skip_nested(s, depth);
        m->value_size = (size_t)(s->p - m->value);
        return r;
}

int json_scan_begin(JsonScan *s, const char *text, size_t n) {
        *s = (JsonScan){ .p = text, .end = text + n };
        return take(s, '{') ? 0 : -EBADMSG;
}

int json_scan_next(JsonScan *s, JsonMember *ret) {
        int r;

        if (take(s, '}')) {
                skip_space(s);
                return s->p == s->end ? 0 : -EBADMSG;
        }
        if (s->any && !take(s, ','))
                return -EBADMSG;

        s->any = true;
        r = take_key(s, &ret->key, &ret->key_size);
        if (r >= 0)
                r = take_value(s, ret, 0);
        return r < 0 ? r : 1;
}

bool json_scan_is(const JsonMember *m, const char *key) {
        return m->key_size == strlen(key) && memcmp(m->key, key, m->key_size) == 0;
}

/* At most as many bytes as the escape has. */
static size_t put_utf8(char *dst, uint32_t c) {
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const uint8_t first[] = { 0, 0xc0, 0xe0, 0xf0 };

        for (size_t i = n - 1; i > 0; i--, c >>= 6)
                dst[i] = (char)(0x80 | (c & 0x3f));
        dst[0] = (char)(first[n - 1] | c);
        return n;
}

int json_scan_string(const JsonMember *m, char *dst, size_t *ret_size) {
        const char *p = m->value, *end = p + m->value_size;
        char *to = dst;

        if (m->kind != JSON_SCAN_STRING)
                return -EBADMSG;

        while (p < end) {
                const char *stop = memchr(p, '\\', (size_t)(end - p));
                size_t plain = (size_t)((stop ? stop : end) - p);
                uint32_t c = 0;

                memmove(to, p, plain);
                to += plain;
                p += plain;
                if (p == end)
                        break;
                p += read_escape(p, end, &c); /* checked when it was scanned */
                to += put_utf8(to, c);
        }
        *ret_size = (size_t)(to - dst);
        return 0;
}

int json_scan_number(const JsonMember *m, uint64_t max, uint64_t *ret) {
        uint64_t v = 0;

        if (m->kind != JSON_SCAN_NUMBER)
                return -EBADMSG;
        for (size_t i = 0; i < m->value_size; i++) {
                uint64_t digit = (uint64_t)(m->value[i] - '0');

                if (digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
                    __builtin_add_overflow(v, digit, &v))
                        return -EBADMSG;
        }
        if (v > max)
                return -EBADMSG;

        *ret = v;
        return 0;
}
