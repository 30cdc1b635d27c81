# SPDX-License-Identifier: GPL-2.0
"""What `run` prints."""

import sys
import time
from contextlib import contextmanager


@contextmanager
def step(label):
    """Shows what takes a while, then how long it took."""
    start = time.monotonic()
    if sys.stdout.isatty():
        print(f"{label} …", end="", flush=True)
    yield
    print(f"{chr(13) if sys.stdout.isatty() else ''}{label} … {time.monotonic() - start:.0f}s")


class Report:
    """Prints checks as they are made, and remembers whether all held."""

    def __init__(self):
        self.good = True

    @staticmethod
    def section(title):
        """Starts a part of the report."""
        print(f"\n{title}")

    @staticmethod
    def note(text):
        """Something worth knowing that can't fail."""
        print(f"  {text}")

    def check(self, label, good, detail=""):
        """One check and its outcome."""
        self.good = self.good and bool(good)
        print(f"  {'ok  ' if good else 'FAIL'}  {label}" + (f": {detail}" if detail else ""))
        return good


def tree(controllers, devices):
    """The controllers and devices, each below what it is attached to."""
    lines = []

    def add_controller(controller, indent):
        lines.append(f"{indent}{controller['name']}  controller {controller['parent']}"
                     f", driver {controller['driver']}")
        for device in devices:
            if device["parent"] == controller["name"]:
                add_device(device, indent + "   ")

    def add_device(device, indent):
        flash = f", /dev/{device['mtd']}" if device["mtd"] else ""
        lines.append(f"{indent}{device['name']}  {device['node']}, driver {device['driver']}"
                     f", {int(device['hz']) / 1e6:g} MHz{flash}")
        for controller in controllers:
            if controller["parent"] == device["name"]:
                add_controller(controller, indent + "   ")

    names = {device["name"] for device in devices}
    for controller in controllers:
        if controller["parent"] not in names:
            add_controller(controller, "")
    return lines


def costs(rows):
    """A table of (label, instructions, switches, times direct)."""
    lines = [f"{'':24}{'instructions':>14}{'× direct':>10}{'context switches':>18}"]
    for label, instructions, times, switches in rows:
        lines.append(f"{label:24}{instructions:14.0f}{times:10.2f}{switches:18.1f}")
    return lines
