/* SPDX-License-Identifier: MIT */
/* A strict reader of JSON (RFC 8259) for tests: what is not JSON is an assertion that fails. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct JsonReader {
        const char *p, *end;
} JsonReader;

static inline void json_read_space(JsonReader *j) {
        while (j->p < j->end && strchr(" \t\n\r", *j->p) && *j->p)
                j->p++;
}

/* The next character, if it is C, is read. */
static inline bool json_read_if(JsonReader *j, char c) {
        json_read_space(j);
        if (j->p == j->end || *j->p != c)
                return false;

        j->p++;
        return true;
}

static inline void json_read_char(JsonReader *j, char c) {
        bool found = json_read_if(j, c);

        assert(found);
}

static inline void json_read_word(JsonReader *j, const char *word) {
        size_t n = strlen(word);

        json_read_space(j);
        assert((size_t)(j->end - j->p) >= n && memcmp(j->p, word, n) == 0);
        j->p += n;
}

static inline bool json_read_bool(JsonReader *j) {
        json_read_space(j);
        assert(j->p < j->end);
        if (*j->p == 't') {
                json_read_word(j, "true");
                return true;
        }
        json_read_word(j, "false");
        return false;
}

/* A whole number that is not negative, as all of ours are. */
static inline uint64_t json_read_number(JsonReader *j) {
        uint64_t n = 0;

        json_read_space(j);
        assert(j->p < j->end && *j->p >= '0' && *j->p <= '9');
        assert(*j->p != '0' || j->p + 1 == j->end || j->p[1] < '0' || j->p[1] > '9');
        for (; j->p < j->end && *j->p >= '0' && *j->p <= '9'; j->p++) {
                assert(n <= (UINT64_MAX - (uint64_t)(*j->p - '0')) / 10);
                n = n * 10 + (uint64_t)(*j->p - '0');
        }
        return n;
}

static inline unsigned json_read_hex(JsonReader *j) {
        static const char digits[] = "0123456789abcdef";
        unsigned c = 0;

        for (int i = 0; i < 4; i++) {
                const char *digit = j->p < j->end ? memchr(digits, *j->p++, 16) : NULL;

                assert(digit);
                c = c << 4 | (unsigned)(digit - digits);
        }
        return c;
}

/* A character, which may be a surrogate pair. */
static inline unsigned json_read_character(JsonReader *j) {
        unsigned c = json_read_hex(j), low;

        if (c < 0xd800 || c > 0xdfff)
                return c;

        assert(c < 0xdc00 && j->end - j->p >= 6 && j->p[0] == '\\' && j->p[1] == 'u');
        j->p += 2;
        low = json_read_hex(j);
        assert(low >= 0xdc00 && low <= 0xdfff);
        return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

/* Its UTF-8. Returns the size of that. */
static inline size_t json_put_utf8(char *dst, unsigned c) {
        if (c < 0x80) {
                dst[0] = (char)c;
                return 1;
        }
        if (c < 0x800) {
                dst[0] = (char)(0xc0 | c >> 6);
                dst[1] = (char)(0x80 | (c & 0x3f));
                return 2;
        }
        if (c > 0xffff) {
                dst[0] = (char)(0xf0 | c >> 18);
                dst[1] = (char)(0x80 | (c >> 12 & 0x3f));
                dst[2] = (char)(0x80 | (c >> 6 & 0x3f));
                dst[3] = (char)(0x80 | (c & 0x3f));
                return 4;
        }
        dst[0] = (char)(0xe0 | c >> 12);
        dst[1] = (char)(0x80 | (c >> 6 & 0x3f));
        dst[2] = (char)(0x80 | (c & 0x3f));
        return 3;
}

static inline size_t json_read_escape(JsonReader *j, char *dst) {
        static const char short_forms[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
        const char *found;
        char c;

        assert(j->p < j->end);
        c = *j->p++;
        if (c == 'u')
                return json_put_utf8(dst, json_read_character(j));

        found = memchr(short_forms, c, sizeof(short_forms) - 1);
        assert(found);
        *dst = bytes[found - short_forms];
        return 1;
}

/* The inside of a string up to its quote. Returns its size; DST has room for as many bytes as it has in JSON. */
static inline size_t json_read_inside(JsonReader *j, char *dst) {
        size_t n = 0;

        while (j->p < j->end && *j->p != '"') {
                assert((unsigned char)*j->p >= 0x20);
                if (*j->p == '\\') {
                        j->p++;
                        n += json_read_escape(j, dst + n);
                } else {
                        dst[n++] = *j->p++;
                }
        }
        return n;
}

static inline size_t json_read_string(JsonReader *j, char *dst) {
        size_t n;

        json_read_char(j, '"');
        n = json_read_inside(j, dst);
        json_read_char(j, '"');
        return n;
}

/* "KEY": */
static inline void json_read_key(JsonReader *j, const char *key) {
        size_t n = strlen(key);

        json_read_char(j, '"');
        assert((size_t)(j->end - j->p) > n && memcmp(j->p, key, n) == 0 && j->p[n] == '"');
        j->p += n + 1;
        json_read_char(j, ':');
}
