# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# An IIO driver reads a converter behind the multiplexer.  The converter gives 0,
# 1, 2 and so on; the driver takes bit 2 for a broken sensor (EINVAL) and the bits
# from the third on for the value.

DRIVER=/sys/bus/spi/drivers/maxim_thermocouple

# The converter's attribute, of the only device of the driver.
raw()
{
	echo "$DRIVER"/spi*/iio:device*/in_temp_raw
}

is_there()
{
	[ -f "$(raw)" ]
}

load mux-gpio
load "$MUX"
! is_there || fail "the converter is there without its controller"
load spi_sim
wait_for is_there || fail "no converter"

sample=0
while [ $sample -lt 64 ]; do
	wanted=$((sample >> 3))
	[ $((sample & 4)) = 0 ] || wanted=error
	# Not cat, which tries again when it gets an error.
	value=$(dd if="$(raw)" bs=64 count=1 2>/dev/null) || value=error
	expect "sample $sample" "$value" "$wanted"
	sample=$((sample + 1))
done

rmmod "$MUX" || fail "can't unload"
! is_there || fail "the converter is still there without the multiplexer"
