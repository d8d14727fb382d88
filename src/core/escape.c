/* SPDX-License-Identifier: MIT */
/*
 * Escaping. Most bytes are printable ASCII, so they are copied and checked many at a time: in blocks
 * of vectors first, then in words, which also find the byte to stop at. Every input byte becomes at
 * least one output byte: as long as so many are left of the input, so many may be written.
 */

#include "core/escape.h"

#include "core/macro.h"
#include "core/utf8.h"
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#define WORD sizeof(uint64_t)
#define EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH_BITS EVERY(0x80)

/* Longest output of one character: four bytes as \xHH. */
#define UNIT_MAX 16
#define REPLACEMENT 0xfffd

typedef enum Style {
        STYLE_TEXT,
        STYLE_TERMINAL,
        STYLE_JSON,
} Style;

static const char hex[] = "0123456789abcdef";

/* The first byte of the text is the lowest of the word, whatever the machine's order. */
static _inline_ uint64_t load_word(const uint8_t *s) {
        uint64_t w;

        memcpy(&w, s, sizeof(w));
        return le64toh(w);
}

/*
 * The high bit of each byte that is not copied as it is. The subtractions and the addition carry
 * out of such bytes only, so what is below the lowest one found, and that one itself, are exact.
 */
static _inline_ uint64_t stop_bits(uint64_t w, Style style) {
        uint64_t stop = w | (w - EVERY(' ')) | (w + EVERY(0x80 - 0x7f));

        if (style != STYLE_TERMINAL)
                stop |= (w ^ EVERY('\\')) - EVERY(1);
        if (style == STYLE_JSON)
                stop |= (w ^ EVERY('"')) - EVERY(1);
        return stop & HIGH_BITS;
}

static _inline_ size_t first_byte(uint64_t bits) {
        return (size_t)__builtin_ctzll(bits) / 8;
}

/* The same for one byte. */
static _inline_ bool is_stop(uint8_t c, Style style) {
        return c < ' ' || c >= 0x7f || (c == '\\' && style != STYLE_TERMINAL) ||
               (c == '"' && style == STYLE_JSON);
}

/* What the compiler makes vector instructions of where there are any, plain ones elsewhere. */
typedef int8_t Vector __attribute__((vector_size(16)));
typedef uint64_t VectorWords __attribute__((vector_size(16)));

#define BLOCK (2 * sizeof(Vector))

/* All bits of each byte that is not copied as it is. Bytes from 0x80 on are negative. */
static _inline_ Vector stop_bytes(Vector v, Style style) {
        Vector stop = (v < ' ') | (v == 0x7f);

        if (style != STYLE_TERMINAL)
                stop |= v == '\\';
        if (style == STYLE_JSON)
                stop |= v == '"';
        return stop;
}

/* Whether a block holds nothing to stop at. */
static _inline_ bool is_plain_block(const uint8_t *s, Style style) {
        Vector a, b;
        VectorWords stop;

        memcpy(&a, s, sizeof(a));
        memcpy(&b, s + sizeof(a), sizeof(b));
        stop = (VectorWords)(stop_bytes(a, style) | stop_bytes(b, style));
        return (stop[0] | stop[1]) == 0;
}

/* DST is NULL where only the size is wanted. */
static _inline_ char *at(char *dst, size_t i) {
        return dst ? dst + i : NULL;
}

static _inline_ void put(char *dst, const void *src, size_t n) {
        if (dst)
                memcpy(dst, src, n);
}

/* Copies what needs no escape from the start of SRC and returns its size. */
static _inline_ size_t copy_plain(char *dst, const uint8_t *src, size_t n, Style style) {
        uint64_t stop;
        size_t i = 0;

        for (; n - i >= BLOCK && is_plain_block(src + i, style); i += BLOCK)
                put(at(dst, i), src + i, BLOCK);
        for (; n - i >= WORD; i += WORD) {
                stop = stop_bits(load_word(src + i), style);
                put(at(dst, i), src + i, WORD);
                if (stop != 0)
                        return i + first_byte(stop);
        }
        if (i > 0 && i < n) {
                /*
                 * Once more the last whole word; what it shares with the one before is the same in
                 * DST.
                 */
                i = n - WORD;
                stop = stop_bits(load_word(src + i), style);
                put(at(dst, i), src + i, WORD);
                return stop != 0 ? i + first_byte(stop) : n;
        }
        for (; i < n && !is_stop(src[i], style); i++)
                put(at(dst, i), src + i, 1);
        return i;
}

static _inline_ size_t put_hex(char *dst, uint8_t c) {
        if (dst) {
                dst[0] = '\\';
                dst[1] = 'x';
                dst[2] = hex[c >> 4];
                dst[3] = hex[c & 0xf];
        }
        return 4;
}

/* The letter that stands for C behind a backslash; 0 when there is none. */
static _inline_ char short_escape(uint8_t c, Style style) {
        switch (c) {
        case '\\':
                return '\\';
        case '"':
                return style == STYLE_JSON ? '"' : 0;
        case '\n':
                return style == STYLE_JSON ? 0 : 'n';
        case '\r':
                return style == STYLE_JSON ? 0 : 'r';
        case '\t':
                return style == STYLE_JSON ? 0 : 't';
        default:
                return 0;
        }
}

static _inline_ size_t put_unicode(char *dst, uint32_t c) {
        if (dst) {
                dst[0] = '\\';
                dst[1] = 'u';
                for (unsigned i = 0; i < 4; i++)
                        dst[2 + i] = hex[c >> (12 - 4 * i) & 0xf];
        }
        return 6;
}

static size_t put_escape(char *dst, const uint8_t *src, size_t size, uint32_t c, Style style) {
        char letter = c < 0x80 ? short_escape((uint8_t)c, style) : (char)0;
        size_t n = 0;

        if (letter != 0) {
                put(dst, (char[]){ '\\', letter }, 2);
                return 2;
        }
        if (style == STYLE_JSON && c > 0xffff) /* RFC 8259: a surrogate pair */
                return put_unicode(dst, 0xd7c0 + (c >> 10)) +
                       put_unicode(at(dst, 6), 0xdc00 | (c & 0x3ff));
        if (style == STYLE_JSON)
                return put_unicode(dst, c);

        for (size_t i = 0; i < size; i++)
                n += put_hex(at(dst, n), src[i]);
        return n;
}

/* One character that copy_plain() stopped at, or one byte that is no part of any. */
static _inline_ size_t put_unit(char *dst, const uint8_t *src, size_t n, Style style,
                                size_t *ret_read) {
        uint32_t c;
        size_t size = utf8_decode(src, n, &c);

        if (size > 1 && utf8_is_printable(c)) {
                for (size_t i = 0; i < size; i++)
                        put(at(dst, i), src + i, 1);
                *ret_read = size;
                return size;
        }
        if (size == 0) {
                /* JSON can't hold such a byte: its callers have looked, this is the second lock. */
                c = REPLACEMENT;
                size = 1;
        }
        *ret_read = size;
        return put_escape(dst, src, size, c, style);
}

/*
 * Copies a run of letters of other scripts; the same four bytes fit any of them, as there is more
 * to come.
 */
static _inline_ size_t copy_letters(char *dst, const uint8_t *src, size_t n) {
        size_t i = 0;
        size_t size;

        for (; n - i >= UTF8_SIZE_MAX; i += size) {
                size = utf8_letter_size(src + i);
                if (size == 0)
                        return i;
                put(at(dst, i), src + i, UTF8_SIZE_MAX);
        }
        return i;
}

static _inline_ size_t escape(char *dst, const char *src, size_t n, Style style) {
        const uint8_t *s = (const uint8_t *)src;
        size_t written = 0;
        size_t i = 0;
        size_t size;

        while (i < n) {
                size = copy_plain(at(dst, written), s + i, n - i, style);
                written += size;
                i += size;
                size = copy_letters(at(dst, written), s + i, n - i);
                written += size;
                i += size;
                /* The rest, and binary: a word is not worth loading until ASCII comes again. */
                while (i < n && is_stop(s[i], style)) {
                        written += put_unit(at(dst, written), s + i, n - i, style, &size);
                        i += size;
                }
        }
        return written;
}

size_t escape_text(char *dst, const char *src, size_t n) {
        return escape(dst, src, n, STYLE_TEXT);
}

size_t escape_text_size(const char *src, size_t n) {
        return escape(NULL, src, n, STYLE_TEXT);
}

size_t escape_terminal(char *dst, const char *src, size_t n) {
        return escape(dst, src, n, STYLE_TERMINAL);
}

size_t escape_json(char *dst, const char *src, size_t n) {
        return escape(dst, src, n, STYLE_JSON);
}

static _inline_ bool is_ascii_block(const uint8_t *s) {
        VectorWords v[2];

        memcpy(v, s, sizeof(v));
        v[0] |= v[1];
        return ((v[0][0] | v[0][1]) & HIGH_BITS) == 0;
}

bool escape_is_utf8(const char *src, size_t n) {
        const uint8_t *s = (const uint8_t *)src;
        size_t i = 0, size;
        uint32_t c;
        uint64_t high;

        while (n - i >= BLOCK && is_ascii_block(s + i))
                i += BLOCK;
        while (n - i >= WORD) {
                high = load_word(s + i) & HIGH_BITS;
                if (high == 0) {
                        i += WORD;
                        continue;
                }
                i += first_byte(high);
                do {
                        size = utf8_decode(s + i, n - i, &c);
                        if (size == 0)
                                return false;
                        i += size;
                } while (i < n && s[i] >= 0x80);
        }
        for (; i < n; i += size) {
                size = utf8_decode(s + i, n - i, &c);
                if (size == 0)
                        return false;
        }
        return true;
}

static int hex_value(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -EINVAL;
}

/* The byte that an escape at the start of SRC stands for; returns the size of the escape. */
static int undo_escape(const char *src, size_t n, char *ret) {
        static const char letters[] = "\\\\n\nr\rt\t"; /* each letter and its byte */
        int high;
        int low;

        if (n < 2)
                return -EINVAL;
        for (const char *p = letters; *p; p += 2)
                if (src[1] == *p) {
                        *ret = p[1];
                        return 2;
                }
        if (src[1] != 'x' || n < 4)
                return -EINVAL;

        high = hex_value(src[2]);
        low = hex_value(src[3]);
        if (high < 0 || low < 0)
                return -EINVAL;
        *ret = (char)(high << 4 | low);
        return 4;
}

/*
 * Whether escaping the N bytes of PLAIN gives SRC: there are shorter ways to write \x41, and a bare
 * LF is none.
 */
static bool is_escape_of(const char *src, size_t src_size, const char *plain, size_t n) {
        char unit[UNIT_MAX];
        size_t written;
        size_t read;

        for (size_t i = 0; i < n; i += read) {
                if (is_stop((uint8_t)plain[i], STYLE_TEXT)) {
                        written = put_unit(unit, (const uint8_t *)plain + i, n - i, STYLE_TEXT,
                                           &read);
                } else {
                        unit[0] = plain[i];
                        written = read = 1;
                }
                if (written > src_size || memcmp(unit, src, written) != 0)
                        return false;
                src += written;
                src_size -= written;
        }
        return src_size == 0;
}

int escape_undo(char *dst, const char *src, size_t n, size_t *ret_size) {
        size_t size = 0;
        int r;

        for (size_t i = 0; i < n; i += (size_t)r) {
                r = 1;
                if (src[i] == '\\')
                        r = undo_escape(src + i, n - i, &dst[size]);
                else
                        dst[size] = src[i];
                if (r < 0)
                        return r;
                size++;
        }
        if (!is_escape_of(src, n, dst, size))
                return -EINVAL;

        *ret_size = size;
        return 0;
}

size_t escape_base64(char *dst, const char *src, size_t n) {
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const uint8_t *s = (const uint8_t *)src;
        char *p = dst;
        uint32_t v;

        for (; n >= 3; n -= 3, s += 3) {
                v = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];
                *p++ = digits[v >> 18];
                *p++ = digits[v >> 12 & 63];
                *p++ = digits[v >> 6 & 63];
                *p++ = digits[v & 63];
        }
        if (n > 0) {
                v = (uint32_t)s[0] << 16 | (n == 2 ? (uint32_t)s[1] << 8 : 0);
                *p++ = digits[v >> 18];
                *p++ = digits[v >> 12 & 63];
                *p++ = n == 2 ? digits[v >> 6 & 63] : '=';
                *p++ = '=';
        }
        return (size_t)(p - dst);
}
