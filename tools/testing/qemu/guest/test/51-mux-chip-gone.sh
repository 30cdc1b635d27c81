# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Without its mux chip the multiplexer goes away, before the chip's driver does
# (the C driver would use a driver that is gone: mux-M18).  When the chip is back
# it comes back by itself.

load mux-gpio
load_mux "$MUX"
echo mux-controller >/sys/bus/platform/drivers/gpio-mux/unbind
! spi_device "$FLASH0" >/dev/null || fail "flash 0 is still there without the mux chip"
echo mux-controller >/sys/bus/platform/drivers/gpio-mux/bind
wait_for has_flash "$FLASH0" || fail "no flash 0 when the mux chip is back"
wait_for has_flash "$FLASH1" || fail "no flash 1 when the mux chip is back"
expect "flash 1" "$(sha256 "$(mtd "$FLASH1")")" "$(cut -d' ' -f2 /sums)"
defect mux-M18 read right
