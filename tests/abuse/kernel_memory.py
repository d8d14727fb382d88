# SPDX-License-Identifier: MIT
"""What the kernel keeps for sockets, asked for over netlink (sock_diag(7)): /proc/net/sockstat has only a sum over the
whole machine."""

import socket
import struct

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_DONE = 3
NLM_F_REQUEST_DUMP = 0x1 | 0x300
INET_DIAG_SKMEMINFO = 7
ESTABLISHED = 1 << 1
MESSAGE_SIZE = 72  # struct inet_diag_msg


def attributes(data):
    while len(data) >= 4:
        size, kind = struct.unpack_from("HH", data)
        yield kind, data[4:size]
        data = data[(size + 3) & ~3:]


def memory(attribute):
    received, _, _, _, reserved, queued = struct.unpack_from("6I", attribute)
    return received + reserved + queued


def of_streams(port):
    """Bytes for each established IPv4 stream whose local port this is."""
    request = struct.pack("BBBxI48x", socket.AF_INET, socket.IPPROTO_TCP, 1 << (INET_DIAG_SKMEMINFO - 1), ESTABLISHED)
    head = struct.pack("IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 1, 0)
    sizes = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as s:
        s.send(head + request)
        while True:
            data = s.recv(1 << 20)
            while data:
                size, kind = struct.unpack_from("IH", data)
                if kind == NLMSG_DONE:
                    return sizes
                assert kind == SOCK_DIAG_BY_FAMILY, "an error of sock_diag"
                body, data = data[16:size], data[(size + 3) & ~3:]
                if struct.unpack_from("!H", body, 4)[0] == port:
                    sizes += [memory(a) for k, a in attributes(body[MESSAGE_SIZE:]) if k == INET_DIAG_SKMEMINFO]
