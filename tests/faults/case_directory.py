# SPDX-License-Identifier: MIT
"""The log directory is changed, or the file rotated, under load."""

import os
import shutil
import subprocess

import disks
import harness as h

# Like a service without capabilities: without them, root obeys file modes.
NO_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")


def _start(r, **keys):
    r.configure(level="durable")
    r.launch(r.rng.randrange(1, 300), **keys)


def _end(r, **keys):
    recovery = r.wait_ok()
    daemon, result = r.finish(**keys)
    return daemon, r.figures(result, recovery)


def _excuse(when):
    """Messages sent before the file was removed may be lost with it."""
    return lambda message: message.sent <= when


def read_only(round_):
    """The directory is read-only at start: errors, until it is writable."""
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
    """The directory is removed with all files: errors, until it exists again. Messages sent in the meantime get no
    "ok"."""
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
    """chmod 000: the open file stays in use; a rotation has to wait."""
    r = round_
    _start(r, prefix=NO_OVERRIDE)
    os.chmod(r.log_dir, 0)
    r.run_for(200)
    os.rename(r.log, r.log + ".1")
    r.daemon.wait_line("continuing with the file that was moved: Permission denied")
    r.run_for(200)
    assert not os.path.exists(r.log)
    os.chmod(r.log_dir, 0o755)
    r.run(lambda: os.path.exists(r.log), "a new file")
    figures = _end(r)[1]
    assert figures["errors"] == 0, r.clients.reasons
    return figures


def unreadable(round_):
    """The directory can be searched and written but not read: no difference."""
    r = round_
    os.chmod(r.log_dir, 0o311)
    _start(r, prefix=NO_OVERRIDE)
    os.chmod(r.log_dir, 0o755)
    return _end(r)[1]


def replaced(round_):
    """The directory is moved away and replaced by a file: the open file stays in use where it is now."""
    r = round_
    _start(r)
    moved = r.log_dir + ".moved"
    os.rename(r.log_dir, moved)
    with open(r.log_dir, "xb"):
        pass
    r.daemon.wait_line("continuing with the file that was moved: Not a directory")
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


def state(round_):
    """The state directory is read-only, then writable: no message is affected, and each change is logged once."""
    r = round_
    path = os.path.join(r.dir, "state")
    os.mkdir(path)
    disks.run("mount", "-t", "tmpfs", "tmpfs", path)
    r.undo.append(lambda: disks.unmount(path))
    disks.run("mount", "-o", "remount,ro", path)
    _start(r, env={"STATE_DIRECTORY": path})
    lines = ("cannot save the table of peers", "the table of peers is saved")
    r.run(lambda: lines[0] in r.daemon.stderr, "a line when it begins", 60)
    r.run_for(200)
    disks.run("mount", "-o", "remount,rw", path)
    r.run(lambda: lines[1] in r.daemon.stderr, "a line when it ends", 60)
    daemon, figures = _end(r)
    assert [daemon.stderr.count(line) for line in lines] == [1, 1], daemon.stderr
    assert os.listdir(path) == ["peers"]
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


def compressed(round_):
    """Rotation by rename, and gzip at once, which removes the moved file, each second: nothing is lost that was
    acknowledged as durable."""
    r = round_
    r.configure(level="durable")
    r.start()
    r.connect(windows=r.pick((1, 64, 1000), (1, 8)))  # every message of a minute is remembered
    r.run_for(100)
    n = r.pick(r.rng.randrange(3, 9), 60)
    for _ in range(n):
        r.rotate()
        end = r.now() + r.pick(r.rng.random() * 0.2, 1)
        with subprocess.Popen(["gzip", "-1", f"{r.log}.{r.n_rotations - 1}"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as gzip:
            r.run(lambda g=gzip: g.poll() is not None, "the end of gzip")
        assert gzip.returncode in (0, 2), gzip.returncode  # 2: the file has grown
        r.run(lambda t=end: r.now() >= t and os.path.exists(r.log), "a new file")
    figures = _end(r)[1]
    assert figures["errors"] == 0, r.clients.reasons
    return {"rotations": n, **figures}


def unlinked(round_):
    """rm: messages sent afterwards are not acknowledged from a removed file."""
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
    """copytruncate: the file continues with whole lines. What was written between copying and truncating is lost."""
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
    r.run(lambda: "truncated the file" in r.daemon.stderr, "a warning")
    for n, _ in enumerate(spans):
        disks.cut_to_lines(f"{r.log}.{n}")
    figures = _end(r, excuse=lambda m: any(m.sent <= end and m.told >= begin for begin, end in spans))[1]
    assert figures["errors"] == 0, r.clients.reasons
    return figures
