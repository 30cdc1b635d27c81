#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests the simulated SPI controllers through configfs and debugfs, and the
# kernel's drivers for memory chips on them.
#
# Needs root, and the module spi_sim loaded, or modprobe to find it.

DIR=$(dirname "$0")
# shellcheck source=/dev/null
. "$DIR/../kselftest/ktap_helpers.sh"

CONFIGFS=/sys/kernel/config/spi-sim
DEBUGFS=/sys/kernel/debug
DEVICES=/sys/bus/spi/devices

# Makes a controller: create NAME
create()
{
	mkdir "$CONFIGFS/$1"
}

# Sets attributes: set PATH NAME=VALUE...
set_in()
{
	dir=$CONFIGFS/$1
	shift
	for setting; do
		printf '%s\n' "${setting#*=}" 2>/dev/null >"$dir/${setting%%=*}" || return
	done
}

# Makes a chip select: add CONTROLLER CHIP_SELECT NAME=VALUE...
add()
{
	mkdir "$CONFIGFS/$1/$2" || return
	chip_select=$1/$2
	shift 2
	set_in "$chip_select" "$@"
}

# start CONTROLLER, stop CONTROLLER
start()
{
	set_in "$1" live=1
}

stop()
{
	set_in "$1" live=0
}

# debugfs CONTROLLER: its directory
debugfs()
{
	echo "$DEBUGFS/spi-sim.$1"
}

# Prints the number of the bus of a running controller.
bus()
{
	name=$(cat "$CONFIGFS/$1/dev_name")
	echo "${name#spi}"
}

# Prints the device on a bus, which has one, whatever its name is.
device()
{
	for device in "/sys/class/spi_master/spi$(bus "$1")"/spi[0-9-]*; do
		[ -d "$device" ] && basename "$device" && return
	done
	return 1
}

bound()
{
	[ -e "$DEVICES/$1/driver" ]
}

# Gives the device of a running controller to spidev, and sets $node: spidev CONTROLLER
spidev()
{
	echo spidev >"$DEVICES/$(device "$1")/driver_override"
	device "$1" >/sys/bus/spi/drivers/spidev/bind 2>/dev/null
	node=/dev/spidev$(bus "$1").0
	wait_for [ -c "$node" ]
}

# Waits for up to two seconds: wait_for COMMAND...
wait_for()
{
	tries=20
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# Removes everything that a test has left.
clean_up()
{
	for controller in "$CONFIGFS"/*; do
		[ -d "$controller" ] || continue
		echo 0 >"$controller/live"
		for chip_select in "$controller"/cs*; do
			[ ! -d "$chip_select" ] || rmdir "$chip_select"
		done
		rmdir "$controller"
	done
}

# load MODULE...
load()
{
	for module; do
		[ ! -d "/sys/module/$(echo "$module" | tr - _)" ] || continue
		modprobe -q "$module" 2>/dev/null ||
			insmod "/lib/modules/$module.ko" 2>/dev/null || return
	done
}

# The tests: each is a function, and its name the description.

controllers_come_and_go()
{
	create a && [ "$(cat $CONFIGFS/a/live)" = 0 ] &&
		[ -z "$(cat $CONFIGFS/a/dev_name)" ] && start a &&
		[ "$(cat $CONFIGFS/a/live)" = 1 ] &&
		[ -d "/sys/class/spi_master/spi$(bus a)" ] && [ -d "$(debugfs a)" ] || return
	number=$(bus a)
	stop a && [ ! -e "/sys/class/spi_master/spi$number" ] && [ ! -e "$(debugfs a)" ]
}

several_controllers_at_once()
{
	create a && create b && start a && start b && [ "$(bus a)" != "$(bus b)" ] &&
		stop a && [ -d "/sys/class/spi_master/spi$(bus b)" ]
}

bus_number_can_be_chosen()
{
	create a && set_in a bus_num=77 && start a && [ "$(bus a)" = 77 ]
}

starting_twice_is_no_error()
{
	create a && start a && number=$(bus a) && start a && [ "$(bus a)" = "$number" ] &&
		stop a && stop a
}

settings_read_back()
{
	create a && add a cs0 && set_in a num_chipselects=2 max_speed_hz=1000000 \
		"modes=cpha cs-high" timing=clock log_size=4096 &&
		[ "$(cat $CONFIGFS/a/num_chipselects)" = 2 ] &&
		[ "$(cat $CONFIGFS/a/max_speed_hz)" = 1000000 ] &&
		[ "$(cat $CONFIGFS/a/modes)" = "cpha cs-high" ] &&
		[ "$(cat $CONFIGFS/a/timing)" = clock ] &&
		set_in a/cs0 target=flash jedec_id=c22018 "format=be:s12/16>>4" size=auto &&
		[ "$(cat $CONFIGFS/a/cs0/target)" = flash ] &&
		[ "$(cat $CONFIGFS/a/cs0/jedec_id)" = c22018 ] &&
		[ "$(cat $CONFIGFS/a/cs0/format)" = "be:s12/16>>4" ] &&
		[ "$(cat $CONFIGFS/a/cs0/size)" = auto ]
}

device_is_added()
{
	create a && add a cs1 target=loopback modalias=nobody && start a &&
		[ -d "$DEVICES/spi$(bus a).1" ] && ! bound "spi$(bus a).1"
}

removing_a_live_controller_stops_it()
{
	create a && start a && number=$(bus a) && rmdir $CONFIGFS/a &&
		[ ! -e "/sys/class/spi_master/spi$number" ] && [ ! -e "$(debugfs a)" ]
}

removing_a_live_chip_select_leaves_its_device()
{
	create a && add a cs0 target=loopback modalias=nobody && start a &&
		rmdir $CONFIGFS/a/cs0 && [ -d "$DEVICES/spi$(bus a).0" ] &&
		stop a && start a && [ ! -e "$DEVICES/spi$(bus a).0" ]
}

eeprom_driver_reads_and_writes()
{
	load at25 || return 4
	create a && add a cs0 target=eeprom modalias=at25 size=2048 page_size=64 \
		write_time_us=100 && start a && eeprom=$DEVICES/$(device a)/eeprom &&
		wait_for [ -e "$eeprom" ] || return
	dd if=/dev/urandom of=/tmp/spi-sim.data bs=259 count=3 2>/dev/null
	dd if=/tmp/spi-sim.data of="$eeprom" bs=259 seek=2 conv=notrunc 2>/dev/null &&
		dd if="$eeprom" bs=259 skip=2 count=3 2>/dev/null |
		cmp -s - /tmp/spi-sim.data &&
		dd if="$(debugfs a)/cs0/contents" bs=259 skip=2 count=3 2>/dev/null |
		cmp -s - /tmp/spi-sim.data &&
		[ "$(wc -c <"$eeprom")" = 2048 ]
}

contents_can_be_set()
{
	load at25 || return 4
	create a && add a cs0 target=eeprom modalias=at25 size=256 && start a &&
		printf hello | dd of="$(debugfs a)/cs0/contents" bs=1 seek=16 2>/dev/null &&
		eeprom=$DEVICES/$(device a)/eeprom &&
		[ "$(dd if="$eeprom" bs=1 skip=16 count=5 2>/dev/null)" = hello ]
}

# has_mtd DEVICE
has_mtd()
{
	set -- "$DEVICES/$1"/mtd/mtd[0-9]
	[ -d "$1" ] && mtd=/dev/${1##*/}
}

flash_driver_reads_writes_and_erases()
{
	command -v mtd-erase >/dev/null || return 4
	create a && add a cs0 target=flash modalias=spi-nor size=1048576 && start a &&
		wait_for has_mtd "$(device a)" && [ "$(wc -c <"$mtd")" = 1048576 ] || return
	dd if=/dev/urandom of=/tmp/spi-sim.data bs=70001 count=1 2>/dev/null
	dd if=/tmp/spi-sim.data of="$mtd" bs=70001 seek=1 2>/dev/null &&
		dd if="$mtd" bs=70001 skip=1 count=1 2>/dev/null | cmp -s - /tmp/spi-sim.data &&
		dd if="$(debugfs a)/cs0/contents" bs=70001 skip=1 count=1 2>/dev/null |
		cmp -s - /tmp/spi-sim.data &&
		mtd-erase "$mtd" 65536 131072 &&
		[ "$(dd if="$mtd" bs=65536 skip=1 count=2 2>/dev/null | tr -d '\377' | wc -c)" = 0 ]
}

flash_sends_on_four_lines()
{
	create a && set_in a rx_lines=4 &&
		add a cs0 target=flash modalias=spi-nor size=65536 rx_lines=4 && start a &&
		wait_for has_mtd "$(device a)" || return
	dd if=/dev/urandom of=/tmp/spi-sim.data bs=1000 count=1 2>/dev/null
	dd if=/tmp/spi-sim.data of="$(debugfs a)/cs0/contents" bs=1000 count=1 2>/dev/null &&
		dd if="$mtd" bs=1000 count=1 2>/dev/null | cmp -s - /tmp/spi-sim.data &&
		grep -q 'cs0 .* 4 lines' "$(debugfs a)/log"
}

wires_are_recorded()
{
	load at25 || return 4
	create a && add a cs0 target=eeprom modalias=at25 size=256 && start a &&
		echo 1 >"$(debugfs a)/log" && [ -z "$(cat "$(debugfs a)/log")" ] &&
		dd if="$DEVICES/$(device a)/eeprom" bs=2 count=1 of=/dev/null 2>/dev/null &&
		grep -q 'cs0 select' "$(debugfs a)/log" &&
		grep -q 'cs0 1 bytes, 8 bits, .* tx 03, rx ff' "$(debugfs a)/log" &&
		grep -q 'cs0 deselect' "$(debugfs a)/log" &&
		grep -q 'var wire 1 . SCLK' "$(debugfs a)/wires.vcd"
}

long_transfers_are_split()
{
	command -v spi-xfer >/dev/null && load spidev || return 4
	create a && set_in a split_words=2 &&
		add a cs0 target=loopback modalias=nobody && start a && spidev a || return
	echo 1 >"$(debugfs a)/log"
	[ "$(spi-xfer "$node" 1000000 16 0102030405060708090a)" = 0102030405060708090a ] &&
		[ "$(grep -c ' 4 bytes, 16 bits' "$(debugfs a)/log")" = 2 ] &&
		grep -q ' 2 bytes, 16 bits, .*, tx 09 0a, rx 09 0a' "$(debugfs a)/log" &&
		[ "$(grep -c ' select' "$(debugfs a)/log")" = 1 ]
}

words_have_delays_between_them()
{
	command -v spidev_test >/dev/null && load spidev || return 4
	create a && add a cs0 target=loopback modalias=nobody && start a && spidev a || return
	echo 1 >"$(debugfs a)/log"
	spidev_test -D "$node" -s 1000000 -w 30 -p 123 >/dev/null &&
		grep -q ' 3 bytes, .* 30000 ns between words, tx 31 32 33' "$(debugfs a)/log"
}

# ask: prints the two words, in hex, with which spi-slave-time answers.
ask()
{
	spi-xfer "$node" 1000000 0 0000000000000000
}

another_controller_answers()
{
	command -v spi-xfer >/dev/null && load spidev && load spi-slave-time || return 4
	create a && add a cs0 target=controller handler=spi-slave-time modalias=nobody &&
		start a && spidev a || return
	sleep 1
	# Each time that of the moment in which the last one was sent.
	first=$(ask) && sleep 1 && second=$(ask) && sleep 1 && third=$(ask) || return
	uptime=$(cut -d. -f1 /proc/uptime)
	first=$((0x${first%????????})) second=$((0x${second%????????}))
	third=$((0x${third%????????}))
	[ $first -gt 0 ] && [ $first -lt $second ] && [ $second -lt $third ] &&
		[ $third -le "$uptime" ] && [ $third -gt $((uptime - 10)) ]
}

# Negative cases.

settings_of_live_controllers_are_busy()
{
	create a && add a cs0 target=loopback && start a &&
		! set_in a num_chipselects=2 && ! set_in a timing=clock &&
		! set_in a bus_num=auto &&
		! set_in a/cs0 target=none && ! set_in a/cs0 modalias=x && ! add a cs1 &&
		[ "$(cat $CONFIGFS/a/cs0/target)" = loopback ] && stop a && set_in a/cs0 target=none
}

wrong_values_are_refused()
{
	create a && add a cs0 && ! set_in a num_chipselects=-1 && ! set_in a num_chipselects=x &&
		! set_in a bus_num=70000 && ! set_in a "modes=cpha nonsense" &&
		! set_in a timing=slow && ! set_in a prepare=perhaps && ! set_in a live=2 &&
		! set_in a/cs0 target=toaster && ! set_in a/cs0 jedec_id=12345 &&
		! set_in a/cs0 jedec_id=12345g && ! set_in a/cs0 "format=be:u17/16" &&
		! set_in a/cs0 "samples=1 two" && ! set_in a/cs0 "script=9f / 00 00"
}

wrong_names_are_refused()
{
	create a && ! add a flash 2>/dev/null && ! add a cs 2>/dev/null &&
		! add a cs-1 2>/dev/null && ! add a cs00 2>/dev/null && ! add a cs256 2>/dev/null &&
		! add a cs+1 2>/dev/null && add a cs0 && ! add a cs0 2>/dev/null
}

chip_select_that_does_not_exist_fails()
{
	create a && set_in a num_chipselects=1 && add a cs1 && ! start a &&
		[ "$(cat $CONFIGFS/a/live)" = 0 ] && set_in a num_chipselects=2 && start a
}

wrong_numbers_of_chip_selects_fail()
{
	create a && set_in a num_chipselects=0 && ! start a &&
		set_in a num_chipselects=17 && ! start a && set_in a num_chipselects=16 && start a
}

wrong_word_sizes_fail()
{
	create a && set_in a min_bits_per_word=9 max_bits_per_word=8 && ! start a &&
		set_in a min_bits_per_word=0 && ! start a &&
		set_in a min_bits_per_word=8 max_bits_per_word=33 && ! start a &&
		set_in a max_bits_per_word=32 && start a
}

wrong_sizes_of_memory_fail()
{
	create a && add a cs0 target=eeprom size=1000 && ! start a &&
		set_in a/cs0 size=1024 page_size=2048 && ! start a &&
		set_in a/cs0 page_size=auto target=flash && ! start a &&
		set_in a/cs0 size=33554432 && ! start a && set_in a/cs0 size=auto && start a
}

numbers_of_lines_that_do_not_exist_are_refused()
{
	create a && add a cs0 target=flash modalias=nobody && ! set_in a tx_lines=3 &&
		! set_in a/cs0 rx_lines=0 && set_in a/cs0 rx_lines=2 && start a &&
		[ -d "$DEVICES/spi$(bus a).0" ]
}

splitting_that_can_not_be_fails()
{
	create a && set_in a split_words=0 && ! start a && set_in a split_words=8 prepare=0 &&
		! start a && set_in a split_words=auto && start a
}

without_a_handler_nobody_answers()
{
	command -v spi-xfer >/dev/null && load spidev && load spi-slave-time || return 4
	create a && add a cs0 target=controller modalias=nobody && start a && spidev a &&
		[ "$(ask)" = ffffffffffffffff ]
}

wrong_alignment_fails()
{
	create a && set_in a dma_alignment=3 && ! start a && set_in a dma_alignment=64 && start a
}

full_duplex_on_half_duplex_fails()
{
	command -v spi-xfer >/dev/null && load spidev || return 4
	create a && set_in a half_duplex=1 &&
		add a cs0 target=loopback modalias=nobody && start a && spidev a &&
		! spi-xfer "$node" 1000000 0 00 2>/dev/null
}

bus_number_that_is_taken_fails()
{
	create a && create b && set_in a bus_num=78 && set_in b bus_num=78 && start a &&
		! start b && [ "$(cat $CONFIGFS/b/live)" = 0 ] && [ ! -e "$(debugfs b)" ] &&
		stop a && start b
}

mode_that_the_controller_does_not_have_fails()
{
	create a && set_in a modes= && add a cs0 target=loopback modalias=nobody mode=cpha &&
		! start a && [ "$(cat $CONFIGFS/a/live)" = 0 ] && [ ! -e "$(debugfs a)" ] &&
		set_in a modes=cpha && start a
}

device_that_the_driver_refuses_is_not_bound()
{
	load at25 || return 4
	create a && add a cs0 target=none modalias=at25 && start a && ! bound "$(device a)"
}

memory_that_is_stuck_fails()
{
	load at25 || return 4
	create a && add a cs0 target=eeprom modalias=at25 size=256 && start a || return
	eeprom=$DEVICES/$(device a)/eeprom
	echo 1 >"$(debugfs a)/faults/stuck_busy"
	! printf x 2>/dev/null >"$eeprom" && echo 0 >"$(debugfs a)/faults/stuck_busy" &&
		printf x >"$eeprom"
}

transfer_that_is_to_fail_fails()
{
	load at25 || return 4
	create a && add a cs0 target=eeprom modalias=at25 size=256 && start a || return
	eeprom=$DEVICES/$(device a)/eeprom
	echo 1 >"$(debugfs a)/faults/fail_nth"
	! dd if="$eeprom" of=/dev/null bs=8 count=1 2>/dev/null &&
		[ "$(cat "$(debugfs a)/faults/fail_nth")" = 0 ] &&
		dd if="$eeprom" of=/dev/null bs=8 count=1 2>/dev/null
}

wrong_faults_are_refused()
{
	create a && start a || return
	for value in -1 x 4294967296 12345678901234567; do
		! echo $value 2>/dev/null >"$(debugfs a)/faults/fail_nth" || return
	done
}

contents_have_an_end()
{
	create a && add a cs0 target=eeprom size=256 && start a &&
		[ "$(wc -c <"$(debugfs a)/cs0/contents")" = 256 ] &&
		! printf x 2>/dev/null |
		dd of="$(debugfs a)/cs0/contents" bs=1 seek=256 2>/dev/null
}

module_can_not_go_while_it_is_used()
{
	create a && ! rmmod spi_sim 2>/dev/null && start a && ! rmmod spi_sim 2>/dev/null
}

POSITIVE="controllers_come_and_go several_controllers_at_once bus_number_can_be_chosen
starting_twice_is_no_error settings_read_back device_is_added
removing_a_live_controller_stops_it removing_a_live_chip_select_leaves_its_device
eeprom_driver_reads_and_writes contents_can_be_set flash_driver_reads_writes_and_erases
flash_sends_on_four_lines wires_are_recorded long_transfers_are_split
words_have_delays_between_them another_controller_answers"

NEGATIVE="settings_of_live_controllers_are_busy wrong_values_are_refused wrong_names_are_refused
chip_select_that_does_not_exist_fails wrong_numbers_of_chip_selects_fail
wrong_word_sizes_fail wrong_sizes_of_memory_fail splitting_that_can_not_be_fails
wrong_alignment_fails without_a_handler_nobody_answers
numbers_of_lines_that_do_not_exist_are_refused full_duplex_on_half_duplex_fails
bus_number_that_is_taken_fails
mode_that_the_controller_does_not_have_fails device_that_the_driver_refuses_is_not_bound
memory_that_is_stuck_fails transfer_that_is_to_fail_fails wrong_faults_are_refused
contents_have_an_end module_can_not_go_while_it_is_used"

# run TEST
run()
{
	description=$(echo "$1" | tr _ ' ')
	"$1"
	status=$?
	clean_up
	case $status in
	0) ktap_test_pass "$description" ;;
	4) ktap_test_skip "$description" ;;
	*) ktap_test_fail "$description" ;;
	esac
}

ktap_print_header
if [ "$(id -u)" != 0 ]; then
	ktap_skip_all "needs root"
	exit "$KSFT_SKIP"
fi
[ -d /sys/kernel/config/spi-sim ] || load spi_sim
[ -d /sys/kernel/config ] && [ ! -d $CONFIGFS ] &&
	mount -t configfs none /sys/kernel/config 2>/dev/null
if [ ! -d $CONFIGFS ]; then
	ktap_skip_all "no module spi_sim, or no configfs"
	exit "$KSFT_SKIP"
fi

# shellcheck disable=SC2086 # words
ktap_set_plan "$(echo $POSITIVE $NEGATIVE | wc -w)"
for test in $POSITIVE $NEGATIVE; do
	run "$test"
done
ktap_finished
