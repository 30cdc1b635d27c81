# SPDX-License-Identifier: GPL-2.0
"""Files of Debian packages that the host has not installed, kept in the cache."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

FETCH = Path(__file__).parents[2] / "kernel/fetch-deb"


@dataclass(frozen=True)
class Packaged:
    """A file in a package of a suite."""

    suite: str
    arch: str
    package: str
    path: str

    def get(self):
        """Where it is, or None, after fetch-deb has told why."""
        fetched = subprocess.run([FETCH, self.suite, self.arch, self.package], check=False,
                                 stdout=subprocess.PIPE, text=True)
        if fetched.returncode:
            return None
        deb = Path(fetched.stdout.strip().split("\n")[-1])
        # Beside the folder with all that was fetched.
        kept = (deb.parents[2] / f"{self.package}-{self.arch}" / deb.stem /
                Path(self.path).name)
        if not kept.exists():
            self._unpack(deb, kept)
        return kept

    def _unpack(self, deb, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as work:
            subprocess.run(["dpkg-deb", "-x", deb, work], check=True)
            shutil.move(f"{work}/{self.path}", target)
