// SPDX-License-Identifier: GPL-2.0
/*
 * The init of a kernel that captures: reads from the first device of
 * rust_spi_capture, writes what that gives to the file "records", makes the file
 * "done" if that is all, and powers off.
 *
 * It keeps up at first; then it sleeps for longer than the driver's ring lasts,
 * and goes on.
 */

#include <dirent.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

/* A record of samples/rust/rust_spi_capture.rs with one word. */
#define RECORD		(16 + 4 * 64)
#define IN_TIME		256
#define AFTERWARDS	64
#define SLEEP_MS	20

static int find(char *path, size_t size)
{
	DIR *dir = opendir("/dev");
	struct dirent entry, *found;

	if (!dir)
		return -1;
	while (!readdir_r(dir, &entry, &found) && found) {
		if (!strncmp(found->d_name, "spi-capture-", 12)) {
			snprintf(path, size, "/dev/%s", found->d_name);
			return 0;
		}
	}
	return -1;
}

static int copy(int from, int to, int count)
{
	struct pollfd wait = { .fd = from, .events = POLLIN };
	char record[RECORD];
	int i;

	for (i = 0; i < count; i++) {
		if (poll(&wait, 1, -1) != 1 || wait.revents != POLLIN)
			return -1;
		if (read(from, record, RECORD) != RECORD)
			return -1;
		if (write(to, record, RECORD) != RECORD)
			return -1;
	}
	return 0;
}

static int capture_records(const char *path, int to)
{
	int from = open(path, O_RDONLY | O_NONBLOCK);

	if (from < 0 || copy(from, to, IN_TIME))
		return -1;
	msleep(SLEEP_MS);
	return copy(from, to, AFTERWARDS);
}

static int capture(void)
{
	int to = open("/records", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	char path[300];

	if (to < 0 || find(path, sizeof(path)))
		return -1;
	return capture_records(path, to);
}

int main(void)
{
	if (capture())
		perror("capture");
	else
		close(open("/done", O_WRONLY | O_CREAT, 0644));
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	return 1;
}
