// SPDX-License-Identifier: GPL-2.0
/*
 * mtd-erase DEVICE OFFSET LENGTH: erases a region of a flash.
 */

#include <fcntl.h>
#include <mtd/mtd-abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	struct erase_info_user region;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: mtd-erase DEVICE OFFSET LENGTH\n");
		return 2;
	}
	region.start = atol(argv[2]);
	region.length = atol(argv[3]);

	fd = open(argv[1], O_RDWR);
	if (fd < 0 || ioctl(fd, MEMERASE, &region) < 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
