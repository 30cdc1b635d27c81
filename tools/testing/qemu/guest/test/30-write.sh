# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Erase, write and read back, at odd offsets and lengths too; the other flash
# and the neighbourhood stay as they are.

load mux-gpio
load_mux "$MUX"
flash=$(mtd "$FLASH0")
block=65536
before=$(dd if="$flash" bs=$block count=8 2>/dev/null | sha256)
other=$(sha256 "$(mtd "$FLASH1")")

mtd-erase "$flash" $((8 * block)) $((2 * block)) || fail "can't erase"
erased=$(dd if="$flash" bs=$block skip=8 count=2 2>/dev/null | tr -d '\377' | wc -c)
expect "bytes that are not erased" "$erased" 0

dd if=/dev/urandom of=/tmp/data bs=70001 count=1 2>/dev/null
dd if=/tmp/data of="$flash" bs=1 seek=$((8 * block + 3)) count=1000 conv=notrunc 2>/dev/null ||
	fail "can't write bytes"
dd if=/tmp/data of="$flash" bs=1000 skip=1 seek=$((8 * block + 1003)) conv=notrunc \
	oflag=seek_bytes 2>/dev/null || fail "can't write"
dd if="$flash" bs=1 skip=$((8 * block + 3)) count=70001 2>/dev/null >/tmp/back
expect "data read back" "$(sha256 /tmp/back)" "$(sha256 /tmp/data)"
expect "neighbourhood" "$(dd if="$flash" bs=$block count=8 2>/dev/null | sha256)" "$before"
expect "other flash" "$(sha256 "$(mtd "$FLASH1")")" "$other"
