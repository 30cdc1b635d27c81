# SPDX-License-Identifier: GPL-2.0
"""What was built for the board, and where."""

import os
import subprocess
from pathlib import Path

import devicetree
from board import BoardError
from debian import Packaged
from initramfs import Initramfs
from machine import IMX8MP

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / "kernel"
# The kernel's suite for busybox too: any Debian release has it.
BUSYBOX_SUITE = "trixie"


def environment():
    """The variables that tools/kernel/env defines."""
    output = subprocess.run(["bash", "-c", f". '{TOOLS}/env' && env -0"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    return dict(pair.split("=", 1) for pair in output.split("\0") if "=" in pair)


class Kernel:
    """The kernel for a board, and what goes with it."""

    def __init__(self, machine=IMX8MP):
        env = environment()
        self.repo = Path(env["REPO"])
        self.tree = Path(env["KDIR"])
        self.build_dir = Path(env["BUILD"])
        self.log_dir = Path(env["LOG"])
        self._machine = machine
        self._name = f"{machine.build}{'-hard' if os.environ.get('HARD') else ''}"
        self._out = self.build_dir / self._name
        self._boot = self._out / f"arch/{machine.arch}/boot"

    @property
    def image(self):
        """The kernel."""
        return self._boot / "Image"

    def devicetree(self, overlays):
        """The board's devicetree, with the overlays of these names."""
        return devicetree.build(self._boot / "dts" / self._machine.dtb, overlays,
                                self.build_dir / "board", self._machine.changes)

    def build(self):
        """Brings everything up to date; it tells itself what it does and what failed."""
        if subprocess.run([HERE / "build", self._name], check=False).returncode:
            raise SystemExit(1)

    def modules(self):
        """The kernel's modules and those of the tests."""
        return sorted(self._out.rglob("*.ko"), key=lambda path: path.name)

    def initramfs(self, name, extra=None, add=None, modules=True):
        """Writes the root file system `name`.

        `extra` maps names to further files' contents; `add` is called to add what it likes.
        Without `modules` neither modules nor test programs are in it.
        """
        root = Initramfs()
        root.file("bin/busybox", self._busybox().read_bytes(), 0o755)
        root.link("bin/sh", "busybox")
        root.file("init", (HERE / "guest/init").read_bytes(), 0o755)
        root.tree(HERE / "guest", "guest")
        if modules:
            root.tree(self.build_dir / "guest", "bin")
            root.modules(self.modules())
        if add:
            add(root)
        for path, data in (extra or {}).items():
            root.file(path, data)
        return root.write(self.build_dir / "board" / f"{name}.cpio.gz")

    def _busybox(self):
        """A static busybox for the board: BUSYBOX=, or Debian's, kept in the cache."""
        variable = f"BUSYBOX{self._machine.suffix}"
        named = os.environ.get(variable)
        if named:
            if not Path(named).is_file():
                raise BoardError(f"{variable}={named} is not a file")
            return Path(named)
        busybox = Packaged(BUSYBOX_SUITE, self._machine.debian_arch, "busybox-static",
                           "usr/bin/busybox").get()
        if not busybox:
            raise BoardError(f"no busybox for the board, see above; or set {variable}=")
        return busybox
