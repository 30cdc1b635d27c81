# SPDX-License-Identifier: GPL-2.0
"""Line plots as SVG."""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 90, 160, 50, 60
# Told apart by people who see colours differently, too.
COLOURS = ("#555555", "#c1121f", "#1565c0", "#2e7d32", "#8e24aa")
DASHES = ("4 3", "", "", "8 3", "2 2")


@dataclass(frozen=True)
class Series:
    """A line: its name and its points."""

    label: str
    points: list


@dataclass(frozen=True)
class Plot:
    """A diagram; both axes are logarithmic, or neither."""

    name: str
    title: str
    x_label: str
    y_label: str
    log: bool
    series: list

    def svg(self):
        """The picture."""
        x_axis = self._axis(0, LEFT, WIDTH - RIGHT)
        y_axis = self._axis(1, HEIGHT - BOTTOM, TOP)
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
                 'font-family="sans-serif" font-size="12">',
                 f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
                 _text(LEFT, 28, self.title, size=16)]
        parts += self._frame(x_axis, y_axis)
        label_rows = self._label_rows(y_axis)
        for i, line in enumerate(self.series):
            parts += self._line(line, i, x_axis, y_axis, label_rows[i])
        return "\n".join(parts + ["</svg>"]) + "\n"

    def _axis(self, index, start, end):
        values = [point[index] for line in self.series for point in line.points]
        return (_Logarithmic if self.log else _Linear)(values, start, end)

    def _frame(self, x_axis, y_axis):
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        for tick in y_axis.ticks():
            y = y_axis.place(tick)
            yield f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dddddd"/>'
            yield _text(LEFT - 8, y + 4, _number(tick), anchor="end")
        for tick in x_axis.ticks():
            x = x_axis.place(tick)
            yield f'<path d="M{x:.1f} {bottom}v5" stroke="#555555"/>'
            yield _text(x, bottom + 20, _number(tick), anchor="middle")
        yield f'<path d="M{LEFT} {bottom}H{right}" stroke="#555555"/>'
        yield _text((LEFT + right) / 2, HEIGHT - 14, self.x_label, anchor="middle")
        yield (f'<g transform="translate(20 {(TOP + bottom) / 2}) rotate(-90)">'
               f'{_text(0, 0, self.y_label, anchor="middle")}</g>')

    def _label_rows(self, y_axis):
        """Where each line's name goes: at its end, but never over another name."""
        order = sorted(range(len(self.series)),
                       key=lambda i: y_axis.place(self.series[i].points[-1][1]))
        rows, lowest = {}, 0
        for i in order:
            lowest = max(y_axis.place(self.series[i].points[-1][1]) + 4, lowest + 15)
            rows[i] = lowest
        return rows

    @staticmethod
    def _line(line, i, x_axis, y_axis, label_row):
        colour, dash = COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]
        places = [(x_axis.place(x), y_axis.place(y)) for x, y in line.points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield (f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" '
               f'stroke-dasharray="{dash}"/>')
        for (x, y), (value, cost) in zip(places, line.points):
            yield (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>'
                   f'{escape(line.label)}: {value} → {cost:.0f}</title></circle>')
        yield _text(WIDTH - RIGHT + 10, label_row, line.label, colour=colour)


class _Linear:
    """From zero to the largest value."""

    def __init__(self, values, start, end):
        step = 10 ** math.floor(math.log10(max(values)))
        self._step = next(step * part for part in (0.1, 0.2, 0.5, 1, 2)
                          if max(values) / (step * part) <= 8)
        self._max = self._step * math.ceil(max(values) / self._step)
        self._start, self._end = start, end

    def place(self, value):
        """The coordinate of a value."""
        return self._start + (self._end - self._start) * value / self._max

    def ticks(self):
        """Values worth a label."""
        return [i * self._step for i in range(round(self._max / self._step) + 1)]


class _Logarithmic:
    """From the smallest value's power to the largest's."""

    def __init__(self, values, start, end):
        # Sizes are powers of two, costs are not.
        self._base = 4 if all(math.log2(value).is_integer() for value in values) else 10
        self._low = math.floor(math.log(min(values), self._base) + 1e-9)
        self._high = math.ceil(math.log(max(values), self._base) - 1e-9)
        self._start, self._end = start, end

    def place(self, value):
        """The coordinate of a value."""
        part = (math.log(value, self._base) - self._low) / (self._high - self._low)
        return self._start + (self._end - self._start) * part

    def ticks(self):
        """Values worth a label."""
        return [self._base ** power for power in range(self._low, self._high + 1)]


def _number(value):
    if value >= 1024 and math.log2(value).is_integer():
        return f"{value >> 10} Ki"
    return f"{value:,.0f}".replace(",", " ")


def _text(x, y, text, anchor="start", size=12, colour="#222222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'fill="{colour}">{escape(text)}</text>')
