# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# A device whose driver has let devres prepare a message is unbound (how=devm of
# module/spi_prepared.c).  With the C driver of the multiplexer, which is
# expected here, this ends the kernel: so oops=panic, and nothing after it.

: "${driver:?}"

# shellcheck source=tools/testing/qemu/guest/flashes.sh
. /guest/flashes.sh

load mux-gpio
load_mux "$driver"
load spi_prepared how=devm
device=$(spi_device "$FLASH0")
rebind "$device" spi_prepared
bound_to "$device" spi_prepared || fail "spi_prepared is not bound"
say unbinding "device=$device"
echo "$device" >"$SPI/$device/driver/unbind"
say unbound "device=$device"
