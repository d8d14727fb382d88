# SPDX-License-Identifier: MIT
"""Somebody does something to the log directory, or rotates the file, under load."""

import os
import shutil

import disks
import harness as h

# As a service without capabilities: root without them obeys modes.
NO_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")


def _start(r, **keys):
    r.configure(level="durable")
    r.launch(r.rng.randrange(1, 300), **keys)


def _end(r, **keys):
    recovery = r.wait_ok()
    daemon, result = r.finish(**keys)
    return daemon, r.figures(result, recovery)


def _excuse(when):
    """What was sent before somebody removed the file could go with it."""
    return lambda message: message.sent <= when


def read_only(round_):
    """The directory is read-only at the start: errors, until it is not."""
    r = round_
    disks.run("mount", "--bind", r.log_dir, r.log_dir)
    r.undo.append(lambda: disks.unmount(r.log_dir))
    disks.run("mount", "-o", "remount,ro,bind", r.log_dir)
    r.configure(level="durable")
    r.start()
    r.connect()
    r.suffer(b"not stored: Read-only file system", r.rng.randrange(1, 100))
    disks.run("mount", "-o", "remount,rw,bind", r.log_dir)
    return _end(r)[1]


def removed(round_):
    """The directory and all in it is removed: errors, until it is there again. What is sent meanwhile has no "ok"."""
    r = round_
    _start(r)
    for idle in (False, True):
        if idle:
            r.daemon.wait_line("works again")
            r.clients.settle()
        n = r.daemon.stderr.count("are not stored: No such file or directory")
        disks.forget(r.log_dir)
        when = r.now()
        if idle:
            h.wait_for(lambda k=n: r.daemon.stderr.count("are not stored: No such file or directory") > k, "a line")
        r.suffer(b"not stored: No such file or directory", r.rng.randrange(1, 100))
        os.mkdir(r.log_dir)
        r.wait_ok()
    return _end(r, excuse=_excuse(when))[1]


def locked_out(round_):
    """chmod 000: the open file goes on; a rotation has to wait."""
    r = round_
    _start(r, prefix=NO_OVERRIDE)
    os.chmod(r.log_dir, 0)
    r.run_for(200)
    os.rename(r.log, r.log + ".1")
    r.daemon.wait_line("going on with the file that was moved: Permission denied")
    r.run_for(200)
    assert not os.path.exists(r.log)
    os.chmod(r.log_dir, 0o755)
    r.run(lambda: os.path.exists(r.log), "a new file")
    figures = _end(r)[1]
    assert figures["errors"] == 0, r.clients.reasons
    return figures


def unreadable(round_):
    """The directory may be searched and written, but not read: as if it could be."""
    r = round_
    os.chmod(r.log_dir, 0o311)
    _start(r, prefix=NO_OVERRIDE)
    os.chmod(r.log_dir, 0o755)
    return _end(r)[1]


def replaced(round_):
    """The directory is moved away, and a file takes its place: the open file goes on where it is now."""
    r = round_
    _start(r)
    moved = r.log_dir + ".moved"
    os.rename(r.log_dir, moved)
    with open(r.log_dir, "xb"):
        pass
    r.daemon.wait_line("going on with the file that was moved: Not a directory")
    r.run_for(300)
    os.unlink(r.log_dir)
    os.mkdir(r.log_dir)
    r.run(lambda: os.path.exists(r.log), "a new file")
    r.wait_ok()
    paths = [os.path.join(moved, "messages.log"), r.log]
    _, figures = _end(r, paths=paths)
    shutil.rmtree(moved)
    assert figures["errors"] == 0, r.clients.reasons
    return figures


def renamed(round_):
    """Rotation by rename, again and again: nothing is lost, whatever the level."""
    r = round_
    r.configure()
    r.start()
    r.connect()
    for n in range(r.rng.randrange(2, 6)):
        r.run_for(r.rng.randrange(1, 300))
        os.rename(r.log, f"{r.log}.{n}")
        if r.rng.random() < 0.5:
            r.daemon.signal(1)
        r.run(lambda: os.path.exists(r.log), "a new file")
    figures = _end(r)[1]
    assert figures["errors"] == 0, r.clients.reasons
    return figures


def unlinked(round_):
    """rm: what was sent afterwards has no receipt from a file without a name."""
    r = round_
    _start(r)
    for _ in range(r.rng.randrange(1, 4)):
        os.unlink(r.log)
        when = r.now()
        r.run_for(r.rng.randrange(1, 300))
        r.run(lambda: os.path.exists(r.log), "a new file")
    figures = _end(r, excuse=_excuse(when))[1]
    r.expect_reasons(b"No such file or directory")  # removed again in the moment it was created
    return figures


def copied_and_truncated(round_):
    """copytruncate: the file goes on with whole lines. What came between the copy and the cut goes."""
    r = round_
    _start(r)
    spans = []
    for n in range(r.rng.randrange(1, 4)):
        r.run_for(r.rng.randrange(1, 300))
        begin = r.now()
        shutil.copyfile(r.log, f"{r.log}.{n}")
        os.truncate(r.log, 0)
        spans.append((begin, r.now()))
    r.run_for(100)
    for n, _ in enumerate(spans):
        disks.cut_to_lines(f"{r.log}.{n}")
    figures = _end(r, excuse=lambda m: any(m.sent <= end and m.told >= begin for begin, end in spans))[1]
    assert figures["errors"] == 0, r.clients.reasons
    return figures
