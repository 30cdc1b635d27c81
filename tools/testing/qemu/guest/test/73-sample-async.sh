# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The asynchronous sample: each interrupt's messages come back, and unbinding in
# the middle of it waits for those in flight.

load mux-gpio
load_mux "$MUX"
load rust_spi_async || fail "no sample module"
device=$(spi_device "$FLASH1")

# frames: what the driver says when it is unbound.
frames()
{
	dmesg | sed -n "s/.*rust_spi_async $device: \([0-9]*\) frames.*/\1/p" | tail -1
}

for _ in 1 2 3 4 5 6 7 8; do
	rebind "$device" rust_spi_async
	usleep 5000
	echo "$device" >"$SPI/$device/driver/unbind"
done

rebind "$device" rust_spi_async
expect "driver" "$(driver_of "$device")" rust_spi_async
sleep 1
echo "$device" >"$SPI/$device/driver/unbind"
[ "$(frames)" -gt 0 ] || fail "no frames"
rmmod rust_spi_async || fail "the module can't be unloaded"
give_back "$device"
wait_for has_flash "$FLASH1" || fail "spi-nor does not take the flash back"
expect "flash 1" "$(sha256 "$(mtd "$FLASH1")")" "$(cut -d' ' -f2 /sums)"
