# SPDX-License-Identifier: MIT
"""File systems that fill up, lose power, or fail."""

import contextlib
import errno
import fcntl
import os
import shutil
import struct
import subprocess

import harness as h

# ext4: stop without flushing anything, as a power cut would. _IOR('X', 125, __u32), EXT4_GOING_FLAGS_NOLOGFLUSH.
GOING_DOWN, NO_LOG_FLUSH = 0x8004587D, 2


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.decode()}"


def unmount(path):
    """It must no longer be in use."""
    subprocess.run(["umount", path], stdin=subprocess.DEVNULL, capture_output=True, check=False)


def mount(round_, *command, path=None):
    """COMMAND mounts a file system at PATH, the log directory if it is None. Skips where that cannot be done."""
    path = path or round_.log_dir
    os.makedirs(path, exist_ok=True)
    done = subprocess.run([*command, path], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise h.Skip(f"{' '.join(command[:3])}: {done.stderr.decode().strip()}")
    round_.undo.append(lambda: unmount(path))


class Fillable:
    """A file system that is mounted at PATH."""

    def __init__(self, path):
        self.path = path
        self.ballast = os.path.join(path, "ballast")

    def fill(self, leave=0):
        """Fills it until LEAVE bytes are free."""
        with open(self.ballast, "wb", buffering=0) as f:
            with contextlib.suppress(OSError):
                while True:
                    f.write(b"x" * 65536)
            os.ftruncate(f.fileno(), max(0, os.fstat(f.fileno()).st_size - leave))

    def free(self):
        for name in os.listdir(self.path):
            if name.startswith("ballast"):
                os.unlink(os.path.join(self.path, name))


class Tmpfs(Fillable):
    """Its capacity is SIZE bytes and INODES inodes."""

    def __init__(self, round_, size="8m", inodes=100, path=None):
        super().__init__(path or round_.log_dir)
        mount(round_, "mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes}", "tmpfs", path=self.path)

    def grow(self, size):
        run("mount", "-o", f"remount,size={size}", self.path)

    def use_inodes(self):
        for i in range(10000):
            try:
                with open(f"{self.ballast}.{i}", "xb"):
                    pass
            except OSError as e:
                assert e.errno == errno.ENOSPC
                return


class Overlay(Fillable):
    """The file is in the lower layer at first."""

    def __init__(self, round_):
        super().__init__(round_.log_dir)
        under = os.path.join(round_.dir, "under")
        Tmpfs(round_, size="64m", inodes=1000, path=under)
        lower, upper, work = (os.path.join(under, name) for name in ("lower", "upper", "work"))
        for path in lower, upper, work:
            os.mkdir(path)
        round_.leave_half_a_line(os.path.join(lower, "messages.log"))
        mount(round_, "mount", "-t", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", "overlay")


class Btrfs(Fillable):
    """In an image of its own, on a loop device."""

    def __init__(self, round_):
        super().__init__(round_.log_dir)
        image = os.path.join(round_.dir, "image")
        run("truncate", "-s", "128M", image)
        run(h.tool("mkfs.btrfs"), "-q", image)
        mount(round_, "mount", "-o", "loop", image)


class Bindfs(Fillable):
    """FUSE."""

    def __init__(self, round_):
        super().__init__(round_.log_dir)
        under = os.path.join(round_.dir, "under")
        Tmpfs(round_, size="64m", inodes=1000, path=under)
        mount(round_, h.tool("bindfs"), under)


class Nfs(Fillable):
    """The kernel's server in this network namespace, and a client of it."""

    def __init__(self, round_):
        super().__init__(round_.log_dir)
        for name in ("mount.nfs4", "exportfs", "rpc.mountd", "rpc.nfsd"):
            h.tool(name)
        with open("/proc/filesystems", encoding="ascii") as f:
            if not {"nfsd", "nfs4"} <= {line.split()[-1] for line in f}:
                raise h.Skip("the kernel has no NFS here")
        under = os.path.join(round_.dir, "under")
        Tmpfs(round_, size="64m", inodes=1000, path=under)
        mount(round_, "mount", "-t", "tmpfs", "tmpfs", path="/var/lib/nfs")
        mount(round_, "mount", "-t", "nfsd", "nfsd", path="/proc/fs/nfsd")
        round_.undo.append(lambda: subprocess.run(["rpc.nfsd", "0"], check=False))
        mountd = subprocess.Popen(["rpc.mountd", "--foreground", "--no-udp", "-N", "3"], stdin=subprocess.DEVNULL)
        round_.undo.append(lambda: (mountd.terminate(), mountd.wait()))
        for command in (["exportfs", "-o", "rw,no_root_squash,fsid=0,insecure", f"127.0.0.1:{under}"],
                        ["rpc.nfsd", "--no-udp", "-N", "3", "4"]):
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode != 0:
                raise h.Skip(f"{command[0]}: {done.stderr.decode().strip()}")
        mount(round_, "mount", "-t", "nfs4", "127.0.0.1:/")


class Ext4:
    """In an image of its own, on a loop device."""

    def __init__(self, round_, size="64M"):
        self.path, self.image = round_.log_dir, os.path.join(round_.dir, "image")
        run("truncate", "-s", size, self.image)
        run("mkfs.ext4", "-q", "-E", "lazy_itable_init=1,nodiscard", self.image)
        self.mount()
        round_.undo.append(lambda: unmount(self.path))

    def mount(self):
        done = subprocess.run(["mount", "-o", "loop", self.image, self.path], capture_output=True, check=False)
        if done.returncode != 0:
            raise h.Skip(f"no loop device can be mounted here: {done.stderr.decode().strip()}")

    def cut_power(self):
        """What was not flushed is lost; open files fail from now on."""
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, GOING_DOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(fd)

    def boot(self):
        """Restores power. It must no longer be in use."""
        run("umount", self.path)
        self.mount()


class FailingDisk:
    """ext4 on a device that returns EIO for all writes while broken() is in effect."""

    def __init__(self, round_):
        for name in ("nbdkit", "nbdfuse", "losetup"):
            h.tool(name)
        self.path, top = round_.log_dir, round_.dir
        self.switch = os.path.join(top, "broken")
        sock, mount = os.path.join(top, "nbd"), os.path.join(top, "fuse")
        self.device = os.path.join(mount, "disk")
        os.mkdir(mount)
        commands = [["nbdkit", "-f", "-U", sock, "--filter=error", "memory", "64M", "error-pwrite=EIO",
                     "error-pwrite-rate=100%", f"error-file={self.switch}"],
                    ["nbdfuse", self.device, "--unix", sock]]
        self.children = []
        round_.undo.append(self.end)
        for command, made in zip(commands, (sock, self.device)):
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE)
            self.children.append(child)
            h.wait_for(lambda p=made, c=child: os.path.exists(p) or c.poll() is not None, made)
            if child.poll() is not None:
                raise h.Skip(f"{command[0]}: {child.stderr.read().decode().strip()}")
        run("mkfs.ext4", "-q", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard", self.device)
        done = subprocess.run(["mount", "-o", "loop,errors=continue", self.device, self.path], capture_output=True,
                              check=False)
        if done.returncode != 0:
            raise h.Skip(f"no loop device can be mounted here: {done.stderr.decode().strip()}")

    def broken(self):
        with open(self.switch, "xb"):
            pass

    def mended(self):
        os.unlink(self.switch)

    def end(self):
        unmount(self.path)
        for child in reversed(self.children):
            child.terminate()
            child.wait(20)
            child.stderr.close()
        subprocess.run(["umount", "-l", os.path.dirname(self.device)], capture_output=True, check=False)


def forget(directory):
    """Removes a directory with all files; files may still be created there while it runs."""
    while os.path.exists(directory):
        with contextlib.suppress(OSError):
            shutil.rmtree(directory)


def cut_to_lines(path):
    """A copy of a file that was being written may end anywhere."""
    with open(path, "r+b") as f:
        f.truncate(f.read().rfind(b"\n") + 1)
