# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Unbinding or unloading any of the three, the parent's driver, that of the mux
# chip and the multiplexer's, ends the senders behind the multiplexer and nothing
# else.  When it is back everything works again.

# send NODE: until that fails.
send()
{
	local device

	device=$(spi_device "$1")
	while spi-xfer "/dev/spidev${device#spi}" 10000000 0 9f000000; do :; done >/dev/null 2>&1
}

# in_traffic WHAT COMMAND BACK: runs COMMAND under two senders, and BACK.
in_traffic()
{
	local device

	wait_for has_flash "$FLASH0" || fail "no flash 0 before $1"
	wait_for has_flash "$FLASH1" || fail "no flash 1 before $1"
	for node in "$FLASH0" "$FLASH1"; do
		device=$(spi_device "$node")
		rebind "$device" spidev
		send "$node" &
	done
	usleep 20000
	$2 || fail "$1: fails"
	wait
	! spi_device "$FLASH0" >/dev/null || fail "$1: flash 0 is still there"
	$3 || fail "$1: nothing comes back"
	wait_for has_flash "$FLASH0" || fail "no flash 0 after $1"
	expect "flash 0 after $1" \
		"$(dd if="$(mtd "$FLASH0")" bs=65536 count=4 2>/dev/null | sha256)" \
		"$(cut -d' ' -f3 /sums)"
}

# bus_driver unbind|bind BUS DRIVER DEVICE
bus_driver()
{
	echo "$4" >"/sys/bus/$2/drivers/$3/$1"
}

load mux-gpio
load_mux "$MUX"
load spidev
parent=30840000.spi
driver=$(driver_of "$(spi_device spi@0)")
mux=$(spi_device spi@0)

in_traffic "unbinding the multiplexer" \
	"bus_driver unbind spi $driver $mux" "bus_driver bind spi $driver $mux"
in_traffic "unbinding the mux chip" \
	"bus_driver unbind platform gpio-mux mux-controller" \
	"bus_driver bind platform gpio-mux mux-controller"
in_traffic "unbinding the parent" \
	"bus_driver unbind platform spi_imx $parent" "bus_driver bind platform spi_imx $parent"
in_traffic "unloading the multiplexer" "rmmod $MUX" "load $MUX"
in_traffic "unloading the mux chip's driver" "rmmod mux-gpio" "load mux-gpio"
in_traffic "unloading the parent's driver" "rmmod spi-imx" "load spi-imx"
