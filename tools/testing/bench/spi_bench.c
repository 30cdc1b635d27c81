// SPDX-License-Identifier: GPL-2.0
/*
 * Measures SPI messages.
 *
 * Bound to a device (by driver_override), it offers in debugfs, below
 * spi_bench/<device>/, what to measure:
 *
 *   shape     bytes of each transfer of the message: "4" or "1,3,4"
 *   speed_hz  of each transfer
 *   prepared  Y: the message is optimized once, before it is measured
 *   async     Y: spi_async() and a wait for its completion; N: spi_sync()
 *   children  how many devices of the bus the messages go to in turn: this one
 *             and those with the chip selects that follow
 *   warmup    messages sent before the measurement
 *   messages  messages measured
 *   run       read it to measure and get the result
 *
 * A message starts with the command "read identification", so a flash answers
 * with bytes that the reader can check: they are part of the result.
 */

#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define MAX_TRANSFERS	64
#define MAX_CHILDREN	16
#define READ_ID		0x9f

struct spi_bench {
	struct spi_device *spi;
	struct list_head entry;	/* in spi_benches */
	struct dentry *dir;
	struct mutex lock;	/* one measurement at a time */
	u32 speed_hz;
	u32 warmup;
	u32 messages;
	u32 children;
	bool prepared;
	bool async;
	/* As get_options() leaves it: the number of transfers, then each one's bytes. */
	int shape[1 + MAX_TRANSFERS];
};

/* A message to one device, with its transfers and buffers. */
struct bench_message {
	struct spi_device *spi;
	struct spi_message message;
	struct spi_transfer transfers[MAX_TRANSFERS];
	u8 *tx;
	u8 *rx;
	size_t bytes;
};

/* The messages of a measurement, which are sent in turn. */
struct bench_round {
	unsigned int count;
	bool async;
	bool prepared;
	struct bench_message *messages[MAX_CHILDREN];
};

static struct dentry *spi_bench_root;

/* All devices; taken by whoever measures, so none of them goes away. */
static LIST_HEAD(spi_benches);
static DEFINE_MUTEX(spi_benches_lock);

static void bench_message_free(struct bench_message *bench)
{
	if (!bench)
		return;
	kfree(bench->tx);
	kfree(bench->rx);
	kfree(bench);
}

DEFINE_FREE(bench_message, struct bench_message *, bench_message_free(_T))

static struct bench_message *
bench_message_alloc(struct spi_bench *priv, struct spi_device *spi)
{
	struct bench_message *bench __free(bench_message) = kzalloc_obj(*bench);
	size_t offset = 0;
	int i, count = priv->shape[0];

	if (!bench)
		return NULL;
	for (i = 0; i < count; i++)
		bench->bytes += priv->shape[i + 1];

	bench->tx = kzalloc(bench->bytes, GFP_KERNEL);
	bench->rx = kzalloc(bench->bytes, GFP_KERNEL);
	if (!bench->tx || !bench->rx)
		return NULL;
	bench->tx[0] = READ_ID;
	bench->spi = spi;

	for (i = 0; i < count; i++) {
		struct spi_transfer *transfer = &bench->transfers[i];

		transfer->tx_buf = bench->tx + offset;
		transfer->rx_buf = bench->rx + offset;
		transfer->len = priv->shape[i + 1];
		transfer->speed_hz = priv->speed_hz;
		offset += transfer->len;
	}
	spi_message_init_with_transfers(&bench->message, bench->transfers, count);
	return_ptr(bench);
}

static void wake(void *done)
{
	complete(done);
}

static int send_async(struct spi_device *spi, struct spi_message *message)
{
	DECLARE_COMPLETION_ONSTACK(done);
	int ret;

	message->complete = wake;
	message->context = &done;
	ret = spi_async(spi, message);
	if (ret)
		return ret;
	wait_for_completion(&done);
	return message->status;
}

static int send(struct bench_round *round, u32 times)
{
	unsigned int next = 0;
	int ret = 0;

	while (times-- && !ret) {
		struct bench_message *bench = round->messages[next];

		ret = round->async ? send_async(bench->spi, &bench->message) :
				     spi_sync(bench->spi, &bench->message);
		if (++next == round->count)
			next = 0;
	}
	return ret;
}

static void round_end(struct bench_round *round)
{
	while (round->count) {
		struct bench_message *bench = round->messages[--round->count];

		if (round->prepared)
			spi_unoptimize_message(&bench->message);
		bench_message_free(bench);
	}
}

static int round_add(struct bench_round *round, struct spi_bench *priv, struct spi_device *spi)
{
	struct bench_message *bench = bench_message_alloc(priv, spi);
	int ret;

	if (!bench)
		return -ENOMEM;
	if (round->prepared) {
		ret = spi_optimize_message(spi, &bench->message);
		if (ret) {
			bench_message_free(bench);
			return ret;
		}
	}
	round->messages[round->count++] = bench;
	return 0;
}

static struct spi_device *sibling(struct spi_bench *priv, unsigned int distance)
{
	struct spi_bench *other;

	list_for_each_entry(other, &spi_benches, entry) {
		if (other->spi->controller == priv->spi->controller &&
		    spi_get_chipselect(other->spi, 0) ==
		    spi_get_chipselect(priv->spi, 0) + distance)
			return other->spi;
	}
	return NULL;
}

static int round_begin(struct bench_round *round, struct spi_bench *priv)
{
	int ret;

	round->async = priv->async;
	round->prepared = priv->prepared;
	while (round->count < clamp(priv->children, 1, MAX_CHILDREN)) {
		struct spi_device *spi = sibling(priv, round->count);

		ret = spi ? round_add(round, priv, spi) : -ENODEV;
		if (ret) {
			round_end(round);
			return ret;
		}
	}
	return 0;
}

static int measure(struct spi_bench *priv, struct bench_round *round, struct seq_file *s)
{
	struct bench_message *first = round->messages[0];
	unsigned long switches;
	u64 ns;
	int ret;

	ret = send(round, priv->warmup);
	if (ret)
		return ret;

	switches = current->nvcsw + current->nivcsw;
	ns = ktime_get_ns();
	ret = send(round, priv->messages);
	ns = ktime_get_ns() - ns;
	switches = current->nvcsw + current->nivcsw - switches;

	seq_printf(s, "messages=%u sent=%u ns=%llu own_switches=%lu rx=%*phN\n", priv->messages,
		   priv->warmup + priv->messages, ns, switches,
		   (int)min_t(size_t, first->bytes, 8), first->rx);
	return ret;
}

static int run_show(struct seq_file *s, void *unused)
{
	struct spi_bench *priv = s->private;
	struct bench_round round = {};
	int ret;

	guard(mutex)(&priv->lock);
	guard(mutex)(&spi_benches_lock);

	ret = round_begin(&round, priv);
	if (ret)
		return ret;
	ret = measure(priv, &round, s);
	round_end(&round);
	return ret;
}
DEFINE_SHOW_ATTRIBUTE(run);

static ssize_t shape_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	struct spi_bench *priv = file->private_data;
	int shape[1 + MAX_TRANSFERS], i;

	char *text __free(kfree) = memdup_user_nul(from, size);
	if (IS_ERR(text))
		return PTR_ERR(no_free_ptr(text));
	if (*strim(get_options(text, ARRAY_SIZE(shape), shape)) || !shape[0])
		return -EINVAL;
	for (i = 0; i < shape[0]; i++) {
		if (shape[i + 1] <= 0)
			return -EINVAL;
	}

	guard(mutex)(&priv->lock);
	memcpy(priv->shape, shape, sizeof(shape));
	return size;
}

static const struct file_operations shape_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = shape_write,
};

static int spi_bench_probe(struct spi_device *spi)
{
	struct spi_bench *priv = devm_kzalloc(&spi->dev, sizeof(*priv), GFP_KERNEL);

	if (!priv)
		return -ENOMEM;
	priv->spi = spi;
	priv->shape[0] = 1;
	priv->shape[1] = 4;
	priv->warmup = 100;
	priv->messages = 1000;
	priv->children = 1;
	mutex_init(&priv->lock);
	spi_set_drvdata(spi, priv);

	scoped_guard(mutex, &spi_benches_lock)
		list_add_tail(&priv->entry, &spi_benches);

	priv->dir = debugfs_create_dir(dev_name(&spi->dev), spi_bench_root);
	debugfs_create_file("shape", 0200, priv->dir, priv, &shape_fops);
	debugfs_create_u32("speed_hz", 0600, priv->dir, &priv->speed_hz);
	debugfs_create_u32("warmup", 0600, priv->dir, &priv->warmup);
	debugfs_create_u32("messages", 0600, priv->dir, &priv->messages);
	debugfs_create_u32("children", 0600, priv->dir, &priv->children);
	debugfs_create_bool("prepared", 0600, priv->dir, &priv->prepared);
	debugfs_create_bool("async", 0600, priv->dir, &priv->async);
	debugfs_create_file("run", 0400, priv->dir, priv, &run_fops);
	return 0;
}

static void spi_bench_remove(struct spi_device *spi)
{
	struct spi_bench *priv = spi_get_drvdata(spi);

	debugfs_remove(priv->dir);
	guard(mutex)(&spi_benches_lock);
	list_del(&priv->entry);
}

static struct spi_driver spi_bench_driver = {
	.driver = { .name = "spi_bench" },
	.probe = spi_bench_probe,
	.remove = spi_bench_remove,
};

static int __init spi_bench_init(void)
{
	int ret;

	spi_bench_root = debugfs_create_dir("spi_bench", NULL);
	ret = spi_register_driver(&spi_bench_driver);
	if (ret)
		debugfs_remove(spi_bench_root);
	return ret;
}
module_init(spi_bench_init);

static void __exit spi_bench_exit(void)
{
	spi_unregister_driver(&spi_bench_driver);
	debugfs_remove(spi_bench_root);
}
module_exit(spi_bench_exit);

MODULE_DESCRIPTION("SPI message benchmark");
MODULE_LICENSE("GPL");
