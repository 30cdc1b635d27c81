// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel side of the AXI SPI Engine's model: what a driver of that finds
 * around it on a board. Only for tests on User Mode Linux.
 *
 * There is memory that ioremap() gives, an interrupt, clocks, and a platform
 * device to bind to; and the time of the kernel is the time of the model. This
 * is in C because the kernel crate has nothing for logic_iomem, interrupt
 * controllers and clock providers.
 *
 * Run it with "time-travel=inf-cpu": then code takes no time, an access to a
 * register takes ACCESS_NS, and all else are timers.
 */

#include <linux/cleanup.h>
#include <linux/clk-provider.h>
#include <linux/clkdev.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/logic_iomem.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>

#include "axi_spi_engine_platform.h"

#define ENGINE_BASE	0x44a00000
#define ENGINE_SIZE	0x10000
#define ENGINES		8

/* The name of an engine that a devicetree tells of; no driver has it. */
#define ENGINE_NAME	"axi-engine"

/* What an access to a register over the bus takes. */
#define ACCESS_NS	140

/* From the rise of the interrupt line to the handler. */
#define LATENCY_NS	300

/*
 * struct axi_engine - an engine on the bus
 * @step: fires when the interrupt line may change
 * @raise: fires when the CPU takes the interrupt
 * @start: when the core's time was 0
 * @masked: the interrupt controller does not pass the interrupt on
 * @raising: the interrupt is on its way to the CPU
 * @swallowed: it was, and got lost; nothing comes until the line was low
 * @lose: how many interrupts will get lost
 * @limit: how many the CPU will take; then all get lost
 * @taken: how many interrupts the CPU took
 * @trigger: what starts its offload; NULL if there is none
 * @streams: which streams its offload has
 * @accesses: how many accesses to registers there were
 * @dma: where words of the offload's SDI stream go
 * @capture: what is around its offload; NULL if there is nothing
 * @node: what firmware says of it: as long as @capture is there, or with @trigger
 *	while it has a driver; NULL otherwise
 * @tree: what a devicetree says of it while it has a driver, instead of @node
 */
struct axi_engine {
	/* Protects the core, and what belongs to interrupts. */
	spinlock_t lock;
	const struct axi_engine_ops *ops;
	void *core;
	struct axi_engine_dma *dma;
	struct hrtimer step;
	struct hrtimer raise;
	ktime_t start;
	u32 latency;
	u32 lose;
	u32 limit;
	u64 taken;
	u64 accesses;
	int irq;
	bool masked;
	bool raising;
	bool swallowed;

	unsigned int slot;
	u32 axi_hz;
	u32 spi_hz;
	struct clk_hw *clocks[2];
	struct clk_lookup *lookups[2];
	struct platform_device *pdev;
	struct axi_engine_trigger *trigger;
	u32 streams;
	struct axi_engine_capture *capture;
	struct fwnode_handle *node;
	struct axi_engine_tree *tree;
};

static DEFINE_MUTEX(engines_lock);
static struct axi_engine *engines[ENGINES];

static u64 engine_now(struct axi_engine *engine)
{
	return ktime_to_ns(ktime_sub(ktime_get(), engine->start)) * PSEC_PER_NSEC;
}

/* Whether the interrupt that comes now gets lost. */
static bool engine_loses(struct axi_engine *engine)
{
	if (engine->lose) {
		engine->lose--;
		return true;
	}
	return !engine->limit;
}

/* Moves what came out of the stream to memory. Returns whether there was something. */
static bool engine_drain(struct axi_engine *engine)
{
	u8 word[AXI_ENGINE_STREAM_BYTES];
	bool any = false;
	size_t len;

	if (!engine->dma)
		return false;
	while ((len = engine->ops->take(engine->core, word))) {
		axi_engine_dma_push(engine->dma, word, len);
		any = true;
	}
	return any;
}

/* The line may have changed, and so may have what comes next. */
static void engine_update(struct axi_engine *engine)
{
	u64 next;
	bool line;

	lockdep_assert_held(&engine->lock);

	do {
		line = engine->ops->line(engine->core, engine_now(engine), &next);
	} while (engine_drain(engine));
	if (!line)
		engine->swallowed = false;

	if (line && !engine->masked && !engine->raising && !engine->swallowed) {
		engine->swallowed = engine_loses(engine);
		if (!engine->swallowed) {
			engine->raising = true;
			hrtimer_start(&engine->raise, ns_to_ktime(engine->latency),
				      HRTIMER_MODE_REL_HARD);
		}
	}

	if (next == U64_MAX)
		hrtimer_try_to_cancel(&engine->step);
	else
		hrtimer_start(&engine->step,
			      ktime_add_ns(engine->start, DIV_ROUND_UP_ULL(next, PSEC_PER_NSEC)),
			      HRTIMER_MODE_ABS_HARD);
}

static enum hrtimer_restart engine_step(struct hrtimer *timer)
{
	struct axi_engine *engine = container_of(timer, struct axi_engine, step);

	guard(spinlock_irqsave)(&engine->lock);
	engine_update(engine);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart engine_raise(struct hrtimer *timer)
{
	struct axi_engine *engine = container_of(timer, struct axi_engine, raise);
	bool masked;

	scoped_guard(spinlock_irqsave, &engine->lock) {
		engine->raising = false;
		masked = engine->masked;
		if (!masked) {
			engine->taken++;
			engine->limit -= engine->limit && engine->limit != U32_MAX;
		}
	}
	/* As real ones do, the CPU takes it though the line may be low again. */
	if (!masked)
		generic_handle_irq_safe(engine->irq);
	return HRTIMER_NORESTART;
}

static void engine_irq_mask(struct irq_data *data)
{
	struct axi_engine *engine = irq_data_get_irq_chip_data(data);

	guard(spinlock_irqsave)(&engine->lock);
	engine->masked = true;
}

static void engine_irq_unmask(struct irq_data *data)
{
	struct axi_engine *engine = irq_data_get_irq_chip_data(data);

	guard(spinlock_irqsave)(&engine->lock);
	engine->masked = false;
	engine_update(engine);
}

static struct irq_chip engine_irq_chip = {
	.name		= "axi-engine-model",
	.irq_mask	= engine_irq_mask,
	.irq_unmask	= engine_irq_unmask,
};

static unsigned long engine_mmio_read(void *priv, unsigned int offset, int size)
{
	struct axi_engine *engine = priv;
	unsigned long value = ~0UL;
	u64 stall = 0;

	ndelay(ACCESS_NS);
	if (WARN_ON(size != 4))
		return value;

	scoped_guard(spinlock_irqsave, &engine->lock) {
		value = engine->ops->read(engine->core, offset, engine_now(engine), &stall);
		engine->accesses++;
		engine_update(engine);
	}
	ndelay(stall / PSEC_PER_NSEC);
	return value;
}

static void engine_mmio_write(void *priv, unsigned int offset, int size, unsigned long value)
{
	struct axi_engine *engine = priv;

	ndelay(ACCESS_NS);
	if (WARN_ON(size != 4))
		return;

	guard(spinlock_irqsave)(&engine->lock);
	engine->ops->write(engine->core, offset, value, engine_now(engine));
	engine->accesses++;
	engine_update(engine);
}

static const struct logic_iomem_ops engine_mmio_ops = {
	.read	= engine_mmio_read,
	.write	= engine_mmio_write,
};

static long engine_map(unsigned long offset, size_t size,
		       const struct logic_iomem_ops **ops, void **priv)
{
	struct axi_engine *engine = engines[offset / ENGINE_SIZE];

	if (!engine || offset % ENGINE_SIZE + size > ENGINE_SIZE)
		return -ENXIO;

	*ops = &engine_mmio_ops;
	*priv = engine;
	return offset % ENGINE_SIZE;
}

static const struct logic_iomem_region_ops engine_region_ops = {
	.map	= engine_map,
};

static struct resource engine_region = DEFINE_RES_MEM_NAMED(ENGINE_BASE, ENGINES * ENGINE_SIZE,
							    "axi-engine-models");

/* There is no way to remove a region, so it stays. */
static int engine_add_region(void)
{
	static bool added;
	int ret;

	lockdep_assert_held(&engines_lock);

	if (added)
		return 0;
	ret = logic_iomem_add_region(&engine_region, &engine_region_ops);
	if (ret)
		return ret;
	added = true;
	/* Timers are coarse until the first tick. */
	msleep(30);
	return 0;
}

static int engine_take_slot(struct axi_engine *engine)
{
	unsigned int slot;
	int ret;

	guard(mutex)(&engines_lock);
	ret = engine_add_region();
	if (ret)
		return ret;

	for (slot = 0; slot < ENGINES; slot++) {
		if (!engines[slot]) {
			engines[slot] = engine;
			engine->slot = slot;
			return 0;
		}
	}
	return -EBUSY;
}

static void engine_free_slot(struct axi_engine *engine)
{
	guard(mutex)(&engines_lock);
	engines[engine->slot] = NULL;
}

static int engine_add_irq(struct axi_engine *engine)
{
	int irq = irq_alloc_desc(NUMA_NO_NODE);

	if (irq < 0)
		return irq;

	engine->irq = irq;
	engine->masked = true;
	irq_set_chip_data(irq, engine);
	irq_set_chip_and_handler(irq, &engine_irq_chip, handle_level_irq);
	return 0;
}

/*
 * axi_engine_create - put an engine on the bus
 * @ops: what it does on accesses
 * @core: their argument; it has to stay until axi_engine_destroy()
 * @axi_hz: the rate of its bus clock
 * @spi_hz: the rate of its SPI side's clock
 *
 * May sleep. Returns an ERR_PTR() on failure: %-EBUSY if there are eight
 * already, %-ENOMEM, or what the parts around it say.
 */
struct axi_engine *axi_engine_create(const struct axi_engine_ops *ops, void *core,
				     u32 axi_hz, u32 spi_hz)
{
	struct axi_engine *engine;
	int ret;

	engine = kzalloc_obj(*engine);
	if (!engine)
		return ERR_PTR(-ENOMEM);

	spin_lock_init(&engine->lock);
	engine->ops = ops;
	engine->core = core;
	engine->latency = LATENCY_NS;
	engine->limit = U32_MAX;
	engine->axi_hz = axi_hz;
	engine->spi_hz = spi_hz;
	hrtimer_setup(&engine->step, engine_step, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	hrtimer_setup(&engine->raise, engine_raise, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);

	ret = engine_add_irq(engine);
	if (ret)
		goto err_free;

	ret = engine_take_slot(engine);
	if (ret)
		goto err_irq;

	engine->start = ktime_get();
	return engine;

err_irq:
	irq_free_desc(engine->irq);
err_free:
	kfree(engine);
	return ERR_PTR(ret);
}

static void engine_remove_clocks(struct axi_engine *engine)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(engine->clocks); i++) {
		if (engine->lookups[i])
			clkdev_drop(engine->lookups[i]);
		if (engine->clocks[i])
			clk_hw_unregister_fixed_rate(engine->clocks[i]);
		engine->lookups[i] = NULL;
		engine->clocks[i] = NULL;
	}
}

static int engine_add_clock(struct axi_engine *engine, unsigned int i,
			    const char *name, u32 rate, const char *device)
{
	char unique[32];

	snprintf(unique, sizeof(unique), "engine%u-%s", engine->slot, name);
	engine->clocks[i] = clk_hw_register_fixed_rate(NULL, unique, NULL, 0, rate);
	if (IS_ERR(engine->clocks[i])) {
		int ret = PTR_ERR(engine->clocks[i]);

		engine->clocks[i] = NULL;
		return ret;
	}
	engine->lookups[i] = clkdev_hw_create(engine->clocks[i], name, "%s", device);
	return engine->lookups[i] ? 0 : -ENOMEM;
}

static int engine_add_clocks(struct axi_engine *engine, const char *device)
{
	int ret;

	ret = engine_add_clock(engine, 0, "s_axi_aclk", engine->axi_hz, device);
	if (!ret)
		ret = engine_add_clock(engine, 1, "spi_clk", engine->spi_hz, device);
	if (ret)
		engine_remove_clocks(engine);
	return ret;
}

static int engine_register(struct axi_engine *engine, const char *driver)
{
	struct resource resources[] = {
		DEFINE_RES_MEM(ENGINE_BASE + engine->slot * ENGINE_SIZE, ENGINE_SIZE),
		DEFINE_RES_IRQ(engine->irq),
	};
	const struct platform_device_info info = {
		.fwnode = engine->node,
		.name = driver,
		.id = engine->slot,
		.res = resources,
		.num_res = ARRAY_SIZE(resources),
	};

	engine->pdev = platform_device_register_full(&info);
	return PTR_ERR_OR_ZERO(engine->pdev);
}

/*
 * Makes what firmware says of an engine with an offload.
 *
 * The controller has the node of the engine as well. One that the driver core
 * makes of the properties of a device is put by both, but has one reference.
 */
static int engine_add_node(struct axi_engine *engine)
{
	struct software_node_ref_args source = {
		.fwnode = axi_engine_trigger_node(engine->trigger),
	};
	const char *streams[2];
	struct property_entry properties[3] = {
		PROPERTY_ENTRY_REF("trigger-sources", &source),
	};
	struct fwnode_handle *node;
	unsigned int count = 0;

	if (engine->streams & AXI_ENGINE_RX_STREAM)
		streams[count++] = "offload0-rx";
	if (engine->streams & AXI_ENGINE_TX_STREAM)
		streams[count++] = "offload0-tx";
	if (count)
		properties[1] = PROPERTY_ENTRY_STRING_ARRAY_LEN("dma-names", streams, count);

	node = fwnode_create_software_node(properties, NULL);
	if (IS_ERR(node))
		return PTR_ERR(node);
	engine->node = node;
	return 0;
}

static void engine_remove_node(struct axi_engine *engine)
{
	if (!engine->trigger)
		return;
	/* Until then devices that are gone keep their nodes. */
	device_link_wait_removal();
	fwnode_remove_software_node(engine->node);
	engine->node = NULL;
}

static int engine_add_device(struct axi_engine *engine, const char *driver)
{
	int ret;

	if (engine->trigger) {
		ret = engine_add_node(engine);
		if (ret)
			return ret;
	}

	ret = engine_register(engine, driver);
	if (ret)
		engine_remove_node(engine);
	return ret;
}

/*
 * axi_engine_connect_offload - connect the offload of an engine
 * @engine: one that has no driver, and whose offload is not connected
 * @streams: %AXI_ENGINE_RX_STREAM and so on
 *
 * From then on firmware tells of a trigger and of the streams. May sleep.
 * Returns %-ENOMEM, or what stands in the way.
 */
int axi_engine_connect_offload(struct axi_engine *engine, u32 streams)
{
	struct axi_engine_trigger *trigger = axi_engine_trigger_create();

	if (IS_ERR(trigger))
		return PTR_ERR(trigger);
	engine->trigger = trigger;
	engine->streams = streams;
	return 0;
}

/* axi_engine_is_triggered - whether a driver has enabled the trigger of the offload */
bool axi_engine_is_triggered(struct axi_engine *engine)
{
	return engine->trigger && axi_engine_trigger_is_on(engine->trigger);
}

/*
 * axi_engine_bind - let a driver probe an engine
 * @engine: one that has no driver
 * @driver: the name of a platform driver
 *
 * May sleep. Returns %-ENODEV if there is no such driver, or if its probe
 * failed; or else what stands in the way.
 */
int axi_engine_bind(struct axi_engine *engine, const char *driver)
{
	char device[48];
	int ret;

	snprintf(device, sizeof(device), "%s.%u", driver, engine->slot);
	ret = engine_add_clocks(engine, device);
	if (ret)
		return ret;

	ret = engine_add_device(engine, driver);
	if (ret) {
		engine->pdev = NULL;
		engine_remove_clocks(engine);
		return ret;
	}

	wait_for_device_probe();
	if (engine->pdev->dev.driver)
		return 0;

	axi_engine_unbind(engine);
	return -ENODEV;
}

static int engine_fill_platform_device(struct axi_engine *engine, struct platform_device *pdev)
{
	const struct resource resources[] = {
		DEFINE_RES_MEM(ENGINE_BASE + engine->slot * ENGINE_SIZE, ENGINE_SIZE),
		DEFINE_RES_IRQ(engine->irq),
	};
	int ret;

	device_set_node(&pdev->dev, fwnode_handle_get(axi_engine_tree_node(engine->tree)));
	ret = platform_device_add_resources(pdev, resources, ARRAY_SIZE(resources));
	if (ret)
		return ret;

	/* Both drivers would take it, and the first one would get it. */
	ret = device_set_driver_override(&pdev->dev, "none");
	if (ret)
		return ret;
	ret = platform_device_add(pdev);
	if (ret)
		return ret;
	return device_set_driver_override(&pdev->dev, "");
}

/* Adds the device of an engine that a devicetree tells of; no driver takes it by itself. */
static int engine_add_device_node(struct axi_engine *engine)
{
	struct platform_device *pdev = platform_device_alloc(ENGINE_NAME, engine->slot);
	int ret;

	if (!pdev)
		return -ENOMEM;

	ret = engine_fill_platform_device(engine, pdev);
	if (ret) {
		platform_device_put(pdev);
		return ret;
	}
	engine->pdev = pdev;
	return 0;
}

/* As writing to the file "bind" of a driver does. */
static int engine_attach(struct axi_engine *engine, const char *name)
{
	struct device_driver *driver = driver_find(name, &platform_bus_type);
	struct device *dev = &engine->pdev->dev;

	if (!driver || !driver->bus->match(dev, driver))
		return -ENODEV;
	return device_driver_attach(driver, dev);
}

/*
 * axi_engine_bind_node - let a driver probe an engine that a devicetree tells of
 * @engine: one that has no driver, and whose offload is not connected
 * @driver: the name of a platform driver
 * @compatible: what the node says
 *
 * The node has another one for a chip on the bus. May sleep. Returns %-ENODEV if
 * there is no such driver, or if it does not take the node; or else what stands in
 * the way.
 */
int axi_engine_bind_node(struct axi_engine *engine, const char *driver, const char *compatible)
{
	char device[48];
	int ret;

	snprintf(device, sizeof(device), ENGINE_NAME ".%u", engine->slot);
	engine->tree = axi_engine_tree_create(device, compatible);
	if (IS_ERR(engine->tree)) {
		ret = PTR_ERR(engine->tree);
		engine->tree = NULL;
		return ret;
	}
	ret = engine_add_clocks(engine, device);
	if (ret)
		goto err_tree;
	ret = engine_add_device_node(engine);
	if (ret)
		goto err_clocks;

	ret = engine_attach(engine, driver);
	if (ret)
		axi_engine_unbind(engine);
	return ret;

err_clocks:
	engine_remove_clocks(engine);
err_tree:
	axi_engine_tree_destroy(engine->tree);
	engine->tree = NULL;
	return ret;
}

/* axi_engine_unbind - take the driver off an engine, if it has one */
void axi_engine_unbind(struct axi_engine *engine)
{
	if (!engine->pdev)
		return;
	platform_device_unregister(engine->pdev);
	engine->pdev = NULL;
	engine_remove_node(engine);
	axi_engine_tree_destroy(engine->tree);
	engine->tree = NULL;
	engine_remove_clocks(engine);
}

/* axi_engine_destroy - take an engine off the bus */
void axi_engine_destroy(struct axi_engine *engine)
{
	axi_engine_unbind(engine);
	/* It uses the engine, and nobody has to remove it. */
	if (engine->capture)
		axi_engine_remove_capture(engine->capture);
	axi_engine_trigger_destroy(engine->trigger);
	engine_free_slot(engine);
	hrtimer_cancel(&engine->step);
	hrtimer_cancel(&engine->raise);
	irq_free_desc(engine->irq);
	kfree(engine);
}

/*
 * axi_engine_lock - keep others from accessing the core
 * @engine: the engine
 * @now: gets the time in ps since the engine was created
 *
 * Interrupts are off until axi_engine_unlock(), which takes what this returns.
 */
unsigned long axi_engine_lock(struct axi_engine *engine, u64 *now)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	*now = engine_now(engine);
	return flags;
}

/* axi_engine_unlock - let others access the core, which may have changed */
void axi_engine_unlock(struct axi_engine *engine, unsigned long flags)
{
	engine_update(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

/* axi_engine_peek - read a register, without the time that takes */
u32 axi_engine_peek(struct axi_engine *engine, u32 offset)
{
	u64 stall = 0;
	u32 value;

	guard(spinlock_irqsave)(&engine->lock);
	value = engine->ops->read(engine->core, offset, engine_now(engine), &stall);
	engine_update(engine);
	return value;
}

/* axi_engine_poke - write a register, without the time that takes */
void axi_engine_poke(struct axi_engine *engine, u32 offset, u32 value)
{
	guard(spinlock_irqsave)(&engine->lock);
	engine->ops->write(engine->core, offset, value, engine_now(engine));
	engine_update(engine);
}

/* axi_engine_set_latency - set the time from the line's rise to the handler */
void axi_engine_set_latency(struct axi_engine *engine, u32 ns)
{
	guard(spinlock_irqsave)(&engine->lock);
	engine->latency = ns;
}

/* axi_engine_lose_interrupts - let the next interrupts get lost */
void axi_engine_lose_interrupts(struct axi_engine *engine, u32 count)
{
	guard(spinlock_irqsave)(&engine->lock);
	engine->lose = count;
	if (!count)
		engine->swallowed = false;
	engine_update(engine);
}

/* axi_engine_limit_interrupts - let the CPU take so many interrupts and no more */
void axi_engine_limit_interrupts(struct axi_engine *engine, u32 count)
{
	guard(spinlock_irqsave)(&engine->lock);
	engine->limit = count;
	engine_update(engine);
}

/* axi_engine_raise - an interrupt comes, whatever the line says */
void axi_engine_raise(struct axi_engine *engine)
{
	guard(spinlock_irqsave)(&engine->lock);
	engine->raising = true;
	hrtimer_start(&engine->raise, ns_to_ktime(engine->latency), HRTIMER_MODE_REL_HARD);
}

/* axi_engine_interrupts - how many interrupts the CPU took */
u64 axi_engine_interrupts(struct axi_engine *engine)
{
	guard(spinlock_irqsave)(&engine->lock);
	return engine->taken;
}

/* axi_engine_unhandled - how many interrupts nobody took for theirs, lately */
u32 axi_engine_unhandled(struct axi_engine *engine)
{
	return irq_to_desc(engine->irq)->irqs_unhandled;
}

/* axi_engine_accesses - how many accesses to registers drivers made */
u64 axi_engine_accesses(struct axi_engine *engine)
{
	guard(spinlock_irqsave)(&engine->lock);
	return engine->accesses;
}

/* axi_engine_slot - the number of an engine on the bus */
unsigned int axi_engine_slot(struct axi_engine *engine)
{
	return engine->slot;
}

/*
 * axi_engine_surround - say what is around the offload of an engine
 * @engine: one that has no driver
 * @capture: what is there until axi_engine_remove_capture(), or NULL
 * @node: what firmware says of the engine then, or NULL
 */
void axi_engine_surround(struct axi_engine *engine, struct axi_engine_capture *capture,
			 struct fwnode_handle *node)
{
	engine->capture = capture;
	engine->node = node;
}

/* axi_engine_set_trigger - set the level of the offload's trigger */
void axi_engine_set_trigger(struct axi_engine *engine, bool high)
{
	guard(spinlock_irqsave)(&engine->lock);
	engine->ops->trigger(engine->core, high, engine_now(engine));
	engine_update(engine);
}

/* axi_engine_connect_dma - say where words of the SDI stream go, nowhere if it is NULL */
void axi_engine_connect_dma(struct axi_engine *engine, struct axi_engine_dma *dma)
{
	guard(spinlock_irqsave)(&engine->lock);
	engine_update(engine);
	engine->dma = dma;
	engine->ops->collect(engine->core, 0, engine_now(engine));
}

/*
 * axi_engine_collect - say how many bytes of the SDI stream have a place
 * @engine: one that is locked
 * @bytes: how many, from @now on
 * @now: the time that axi_engine_lock() gave
 */
void axi_engine_collect(struct axi_engine *engine, u64 bytes, u64 now)
{
	lockdep_assert_held(&engine->lock);
	engine->ops->collect(engine->core, bytes, now);
}

static int engine_is_host(struct device *dev, const void *data)
{
	return dev->class && !strcmp(dev->class->name, "spi_master");
}

/* axi_engine_get_host - the controller of an engine, with a reference, or NULL */
struct spi_controller *axi_engine_get_host(struct axi_engine *engine)
{
	struct device *dev;

	if (!engine->pdev)
		return NULL;
	dev = device_find_child(&engine->pdev->dev, NULL, engine_is_host);
	return dev ? container_of(dev, struct spi_controller, dev) : NULL;
}

static uint effort = 1;
module_param(effort, uint, 0444);
MODULE_PARM_DESC(effort, "how many times as much the storms and random tests do");

u32 axi_engine_effort(void)
{
	return effort;
}

static char *crash;
module_param(crash, charp, 0444);
MODULE_PARM_DESC(crash, "case to run that may end the kernel");

static bool crash_rust;
module_param(crash_rust, bool, 0444);
MODULE_PARM_DESC(crash_rust, "run it with the driver in Rust");

static int __init engine_crash(void)
{
	if (crash)
		axi_engine_model_crash(crash, crash_rust);
	return 0;
}
late_initcall(engine_crash);
