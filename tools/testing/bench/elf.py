# SPDX-License-Identifier: GPL-2.0
"""What is in a kernel module's file."""

import struct

# Section headers of ELF64, little endian: type, flags, size are all that is looked at.
HEADER_OFFSET, HEADER_SIZE_AND_COUNT = 0x28, 0x3A
SECTION = struct.Struct("<IIQQQQIIQQ")
PROGBITS, EXECUTED = 1, 4


def text_size(path):
    """The bytes of code: stripping a file does not change them."""
    data = path.read_bytes()
    offset, = struct.unpack_from("<Q", data, HEADER_OFFSET)
    size, count = struct.unpack_from("<HH", data, HEADER_SIZE_AND_COUNT)
    sections = (SECTION.unpack_from(data, offset + i * size) for i in range(count))
    return sum(length for _, kind, flags, _, _, length, *_ in sections
               if kind == PROGBITS and flags & EXECUTED)
