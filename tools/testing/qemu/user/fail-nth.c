// SPDX-License-Identifier: GPL-2.0
/*
 * fail-nth mkdir DIRECTORY
 * fail-nth write FILE TEXT UNDO
 * fail-nth spi DEVICE
 *
 * Does something again and again, and makes another allocation of the kernel fail
 * each time: the first, the second and so on, until none is left to fail.  What
 * has succeeded is undone.  Prints how many allocations failed, and how often
 * that was an error.
 *
 * Ends with 0 if the last time, when nothing failed, was a success.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Several times what a kernel that checks itself allocates (639 at most). */
#define LIMIT	2000

static const char *verb, *name, *text, *undo;
static int fd = -1;

static int transfer(void)
{
	static unsigned char data[64];
	struct spi_ioc_transfer transfers[2];

	memset(transfers, 0, sizeof(transfers));
	transfers[0].tx_buf = (uintptr_t)data;
	transfers[0].len = sizeof(data);
	transfers[1].rx_buf = (uintptr_t)data;
	transfers[1].len = sizeof(data);
	return ioctl(fd, SPI_IOC_MESSAGE(2), transfers);
}

/* One try; 0 or an errno. */
static int act(void)
{
	int ret;

	if (!strcmp(verb, "mkdir"))
		ret = mkdir(name, 0755);
	else if (!strcmp(verb, "write"))
		ret = write(fd, text, strlen(text));
	else
		ret = transfer();
	return ret < 0 ? errno : 0;
}

static int take_back(void)
{
	if (!strcmp(verb, "mkdir"))
		return rmdir(name);
	if (!strcmp(verb, "write"))
		return write(fd, undo, strlen(undo)) < 0 ? -1 : 0;
	return 0;
}

/* Sets which allocation fails; returns what is left to count, 0 if one failed. */
static int set_nth(int nth_fd, int nth)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", nth);
	return write(nth_fd, number, strlen(number)) < 0 ? -1 : 0;
}

static int get_nth(int nth_fd)
{
	char number[16];
	ssize_t len;

	/* The file can't be rewound; nolibc has no pread(). */
	len = syscall(__NR_pread64, nth_fd, number, sizeof(number) - 1, 0);
	if (len < 0)
		return -1;
	number[len] = '\0';
	return atoi(number);
}

int main(int argc, char **argv)
{
	int failed = 0, nth, nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);

	if (argc < 3 || nth_fd < 0) {
		fprintf(stderr, "usage: fail-nth mkdir|write|spi NAME [TEXT UNDO]\n");
		return 2;
	}
	verb = argv[1];
	name = argv[2];
	text = argc > 3 ? argv[3] : "";
	undo = argc > 4 ? argv[4] : "";
	if (strcmp(verb, "mkdir")) {
		fd = open(name, O_RDWR);
		if (fd < 0) {
			perror(name);
			return 2;
		}
	}

	for (nth = 1; nth < LIMIT; nth++) {
		int err, left;

		if (set_nth(nth_fd, nth) < 0)
			return 2;
		err = act();
		left = get_nth(nth_fd);
		set_nth(nth_fd, 0);

		if (!err && take_back() < 0) {
			perror("can't undo it");
			return 1;
		}
		if (left) {
			/* Nothing failed this time. */
			printf("%d allocations failed, %d errors\n", nth - 1, failed);
			return err;
		}
		failed += !!err;
	}
	fprintf(stderr, "%s %s: no end after %d allocations, %d errors\n", verb, name, nth - 1,
		failed);
	return 1;
}
