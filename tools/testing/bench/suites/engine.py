# SPDX-License-Identifier: GPL-2.0
"""The AXI SPI Engine's figures: the instructions of both drivers on the model, on UML.

The KUnit suite axi_spi_engine_speed sends the same messages with each driver,
twice, and arms and disarms its offload.  All that the driver executes is
counted, but for register accesses, which are the model's work, and waiting, be it
asleep or not.
"""

import re
import subprocess
import tempfile

from board import BoardError
from rows import Row
from stepper import Stepper, symbols

SUITE = "axi_spi_engine_speed"
# The messages of the suite, in its order.
MESSAGES = ("4 bytes", "4 bytes slowly", "4096 bytes", "1 transfer", "8 transfers", "64 transfers")

_C_SOURCE = "spi-axi-spi-engine.c"
_C = {"spi_engine_optimize_message": "compile", "spi_engine_transfer_one_message": "send",
      "spi_engine_irq": "interrupt", "spi_engine_trigger_enable": "arm",
      "spi_engine_trigger_disable": "disarm"}
_RUST = {r"25optimize_message_callback": "compile", r"29transfer_one_message_callback": "send",
         r"19handle_irq_callback": "interrupt", r"23trigger_enable_callback": "arm",
         r"24trigger_disable_callback": "disarm"}
_RUST_CRATE = "19axi_spi_engine_rust"
# Counts the message for sysfs, which the driver in C does not do.
_STATISTICS = "rust_helper_spi_message_count"
_LEFT_OUT = {"__raw_readl", "__raw_writel", "wait_for_completion_timeout", "complete",
             "time_travel_ndelay", "spi_finalize_current_message"}


def _label(name, source):
    """What a function of a driver is counted as: (driver, what), or None."""
    if source == _C_SOURCE and name in _C:
        return "c", _C[name]
    if name == _STATISTICS:
        return "rust", "statistics"
    if _RUST_CRATE in name:
        for pattern, what in _RUST.items():
            if re.search(pattern, name):
                return "rust", what
    return None


def _messages(calls):
    """Sorts calls into messages, each of which begins when it is compiled: {driver: [{...}]}.

    One that the offload records is not sent, and left out.
    """
    found = {"c": [], "rust": []}
    for call in calls:
        driver, what = call.label
        if what in ("arm", "disarm"):
            continue
        if what == "compile":
            found[driver].append({"compile": 0, "send": 0, "interrupt": 0, "interrupts": 0,
                                  "statistics": 0})
        if not found[driver]:
            continue
        message = found[driver][-1]
        message[what] += call.instructions
        message["interrupts"] += what == "interrupt"
    return {driver: [message for message in messages if message["send"]]
            for driver, messages in found.items()}


def _last(calls, driver, what):
    """The instructions of the last call of a kind."""
    found = [call.instructions for call in calls if call.label == (driver, what)]
    if not found:
        raise BoardError(f"{driver}: no call to {what} the offload")
    return found[-1]


def _count(image, log):
    """Runs the suite: {driver: {message: figures}}."""
    functions = symbols(image)
    counted = {address: label for address, name, source in functions
               if (label := _label(name, source))}
    left_out = {address for address, name, _ in functions if name in _LEFT_OUT}
    with tempfile.TemporaryDirectory() as home:
        stepper = Stepper(counted, left_out)
        stepper.run([str(image), f"kunit.filter_glob={SUITE}", "kunit_shutdown=halt", "mem=256M",
                     "console=tty", "time-travel=inf-cpu", f"uml_dir={home}"], log)
    figures = {}
    for driver, messages in _messages(stepper.calls).items():
        # The second time, when nothing is new any more.
        again = messages[-len(MESSAGES):]
        if len(messages) != 2 * len(MESSAGES):
            raise BoardError(f"{driver}: {len(messages)} messages instead of "
                             f"{2 * len(MESSAGES)}, full console: {log}")
        figures[driver] = dict(zip(MESSAGES, again))
        for what in ("arm", "disarm"):
            figures[driver][what] = _last(stepper.calls, driver, what)
    return figures


def _rows():
    def moved(message):
        return lambda driver: driver[message]["send"] + driver[message]["interrupt"]

    def sent(message):
        return lambda driver: moved(message)(driver) + driver[message]["statistics"]

    def compiled(message):
        return lambda driver: driver[message]["compile"]

    unit = "instructions"
    return [
        Row("engine.msg4", unit, sent("4 bytes"), 0.9, of_ratio=True),
        Row("engine.msg4.without_statistics", unit, moved("4 bytes")),
        Row("engine.msg4.interrupted", unit, sent("4 bytes slowly")),
        Row("engine.msg4096", unit, sent("4096 bytes"), 0.9, of_ratio=True),
        Row("engine.compile4096", unit, compiled("4096 bytes")),
        Row("engine.compile1", unit, compiled("1 transfer"), 0.6, of_ratio=True),
        Row("engine.compile8", unit, compiled("8 transfers"), 0.6, of_ratio=True),
        Row("engine.compile64", unit, compiled("64 transfers"), 0.6, of_ratio=True),
        Row("engine.arm", unit, lambda driver: driver["arm"], 1, of_ratio=True),
        Row("engine.disarm", unit, lambda driver: driver["disarm"], 1, of_ratio=True),
        Row("engine.arm_and_disarm", unit, lambda driver: driver["arm"] + driver["disarm"], 1,
            of_ratio=True),
        Row("engine.interrupts4096", "interrupts",
            lambda driver: driver["4096 bytes"]["interrupts"], 1, of_ratio=True),
        Row("engine.compile64.per_transfer", unit,
            lambda driver: (driver["64 transfers"]["compile"] - driver["8 transfers"]["compile"])
            / 56, 0.6, of_ratio=True),
    ]


def run(kernel):
    """The rows; there are no plots."""
    build = kernel.repo / "tools/kernel/build"
    subprocess.run([str(build), "uml"], check=True)
    figures = _count(kernel.build_dir / "uml" / "linux", kernel.log_dir / "engine-bench.log")
    return [row.evaluate(figures["c"], figures["rust"]) for row in _rows()], []
