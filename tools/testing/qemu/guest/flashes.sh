# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The two flashes behind the multiplexer (dts/two-flashes-behind-mux.dtso).

export FLASH0=spi@0/flash@2
export FLASH1=spi@0/flash@1

# load_mux DRIVER: and wait until the flashes are there.
load_mux()
{
	load "$1"
	wait_for has_flash "$FLASH0" || fail "no flash 0 behind $1"
	wait_for has_flash "$FLASH1" || fail "no flash 1 behind $1"
}

# mtd NODE: its character device.
mtd()
{
	local device

	device=$(spi_device "$1") && echo "/dev/$(mtd_of "$device")"
}
