# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# make run, until the power is cut: reads both flashes, writes a pattern to one
# of them, lets the sample driver read identifications.
#
# From the kernel's command line: driver=, the module of the multiplexer, and
# offset=, where /pattern goes.

: "${driver:?}" "${offset:?}"

# shellcheck source=tools/testing/qemu/guest/flashes.sh
. /guest/flashes.sh
# shellcheck source=tools/testing/qemu/guest/tree.sh
. /guest/tree.sh

# sample NODE: the Rust driver prints what it did; its line is for the host.
sample()
{
	local device

	device=$(spi_device "$1")
	load rust_driver_spi || return
	rebind "$device" rust_driver_spi && bound_to "$device" rust_driver_spi &&
		say sample "device=$device"
	give_back "$device"
	wait_for has_flash "$1" || fail "spi-nor does not take $device back"
	rmmod rust_driver_spi
}

load mux-gpio
load_mux "$driver"
say_controllers
say_devices

say read flash=0 "sha256=$(sha256 "$(mtd "$FLASH0")")"
say read flash=1 "sha256=$(sha256 "$(mtd "$FLASH1")")"

size=$(wc -c </pattern)
mtd-erase "$(mtd "$FLASH0")" "$offset" "$size" || fail "can't erase"
dd if=/pattern of="$(mtd "$FLASH0")" bs=4096 seek=$((offset / 4096)) conv=notrunc 2>/dev/null ||
	fail "can't write"
sync
say written flash=0 "bytes=$size"

sample "$FLASH1"
rmmod "$driver" || fail "can't unload $driver"
