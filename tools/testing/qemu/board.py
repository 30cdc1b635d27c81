# SPDX-License-Identifier: GPL-2.0
"""A board in QEMU, by default an i.MX8MP evaluation board with SPI flashes on ECSPI3.

Stock QEMU connects no chip select on that machine.  The GPIO lines of its
devices are QOM link properties, though, so QMP can wire them while the machine
is still stopped.  `bus=spi` picks the first SSI bus that QEMU finds, which is
the one of ECSPI3 (30840000).
"""

import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import console
from machine import IMX8MP, Machine
from qmp import Qmp, QmpError

# Frees drivers that wait for suppliers this machine does not have.  A panic ends QEMU.
APPEND = "rdinit=/init deferred_probe_timeout=1 panic=-1 printk.devkmsg=on"
# Virtual time is the number of instructions: the same on every run, and waiting costs nothing.
ICOUNT = "shift=0,sleep=off"


def shown(path):
    """A path as the user would type it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class BoardError(Exception):
    """The board could not be started, or did not run to its end."""


@dataclass
class Flash:
    """A memory chip: its image file, and the line that is its chip select.

    `chip` is QEMU's path of the GPIO chip that has the line.
    """

    image: Path
    line: int
    model: str = "n25q064"
    chip: str = "/machine/soc/gpio1"


@dataclass
class Board:
    """What to boot and how.  Flash images are written in place: they outlast a power cycle."""

    kernel: Path
    dtb: Path
    initrd: Path
    log: Path
    flashes: list = field(default_factory=list)
    append: str = ""
    icount: bool = True
    memory: str = "512M"
    devices: list = field(default_factory=list)
    timeout: float = 300
    machine: Machine = IMX8MP

    def run(self, on_line=None, allow=()):
        """Runs until power-off and returns the console's lines.

        `on_line` sees each line as it comes.  A line that tells of a kernel bug is an error
        unless it matches one of the patterns in `allow`.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        with open(self.log, "w", encoding="utf-8") as log:
            for line in self._lines():
                log.write(line + "\n")
                log.flush()
                lines.append(line)
                if on_line:
                    on_line(line)
        bug = console.first_bug(lines, allow)
        if bug:
            raise BoardError(f"the kernel reports: {bug} (full console: {shown(self.log)})")
        return lines

    def interact(self):
        """Gives the board's console to the user; returns when QEMU ends."""
        with tempfile.TemporaryDirectory() as work:
            qemu = self._start(work, serial="mon:stdio")
            self._power_on(qemu, work)
            return qemu.wait()

    def _lines(self):
        with tempfile.TemporaryDirectory() as work:
            qemu = self._start(work, serial="stdio", stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace")
            try:
                output = _Lines(qemu.stdout)
                self._power_on(qemu, work, output)
                yield from output.until(time.monotonic() + self.timeout, self._overdue)
                if qemu.wait():
                    raise BoardError(f"QEMU ended with status {qemu.returncode}, "
                                     f"full console: {shown(self.log)}")
            finally:
                qemu.kill()
                qemu.wait()

    def _overdue(self):
        raise BoardError(f"the board did not power off within {self.timeout:.0f} s, "
                         f"full console: {shown(self.log)}")

    def _start(self, work, serial, **kwargs):
        return subprocess.Popen(self._command(work, serial), **kwargs)

    def _command(self, work, serial):
        machine = self.machine
        command = [find_qemu(machine), "-M", machine.name, "-smp", str(machine.cpus),
                   "-m", self.memory, "-display", "none", "-monitor", "none", "-no-reboot", "-S",
                   *machine.serial, "-serial", serial, *_firmware(machine),
                   "-qmp", f"unix:{work}/qmp,server=on,wait=off",
                   "-kernel", str(self.kernel), "-dtb", str(self.dtb),
                   "-initrd", str(self.initrd),
                   "-append", f"console={machine.console} {APPEND} {self.append}"]
        if self.icount:
            command += ["-icount", ICOUNT]
        for i, flash in enumerate(self.flashes):
            command += ["-drive", f"file={flash.image},if=none,id=image{i},format=raw",
                        "-device", f"{flash.model},id=flash{i},bus=spi,drive=image{i},cs={i}"]
        return command + self.devices

    def _power_on(self, qemu, work, output=None):
        try:
            qmp = Qmp(f"{work}/qmp", lambda: qemu.poll() is None)
            for i, flash in enumerate(self.flashes):
                qmp.call("qom-set", path=flash.chip,
                         property=f"unnamed-gpio-out[{flash.line}]",
                         value=f"/machine/peripheral/flash{i}/ssi-gpio-cs[0]")
            qmp.call("cont")
            qmp.close()
        except QmpError as err:
            qemu.kill()
            said = output.rest() if output else ""
            raise BoardError(f"QEMU did not start: {said or err}") from err


class _Lines:
    """The lines of a pipe, read in a thread so that waiting for one can time out."""

    def __init__(self, pipe):
        self._queue = queue.Queue()
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def _read(self, pipe):
        for line in pipe:
            self._queue.put(line.rstrip("\r\n"))
        self._queue.put(None)

    def until(self, deadline, overdue):
        """Yields lines to the end of the pipe; calls `overdue` at the deadline."""
        while True:
            try:
                line = self._queue.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                overdue()
            if line is None:
                return
            yield line

    def rest(self):
        """What the pipe's end said, on one line."""
        return "; ".join(self.until(time.monotonic() + 5, lambda: None))


def _firmware(machine):
    """The options for the firmware."""
    if not machine.firmware:
        return []
    firmware = machine.firmware.get()
    if not firmware:
        raise BoardError("no firmware for the board, see above")
    return ["-bios", str(firmware)]


def find_qemu(machine=IMX8MP):
    """The QEMU to use, once it is known to have the machine."""
    variable = f"QEMU{machine.suffix}"
    cure = f"{'' if machine.package else 'make setup installs it, or '}set {variable}="
    named = os.environ.get(variable)
    if machine.package and not named:
        qemu = machine.package.get()
    else:
        qemu = shutil.which(named or machine.qemu)
    if not qemu:
        raise BoardError(f"{named or machine.qemu} is missing: {cure}")
    version = _said(qemu, "--version", cure=cure).split("\n")[0]
    if machine.name not in _said(qemu, "-M", "help", cure=cure):
        raise BoardError(f"{version or qemu} has no machine {machine.name}: {cure}")
    if machine.broken:
        first, last, reason = machine.broken
        if first <= _numbers(version) <= last:
            raise BoardError(f"{version}: {reason}: {cure}")
    return qemu


def _numbers(version):
    """The first two numbers of what a QEMU calls its version."""
    found = re.search(r"version (\d+)\.(\d+)", version)
    return tuple(map(int, found.groups())) if found else ()


def _said(*command, cure):
    """What a command prints."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace",
                                check=False)
    except OSError as err:
        raise BoardError(f"{command[0]}: {err.strerror}: {cure}") from err
    if result.returncode:
        reason = result.stderr.strip().split("\n")[0] or f"status {result.returncode}"
        raise BoardError(f"{command[0]} does not run: {reason}: {cure}")
    return result.stdout
