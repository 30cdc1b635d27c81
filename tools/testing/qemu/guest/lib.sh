# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What the scripts on the board share.

SPI=/sys/bus/spi/devices
CONTROLLERS=/sys/class/spi_master

# say WORD key=value...: a record for the host.
say()
{
	echo "guest: $*"
}

# fail MESSAGE: ends the script.
fail()
{
	say "failed $*"
	exit 1
}

# wait_for COMMAND...: until it succeeds, five seconds at most.
wait_for()
{
	local i=0

	while ! "$@" 2>/dev/null; do
		i=$((i + 1))
		[ $i -lt 100 ] || return 1
		usleep 50000
	done
}

has_controller()
{
	[ -n "$(ls $CONTROLLERS)" ]
}

# load MODULE [PARAMETER...]
load()
{
	local module=$1

	shift
	insmod "/lib/modules/$module.ko" "$@"
}

# loaded MODULE
loaded()
{
	[ -d "/sys/module/$(echo "$1" | tr - _)" ]
}

# The devicetree node of the controller that spi_device looks below.
PARENT=spi@30840000

# spi_device NODE: the name of the SPI device with that devicetree path below
# the controller's node, such as spi@0/flash@2.
spi_device()
{
	local device

	for device in "$SPI"/*; do
		case $(readlink -f "$device/of_node") in
		*/"$PARENT/$1") echo "${device##*/}"; return ;;
		esac
	done
	return 1
}

# driver_of DEVICE: the name of its driver, or a dash.
driver_of()
{
	local driver

	driver=$(readlink "$SPI/$1/driver") || driver=-
	echo "${driver##*/}"
}

bound_to()
{
	[ "$(driver_of "$1")" = "$2" ]
}

# rebind DEVICE DRIVER: gives the device to another driver.
rebind()
{
	local old

	old=$(driver_of "$1")
	[ "$old" = - ] || echo "$1" >"$SPI/$1/driver/unbind"
	echo "$2" >"$SPI/$1/driver_override"
	echo "$1" >"/sys/bus/spi/drivers/$2/bind"
}

# give_back DEVICE: to the driver that its devicetree node asks for.
give_back()
{
	[ "$(driver_of "$1")" = - ] || echo "$1" >"$SPI/$1/driver/unbind"
	echo >"$SPI/$1/driver_override"
	echo "$1" >/sys/bus/spi/drivers_probe
}

# mtd_of DEVICE: mtd0
mtd_of()
{
	local mtd

	for mtd in "$SPI/$1"/mtd/mtd[0-9]; do
		[ -d "$mtd" ] && echo "${mtd##*/}" && return
	done
	return 1
}

has_flash()
{
	mtd_of "$(spi_device "$1")" >/dev/null
}

sha256()
{
	sha256sum "$@" | cut -d' ' -f1
}

switches()
{
	local key value

	while read -r key value; do
		[ "$key" != ctxt ] || echo "$value"
	done </proc/stat
}

KMEMLEAK=/sys/kernel/debug/kmemleak

looks_for_leaks()
{
	[ -e $KMEMLEAK ]
}

# leaks: prints what the kernel has found, but for what KUnit tests leave behind on
# purpose; these say which thread they are.
leaks()
{
	{ dmesg && cat $KMEMLEAK; } | awk '
		/leaks on purpose: pid / { leaker[$NF] = 1 }
		/^unreferenced object/ { object = $0; next }
		object {
			pid = $0
			sub(/.*, pid /, "", pid)
			sub(/,.*/, "", pid)
			unexpected = !(pid in leaker)
			if (unexpected)
				print object
			object = ""
		}
		unexpected'
}

# no_leaks: tells of memory that nothing refers to any more; fails if there is some.
# The kernel tells of none that is younger than 5 s.
no_leaks()
{
	local found

	echo scan >$KMEMLEAK
	sleep 6
	echo scan >$KMEMLEAK || return
	found=$(leaks)
	[ -n "$found" ] || return 0
	echo "$found" | while read -r line; do
		say "$line"
	done
	return 1
}
