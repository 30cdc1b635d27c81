# SPDX-License-Identifier: GPL-2.0
"""An SD card behind the multiplexer, on QEMU's HiFive Unleashed (guest/sd-card.sh).

The board makes a file system on it and writes files.  The image of the card is
then checked and read here, by other code.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import console
import flash
from board import Board, BoardError, shown
from kernel import Kernel
from machine import UNLEASHED
from measure import C, RUST

# QEMU wants a power of 2.
SIZE = 16 << 20
# Files around the sizes of a sector, of a block and of a request of several.
SIZES = (0, 1, 511, 512, 513, 4095, 4097, 100_000, 3 << 20)
# Where Debian keeps e2fsck and debugfs.
SBIN = "/usr/sbin:/sbin"


class CardError(Exception):
    """What is on the card is not what should be."""


def _files():
    """The files that the board writes, by name."""
    data = flash.generated("card")
    return {f"file-{size}": data[start:start + size] for start, size in enumerate(SIZES)}


def _tool(name):
    """A program of e2fsprogs."""
    found = shutil.which(name) or shutil.which(name, path=SBIN)
    if not found:
        raise BoardError(f"{name} is missing: 'make setup' installs it")
    return found


def _boot(driver, files):
    """Has the board write the files to a new card; returns its image."""
    kernel = Kernel(UNLEASHED)
    image = kernel.build_dir / "board" / f"sd-card-{driver}.img"
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(bytes(SIZE))
    initrd = kernel.initramfs(
        f"sd-card-{driver}",
        {f"card/{name}": data for name, data in files.items()}
        | {"sums": "".join(f"{flash.sha256(data)}  {name}\n"
                           for name, data in files.items()).encode()},
        modules=False, add=lambda root: root.modules(kernel.modules()))
    board = Board(kernel=kernel.image, dtb=kernel.devicetree(["sd-card-behind-mux"]),
                  initrd=initrd, log=kernel.log_dir / f"board-sd-card-{driver}.log",
                  devices=["-drive", f"file={image},if=sd,format=raw"],
                  append=f"guest=sd-card driver={driver}", timeout=600, machine=UNLEASHED)
    lines = board.run()
    if not console.ended_well(lines):
        raise BoardError(f"{console.failure(lines)}, full console: {shown(board.log)}")
    return image


def _check(image):
    """Is the file system whole?"""
    result = subprocess.run([_tool("e2fsck"), "-f", "-n", image], check=False, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise CardError(f"e2fsck: {'; '.join(result.stdout.split(chr(10)))}")


def _contents(image):
    """The files on the card, by name."""
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([_tool("debugfs"), "-R", f"rdump / {work}", image], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {path.name: path.read_bytes() for path in Path(work).iterdir() if path.is_file()}


def _compare(found, wanted):
    """Are these the files?"""
    if found.keys() != wanted.keys():
        raise CardError(f"the files are {sorted(found)}, not {sorted(wanted)}")
    for name, data in wanted.items():
        if found[name] != data:
            raise CardError(f"{name} has other contents")


def _try(driver):
    """Why it fails with a driver, or None."""
    files = _files()
    try:
        image = _boot(driver, files)
        _check(image)
        _compare(_contents(image), files)
    except (BoardError, CardError) as err:
        return str(err)
    return None


def check_tools():
    """Are the programs there that look at the card, before anything that takes long?"""
    for name in ("e2fsck", "debugfs"):
        _tool(name)


def sd_card(results):
    """Runs it with both drivers; `results` has verdict(verdict, name, reason) and note(text)."""
    trouble = _try(RUST)
    results.verdict("not ok" if trouble else "ok", "SD card: file system", trouble)
    results.note(f"SD card with {C}: {_try(C) or 'the same'}")
