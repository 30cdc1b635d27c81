# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Tests of the simulated controllers: the kselftest, and the kernel's own tests
# on them.  Each line "ok NAME" or "not ok NAME" is a verdict.

CONFIGFS=/sys/kernel/config/spi-sim
SIM=/sys/kernel/debug/spi-sim.a

# verdict NAME COMMAND...
verdict()
{
	local name=$1

	shift
	if "$@"; then
		say "ok $name"
	else
		say "not ok $name"
	fi
}

# controller NAME=VALUE...: makes a controller with these settings.
controller()
{
	local setting

	mkdir $CONFIGFS/a
	for setting; do
		echo "${setting#*=}" >"$CONFIGFS/a/${setting%%=*}" || return
	done
}

# target MODALIAS NAME=VALUE...: what is on its chip select 0.
target()
{
	local setting

	mkdir $CONFIGFS/a/cs0
	for setting in modalias="$1" "$@"; do
		case $setting in
		*=*) echo "${setting#*=}" >"$CONFIGFS/a/cs0/${setting%%=*}" || return ;;
		esac
	done
}

live()
{
	echo "$1" >$CONFIGFS/a/live
}

remove()
{
	live 0
	rmdir $CONFIGFS/a/cs* $CONFIGFS/a
}

bus()
{
	sed 's/spi//' $CONFIGFS/a/dev_name
}

# sim_device NODE [CONTROLLER]: the name of the SPI device with that devicetree
# path below a simulated controller's node, by default spi-sim.
sim_device()
{
	local device

	for device in "$SPI"/*; do
		case $(readlink -f "$device/of_node") in
		*/"${2:-spi-sim}/$1") echo "${device##*/}"; return ;;
		esac
	done
	return 1
}

has_sim_device()
{
	sim_device "$@" >/dev/null
}

has_sim_mtd()
{
	mtd_of "$(sim_device "$1")" >/dev/null
}

# loopback_test NAME DEVICE: the kernel's spi-loopback-test, on a loopback.
loopback_test()
{
	local result

	load spi-loopback-test loopback=1 || return
	bound_to "$2" spi-loopback-test
	result=$?
	say "cases spi-loopback-test, $1: $(cat "$SPI/$2/statistics/messages") messages"
	rmmod spi-loopback-test
	return $result
}

loopback_test_direct()
{
	local result

	controller timing=clock max_speed_hz=100000000 &&
		target spi-loopback-test target=loopback max_speed_hz=100000000 && live 1 || return
	loopback_test direct "spi$(bus).0"
	result=$?
	remove
	return $result
}

# behind_mux: what is in the devicetree, behind the Rust multiplexer.
behind_mux()
{
	load mux-gpio && load spi_mux_rust && wait_for has_sim_device spi@0/loopback@1 || return
	loopback_test "behind spi_mux_rust" "$(sim_device spi@0/loopback@1)"
}

flash_behind_mux()
{
	local mtd contents=/sys/kernel/debug/spi-sim.spi-sim/cs1/contents

	wait_for has_sim_mtd spi@1/flash@0 || return
	mtd=/dev/$(mtd_of "$(sim_device spi@1/flash@0)")
	dd if=/dev/urandom of=/tmp/data bs=50001 count=1 2>/dev/null
	dd if=/tmp/data of="$mtd" bs=50001 seek=2 conv=notrunc 2>/dev/null &&
		dd if="$mtd" bs=50001 skip=2 count=1 2>/dev/null | cmp -s - /tmp/data &&
		dd if=$contents bs=50001 skip=2 count=1 2>/dev/null | cmp -s - /tmp/data &&
		mtd-erase "$mtd" 65536 131072 &&
		[ "$(dd if="$mtd" bs=65536 skip=1 count=2 2>/dev/null | tr -d '\377' | wc -c)" = 0 ]
}

eeprom_of_devicetree()
{
	local eeprom

	eeprom=$SPI/$(sim_device eeprom@2)/eeprom
	wait_for [ -e "$eeprom" ] && [ "$(wc -c <"$eeprom")" = 512 ] &&
		printf end | dd of="$eeprom" bs=1 seek=509 conv=notrunc 2>/dev/null &&
		[ "$(tail -c 3 "$eeprom")" = end ]
}

# The level of the chip select that is a simulated GPIO.
gpio_level_is()
{
	[ "$(cat /sys/devices/platform/gpio-sim/gpiochip*/sim_gpio2/value)" = "$1" ]
}

gpio_chip_select()
{
	local eeprom sim=/sys/kernel/debug/spi-sim.spi-sim-gpio reader

	load gpio-sim && wait_for has_sim_device eeprom@0 spi-sim-gpio || return
	eeprom=$SPI/$(sim_device eeprom@0 spi-sim-gpio)/eeprom
	wait_for [ -e "$eeprom" ] && gpio_level_is 1 &&
		printf hello | dd of=$sim/cs0/contents bs=1 seek=16 2>/dev/null || return
	# It stays active until the transfers are done.
	echo 700000 >$sim/faults/delay_us
	dd if="$eeprom" of=/tmp/data bs=1 skip=16 count=5 2>/dev/null &
	reader=$!
	wait_for gpio_level_is 0 || return
	echo 0 >$sim/faults/delay_us
	wait $reader
	[ "$(cat /tmp/data)" = hello ] && wait_for gpio_level_is 1 &&
		grep -q 'cs0 select' $sim/log && grep -q 'cs0 deselect' $sim/log
}

# Binding and unbinding the controller of the devicetree, with all that is on it.
unbind_and_bind()
{
	local driver=/sys/bus/platform/drivers/spi_sim

	for _ in 1 2 3 4 5; do
		echo spi-sim >$driver/unbind && ! has_sim_device eeprom@2 &&
			echo spi-sim >$driver/bind && has_sim_device eeprom@2 || return
	done
	wait_for has_sim_mtd spi@1/flash@0
}

# spidev DEVICE: gives a device to spidev, and sets $node.
spidev()
{
	loaded spidev || load spidev
	rebind "$1" spidev
	node=/dev/spidev${1#spi}
	wait_for [ -c "$node" ]
}

# spidev_tests NAME: the kernel's spidev_test on $node, with options of all kinds.
spidev_tests()
{
	local count=0 options

	while read -r options; do
		# shellcheck disable=SC2086 # words
		spidev_test -D "$node" $options >/tmp/out || return
		count=$((count + 1))
	done <<-END
	-s 1000000
	-s 1000000 -b 16 -p 1234
	-s 1000000 -b 32 -p 12345678
	-s 1000000 -H
	-s 1000000 -O
	-s 1000000 -H -O -L
	-s 1000000 -C
	-s 50000000 -S 4000 -I 3
	END
	say "cases spidev_test, $1: $count"
}

spidev_test_direct()
{
	controller max_speed_hz=100000000 && target nobody target=loopback && live 1 &&
		spidev "spi$(bus).0" && spidev_tests direct || return
	remove
}

spidev_test_behind_mux()
{
	local device

	device=$(sim_device spi@0/loopback@1)
	spidev "$device" && spidev_tests "behind spi_mux_rust" || return
	give_back "$device"
}

# record MODE BITS HEX...: sends a message, a transfer for each HEX, and shows it
# as its sender sees it and as the record of the wires has it.
record()
{
	local mode=$1 bits=$2 received

	shift 2
	controller max_speed_hz=10000000 &&
		target nobody target=registers mode="$mode" max_speed_hz=3000000 && live 1 &&
		spidev "spi$(bus).0" || return
	printf '\001\245\132\017\360\063' >$SIM/cs0/contents
	echo 1 >$SIM/log
	received=$(spi-xfer "$node" 2000000 "$bits" "$@") || return
	say "record mode=$(echo "$mode" | tr ' ' +) bits=$bits sent=$(echo "$*" | tr -d ' ')" \
		"received=$(echo "$received" | tr -d ' ')"
	gzip -c $SIM/wires.vcd | base64 -w 200 | sed 's/^/guest: data /'
	sed 's/^/guest: log /' $SIM/log
	remove
}

# records: messages in all modes, and with words of all sizes in memory.  The
# first byte on the wire is 82h, which reads registers from number 2 on.
records()
{
	local mode

	for mode in "" cpha cpol "cpha cpol" cs-high; do
		record "$mode" 8 82a55a0ff0 && record "$mode" 16 0082ff00 1234 || return
	done
	record lsb-first 8 41a55a0ff0 && record lsb-first 16 4100ff00 1234 || return
	record "" 32 0000008212345678 && record "" 8 82 0000 000000
}

# readme_example: what README.md has, and whether it does what is said there.
readme_example()
{
	local log=/sys/kernel/debug/spi-sim.bus/log

	mkdir $CONFIGFS/bus $CONFIGFS/bus/cs0 &&
		echo eeprom >$CONFIGFS/bus/cs0/target &&
		echo at25 >$CONFIGFS/bus/cs0/modalias &&
		echo 1 >$CONFIGFS/bus/live || return
	echo >$log
	echo hello >"$(ls -d "/sys/class/spi_master/$(cat $CONFIGFS/bus/dev_name)/spi"*)/eeprom" &&
		sed 's/^/guest: example /' $log &&
		grep -q 'tx 02, rx ff$' $log && grep -q 'tx 68 65 6c 6c 6f 0a, ' $log || return
	echo 0 >$CONFIGFS/bus/live
	rmdir $CONFIGFS/bus/cs0 $CONFIGFS/bus
}

# storm NAME ARGUMENT...: runs fail-nth, and says what it said.
storm()
{
	local name=$1 result

	shift
	result=$(fail-nth "$@") || return
	say "cases failing memory, $name: $result"
	# Without a failure nothing was tested.
	case $result in
	0\ *) return 1 ;;
	esac
}

# Each allocation fails once, in whatever is done with a controller.
failing_memory()
{
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
	echo 0 >/sys/kernel/debug/failslab/verbose
	storm "create" mkdir $CONFIGFS/a || return
	controller timing=clock && rmdir $CONFIGFS/a || return
	controller log_size=4096 || return
	storm "create a chip select" mkdir $CONFIGFS/a/cs0 || return
	target at25 target=eeprom size=256 &&
		mkdir $CONFIGFS/a/cs1 && echo controller >$CONFIGFS/a/cs1/target || return
	storm "bind" write $CONFIGFS/a/live 1 0 || return
	live 1 && storm "unbind" write $CONFIGFS/a/live 0 1
	remove
	controller && target nobody target=flash && live 1 && spidev "spi$(bus).0" || return
	storm "send" spi "$node" || return
	remove
}

# Controllers that come and go while somebody reads their files and sends.
storm_of_controllers()
{
	local i=0 reader

	while [ -d $CONFIGFS ]; do
		cat /sys/kernel/debug/spi-sim.*/log /sys/kernel/debug/spi-sim.*/wires.vcd \
			/sys/kernel/debug/spi-sim.*/cs0/contents \
			/sys/class/spi_master/spi*/spi-node*/eeprom
	done >/dev/null 2>&1 &
	reader=$!
	while [ $i -lt 100 ]; do
		controller timing=clock max_speed_hz=1000000 &&
			target at25 target=eeprom size=256 && live 1 || break
		remove
		i=$((i + 1))
	done
	kill $reader
	wait $reader 2>/dev/null
	[ $i = 100 ]
}

# spi-loopback-test tells of each message; the console is slow.
dmesg -n 5
mount -t configfs none /sys/kernel/config
load spi_sim || fail "can't load spi_sim"
load at25

sh /selftests/spi/spi-sim.sh | while read -r line; do
	case $line in
	ok*SKIP*) say "skipped ${line#ok }" ;;
	ok*) say "$line" ;;
	not*) say "$line" ;;
	esac
done

verdict "spi-loopback-test, direct" loopback_test_direct
verdict "spidev_test, direct" spidev_test_direct
verdict "messages for the host" records

verdict "example of the README" readme_example
verdict "EEPROM of the devicetree" eeprom_of_devicetree
verdict "spi-loopback-test, behind spi_mux_rust" behind_mux
verdict "spidev_test, behind spi_mux_rust" spidev_test_behind_mux
verdict "flash, behind spi_mux_rust" flash_behind_mux
verdict "unbind and bind" unbind_and_bind
verdict "chip select that is a GPIO" gpio_chip_select
verdict "controllers come and go under their readers" storm_of_controllers
[ ! -e /proc/self/fail-nth ] || verdict "failing memory" failing_memory
! looks_for_leaks || verdict "no leaks" no_leaks

for module in spidev at25 spi_mux_rust mux-gpio; do
	rmmod $module
done
verdict "unload" rmmod spi_sim
