#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is at the path of a Unix socket: nothing that is no socket, and no socket that is somebody's, is ever removed;
what a sockd that was killed has left is replaced. The mode is never wider than asked for. Reloads move the socket,
change its kind and its mode, and remove it; at the end the file has gone, if it is still the one that sockd has made.
"""

import os
import re
import signal
import socket
import threading

import harness as h

LONG = b"a datagram that is long enough for its receipt"


def refused(*cases):
    """sockd does not start, and says what is wrong with each path in one line: (kind, path, what it says)."""
    listeners = [h.unix(kind, name=f"n{i}", path=path) for i, (kind, path, _) in enumerate(cases)]
    code, _, err = h.run_sockd(text=h.config_text(listeners, [h.file(path="/dev/null")]))
    assert code in (75, 78), (code, err)
    said = [line for line in err.splitlines() if "retrying" not in line]
    assert len(said) == len(cases), err
    for i, (kind, path, text) in enumerate(cases):
        expected = f"listener n{i}: cannot listen on {path} (unix-{kind}): {text}"
        assert expected in said, (expected, err)


def wrong(path, text):
    code, _, err = h.run_sockd("--check", text=h.config_text([h.unix(path=path)]))
    assert code == 78 and re.search(text, err), err


USED = "Address already in use; another program listens on it"
NO_SOCKET = "Socket operation on non-socket; what is there is no socket, and sockd does not remove it"


def works(s, kind="stream", path=None):
    with s.local(kind, path) as c:
        if kind == "datagram":
            h.receipt_id(c.ask(LONG))
        else:
            c.send(b"hello\n").receipts(1)


def inode(path):
    return os.lstat(path).st_ino


def listening(path, kind="stream"):
    s = socket.socket(socket.AF_UNIX, h.UNIX_TYPES[kind])
    s.bind(path)
    if kind != "datagram":
        s.listen()
    return s


class Folder:
    """A directory of its own, beside that of sockd."""

    def __enter__(self):
        self.folder = h.tempfile.TemporaryDirectory(prefix="sockd-test-")
        return lambda name: os.path.join(self.folder.name, name)

    def __exit__(self, *_):
        self.folder.cleanup()


def test_in_the_way():
    """Files, directories, pipes, links wherever they point; no link is made a socket."""
    with Folder() as at:
        with open(at("file"), "w", encoding="ascii") as f:
            f.write("important")
        os.mkdir(at("folder"))
        os.mkfifo(at("pipe"))
        os.symlink(at("nowhere"), at("link-to-nowhere"))
        os.symlink(at("live"), at("link-to-live"))
        with listening(at("live")):
            refused(*[("stream", at(name), NO_SOCKET)
                      for name in ("file", "folder", "pipe", "link-to-nowhere", "link-to-live")],
                    ("stream", at("missing/socket"), "No such file or directory; its directory does not exist"),
                    ("stream", at("file/socket"), "Not a directory"))
        assert sorted(os.listdir(at(""))) == ["file", "folder", "link-to-live", "link-to-nowhere", "live", "pipe"]


def test_in_use():
    """By sockets of any kind, also one that takes datagrams from one peer only."""
    with Folder() as at:
        sockets = [listening(at(f"{kind}-{own}"), kind) for kind in h.UNIX_TYPES for own in h.UNIX_TYPES]
        for own in h.UNIX_TYPES:
            sockets.append(listening(at(f"connected-{own}"), "datagram"))
            sockets[-1].connect(at("datagram-stream"))
        before = {name: inode(at(name)) for name in os.listdir(at(""))}
        refused(*[(own, at(f"{kind}-{own}"), USED) for kind in [*h.UNIX_TYPES, "connected"] for own in h.UNIX_TYPES])
        assert {name: inode(at(name)) for name in os.listdir(at(""))} == before
        for s in sockets:
            s.close()


def test_without_permission():
    if os.geteuid() != 0:
        raise h.Skip("only root can become somebody else")
    with Folder() as at:
        os.chmod(at(""), 0o755)
        with open(at("sockd.conf"), "w", encoding="ascii") as f:
            f.write(h.config_text([h.unix(path=at("socket"))], [h.file(path="/dev/null")]))
        program = at("sockd")
        h.shutil.copy(os.path.realpath(h.SOCKD), program)
        done = h.subprocess.run([h.tool("setpriv"), "--reuid=1000", "--regid=100", "--clear-groups", program,
                                 "--config", at("sockd.conf")], check=False, capture_output=True, text=True,
                                timeout=h.DEADLINE)
        assert done.returncode != 0, done
        assert re.search(r"Permission denied; sockd may make sockets in /run/sockd, see \"path\" in sockd\.conf\(5\)",
                         done.stderr), done


def test_length():
    """107 bytes are the most, with the "@" of an abstract name."""
    with Folder() as at:
        longest = at("x" * (107 - len(at(""))))
        with h.Sockd([h.unix(path=longest)]) as s:
            works(s, path=longest)
            s.stop()
        wrong(longest + "x", "path: has 108 bytes, must not have more than 107")
    name = "@" + "x" * 106
    with h.Sockd([h.unix(path=name)]) as s:
        works(s, path=name)
        s.stop()
    wrong(name + "x", "path: has 108 bytes, must not have more than 107")
    for path in ("relative", "@", ""):
        wrong(path, "path: must be absolute")


def test_odd_names():
    """What a path may hold; lines that show it escape it."""
    for name in ("with space", "tab\tand\nline", "\u00e4\u00f6", "a:b#c%d", 'quo"te\\'):
        with h.Sockd([h.unix(path=f"@DIR@/{name}")]) as s:
            works(s, path=s.path(name))
            assert len(s.stderr.splitlines()) == 1, s.stderr
            s.stop()
            assert not os.path.lexists(s.path(name))


def test_left_by_a_killed_one():
    for kind in h.UNIX_TYPES:
        with Folder() as at:
            for next_kind in (kind, "stream", "datagram"):
                with h.Sockd([h.unix(kind, path=at("s"))]) as s:
                    works(s, kind, at("s"))
                    s.kill()
                assert os.path.lexists(at("s"))
                with h.Sockd([h.unix(next_kind, path=at("s"))]) as s:
                    works(s, next_kind, at("s"))
                    s.stop()
                assert not os.path.lexists(at("s"))


def test_two_at_once():
    """The second sockd does not start, and takes nothing from the first."""
    with h.Sockd([h.unix()]) as s:
        before = inode(s.path("stream"))
        refused(("stream", s.path("stream"), USED))
        assert inode(s.path("stream")) == before
        works(s)
        s.stop()
    text = h.config_text([h.unix(), h.unix("datagram", path="@DIR@/stream")])
    code, _, err = h.run_sockd("--check", text=text)
    assert code == 78 and "path: is already that of listeners[0]" in err, err


def test_mode_is_never_wider():
    """The kernel is told the mode before there is a file, so that none has another one."""
    for umask, mode in [("0", 0o600), ("0", 0o660), ("077", 0o666), ("022", 0o777)]:
        with Folder() as at:
            trace = at("trace")
            prefix = ["sh", "-c", f'umask {umask}; exec "$@"', "sh", h.tool("strace"), "-f", "-qq", "-o", trace, "-e",
                      "trace=fchmod,bind,chmod,fchmodat,unlink"]
            with h.Sockd([h.unix(path=at("s"), mode=f"{mode:04o}")], prefix=prefix, env={
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}) as s:
                assert os.lstat(at("s")).st_mode & 0o7777 == mode
                os.kill(child_of(s.pid), signal.SIGTERM)
                s.wait_exit()
            with open(trace, encoding="utf-8") as f:
                calls = [line.split(None, 1)[1] for line in f if "fchmod(" in line or at("s") in line]
            assert re.match(rf"fchmod\(\d+, 0{mode:o}\)", calls[0]) and calls[1].startswith("bind("), calls


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return int(f.read().split()[0])


def test_reload_mode():
    with h.Sockd([h.unix()]) as s:
        before = inode(s.path("stream"))
        with s.local() as c:
            for mode in (0o600, 0o666, 0o660):
                s.reload([h.unix(mode=f"{mode:04o}")])
                assert os.lstat(s.path("stream")).st_mode & 0o7777 == mode
                c.send(b"still here\n").receipts(1)
        assert inode(s.path("stream")) == before
        s.stop()


def test_reload_mode_of_a_foreign_file():
    """What somebody has put there keeps its mode."""
    with h.Sockd([h.unix()]) as s:
        os.unlink(s.path("stream"))
        with open(s.path("stream"), "w", encoding="ascii"):
            os.chmod(s.path("stream"), 0o600)
        s.reload([h.unix(mode="0666")])
        assert os.lstat(s.path("stream")).st_mode & 0o7777 == 0o600
        s.stop()
        assert os.path.lexists(s.path("stream"))


def test_reload_moves():
    """Whoever finds one of the paths is served there: nobody is refused in between."""
    paths = ["@DIR@/stream", "@DIR@/other"]
    for kind in ("stream", "seqpacket"):
        with h.Sockd([h.unix(kind, path=paths[0])]) as s:
            over, served = threading.Event(), [0]

            def ask(kind=kind, s=s, over=over, served=served):
                while not over.is_set():
                    for name in ("stream", "other"):
                        try:
                            c = h.LocalClient(s.path(name), kind)
                        except (FileNotFoundError, ConnectionRefusedError):
                            continue
                        with c:
                            c.send(b"hello").finish()
                            assert len(h.ids_of(c.rest())) == 1
                        served[0] += 1
            threads = [threading.Thread(target=ask) for _ in range(3)]
            for t in threads:
                t.start()
            for i in range(10):
                s.reload([h.unix(kind, path=paths[(i + 1) % 2])])
                assert os.path.lexists(s.path(("stream", "other")[(i + 1) % 2]))
                assert not os.path.lexists(s.path(("stream", "other")[i % 2]))
                h.wait_for(lambda n=served[0]: served[0] > n + 10, "clients")
            over.set()
            for t in threads:
                t.join()
            s.stop()
            assert len(s.records()) == served[0], (len(s.records()), served)


def test_reload_changes_kind():
    with h.Sockd([h.unix(path="@DIR@/s")]) as s:
        with s.local(path=s.path("s")) as c:
            c.send(b"before\n").receipts(1)
            for kind in ("datagram", "seqpacket", "stream", "seqpacket", "datagram", "stream"):
                s.reload([h.unix(kind, path="@DIR@/s")])
                works(s, kind, s.path("s"))
            c.finish()
        s.stop()
        assert not os.path.lexists(s.path("s"))


def test_reload_that_fails_changes_nothing():
    """Also where the path was to change its kind, and something else is wrong."""
    with h.Sockd([h.unix(path="@DIR@/s"), h.tcp()]) as s, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        before = inode(s.path("s"))
        for bad in (h.tcp(port=port), h.unix("seqpacket", path="@DIR@/none/s"), h.unix("seqpacket", path="relative")):
            s.refuse_reload([h.unix("datagram", path="@DIR@/s"), bad])
            assert inode(s.path("s")) == before
            works(s, path=s.path("s"))
        s.refuse_reload([h.unix("datagram", path="@DIR@/s"), h.tcp(port=s.port(), address="127.0.0.2"),
                         h.tcp(name="b", port=port, address="*")])
        assert inode(s.path("s")) == before
        works(s, path=s.path("s"))
        s.stop()


def test_reload_removes():
    with h.Sockd([h.tcp(), h.unix(), h.unix("datagram")]) as s:
        s.reload([h.tcp(), h.unix("datagram")])
        assert not os.path.lexists(s.path("stream"))
        s.reload([h.tcp()])
        assert not os.path.lexists(s.path("datagram"))
        s.reload([h.tcp(), h.unix(), h.unix("datagram")])
        works(s)
        works(s, "datagram")
        s.stop()


def replace(path):
    os.unlink(path)
    return listening(path)


def test_replaced_by_another_socket():
    """By somebody who listens there now: whatever sockd does, it is not removed."""
    with Folder() as at:
        for end in ("stop", "remove", "move", "kind", "mode"):
            with h.Sockd([h.tcp(), h.unix(path=at("s"))]) as s:
                theirs = replace(at("s"))
                before = inode(at("s"))
                if end == "remove":
                    s.reload([h.tcp()])
                elif end == "move":
                    s.reload([h.tcp(), h.unix()])
                elif end == "kind":
                    said = s.refuse_reload([h.tcp(), h.unix("datagram", path=at("s"))])
                    assert "another program listens on it" in said, said
                elif end == "mode":
                    s.reload([h.tcp(), h.unix(path=at("s"), mode="0777")])
                with s.connect() as c:
                    c.send(b"hello\n").receipts(1)
                s.stop()
                assert inode(at("s")) == before, end
                theirs.close()
                os.unlink(at("s"))


def test_removed_by_somebody():
    """There is nothing left to remove at the end."""
    with h.Sockd([h.unix()]) as s:
        with s.local() as c:
            os.unlink(s.path("stream"))
            c.send(b"hello\n").receipts(1)
        s.stop()


def test_failed_start_leaves_nothing():
    with Folder() as at, socket.create_server(("127.0.0.1", 0)) as taken:
        text = h.config_text([h.unix(path=at("s")), h.tcp(port=taken.getsockname()[1])], [h.file(path="/dev/null")])
        code, _, err = h.run_sockd(text=text)
        assert code == 75, err
        assert not os.path.lexists(at("s"))


if __name__ == "__main__":
    h.main()
