# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The driver of the parent, that of the mux chip and the multiplexer's are loaded
# in every order: the multiplexer is probed when the last of them appears, no
# earlier.  They are unloaded in every order, too, the last one first.

rmmod spi-imx || fail "can't unload spi-imx"

# in_order MODULE MODULE MODULE
in_order()
{
	load "$1"
	load "$2"
	usleep 100000
	! spi_device "$FLASH0" >/dev/null || fail "probed before $3, after $1 and $2"
	load "$3"
	wait_for has_flash "$FLASH0" || fail "not probed by $1, $2, $3"
	wait_for has_flash "$FLASH1" || fail "no flash 1 by $1, $2, $3"
	expect "flash 0 by $1, $2, $3" \
		"$(dd if="$(mtd "$FLASH0")" bs=65536 count=4 2>/dev/null | sha256)" \
		"$(cut -d' ' -f3 /sums)"

	rmmod "$3" || fail "can't unload $3, the last one"
	! spi_device "$FLASH0" >/dev/null || fail "flash 0 is still there without $3"
	rmmod "$2" || fail "can't unload $2 after $3"
	rmmod "$1" || fail "can't unload $1 after $2"
}

in_order spi-imx mux-gpio "$MUX"
in_order spi-imx "$MUX" mux-gpio
in_order mux-gpio spi-imx "$MUX"
in_order mux-gpio "$MUX" spi-imx
in_order "$MUX" spi-imx mux-gpio
in_order "$MUX" mux-gpio spi-imx
