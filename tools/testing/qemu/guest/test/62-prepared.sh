# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The situation in which spi-mux crashed on i.MX8MP boards in 2024: drivers
# behind the multiplexer prepare messages once and send them often, send them
# from their own completion, or let devres release them (module/spi_prepared.c).

load mux-gpio
load_mux "$MUX"
load spi_prepared

# prepared HOW: on both flashes at once.
prepared()
{
	local one other pid

	one=$(spi_device "$FLASH0")
	other=$(spi_device "$FLASH1")
	echo "$1" >/sys/module/spi_prepared/parameters/how
	rebind "$one" spi_prepared &
	pid=$!
	rebind "$other" spi_prepared
	wait $pid

	bound_to "$one" spi_prepared || fail "$1 on flash 0, see the log"
	bound_to "$other" spi_prepared || fail "$1 on flash 1, see the log"
	give_back "$one"
	give_back "$other"
	wait_for has_flash "$FLASH0" || fail "no flash 0 after $1"
	wait_for has_flash "$FLASH1" || fail "no flash 1 after $1"
}

for how in sync async unprepared unused devm devm-sent; do
	prepared $how
done
expect "flash 0" "$(dd if="$(mtd "$FLASH0")" bs=65536 count=4 2>/dev/null | sha256)" \
	"$(cut -d' ' -f3 /sums)"
