/* SPDX-License-Identifier: MIT */
/* What can be said of an option alone; wish.h and destination.h see how they go together. */

#include "ctl/send_options.h"

#include "core/names.h"
#include "core/tls_name.h"
#include "ctl/connection_unix.h"
#include "ctl/print.h"
#include <errno.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define TIMEOUT_MAX_USEC (10 * 86400 * USEC_PER_SEC)
#define PORT_MAX 65535
#define IP_PROTOCOL_MAX 255

enum {
        KEY_RAW = OPTION_KEY_LONG,
        KEY_IP_PROTOCOL,
        KEY_DATAGRAM,
        KEY_SEQPACKET,
        KEY_VSOCK,
        KEY_FRAMING,
        KEY_DELIMITER,
        KEY_START,
        KEY_LENGTH_SIZE,
        KEY_LENGTH_ORDER,
        KEY_TLS,
        KEY_CA,
        KEY_CERT,
        KEY_KEY,
        KEY_TLS_NAME,
        KEY_FINGERPRINT,
};

const Option send_options[SEND_OPTIONS_N] = {
        { 'H', "host", "NAME", "host to send to [127.0.0.1]; -4, -6: only this family" },
        { '4', NULL, NULL, NULL },
        { '6', NULL, NULL, NULL },
        { 'p', "port", "PORT", "port to send to [9191]" },
        { 'l', "listener", "NAME", "send to this listener of the configuration file" },
        { 't', "tcp", NULL, "send over TCP [default]; -u, --udp: over UDP" },
        { 'u', "udp", NULL, NULL },
        { 'U', "unix", "PATH", "a Unix socket; --datagram, --seqpacket: of this type" },
        { KEY_DATAGRAM, "datagram", NULL, NULL },
        { KEY_SEQPACKET, "seqpacket", NULL, NULL },
        { KEY_RAW, "raw", NULL, "IP packets: --ip-protocol=N; --vsock=CID:PORT: a VM" },
        { KEY_IP_PROTOCOL, "ip-protocol", "N", NULL },
        { KEY_VSOCK, "vsock", "CID:PORT", NULL },
        { KEY_TLS, "tls", NULL, "TLS; --ca, --tls-name, --fingerprint: whom to trust" },
        { KEY_CA, "ca", "FILE", NULL },
        { KEY_TLS_NAME, "tls-name", "NAME", NULL },
        { KEY_FINGERPRINT, "fingerprint", "sha256:HEX", NULL },
        { KEY_CERT, "cert", "FILE", "own certificate for TLS; --key=FILE: its private key" },
        { KEY_KEY, "key", "FILE", NULL },
        { KEY_FRAMING, "framing", "KIND", "how messages are separated, see sockctl(1) [line]" },
        { KEY_DELIMITER, "delimiter", "BYTES",
          "and --start, --length-size, --length-order: of these" },
        { KEY_START, "start", "BYTES", NULL },
        { KEY_LENGTH_SIZE, "length-size", "N", NULL },
        { KEY_LENGTH_ORDER, "length-order", "ORDER", NULL },
        { 'n', "no-reply", NULL, "do not wait for receipts" },
        { 'w', "timeout", "TIME", "timeout for connecting and each receipt [5s]" },
};

static int take_port(Wish *wish, const char *text) {
        unsigned long port = strtoul(text, NULL, 10);

        if (text[strspn(text, "0123456789")] != '\0' || port < 1 || port > PORT_MAX) {
                print_error("--port: invalid port \"%s\" (expected 1 to %d)", text, PORT_MAX);
                return -EINVAL;
        }
        wish->port = (uint16_t)port;
        return 0;
}

static const char *protocol_option(Protocol p) {
        static const char *const table[PROTOCOL_MAX_] = {
                "--tcp", "--udp", "--raw", "--unix", "--datagram", "--seqpacket", "--vsock",
        };

        return table[p];
}

static int take_protocol(Wish *wish, Protocol protocol) {
        if (protocol_is_known(wish->protocol) && wish->protocol != protocol) {
                print_error("%s and %s cannot be combined",
                            protocol_option(MIN(wish->protocol, protocol)),
                            protocol_option(MAX(wish->protocol, protocol)));
                return -EINVAL;
        }
        wish->protocol = protocol;
        return 0;
}

static int take_path(Wish *wish, const char *text) {
        if (*text == '\0' || strcmp(text, "@") == 0) {
                print_error("--unix: empty name");
                return -EINVAL;
        }
        if (strlen(text) > CONNECTION_UNIX_PATH_MAX) {
                print_error("--unix: the path has %zu bytes, a Unix socket can have %zu at most",
                            strlen(text), CONNECTION_UNIX_PATH_MAX);
                return -EINVAL;
        }
        wish->path = text;
        return 0;
}

static int take_ip_protocol(Wish *wish, const char *text) {
        unsigned long n = strtoul(text, NULL, 10);

        if (text[strspn(text, "0123456789")] != '\0' || n < 1 || n > IP_PROTOCOL_MAX) {
                print_error("--ip-protocol: invalid number \"%s\" (expected 1 to %d)", text,
                            IP_PROTOCOL_MAX);
                return -EINVAL;
        }
        if (n == IPPROTO_TCP || n == IPPROTO_UDP) {
                print_error("--ip-protocol: %lu is %s, use %s", n, n == IPPROTO_TCP ? "TCP" : "UDP",
                            n == IPPROTO_TCP ? "-t" : "-u");
                return -EINVAL;
        }
        wish->ip_protocol = (unsigned)n;
        return 0;
}

/* Of N bytes, all of which must be digits. */
static bool parse_u32(const char *text, size_t n, uint32_t *ret) {
        uint64_t v = 0;

        if (n == 0 || strspn(text, "0123456789") < n)
                return false;
        for (size_t i = 0; i < n && v <= UINT32_MAX; i++)
                v = v * 10 + (uint64_t)(text[i] - '0');
        if (v >= UINT32_MAX) /* any CID, any port */
                return false;

        *ret = (uint32_t)v;
        return true;
}

static bool parse_cid(const char *text, size_t n, uint32_t *ret) {
        if (n == strlen("local") && memcmp(text, "local", n) == 0)
                *ret = VMADDR_CID_LOCAL;
        else if (n == strlen("host") && memcmp(text, "host", n) == 0)
                *ret = VMADDR_CID_HOST;
        else
                return parse_u32(text, n, ret);
        return true;
}

static int take_vsock(Wish *wish, const char *text) {
        const char *colon = strchrnul(text, ':');
        uint32_t cid, port = SOCKD_PORT_DEFAULT;

        if (!parse_cid(text, (size_t)(colon - text), &cid) ||
            (*colon && !parse_u32(colon + 1, strlen(colon + 1), &port))) {
                print_error("--vsock: invalid address \"%s\" (expected CID:PORT or CID, which is a "
                            "number, local or host)",
                            text);
                return -EINVAL;
        }
        wish->cid = cid;
        wish->has_cid = true;
        if (*colon)
                wish->port = port;
        return take_protocol(wish, PROTOCOL_VSOCK);
}

static int take_family(Wish *wish, int family) {
        if (wish->family != AF_UNSPEC && wish->family != family) {
                print_error("-4 and -6 cannot be combined");
                return -EINVAL;
        }
        wish->family = family;
        return 0;
}

static int take_framing(Wish *wish, const char *text) {
        const char *words[FRAMING_MAX_];
        size_t framing;
        int r;

        for (Framing f = 0; f < FRAMING_MAX_; f++)
                words[f] = framing_text(f);
        r = options_word("--framing", text, words, FRAMING_MAX_, &framing);
        if (r >= 0)
                wish->frame.framing = (uint8_t)framing;
        return r;
}

static int take_frame_text(const char *option, const char *text, char to[static FRAME_TEXT_MAX],
                           uint8_t *ret_size) {
        size_t n = strlen(text);

        if (n < 1 || n > FRAME_TEXT_MAX) {
                print_error("%s: must have 1 to %d bytes", option, FRAME_TEXT_MAX);
                return -EINVAL;
        }
        /* Bytes with a size. NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        memcpy(to, text, n);
        *ret_size = (uint8_t)n;
        return 0;
}

static int take_length_size(Wish *wish, const char *text) {
        if (strcmp(text, "1") != 0 && strcmp(text, "2") != 0 && strcmp(text, "4") != 0) {
                print_error("--length-size: must be 1, 2 or 4, not \"%s\"", text);
                return -EINVAL;
        }
        wish->frame.length_size = (uint8_t)(*text - '0');
        return 0;
}

static int take_length_order(Wish *wish, const char *text) {
        const char *words[BYTE_ORDER_MAX_];
        size_t order;
        int r;

        for (ByteOrder o = 0; o < BYTE_ORDER_MAX_; o++)
                words[o] = byte_order_text(o);
        r = options_word("--length-order", text, words, BYTE_ORDER_MAX_, &order);
        if (r >= 0)
                wish->frame.length_order = (uint8_t)order;
        return r;
}

static int take_fingerprint(Wish *wish, const char *text) {
        char digits[TLS_PEER_FINGERPRINT_MAX + 1];

        if (tls_name_parse_fingerprint(text, digits) < 0) {
                print_error(
                        "--fingerprint: must be \"sha256:\" and 64 hexadecimal digits, not \"%s\"",
                        text);
                return -EINVAL;
        }
        wish->fingerprint = text;
        return 0;
}

static int take_text(const char *option, const char *text, const char **ret) {
        if (*text == '\0') {
                print_error("%s: empty name", option);
                return -EINVAL;
        }
        *ret = text;
        return 0;
}

static int take_tls(Wish *wish, int key, const char *argument) {
        switch (key) {
        case KEY_TLS:
                wish->tls = true;
                return 0;
        case KEY_CA:
                return take_text("--ca", argument, &wish->ca);
        case KEY_CERT:
                return take_text("--cert", argument, &wish->cert);
        case KEY_KEY:
                return take_text("--key", argument, &wish->key);
        case KEY_TLS_NAME:
                return take_text("--tls-name", argument, &wish->tls_name);
        default: /* KEY_FINGERPRINT */
                return take_fingerprint(wish, argument);
        }
}

/* Where and how. */
static int take_transport(Wish *wish, int key, const char *argument) {
        switch (key) {
        case 'H':
                return take_text("--host", argument, &wish->host);
        case 'p':
                return take_port(wish, argument);
        case 't':
                return take_protocol(wish, PROTOCOL_TCP);
        case 'u':
                return take_protocol(wish, PROTOCOL_UDP);
        case '4':
                return take_family(wish, AF_INET);
        case '6':
                return take_family(wish, AF_INET6);
        case 'U':
                return take_path(wish, argument);
        case KEY_DATAGRAM:
                return take_protocol(wish, PROTOCOL_UNIX_DATAGRAM);
        case KEY_SEQPACKET:
                return take_protocol(wish, PROTOCOL_UNIX_SEQPACKET);
        case KEY_RAW:
                return take_protocol(wish, PROTOCOL_RAW);
        case KEY_IP_PROTOCOL:
                return take_ip_protocol(wish, argument);
        case KEY_VSOCK:
                return take_vsock(wish, argument);
        default:
                return take_tls(wish, key, argument);
        }
}

int send_options_take(void *target, int key, const char *argument) {
        SendOptions *plan = target;

        switch (key) {
        case 'l':
                plan->wish.listener = argument;
                return 0;
        case KEY_FRAMING:
                return take_framing(&plan->wish, argument);
        case KEY_DELIMITER:
                return take_frame_text("--delimiter", argument, plan->wish.frame.delimiter,
                                       &plan->wish.frame.delimiter_size);
        case KEY_START:
                return take_frame_text("--start", argument, plan->wish.frame.start,
                                       &plan->wish.frame.start_size);
        case KEY_LENGTH_SIZE:
                return take_length_size(&plan->wish, argument);
        case KEY_LENGTH_ORDER:
                return take_length_order(&plan->wish, argument);
        case 'n':
                plan->wish.no_reply = true;
                return 0;
        case 'w':
                return options_time("--timeout", argument, TIMEOUT_MAX_USEC, &plan->timeout_usec);
        default:
                return take_transport(&plan->wish, key, argument);
        }
}
