// SPDX-License-Identifier: GPL-2.0
/*
 * spi-xfer DEVICE SPEED BITS HEX...: sends one full-duplex message through
 * spidev, a transfer for each HEX, and prints what came back in hex.
 *
 * The exit status is the errno of the message.  BITS is bits per word, 0 for
 * the device's own.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define MAX_TRANSFERS	16
#define MAX_BYTES	256

static unsigned char tx[MAX_TRANSFERS][MAX_BYTES];
static unsigned char rx[MAX_TRANSFERS][MAX_BYTES];

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Returns the number of bytes, or -1. */
static int parse(const char *hex, unsigned char *bytes)
{
	int n;

	for (n = 0; hex[0]; hex += 2, n++) {
		int high = digit(hex[0]), low = high < 0 ? -1 : digit(hex[1]);

		if (low < 0 || n == MAX_BYTES)
			return -1;
		bytes[n] = high << 4 | low;
	}
	return n;
}

static void print(const struct spi_ioc_transfer *transfers, int count)
{
	int i;
	unsigned int j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < transfers[i].len; j++)
			printf("%02x", rx[i][j]);
		printf(i + 1 < count ? " " : "\n");
	}
}

int main(int argc, char **argv)
{
	struct spi_ioc_transfer transfers[MAX_TRANSFERS];
	int count = argc - 4, fd, i;

	if (count < 1 || count > MAX_TRANSFERS) {
		fprintf(stderr, "usage: spi-xfer DEVICE SPEED BITS HEX...\n");
		return 255;
	}

	memset(transfers, 0, sizeof(transfers));
	for (i = 0; i < count; i++) {
		int len = parse(argv[i + 4], tx[i]);

		if (len < 0) {
			fprintf(stderr, "spi-xfer: bad hex: %s\n", argv[i + 4]);
			return 255;
		}
		transfers[i].tx_buf = (uintptr_t)tx[i];
		transfers[i].rx_buf = (uintptr_t)rx[i];
		transfers[i].len = len;
		transfers[i].speed_hz = atol(argv[2]);
		transfers[i].bits_per_word = atoi(argv[3]);
	}

	fd = open(argv[1], O_RDWR);
	if (fd < 0 || ioctl(fd, SPI_IOC_MESSAGE(count), transfers) < 0) {
		int err = errno;

		perror(argv[1]);
		return err;
	}
	print(transfers, count);
	return 0;
}
