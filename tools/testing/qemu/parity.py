# SPDX-License-Identifier: GPL-2.0
"""The same cases on both drivers of the multiplexer (module/spi_mux_test.c).

What the Rust driver does must be right, but for what is known to be open.  What
the C driver does is recorded beside it, in the lines for the defect ledger.
"""

import console
from board import Board, BoardError, shown
from kernel import Kernel
from measure import C, RUST

# Each case and the defects of the ledger that it shows or excludes.
CASES = {
    "data": (),
    "prepared": (),
    "refused_once": (),
    "settings_after_use": ("mux-M5",),
    "delays": ("mux-M6",),
    "lanes": ("mux-M6",),
    "priority": ("mux-M6",),
    "deselected_first": ("mux-M7",),
    "deselect_may_sleep": ("mux-M8",),
    "kept_chip_select": ("mux-M9",),
    "dummy_buffers": ("mux-M10",),
    "limits": ("mux-M11",),
    "memory_operations": ("mux-M11",),
    "statistics": ("mux-M12",),
    "calls_counted": ("mux-M12",),
    "errors_counted": ("mux-M19",),
    "time_stamps": ("mux-M13",),
    "child_bus_locked": ("mux-M14",),
    "nested_settings": ("mux-M15",),
    "memory_host_refused": ("mux-M17",),
    "target_refused": ("mux-M16",),
    "offload_refused": ("core-C20",),
    "killed_sender": (),
    "parent_bus_locked": ("mux-M14",),
    "parent_suspended": ("mux-M1",),
    "invalid_message": ("mux-M1", "mux-M2"),
}
REFUSED = {"memory_host_refused", "target_refused", "offload_refused", "parent_suspended",
           "invalid_message"}
# What the Rust driver does wrong as well.
OPEN = {"child_bus_locked"}

# What lockdep says of a multiplexer behind another one with the C driver (mux-M15).
C_LOCKING = ("possible recursive locking",)

OF_C = {"right": "right", "wrong": "shown", "hangs": "shown", None: "read"}


def _boot(driver, allow=()):
    """What a driver made of each case, on a board of its own."""
    kernel = Kernel()
    board = Board(kernel=kernel.image,
                  dtb=kernel.devicetree(["mux-test"]),
                  initrd=kernel.initramfs("parity"),
                  log=kernel.log_dir / f"board-parity-{driver}.log",
                  append=f"guest=parity driver={driver}", timeout=600)
    lines = board.run(allow=allow)
    return board, {record["case"]: record["result"]
                   for record in console.records(lines, "parity")}


def _here(case, result):
    """What becomes of a defect here, in the ledger's words."""
    if case in OPEN:
        return "open"
    return "refused" if case in REFUSED and result == "right" else "right"


def parity(results):
    """Runs the cases; `results` has verdict(verdict, name, reason) and note(text)."""
    try:
        board, of_rust = _boot(RUST)
        _, of_c = _boot(C, C_LOCKING)
    except BoardError as err:
        results.verdict("not ok", "parity", str(err))
        return
    for case, defects in CASES.items():
        c, rust = of_c.get(case), of_rust.get(case)
        wanted = "wrong" if case in OPEN else "right"
        if rust != wanted:
            results.verdict("not ok", f"parity {case}", f"{rust}, not {wanted}, "
                            f"full console: {shown(board.log)}")
            continue
        results.verdict("ok", f"parity {case}")
        results.note(f"{C}: {c or 'not run, it does not end'}; {RUST}: {rust}")
        for defect in defects:
            results.note(f"defect: {defect} c={OF_C.get(c, 'read')} rust={_here(case, rust)} "
                         f"test=parity/{case}")
