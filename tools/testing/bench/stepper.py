# SPDX-License-Identifier: GPL-2.0
"""Counts the instructions of functions of a UML kernel by stepping through them.

UML is a process, and as long as it needs no user space one thread.  It runs
freely until it enters one of the functions that are counted, and is stepped
through from there, callees included, but for those that are named as left out:
they run freely, too.  Counted functions that run meanwhile, such as an
interrupt handler, are counted by themselves.
"""

import ctypes
import os
import re
import signal
import subprocess
from dataclasses import dataclass

_TRACEME, _PEEK, _POKE, _CONT, _STEP, _GETREGS, _SETREGS = 0, 2, 5, 7, 9, 12, 13
_INT3 = 0xCC
_NO_RANDOM_ADDRESSES = 0x0040000
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.restype = ctypes.c_long
_LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


class _Regs(ctypes.Structure):
    """`struct user_regs_struct` of x86-64."""

    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx",
        "rsi", "rdi", "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds",
        "es", "fs", "gs")]


def _ptrace(request, pid, address=0, data=0):
    ctypes.set_errno(0)
    value = _LIBC.ptrace(request, pid, address, data)
    if value == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), f"ptrace {request}")
    return value


def symbols(image):
    """The functions of an ELF file: [(address, name, source file of a local one)]."""
    text = subprocess.run(["readelf", "-sW", image], check=True, capture_output=True,
                          text=True).stdout
    found, source = [], ""
    for line in text.splitlines():
        match = re.match(r"\s*\d+: ([0-9a-f]+) +\S+ (\S+) +(\S+) +\S+ +\S+ (\S+)", line)
        if not match:
            continue
        address, kind, binding, name = match.groups()
        if kind == "FILE":
            source = name
        elif kind == "FUNC":
            found.append((int(address, 16), name, source if binding == "LOCAL" else ""))
    return found


@dataclass
class Call:
    """A call of a counted function: its label, and its instructions."""

    label: str
    instructions: int = 0


@dataclass
class _Region:
    """What is on the stack: a counted call, or a call that is left out."""

    call: Call
    returns_to: int
    stack: int


class Stepper:
    """Runs a UML kernel, and collects `calls`."""

    def __init__(self, counted, left_out):
        """`counted`: {address: label}; `left_out`: addresses."""
        self.counted, self.left_out = counted, left_out
        self.calls = []
        self.regions = []
        self.patched = {}
        self.pid = 0
        self.last = 0

    def run(self, argv, output):
        """Runs `argv` to its end; its output goes to a file."""
        self.pid = os.fork()
        if not self.pid:
            with open(output, "wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            # UML would set it, and start again.
            _LIBC.personality(_NO_RANDOM_ADDRESSES)
            _ptrace(_TRACEME, 0)
            os.execv(argv[0], argv)
        self._wait()
        for address in self.counted:
            self._patch(address)
        self._trace()

    def _wait(self):
        """Waits until it stops; the signal, or None if it has ended."""
        _, status = os.waitpid(self.pid, 0)
        return os.WSTOPSIG(status) if os.WIFSTOPPED(status) else None

    def _regs(self):
        regs = _Regs()
        _ptrace(_GETREGS, self.pid, 0, ctypes.addressof(regs))
        return regs

    def _peek(self, address):
        return _ptrace(_PEEK, self.pid, address) & (2**64 - 1)

    def _put(self, address, byte):
        word = self._peek(address)
        _ptrace(_POKE, self.pid, address, word & ~0xFF | byte)
        return word & 0xFF

    def _patch(self, address):
        if address not in self.patched:
            self.patched[address] = self._put(address, _INT3)

    def _unpatch(self, address):
        if address in self.patched:
            self._put(address, self.patched.pop(address))

    def _resume(self, request, number=0):
        _ptrace(request, self.pid, 0, number)
        return self._wait()

    def _trace(self):
        """Goes on until it has ended."""
        stopped = self._resume(_CONT)
        while stopped is not None:
            regs = self._regs()
            if stopped != signal.SIGTRAP:
                stopped = self._handle_signal(stopped, regs)
                continue
            if not self._counts() and regs.rip - 1 in self.patched:
                regs.rip -= 1
                _ptrace(_SETREGS, self.pid, 0, ctypes.addressof(regs))
            stopped = self._at(regs)

    def _handle_signal(self, number, regs):
        """Lets a signal handler run, which is not counted."""
        if self._counts():
            self.regions.append(_Region(None, regs.rip, regs.rsp))
            self._patch(regs.rip)
        return self._resume(_CONT, number)

    def _counts(self):
        return bool(self.regions) and self.regions[-1].call is not None

    def _at(self, regs):
        """It is about to execute the instruction at `regs.rip`."""
        address = regs.rip
        while self.regions and address == self.regions[-1].returns_to \
                and regs.rsp == self.regions[-1].stack:
            self._leave()
        if address in self.counted:
            self._enter(regs, Call(self.counted[address]))
        elif self._counts() and address in self.left_out:
            self._enter(regs, None)

        if self._counts():
            # A repeated string instruction stops each time, and is one.
            self.regions[-1].call.instructions += address != self.last
            self.last = address
            return self._step_at(address)
        if address in self.patched:
            stopped = self._step_at(address)
            if stopped != signal.SIGTRAP:
                return stopped
        return self._resume(_CONT)

    def _step_at(self, address):
        """Executes one instruction, also if there is a breakpoint."""
        was_patched = address in self.patched
        if was_patched:
            byte = self._put(address, self.patched[address])
        stopped = self._resume(_STEP)
        if was_patched and stopped is not None and address in self.patched:
            self._put(address, byte)
        return stopped

    def _enter(self, regs, call):
        returns_to = self._peek(regs.rsp)
        self.regions.append(_Region(call, returns_to, regs.rsp + 8))
        if call is not None:
            self.calls.append(call)
        self._patch(returns_to)

    def _leave(self):
        region = self.regions.pop()
        wanted = {other.returns_to for other in self.regions} | set(self.counted)
        if region.returns_to not in wanted:
            self._unpatch(region.returns_to)
