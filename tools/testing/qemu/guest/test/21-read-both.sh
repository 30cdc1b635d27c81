# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Two readers at once, each on a flash of its own, get their own data.

load mux-gpio
load_mux "$MUX"
sha256 "$(mtd "$FLASH1")" >/tmp/flash1 &
sum=$(sha256 "$(mtd "$FLASH0")")
wait $!
expect "flash 0" "$sum" "$(cut -d' ' -f1 /sums)"
expect "flash 1" "$(cat /tmp/flash1)" "$(cut -d' ' -f2 /sums)"
