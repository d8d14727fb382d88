#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What somebody could do who has taken over sockd: makes system calls *in the running daemon*, its sandbox and all.

A root process stops the main thread with ptrace, lets it execute one call, and reads the result; the daemon goes on
afterwards as if nothing had been. amd64 only. The same attempts can be made without a sandbox (intruder.py direct), to show
that it is the sandbox that stops them:

    intruder.py direct ATTEMPT...      each in a child of this process; prints one line each"""

import contextlib
import ctypes
import errno
import os
import re
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
# System calls of amd64.
NUMBERS = {
    "read": 0, "write": 1, "open": 2, "close": 3, "mmap": 9, "mprotect": 10, "munmap": 11, "ioctl": 16, "socket": 41,
    "connect": 42, "sendto": 44, "execve": 59, "kill": 62, "fchmod": 91, "ptrace": 101, "setuid": 105, "setgid": 106,
    "personality": 135, "sched_setscheduler": 144, "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166,
    "swapon": 167, "reboot": 169, "sethostname": 170, "iopl": 172, "init_module": 175, "mknod": 133,
    "clock_settime": 227, "kexec_load": 246, "add_key": 248, "keyctl": 250, "openat": 257, "unshare": 272,
    "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308, "finit_module": 313, "bpf": 321,
    "userfaultfd": 323, "process_vm_readv": 310, "fork": 57, "clone": 56, "unlink": 87, "symlink": 88}

PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_SINGLESTEP, PTRACE_DETACH = 12, 13, 9, 17
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000
N_REGISTERS, RAX, ORIG_RAX, RIP, RSP = 27, 10, 15, 16, 19
# Where a system call takes its arguments: rdi rsi rdx r10 r8 r9.
ARGUMENTS = (14, 13, 12, 7, 9, 8)

O_CREAT, O_EXCL = os.O_CREAT, os.O_EXCL
PROT_RW, PROT_RWX, PROT_RX = 3, 7, 5
MAP_PRIVATE_ANONYMOUS = 0x22
CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET = 0x10000000, 0x20000, 0x40000000
MS_BIND = 4096
ADDR_NO_RANDOMIZE = 0x40000
AT_FDCWD = -100


class Injected:
    """Calls inside another process."""

    def __init__(self, pid):
        self.pid = pid
        self._ptrace(PTRACE_SEIZE, 0, 0)
        self._ptrace(PTRACE_INTERRUPT, 0, 0)
        self._wait()
        self.saved = self._registers()
        self.memory = open(f"/proc/{pid}/mem", "r+b", buffering=0)
        self.gadget = self._find_syscall()
        self.scratch = 0
        self.scratch = self.call("mmap", 0, 65536, PROT_RW, MAP_PRIVATE_ANONYMOUS, -1, 0)
        assert self.scratch > 0, f"mmap: {self.scratch}"
        self.used = 0

    def _ptrace(self, request, address, data):
        LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        LIBC.ptrace.restype = ctypes.c_long
        if LIBC.ptrace(request, self.pid, address, data) < 0:
            raise OSError(ctypes.get_errno(), f"ptrace {request:#x}: {os.strerror(ctypes.get_errno())}")

    def _wait(self):
        _, status = os.waitpid(self.pid, WALL)
        if not os.WIFSTOPPED(status):
            raise AssertionError(f"the daemon ended with {status:#x}")

    def _registers(self):
        buffer = (ctypes.c_uint64 * N_REGISTERS)()
        self._ptrace(PTRACE_GETREGS, 0, ctypes.cast(buffer, ctypes.c_void_p))
        return list(buffer)

    def _set_registers(self, values):
        buffer = (ctypes.c_uint64 * N_REGISTERS)(*values)
        self._ptrace(PTRACE_SETREGS, 0, ctypes.cast(buffer, ctypes.c_void_p))

    def _find_syscall(self):
        """The address of the two bytes 0f 05 in code that is mapped anyway."""
        with open(f"/proc/{self.pid}/maps", encoding="utf-8") as f:
            for line in f:
                if " r-xp " in line and "libc" in line:
                    start, end = (int(x, 16) for x in line.split(" ")[0].split("-"))
                    self.memory.seek(start)
                    at = self.memory.read(end - start).find(b"\x0f\x05")
                    if at >= 0:
                        return start + at
        raise AssertionError("no libc in the daemon")

    def place(self, data):
        """Copies bytes into the process; returns where they are."""
        address = self.scratch + self.used
        self.memory.seek(address)
        self.memory.write(data)
        self.used = (self.used + len(data) + 15) & ~15
        return address

    def peek(self, address, size):
        self.memory.seek(address)
        return self.memory.read(size)

    def call(self, name, *arguments):
        """The result, or a negative errno. bytes are passed by address."""
        values = [self.place(a + b"\0") if isinstance(a, bytes) else a & (2**64 - 1) for a in arguments]
        registers = list(self.saved)
        registers[RAX] = NUMBERS[name]
        # Not inside a system call any more: nothing must be restarted behind this one.
        registers[ORIG_RAX] = 2**64 - 1
        registers[RIP] = self.gadget
        # Below what the thread itself uses.
        registers[RSP] = (self.saved[RSP] - 4096) & ~15
        for where, value in zip(ARGUMENTS, values):
            registers[where] = value
        self._set_registers(registers)
        self._ptrace(PTRACE_SINGLESTEP, 0, 0)
        self._wait()
        result = self._registers()[RAX]
        return result - 2**64 if result >= 2**63 else result

    def finish(self):
        self.call("munmap", self.scratch, 65536)
        self._set_registers(self.saved)
        self.memory.close()
        self._ptrace(PTRACE_DETACH, 0, 0)


class Direct:
    """The same calls in this process."""

    def __init__(self):
        self.kept = []

    def place(self, data):
        buffer = ctypes.create_string_buffer(data, len(data))
        self.kept.append(buffer)
        return ctypes.addressof(buffer)

    def peek(self, address, size):
        return ctypes.string_at(address, size)

    def call(self, name, *arguments):
        values = [self.place(a + b"\0") if isinstance(a, bytes) else a & (2**64 - 1) for a in arguments]
        LIBC.syscall.restype = ctypes.c_long
        result = LIBC.syscall(ctypes.c_long(NUMBERS[name]), *[ctypes.c_uint64(v) for v in values])
        return -ctypes.get_errno() if result == -1 else result


# --- the attempts ------------------------------------------------------------------------------------

ATTEMPTS = {}


def attempt(stopped_by, also=()):
    """Each returns what the decisive call returned: negative is a failure of the attempt. `also` are errnos that mean it
    got past the sandbox and failed of something else."""
    def register(function):
        ATTEMPTS[function.__name__] = (function, stopped_by, {getattr(errno, name) for name in also})
        return function
    return register


def opened(p, path, flags, mode=0o600):
    fd = p.call("openat", AT_FDCWD, path, flags, mode)
    if fd >= 0:
        p.call("close", fd)
    return fd


def inet(host, port):
    return struct.pack("!HH4s8x", 0, port, bytes(map(int, host.split(".")))).replace(b"\0\0", struct.pack("=H", 2), 1)


def with_socket(p, domain, kind, protocol, use):
    fd = p.call("socket", domain, kind, protocol)
    if fd < 0:
        return fd
    result = use(fd) if use else fd
    p.call("close", fd)
    return result


@attempt("IPAddressDeny=, or PrivateNetwork= and RestrictAddressFamilies= of the socket-activated variant", also=("ECONNREFUSED", "EINPROGRESS"))
def connect_out_tcp(p):
    address = p.place(inet("198.51.100.1", 7))
    return with_socket(p, 2, 1 | os.O_NONBLOCK, 0, lambda fd: p.call("connect", fd, address, 16))


@attempt("IPAddressDeny=, or PrivateNetwork= and RestrictAddressFamilies= of the socket-activated variant", also=("ECONNREFUSED", "EINPROGRESS"))
def connect_to_local_service(p):
    address = p.place(inet("127.0.0.1", 9199))
    return with_socket(p, 2, 1 | os.O_NONBLOCK, 0, lambda fd: p.call("connect", fd, address, 16))


@attempt("IPAddressDeny=, or PrivateNetwork= and RestrictAddressFamilies= of the socket-activated variant")
def send_out_udp(p):
    address = p.place(inet("198.51.100.1", 7))
    return with_socket(p, 2, 2, 0, lambda fd: p.call("sendto", fd, b"secret", 6, 0, address, 16))


@attempt("User=")
def read_shadow(p):
    return opened(p, b"/etc/shadow", os.O_RDONLY)


@attempt("ProtectHome=")
def read_home(p):
    return opened(p, b"/home/sockd-test/secret", os.O_RDONLY)


@attempt("NoExecPaths= or SystemCallFilter=~execve")
def execute_shell(p):
    path = p.place(b"/bin/sh\0")
    argv = p.place(struct.pack("=4Q", path, p.place(b"-c\0"), p.place(b"exit 42\0"), 0))
    return p.call("execve", path, argv, p.place(struct.pack("=Q", 0)))


@attempt("SystemCallFilter= (no @debug)")
def trace_a_process(p):
    return p.call("ptrace", PTRACE_SEIZE, victim(), 0, 0)


@attempt("SystemCallFilter= (no @mount), CapabilityBoundingSet=")
def mount_something(p):
    return p.call("mount", b"tmpfs", b"/mnt", b"tmpfs", 0, 0)


# A process with several threads may not do it anyway, and is told so by EINVAL.
@attempt("RestrictNamespaces=", also=("EINVAL",))
def new_user_namespace(p):
    return p.call("unshare", CLONE_NEWUSER)


@attempt("RestrictNamespaces=")
def child_in_user_namespace(p):
    pid = p.call("clone", CLONE_NEWUSER | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return pid


@attempt("SystemCallFilter=, RestrictNamespaces=")
def enter_namespace_of_init(p):
    fd = p.call("openat", AT_FDCWD, b"/proc/self/ns/uts", os.O_RDONLY, 0)
    return fd if fd < 0 else p.call("setns", fd, 0)


@attempt("MemoryDenyWriteExecute=")
def map_writable_code(p):
    return min(p.call("mmap", 0, 4096, PROT_RWX, MAP_PRIVATE_ANONYMOUS, -1, 0), 1)


@attempt("MemoryDenyWriteExecute=")
def make_memory_executable(p):
    address = p.call("mmap", 0, 4096, PROT_RW, MAP_PRIVATE_ANONYMOUS, -1, 0)
    return p.call("mprotect", address, 4096, PROT_RX)


@attempt("CapabilityBoundingSet=, SystemCallFilter= (no @setuid)")
def become_root(p):
    return p.call("setuid", 0)


@attempt("SystemCallFilter= (no @privileged)")
def change_root(p):
    return p.call("chroot", b"/")


@attempt("CapabilityBoundingSet=")
def raw_socket(p):
    return with_socket(p, 2, 3, 1, None)


@attempt("RestrictAddressFamilies=")
def packet_socket(p):
    return with_socket(p, 17, 3, 0, None)


@attempt("RestrictAddressFamilies=")
def netlink_socket(p):
    return with_socket(p, 16, 3, 0, None)


@attempt("RestrictAddressFamilies=")
def vsock_socket(p):
    return with_socket(p, 40, 1, 0, None)


@attempt("ProtectKernelModules=", also=("ENOEXEC", "EINVAL"))
def load_module(p):
    return p.call("init_module", b"not a module", 12, b"")


@attempt("ProtectClock=")
def set_clock(p):
    now = time.time_ns()
    return p.call("clock_settime", 0, p.place(struct.pack("=qq", now // 10**9, now % 10**9)))


@attempt("SystemCallFilter= (no @reboot)", also=("EINVAL",))
def reboot_machine(p):
    # The magic numbers are wrong: who may reboot is told so.
    return p.call("reboot", 0, 0, 0, 0)


@attempt("ProtectSystem=strict")
def write_usr(p):
    return opened(p, b"/usr/share/sockd-test/file", os.O_WRONLY | O_CREAT)


@attempt("ProtectSystem=strict")
def write_etc(p):
    return opened(p, b"/etc/sockd-test/file", os.O_WRONLY | O_CREAT)


@attempt("ProtectHome=")
def write_home(p):
    return opened(p, b"/home/sockd-test/file", os.O_WRONLY | O_CREAT)


@attempt("ProtectSystem=strict")
def write_var(p):
    return opened(p, b"/var/lib/sockd-test/file", os.O_WRONLY | O_CREAT)


@attempt("PrivateTmp=")
def read_tmp_of_others(p):
    return opened(p, b"/tmp/sockd-test/secret", os.O_RDONLY)


@attempt("ProtectSystem=strict does not reach /dev: InaccessiblePaths=, NoExecPaths= or PrivateDevices=")
def write_dev_shm(p):
    return opened(p, b"/dev/shm/sockd-test-file", os.O_WRONLY | O_CREAT)


@attempt("ProtectKernelTunables=, User=")
def write_proc_sys(p):
    return opened(p, b"/proc/sys/kernel/domainname", os.O_WRONLY)


@attempt("ProtectKernelTunables=, User=")
def write_sys(p):
    return opened(p, b"/sys/kernel/profiling", os.O_WRONLY)


@attempt("ProtectProc=invisible")
def look_at_init(p):
    return opened(p, b"/proc/1/status", os.O_RDONLY)


@attempt("ProcSubset=pid")
def look_at_the_machine(p):
    return opened(p, b"/proc/uptime", os.O_RDONLY)


@attempt("User=")
def kill_foreign_process(p):
    return p.call("kill", 1, 0)


@attempt("LockPersonality=")
def change_personality(p):
    return p.call("personality", ADDR_NO_RANDOMIZE)


@attempt("SystemCallFilter= (no @keyring)")
def use_keyring(p):
    return p.call("add_key", b"user", b"sockd-test", b"x", 1, -3)


@attempt("SystemCallFilter= (no @privileged), CapabilityBoundingSet=")
def make_device(p):
    return p.call("mknod", f"/var/log/sockd/null-{os.getpid()}".encode(), 0o020600, os.makedev(1, 3))


@attempt("PrivateDevices=")
def open_device(p):
    return opened(p, b"/dev/net/tun", os.O_RDWR)


@attempt("RestrictSUIDSGID=")
def make_setuid_file(p):
    fd = p.call("openat", AT_FDCWD, b"/var/log/sockd/setuid-test", os.O_WRONLY | O_CREAT, 0o700)
    result = p.call("fchmod", fd, 0o4755)
    p.call("close", fd)
    p.call("unlink", b"/var/log/sockd/setuid-test")
    return result if fd >= 0 else fd


@attempt("RestrictRealtime=")
def become_realtime(p):
    return p.call("sched_setscheduler", 0, 1, p.place(struct.pack("=i", 1)))


@attempt("ProtectHostname=")
def change_hostname(p):
    name = os.uname().nodename.encode()
    return p.call("sethostname", name, len(name))


@attempt("SystemCallFilter= (no @raw-io)")
def port_access(p):
    return p.call("iopl", 3)


@attempt("SystemCallFilter= (no @swap)", also=("EINVAL", "ENOENT"))
def swap(p):
    return p.call("swapon", b"/nowhere", 0)


@attempt("SystemCallFilter=", also=("EINVAL", "E2BIG", "EFAULT"))
def load_bpf(p):
    return p.call("bpf", 5, 0, 0)


@attempt("SystemCallFilter= (no @debug)", also=("EFAULT", "EINVAL", "E2BIG"))
def watch_with_perf(p):
    return p.call("perf_event_open", 0, 0, -1, -1, 0)


@attempt("SystemCallFilter= (no @privileged)", also=("EFAULT", "EBADF"))
def open_by_handle(p):
    return p.call("open_by_handle_at", AT_FDCWD, 0, 0)


_victim = None


def victim():
    """A process of the same user that sleeps; its pid."""
    return int(os.environ["SOCKD_TEST_VICTIM"])


def verdict(name, result):
    """(whether it got through, text)."""
    past = ATTEMPTS[name][2]
    if result >= 0:
        return True, "succeeded"
    text = errno.errorcode.get(-result, str(result))
    return -result in past, text


def directly(name):
    """In a child, which the attempt may ruin; what verdict() says."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        result = ATTEMPTS[name][0](Direct())
        os.write(writing, str(result).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="ascii") as f:
        said = f.read()
    _, status = os.waitpid(pid, 0)
    # 42 is what the shell returns that took the child's place.
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 42:
        return True, "succeeded"
    return verdict(name, int(said)) if said else (True, f"ended with {status:#x}")


def main():
    assert sys.argv[1] == "direct"
    for name in sys.argv[2:] or ATTEMPTS:
        through, text = directly(name)
        print(name, "through" if through else "stopped", text, flush=True)


if __name__ == "__main__":
    main()
