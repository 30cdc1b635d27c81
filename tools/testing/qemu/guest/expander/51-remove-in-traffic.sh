# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The expander's driver is unbound under a sender: the mux chip goes, and the
# multiplexer with it, and both come back with the expander.

load leds-pca955x
load mux-gpio
load_mux "$MUX"
load spidev
chip=/sys/bus/i2c/drivers/leds-pca955x
expander=$(basename "$chip"/*-0060)

for round in 1 2 3; do
	device=$(spi_device "$FLASH0")
	rebind "$device" spidev
	while spi-xfer "/dev/spidev${device#spi}" 10000000 0 9f000000; do :; done >/dev/null 2>&1 &
	usleep 20000
	echo "$expander" >$chip/unbind
	wait $!
	! spi_device "$FLASH0" >/dev/null || fail "flash is still there in round $round"
	echo "$expander" >$chip/bind
	wait_for has_flash "$FLASH0" || fail "no flash after round $round"
done
expect "flash" "$(dd if="$(mtd "$FLASH0")" bs=65536 count=4 2>/dev/null | sha256)" \
	"$(cut -d' ' -f1 /sums)"
