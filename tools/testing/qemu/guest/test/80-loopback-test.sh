# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The kernel's spi-loopback-test sends its messages of many lengths, alignments
# and shapes through the multiplexer.  Nothing loops them back (see
# dts/loopback-test.dtso): it is lengths, errors and untouched memory that are
# checked.

load mux-gpio
load_mux "$MUX"
load spi-loopback-test
bound_to "$(spi_device spi@0/loopback@3)" spi-loopback-test || fail "see the log"
