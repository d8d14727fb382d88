# SPDX-License-Identifier: MIT
"""A TLS 1.3 client that changes its keys as often as it likes (RFC 8446 section 4.6.3), which the module ssl cannot:
the same library, called directly."""

import ctypes
import socket
import _ssl

import harness as h

ASKED = 1  # SSL_KEY_UPDATE_REQUESTED: the other side is to do the same
FUNCTIONS = {
    "TLS_client_method": (ctypes.c_void_p,),
    "SSL_CTX_new": (ctypes.c_void_p, ctypes.c_void_p),
    "SSL_CTX_free": (None, ctypes.c_void_p),
    "SSL_new": (ctypes.c_void_p, ctypes.c_void_p),
    "SSL_free": (None, ctypes.c_void_p),
    "SSL_set_fd": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int),
    "SSL_connect": (ctypes.c_int, ctypes.c_void_p),
    "SSL_set0_wbio": (None, ctypes.c_void_p, ctypes.c_void_p),
    "SSL_key_update": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int),
    "SSL_do_handshake": (ctypes.c_int, ctypes.c_void_p),
    "SSL_write": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int),
    "BIO_s_mem": (ctypes.c_void_p,),
    "BIO_new": (ctypes.c_void_p, ctypes.c_void_p),
    "BIO_ctrl_pending": (ctypes.c_size_t, ctypes.c_void_p),
    "BIO_read": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int),
}


class Library:
    """With the functions as attributes."""

    def __init__(self):
        found = ctypes.CDLL(_ssl.__file__)
        for name, (result, *arguments) in FUNCTIONS.items():
            try:
                function = getattr(found, name)
            except AttributeError as e:
                raise h.Skip(f"the module ssl has no {name}") from e
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)


def made(address, source, n, message=b"", kind=ASKED):
    """A stream that has shaken hands, and what it is to send: n times new keys, each followed by the message."""
    lib = Library()
    sock = socket.create_connection(address, source_address=source)
    context = lib.SSL_CTX_new(lib.TLS_client_method())
    session = lib.SSL_new(context)
    assert lib.SSL_set_fd(session, sock.fileno()) == 1 and lib.SSL_connect(session) == 1, "no handshake"
    out = lib.BIO_new(lib.BIO_s_mem())
    lib.SSL_set0_wbio(session, out)
    for _ in range(n):
        assert lib.SSL_key_update(session, kind) == 1 and lib.SSL_do_handshake(session) == 1, "no new keys"
        assert not message or lib.SSL_write(session, message, len(message)) == len(message)
    size = lib.BIO_ctrl_pending(out)
    data = ctypes.create_string_buffer(size)
    assert lib.BIO_read(out, data, size) == size
    lib.SSL_free(session)
    lib.SSL_CTX_free(context)
    return sock, data.raw
