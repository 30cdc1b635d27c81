// SPDX-License-Identifier: GPL-2.0
/*
 * Sends messages as the drivers do that crashed behind spi-mux on i.MX8MP boards
 * in 2024: prepared once, sent often, also from their own completion and many at
 * once; or prepared by devres and released when the device is unbound.
 *
 * Bound to a flash (by driver_override) it reads the identification, does in probe
 * what how= says, and fails if a message fails, if the flash answers with another
 * identification, or if a message comes back changed: with another device, or with
 * something left behind when it is released.
 *
 *   sync        prepared, spi_sync()
 *   async       prepared, spi_async(), sent again by its completion, many at once
 *   unprepared  as async, but not prepared
 *   unused      prepared and released without being sent
 *   devm        prepared by devres, not sent; released by unbinding
 *   devm-sent   the same, but sent
 */

#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#define READ_ID		0x9f
#define ID_SIZE		3
/* More than there are in flight in a CAN or Ethernet driver. */
#define MESSAGES	32
#define TIMES		50

static char *how = "sync";
module_param(how, charp, 0600);
MODULE_PARM_DESC(how, "sync, async, unprepared, unused, devm or devm-sent");

struct prepared {
	struct spi_message message;
	struct spi_transfer transfer;
	struct spi_device *spi;
	const u8 *id;	/* what the flash has to answer */
	struct completion done;
	bool optimized;
	int left;	/* to be sent so often still */
	int result;
	u8 tx[1 + ID_SIZE] __aligned(ARCH_DMA_MINALIGN);
	u8 rx[1 + ID_SIZE] __aligned(ARCH_DMA_MINALIGN);
};

static void prepared_init(struct prepared *p, struct spi_device *spi, const u8 *id)
{
	p->spi = spi;
	p->id = id;
	p->tx[0] = READ_ID;
	p->transfer.tx_buf = p->tx;
	p->transfer.rx_buf = p->rx;
	p->transfer.len = sizeof(p->tx);
	spi_message_init_with_transfers(&p->message, &p->transfer, 1);
	init_completion(&p->done);
}

static int prepared_optimize(struct prepared *p)
{
	int ret = spi_optimize_message(p->spi, &p->message);

	p->optimized = !ret;
	return ret;
}

/* What is wrong with a message that came back. */
static int prepared_check(struct prepared *p)
{
	if (p->message.status)
		return p->message.status;
	if (p->message.spi != p->spi || p->message.actual_length != sizeof(p->tx))
		return -EBADMSG;
	if (memcmp(p->rx + 1, p->id, ID_SIZE))
		return -EIO;
	memset(p->rx, 0, sizeof(p->rx));
	return 0;
}

/* Releases a message; nothing of a controller may stay in it. */
static int prepared_unoptimize(struct prepared *p)
{
	if (p->optimized)
		spi_unoptimize_message(&p->message);
	p->optimized = false;
	if (p->message.pre_optimized || p->message.optimized || p->message.opt_state ||
	    !list_empty(&p->message.resources))
		return -EUCLEAN;
	return 0;
}

static int prepared_sync(struct prepared *p)
{
	int ret, i;

	for (i = 0; i < TIMES; i++) {
		ret = spi_sync(p->spi, &p->message);
		if (!ret)
			ret = prepared_check(p);
		if (ret)
			return ret;
	}
	return 0;
}

/* The completion of a message sends it again. */
static void prepared_again(void *context)
{
	struct prepared *p = context;
	int ret = prepared_check(p);

	if (!ret && --p->left)
		ret = spi_async(p->spi, &p->message);
	if (!ret && p->left)
		return;

	p->result = ret;
	complete(&p->done);
}

static int prepared_start(struct prepared *p)
{
	int ret;

	p->left = TIMES;
	p->message.complete = prepared_again;
	p->message.context = p;
	ret = spi_async(p->spi, &p->message);
	if (ret) {
		p->result = ret;
		complete(&p->done);
	}
	return ret;
}

static int prepared_wait(struct prepared *p)
{
	wait_for_completion(&p->done);
	return p->result;
}

static int run_sync(struct prepared *p)
{
	int ret, released;

	ret = prepared_optimize(p);
	if (ret)
		return ret;
	ret = prepared_sync(p);
	released = prepared_unoptimize(p);
	/* Once more, as it would be sent without all this. */
	return ret ?: released ?: prepared_sync(p);
}

static int run_many(struct spi_device *spi, const u8 *id, bool optimize)
{
	struct prepared *all __free(kfree) = kzalloc_objs(*all, MESSAGES);
	int ret = 0, err, i;

	if (!all)
		return -ENOMEM;

	for (i = 0; i < MESSAGES; i++)
		prepared_init(&all[i], spi, id);
	for (i = 0; i < MESSAGES && optimize && !ret; i++)
		ret = prepared_optimize(&all[i]);
	for (i = 0; i < MESSAGES && !ret; i++)
		prepared_start(&all[i]);
	for (i = 0; i < MESSAGES && !ret; i++) {
		/* Each one that was started has to come back before its memory goes. */
		err = prepared_wait(&all[i]);
		all[i].result = err;
	}
	for (i = 0; i < MESSAGES; i++) {
		err = prepared_unoptimize(&all[i]);
		ret = ret ?: all[i].result ?: err;
	}
	return ret;
}

static int run_unused(struct prepared *p)
{
	int ret = prepared_optimize(p);

	return ret ?: prepared_unoptimize(p);
}

static int run_devm(struct prepared *p, bool send)
{
	int ret = devm_spi_optimize_message(&p->spi->dev, p->spi, &p->message);

	if (ret || !send)
		return ret;
	return prepared_sync(p);
}

/* An open line gives all ones or all zeros. */
static int read_id(struct spi_device *spi, u8 *id)
{
	const u8 command = READ_ID;
	int ret = spi_write_then_read(spi, &command, 1, id, ID_SIZE);

	if (!ret && (!memchr_inv(id, 0xff, ID_SIZE) || !memchr_inv(id, 0, ID_SIZE)))
		ret = -ENODEV;
	return ret;
}

static int spi_prepared_probe(struct spi_device *spi)
{
	struct prepared *p = devm_kzalloc(&spi->dev, sizeof(*p), GFP_KERNEL);
	u8 id[ID_SIZE];
	int ret;

	if (!p)
		return -ENOMEM;
	ret = read_id(spi, id);
	if (ret)
		return ret;
	prepared_init(p, spi, id);

	if (sysfs_streq(how, "sync"))
		return run_sync(p);
	if (sysfs_streq(how, "async"))
		return run_many(spi, id, true);
	if (sysfs_streq(how, "unprepared"))
		return run_many(spi, id, false);
	if (sysfs_streq(how, "unused"))
		return run_unused(p);
	if (sysfs_streq(how, "devm"))
		return run_devm(p, false);
	if (sysfs_streq(how, "devm-sent"))
		return run_devm(p, true);
	return -EINVAL;
}

static struct spi_driver spi_prepared_driver = {
	.driver = { .name = "spi_prepared" },
	.probe = spi_prepared_probe,
};
module_spi_driver(spi_prepared_driver);

MODULE_DESCRIPTION("Prepared SPI messages as drivers send them");
MODULE_LICENSE("GPL");
