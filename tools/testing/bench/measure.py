# SPDX-License-Identifier: GPL-2.0
"""Measures SPI messages on the emulated board.

Virtual time there is the number of instructions, so figures repeat.  The board
(dts/bench.dtso) has the same flash direct, behind one, two and three multiplexers,
and behind one with 16 children.
"""

from dataclasses import dataclass

import console
import flash
from board import Board, BoardError, Flash

C = "spi-mux"
RUST = "spi_mux_rust"

# Flashes by the number of multiplexers before them, and behind one with 16
# children: the devicetree's nodes below the controller's, and the lines of gpio1
# that select them.
CHILDREN = "children"
NODES = {0: "flash@0", 1: "spi@1/flash@0", 2: "spi@2/spi@0/flash@0",
         3: "spi@3/spi@0/spi@0/flash@0", CHILDREN: "spi@4/flash@0"}
LINES = (5, 6, 7, 8, 9)
DEPTHS = (0, 1, 2, 3)

ID = "20ba17"


@dataclass(frozen=True)
class Case:
    """A message to measure.

    `shape` is the bytes of each transfer; with `children` it goes to that many in turn.
    """

    depth: object
    shape: tuple = (4,)
    hz: int = 1_000_000
    prepared: bool = True
    asynchronous: bool = False
    messages: int = 1000
    children: int = 1

    @property
    def name(self):
        """A word that tells cases apart."""
        shape = "x".join(str(size) for size in self._short_shape())
        return (f"{'async' if self.asynchronous else 'sync'}-"
                f"{'prepared' if self.prepared else 'unprepared'}-"
                f"{shape}-{self.hz // 1_000_000}mhz-depth{self.depth}"
                f"{f'-{self.children}-in-turn' if self.children > 1 else ''}")

    def _short_shape(self):
        same = len(set(self.shape)) == 1 and len(self.shape) > 4
        return (f"{len(self.shape)}of{self.shape[0]}",) if same else self.shape

    def line(self):
        """The case as the guest reads it."""
        return " ".join([self.name, NODES[self.depth], str(self.hz), "NY"[self.prepared],
                         "NY"[self.asynchronous], ",".join(map(str, self.shape)),
                         str(self.messages), str(self.children)])


@dataclass(frozen=True)
class Cost:
    """Of one message."""

    instructions: float
    switches: float


class Figures:
    """What each case cost with each driver of the multiplexer.

    A case is measured several times.  Its cost is that of the cheapest run, the
    one that was disturbed least.  Direct messages cost the same whatever driver of
    the multiplexer is loaded.
    """

    def __init__(self, lines):
        self._costs = {}
        for record in console.records(lines, "bench"):
            key, cost = (record["driver"], record["case"]), _cost(record)
            best = self._costs.get(key, cost)
            self._costs[key] = min(best, cost, key=lambda one: one.instructions)

    def cost(self, driver, case):
        """The cost of a case."""
        if case.depth == 0:
            costs = [cost for (_, name), cost in self._costs.items() if name == case.name]
            return min(costs, key=lambda one: one.instructions)
        return self._costs[driver, case.name]

    def instructions(self, driver, case):
        """Instructions of one message."""
        return self.cost(driver, case).instructions

    def switches(self, driver, case):
        """Context switches of the whole machine for one message."""
        return self.cost(driver, case).switches


def _cost(record):
    if "ns" not in record:
        raise BoardError(f"{record['case']} failed with {record['driver']}")
    # The flash answers in the second to fourth byte.
    if len(record["rx"]) >= 8 and record["rx"][2:8] != ID:
        raise BoardError(f"{record['case']} with {record['driver']} read {record['rx'][2:8]}, "
                         f"not {ID}")
    # A timer tick or the like is not a cost of a message.
    switches = int(record["switches"]) / int(record["sent"])
    return Cost(int(record["ns"]) / int(record["messages"]),
                0.0 if switches < 0.05 else round(switches, 2))


def boot(kernel, name, append, files=None, timeout=900):
    """Boots the board for a benchmark, and returns its figures."""
    directory = kernel.build_dir / "board"
    images = [flash.prepare(directory / f"{name}-flash{i}.img", i) for i in range(len(LINES))]
    board = Board(kernel=kernel.image,
                  dtb=kernel.devicetree(["bench"]),
                  initrd=kernel.initramfs(f"{name}-bench", files or {}),
                  log=kernel.log_dir / f"board-{name}-bench.log",
                  flashes=[Flash(image, line) for image, line in zip(images, LINES)],
                  append=append,
                  timeout=timeout)
    lines = board.run()
    if not console.ended_well(lines):
        raise BoardError(f"the benchmark failed: {console.failure(lines)}, "
                         f"full console: {board.log}")
    return Figures(lines)


def measure(kernel, name, cases, drivers=(C, RUST), timeout=900):
    """Runs all cases with each driver, in one boot."""
    text = "".join(case.line() + "\n" for case in dict.fromkeys(cases))
    return boot(kernel, name, f"guest=bench drivers={','.join(drivers)}",
                {"bench/cases": text.encode()}, timeout)
