# SPDX-License-Identifier: GPL-2.0
"""The board's devicetree: the kernel's own, with overlays of ours."""

import subprocess
from pathlib import Path

OVERLAYS = Path(__file__).parent / "dts"
ECSPI3 = "/soc@0/bus@30800000/spba-bus@30800000/spi@30840000"


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


def build(base, overlays, directory):
    """Makes the devicetree of the board with the overlays of these names."""
    directory.mkdir(parents=True, exist_ok=True)
    dtb = directory / f"{'+'.join(overlays)}.dtb"
    run("fdtoverlay", "-i", str(base), "-o", str(dtb),
         *(str(_compile(overlay, directory)) for overlay in overlays))
    # QEMU has no SDMA, and spi-imx waits for it for ever.
    for name in ("dmas", "dma-names"):
        run("fdtput", "-d", str(dtb), ECSPI3, name)
    return dtb


def _compile(overlay, directory):
    dtbo = directory / f"{overlay}.dtbo"
    run("dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", str(dtbo),
         str(OVERLAYS / f"{overlay}.dtso"))
    return dtbo
