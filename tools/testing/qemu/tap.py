# SPDX-License-Identifier: GPL-2.0
"""How a test program in Python reports: one line for each test, and the sum as the last line."""


class Tap:
    """Prints tests and counts them."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, good, name, reason=""):
        """One test; gives whether it passed."""
        good = bool(good)
        self.passed += good
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.passed + self.failed} - {name}"
              + (f": {reason}" if reason else ""))
        return good

    def finish(self):
        """Prints the sum; gives the program's exit status."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
