# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The Rust sample driver binds to a flash behind the mux and gives it back.

load mux-gpio
load_mux "$MUX"
load rust_driver_spi || fail "no sample module"
device=$(spi_device "$FLASH1")
rebind "$device" rust_driver_spi
expect "driver" "$(driver_of "$device")" rust_driver_spi
dmesg | grep -q "rust_driver_spi $device: JEDEC ID 20 ba 17" || fail "it read no identification"
give_back "$device"
wait_for has_flash "$FLASH1" || fail "spi-nor does not take the flash back"
expect "flash 1" "$(sha256 "$(mtd "$FLASH1")")" "$(cut -d' ' -f2 /sums)"
