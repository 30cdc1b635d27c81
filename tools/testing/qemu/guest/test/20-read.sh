# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Both flashes read as their image files say.

load mux-gpio
load_mux "$MUX"
expect "flash 0" "$(sha256 "$(mtd "$FLASH0")")" "$(cut -d' ' -f1 /sums)"
expect "flash 1" "$(sha256 "$(mtd "$FLASH1")")" "$(cut -d' ' -f2 /sums)"
