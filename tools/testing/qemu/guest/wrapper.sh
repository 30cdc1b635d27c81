# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Measures the same messages to the same device in C and in Rust, in turn.
#
# The task is pinned to the CPU that takes the controller's interrupts, as in
# bench.sh.

INTERRUPT_CPU=1	# a mask
REPEATS=15
NODE=flash@0

# measure_c DEVICE CASE PREPARED
measure_c()
{
	local dir=/sys/kernel/debug/spi_bench/$1 result

	echo 4 >"$dir/shape"
	echo 1000000 >"$dir/speed_hz"
	echo "$3" >"$dir/prepared"
	echo N >"$dir/async"
	echo 101 >"$dir/warmup"
	echo 1000 >"$dir/messages"
	result=$(taskset $INTERRUPT_CPU cat "$dir/run") || result=failed=y
	say bench "driver=c case=$2 switches=0 $result"
}

# measure_rust DEVICE: it measures when it is bound, in the thread that binds.
measure_rust()
{
	echo rust_spi_bench >"$SPI/$1/driver_override"
	taskset $INTERRUPT_CPU sh -c "echo $1 >/sys/bus/spi/drivers/rust_spi_bench/bind"
	bound_to "$1" rust_spi_bench || fail "the Rust benchmark does not bind"
	dmesg | grep "rust_spi_bench $1: case=" | tail -2 |
		sed 's/.*: case=/driver=rust switches=0 case=/' | while read -r line; do
		say bench "$line"
	done
	echo "$1" >"$SPI/$1/driver/unbind"
}

has_device()
{
	spi_device $NODE >/dev/null
}

load spi_bench
load rust_spi_bench
wait_for has_device || fail "no device $NODE"
device=$(spi_device $NODE)
for _ in $(seq $REPEATS); do
	rebind "$device" spi_bench
	measure_c "$device" prepared Y
	measure_c "$device" unprepared N
	echo "$device" >"$SPI/$device/driver/unbind"
	measure_rust "$device"
done
