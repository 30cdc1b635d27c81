# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The two chips behind the multiplexer: flashes (dts/two-flashes-behind-mux.dtso),
# or a flash and an EEPROM (dts/flash-and-eeprom-behind-expander.dtso), where
# NOTHING is a device without a chip.

export FLASH0=spi@0/flash@2
export FLASH1=spi@0/flash@1
export EEPROM=spi@0/eeprom@1
export NOTHING=spi@0/dac@3

# load_mux DRIVER: and wait until the chips are there.
load_mux()
{
	load "$1"
	wait_for has_flash "$FLASH0" || fail "no flash 0 behind $1"
	spi_device "$EEPROM" >/dev/null || wait_for has_flash "$FLASH1" ||
		fail "no second chip behind $1"
}

# mtd NODE: its character device.
mtd()
{
	local device

	device=$(spi_device "$1") && echo "/dev/$(mtd_of "$device")"
}
