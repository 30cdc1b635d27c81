# SPDX-License-Identifier: GPL-2.0
"""What `run`, `test` and `shell` share: the board with two chips behind the multiplexer."""

import sys
from dataclasses import dataclass

import flash
from board import Board, BoardError, Flash, find_qemu
from devicetree import DevicetreeError
from flash import FlashError
from kernel import Kernel


@dataclass(frozen=True)
class Wiring:
    """An overlay, and what has to be attached to QEMU's board for it."""

    overlay: str
    # The model of each chip, the line that selects it, and what it holds.
    chips: tuple
    gpio: str = "/machine/soc/gpio1"
    devices: tuple = ()


TWO_FLASHES = Wiring("two-flashes-behind-mux",
                     (("n25q064", 5, flash.SIZE), ("n25q064", 6, flash.SIZE)))
# The third I2C bus is I2C3.
EXPANDER = Wiring("flash-and-eeprom-behind-expander",
                  (("n25q064", 0, flash.SIZE), ("at25128a-nonjedec", 1, 128 << 10)),
                  "/machine/peripheral/expander",
                  ("-device", "pca9552,id=expander,bus=i2c-bus.2,address=0x60"))
# A simulated controller, with nothing attached to QEMU's.
CONVERTER = Wiring("converter-behind-mux", ())


class TwoChips:
    """The board, the images of its chips in the build folder, and how to boot it."""

    def __init__(self, name, sources=(None, None), wiring=TWO_FLASHES):
        find_qemu()  # before anything that takes long
        self.kernel = Kernel()
        self.name = name
        self.wiring = wiring
        self._dir = self.kernel.build_dir / "board"
        self.images = [flash.prepare(self._dir / f"{name}-flash{i}.img", i, source, size)
                       for i, (source, (_, _, size)) in enumerate(zip(sources, wiring.chips))]

    def board(self, guest, extra=None, append="", overlays=(), **options):
        """A board that runs the guest script of that name, with further overlays if asked."""
        return Board(
            kernel=self.kernel.image,
            dtb=self.kernel.devicetree([self.wiring.overlay, *overlays]),
            initrd=self.kernel.initramfs(f"{self.name}-{guest}", extra),
            log=self.log(guest),
            flashes=[Flash(image, line, model, self.wiring.gpio)
                     for image, (model, line, _) in zip(self.images, self.wiring.chips)],
            devices=list(self.wiring.devices),
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
