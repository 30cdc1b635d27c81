# SPDX-License-Identifier: GPL-2.0
"""Image files for the board's flash chips."""

import hashlib
import shutil
from pathlib import Path

# What a n25q064 holds, and its smallest unit of erasure here.
SIZE = 8 << 20
BLOCK = 64 << 10
ERASED = 0xFF


class FlashError(Exception):
    """An image that is not of use."""


def sha256(data):
    """The checksum as sha256sum prints it."""
    return hashlib.sha256(data).hexdigest()


def generated(seed):
    """A chip full of bytes that differ from place to place and from chip to chip."""
    blocks = (hashlib.sha256(f"flash {seed} block {i}".encode()).digest()
              for i in range(SIZE // 32))
    return b"".join(blocks)


def prepare(path, seed, source=None, size=SIZE):
    """Writes the image `path`: a padded copy of the file `source`, or generated data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not source:
        path.write_bytes(generated(seed)[:size])
        return path
    source = Path(source)
    try:
        has = source.stat().st_size
        if has > size:
            raise FlashError(f"{source} has {has} bytes, the chip holds {size}")
        shutil.copyfile(source, path)
    except OSError as err:
        raise FlashError(f"{source}: {err.strerror}") from err
    with open(path, "ab") as image:
        image.write(bytes([ERASED]) * (size - has))
    return path
