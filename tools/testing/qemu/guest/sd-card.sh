# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Makes a file system on the SD card (dts/sd-card-behind-mux.dtso), writes the
# files of /card to it, and reads them back after the driver of the multiplexer
# was unloaded and loaded again.

: "${driver:?}"

# shellcheck disable=SC2034 # for spi_device
PARENT=spi@10050000
CARD=/dev/mmcblk0

has_card()
{
	[ -b $CARD ]
}

has_no_card()
{
	! has_card
}

# mount_card: what was read before does not count.
mount_card()
{
	echo 3 >/proc/sys/vm/drop_caches
	mount -t ext2 $CARD /mnt || fail "can't mount"
}

load mux-gpio
! has_card || fail "the card is there without the multiplexer"
load "$driver"
wait_for has_card || fail "no card"
slot=$(spi_device spi@0/mmc@1) || fail "no slot behind the multiplexer"
bound_to "$slot" mmc_spi || fail "$slot has no driver"

mke2fs $CARD || fail "can't make a file system"
mount_card
cp /card/* /mnt/ || fail "can't write"
umount /mnt || fail "can't unmount"

mount_card
(cd /mnt && sha256sum -c /sums) || fail "other contents"
umount /mnt || fail "can't unmount"

rmmod "$driver" || fail "can't unload"
wait_for has_no_card || fail "the card is there without the multiplexer"
load "$driver"
wait_for has_card || fail "no card after the driver was loaded again"
mount_card
(cd /mnt && sha256sum -c /sums) || fail "other contents after the driver was loaded again"
umount /mnt || fail "can't unmount"
