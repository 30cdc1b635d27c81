// SPDX-License-Identifier: GPL-2.0
/*
 * The init of a kernel that captures: reads from the first device that does,
 * writes what that gives to the file "records", makes the file "done" if that is
 * all, and powers off.
 *
 * A device of rust_spi_capture gives records. The program keeps up at first; then
 * it sleeps for longer than the driver's ring lasts, and goes on. A device of
 * IIO gives samples.
 */

#include <dirent.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

/* A record of samples/rust/rust_spi_capture.rs with one word. */
#define RECORD		(16 + 4 * 64)
#define IN_TIME		256
#define AFTERWARDS	64
#define SLEEP_MS	20

#define IIO_DEVICE	"/sys/bus/iio/devices/iio:device0"
#define IIO_BUFFER	IIO_DEVICE "/buffer0"
#define IIO_LENGTH	"4096"
#define IIO_BYTES	(4 * 16384)

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

static int set(const char *dir, const char *name, const char *value)
{
	ssize_t len = strlen(value);
	char path[400];
	int file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = open(path, O_WRONLY);
	if (file < 0 || write(file, value, len) != len)
		return -1;
	return close(file);
}

/* Sets all attributes whose name ends like that. */
static int set_all(const char *path, const char *end, const char *value)
{
	DIR *dir = opendir(path);
	struct dirent entry, *found;
	int count = 0;

	if (!dir)
		return -1;
	while (!readdir_r(dir, &entry, &found) && found) {
		size_t len = strlen(found->d_name);

		if (len < strlen(end) || strcmp(found->d_name + len - strlen(end), end))
			continue;
		if (set(path, found->d_name, value))
			return -1;
		count++;
	}
	closedir(dir);
	return count ? 0 : -1;
}

static int copy_samples(int from, int to)
{
	static char samples[4096];
	ssize_t len, done;

	for (done = 0; done < IIO_BYTES; done += len) {
		len = read(from, samples, sizeof(samples));
		if (len <= 0 || write(to, samples, len) != len)
			return -1;
	}
	return 0;
}

static int capture_samples(int to)
{
	int from = open("/dev/iio:device0", O_RDONLY);

	if (from < 0)
		return -1;
	if (set_all(IIO_DEVICE, "sampling_frequency", "1000000"))
		return -1;
	if (set_all(IIO_BUFFER, "_en", "1"))
		return -1;
	if (set(IIO_BUFFER, "length", IIO_LENGTH) || set(IIO_BUFFER, "enable", "1"))
		return -1;
	if (copy_samples(from, to))
		return -1;
	return set(IIO_BUFFER, "enable", "0");
}

static int capture(void)
{
	int to = open("/records", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	char path[300];

	if (to < 0)
		return -1;
	if (!find(path, sizeof(path)))
		return capture_records(path, to);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		return -1;
	return capture_samples(to);
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
