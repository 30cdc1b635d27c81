# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Runs the cases of /bench/cases on a loopback of a minimal C controller and on
# one of spi_sim:
#
#	NAME SPEED PREPARED SHAPE MESSAGES

BENCH=/sys/kernel/debug/spi_bench
INTERRUPT_CPU=1	# a mask
REPEATS=15

# run_case CONTROLLER NAME SPEED PREPARED SHAPE MESSAGES
run_case()
{
	local dir result

	dir=$(echo $BENCH/*)
	echo "$3" >"$dir/speed_hz"
	echo "$4" >"$dir/prepared"
	echo "$5" >"$dir/shape"
	echo "$6" >"$dir/messages"
	for _ in $(seq $REPEATS); do
		result=$(taskset $INTERRUPT_CPU cat "$dir/run") || result=failed=y
		say bench "controller=$1 case=$2 $result"
	done
}

# run_cases CONTROLLER
run_cases()
{
	local line

	while read -r line; do
		# shellcheck disable=SC2086 # words
		run_case "$1" $line
	done </bench/cases
}

mount -t configfs none /sys/kernel/config
load spi_bench
load spi_yardstick || fail "can't load spi_yardstick"
run_cases spi_yardstick
rmmod spi_yardstick

load spi_sim || fail "can't load spi_sim"
cd /sys/kernel/config/spi-sim || fail "no configfs"
mkdir a a/cs0
echo 0 >a/log_size
echo loopback >a/cs0/target
echo spi_bench >a/cs0/modalias
echo 100000000 >a/cs0/max_speed_hz
echo 1 >a/live
run_cases spi_sim
echo 0 >a/live
