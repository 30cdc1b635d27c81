#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reports the overlay's cases of a KUnit run: report.py RESULTS.json CONSOLE [BUILD]

Which suites have to be there is read from the sources, so that one that was
not built, or that a crash kept from running, counts as a failure.  So does
whatever the kernel reports as a bug on its console.  On arm32 there is no model of
the AXI SPI Engine, and there are no doctests.
FULL=1 reports all cases, those of the kernel itself too.  HARD=y: the kernel
has looked for leaks, too, and for wrong locking to the end.
"""

import json
import os
import re
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPO / "tools/testing/qemu"))

import console  # noqa: E402 # pylint: disable=wrong-import-position

DOCTESTS = "rust_doctests_kernel"
# Timers on the stack, as the kernel's own examples have them.  This tells of nothing else.
ALLOWED = (r"WARNING: lib/debugobjects\.c:\d+ at __debug_object_init",)
LOCKDEP_ON = re.compile(r" debug_locks: +1$")
LEAK = re.compile(r"unreferenced object")
# What was allocated before the tests.  On UML kmemleak doesn't look at all that refers to it.
AT_BOOT = re.compile(r'comm "swapper')
LEAKER = re.compile(r", pid (\d+), ")
# Tests of what was forgotten, or can't be stopped, say which thread they are.
ON_PURPOSE = re.compile(r"leaks on purpose: pid (\d+)$")


def sources(directory):
    """The overlay's Rust files below a directory."""
    return sorted((REPO / directory).rglob("*.rs"))


def expected_suites(with_model):
    """The names in `#[kunit_tests(name)]`, with or without the macro's path."""
    text = "".join(path.read_text() for d in ("rust", "drivers") for path in sources(d)
                   if with_model or "model" not in path.parts)
    return sorted(set(re.findall(r"^#\[(?:\w+::)*kunit_tests\((\w+)\)\]", text, re.MULTILINE)))


def has_doctest(text):
    """Is there an example that is built, not ```ignore or ```text?"""
    fences = re.findall(r"^\s*//[/!] ```(.*)$", text, re.MULTILINE)
    return any(not re.search("ignore|text|compile_fail", opening) for opening in fences[::2])


def doctest_prefixes():
    """How the names of doctests begin, for each file that has some."""
    for path in sources("rust/kernel"):
        if has_doctest(path.read_text()):
            name = re.sub(r"\W", "_", str(path.relative_to(REPO / "rust")))
            yield f"rust_doctest_{name}_"


def cases(group, suite=None):
    """Yields (suite, case, status); a parametrised case is a group of its own."""
    for case in group["test_cases"]:
        yield suite or group["name"], case["name"], case["status"]
    for sub in group["sub_groups"]:
        yield from cases(sub, suite or sub["name"])


def defects():
    """What a case says of known defects: {case: [line]}."""
    found = {}
    for line in (REPO / "tools/testing/kunit/defects").read_text().splitlines():
        if line and not line.startswith("#"):
            case, c, here, *ids = line.split()
            found[case] = [f"defect: {one} c={c} rust={here} test={case}" for one in ids]
    return found


def read_console(path):
    """The lines of the console."""
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def without_expected_leaks(lines):
    """The lines without those that tell of memory of the boot, or that tests leak on purpose."""
    leakers = {found[1] for found in map(ON_PURPOSE.search, lines) if found}
    for line, following in zip(lines, lines[1:] + [""]):
        leaker = LEAKER.search(following)
        expected = AT_BOOT.search(following) or leaker and leaker[1] in leakers
        if not (LEAK.search(line) and expected):
            yield line


def print_table(lines):
    """What drivers of the AXI SPI Engine get right, by version: lines that tests left."""
    rows = re.findall(r"engine-table: (.*)$", "\n".join(lines), re.MULTILINE)
    for number, row in enumerate(sorted(set(rows), key=lambda row: int(re.search(r"\d+", row)[0]))):
        if number == 0:
            print("# defects of AXI SPI Engine drivers, by version of the core; 1.00*: of 2022")
            print("# id    in    1.00*  1.00   1.01   1.02   1.03   1.04   1.05   2.00")
        print(f"# {row}")


class Report:
    """Prints a line for each case and counts."""

    def __init__(self):
        self.passed = self.failed = 0
        self.defects = defects()

    def add(self, name, status):
        """One case."""
        if status == "SKIP":
            print(f"ok - {name} # SKIP")
        elif status == "PASS":
            self.passed += 1
            print(f"ok - {name}")
            print("".join(f"# {line}\n" for line in self.defects.pop(name, [])), end="")
        else:
            self.failed += 1
            print(f"not ok - {name}: {status}")

    def look_at(self, lines):
        """What the kernel found out about itself."""
        bug = console.first_bug(without_expected_leaks(lines), ALLOWED)
        self.add("the kernel reports no bug" + (f" ({bug})" if bug else ""),
                 "FAIL" if bug else "PASS")
        if os.environ.get("HARD"):
            looked = any("leaks: looked for" in line for line in lines)
            self.add("the kernel looks for leaks", "PASS" if looked else "FAIL")
            looked = any(LOCKDEP_ON.search(line) for line in lines)
            self.add("the kernel looks for wrong locking", "PASS" if looked else "FAIL")

    def finish(self):
        """The sum, and the exit status."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def main():
    """Reads the results and reports."""
    results, log, *build = sys.argv[1:]
    on_uml = build != ["arm32"]
    lines = read_console(Path(log))
    report = Report()
    found = []
    if os.path.exists(results):
        with open(results, encoding="utf-8") as file:
            found = list(cases(json.load(file)))

    full = os.environ.get("FULL")
    suites = expected_suites(with_model=on_uml)
    prefixes = tuple(doctest_prefixes()) if on_uml else ()
    for suite, case, status in found:
        ours = suite in suites or (suite == DOCTESTS and case.startswith(prefixes))
        # A crash anywhere may be ours.
        if full or ours or status == "ERROR":
            report.add(f"{suite}.{case}", status)

    for suite in set(suites) - {suite for suite, _, _ in found}:
        report.add(suite, "did not run")
    for prefix in prefixes:
        if not any(case.startswith(prefix) for _, case, _ in found):
            report.add(f"{prefix}*", "did not run")
    for case in report.defects if on_uml else ():
        report.add(f"{case} (in tools/testing/kunit/defects)", "did not pass")
    report.look_at(lines)
    print_table(lines)
    if report.failed:
        print(f"the kernel's messages: {os.path.relpath(log, REPO)}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
