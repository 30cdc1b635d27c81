# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The driver takes the same devicetree node as the C driver, and its children
# appear with their chip selects and settings.

load mux-gpio
load_mux "$MUX"

mux=$(spi_device spi@0)
expect "driver of the mux" "$(driver_of "$mux" | tr - _)" "$(echo "$MUX" | tr - _)"
controller=$(spi_device "$FLASH0")
controller=${controller%.*}
expect "parent of $controller" "$(readlink -f "$CONTROLLERS/$controller/device")" \
	"$(readlink -f "$SPI/$mux")"
expect "flash 0" "$(spi_device "$FLASH0")" "$controller.2"
expect "flash 1" "$(spi_device "$FLASH1")" "$controller.1"
