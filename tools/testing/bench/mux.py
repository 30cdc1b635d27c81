# SPDX-License-Identifier: GPL-2.0
"""The multiplexer's figures: which messages are measured, and the rows and plots made of them."""

from measure import C, RUST, Case, measure
from plot import Plot, Series
from rows import Row

MHZ = 1_000_000
SIZES = (4, 16, 64, 256, 1024, 4096, 16384, 65536)
COUNTS = (1, 2, 4, 8, 16, 24, 32, 48, 64)


def _few(size):
    """Fewer of the big messages."""
    return max(10, min(1000, 100_000 // size))


def message(depth, prepared, hz=MHZ):
    """The smallest message worth sending."""
    return Case(depth, prepared=prepared, hz=hz)


def of_bytes(depth, size):
    """One transfer of that size."""
    return Case(depth, shape=(size,), hz=10 * MHZ, messages=_few(size))


def of_transfers(depth, count):
    """That many transfers of four bytes."""
    return Case(depth, shape=(4,) * count, hz=10 * MHZ, messages=_few(4 * count))


def cases():
    """All that is measured."""
    yield from (message(depth, prepared, hz) for depth in range(3) for prepared in (True, False)
                for hz in (MHZ, 10 * MHZ))
    yield from (of_bytes(depth, size) for depth in range(2) for size in SIZES)
    yield from (of_transfers(depth, count) for depth in range(2) for count in COUNTS)


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
        return lambda driver: (what(driver, message(2, prepared)) -
                               what(driver, message(1, prepared)))

    return [
        Row("mux.depth.per_level", "instructions", per_level(figures.instructions, True), 600),
        Row("mux.depth.per_level_unprepared", "instructions",
            per_level(figures.instructions, False), 1000),
        Row("mux.depth.switches", "switches", per_level(figures.switches, True), 0),
    ]


def _rows(figures):
    return (_rows_of(figures, "prepared", True,
                     {"vs_direct": 1.20, "vs_direct_10mhz": 1.25, "added": 600, "vs_c": 0.30}) +
            _rows_of(figures, "unprepared", False,
                     {"vs_direct": 1.30, "vs_direct_10mhz": 1.40, "added": 1000, "vs_c": 0.35}) +
            _rows_of_depth(figures))


def _plot(figures, name, title, unit, values, case, log):
    lines = (("direct", RUST, 0), ("C spi-mux", C, 1), ("Rust spi_mux_rust", RUST, 1))
    return Plot(name, title, unit, "instructions per message", log,
                [Series(label, [(value, figures.instructions(driver, case(depth, value)))
                                for value in values]) for label, driver, depth in lines])


def run(kernel):
    """Measures; returns rows for bench.json and plots."""
    figures = measure(kernel, "mux", cases())
    plots = [
        _plot(figures, "mux-bytes", "Cost of a prepared message as it grows", "bytes",
              SIZES, of_bytes, True),
        _plot(figures, "mux-transfers", "Cost of a prepared message of 4-byte transfers",
              "transfers", COUNTS, of_transfers, False),
    ]
    return [row.evaluate(C, RUST) for row in _rows(figures)], plots
