# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# make shell: the multiplexer is loaded, the console is the user's.

# shellcheck source=tools/testing/qemu/guest/flashes.sh
. /guest/flashes.sh

load mux-gpio
load_mux "${driver:-spi_mux_rust}"
mount -t configfs none /sys/kernel/config
load spi_sim
load at25
cat <<HINT

Two flashes behind an SPI multiplexer (${driver:-spi_mux_rust}) on an emulated i.MX8MP.

  ls -l /sys/bus/spi/devices                   what is on the buses
  cat /proc/mtd                                the flashes
  hexdump -C -n 64 /dev/mtd0                   read one
  load spidev; rebind spi1.2 spidev            make it a device for programs
  spi-xfer /dev/spidev1.2 1000000 0 9f000000   send it a message
  give_back spi1.2                             make it a flash again
  ls /sys/kernel/config/spi-sim                make simulated controllers here
  lsmod; dmesg | tail

'exit' or Ctrl-A X leaves.

HINT
cd /root || exit
# The functions above are the user's, too.
export ENV=/guest/shell-rc
setsid cttyhack sh
