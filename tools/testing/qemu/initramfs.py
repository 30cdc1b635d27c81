# SPDX-License-Identifier: GPL-2.0
"""A root file system for the board: busybox, scripts, modules and test programs.

Writes cpio's "newc" format itself: no root rights, no time stamps, so equal
contents give equal files.
"""

import gzip
import stat
from pathlib import Path

DIRECTORIES = ["bench", "bin", "card", "dev", "etc", "guest", "lib", "lib/modules", "mnt", "proc",
               "root", "selftests", "selftests/kselftest", "selftests/spi", "sys", "tmp"]


class Initramfs:
    """Collects files, then writes the archive."""

    def __init__(self):
        self._chunks = []
        self._inode = 0
        for name in DIRECTORIES:
            self._entry(name, stat.S_IFDIR | 0o755)
        # The kernel opens it for /init before devtmpfs is mounted.
        self._entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))

    def file(self, name, data, mode=0o644):
        """Adds a file."""
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        """Adds a symbolic link."""
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def tree(self, source, name, skip=()):
        """Adds the files and folders below the folder `source`, but for those in `skip`."""
        if name not in DIRECTORIES:
            self._entry(name, stat.S_IFDIR | 0o755)
        for path in sorted(Path(source).rglob("*")):
            if str(path.relative_to(source)) in skip:
                continue
            inside = f"{name}/{path.relative_to(source)}"
            if path.is_dir():
                self._entry(inside, stat.S_IFDIR | 0o755)
            elif path.is_file():
                self.file(inside, path.read_bytes(), 0o755)

    def modules(self, paths):
        """Adds kernel modules, side by side."""
        for path in paths:
            self.file(f"lib/modules/{path.name}", path.read_bytes())

    def write(self, path):
        """Writes the archive, compressed."""
        self._entry("TRAILER!!!", 0)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(b"".join(self._chunks), 1, mtime=0))
        return path

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self._inode += 1
        encoded = name.encode() + b"\0"
        links, owner, time, crc = 1, 0, 0, 0
        fields = (self._inode, mode, owner, owner, links, time, len(data), 0, 0, *device,
                  len(encoded), crc)
        header = b"070701" + b"".join(b"%08X" % value for value in fields)
        self._chunks += [_padded(header + encoded), _padded(data)]


def _padded(data):
    return data + bytes(-len(data) % 4)
