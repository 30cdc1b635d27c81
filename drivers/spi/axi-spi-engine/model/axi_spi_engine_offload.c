// SPDX-License-Identifier: GPL-2.0
/*
 * What is around the offload of an AXI SPI Engine: a trigger that firmware has
 * connected to it, and a driver of a device that uses it, both in C. Only for
 * tests on User Mode Linux.
 */

#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spi/offload/consumer.h>
#include <linux/spi/offload/provider.h>
#include <linux/spi/spi.h>

#include "axi_spi_engine_platform.h"

/*
 * struct axi_engine_trigger - a trigger, which the test pulls
 * @pdev: what provides it
 * @on: a consumer has enabled it
 */
struct axi_engine_trigger {
	struct platform_device *pdev;
	bool on;
};

static bool trigger_match(struct spi_offload_trigger *trigger,
			  enum spi_offload_trigger_type type, u64 *args, u32 nargs)
{
	return type == SPI_OFFLOAD_TRIGGER_PERIODIC;
}

static int trigger_validate(struct spi_offload_trigger *trigger,
			    struct spi_offload_trigger_config *config)
{
	return 0;
}

static int trigger_enable(struct spi_offload_trigger *trigger,
			  struct spi_offload_trigger_config *config)
{
	struct axi_engine_trigger *priv = spi_offload_trigger_get_priv(trigger);

	WRITE_ONCE(priv->on, true);
	return 0;
}

static void trigger_disable(struct spi_offload_trigger *trigger)
{
	struct axi_engine_trigger *priv = spi_offload_trigger_get_priv(trigger);

	WRITE_ONCE(priv->on, false);
}

static const struct spi_offload_trigger_ops trigger_ops = {
	.match		= trigger_match,
	.validate	= trigger_validate,
	.enable		= trigger_enable,
	.disable	= trigger_disable,
};

static int trigger_probe(struct platform_device *pdev)
{
	struct axi_engine_trigger **trigger = dev_get_platdata(&pdev->dev);
	struct spi_offload_trigger_info info = {
		.ops = &trigger_ops,
		.fwnode = dev_fwnode(&pdev->dev),
		.priv = *trigger,
	};

	return devm_spi_offload_trigger_register(&pdev->dev, &info);
}

/* Engines have to wait for what they are connected to, so this needs a driver. */
static struct platform_driver trigger_driver = {
	.driver = { .name = "axi-engine-trigger" },
	.probe = trigger_probe,
};

/* axi_engine_trigger_create - a trigger for one offload */
struct axi_engine_trigger *axi_engine_trigger_create(void)
{
	const struct property_entry properties[] = {
		PROPERTY_ENTRY_U32("#trigger-source-cells", 0),
		{ }
	};
	struct platform_device_info info = {
		.name = "axi-engine-trigger",
		.id = PLATFORM_DEVID_AUTO,
		.properties = properties,
	};
	struct axi_engine_trigger *trigger;
	int ret;

	trigger = kzalloc_obj(*trigger);
	if (!trigger)
		return ERR_PTR(-ENOMEM);

	info.data = &trigger;
	info.size_data = sizeof(trigger);
	trigger->pdev = platform_device_register_full(&info);
	if (IS_ERR(trigger->pdev)) {
		ret = PTR_ERR(trigger->pdev);
		kfree(trigger);
		return ERR_PTR(ret);
	}
	return trigger;
}

void axi_engine_trigger_destroy(struct axi_engine_trigger *trigger)
{
	if (!trigger)
		return;
	platform_device_unregister(trigger->pdev);
	kfree(trigger);
}

/* axi_engine_trigger_node - what firmware names in "trigger-sources" */
struct fwnode_handle *axi_engine_trigger_node(struct axi_engine_trigger *trigger)
{
	return dev_fwnode(&trigger->pdev->dev);
}

/* axi_engine_trigger_is_on - whether a consumer has enabled it */
bool axi_engine_trigger_is_on(struct axi_engine_trigger *trigger)
{
	return READ_ONCE(trigger->on);
}

/*
 * struct axi_engine_consumer - what a driver of a device has of an offload
 * @spi: the device; NULL when its driver has been unbound, which freed the rest
 */
struct axi_engine_consumer {
	struct spi_device *spi;
	struct spi_offload *offload;
	struct spi_offload_trigger *trigger;
};

/*
 * struct axi_engine_program - a message that an offload has recorded
 * @consumer: who has the offload
 */
struct axi_engine_program {
	struct axi_engine_consumer *consumer;
	struct spi_message message;
	struct spi_transfer transfers[];
};

static void consumer_unbound(void *data)
{
	struct axi_engine_consumer *consumer = data;

	consumer->spi = NULL;
}

static int consumer_get(struct axi_engine_consumer *consumer, struct spi_device *spi,
			u32 capabilities)
{
	struct spi_offload_config config = { .capability_flags = capabilities };
	struct device *dev = &spi->dev;
	int ret;

	consumer->offload = devm_spi_offload_get(dev, spi, &config);
	if (IS_ERR(consumer->offload))
		return PTR_ERR(consumer->offload);

	consumer->trigger = devm_spi_offload_trigger_get(dev, consumer->offload,
							 SPI_OFFLOAD_TRIGGER_PERIODIC);
	if (IS_ERR(consumer->trigger))
		return PTR_ERR(consumer->trigger);

	ret = devm_add_action(dev, consumer_unbound, consumer);
	if (ret)
		return ret;
	consumer->spi = spi;
	return 0;
}

/*
 * axi_engine_consumer_get - get an offload and its trigger for a device
 * @spi: a device of axi_engine_add_device()
 * @capabilities: what it has to be able to do
 *
 * They are put when the device goes, if not before. Returns an ERR_PTR() on
 * failure: what the C side returns.
 */
struct axi_engine_consumer *axi_engine_consumer_get(struct spi_device *spi, u32 capabilities)
{
	struct axi_engine_consumer *consumer;
	int ret;

	consumer = kzalloc_obj(*consumer);
	if (!consumer)
		return ERR_PTR(-ENOMEM);

	/* The group is how they are put before the device goes. */
	if (!devres_open_group(&spi->dev, consumer, GFP_KERNEL)) {
		kfree(consumer);
		return ERR_PTR(-ENOMEM);
	}
	ret = consumer_get(consumer, spi, capabilities);
	if (ret) {
		devres_release_group(&spi->dev, consumer);
		kfree(consumer);
		return ERR_PTR(ret);
	}
	devres_close_group(&spi->dev, consumer);
	return consumer;
}

/* axi_engine_consumer_put - put them, if the device is still there */
void axi_engine_consumer_put(struct axi_engine_consumer *consumer)
{
	if (consumer->spi)
		devres_release_group(&consumer->spi->dev, consumer);
	kfree(consumer);
}

/*
 * axi_engine_consumer_enable - let the trigger start what is recorded
 *
 * Returns what spi_offload_trigger_enable() returns, or %-ENODEV if the device
 * is gone.
 */
int axi_engine_consumer_enable(struct axi_engine_consumer *consumer)
{
	struct spi_offload_trigger_config config = {
		.type = SPI_OFFLOAD_TRIGGER_PERIODIC,
		.periodic = { .frequency_hz = 1000 },
	};

	if (!consumer->spi)
		return -ENODEV;
	return spi_offload_trigger_enable(consumer->offload, consumer->trigger, &config);
}

/* axi_engine_consumer_disable - stop it, if the device is still there */
void axi_engine_consumer_disable(struct axi_engine_consumer *consumer)
{
	if (consumer->spi)
		spi_offload_trigger_disable(consumer->offload, consumer->trigger);
}

static void program_unprepare(void *data)
{
	struct axi_engine_program *program = data;

	spi_unoptimize_message(&program->message);
}

/*
 * axi_engine_program_prepare - have the offload record a message
 * @consumer: who has the offload
 * @transfers: the message
 * @count: how many these are
 *
 * Returns an ERR_PTR() on failure: %-ENODEV if the device is gone, %-ENOMEM, or
 * what spi_optimize_message() returns.
 */
struct axi_engine_program *
axi_engine_program_prepare(struct axi_engine_consumer *consumer,
			   const struct axi_engine_transfer *transfers, unsigned int count)
{
	struct axi_engine_program *program;
	unsigned int i;
	int ret;

	if (!consumer->spi)
		return ERR_PTR(-ENODEV);
	program = kzalloc_flex(*program, transfers, count);
	if (!program)
		return ERR_PTR(-ENOMEM);

	for (i = 0; i < count; i++)
		axi_engine_fill_transfer(&program->transfers[i], &transfers[i]);
	spi_message_init_with_transfers(&program->message, program->transfers, count);
	program->message.offload = consumer->offload;
	program->consumer = consumer;

	ret = spi_optimize_message(consumer->spi, &program->message);
	if (ret)
		goto err_free;
	/* As devm_spi_optimize_message() does, but this can be taken back. */
	ret = devm_add_action_or_reset(&consumer->spi->dev, program_unprepare, program);
	if (ret)
		goto err_free;
	return program;

err_free:
	kfree(program);
	return ERR_PTR(ret);
}

/* axi_engine_program_send - try to send it as if it were a plain message */
int axi_engine_program_send(struct axi_engine_program *program)
{
	if (!program->consumer->spi)
		return -ENODEV;
	return spi_sync(program->consumer->spi, &program->message);
}

/* axi_engine_program_forget - forget it, if the device is still there */
void axi_engine_program_forget(struct axi_engine_program *program)
{
	if (program->consumer->spi)
		devm_release_action(&program->consumer->spi->dev, program_unprepare, program);
	kfree(program);
}

static int consumer_probe(struct spi_device *spi)
{
	return 0;
}

/* Devices have a driver, so that what it got is put before the controller goes. */
static struct spi_driver consumer_driver = {
	.driver = { .name = AXI_ENGINE_CHIP },
	.probe = consumer_probe,
};

static int __init offload_init(void)
{
	int ret;

	ret = platform_driver_register(&trigger_driver);
	if (ret)
		return ret;
	return spi_register_driver(&consumer_driver);
}
device_initcall(offload_init);
