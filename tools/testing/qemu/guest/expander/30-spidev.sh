# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The kernel's spidev_test reads the identification of a flash through the
# multiplexer, and sends transfers of many sizes, with several settings, where no
# chip is selected: random bytes could be any command of a flash.

load leds-pca955x
load mux-gpio
load_mux "$MUX"
load spidev
device=$(spi_device "$FLASH0")
rebind "$device" spidev
node=/dev/spidev${device#spi}

printf '\237\0\0\0' >/tmp/identify
spidev_test -D "$node" -s 1000000 -i /tmp/identify -o /tmp/answer || fail "spidev_test fails"
expect "identification" "$(hexdump -v -e '/1 "%02x"' /tmp/answer | cut -c3-)" 20ba17
give_back "$device"

device=$(spi_device "$NOTHING")
wait_for bound_to "$device" spidev || fail "spidev does not take $NOTHING"
node=/dev/spidev${device#spi}
for size in 1 3 4 64 65 512 4096; do
	spidev_test -D "$node" -s 10000000 -S $size -I 20 >/dev/null || fail "$size bytes"
done
spidev_test -D "$node" -s 500000 -H -O -i /tmp/identify >/dev/null || fail "mode 3"
! spidev_test -D "$node" -b 33 -i /tmp/identify >/dev/null 2>&1 || fail "takes 33 bits per word"
