// SPDX-License-Identifier: GPL-2.0
/*
 * A DMA controller without hardware: it takes the words of the SDI stream of a
 * model of the AXI SPI Engine's offload, and writes them to memory. Only for
 * tests on User Mode Linux.
 *
 * As the real one behind this stream does, it takes a word as soon as there is
 * one and a transfer for it, and lets the stream wait otherwise.
 */

#include <linux/cleanup.h>
#include <linux/dma-direct.h>
#include <linux/dmaengine.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "virt-dma.h"

#include "axi_spi_engine_platform.h"

/* The drivers that can have the engine, and the name of the channel for both. */
static const char * const dma_users[] = { "spi-engine", "axi_spi_engine_rust" };
#define DMA_CHANNEL	"offload0-rx"

/*
 * struct axi_engine_dma_desc - a transfer
 * @vd: of the virtual channel
 * @cyclic: it begins again when it is done
 * @period: a cyclic one calls back each time so many bytes were written
 * @len: bytes in all parts
 * @done: bytes that were written, since it began again
 * @part: where the next byte goes
 * @offset: into that
 * @count: how many parts
 * @parts: of memory
 */
struct axi_engine_dma_desc {
	struct virt_dma_desc vd;
	bool cyclic;
	size_t period;
	size_t len;
	size_t done;
	unsigned int part;
	size_t offset;
	unsigned int count;
	struct {
		dma_addr_t addr;
		size_t len;
	} parts[] __counted_by(count);
};

struct axi_engine_dma {
	struct dma_device device;
	struct virt_dma_chan vc;
	struct axi_engine *engine;
	/* Protected by vc.lock. */
	struct axi_engine_dma_desc *active;
	char names[ARRAY_SIZE(dma_users)][48];
	struct dma_slave_map map[ARRAY_SIZE(dma_users)];
};

static struct axi_engine_dma *to_dma(struct dma_chan *chan)
{
	return container_of(chan, struct axi_engine_dma, vc.chan);
}

static struct axi_engine_dma_desc *to_desc(struct virt_dma_desc *vd)
{
	return container_of(vd, struct axi_engine_dma_desc, vd);
}

/* Takes the next transfer if there is none. */
static struct axi_engine_dma_desc *dma_active(struct axi_engine_dma *dma)
{
	struct virt_dma_desc *vd;

	lockdep_assert_held(&dma->vc.lock);

	if (!dma->active) {
		vd = vchan_next_desc(&dma->vc);
		if (vd) {
			list_del(&vd->node);
			dma->active = to_desc(vd);
		}
	}
	return dma->active;
}

/* How many bytes there is memory for. */
static u64 dma_room(struct axi_engine_dma *dma)
{
	struct axi_engine_dma_desc *active = dma_active(dma);
	struct virt_dma_desc *vd;
	u64 room;

	if (!active)
		return 0;
	if (active->cyclic)
		return U64_MAX;

	room = active->len - active->done;
	list_for_each_entry(vd, &dma->vc.desc_issued, node) {
		if (to_desc(vd)->cyclic)
			return U64_MAX;
		room += to_desc(vd)->len;
	}
	return room;
}

static void dma_write(struct axi_engine_dma *dma, struct axi_engine_dma_desc *desc, u8 byte)
{
	phys_addr_t phys = dma_to_phys(dma->device.dev, desc->parts[desc->part].addr);
	u8 *memory = phys_to_virt(phys);

	memory[desc->offset++] = byte;
	desc->done++;
	if (desc->offset == desc->parts[desc->part].len) {
		desc->offset = 0;
		desc->part = (desc->part + 1) % desc->count;
	}
}

/* Tells of what is done. */
static void dma_advance(struct axi_engine_dma *dma, struct axi_engine_dma_desc *desc)
{
	if (desc->cyclic && desc->done % desc->period == 0)
		vchan_cyclic_callback(&desc->vd);
	if (desc->done < desc->len)
		return;

	if (desc->cyclic) {
		desc->done = 0;
	} else {
		dma->active = NULL;
		vchan_cookie_complete(&desc->vd);
	}
}

/*
 * axi_engine_dma_push - write a word to memory
 * @dma: the controller
 * @word: the word
 * @len: its size
 *
 * Called with the engine's lock held.
 */
void axi_engine_dma_push(struct axi_engine_dma *dma, const u8 *word, size_t len)
{
	struct axi_engine_dma_desc *desc;
	size_t i;

	guard(spinlock_irqsave)(&dma->vc.lock);
	for (i = 0; i < len; i++) {
		desc = dma_active(dma);
		/* What was on the way when the transfer was terminated. */
		if (!desc)
			return;
		dma_write(dma, desc, word[i]);
		dma_advance(dma, desc);
	}
}

static void dma_desc_free(struct virt_dma_desc *vd)
{
	kfree(to_desc(vd));
}

static struct axi_engine_dma_desc *dma_desc_alloc(unsigned int count)
{
	struct axi_engine_dma_desc *desc = kzalloc_flex(*desc, parts, count, GFP_NOWAIT);

	if (desc)
		desc->count = count;
	return desc;
}

static struct dma_async_tx_descriptor *
dma_prep_slave_sg(struct dma_chan *chan, struct scatterlist *list, unsigned int count,
		  enum dma_transfer_direction direction, unsigned long flags, void *context)
{
	struct axi_engine_dma_desc *desc;
	struct scatterlist *entry;
	unsigned int i;

	if (direction != DMA_DEV_TO_MEM || !count)
		return NULL;
	desc = dma_desc_alloc(count);
	if (!desc)
		return NULL;

	for_each_sg(list, entry, count, i) {
		desc->parts[i].addr = sg_dma_address(entry);
		desc->parts[i].len = sg_dma_len(entry);
		desc->len += sg_dma_len(entry);
	}
	return vchan_tx_prep(&to_dma(chan)->vc, &desc->vd, flags);
}

static struct dma_async_tx_descriptor *
dma_prep_vec(struct dma_chan *chan, const struct dma_vec *vecs, size_t count,
	     enum dma_transfer_direction direction, unsigned long flags)
{
	struct axi_engine_dma_desc *desc;
	size_t i;

	if (direction != DMA_DEV_TO_MEM || !count)
		return NULL;
	desc = dma_desc_alloc(count);
	if (!desc)
		return NULL;

	for (i = 0; i < count; i++) {
		desc->parts[i].addr = vecs[i].addr;
		desc->parts[i].len = vecs[i].len;
		desc->len += vecs[i].len;
	}
	desc->cyclic = flags & DMA_PREP_REPEAT;
	desc->period = desc->len;
	return vchan_tx_prep(&to_dma(chan)->vc, &desc->vd, flags);
}

static struct dma_async_tx_descriptor *
dma_prep_cyclic(struct dma_chan *chan, dma_addr_t addr, size_t len, size_t period,
		enum dma_transfer_direction direction, unsigned long flags)
{
	struct axi_engine_dma_desc *desc;

	if (direction != DMA_DEV_TO_MEM || !period || !len || len % period)
		return NULL;
	desc = dma_desc_alloc(1);
	if (!desc)
		return NULL;

	desc->parts[0].addr = addr;
	desc->parts[0].len = len;
	desc->len = len;
	desc->period = period;
	desc->cyclic = true;
	return vchan_tx_prep(&to_dma(chan)->vc, &desc->vd, flags);
}

static void dma_issue_pending(struct dma_chan *chan)
{
	struct axi_engine_dma *dma = to_dma(chan);
	unsigned long flags;
	u64 now, room;

	flags = axi_engine_lock(dma->engine, &now);
	scoped_guard(spinlock, &dma->vc.lock) {
		vchan_issue_pending(&dma->vc);
		room = dma_room(dma);
	}
	axi_engine_collect(dma->engine, room, now);
	axi_engine_unlock(dma->engine, flags);
}

static size_t dma_residue(struct axi_engine_dma *dma, dma_cookie_t cookie)
{
	struct virt_dma_desc *vd;

	guard(spinlock_irqsave)(&dma->vc.lock);
	if (dma->active && dma->active->vd.tx.cookie == cookie)
		return dma->active->len - dma->active->done;
	vd = vchan_find_desc(&dma->vc, cookie);
	return vd ? to_desc(vd)->len : 0;
}

static enum dma_status dma_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				     struct dma_tx_state *state)
{
	struct axi_engine_dma *dma = to_dma(chan);
	enum dma_status status;
	unsigned long flags;
	u64 now;

	/* Takes what is there. */
	flags = axi_engine_lock(dma->engine, &now);
	axi_engine_unlock(dma->engine, flags);

	status = dma_cookie_status(chan, cookie, state);
	if (status != DMA_COMPLETE && state)
		dma_set_residue(state, dma_residue(dma, cookie));
	return status;
}

static int dma_terminate_all(struct dma_chan *chan)
{
	struct axi_engine_dma *dma = to_dma(chan);
	unsigned long flags;
	LIST_HEAD(head);
	u64 now;

	flags = axi_engine_lock(dma->engine, &now);
	axi_engine_collect(dma->engine, 0, now);
	scoped_guard(spinlock, &dma->vc.lock) {
		if (dma->active) {
			vchan_terminate_vdesc(&dma->active->vd);
			dma->active = NULL;
		}
		vchan_get_all_descriptors(&dma->vc, &head);
	}
	axi_engine_unlock(dma->engine, flags);

	vchan_dma_desc_free_list(&dma->vc, &head);
	return 0;
}

static void dma_synchronize(struct dma_chan *chan)
{
	vchan_synchronize(&to_dma(chan)->vc);
}

static void dma_free_chan_resources(struct dma_chan *chan)
{
	vchan_free_chan_resources(&to_dma(chan)->vc);
}

static bool dma_filter(struct dma_chan *chan, void *param)
{
	return true;
}

/* Says whose the channel is, as boards without devicetree do. */
static void dma_map(struct axi_engine_dma *dma)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dma_users); i++) {
		snprintf(dma->names[i], sizeof(dma->names[i]), "%s.%u", dma_users[i],
			 axi_engine_slot(dma->engine));
		dma->map[i] = (struct dma_slave_map){ dma->names[i], DMA_CHANNEL, NULL };
	}
	dma->device.filter.fn = dma_filter;
	dma->device.filter.map = dma->map;
	dma->device.filter.mapcnt = ARRAY_SIZE(dma->map);
}

static void dma_release(struct dma_device *device)
{
	kfree(container_of(device, struct axi_engine_dma, device));
}

static void dma_fill(struct axi_engine_dma *dma, struct device *dev)
{
	struct dma_device *device = &dma->device;

	dma_cap_set(DMA_SLAVE, device->cap_mask);
	dma_cap_set(DMA_CYCLIC, device->cap_mask);
	dma_cap_set(DMA_PRIVATE, device->cap_mask);
	dma_cap_set(DMA_REPEAT, device->cap_mask);
	dma_cap_set(DMA_LOAD_EOT, device->cap_mask);
	device->dev = dev;
	device->directions = BIT(DMA_DEV_TO_MEM);
	device->src_addr_widths = BIT(DMA_SLAVE_BUSWIDTH_4_BYTES);
	device->residue_granularity = DMA_RESIDUE_GRANULARITY_BURST;
	device->device_prep_slave_sg = dma_prep_slave_sg;
	device->device_prep_peripheral_dma_vec = dma_prep_vec;
	device->device_prep_dma_cyclic = dma_prep_cyclic;
	device->device_issue_pending = dma_issue_pending;
	device->device_tx_status = dma_tx_status;
	device->device_terminate_all = dma_terminate_all;
	device->device_synchronize = dma_synchronize;
	device->device_free_chan_resources = dma_free_chan_resources;
	device->device_release = dma_release;
	INIT_LIST_HEAD(&device->channels);
	dma->vc.desc_free = dma_desc_free;
	vchan_init(&dma->vc, device);
}

static int dma_probe(struct platform_device *pdev)
{
	struct axi_engine **engine = dev_get_platdata(&pdev->dev);
	struct axi_engine_dma *dma;
	int ret;

	dma = kzalloc_obj(*dma);
	if (!dma)
		return -ENOMEM;
	dma->engine = *engine;
	dma_fill(dma, &pdev->dev);
	dma_map(dma);

	axi_engine_connect_dma(dma->engine, dma);
	ret = dma_async_device_register(&dma->device);
	if (ret) {
		axi_engine_connect_dma(dma->engine, NULL);
		kfree(dma);
		return ret;
	}
	platform_set_drvdata(pdev, dma);
	return 0;
}

static void dma_remove(struct platform_device *pdev)
{
	struct axi_engine_dma *dma = platform_get_drvdata(pdev);

	axi_engine_connect_dma(dma->engine, NULL);
	tasklet_kill(&dma->vc.task);
	dma_async_device_unregister(&dma->device);
}

static struct platform_driver dma_driver = {
	.driver = {
		.name	= "axi-engine-dma",
	},
	.probe	= dma_probe,
	.remove	= dma_remove,
};
builtin_platform_driver(dma_driver);
