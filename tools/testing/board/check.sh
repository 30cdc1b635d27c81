#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# check.sh [-w] [-l]: does the Rust SPI multiplexer work on this board?  Run it
# there, as root, with the modules of the kit installed (see
# Documentation/spi/imx8mp.rst).
#
#	-w	also erase and write: the last 64 KiB of each flash, which are
#		put back afterwards
#	-l	MOSI and MISO are connected: what is sent to the loopback device
#		has to come back
#
# Prints KTAP, and "N passed, N failed" as the last line.  The exit status tells
# whether all passed.
#
# shellcheck disable=SC2317 # what is called by check, wait_for and comes_back

SPI=/sys/bus/spi/devices
DRIVER=/sys/bus/spi/drivers/spi_mux_rust
BLOCK=65536
EINVAL=22

write=
loop=
while getopts wl option; do
	case $option in
	w) write=y ;;
	l) loop=y ;;
	*) sed -n '4,14s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
done

# The programs of the kit.
PATH=$PATH:/sbin:/usr/sbin:$(cd "$(dirname "$0")" && pwd)/bin
export PATH

passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok()
{
	passed=$((passed + 1))
	echo "ok $((passed + failed)) $1"
}

not_ok()
{
	failed=$((failed + 1))
	echo "not ok $((passed + failed)) $1"
	[ -z "$2" ] || echo "# $2"
}

skip()
{
	passed=$((passed + 1))
	echo "ok $((passed + failed)) $1 # SKIP $2"
}

# check NAME HINT COMMAND...
check()
{
	name=$1
	hint=$2
	shift 2
	if "$@"; then ok "$name"; else not_ok "$name" "$hint"; fi
}

finish()
{
	echo "1..$((passed + failed))"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}

# wait_for COMMAND...: five seconds at most.
wait_for()
{
	tries=50
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

driver_of()
{
	driver=$(readlink "$SPI/$1/driver") && echo "${driver##*/}"
}

has_driver()
{
	driver_of "$1" >/dev/null
}

bound_to()
{
	[ "$(driver_of "$1")" = "$2" ]
}

# The devices that the multiplexer drives, such as spi0.0.
muxes()
{
	for device in "$DRIVER"/spi*; do
		[ ! -d "$device" ] || echo "${device##*/}"
	done
}

# children MUX: the devices behind it.
children()
{
	for device in "$SPI/$1"/spi_master/spi*/spi*.*; do
		[ ! -d "$device" ] || echo "${device##*/}"
	done
}

# A devicetree node outlives its device, whose bus gets another number.
node_of()
{
	readlink -f "$SPI/$1/of_node"
}

# device_at NODE
device_at()
{
	for device in "$SPI"/*; do
		if [ "$(readlink -f "$device/of_node")" = "$1" ]; then
			echo "${device##*/}"
			return
		fi
	done
	return 1
}

mtd_of()
{
	for mtd in "$SPI/$1"/mtd/mtd[0-9] "$SPI/$1"/mtd/mtd[0-9][0-9]; do
		[ ! -d "$mtd" ] || { echo "/dev/${mtd##*/}"; return; }
	done
	return 1
}

flash_at()
{
	device=$(device_at "$1") && mtd_of "$device" >/dev/null
}

sum()
{
	sha256sum "$1" | cut -d' ' -f1
}

# has_data FILE: anything but all ones or all zeros, which is what an open line gives.
has_data()
{
	[ "$(tr -d '\377\000' <"$1" | head -c 1 | wc -c)" = 1 ]
}

rebind()
{
	old=$(driver_of "$1") && echo "$1" >"/sys/bus/spi/drivers/$old/unbind"
	echo "$2" >"$SPI/$1/driver_override"
	echo "$1" >"/sys/bus/spi/drivers/$2/bind"
}

give_back()
{
	old=$(driver_of "$1") && echo "$1" >"/sys/bus/spi/drivers/$old/unbind"
	echo >"$SPI/$1/driver_override"
	echo "$1" >/sys/bus/spi/drivers_probe
}

### What is there

bugs()
{
	dmesg | grep -cE 'BUG:|Oops|WARNING:|Unable to handle|Internal error|blocked for more'
}

find_muxes()
{
	modprobe -q imx-sdma
	modprobe -q spi-imx
	modprobe -q mux-gpio
	modprobe -q spi_mux_rust
	wait_for [ -n "$(muxes)" ]
	[ -n "$(muxes)" ]
}

no_mux()
{
	waiting=$(grep -E 'spi|mux' /sys/kernel/debug/devices_deferred 2>/dev/null |
		tr '\t\n' ' ;')
	if [ ! -d "$DRIVER" ]; then
		echo "no driver: are the modules of this kernel ($(uname -r)) installed?"
	elif [ -n "$waiting" ]; then
		echo "something waits: $waiting"
	else
		echo "no device is compatible with spi-mux: is an overlay in the devicetree?"
	fi
}

### Flashes

# read_flash NODE FILE [SKIP COUNT]: in blocks.
read_flash()
{
	flash=$(mtd_of "$(device_at "$1")") || return
	dd if="$flash" of="$2" bs="$BLOCK" ${3:+skip="$3"} ${4:+count="$4"} 2>/dev/null
}

# same_twice NODE: what comes from an open line differs, or is all ones.
same_twice()
{
	read_flash "$1" "$work/first" && read_flash "$1" "$work/second" &&
		[ "$(sum "$work/first")" = "$(sum "$work/second")" ] && has_data "$work/first"
}

# An empty flash is all ones, too: its identification is not.
identified()
{
	id=$(cat "$SPI/$(device_at "$1")/spi-nor/jedec_id" 2>/dev/null) && [ -n "$id" ]
}

write_and_restore()
{
	flash=$(mtd_of "$(device_at "$1")") || return
	size=$(cat "/sys/class/mtd/${flash##*/}/size") || return
	last=$((size / BLOCK - 1))
	head -c "$BLOCK" /dev/urandom >"$work/pattern"
	read_flash "$1" "$work/before" "$last" 1 || return
	put "$work/pattern" && read_flash "$1" "$work/after" "$last" 1
	good=$(sum "$work/after")
	put "$work/before" && read_flash "$1" "$work/back" "$last" 1 &&
		[ "$(sum "$work/back")" = "$(sum "$work/before")" ] &&
		[ "$good" = "$(sum "$work/pattern")" ]
}

# put FILE: into the last block of $flash.
put()
{
	mtd-erase "$flash" $((last * BLOCK)) "$BLOCK" &&
		dd if="$1" of="$flash" bs="$BLOCK" seek="$last" conv=notrunc 2>/dev/null
}

check_flash()
{
	label="flash ${1##*/}"
	check "$label: identified" "no answer: see the wiring, and MISO's pull-up" identified "$1"
	if same_twice "$1"; then
		ok "$label: reads the same twice"
	elif identified "$1" && ! has_data "$work/first"; then
		ok "$label: reads the same twice (it is empty)"
	else
		not_ok "$label: reads the same twice" "lower spi-max-frequency in the overlay"
	fi
	if [ -n "$write" ]; then
		check "$label: written and put back" "" write_and_restore "$1"
	else
		skip "$label: written and put back" "only with -w"
	fi
}

# All flashes read at once give what they gave one by one.
at_once()
{
	count=0
	for node in $1; do
		read_flash "$node" "$work/alone.$count" 0 16 || return
		count=$((count + 1))
	done
	i=0
	for node in $1; do
		( for _ in 1 2 3; do read_flash "$node" "$work/together.$i" 0 16; done ) &
		i=$((i + 1))
	done
	wait
	while [ "$count" -gt 0 ]; do
		count=$((count - 1))
		cmp -s "$work/alone.$count" "$work/together.$count" || return
	done
}

### Messages

# spidev DEVICE: makes it a device for programs, and prints its name.
spidev()
{
	modprobe -q spidev
	rebind "$1" spidev && bound_to "$1" spidev && echo "/dev/spidev${1#spi}"
}

errors()
{
	node=$(spidev "$1") || return
	wait_for [ -c "$node" ]
	spi-xfer "$node" 1000000 8 0123456789abcdef >/dev/null || return
	spi-xfer "$node" 1000000 16 012345 >/dev/null 2>&1
	[ $? = "$EINVAL" ] || return
	spi-xfer "$node" 1000000 8 0123456789abcdef >/dev/null
}

looped()
{
	node=$(spidev "$1") || return
	wait_for [ -c "$node" ]
	for hz in 100000 1000000 10000000; do
		for hex in 00 ff 5aa5 0123456789abcdef0123456789abcdef0123456789abcdef; do
			[ "$(spi-xfer "$node" "$hz" 8 "$hex")" = "$hex" ] || return
		done
	done
	give_back "$1"
	modprobe -q -r spi-loopback-test
	modprobe spi-loopback-test loopback=1
	rebind "$1" spi-loopback-test && bound_to "$1" spi-loopback-test
}

check_loopback()
{
	label="loopback ${1##*/}"
	device=$(device_at "$1")
	check "$label: a message that is refused fails at once, the next one works" \
		"see dmesg" errors "$device"
	if [ -n "$loop" ]; then
		check "$label: what is sent comes back" "is MOSI connected with MISO?" \
			looped "$device"
	else
		skip "$label: what is sent comes back" "only with -l"
	fi
	give_back "$device" 2>/dev/null
}

# Drivers that prepare messages once crashed behind spi-mux on boards of this kind.
prepared()
{
	modprobe -q -r spi_prepared
	device=$(device_at "$2")
	modprobe spi_prepared how="$1" && rebind "$device" spi_prepared &&
		bound_to "$device" spi_prepared
	result=$?
	give_back "$device"
	modprobe -q -r spi_prepared
	wait_for flash_at "$2" && return "$result"
}

### Coming and going

# comes_back NODE COMMAND...: after the command the device is there again.
comes_back()
{
	node=$1
	shift
	"$@" && wait_for flash_at "$node"
}

unbind_bind()
{
	echo "$2" >"$1/unbind" && echo "$2" >"$1/bind"
}

reload()
{
	modprobe -r spi_mux_rust && modprobe spi_mux_rust
}

# The mux chip that the multiplexer's device link leads to, in sysfs.
chip_of()
{
	for link in "$SPI/$1"/supplier:*; do
		supplier=$(readlink -f "$link/supplier")
		[ "$(basename "$(readlink "$supplier/driver")")" != gpio-mux ] || echo "$supplier"
	done
}

check_mux()
{
	flashes=
	for child in $(children "$1"); do
		node=$(node_of "$child")
		case ${node##*/} in
		flash@*) flashes="$flashes $node" ;;
		esac
	done
	for child in $(children "$1"); do
		node=$(node_of "$child")
		case ${node##*/} in
		flash@*) check_flash "$node" ;;
		loopback@*) check_loopback "$node" ;;
		*) check "${node##*/}: has a driver" "see dmesg" has_driver "$child" ;;
		esac
	done
	[ -n "$flashes" ] || { not_ok "a flash" "none among the nodes flash@…"; return; }

	check "all flashes at once" "" at_once "$flashes"
	first=$(echo "$flashes" | awk '{ print $1 }')
	for how in sync async unprepared devm; do
		check "prepared messages: $how" "see dmesg" prepared $how "$first"
	done
	check "the multiplexer unbound and bound" "" \
		comes_back "$first" unbind_bind "$DRIVER" "$1"
	chip=$(chip_of "$1")
	if [ -n "$chip" ]; then
		check "the mux chip unbound and bound" "" comes_back "$first" unbind_bind \
			/sys/bus/platform/drivers/gpio-mux "${chip##*/}"
	else
		not_ok "the mux chip unbound and bound" "no device link to it"
	fi
	if [ -d /sys/module/spi_mux_rust/holders ]; then
		check "the module unloaded and loaded" "" comes_back "$first" reload
	else
		skip "the module unloaded and loaded" "it is built in"
	fi
	check "flash ${first##*/} reads the same twice after all that" "" same_twice "$first"
}

echo "KTAP version 1"
[ "$(id -u)" = 0 ] || { not_ok "root" "run this as root"; finish; }
before=$(bugs)
if ! find_muxes; then
	not_ok "a device of spi_mux_rust" "$(no_mux)"
	finish
fi
for mux in $(muxes); do
	ok "$mux: driven by spi_mux_rust"
	check_mux "$mux"
done
check "the kernel reports no bug" "see dmesg" [ "$(bugs)" = "$before" ]
finish
