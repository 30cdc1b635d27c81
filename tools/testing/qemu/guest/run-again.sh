# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# make run, after the power cycle: what do the flashes hold now?  driver= as
# in run.sh; offset= and size= tell where the pattern should be.

: "${driver:?}" "${offset:?}" "${size:?}"

# shellcheck source=tools/testing/qemu/guest/flashes.sh
. /guest/flashes.sh

load mux-gpio
load_mux "$driver"
say read flash=0 "sha256=$(sha256 "$(mtd "$FLASH0")")"
say read flash=1 "sha256=$(sha256 "$(mtd "$FLASH1")")"
say pattern flash=0 "sha256=$(dd if="$(mtd "$FLASH0")" bs=4096 skip=$((offset / 4096)) \
	count=$((size / 4096)) 2>/dev/null | sha256)"
