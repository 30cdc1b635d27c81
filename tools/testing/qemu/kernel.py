# SPDX-License-Identifier: GPL-2.0
"""What was built for the board, and where."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from board import BoardError
from initramfs import Initramfs

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
    """The arm64 build and what goes with it."""

    def __init__(self):
        env = environment()
        self.repo = Path(env["REPO"])
        self.tree = Path(env["KDIR"])
        self.build_dir = Path(env["BUILD"])
        self.log_dir = Path(env["LOG"])
        self._cache = Path(env["CACHE"])
        self._arm64 = self.build_dir / env["BOARD"]

    @property
    def image(self):
        """The kernel."""
        return self._arm64 / "arch/arm64/boot/Image"

    @property
    def dtb(self):
        """The evaluation board's devicetree."""
        return self._arm64 / "arch/arm64/boot/dts/freescale/imx8mp-evk.dtb"

    @staticmethod
    def build():
        """Brings everything up to date; it tells itself what it does and what failed."""
        if subprocess.run([HERE / "build"], check=False).returncode:
            raise SystemExit(1)

    def modules(self):
        """The kernel's modules and those of the tests."""
        return sorted(self._arm64.rglob("*.ko"), key=lambda path: path.name)

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
        """The static busybox for arm64: BUSYBOX=, or Debian's, kept in the cache."""
        if os.environ.get("BUSYBOX"):
            return Path(os.environ["BUSYBOX"])
        fetched = subprocess.run([TOOLS / "fetch-deb", BUSYBOX_SUITE, "arm64", "busybox-static"],
                                 check=False, stdout=subprocess.PIPE, text=True)
        if fetched.returncode:
            raise BoardError("no busybox for the board, see above; or set BUSYBOX=")
        deb = Path(fetched.stdout.strip().split("\n")[-1])
        kept = self._cache / "busybox-arm64" / deb.stem / "busybox"
        if not kept.exists():
            _unpack_busybox(deb, kept)
        return kept


def _unpack_busybox(deb, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        subprocess.run(["dpkg-deb", "-x", deb, work], check=True)
        shutil.move(f"{work}/usr/bin/busybox", target)
