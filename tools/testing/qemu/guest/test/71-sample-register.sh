# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The sample for registers: writing is enabled under the bus lock, and disabled
# again afterwards.

load mux-gpio
load_mux "$MUX"
load rust_spi_register || fail "no sample module"
device=$(spi_device "$FLASH1")
rebind "$device" rust_spi_register
expect "driver" "$(driver_of "$device")" rust_spi_register
dmesg | grep -q "rust_spi_register $device: ID 20 ba 17, status 02 then 00" ||
	fail "wrong registers: $(dmesg | grep "rust_spi_register $device" | tail -1)"
give_back "$device"
