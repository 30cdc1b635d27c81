# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The module can be unloaded and loaded again, with traffic before and after.

load mux-gpio
for round in 1 2 3; do
	load_mux "$MUX"
	sum=$(dd if="$(mtd "$FLASH0")" bs=65536 count=4 2>/dev/null | sha256)
	expect "flash 0 in round $round" "$sum" "$(cut -d' ' -f3 /sums)"
	rmmod "$MUX" || fail "can't unload"
	! has_flash "$FLASH0" || fail "flash 0 is still there without its controller"
done
