# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A flash behind a multiplexer whose mux chip sleeps reads as its image file says,
# and is written.

load leds-pca955x
load mux-gpio
load_mux "$MUX"
flash=$(mtd "$FLASH0")
expect "flash" "$(dd if="$flash" bs=65536 count=4 2>/dev/null | sha256)" "$(cut -d' ' -f1 /sums)"

dd if=/dev/urandom of=/tmp/data bs=5000 count=1 2>/dev/null
mtd-erase "$flash" 524288 65536 || fail "can't erase"
dd if=/tmp/data of="$flash" bs=1000 seek=524291 conv=notrunc oflag=seek_bytes 2>/dev/null ||
	fail "can't write"
dd if="$flash" bs=1 skip=524291 count=5000 2>/dev/null >/tmp/back
expect "data read back" "$(sha256 /tmp/back)" "$(sha256 /tmp/data)"
