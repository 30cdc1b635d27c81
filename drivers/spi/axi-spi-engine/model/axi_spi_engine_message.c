// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that are sent while the test goes on.
 */

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>

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
