# SPDX-License-Identifier: GPL-2.0
"""A sine that user space captures on User Mode Linux, with the model of the AXI SPI Engine.

A clock samples a converter, and a program reads what the converter's driver captures.  With the
Rust sample driver it does so first in time, then late.
"""

import math
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "qemu"), str(HERE.parent / "bench")]

# pylint: disable=wrong-import-position
from board import BoardError, shown  # noqa: E402
from kernel import environment  # noqa: E402
from plot import Plot, Series  # noqa: E402

# What drivers/spi/axi-spi-engine/model/demo.rs has.
SAMPLE, IIO = "rust_spi_capture", ("ad7985", "ad7380")
DRIVERS = ("c", "rust")
RATE, PERIOD, TURNS, ZERO = 1_000_000, 4096, 127, 1 << 15
# A record of the sample driver.
HEADER, BLOCK = 16, 64
RECORD = HEADER + 4 * BLOCK
# What capture.c reads: records before it sleeps, or words of IIO.
IN_TIME, WORDS = 256, 16384
# Words of 16 bits have 98 dB at full scale, and a missing sample costs much more than this leaves.
LEAST_DB = 95
SHOWN = 200


@dataclass(frozen=True)
class Record:
    """What one read of the device gives."""

    number: int
    lost: int
    samples: list

    @classmethod
    def parse(cls, data):
        """The record in these bytes."""
        number, lost, *words = struct.unpack(f"=QQ{BLOCK}I", data)
        return cls(number, lost, [word & 0xffff for word in words])


def build():
    """Brings the kernel up to date; tells where things are."""
    env = environment()
    if subprocess.run([f"{env['REPO']}/tools/kernel/build", "uml"], check=False).returncode:
        raise SystemExit(1)
    return env


def _capture(env, driver, chip):
    """Lets a kernel with the drivers of that language (c or rust) capture; gives what it read."""
    log = Path(env["LOG"]) / f"capture-{driver}-{chip}.log"
    with tempfile.TemporaryDirectory() as work:
        root = Path(work)
        for name in ("dev", "sys"):
            (root / name).mkdir()
        _program(root / "init")
        _boot(env, (driver, chip), root, log)
        if not (root / "done").exists():
            raise BoardError(f"not all was captured (full console: {shown(log)})")
        return (root / "records").read_bytes()


def _program(path):
    command = [HERE.parent / "nolibc", HERE / "capture.c", path]
    if subprocess.run(command, check=False).returncode:
        raise BoardError("capture.c does not build, see above")


def capture_records(env, driver):
    """What the Rust sample driver gives."""
    data = _capture(env, driver, SAMPLE)
    return [Record.parse(data[i:i + RECORD]) for i in range(0, len(data), RECORD)]


def capture_words(env, driver, chip):
    """What a driver in C gives through IIO."""
    return [word & 0xffff for word, in struct.iter_unpack("=I", _capture(env, driver, chip))]


def _boot(env, drivers, root, log):
    command = [Path(env["BUILD"]) / "uml/linux", "mem=1G", "console=tty", "time-travel=inf-cpu",
               "kunit.enable=0", "root=/dev/root", "rootfstype=hostfs", f"rootflags={root}", "rw",
               "init=/init", "panic=-1",
               f"axi_spi_engine_capture.run={drivers[0]}",
               f"axi_spi_engine_capture.chip={drivers[1]}"]
    try:
        with open(log, "wb") as output:
            subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=output,
                           stderr=subprocess.STDOUT, timeout=120)
    except subprocess.TimeoutExpired as err:
        raise BoardError(f"the kernel does not end (full console: {shown(log)})") from err


def check_in_time(out, records):
    """What was read in time is whole; gives its samples."""
    out.check("records read in time follow each other",
              [record.number for record in records] == [i * BLOCK for i in range(IN_TIME)],
              f"{len(records)} of {BLOCK} samples")
    lost = records[-1].lost
    out.check("nothing lost", lost == 0, f"{lost} samples at {RATE / 1e6:g} MS/s")
    samples = [sample for record in records for sample in record.samples]
    return samples, check_ratio(out, samples)


def check_ratio(out, samples):
    """There is a sine, and little else; gives the ratio."""
    decibels = ratio_db(samples)
    out.check("signal to noise", decibels > LEAST_DB, f"{decibels:.1f} dB")
    return decibels


def check_words(out, words):
    """What came through IIO is whole."""
    if out.check("samples", len(words) == WORDS, f"{len(words)}"):
        out.check("nothing is missing",
                  all(word == words[i % PERIOD] for i, word in enumerate(words)))
        check_ratio(out, words)


def check_late(out, records, wave):
    """What was read late says how much is missing, and `wave` says the same."""
    lost = records[-1].lost
    out.check("a late reader loses samples", lost > 0, f"{lost} samples")
    out.check("as many as their numbers leave out",
              all(record.number == (IN_TIME + i) * BLOCK + record.lost
                  for i, record in enumerate(records)), "they say the same")
    out.check("and as the sine leaves out",
              all(sample == wave[(record.number + i) % PERIOD]
                  for record in records for i, sample in enumerate(record.samples)),
              f"{len(records)} records are where they belong")


def ratio_db(samples):
    """The signal over all else but the mean; there are whole periods of the list."""
    step = 2 * math.pi * TURNS / PERIOD
    count = len(samples)
    mean = sum(samples) / count
    real = sum((x - mean) * math.cos(step * i) for i, x in enumerate(samples))
    imaginary = sum((x - mean) * math.sin(step * i) for i, x in enumerate(samples))
    signal = 2 * (real ** 2 + imaginary ** 2) / count ** 2
    noise = sum((x - mean) ** 2 for x in samples) / count - signal
    return 10 * math.log10(signal / noise)


def check(out, records):
    """All checks; gives what was read in time, and its ratio of signal and noise."""
    in_time, late = records[:IN_TIME], records[IN_TIME:]
    if not out.check("records", len(in_time) == IN_TIME and late, f"{len(records)}"):
        raise BoardError("there is nothing to look at")
    samples, decibels = check_in_time(out, in_time)
    check_late(out, late, samples[:PERIOD])
    return samples, decibels


def draw(samples, decibels, path):
    """The first samples as a picture."""
    points = [(i * 1e6 / RATE, x) for i, x in enumerate(samples[:SHOWN])]
    title = f"Captured at {RATE / 1e6:g} MS/s: {len(samples)} samples, SNR {decibels:.1f} dB"
    plot = Plot("capture", title, "time in µs", f"code, zero is {ZERO}", False,
                [Series("converter", points)])
    path.write_text(plot.svg(), encoding="utf-8")
