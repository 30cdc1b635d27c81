# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The driver waits for its mux chip (-EPROBE_DEFER), whatever is loaded first.

load "$MUX"
usleep 300000
! spi_device "$FLASH0" >/dev/null || fail "probed without a mux chip"
load mux-gpio
wait_for has_flash "$FLASH0" || fail "did not probe when the mux chip came"
wait_for has_flash "$FLASH1" || fail "no flash 1"
