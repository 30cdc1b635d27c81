# SPDX-License-Identifier: GPL-2.0
"""What `run`, `test` and `shell` share: the board with two flashes behind the multiplexer."""

import sys

import devicetree
import flash
from board import Board, BoardError, Flash, find_qemu
from devicetree import DevicetreeError
from flash import FlashError
from kernel import Kernel

OVERLAYS = ["two-flashes-behind-mux"]
# The lines of gpio1 that select flash 0 and flash 1, see the overlay.
LINES = (5, 6)


class TwoFlashes:
    """The board, its flash images in the build folder, and how to boot it."""

    def __init__(self, name, sources=(None, None)):
        find_qemu()  # before anything that takes long
        self.kernel = Kernel()
        self.name = name
        self._dir = self.kernel.build_dir / "board"
        self.images = [flash.prepare(self._dir / f"{name}-flash{i}.img", i, source)
                       for i, source in enumerate(sources)]

    def board(self, guest, extra=None, append="", overlays=(), **options):
        """A board that runs the guest script of that name, with further overlays if asked."""
        return Board(
            kernel=self.kernel.image,
            dtb=devicetree.build(self.kernel.dtb, [*OVERLAYS, *overlays], self._dir),
            initrd=self.kernel.initramfs(f"{self.name}-{guest}", extra),
            log=self.log(guest),
            flashes=[Flash(image, line) for image, line in zip(self.images, LINES)],
            append=f"guest={guest} {append}",
            **options)

    def log(self, guest):
        """Where the console of that script goes."""
        return self.kernel.log_dir / f"board-{self.name}-{guest}.log"


def main(function):
    """Runs a tool's main function; what goes wrong is one line."""
    sys.stdout.reconfigure(line_buffering=True)
    try:
        sys.exit(function())
    except (BoardError, DevicetreeError, FlashError) as err:
        sys.exit(f"error: {err}")
    except KeyboardInterrupt:
        sys.exit(130)
