/* SPDX-License-Identifier: MIT */
/* Sections 2.1 and 2.2 of the specification; strict, because who sends this is a program. */

#include "core/proxy.h"

#include "core/macro.h"
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

/* Version 1, with CR LF. */
#define LINE_MAX_SIZE 107
#define LINE_BEGIN "PROXY "
#define LINE_BEGIN_SIZE (sizeof(LINE_BEGIN) - 1)
#define LINE_UNKNOWN "UNKNOWN"
#define PORT_DIGITS 5

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define SIGNATURE_SIZE (sizeof(SIGNATURE) - 1)
#define COMMAND_PROXY 1
#define STREAM_V4 0x11
#define STREAM_V6 0x21

#define TLV_HEAD_SIZE 3
#define TLV_CRC32C 0x03
#define TLV_UNIQUE_ID 0x05
#define TLV_SSL 0x20
#define TLV_SSL_VERSION 0x21
#define TLV_SSL_CN 0x22
#define SSL_HEAD_SIZE 5          /* flags of the client, and what verifying gave */
#define SSL_CLIENT_SSL 0x01      /* it speaks TLS */
#define SSL_CLIENT_HAS_CERT 0x06 /* in this connection, or in the session it resumes */
#define UNIQUE_ID_MAX 128

typedef struct Bytes {
        const uint8_t *data;
        size_t size;
} Bytes;

static ProxyResult bad(ProxyHeader *h, const char *reason) {
        h->reason = reason;
        return PROXY_BAD;
}

static unsigned number16(const uint8_t *p) {
        return (unsigned)p[0] << 8 | p[1];
}

/* Whether the first bytes are those of MARK, as far as there are any. */
static bool begins_with(const uint8_t *p, size_t n, const char *mark, size_t size) {
        return memcmp(p, mark, MIN(n, size)) == 0;
}

/* --- version 1 --- */

/* Takes the next word, which one space or the end of the line must follow. */
static bool take_word(Bytes *line, char *word, size_t max) {
        const uint8_t *space = memchr(line->data, ' ', line->size);
        size_t n = space ? (size_t)(space - line->data) : line->size;

        if (n == 0 || n >= max || memchr(line->data, '\0', n))
                return false;

        memcpy(word, line->data, n);
        word[n] = '\0';
        n += space != NULL;
        line->data += n;
        line->size -= n;
        return true;
}

static bool take_address(Bytes *line, int family, Address *ret) {
        union {
                struct sockaddr sa;
                struct sockaddr_in in;
                struct sockaddr_in6 in6;
        } s;
        char word[INET6_ADDRSTRLEN];
        void *to = family == AF_INET ? (void *)&s.in.sin_addr : (void *)&s.in6.sin6_addr;

        memset(&s, 0, sizeof(s));
        s.sa.sa_family = (sa_family_t)family;
        return take_word(line, word, sizeof(word)) && inet_pton(family, word, to) == 1 &&
               address_from_sockaddr(&s.sa, ret) == 0;
}

static bool take_port(Bytes *line, uint16_t *ret) {
        char word[PORT_DIGITS + 1];
        unsigned v = 0;

        if (!take_word(line, word, sizeof(word)) || (word[0] == '0' && word[1]))
                return false;

        for (const char *c = word; *c; c++) {
                if (*c < '0' || *c > '9')
                        return false;
                v = v * 10 + (unsigned)(*c - '0');
        }
        *ret = (uint16_t)v;
        return v <= UINT16_MAX;
}

/* LINE: between "PROXY " and CR LF. */
static ProxyResult parse_line(Bytes line, ProxyHeader *h) {
        char word[sizeof(LINE_UNKNOWN)];
        bool ends_in_space = line.size > 0 && line.data[line.size - 1] == ' ';
        int family = AF_INET;

        if (!take_word(&line, word, sizeof(word)))
                return bad(h, "unknown protocol");
        if (strcmp(word, LINE_UNKNOWN) == 0) {
                h->is_local = true;
                return PROXY_DONE;
        }
        if (strcmp(word, "TCP6") == 0)
                family = AF_INET6;
        else if (strcmp(word, "TCP4") != 0)
                return bad(h, "unknown protocol");

        if (!take_address(&line, family, &h->source) ||
            !take_address(&line, family, &h->destination))
                return bad(h, "invalid address");
        if (!take_port(&line, &h->source.port) || !take_port(&line, &h->destination.port))
                return bad(h, "invalid port");
        if (line.size > 0 || ends_in_space)
                return bad(h, "more than two ports");
        return PROXY_DONE;
}

static ProxyResult parse_v1(const uint8_t *p, size_t n, ProxyHeader *h) {
        const size_t seen = MIN(n, (size_t)LINE_MAX_SIZE);
        size_t i = LINE_BEGIN_SIZE;

        while (i < seen && p[i] != '\r' && p[i] != '\n')
                i++;
        if (i + 1 >= LINE_MAX_SIZE)
                return bad(h, "longer than 107 bytes");
        if (i < seen && p[i] == '\n')
                return bad(h, "LF without CR");
        if (i + 1 >= n)
                return PROXY_NEED_MORE;
        if (p[i + 1] != '\n')
                return bad(h, "CR without LF");

        h->size = i + 2;
        return parse_line((Bytes){ p + LINE_BEGIN_SIZE, i - LINE_BEGIN_SIZE }, h);
}

/* --- version 2 --- */

/* Returns 1 for the next field, 0 at the end, -1 if it does not fit. */
static int next_tlv(Bytes *rest, uint8_t *ret_type, Bytes *ret) {
        size_t size;

        if (rest->size == 0)
                return 0;
        if (rest->size < TLV_HEAD_SIZE)
                return -1;

        size = number16(rest->data + 1);
        if (size > rest->size - TLV_HEAD_SIZE)
                return -1;

        *ret_type = rest->data[0];
        *ret = (Bytes){ rest->data + TLV_HEAD_SIZE, size };
        rest->data += TLV_HEAD_SIZE + size;
        rest->size -= TLV_HEAD_SIZE + size;
        return 1;
}

static bool is_plain(uint8_t c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               (c != '\0' && strchr("._:/@*+-", c));
}

/* TEXT has room for MAX bytes and a NUL. Returns false if they do not suffice. */
static bool copy_text(char *text, size_t max, Bytes b) {
        static const char digits[16] = "0123456789abcdef";
        char *p = text;

        for (size_t i = 0; i < b.size; i++) {
                uint8_t c = b.data[i];

                if ((size_t)(p - text) + (is_plain(c) ? 1 : 4) > max)
                        return false;
                if (is_plain(c)) {
                        *p++ = (char)c;
                        continue;
                }
                *p++ = '\\';
                *p++ = 'x';
                *p++ = digits[c >> 4];
                *p++ = digits[c & 15];
        }
        *p = '\0';
        return true;
}

/* haproxy says "verified" of clients without a certificate too. */
static ProxyResult parse_ssl(Bytes ssl, ProxyHeader *h) {
        static const uint8_t verified[SSL_HEAD_SIZE - 1];
        uint8_t client, type;
        bool has_name;
        Bytes value;
        int r;

        if (ssl.size < SSL_HEAD_SIZE)
                return bad(h, "TLS field too short");

        client = ssl.data[0];
        has_name = client & SSL_CLIENT_HAS_CERT &&
                   memcmp(ssl.data + 1, verified, sizeof(verified)) == 0;
        ssl.data += SSL_HEAD_SIZE;
        ssl.size -= SSL_HEAD_SIZE;
        while ((r = next_tlv(&ssl, &type, &value)) > 0) {
                if (type == TLV_SSL_VERSION && client & SSL_CLIENT_SSL &&
                    !copy_text(h->tls, PROXY_TLS_MAX, value))
                        return bad(h, "TLS version too long");
                if (type == TLV_SSL_CN && has_name && !copy_text(h->name, PROXY_NAME_MAX, value))
                        return bad(h, "certificate name too long");
        }
        return r < 0 ? bad(h, "fields of TLS do not fill it") : PROXY_DONE;
}

/* CRC-32C of the header P, N, in which the four bytes at CRC count as zero. */
static uint32_t checksum(const uint8_t *p, size_t n, const uint8_t *crc) {
        uint32_t sum = UINT32_MAX;

        for (const uint8_t *c = p; c < p + n; c++) {
                sum ^= c >= crc && c < crc + sizeof(sum) ? 0 : *c;
                for (int bit = 0; bit < 8; bit++)
                        sum = sum >> 1 ^ (sum & 1 ? UINT32_C(0x82f63b78) : 0);
        }
        return ~sum;
}

static ProxyResult check_sum(const uint8_t *p, size_t n, Bytes crc, ProxyHeader *h) {
        uint32_t want;

        if (crc.size != sizeof(want))
                return bad(h, "checksum of wrong size");

        memcpy(&want, crc.data, sizeof(want));
        return checksum(p, n, crc.data) == ntohl(want) ? PROXY_DONE : bad(h, "wrong checksum");
}

static ProxyResult parse_fields(const uint8_t *p, Bytes rest, ProxyHeader *h) {
        ProxyResult done = PROXY_DONE;
        uint8_t type;
        Bytes value;
        int r;

        while (done == PROXY_DONE && (r = next_tlv(&rest, &type, &value)) != 0) {
                if (r < 0)
                        return bad(h, "fields do not fill it");
                if (type == TLV_CRC32C)
                        done = check_sum(p, h->size, value, h);
                else if (type == TLV_SSL)
                        done = parse_ssl(value, h);
                else if (type == TLV_UNIQUE_ID) {
                        if (value.size > UNIQUE_ID_MAX)
                                return bad(h, "unique ID longer than 128 bytes");
                        (void)copy_text(h->id, PROXY_ID_MAX, value); /* fits */
                }
        }
        return done;
}

/* Both addresses, then both ports. */
static void copy_v4(const uint8_t *p, const uint8_t *port, Address *ret) {
        struct sockaddr_in in = { .sin_family = AF_INET };

        memcpy(&in.sin_addr, p, sizeof(in.sin_addr));
        memcpy(&in.sin_port, port, sizeof(in.sin_port));
        (void)address_from_sockaddr((const struct sockaddr *)&in, ret); /* the family is known */
}

static void copy_v6(const uint8_t *p, const uint8_t *port, Address *ret) {
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

        memcpy(&in6.sin6_addr, p, sizeof(in6.sin6_addr));
        memcpy(&in6.sin6_port, port, sizeof(in6.sin6_port));
        (void)address_from_sockaddr((const struct sockaddr *)&in6, ret); /* the family is known */
}

static ProxyResult parse_body(const uint8_t *p, bool is_v6, ProxyHeader *h) {
        void (*copy)(const uint8_t *, const uint8_t *, Address *) = is_v6 ? copy_v6 : copy_v4;
        const size_t address = is_v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
        const size_t all = 2 * (address + sizeof(in_port_t));
        const uint8_t *source = p + PROXY_FIXED_SIZE, *ports = source + 2 * address;

        if (h->size < PROXY_FIXED_SIZE + all)
                return bad(h, "too short for its addresses");

        copy(source, ports, &h->source);
        copy(source + address, ports + sizeof(in_port_t), &h->destination);
        return parse_fields(p, (Bytes){ source + all, h->size - PROXY_FIXED_SIZE - all }, h);
}

static ProxyResult parse_v2(const uint8_t *p, size_t n, ProxyHeader *h) {
        const uint8_t *fixed = p + SIGNATURE_SIZE;
        size_t length;

        if (n > SIGNATURE_SIZE && fixed[0] >> 4 != 2)
                return bad(h, "unknown version");
        if (n > SIGNATURE_SIZE && (fixed[0] & 15) > COMMAND_PROXY)
                return bad(h, "unknown command");
        if (n > SIGNATURE_SIZE + 1 && (fixed[1] >> 4 > 3 || (fixed[1] & 15) > 2))
                return bad(h, "unknown address family or protocol");
        if (n < PROXY_FIXED_SIZE)
                return PROXY_NEED_MORE;

        length = number16(fixed + 2);
        if (length > PROXY_LENGTH_MAX)
                return bad(h, "longer than 2048 bytes");
        if (n < PROXY_FIXED_SIZE + length)
                return PROXY_NEED_MORE;

        h->size = PROXY_FIXED_SIZE + length;
        if ((fixed[0] & 15) == COMMAND_PROXY && (fixed[1] == STREAM_V4 || fixed[1] == STREAM_V6))
                return parse_body(p, fixed[1] == STREAM_V6, h);
        h->is_local = true;
        return PROXY_DONE;
}

ProxyResult proxy_parse(const char *text, size_t n, ProxyHeader *ret) {
        const uint8_t *p = (const uint8_t *)text;

        *ret = (ProxyHeader){ 0 };
        if (begins_with(p, n, SIGNATURE, SIGNATURE_SIZE))
                return n < SIGNATURE_SIZE ? PROXY_NEED_MORE : parse_v2(p, n, ret);
        if (begins_with(p, n, LINE_BEGIN, LINE_BEGIN_SIZE))
                return n < LINE_BEGIN_SIZE ? PROXY_NEED_MORE : parse_v1(p, n, ret);
        return PROXY_NONE;
}
