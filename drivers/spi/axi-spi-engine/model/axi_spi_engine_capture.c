// SPDX-License-Identifier: GPL-2.0
/*
 * What is around the offload of a model of the AXI SPI Engine on a board: a
 * clock that triggers it, and a DMA controller that takes what it receives.
 * Only for tests on User Mode Linux.
 *
 * The trigger is one of the drivers that the kernel has for that. All of it can
 * be taken away and come back while the engine is there.
 */

#include <kunit/resource.h>
#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/pwm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "axi_spi_engine_platform.h"

/* As long as a name can get with a number. */
#define NAME_SIZE	48

static const char * const part_names[AXI_ENGINE_PARTS] = {
	[AXI_ENGINE_DMA]	= "axi-engine-dma",
	[AXI_ENGINE_PWM]	= "axi-engine-pwm",
};

/*
 * struct axi_engine_capture - the parts
 * @engine: the engine
 * @test: the test that put them there and runs; NULL if there is none
 * @drivers: the names of their drivers
 * @parts: those that are there
 * @lookup: says which PWM the trigger uses
 * @trigger: what firmware says of the trigger
 * @node: what it says of the engine
 */
struct axi_engine_capture {
	struct axi_engine *engine;
	struct kunit *test;
	const char *drivers[AXI_ENGINE_PARTS];
	struct platform_device *parts[AXI_ENGINE_PARTS];
	struct pwm_lookup lookup;
	struct property_entry trigger_properties[2];
	struct property_entry properties[3];
	struct software_node_ref_args source;
	struct software_node trigger;
	struct software_node node;
	const struct software_node *nodes[3];
	const char *channel;
	char names[AXI_ENGINE_PARTS][NAME_SIZE];
	char node_names[2][NAME_SIZE];
};

static void capture_describe(struct axi_engine_capture *capture, unsigned int slot)
{
	unsigned int i;

	for (i = 0; i < AXI_ENGINE_PARTS; i++)
		snprintf(capture->names[i], NAME_SIZE, "%s.%u", capture->drivers[i], slot);
	snprintf(capture->node_names[0], NAME_SIZE, "engine-trigger%u", slot);
	snprintf(capture->node_names[1], NAME_SIZE, "engine%u", slot);

	capture->lookup = (struct pwm_lookup){
		.provider = capture->names[AXI_ENGINE_PWM],
		.dev_id = capture->names[AXI_ENGINE_TRIGGER],
		.period = 1000,
	};
	capture->trigger_properties[0] = PROPERTY_ENTRY_U32("#trigger-source-cells", 0);
	capture->trigger = (struct software_node){
		.name = capture->node_names[0],
		.properties = capture->trigger_properties,
	};

	capture->channel = "offload0-rx";
	capture->source = SOFTWARE_NODE_REFERENCE(&capture->trigger);
	capture->properties[0] = PROPERTY_ENTRY_STRING_ARRAY_LEN("dma-names",
								 &capture->channel, 1);
	capture->properties[1] = PROPERTY_ENTRY_REF_ARRAY_LEN("trigger-sources",
							      &capture->source, 1);
	capture->node = (struct software_node){
		.name = capture->node_names[1],
		.properties = capture->properties,
	};
	capture->nodes[0] = &capture->trigger;
	capture->nodes[1] = &capture->node;
}

/*
 * axi_engine_plug - let a part of the board be there
 * @capture: the parts
 * @part: one that is not
 *
 * May sleep. Returns %-ENODEV if it has no driver, or what stands in the way.
 */
int axi_engine_plug(struct axi_engine_capture *capture, enum axi_engine_part part)
{
	struct platform_device_info info = {
		.name	   = capture->drivers[part],
		.id	   = axi_engine_slot(capture->engine),
		.data	   = &capture->engine,
		.size_data = sizeof(capture->engine),
		.swnode	   = part == AXI_ENGINE_TRIGGER ? &capture->trigger : NULL,
		.dma_mask  = DMA_BIT_MASK(64),
	};
	struct platform_device *pdev = platform_device_register_full(&info);

	if (IS_ERR(pdev))
		return PTR_ERR(pdev);

	capture->parts[part] = pdev;
	wait_for_device_probe();
	if (pdev->dev.driver)
		return 0;

	axi_engine_unplug(capture, part);
	return -ENODEV;
}

/* axi_engine_unplug - take a part of the board away, if it is there */
void axi_engine_unplug(struct axi_engine_capture *capture, enum axi_engine_part part)
{
	platform_device_unregister(capture->parts[part]);
	capture->parts[part] = NULL;
}

/*
 * A test that fails an assertion drops nothing. Its clock must not go on, or all
 * that comes after it is slow.
 */
static void capture_stop(void *data)
{
	struct axi_engine_capture *capture = data;

	capture->test = NULL;
	axi_engine_unplug(capture, AXI_ENGINE_PWM);
}

static int capture_plug_all(struct axi_engine_capture *capture)
{
	unsigned int part;
	int ret;

	for (part = 0; part < AXI_ENGINE_PARTS; part++) {
		ret = axi_engine_plug(capture, part);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * axi_engine_add_capture - put a trigger and a DMA controller around an engine
 * @engine: an engine in this kernel that has no driver
 * @trigger: the name of the platform driver that makes a trigger of a PWM
 *
 * May sleep. Returns an ERR_PTR() on failure: what stands in the way.
 */
struct axi_engine_capture *axi_engine_add_capture(struct axi_engine *engine, const char *trigger)
{
	struct axi_engine_capture *capture;
	int ret;

	capture = kzalloc_obj(*capture);
	if (!capture)
		return ERR_PTR(-ENOMEM);

	capture->engine = engine;
	memcpy(capture->drivers, part_names, sizeof(part_names));
	capture->drivers[AXI_ENGINE_TRIGGER] = trigger;
	capture_describe(capture, axi_engine_slot(engine));
	ret = software_node_register_node_group(capture->nodes);
	if (ret) {
		kfree(capture);
		return ERR_PTR(ret);
	}
	pwm_add_table(&capture->lookup, 1);
	axi_engine_surround(engine, capture, software_node_fwnode(&capture->node));

	ret = capture_plug_all(capture);
	if (ret)
		goto err;

	capture->test = kunit_get_current_test();
	if (capture->test) {
		ret = kunit_add_action(capture->test, capture_stop, capture);
		if (ret)
			goto err_test;
	}
	return capture;

err_test:
	capture->test = NULL;
err:
	axi_engine_remove_capture(capture);
	return ERR_PTR(ret);
}

/*
 * axi_engine_remove_capture - take all of that away
 * @capture: those of an engine without a driver
 */
void axi_engine_remove_capture(struct axi_engine_capture *capture)
{
	unsigned int part = AXI_ENGINE_PARTS;

	if (capture->test)
		kunit_remove_action(capture->test, capture_stop, capture);
	while (part--)
		axi_engine_unplug(capture, part);
	/* Until then devices that are gone keep their nodes. */
	device_link_wait_removal();
	axi_engine_surround(capture->engine, NULL, NULL);
	pwm_remove_table(&capture->lookup, 1);
	software_node_unregister_node_group(capture->nodes);
	kfree(capture);
}

static char *run;
module_param(run, charp, 0444);
MODULE_PARM_DESC(run, "let user space capture, with drivers in this language: c or rust");

static char *chip = "rust_spi_capture";
module_param(chip, charp, 0444);
MODULE_PARM_DESC(chip, "from which converter: rust_spi_capture, ad7985 or ad7380");

static int __init capture_run(void)
{
	int ret = -EOPNOTSUPP;

	if (!run)
		return 0;
	if (IS_BUILTIN(CONFIG_SAMPLE_RUST_SPI_CAPTURE))
		ret = axi_engine_model_capture(!strcmp(run, "rust"), chip);
	if (ret)
		pr_err("axi_spi_engine: no capture: %d\n", ret);
	return 0;
}
late_initcall(capture_run);
