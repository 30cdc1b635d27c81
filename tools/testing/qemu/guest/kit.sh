# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The board kit checks the emulated board (tools/testing/board/test).  The
# expander's stand-in is loaded here: on a board its driver is built in.

modprobe leds-pca955x
sh /kit/check.sh -w
