// SPDX-License-Identifier: GPL-2.0
/*
 * The only program of a UML kernel that checks itself: after the tests it has the
 * kernel look for memory that nothing refers to, copies what it finds to the
 * log, says how that went and whether lockdep is still at work, and switches off.
 */

#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#define KMEMLEAK	"/debug/kmemleak"
/* The kernel reports no memory that is younger than 5 s. */
#define AGE		6

/* A line at a time: the log takes no longer messages. */
static int copy(int from, int to)
{
	static char text[1024];
	size_t held = 0;
	ssize_t len;

	while ((len = read(from, text + held, sizeof(text) - held)) > 0) {
		char *line = text, *end;

		held += len;
		while ((end = memchr(line, '\n', text + held - line))) {
			write(to, line, end + 1 - line);
			line = end + 1;
		}
		held -= line - text;
		memmove(text, line, held);
	}
	return len;
}

static int look(int kmsg)
{
	int kmemleak, i;

	if (mount("debugfs", "/debug", "debugfs", 0, NULL) < 0)
		return -1;
	kmemleak = open(KMEMLEAK, O_RDWR);
	if (kmemleak < 0)
		return -1;
	/* What the first one finds may have been in the middle of a change. */
	for (i = 0; i < 2; i++) {
		sleep(AGE);
		if (write(kmemleak, "scan", 4) < 0)
			return -1;
	}
	return copy(kmemleak, kmsg);
}

/* After a report, of whatever kind, lockdep may have switched itself off without a word. */
static int tell_of_lockdep(int kmsg)
{
	int stats;

	if (mount("proc", "/proc", "proc", 0, NULL) < 0)
		return -1;
	stats = open("/proc/lockdep_stats", O_RDONLY);
	if (stats < 0)
		return -1;
	return copy(stats, kmsg);
}

int main(void)
{
	static const char done[] = "leaks: looked for\n", failed[] = "leaks: can't look for them\n";
	static const char unknown[] = "lockdep: nothing known\n";
	int kmsg = open("/dev/kmsg", O_WRONLY);

	if (tell_of_lockdep(kmsg) < 0)
		write(kmsg, unknown, sizeof(unknown) - 1);
	if (look(kmsg) < 0)
		write(kmsg, failed, sizeof(failed) - 1);
	else
		write(kmsg, done, sizeof(done) - 1);
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	return 1;
}
