# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Does a device behind the multiplexer count its messages?  With the C driver it
# shows none (mux-M12).

load mux-gpio
load spidev

# messages DRIVER: how many a device behind it counts when it is sent five.
messages()
{
	local device before i

	load_mux "$1"
	device=$(spi_device "$FLASH0")
	rebind "$device" spidev
	before=$(cat "$SPI/$device/statistics/messages")
	for i in 1 2 3 4 5; do
		spi-xfer "/dev/spidev${device#spi}" 1000000 0 9f000000 >/dev/null ||
			fail "message $i: errno $?"
	done
	echo $(($(cat "$SPI/$device/statistics/messages") - before))
	rmmod "$1"
}

# verdict COUNT GOOD BAD
verdict()
{
	case $1 in
	5) echo "$2" ;;
	0) echo "$3" ;;
	*) fail "counts $1 of five messages" ;;
	esac
}

here=$(messages "$MUX")
there=$(messages spi-mux)
defect mux-M12 "$(verdict "$there" absent shown)" "$(verdict "$here" right open)"
