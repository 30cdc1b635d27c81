# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Runs the cases of /bench/cases with each driver of the multiplexer, one after
# the other in the same boot:
#
#	NAME NODE SPEED PREPARED ASYNC SHAPE MESSAGES CHILDREN
#
# drivers= on the kernel's command line lists the modules.  The task is pinned
# to the CPU that takes the controller's interrupts: elsewhere the figures flip
# between two states.

# shellcheck disable=SC2154 # from the kernel's command line
DRIVERS=$(echo "$drivers" | tr , ' ')
BENCH=/sys/kernel/debug/spi_bench
INTERRUPT_CPU=1	# a mask
REPEATS=5

has_device()
{
	spi_device "$1" >/dev/null
}

# take NODE: binds the device to the benchmark's driver.
take()
{
	local device

	wait_for has_device "$1" || fail "no device $1"
	device=$(spi_device "$1")
	[ "$(driver_of "$device")" = spi_bench ] || rebind "$device" spi_bench
}

# nodes: those of the cases, and what a case with several children adds.
nodes()
{
	local node children

	cut -d' ' -f2,8 /bench/cases | while read -r node children; do
		for i in $(seq 0 $((children - 1))); do
			printf '%s%x\n' "${node%0}" "$i"
		done
	done | sort -u
}

# run_case DRIVER NAME NODE SPEED PREPARED ASYNC SHAPE MESSAGES CHILDREN
run_case()
{
	local dir

	dir=$BENCH/$(spi_device "$3")
	echo "$4" >"$dir/speed_hz"
	echo "$5" >"$dir/prepared"
	echo "$6" >"$dir/async"
	echo "$7" >"$dir/shape"
	echo "$8" >"$dir/messages"
	echo $(($8 / 10 + 1)) >"$dir/warmup"
	echo "$9" >"$dir/children"

	for _ in $(seq $REPEATS); do
		run_once "driver=$1 case=$2" "$dir"
	done
}

# run_once WHAT DIRECTORY
run_once()
{
	local result before after

	before=$(switches)
	result=$(taskset $INTERRUPT_CPU cat "$2/run") || result=failed=y
	after=$(switches)
	say bench "$1 switches=$((after - before)) $result"
}

# pin_pumps: the threads that send queued messages, likewise.
pin_pumps()
{
	local comm pid

	for comm in /proc/[0-9]*/comm; do
		pid=${comm#/proc/}
		case $(cat "$comm" 2>/dev/null) in
		spi[0-9]*) taskset -p $INTERRUPT_CPU "${pid%/comm}" >/dev/null ;;
		esac
	done
}

load mux-gpio
load spi_bench
for driver in $DRIVERS; do
	load "$driver" || fail "can't load $driver"
	for node in $(nodes); do
		take "$node"
	done
	pin_pumps
	while read -r line; do
		# shellcheck disable=SC2086 # words
		run_case "$driver" $line
	done </bench/cases
	rmmod "$driver" || fail "can't unload $driver"
done
