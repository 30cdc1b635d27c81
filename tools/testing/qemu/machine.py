# SPDX-License-Identifier: GPL-2.0
"""QEMU's boards that are used, and what is different from board to board."""

from dataclasses import dataclass

from debian import Packaged


@dataclass(frozen=True)
class Machine:
    """A board of QEMU's, and the kernel for it."""

    # QEMU's name of it, the program that has it, and what the variables end with that name
    # another one, and another busybox.
    name: str
    qemu: str
    suffix: str
    # Where the program comes from, unless it is the host's, and the firmware, if there is some.
    package: Packaged | None
    firmware: Packaged | None
    # The first and the last version of it that does not do, and why.
    broken: tuple | None
    # Its name in tools/kernel/configs.sh, with the kernel's and Debian's names of its processor.
    build: str
    arch: str
    debian_arch: str
    # The devicetree, below that architecture's, and what is changed in it: arguments of fdtput.
    dtb: str
    changes: tuple
    cpus: int
    # What comes before the UART that is the console, and its name.
    serial: tuple
    console: str


IMX8MP = Machine(
    name="imx8mp-evk", qemu="qemu-system-aarch64", suffix="",
    package=None, firmware=None, broken=None,
    build="arm64", arch="arm64", debian_arch="arm64",
    dtb="freescale/imx8mp-evk.dtb",
    # QEMU has no SDMA, and spi-imx waits for it for ever.
    changes=(("-d", "/soc@0/bus@30800000/spba-bus@30800000/spi@30840000", "dmas", "dma-names"),),
    cpus=2, serial=("-serial", "null"), console="ttymxc1,115200")

# QEMU connects an SD card to the first chip select of its third SPI controller.
UNLEASHED = Machine(
    name="sifive_u", qemu="qemu-system-riscv64", suffix="_RISCV64",
    package=Packaged("bookworm", "amd64", "qemu-system-misc", "usr/bin/qemu-system-riscv64"),
    firmware=Packaged("bookworm-backports", "amd64", "opensbi",
                      "usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin"),
    # They refuse SEND_CID, without which Linux uses no card.
    broken=((9, 1), (10, 0), "SD cards on SPI do not work"),
    build="riscv64", arch="riscv", debian_arch="riscv64",
    dtb="sifive/hifive-unleashed-a00.dtb",
    # The board has more memory, and the card's slot is where the multiplexer will be.
    changes=(("-t", "x", "/memory@80000000", "reg", "0", "80000000", "0", "20000000"),
             ("-r", "/soc/spi@10050000/mmc@0")),
    # One of them only runs the firmware, and there have to be two.
    cpus=2, serial=(), console="ttySIF0")
