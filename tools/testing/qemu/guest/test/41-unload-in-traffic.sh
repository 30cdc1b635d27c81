# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Unloading the module under a reader ends the reader, nothing else.

load mux-gpio
load_mux "$MUX"
load spidev
device=$(spi_device "$FLASH0")
rebind "$device" spidev
while spi-xfer "/dev/spidev${device#spi}" 10000000 0 9f000000; do :; done >/dev/null 2>&1 &
usleep 20000
rmmod "$MUX" || fail "can't unload"
wait $!

load "$MUX"
wait_for has_flash "$FLASH0" || fail "no flash 0 after loading again"
