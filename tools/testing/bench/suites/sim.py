# SPDX-License-Identifier: GPL-2.0
"""What a message through a simulated controller costs, over a minimal C controller."""

import console
from board import Board, BoardError
from rows import Row

C = "spi_yardstick"
RUST = "spi_sim"
# Name: prepared, bytes of each transfer.
CASES = {"sim.msg4": ("Y", "4"), "sim.msg4_unprepared": ("N", "4"),
         "sim.msg4x8": ("Y", ",".join(["4"] * 8)), "sim.msg4096": ("Y", "4096")}
HZ = 10_000_000
MESSAGES = 1000


def _measure(kernel):
    """The instructions of a message: {(controller, case): number}."""
    text = "".join(f"{name} {HZ} {prepared} {shape} {MESSAGES}\n"
                   for name, (prepared, shape) in CASES.items())
    board = Board(kernel=kernel.image, dtb=kernel.devicetree(["sim"]),
                  initrd=kernel.initramfs("sim-bench", {"bench/cases": text.encode()}),
                  log=kernel.log_dir / "board-sim-bench.log", append="guest=bench-sim")
    lines = board.run()
    if not console.ended_well(lines):
        raise BoardError(f"the benchmark failed: {console.failure(lines)}, "
                         f"full console: {board.log}")
    costs = {}
    for record in console.records(lines, "bench"):
        if "ns" not in record:
            raise BoardError(f"{record['case']} failed with {record['controller']}")
        # A loopback: it comes back as it was sent.
        if not record["rx"].startswith("9f00"):
            raise BoardError(f"{record['controller']} sent back {record['rx']}")
        key = record["controller"], record["case"]
        cost = int(record["ns"]) / int(record["messages"])
        costs[key] = min(cost, costs.get(key, cost))
    return costs


def run(kernel):
    """Measures; returns the rows, and no plots."""
    costs = _measure(kernel)

    def figure(case):
        return lambda controller: costs[controller, case]

    return [Row(name, "instructions", figure(name), 1, of_ratio=True).evaluate(C, RUST)
            for name in CASES], []
