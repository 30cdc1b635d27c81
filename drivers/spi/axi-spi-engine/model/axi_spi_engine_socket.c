// SPDX-License-Identifier: GPL-2.0
/*
 * An AXI SPI Engine in another process, which User Mode Linux reaches through a
 * socket: a simulation of the HDL, or the model's own server. The protocol is
 * described in Documentation/spi/axi-spi-engine-cosim.rst.
 *
 * Requests are made with interrupts off, so that they don't nest, and while one
 * is under way the kernel stands still; in simulated time it does not notice.
 */

#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/time64.h>

#include <os.h>

#include "axi_spi_engine_platform.h"

#define PROTOCOL	1
#define LINE_SIZE	160

static char *path;
module_param(path, charp, 0444);
MODULE_PARM_DESC(path, "Unix socket of the process that is the engine");

static unsigned int timeout = 10;
module_param(timeout, uint, 0444);
MODULE_PARM_DESC(timeout, "seconds to wait for an answer");

/*
 * struct axi_engine_socket - a connection
 * @fd: of the host
 * @broken: something went wrong, and was reported; nothing will be asked any more
 * @now: the time of the last request in ns; it never goes back
 * @irq: the interrupt line, as of the last answer
 * @next: when it may change, in ps
 */
struct axi_engine_socket {
	int fd;
	bool broken;
	u64 now;
	bool irq;
	u64 next;
};

/* axi_engine_socket_given - is the engine in another process? */
bool axi_engine_socket_given(void)
{
	return path;
}

static int socket_fail(struct axi_engine_socket *socket, const char *why, const char *line)
{
	if (!socket->broken)
		pr_err("axi_spi_engine: co-simulation: %s: %s%s%s\n", path, why,
		       line ? ": " : "", line ?: "");
	socket->broken = true;
	socket->irq = false;
	socket->next = U64_MAX;
	return -EIO;
}

static bool socket_retry(int ret, long long deadline)
{
	return (ret == -EINTR || ret == -EAGAIN) && os_nsecs() < deadline;
}

static int socket_send(struct axi_engine_socket *socket, const char *line, long long deadline)
{
	size_t left = strlen(line);
	int ret;

	while (left) {
		ret = os_write_file(socket->fd, line, left);
		if (socket_retry(ret, deadline))
			continue;
		if (ret == -EAGAIN)
			return socket_fail(socket, "takes no request", NULL);
		if (ret <= 0)
			return socket_fail(socket, "the other side is gone", NULL);
		line += ret;
		left -= ret;
	}
	return 0;
}

/* The answer is one line, and nothing follows before the next request. */
static int socket_receive(struct axi_engine_socket *socket, char *line, long long deadline)
{
	size_t len = 0;
	int ret;

	while (!len || line[len - 1] != '\n') {
		if (len == LINE_SIZE - 1)
			return socket_fail(socket, "the answer is too long", NULL);
		ret = os_read_file(socket->fd, line + len, LINE_SIZE - 1 - len);
		if (socket_retry(ret, deadline))
			continue;
		if (ret == -EAGAIN || ret == -EINTR)
			return socket_fail(socket, "no answer in time", NULL);
		if (ret <= 0)
			return socket_fail(socket, "the other side is gone", NULL);
		len += ret;
	}
	line[len - 1] = '\0';
	return 0;
}

/* Replaces a request by what comes after "ok" in its answer. */
static int socket_ask(struct axi_engine_socket *socket, char *line)
{
	long long deadline = os_nsecs() + (long long)timeout * NSEC_PER_SEC;
	int ret;

	if (socket->broken)
		return -EIO;

	ret = socket_send(socket, line, deadline);
	if (!ret)
		ret = socket_receive(socket, line, deadline);
	if (ret)
		return ret;
	if (strncmp(line, "ok", 2))
		return socket_fail(socket, "refuses", line);

	memmove(line, line + 2, strlen(line) - 1);
	return 0;
}

static char *next_word(char **line)
{
	char *word = strsep(line, " ");

	return word && !*word ? next_word(line) : word;
}

static int parse_u64(char **line, u64 *value)
{
	char *word = next_word(line);

	return word ? kstrtou64(word, 0, value) : -EINVAL;
}

/* The end of most answers: the interrupt line, and when it may change. */
static int socket_parse_state(struct axi_engine_socket *socket, char *line)
{
	u64 irq, next;
	int ret;

	ret = parse_u64(&line, &irq);
	if (ret)
		return ret;
	socket->irq = irq;

	line = line ? skip_spaces(line) : "";
	if (!strcmp(line, "-")) {
		socket->next = U64_MAX;
		return 0;
	}
	ret = parse_u64(&line, &next);
	if (ret || next > U64_MAX / PSEC_PER_NSEC)
		return -EINVAL;
	/* It may be due already: then at once, but not for ever. */
	socket->next = max(next, socket->now + 1) * PSEC_PER_NSEC;
	return 0;
}

static u64 socket_now(struct axi_engine_socket *socket, u64 now)
{
	socket->now = max(socket->now, now / PSEC_PER_NSEC);
	return socket->now;
}

static u32 socket_read(void *core, u32 offset, u64 now, u64 *stall)
{
	struct axi_engine_socket *socket = core;
	char line[LINE_SIZE];
	char *rest = line;
	u64 value, waited;

	snprintf(line, sizeof(line), "read %llu %#x\n", socket_now(socket, now), offset);
	if (socket_ask(socket, line))
		return U32_MAX;

	if (parse_u64(&rest, &value) || parse_u64(&rest, &waited) ||
	    socket_parse_state(socket, rest) || value > U32_MAX || waited > USEC_PER_SEC) {
		socket_fail(socket, "no answer to a read", NULL);
		return U32_MAX;
	}
	*stall += waited * PSEC_PER_NSEC;
	return value;
}

static void socket_write(void *core, u32 offset, u32 value, u64 now)
{
	struct axi_engine_socket *socket = core;
	char line[LINE_SIZE];

	snprintf(line, sizeof(line), "write %llu %#x %#x\n", socket_now(socket, now),
		 offset, value);
	if (!socket_ask(socket, line) && socket_parse_state(socket, line))
		socket_fail(socket, "no answer to a write", NULL);
}

/* Asks only if something can have happened since the last answer. */
static bool socket_line(void *core, u64 now, u64 *next)
{
	struct axi_engine_socket *socket = core;
	char line[LINE_SIZE];

	if (now >= socket->next) {
		snprintf(line, sizeof(line), "advance %llu\n", socket_now(socket, now));
		if (!socket_ask(socket, line) && socket_parse_state(socket, line))
			socket_fail(socket, "no answer to an advance", NULL);
	}
	*next = socket->next;
	return socket->irq;
}

const struct axi_engine_ops axi_engine_socket_ops = {
	.read	= socket_read,
	.write	= socket_write,
	.line	= socket_line,
};

static int socket_parse_rates(char *rest, u32 *axi_hz, u32 *spi_hz)
{
	u64 axi, spi;

	if (parse_u64(&rest, &axi) || parse_u64(&rest, &spi) ||
	    axi > U32_MAX || spi > U32_MAX || !axi || !spi)
		return -EINVAL;
	*axi_hz = axi;
	*spi_hz = spi;
	return 0;
}

/* Who can be built to order says so. Others are as they are. */
static int socket_greet(struct axi_engine_socket *socket, const char *build,
			u32 *axi_hz, u32 *spi_hz)
{
	char line[LINE_SIZE];
	char *rest = line;
	bool builds;
	u64 protocol;
	int ret;

	snprintf(line, sizeof(line), "hello %d\n", PROTOCOL);
	ret = socket_ask(socket, line);
	if (ret)
		return ret;

	builds = strstr(line, " build");
	if (parse_u64(&rest, &protocol) || protocol != PROTOCOL || !rest ||
	    socket_parse_rates(rest, axi_hz, spi_hz))
		return socket_fail(socket, "is no engine", NULL);
	if (!builds)
		return 0;

	snprintf(line, sizeof(line), "build %s\n", build);
	ret = socket_ask(socket, line);
	if (ret)
		return ret;
	if (socket_parse_rates(line, axi_hz, spi_hz))
		return socket_fail(socket, "no answer to a build", NULL);
	return 0;
}

/*
 * axi_engine_socket_connect - connect with the process that is the engine
 * @build: how that is to be built, if it can be
 * @axi_hz: gets the rate of its bus clock
 * @spi_hz: gets the rate of its SPI side's clock
 *
 * Returns an ERR_PTR() on failure: %-ENODEV if no socket was given, %-EIO if
 * that does not answer as it should, which was reported, or %-ENOMEM.
 */
struct axi_engine_socket *axi_engine_socket_connect(const char *build, u32 *axi_hz, u32 *spi_hz)
{
	struct axi_engine_socket *socket;

	if (!path)
		return ERR_PTR(-ENODEV);
	socket = kzalloc_obj(*socket);
	if (!socket)
		return ERR_PTR(-ENOMEM);

	socket->next = U64_MAX;
	socket->fd = os_connect_socket(path);
	if (socket->fd < 0) {
		socket_fail(socket, "can't connect", NULL);
		kfree(socket);
		return ERR_PTR(-EIO);
	}
	if (os_set_fd_block(socket->fd, 0) < 0 ||
	    socket_greet(socket, build, axi_hz, spi_hz)) {
		axi_engine_socket_close(socket);
		return ERR_PTR(-EIO);
	}
	return socket;
}

/* axi_engine_socket_close - end a connection */
void axi_engine_socket_close(struct axi_engine_socket *socket)
{
	char line[LINE_SIZE] = "quit\n";

	if (!socket->broken)
		socket_ask(socket, line);
	os_close_file(socket->fd);
	kfree(socket);
}
