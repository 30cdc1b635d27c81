# SPDX-License-Identifier: GPL-2.0
"""The board's devicetree: the kernel's own, with overlays of ours."""

import subprocess
from pathlib import Path

OVERLAYS = Path(__file__).parent / "dts"


class DevicetreeError(Exception):
    """A tool for devicetrees failed."""


def run(*command):
    """Runs a tool for devicetrees."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as err:
        raise DevicetreeError(f"{command[0]} is missing: 'make setup' installs "
                              "device-tree-compiler") from err
    if result.returncode:
        raise DevicetreeError(f"{command[0]}: {result.stderr.strip() or result.stdout.strip()}")


def build(base, overlays, directory, changes=()):
    """Makes the devicetree of the board with the overlays of these names, and `changes`."""
    directory.mkdir(parents=True, exist_ok=True)
    dtb = directory / f"{'+'.join(overlays)}.dtb"
    run("fdtoverlay", "-i", str(base), "-o", str(dtb),
        *(str(_compile(overlay, directory)) for overlay in overlays))
    change(dtb, changes)
    return dtb


def change(dtb, changes):
    """Makes changes, each of which is the arguments of fdtput without the file."""
    for arguments in changes:
        at = next(i for i, word in enumerate(arguments) if word.startswith("/"))
        run("fdtput", *arguments[:at], str(dtb), *arguments[at:])


def _compile(overlay, directory):
    dtbo = directory / f"{overlay}.dtbo"
    run("dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", str(dtbo),
         str(OVERLAYS / f"{overlay}.dtso"))
    return dtbo
