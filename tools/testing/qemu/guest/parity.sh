# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Runs the cases of tools/testing/mux on the driver of the multiplexer that the
# kernel's command line names, and says how each ended:
#
#	parity case=CASE result=right|wrong|hangs|absent|ERROR
#
# What wedges the machine with the C driver comes last, and once.

# Cases that both drivers end well, right or wrong.
SAFE="data prepared refused_once settings_after_use delays lanes priority
deselected_first deselect_may_sleep kept_chip_select dummy_buffers limits statistics
calls_counted errors_counted time_stamps child_bus_locked nested_settings
memory_host_refused target_refused offload_refused killed_sender"

# After one of these the C driver does nothing any more.
WEDGING="memory_operations parent_bus_locked parent_suspended invalid_message"

RUN=/sys/kernel/debug/spi_mux_test/run

EBADE="Invalid exchange"
ETIME="Timer expired"
ENODEV="No such device"

# result CASE
result()
{
	local said

	said=$( (echo "$1" >$RUN) 2>&1) && echo right && return
	case $said in
	*"$EBADE"*) echo wrong ;;
	*"$ETIME"*) echo hangs ;;
	*"$ENODEV"*) echo absent ;;
	*) echo "${said##*: }" | tr ' ' '-' ;;
	esac
}

load spi_mux_test
load "${driver:?}"
[ "$driver" = spi_mux_rust ] || WEDGING=invalid_message
for case in $SAFE $WEDGING; do
	say parity "case=$case" "result=$(result "$case")"
done
