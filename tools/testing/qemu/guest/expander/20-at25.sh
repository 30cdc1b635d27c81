# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The EEPROM driver reads what the image file says, writes across pages, and
# leaves the rest as it is; the flash beside it is read meanwhile.

load leds-pca955x
load mux-gpio
load_mux "$MUX"
load at25
wait_for bound_to "$(spi_device "$EEPROM")" at25 || fail "at25 is not bound"
contents=$SPI/$(spi_device "$EEPROM")/eeprom
expect "EEPROM" "$(sha256 "$contents")" "$(cut -d' ' -f2 /sums)"

dd if=/dev/urandom of=/tmp/data bs=777 count=1 2>/dev/null
dd if="$contents" of=/tmp/wanted 2>/dev/null
dd if=/tmp/data of=/tmp/wanted bs=1 seek=1000 conv=notrunc 2>/dev/null
sha256 "$(mtd "$FLASH0")" >/tmp/sum &
dd if=/tmp/data of="$contents" bs=777 seek=1000 conv=notrunc oflag=seek_bytes 2>/dev/null ||
	fail "can't write"
wait $!
expect "EEPROM after writing" "$(sha256 "$contents")" "$(sha256 /tmp/wanted)"
expect "flash meanwhile" "$(cat /tmp/sum)" "$(sha256 "$(mtd "$FLASH0")")"
