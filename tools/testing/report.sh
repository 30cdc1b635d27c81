# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# How a test program in shell reports: one line for each test, and the sum as
# the last line.  Sourced.

PASSED=0 FAILED=0

ok()
{
	PASSED=$((PASSED + 1))
	printf 'ok %d - %s\n' $((PASSED + FAILED)) "$*"
}

not_ok()
{
	FAILED=$((FAILED + 1))
	printf 'not ok %d - %s\n' $((PASSED + FAILED)) "$*"
}

# check NAME COMMAND...: a test that passes if COMMAND succeeds.
check()
{
	local name=$1
	shift

	if "$@"; then ok "$name"; else not_ok "$name"; fi
}

# finish: prints the sum; its status is the program's.
finish()
{
	printf '%d passed, %d failed\n' $PASSED $FAILED
	[ $FAILED = 0 ] && [ $PASSED != 0 ]
}
