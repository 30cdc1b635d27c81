# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Records of the SPI controllers and devices as sysfs shows them.

base()
{
	local path

	path=$(readlink -f "$1") && echo "${path##*/}"
}

# A number from the devicetree.
cells()
{
	printf '%d' "0x$(hexdump -v -e '/1 "%02x"' "$1")"
}

say_controllers()
{
	local controller

	for controller in "$CONTROLLERS"/*; do
		say controller "name=${controller##*/}" "parent=$(base "$controller/device")" \
			"driver=$(base "$controller/device/driver")"
	done
}

say_devices()
{
	local device node

	for device in "$SPI"/*; do
		node=$(readlink -f "$device/of_node")
		say device "name=${device##*/}" "parent=$(base "$device/..")" \
			"driver=$(driver_of "${device##*/}")" "node=${node##*/}" \
			"hz=$(cells "$node/spi-max-frequency")" "mtd=$(mtd_of "${device##*/}")"
	done
}
