// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of a driver of "spi-mux" devices, in C or in Rust, between simulated
 * controllers, mux chips and devices.
 *
 * The devicetree (dts/mux-test.dtso) describes them; whichever driver of the
 * multiplexer is loaded binds to the nodes in between.  Writing the name of a
 * case to /sys/kernel/debug/spi_mux_test/run runs it.  The write fails with
 *
 *   EBADE	if the driver does it wrong,
 *   ETIME	if a message is never finished,
 *   ENODEV	if a device of the case is not there.
 *
 * A message that is never finished may be finished later, and is never freed.
 */

#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mux/driver.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/preempt.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/sched/rt.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spi/offload/types.h>
#include <linux/spi/spi.h>
#include <linux/spi/spi-mem.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define STATES		4
#define MAX_TRANSFER	64
#define MAX_MESSAGE	256
#define MIN_SPEED	1000
#define MAX_SPEED	20000000
#define ALIGNMENT	64
#define LANES		2

/* The words of which the precise host says when they were transferred. */
#define WORD_PRE	1
#define WORD_POST	2

/* How a host sends, from the compatible of its node. */
enum kind {
	HOST_PLAIN,	/* the SPI core's loop over the transfers */
	HOST_DUMMY,	/* likewise, and always needs data to send */
	HOST_PRECISE,	/* likewise, and takes time stamps itself */
	HOST_IRQ,	/* whole messages, finished in an interrupt */
	HOST_MEMORY,	/* memory operations only */
	HOST_TARGET,	/* not a host at all */
	HOSTS
};

/* The test-id of a device's node. */
enum child {
	CHILD_0, CHILD_1,		/* behind a mux of the plain host */
	INNER_0, INNER_1,		/* behind a mux behind that one */
	SIBLING,			/* of the mux, on the plain host */
	CHILD_DUMMY,
	CHILD_PRECISE,
	CHILD_IRQ,
	CHILD_MEMORY,
	CHILD_TARGET,
	DEEP_0, DEEP_1,			/* behind a mux behind the inner one */
	CHILD_LANES,			/* as CHILD_0; the C driver offers one lane */
	CHILDREN
};

static struct spi_device *children[CHILDREN];
static bool hosts[HOSTS];
static struct mux_control *the_mux;

/* What the hosts and the mux chip saw. */
static struct {
	u32 mode;
	u32 speed_hz;
	u8 bits_per_word;
	struct spi_delay word_delay;
	struct spi_delay cs_setup;
	struct spi_delay cs_hold;
	struct spi_delay cs_inactive;
	u8 tx_lane_map[LANES];
	u8 num_tx_lanes;
	u8 rx_lane_map[LANES];
	u8 num_rx_lanes;
	bool cs_active;
	bool moved_under_cs;
	bool moved_in_atomic;
	int state;
	/* a memory operation, the lines of its data, and the mux meanwhile */
	const struct spi_mem_op *op;
	u8 lines;
	int state_of_op;
} seen;

static int fail_transfer;

/* The mux chip */

static int test_mux_set(struct mux_control *mux, int state)
{
	/* The inner chip tells nothing. */
	if (mux != the_mux)
		return 0;
	seen.moved_under_cs |= seen.cs_active;
	seen.moved_in_atomic |= in_hardirq() || irqs_disabled();
	seen.state = state;
	return 0;
}

static const struct mux_control_ops test_mux_ops = {
	.set = test_mux_set,
};

static int test_mux_probe(struct platform_device *pdev)
{
	struct mux_chip *chip = devm_mux_chip_alloc(&pdev->dev, 1, 0);

	if (IS_ERR(chip))
		return PTR_ERR(chip);
	chip->ops = &test_mux_ops;
	chip->mux->states = STATES;
	chip->mux->idle_state = STATES - 1;
	if (!device_property_read_bool(&pdev->dev, "inner"))
		the_mux = chip->mux;
	return devm_mux_chip_register(&pdev->dev, chip);
}

static const struct of_device_id test_mux_of_match[] = {
	{ .compatible = "test,mux-chip" },
	{ }
};
MODULE_DEVICE_TABLE(of, test_mux_of_match);

static struct platform_driver test_mux_driver = {
	.driver = {
		.name = "spi_mux_test_chip",
		.of_match_table = test_mux_of_match,
	},
	.probe = test_mux_probe,
};

/* The hosts */

struct test_host {
	struct hrtimer timer;
	struct spi_controller *ctlr;
};

static void see(struct spi_device *spi, struct spi_transfer *xfer)
{
	seen.mode = spi->mode & SPI_MODE_X_MASK;
	seen.speed_hz = xfer->speed_hz;
	seen.bits_per_word = xfer->bits_per_word;
	seen.word_delay = xfer->word_delay;
	seen.cs_setup = spi->cs_setup;
	seen.cs_hold = spi->cs_hold;
	seen.cs_inactive = spi->cs_inactive;
	memcpy(seen.tx_lane_map, spi->tx_lane_map, LANES);
	seen.num_tx_lanes = spi->num_tx_lanes;
	memcpy(seen.rx_lane_map, spi->rx_lane_map, LANES);
	seen.num_rx_lanes = spi->num_rx_lanes;
}

static int test_host_transfer_one(struct spi_controller *ctlr, struct spi_device *spi,
				  struct spi_transfer *xfer)
{
	see(spi, xfer);
	if (fail_transfer)
		return fail_transfer;
	if (xfer->tx_buf && xfer->rx_buf)
		memcpy(xfer->rx_buf, xfer->tx_buf, xfer->len);
	if (ctlr->ptp_sts_supported && xfer->ptp_sts) {
		xfer->ptp_sts_word_pre = WORD_PRE;
		xfer->ptp_sts_word_post = WORD_POST;
		xfer->timestamped = true;
	}
	return 0;
}

static void test_host_set_cs(struct spi_device *spi, bool level)
{
	/* The mux has the only one that matters. */
	if (spi_get_chipselect(spi, 0) == 0)
		seen.cs_active = level == !!(spi->mode & SPI_CS_HIGH);
}

static size_t test_host_max_transfer_size(struct spi_device *spi)
{
	return MAX_TRANSFER;
}

static size_t test_host_max_message_size(struct spi_device *spi)
{
	return MAX_MESSAGE;
}

static int test_host_setup(struct spi_device *spi)
{
	return 0;
}

static enum hrtimer_restart test_host_finish(struct hrtimer *timer)
{
	struct test_host *host = container_of(timer, struct test_host, timer);

	host->ctlr->cur_msg->status = 0;
	spi_finalize_current_message(host->ctlr);
	return HRTIMER_NORESTART;
}

static int test_host_transfer_one_message(struct spi_controller *ctlr, struct spi_message *msg)
{
	struct test_host *host = spi_controller_get_devdata(ctlr);
	struct spi_transfer *xfer;

	list_for_each_entry(xfer, &msg->transfers, transfer_list) {
		see(msg->spi, xfer);
		msg->actual_length += xfer->len;
	}
	hrtimer_start(&host->timer, ns_to_ktime(10000), HRTIMER_MODE_REL_HARD);
	return 0;
}

static int test_host_exec_op(struct spi_mem *mem, const struct spi_mem_op *op)
{
	seen.op = op;
	seen.lines = op->data.buswidth;
	seen.state_of_op = seen.state;
	return 0;
}

static const struct spi_controller_mem_ops test_host_mem_ops = {
	.exec_op = test_host_exec_op,
};

static void test_host_set_ops(struct test_host *host, enum kind kind)
{
	struct spi_controller *ctlr = host->ctlr;

	ctlr->max_transfer_size = test_host_max_transfer_size;
	ctlr->max_message_size = test_host_max_message_size;
	if (kind == HOST_MEMORY || kind == HOST_PLAIN)
		ctlr->mem_ops = &test_host_mem_ops;
	switch (kind) {
	case HOST_MEMORY:
		return;
	case HOST_IRQ:
		hrtimer_setup(&host->timer, test_host_finish, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_HARD);
		ctlr->transfer_one_message = test_host_transfer_one_message;
		return;
	default:
		ctlr->transfer_one = test_host_transfer_one;
		ctlr->set_cs = test_host_set_cs;
	}
	if (kind == HOST_DUMMY)
		ctlr->flags = SPI_CONTROLLER_MUST_TX;
	ctlr->ptp_sts_supported = kind == HOST_PRECISE;
}

static int test_host_probe(struct platform_device *pdev)
{
	enum kind kind = (enum kind)(uintptr_t)device_get_match_data(&pdev->dev);
	struct spi_controller *ctlr;
	struct test_host *host;

	if (kind == HOST_TARGET)
		ctlr = devm_spi_alloc_target(&pdev->dev, sizeof(*host));
	else
		ctlr = devm_spi_alloc_host(&pdev->dev, sizeof(*host));
	if (!ctlr)
		return -ENOMEM;
	host = spi_controller_get_devdata(ctlr);
	host->ctlr = ctlr;
	ctlr->bus_num = -1;
	ctlr->num_chipselect = 2;
	ctlr->mode_bits = SPI_MODE_X_MASK | SPI_CS_HIGH | SPI_RX_QUAD;
	ctlr->bits_per_word_mask = SPI_BPW_RANGE_MASK(4, 16);
	ctlr->min_speed_hz = MIN_SPEED;
	ctlr->max_speed_hz = MAX_SPEED;
	ctlr->dma_alignment = ALIGNMENT;
	ctlr->num_data_lanes = LANES;
	ctlr->setup = test_host_setup;
	test_host_set_ops(host, kind);
	hosts[kind] = true;
	return devm_spi_register_controller(&pdev->dev, ctlr);
}

static const struct of_device_id test_host_of_match[] = {
	{ .compatible = "test,spi-plain", .data = (void *)HOST_PLAIN },
	{ .compatible = "test,spi-dummy", .data = (void *)HOST_DUMMY },
	{ .compatible = "test,spi-precise", .data = (void *)HOST_PRECISE },
	{ .compatible = "test,spi-irq", .data = (void *)HOST_IRQ },
	{ .compatible = "test,spi-memory", .data = (void *)HOST_MEMORY },
	{ .compatible = "test,spi-target", .data = (void *)HOST_TARGET },
	{ }
};
MODULE_DEVICE_TABLE(of, test_host_of_match);

static struct platform_driver test_host_driver = {
	.driver = {
		.name = "spi_mux_test_host",
		.of_match_table = test_host_of_match,
	},
	.probe = test_host_probe,
};

/* The devices */

static int test_child_probe(struct spi_device *spi)
{
	u32 id;

	if (device_property_read_u32(&spi->dev, "test-id", &id) || id >= CHILDREN)
		return -EINVAL;
	spi_set_drvdata(spi, &children[id]);
	children[id] = spi;
	return 0;
}

static void test_child_remove(struct spi_device *spi)
{
	struct spi_device **child = spi_get_drvdata(spi);

	*child = NULL;
}

static const struct spi_device_id test_child_id[] = {
	{ "spi-mux-child" },
	{ }
};
MODULE_DEVICE_TABLE(spi, test_child_id);

static const struct of_device_id test_child_of_match[] = {
	{ .compatible = "test,spi-mux-child" },
	{ }
};
MODULE_DEVICE_TABLE(of, test_child_of_match);

static struct spi_driver test_child_driver = {
	.driver = {
		.name = "spi_mux_test_child",
		.of_match_table = test_child_of_match,
	},
	.id_table = test_child_id,
	.probe = test_child_probe,
	.remove = test_child_remove,
};

/* Messages */

#define BYTES	4

struct test_message {
	struct spi_message message;
	struct spi_transfer xfer;
	struct ptp_system_timestamp sts;
	struct completion done;
	bool selected_at_end;
	u8 tx[BYTES];
	u8 rx[BYTES];
};

static void test_message_done(void *context)
{
	struct test_message *test = context;

	test->selected_at_end = seen.state != STATES - 1;
	complete(&test->done);
}

static struct test_message *test_message_alloc(void)
{
	struct test_message *test = kzalloc_obj(*test);

	if (!test)
		return NULL;
	memcpy(test->tx, "\x9f\x12\x34\x56", BYTES);
	test->xfer.tx_buf = test->tx;
	test->xfer.rx_buf = test->rx;
	test->xfer.len = BYTES;
	init_completion(&test->done);
	spi_message_init_with_transfers(&test->message, &test->xfer, 1);
	test->message.complete = test_message_done;
	test->message.context = test;
	return test;
}

/* Waits a second, and frees nothing that may still be used. */
static int test_message_wait(struct test_message **test)
{
	if (!wait_for_completion_timeout(&(*test)->done, HZ)) {
		*test = NULL;
		return -ETIME;
	}
	return (*test)->message.status;
}

static int test_message_send(struct spi_device *spi, struct test_message **test)
{
	int ret;

	if (!spi)
		return -ENODEV;
	if (!*test)
		return -ENOMEM;
	reinit_completion(&(*test)->done);
	(*test)->message.complete = test_message_done;
	(*test)->message.context = *test;
	ret = spi_async(spi, &(*test)->message);
	return ret ?: test_message_wait(test);
}

/* One that nobody looks at. */
static int send(enum child id)
{
	struct test_message *test __free(kfree) = test_message_alloc();

	return test_message_send(children[id], &test);
}

static int wrong_if(bool wrong)
{
	return wrong ? -EBADE : 0;
}

/* The cases */

static int case_data(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	int ret = test_message_send(children[CHILD_0], &test);

	return ret ?: wrong_if(memcmp(test->tx, test->rx, BYTES) ||
			       test->message.actual_length != BYTES);
}

/* Whoever prepares a message has it back, with its transfers, in the end. */
static int case_prepared(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct spi_device *spi = children[CHILD_0];
	int i, ret;

	if (!spi || !test)
		return -ENODEV;
	ret = spi_optimize_message(spi, &test->message);
	if (ret)
		return ret;
	for (i = 0; i < 2 && !ret; i++) {
		test->tx[1] = i;
		ret = test_message_send(spi, &test);
		ret = ret ?: wrong_if(memcmp(test->tx, test->rx, BYTES));
	}
	if (!test)
		return ret;
	spi_unoptimize_message(&test->message);
	return ret ?: wrong_if(!list_is_singular(&test->message.transfers)) ?:
	       test_message_send(spi, &test);
}

/* A message that was not taken can be sent again as it is. */
static int case_refused_once(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct spi_device *spi = children[CHILD_0];
	int ret;

	if (!spi || !test)
		return -ENODEV;
	spi_bus_lock(spi->controller);
	ret = spi_async(spi, &test->message);
	spi_bus_unlock(spi->controller);
	if (!ret)
		return test_message_wait(&test) ?: -EBADE;
	return ret == -EBUSY ? test_message_send(spi, &test) : ret;
}

static int setup(struct spi_device *spi, u32 mode, u32 speed_hz, u8 bits_per_word)
{
	spi->mode = (spi->mode & ~SPI_MODE_X_MASK) | mode;
	spi->max_speed_hz = speed_hz;
	spi->bits_per_word = bits_per_word;
	return spi_setup(spi);
}

static int case_settings_after_use(void)
{
	struct spi_device *spi = children[CHILD_0];
	int ret;

	ret = send(CHILD_0);
	if (ret)
		return ret;
	ret = setup(spi, SPI_MODE_3, 300000, 16) ?: send(CHILD_0);
	if (ret)
		return ret;
	ret = wrong_if(seen.mode != SPI_MODE_3 || seen.speed_hz != 300000 ||
		       seen.bits_per_word != 16);
	return setup(spi, SPI_MODE_0, 1000000, 8) ?: ret;
}

static bool same(const struct spi_delay *one, const struct spi_delay *other)
{
	return one->value == other->value && one->unit == other->unit;
}

static int case_delays(void)
{
	struct spi_device *spi = children[CHILD_0];
	int ret;

	if (!spi)
		return -ENODEV;
	spi->word_delay = (struct spi_delay){ .value = 5, .unit = SPI_DELAY_UNIT_NSECS };
	spi->cs_setup = (struct spi_delay){ .value = 7, .unit = SPI_DELAY_UNIT_NSECS };
	spi->cs_hold = (struct spi_delay){ .value = 9, .unit = SPI_DELAY_UNIT_NSECS };
	spi->cs_inactive = (struct spi_delay){ .value = 11, .unit = SPI_DELAY_UNIT_NSECS };
	ret = spi_setup(spi) ?: send(CHILD_1) ?: send(CHILD_0);
	return ret ?: wrong_if(!same(&seen.word_delay, &spi->word_delay) ||
			       !same(&seen.cs_setup, &spi->cs_setup) ||
			       !same(&seen.cs_hold, &spi->cs_hold) ||
			       !same(&seen.cs_inactive, &spi->cs_inactive));
}

/* Two lanes crossed, and the other one alone: what the devicetree says. */
static int case_lanes(void)
{
	int ret;

	if (!children[CHILD_LANES])
		return -ENODEV;
	ret = send(CHILD_1) ?: send(CHILD_LANES);
	return ret ?: wrong_if(seen.num_rx_lanes != LANES || seen.num_tx_lanes != 1 ||
			       seen.rx_lane_map[0] != 1 || seen.rx_lane_map[1] != 0 ||
			       seen.tx_lane_map[0] != 1);
}

static struct spi_controller *root_of(enum child id)
{
	return to_spi_device(children[id]->controller->dev.parent)->controller;
}

/* The core raises the priority of a controller's thread once, and never lowers it. */
static void lower_priority(struct spi_controller *ctlr)
{
	ctlr->rt = false;
	sched_set_normal(ctlr->kworker->task, 0);
}

/* A child that needs realtime priority needs it of the thread that sends its messages. */
static int case_priority(void)
{
	struct spi_device *spi = children[CHILD_0];
	struct spi_controller *root;
	int ret;

	if (!spi)
		return -ENODEV;
	root = root_of(CHILD_0);
	lower_priority(root);
	spi->rt = true;
	ret = spi_setup(spi) ?: send(CHILD_1) ?: send(CHILD_0);
	ret = ret ?: wrong_if(!rt_task(root->kworker->task));
	spi->rt = false;
	lower_priority(root);
	lower_priority(spi->controller);
	return spi_setup(spi) ?: ret;
}

static int case_deselected_first(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	int ret = test_message_send(children[CHILD_0], &test);

	return ret ?: wrong_if(test->selected_at_end);
}

static int case_deselect_may_sleep(void)
{
	int ret;

	seen.moved_in_atomic = false;
	ret = send(CHILD_IRQ);
	msleep(20);
	return ret ?: wrong_if(seen.moved_in_atomic);
}

static int case_kept_chip_select(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	int ret;

	seen.moved_under_cs = false;
	if (test)
		test->xfer.cs_change = true;
	ret = test_message_send(children[CHILD_0], &test) ?: send(CHILD_1);
	return ret ?: wrong_if(seen.moved_under_cs);
}

static u64 count_at(struct spi_statistics __percpu *stats, size_t offset)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += u64_stats_read((void *)per_cpu_ptr(stats, cpu) + offset);
	return sum;
}

#define count(stats, field) count_at(stats, offsetof(struct spi_statistics, field))

/* What one of our messages adds: one each, and the bytes three times. */
#define COUNTED (3 + 3 * BYTES)

static u64 counted(struct spi_statistics __percpu *stats)
{
	return count(stats, messages) + count(stats, transfers) +
	       count(stats, transfer_bytes_histo[2]) + count(stats, bytes) +
	       count(stats, bytes_tx) + count(stats, bytes_rx);
}

static int case_dummy_buffers(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct spi_device *spi = children[CHILD_DUMMY];
	struct spi_controller *root;
	u64 before;
	int ret;

	if (!spi || !test)
		return -ENODEV;
	root = to_spi_device(spi->controller->dev.parent)->controller;
	before = count(root->pcpu_statistics, bytes_tx);
	test->xfer.tx_buf = NULL;
	ret = test_message_send(spi, &test);
	return ret ?: wrong_if(count(root->pcpu_statistics, bytes_tx) != before);
}

/*
 * What reads a flash on four lines, which a message does not reach on this host.  The core
 * writes to what it executes, so what the host gets has to be a copy.
 */
static int case_memory_operations(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct spi_device *spi = children[CHILD_0];
	struct spi_mem mem = { .spi = spi };
	struct spi_mem_op op;
	u64 before;
	int ret;

	if (!spi || !test)
		return -ENODEV;
	op = (struct spi_mem_op)SPI_MEM_OP(SPI_MEM_OP_CMD(0x6b, 1), SPI_MEM_OP_NO_ADDR,
					   SPI_MEM_OP_NO_DUMMY,
					   SPI_MEM_OP_DATA_IN(BYTES, test->rx, 4));
	spi->mode |= SPI_RX_QUAD;
	ret = spi_setup(spi);
	if (ret)
		return ret;
	seen.lines = 0;
	before = count(spi->pcpu_statistics, messages);
	ret = spi_mem_exec_op(&mem, &op);
	return ret ?: wrong_if(seen.op == &op || seen.lines != 4 ||
			       seen.state_of_op != 0 || seen.state != STATES - 1 ||
			       count(spi->pcpu_statistics, messages) != before + 1) ?:
	       send(CHILD_0);
}

static int case_limits(void)
{
	struct spi_device *spi = children[CHILD_0];
	struct spi_controller *ctlr;

	if (!spi)
		return -ENODEV;
	ctlr = spi->controller;
	return wrong_if(spi_max_transfer_size(spi) != MAX_TRANSFER ||
			spi_max_message_size(spi) != MAX_MESSAGE ||
			ctlr->min_speed_hz != MIN_SPEED || ctlr->max_speed_hz != MAX_SPEED ||
			ctlr->dma_alignment != ALIGNMENT || ctlr->num_data_lanes != LANES);
}

static int case_statistics(void)
{
	struct spi_device *spi = children[CHILD_0];
	u64 before;
	int ret;

	if (!spi)
		return -ENODEV;
	before = counted(spi->pcpu_statistics);
	ret = send(CHILD_0);
	return ret ?: wrong_if(counted(spi->pcpu_statistics) != before + COUNTED);
}

/* Once for each call, and as the kind of call that it was. */
static int case_calls_counted(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct spi_device *spi = children[CHILD_0];
	u64 sync, async;
	int ret;

	if (!spi || !test)
		return -ENODEV;
	sync = count(spi->pcpu_statistics, spi_sync);
	async = count(spi->pcpu_statistics, spi_async);
	test->message.complete = NULL;
	ret = spi_sync(spi, &test->message) ?: send(CHILD_0);
	return ret ?: wrong_if(count(spi->pcpu_statistics, spi_sync) != sync + 1 ||
			       count(spi->pcpu_statistics, spi_async) != async + 1);
}

static int case_errors_counted(void)
{
	struct spi_device *spi = children[CHILD_0];
	u64 before;
	int ret;

	if (!spi)
		return -ENODEV;
	before = count(spi->pcpu_statistics, errors);
	fail_transfer = -EREMOTEIO;
	ret = send(CHILD_0);
	fail_transfer = 0;
	if (ret != -EREMOTEIO)
		return ret ?: -EBADE;
	return send(CHILD_0) ?: wrong_if(count(spi->pcpu_statistics, errors) != before + 1);
}

static int case_time_stamps(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	int ret;

	if (!test)
		return -ENOMEM;
	test->xfer.ptp_sts = &test->sts;
	ret = test_message_send(children[CHILD_PRECISE], &test);
	return ret ?: wrong_if(test->xfer.ptp_sts_word_pre != WORD_PRE ||
			       test->xfer.ptp_sts_word_post != WORD_POST);
}

/* A sibling of the mux may wait for the end of a lock of the children's bus, or be refused. */
static int case_child_bus_locked(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct spi_device *spi = children[CHILD_0];
	int ret;

	if (!spi || !test)
		return -ENODEV;
	spi_bus_lock(spi->controller);
	test->xfer.cs_change = true;
	ret = spi_sync_locked(spi, &test->message);
	ret = ret ?: send(SIBLING);
	spi_bus_unlock(spi->controller);
	return ret == -EBUSY ? 0 : ret ?: -EBADE;
}

/* Devices of all depths, each with a speed of its own, and mode and word size. */
static int case_nested_settings(void)
{
	static const enum child leaves[] = { CHILD_1, INNER_0, INNER_1, DEEP_0, DEEP_1 };
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		struct spi_device *spi = children[leaves[i]];

		ret = spi ? setup(spi, i & SPI_MODE_X_MASK, spi->max_speed_hz, 8 + i) : -ENODEV;
		if (ret)
			return ret;
	}
	for (i = 0; i < 2 * ARRAY_SIZE(leaves); i++) {
		struct spi_device *spi = children[leaves[i % ARRAY_SIZE(leaves)]];

		ret = send(leaves[i % ARRAY_SIZE(leaves)]);
		if (ret)
			return ret;
		if (seen.speed_hz != spi->max_speed_hz ||
		    seen.bits_per_word != spi->bits_per_word ||
		    seen.mode != (spi->mode & SPI_MODE_X_MASK))
			return -EBADE;
	}
	return 0;
}

static int case_memory_host_refused(void)
{
	return hosts[HOST_MEMORY] ? wrong_if(children[CHILD_MEMORY]) : -ENODEV;
}

static int case_target_refused(void)
{
	return hosts[HOST_TARGET] ? wrong_if(children[CHILD_TARGET]) : -ENODEV;
}

/* The mux has no offload, so it is one of another controller. */
static int case_offload_refused(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct spi_device *spi = children[CHILD_0];
	static struct spi_offload offload;
	int ret;

	if (!spi || !test)
		return -ENODEV;
	offload.provider_dev = root_of(CHILD_0)->dev.parent;
	test->message.offload = &offload;
	seen.speed_hz = 0;
	ret = test_message_send(spi, &test);
	if (!test)
		return ret;
	test->message.offload = NULL;
	if (ret != -EINVAL || seen.speed_hz)
		return ret ?: -EBADE;
	return test_message_send(spi, &test);
}

static int case_parent_bus_locked(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct spi_controller *root;
	int ret;

	if (!children[CHILD_0] || !test)
		return -ENODEV;
	root = root_of(CHILD_0);
	spi_bus_lock(root);
	ret = spi_async(children[CHILD_0], &test->message);
	msleep(50);
	ret = ret ?: wrong_if(completion_done(&test->done));
	spi_bus_unlock(root);
	return test_message_wait(&test) ?: ret;
}

static int case_parent_suspended(void)
{
	struct spi_controller *root;
	int ret;

	if (!children[CHILD_0])
		return -ENODEV;
	root = root_of(CHILD_0);
	ret = spi_controller_suspend(root);
	if (ret)
		return ret;
	ret = send(CHILD_0);
	return spi_controller_resume(root) ?: ret == -ESHUTDOWN ? send(CHILD_0) : ret ?: -EBADE;
}

static int case_invalid_message(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	int ret;

	if (!test)
		return -ENOMEM;
	test->xfer.bits_per_word = 16;
	test->xfer.len = 1;
	ret = test_message_send(children[CHILD_0], &test);
	return ret == -EINVAL ? send(CHILD_0) : ret ?: -EBADE;
}

static int sync_killed(void *data)
{
	struct test_message *test = data;

	allow_signal(SIGKILL);
	complete(&test->done);
	test->message.status = spi_sync(children[CHILD_0], &test->message);
	while (!kthread_should_stop())
		usleep_range(1000, 2000);
	return test->message.status;
}

/* A message is not that of the task that sends it: killing that one must not end it. */
static int case_killed_sender(void)
{
	struct test_message *test __free(kfree) = test_message_alloc();
	struct task_struct *task;
	int ret;

	if (!children[CHILD_0] || !test)
		return -ENODEV;
	test->message.complete = NULL;
	down(&the_mux->lock);
	task = kthread_run(sync_killed, test, "spi_mux_test");
	if (IS_ERR(task)) {
		up(&the_mux->lock);
		return PTR_ERR(task);
	}
	wait_for_completion(&test->done);
	send_sig(SIGKILL, task, 1);
	msleep(50);
	ret = wrong_if(test->message.status != -EINPROGRESS);
	up(&the_mux->lock);
	msleep(50);
	return kthread_stop(task) ?: ret;
}

static const struct {
	const char *name;
	int (*run)(void);
} cases[] = {
	{ "data", case_data },
	{ "prepared", case_prepared },
	{ "refused_once", case_refused_once },
	{ "settings_after_use", case_settings_after_use },
	{ "delays", case_delays },
	{ "lanes", case_lanes },
	{ "priority", case_priority },
	{ "deselected_first", case_deselected_first },
	{ "deselect_may_sleep", case_deselect_may_sleep },
	{ "kept_chip_select", case_kept_chip_select },
	{ "dummy_buffers", case_dummy_buffers },
	{ "limits", case_limits },
	{ "memory_operations", case_memory_operations },
	{ "statistics", case_statistics },
	{ "calls_counted", case_calls_counted },
	{ "errors_counted", case_errors_counted },
	{ "time_stamps", case_time_stamps },
	{ "child_bus_locked", case_child_bus_locked },
	{ "nested_settings", case_nested_settings },
	{ "memory_host_refused", case_memory_host_refused },
	{ "target_refused", case_target_refused },
	{ "offload_refused", case_offload_refused },
	{ "parent_bus_locked", case_parent_bus_locked },
	{ "parent_suspended", case_parent_suspended },
	{ "invalid_message", case_invalid_message },
	{ "killed_sender", case_killed_sender },
};

static ssize_t run_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	int i, ret;

	char *name __free(kfree) = memdup_user_nul(from, size);
	if (IS_ERR(name))
		return PTR_ERR(no_free_ptr(name));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!strcmp(strim(name), cases[i].name)) {
			ret = cases[i].run();
			return ret ?: size;
		}
	}
	return -EINVAL;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static struct dentry *test_dir;

static int __init spi_mux_test_init(void)
{
	int ret;

	ret = platform_driver_register(&test_mux_driver);
	if (ret)
		return ret;
	ret = platform_driver_register(&test_host_driver);
	if (ret)
		goto no_hosts;
	ret = spi_register_driver(&test_child_driver);
	if (ret)
		goto no_children;
	test_dir = debugfs_create_dir("spi_mux_test", NULL);
	debugfs_create_file("run", 0200, test_dir, NULL, &run_fops);
	return 0;

no_children:
	platform_driver_unregister(&test_host_driver);
no_hosts:
	platform_driver_unregister(&test_mux_driver);
	return ret;
}
module_init(spi_mux_test_init);

static void __exit spi_mux_test_exit(void)
{
	debugfs_remove(test_dir);
	spi_unregister_driver(&test_child_driver);
	platform_driver_unregister(&test_host_driver);
	platform_driver_unregister(&test_mux_driver);
}
module_exit(spi_mux_test_exit);

MODULE_DESCRIPTION("Tests of SPI multiplexer drivers");
MODULE_LICENSE("GPL");
