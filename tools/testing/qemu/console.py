# SPDX-License-Identifier: GPL-2.0
"""What the lines of a board's console mean.

Guest scripts write through /dev/kmsg, so that their lines and the kernel's never
mix: `[    1.234567] guest: WORD key=value ...`.
"""

import re

BUG = re.compile(r"\bBUG:|Oops|Unable to handle|WARNING:|possible (recursive|circular) locking"
                 r"|Kernel panic|INFO: task .* blocked|rcu.*stall|Internal error"
                 r"|(inconsistent|bad) .*lock|suspicious RCU|unreferenced object"
                 r"|invalid wait context")
STAMP = re.compile(r"^\[ *\d+\.\d+\] ")
GUEST = re.compile(r"^guest: (.*)")


def strip(line):
    """A line without the kernel's time stamp."""
    return STAMP.sub("", line)


def first_bug(lines, allow=()):
    """The first line that tells of a kernel bug and matches none of `allow`, or None."""
    for line in lines:
        if BUG.search(line) and not any(re.search(pattern, line) for pattern in allow):
            return strip(line)
    return None


def guest(lines):
    """What the guest's scripts said, line by line."""
    for line in lines:
        match = GUEST.match(strip(line))
        if match:
            yield match.group(1)


def records(lines, word):
    """The guest's `word key=value ...` lines as dictionaries."""
    for text in guest(lines):
        first, _, rest = text.partition(" ")
        if first == word:
            yield dict(pair.split("=", 1) for pair in rest.split())


def ended_well(lines):
    """Did the guest's script run to its end, with success?"""
    return any(text == "end 0" for text in guest(lines))


def failure(lines):
    """Why the guest's script gave up."""
    reasons = [text.partition(" ")[2] for text in guest(lines) if text.startswith("failed ")]
    return reasons[-1] if reasons else "it ended early"
