# SPDX-License-Identifier: GPL-2.0
"""The multiplexer's figures: which messages are measured, and the rows and plots made of them."""

import elf
from measure import C, CHILDREN, DEPTHS, RUST, Case, measure
from plot import Plot, Series
from rows import Row

MHZ = 1_000_000
SIZES = (4, 16, 64, 256, 1024, 4096, 16384, 65536)
COUNTS = (1, 2, 4, 8, 16, 24, 32, 48, 64)
TURNS = (1, 2, 4, 8, 16)


def _few(size):
    """Fewer of the big messages."""
    return max(10, min(1000, 100_000 // size))


def message(depth, prepared=True, hz=MHZ, asynchronous=False):
    """The smallest message worth sending."""
    return Case(depth, prepared=prepared, hz=hz, asynchronous=asynchronous)


def of_bytes(depth, size, prepared=True):
    """One transfer of that size."""
    return Case(depth, shape=(size,), hz=10 * MHZ, messages=_few(size), prepared=prepared)


def of_transfers(depth, count, prepared=True):
    """That many transfers of four bytes."""
    return Case(depth, shape=(4,) * count, hz=10 * MHZ, messages=_few(4 * count),
                prepared=prepared)


def in_turn(children, prepared=True):
    """Messages to that many children of a multiplexer of 16, one after the other."""
    return Case(CHILDREN, children=children, hz=10 * MHZ, prepared=prepared)


def cases():
    """All that is measured."""
    for prepared in (True, False):
        yield from (message(depth, prepared, hz, asynchronous) for depth in DEPTHS
                    for hz in (MHZ, 10 * MHZ) for asynchronous in (False, True))
        yield from (of_bytes(depth, size, prepared) for depth in range(2) for size in SIZES)
        yield from (of_transfers(depth, count, prepared) for depth in range(2)
                    for count in COUNTS)
        yield from (in_turn(children, prepared) for children in TURNS)


def _rows_of(figures, kind, prepared, limits):
    """The rows of a prepared or an unprepared message of four bytes."""
    def vs_direct(hz):
        return lambda driver: (figures.instructions(driver, message(1, prepared, hz)) /
                               figures.instructions(driver, message(0, prepared, hz)))

    def added(driver):
        return (figures.instructions(driver, message(1, prepared)) -
                figures.instructions(driver, message(0, prepared)))

    def muxed(driver):
        return figures.instructions(driver, message(1, prepared))

    def switches(driver):
        return figures.switches(driver, message(1, prepared))

    name = f"mux.{kind}4"
    return [
        Row(f"{name}.vs_direct", "x", vs_direct(MHZ), limits["vs_direct"]),
        Row(f"{name}.vs_direct_10mhz", "x", vs_direct(10 * MHZ), limits["vs_direct_10mhz"]),
        Row(f"{name}.added", "instructions", added, limits["added"]),
        Row(f"{name}.switches", "switches", switches, 0),
        Row(f"{name}.vs_c", "instructions", muxed, limits["vs_c"], of_ratio=True),
    ]


def _rows_of_depth(figures):
    def per_level(what, prepared):
        """Of the levels behind the first one; the controller polls, so nothing interrupts."""
        first, deepest = (message(depth, prepared, 10 * MHZ) for depth in (1, DEPTHS[-1]))
        return lambda driver: ((what(driver, deepest) - what(driver, first)) /
                               (DEPTHS[-1] - 1))

    return [
        Row("mux.depth.per_level", "instructions", per_level(figures.instructions, True), 600),
        Row("mux.depth.per_level_unprepared", "instructions",
            per_level(figures.instructions, False), 1000),
        Row("mux.depth.switches", "switches", per_level(figures.switches, True), 0),
    ]


def _rows_of_async(figures):
    def of(what, prepared):
        return lambda driver: what(driver, message(1, prepared, asynchronous=True))

    return [
        Row("mux.async4.prepared", "instructions", of(figures.instructions, True), 1,
            of_ratio=True),
        Row("mux.async4.unprepared", "instructions", of(figures.instructions, False), 1,
            of_ratio=True),
        Row("mux.async4.switches", "switches", of(figures.switches, True), 0.99, of_ratio=True),
    ]


def _rows_of_growth(figures):
    def prepared_gain(driver):
        """What preparing saves behind the multiplexer, for each instruction it saves direct."""
        direct, muxed = (figures.instructions(driver, message(depth, False)) -
                         figures.instructions(driver, message(depth, True)) for depth in (0, 1))
        return muxed / direct

    def transfer(driver):
        """A further transfer, over what it costs direct."""
        direct, muxed = (figures.instructions(driver, of_transfers(depth, COUNTS[-1])) -
                         figures.instructions(driver, of_transfers(depth, 1))
                         for depth in (0, 1))
        return muxed / direct

    def siblings(driver):
        """One child of 16, over an only child."""
        return (figures.instructions(driver, in_turn(1)) /
                figures.instructions(driver, message(1, hz=10 * MHZ)))

    def switch(driver):
        """A message to another child each time."""
        return figures.instructions(driver, in_turn(TURNS[-1]))

    return [
        Row("prepared.gain", "x", prepared_gain, at_least=1),
        Row("mux.transfers.each", "x", transfer, 1.02),
        Row("mux.children.flat", "x", siblings, 1.02),
        Row("mux.children.in_turn", "instructions", switch, 1, of_ratio=True),
    ]


def _rows(figures):
    return (_rows_of(figures, "prepared", True,
                     {"vs_direct": 1.20, "vs_direct_10mhz": 1.25, "added": 600, "vs_c": 0.30}) +
            _rows_of(figures, "unprepared", False,
                     {"vs_direct": 1.30, "vs_direct_10mhz": 1.40, "added": 1000, "vs_c": 0.35}) +
            _rows_of_depth(figures) + _rows_of_async(figures) + _rows_of_growth(figures))


def _text_size(kernel, module):
    return elf.text_size(next(path for path in kernel.modules()
                              if path.name == f"{module}.ko"))


LINES = (("direct", RUST, 0), ("C spi-mux", C, 1), ("Rust spi_mux_rust", RUST, 1))


def _plot(figures, name, title, values, case, log=False, lines=LINES):
    """Of cost against what `values` count; the unit is the last word of the name."""
    return Plot(name, title, name.rpartition("-")[2], "instructions per message", log,
                [Series(label, [(value, figures.instructions(driver, case(depth, value)))
                                for value in values]) for label, driver, depth in lines])


def _plots(figures):
    drivers = tuple((label, driver, CHILDREN) for label, driver, depth in LINES if depth)
    for prepared in (True, False):
        kind = "prepared" if prepared else "unprepared"

        def case(make, prepared=prepared):
            return lambda depth, value: make(depth, value, prepared)

        yield _plot(figures, f"mux-{kind}-bytes", f"Cost of one {kind} message as it grows",
                    SIZES, case(of_bytes), log=True)
        yield _plot(figures, f"mux-{kind}-transfers",
                    f"Cost of one {kind} message of 4-byte transfers", COUNTS,
                    case(of_transfers))
        yield _plot(figures, f"mux-{kind}-children",
                    f"Cost of {kind} 4-byte messages to several children in turn", TURNS,
                    lambda _, value, prepared=prepared: in_turn(value, prepared), lines=drivers)
        for asynchronous in (False, True):
            how = "asynchronous" if asynchronous else "synchronous"
            yield _plot(figures, f"mux-{kind}-{how}-depth",
                        f"Cost of one {kind} {how} 4-byte message through muxes", DEPTHS,
                        lambda _, depth, prepared=prepared, asynchronous=asynchronous:
                        message(depth, prepared, asynchronous=asynchronous), lines=drivers)


def run(kernel):
    """Measures; returns rows for bench.json and plots."""
    figures = measure(kernel, "mux", cases())
    rows = _rows(figures) + [
        Row("mux.text", "bytes", lambda driver: _text_size(kernel, driver)),
    ]
    return [row.evaluate(C, RUST) for row in rows], list(_plots(figures))
