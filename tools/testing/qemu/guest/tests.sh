# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Runs the tests in /guest/test, or in the folder of /guest that tests= on the
# kernel's command line names, one after the other and says for each
#
#	ok NAME | not ok NAME: REASON
#
# A test is a script; it ends with status 0 or calls fail.  It starts with the
# parent's driver, without a driver of the mux chip and of the multiplexer; $MUX
# names the latter.  What it leaves behind is removed.

# shellcheck source=tools/testing/qemu/guest/flashes.sh
. /guest/flashes.sh

export MUX="${driver:-spi_mux_rust}"
LIMIT=30	# seconds of the board's time for each test

# fail REASON: ends the test.
fail()
{
	echo "$*" >/tmp/reason
	exit 1
}

# expect WHAT VALUE WANTED
expect()
{
	[ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# defect ID C RUST: a row of the defect ledger that this test has shown.
defect()
{
	[ "$MUX" != spi_mux_rust ] || echo "defect: $1 c=$2 rust=$3 test=qemu/${name#*-}"
}

clean_up()
{
	local module

	for module in rust_driver_spi rust_spi_register rust_spi_adc rust_spi_async \
		spi-loopback-test spi_prepared spidev at25 spi_mux_rust spi-mux mux-gpio \
		leds-pca955x spi_sim; do
		! loaded $module || rmmod $module || return
	done
	loaded spi-imx || load spi-imx
	wait_for has_controller
}

# run_test FILE: in a shell of its own; a test that hangs can't be ended, so
# nothing can be said of those after it.
run_test()
{
	local pid tenths=0

	name=$(basename "$1" .sh)
	: >/tmp/reason
	# shellcheck source=/dev/null
	( . "$1" ) &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		[ $tenths -lt $((LIMIT * 10)) ] || { say "not ok $name: hangs"; return 1; }
		usleep 100000
		tenths=$((tenths + 1))
	done
	if wait $pid; then
		say "ok $name"
	else
		say "not ok $name: $(cat /tmp/reason)"
	fi
	clean_up || say "not ok $name: a module can't be unloaded"
}

# shellcheck disable=SC2154 # from the kernel's command line
for test in "/guest/${tests:-test}"/*.sh; do
	run_test "$test" || exit
done
! looks_for_leaks || no_leaks || say "not ok 99-leaks: memory is lost"
