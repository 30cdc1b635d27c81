# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A message that the parent's controller refuses fails with EINVAL at once, and
# the next one works.  With the C driver its sender would hang for ever
# (mux-M1) and the mux stay selected (mux-M2).

EINVAL=22

load mux-gpio
load_mux "$MUX"
load spidev
device=$(spi_device "$FLASH0")
rebind "$device" spidev
node=/dev/spidev${device#spi}

expect "identification before" "$(spi-xfer "$node" 1000000 0 9f000000 | cut -c3-)" 20ba17
start=$(cut -d. -f1 /proc/uptime)
spi-xfer "$node" 1000000 16 9f0000
expect "errno of three bytes in 16 bit words" $? $EINVAL
[ $(($(cut -d. -f1 /proc/uptime) - start)) -le 1 ] || fail "EINVAL took seconds"
expect "identification after" "$(spi-xfer "$node" 1000000 0 9f000000 | cut -c3-)" 20ba17

# The other child, too: the mux is deselected.
other=$(spi_device "$FLASH1")
rebind "$other" spidev
expect "identification of the other flash" \
	"$(spi-xfer "/dev/spidev${other#spi}" 1000000 0 9f000000 | cut -c3-)" 20ba17
defect mux-M1 read right
defect mux-M2 read right
