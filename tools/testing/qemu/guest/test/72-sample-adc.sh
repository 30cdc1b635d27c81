# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The sample that streams: its samples are the first bytes of the flash.

load mux-gpio
load_mux "$MUX"
load rust_spi_adc || fail "no sample module"
device=$(spi_device "$FLASH1")
sum=0
for byte in $(head -c 256 "/dev/$(mtd_of "$device")" | hexdump -v -e '1/1 "%u "'); do
	sum=$((sum + byte))
done
rebind "$device" rust_spi_adc
expect "driver" "$(driver_of "$device")" rust_spi_adc
dmesg | grep -q "rust_spi_adc $device: 64 scans of 4 samples, their sum is $sum$" ||
	fail "not $sum: $(dmesg | grep "rust_spi_adc $device" | tail -1)"
give_back "$device"
