# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The KUnit suites that are built in, on this architecture too.

count=0
for suite in /sys/kernel/debug/kunit/*; do
	[ -f "$suite/run" ] || continue
	count=$((count + 1))
	echo run >"$suite/run"
	! grep '^ *not ok' "$suite/results" || fail "suite ${suite##*/}"
done
[ $count != 0 ] || fail "no suites"
