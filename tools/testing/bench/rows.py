# SPDX-License-Identifier: GPL-2.0
"""Rows of build/bench.json: a figure for C and for Rust, and what is asked of it."""

from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class Row:
    """One figure.

    `figure` computes it for a driver.  The target is a limit for Rust's figure or,
    with `of_ratio`, for Rust's over C's; without one the figure is only told.
    """

    name: str
    unit: str
    figure: Callable
    at_most: Optional[float] = None
    at_least: Optional[float] = None
    of_ratio: bool = False

    def evaluate(self, c_driver, rust_driver):
        """The row as it goes into bench.json."""
        c, rust = self.figure(c_driver), self.figure(rust_driver)
        ratio = rust / c if c else None
        return {"name": self.name, "unit": self.unit, "c": _round(c), "rust": _round(rust),
                "ratio": _round(ratio), "target": self._target(),
                "holds": self._holds(ratio if self.of_ratio else rust)}

    def _target(self):
        what = "rust/c " if self.of_ratio else ""
        if self.at_most is not None:
            return f"{what}<= {self.at_most:g}"
        return None if self.at_least is None else f"{what}>= {self.at_least:g}"

    def _holds(self, value):
        """Whether a value is as asked; None if nothing is."""
        if self.at_most is None and self.at_least is None:
            return None
        return (value is not None and (self.at_most is None or value <= self.at_most) and
                (self.at_least is None or value >= self.at_least))


def _round(value):
    return None if value is None else round(value, 3)


VERDICTS = {True: "holds", False: "MISSED", None: ""}


def table(rows):
    """The rows as text, one a line."""
    header = ("name", "unit", "C", "Rust", "Rust/C", "target", "")
    cells = [header] + [(row["name"], row["unit"], _show(row["c"]), _show(row["rust"]),
                         _show(row["ratio"]), row["target"] or "-", VERDICTS[row["holds"]])
                        for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(header))]
    numeric = (2, 3, 4)
    return "\n".join("  ".join(cell.rjust(width) if i in numeric else cell.ljust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))).rstrip()
                     for line in cells)


def _show(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3f}"
