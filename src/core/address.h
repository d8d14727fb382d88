/* SPDX-License-Identifier: MIT */
/*
 * Who is at one end of a socket, as a plain value: a network address and port, the credentials of a
 * local process, a virtual machine. IPv4-mapped IPv6 addresses become IPv4 here, so the rest of the
 * program never meets them. The only place where addresses are printed or parsed.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* "[" + IPv6 text + "%" + interface name + "]:65535" + NUL, rounded up. */
#define ADDRESS_TEXT_MAX 80

/* AF_UNIX: the process at the other end, as it was when it connected or sent; else all unknown. */
#define ADDRESS_ID_UNKNOWN UINT32_MAX
typedef struct AddressProcess {
        uint32_t uid, gid; /* or ADDRESS_ID_UNKNOWN */
        uint32_t pid;      /* 0: of another PID namespace */
} AddressProcess;

/* AF_VSOCK. */
typedef struct AddressMachine {
        uint32_t cid;  /* VMADDR_CID_ANY: any */
        uint32_t port; /* wider than that of other families */
} AddressMachine;

typedef struct Address {
        union {
                struct in_addr v4;
                struct in6_addr v6;
                AddressProcess process;
                AddressMachine machine;
        };
        uint32_t scope_id; /* if address_has_scope(), else 0 */
        uint16_t family;   /* AF_INET, AF_INET6, AF_UNIX, AF_VSOCK; AF_UNSPEC in a zeroed value */
        uint16_t port;     /* AF_INET, AF_INET6: in host byte order */
} Address;

/* Who is at the other end of a connection, as it was when that was accepted. */
typedef enum PeerKind {
        PEER_CLIENT,
        PEER_PROXY, /* one of the listener's proxies: a header will tell the client */
} PeerKind;

/*
 * Identifies the owner of an address for limits: an IPv4 address, an IPv6 /64, or a link-local IPv6
 * address with its scope, because all hosts of a link share that /64; a user, a virtual machine.
 * Compare with memcmp.
 */
typedef struct AddressKey {
        uint8_t bytes[21];
} AddressKey;

/*
 * Numeric IPv4 or IPv6 text, without brackets, "%SCOPE" (interface name or number) allowed on
 * link-local IPv6, groups too. "*" is not an address. Returns 0, or -EINVAL for anything else,
 * -ENODEV for a scope that names no interface.
 */
int address_parse(const char *text, uint16_t port, Address *ret);
/*
 * The same of any address, but for the scope: *RET_DEVICE is what stands behind the "%", NULL if
 * there is none, and nobody asks whether it exists. Returns 0 or -EINVAL.
 */
int address_parse_host(const char *text, uint16_t port, Address *ret, const char **ret_device);

/* address_parse(), and "uid:1000" and "vsock:3", as address_format_host() prints them. */
int address_parse_peer(const char *text, uint32_t port, Address *ret);

/* Of AF_UNIX, the first tells nobody, the last is impossible. Returns 0, or -EAFNOSUPPORT. */
int address_from_sockaddr(const struct sockaddr *sa, Address *ret);
/* The address that the socket is bound to. Returns 0 or negative errno. */
int address_of_socket(int fd, Address *ret);
socklen_t address_to_sockaddr(const Address *a, struct sockaddr_storage *ret);

/*
 * Both print with a terminating NUL and return the length without it. address_format:
 * "192.0.2.7:51234", "[2001:db8::1]:51234", "[fe80::1%eth0]:5", "uid:1000/pid:4711",
 * "vsock:3:51234". address_format_host: the same without port, process ID and brackets.
 */
size_t address_format(const Address *a, char buf[static ADDRESS_TEXT_MAX]);
size_t address_format_host(const Address *a, char buf[static ADDRESS_TEXT_MAX]);

/* Family, address and scope, or the user, are the same; and the port, or the process too. */
bool address_same_host(const Address *a, const Address *b);
bool address_equal(const Address *a, const Address *b);
/* Of any family that has ports, else 0. */
uint32_t address_port(const Address *a);
/* 0.0.0.0, ::, or any machine. */
bool address_is_any(const Address *a);
/* A multicast group of either family. */
bool address_is_multicast(const Address *a);
/* The same, or the v4 limited broadcast address. */
bool address_is_group(const Address *a);
/* A link-local IPv6 address, also that of a group: it is complete only with its interface. */
bool address_has_scope(const Address *a);
AddressKey address_key(const Address *a);
