# SPDX-License-Identifier: GPL-2.0
"""The cost of the Rust interface: the same message to the same device, sent in C and in Rust."""

from measure import Case, boot
from rows import Row

C = "c"
RUST = "rust"


class _Named(Case):
    """A case that the guest knows by one word."""

    @property
    def name(self):
        return "prepared" if self.prepared else "unprepared"


def run(kernel):
    """Measures; returns rows for bench.json, and no plots."""
    figures = boot(kernel, "wrapper", "guest=wrapper")

    def sync(prepared):
        return lambda driver: figures.instructions(driver, _Named(1, prepared=prepared))

    rows = [
        Row("wrapper.sync_prepared", "instructions", sync(True), 1.01, of_ratio=True),
        Row("wrapper.sync_unprepared", "instructions", sync(False), 1.05, of_ratio=True),
    ]
    return [row.evaluate(C, RUST) for row in rows], []
