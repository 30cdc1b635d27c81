// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that nobody waits for: such that are sent while the test goes on,
 * and such that are freed when they have ended.
 */

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/poison.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "axi_spi_engine_platform.h"

/*
 * struct axi_engine_message - a message that is being sent
 * @done: completed when it has ended
 */
struct axi_engine_message {
	struct spi_message message;
	struct completion done;
	struct spi_transfer xfers[];
};

static void message_complete(void *context)
{
	struct axi_engine_message *message = context;

	complete(&message->done);
}

/*
 * axi_engine_message_begin - send a message, which the controller's thread does
 * @spi: a device of axi_engine_add_device()
 * @transfers: what to send; the buffers have to stay until axi_engine_message_end()
 * @count: how many these are
 *
 * Returns an ERR_PTR() on failure: %-ENOMEM, or what spi_async() returned.
 */
struct axi_engine_message *
axi_engine_message_begin(struct spi_device *spi, const struct axi_engine_transfer *transfers,
			 unsigned int count)
{
	struct axi_engine_message *message = kzalloc_flex(*message, xfers, count);
	unsigned int i;
	int ret;

	if (!message)
		return ERR_PTR(-ENOMEM);

	for (i = 0; i < count; i++)
		axi_engine_fill_transfer(&message->xfers[i], &transfers[i]);
	spi_message_init_with_transfers(&message->message, message->xfers, count);
	init_completion(&message->done);
	message->message.complete = message_complete;
	message->message.context = message;

	ret = spi_async(spi, &message->message);
	if (ret) {
		kfree(message);
		return ERR_PTR(ret);
	}
	return message;
}

/*
 * axi_engine_message_end - wait for a message
 * @message: what axi_engine_message_begin() returned; it is freed
 * @actual: gets the number of bytes that the driver says it sent
 *
 * May sleep. Returns the status of the message.
 */
int axi_engine_message_end(struct axi_engine_message *message, u32 *actual)
{
	int status;

	wait_for_completion(&message->done);
	status = message->message.status;
	*actual = message->message.actual_length;
	kfree(message);
	return status;
}

/* What is left of a message that was freed. */
struct axi_engine_result {
	struct completion done;
	int status;
};

/* A message, to a loopback, that belongs to nobody but its callback. */
struct axi_engine_orphan {
	struct spi_message message;
	struct spi_transfer xfer;
	struct axi_engine_result *result;
	u8 tx[3];
	u8 rx[3];
};

static void orphan_complete(void *context)
{
	struct axi_engine_orphan *orphan = context;
	struct axi_engine_result *result = orphan->result;

	result->status = orphan->message.status;
	if (!result->status && memcmp(orphan->tx, orphan->rx, sizeof(orphan->tx)))
		result->status = -EBADMSG;

	/* Who reads it all the same does not find what was there. */
	memset(orphan, POISON_FREE, sizeof(*orphan));
	kfree(orphan);
	complete(&result->done);
}

/*
 * axi_engine_send_orphan - send a message that is freed by its callback
 * @spi: a device of axi_engine_add_device() with a loopback
 *
 * May sleep. Returns its status, %-EBADMSG if something else came back than
 * was sent, %-ENOMEM, or what spi_async() returned.
 */
int axi_engine_send_orphan(struct spi_device *spi)
{
	struct axi_engine_result result;
	struct axi_engine_orphan *orphan = kzalloc_obj(*orphan);
	int ret;

	if (!orphan)
		return -ENOMEM;

	init_completion(&result.done);
	orphan->result = &result;
	memcpy(orphan->tx, "\x0a\x0b\x0c", sizeof(orphan->tx));
	orphan->xfer.tx_buf = orphan->tx;
	orphan->xfer.rx_buf = orphan->rx;
	orphan->xfer.len = sizeof(orphan->tx);
	spi_message_init_with_transfers(&orphan->message, &orphan->xfer, 1);
	orphan->message.complete = orphan_complete;
	orphan->message.context = orphan;

	ret = spi_async(spi, &orphan->message);
	if (ret) {
		kfree(orphan);
		return ret;
	}
	wait_for_completion(&result.done);
	return result.status;
}
