# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# With an expander there are four drivers, and two links: the mux chip is probed
# after the expander, the multiplexer after the mux chip and its parent.  They are
# loaded in every order, and unloaded in that order, so that most of the time one
# goes that others need.  The expander's driver is the last: the GPIO core keeps it
# as long as its lines are used.

rmmod spi-imx || fail "can't unload spi-imx"

# orders CHOSEN LEFT: every order of the modules in LEFT, after CHOSEN.
orders()
{
	local module rest

	# shellcheck disable=SC2086 # words
	[ -n "$2" ] || { in_order $1; return; }
	for module in $2; do
		rest=
		for other in $2; do
			[ "$other" = "$module" ] || rest="$rest $other"
		done
		orders "$1 $module" "$rest"
	done
}

# in_order MODULE MODULE MODULE MODULE
in_order()
{
	local module

	for module in "$@"; do
		! spi_device "$FLASH0" >/dev/null || fail "probed before $module of $*"
		load "$module"
	done
	wait_for has_flash "$FLASH0" || fail "not probed by $*"
	! rmmod leds-pca955x 2>/dev/null || fail "$*: the expander's driver is not held"
	for module in "$@"; do
		[ "$module" != leds-pca955x ] || continue
		rmmod "$module" || fail "can't unload $module of $*"
		! spi_device "$FLASH0" >/dev/null || fail "$*: flash is still there without $module"
	done
	rmmod leds-pca955x || fail "can't unload the expander's driver after $*"
	done=$((done + 1))
}

done=0
orders "" "leds-pca955x mux-gpio spi-imx $MUX"
expect "orders" $done 24
