// SPDX-License-Identifier: GPL-2.0

#include <linux/dmaengine.h>
#include <linux/scatterlist.h>

__rust_helper struct device *
rust_helper_dmaengine_get_dma_device(struct dma_chan *chan)
{
	return dmaengine_get_dma_device(chan);
}

__rust_helper int rust_helper_dmaengine_slave_config(struct dma_chan *chan,
						     struct dma_slave_config *config)
{
	return dmaengine_slave_config(chan, config);
}

__rust_helper struct dma_async_tx_descriptor *
rust_helper_dmaengine_prep_slave_sg(struct dma_chan *chan,
				    struct scatterlist *sgl, unsigned int sg_len,
				    enum dma_transfer_direction dir,
				    unsigned long flags)
{
	return dmaengine_prep_slave_sg(chan, sgl, sg_len, dir, flags);
}

/* There is no function for an entry that has an address for DMA and no page. */
__rust_helper void rust_helper_dmaengine_sg_set(struct scatterlist *sg,
						dma_addr_t addr, unsigned int len)
{
	sg_dma_address(sg) = addr;
	sg_dma_len(sg) = len;
}

__rust_helper struct dma_async_tx_descriptor *
rust_helper_dmaengine_prep_dma_cyclic(struct dma_chan *chan,
				      dma_addr_t buf_addr, size_t buf_len,
				      size_t period_len,
				      enum dma_transfer_direction dir,
				      unsigned long flags)
{
	return dmaengine_prep_dma_cyclic(chan, buf_addr, buf_len, period_len,
					 dir, flags);
}

__rust_helper dma_cookie_t
rust_helper_dmaengine_submit(struct dma_async_tx_descriptor *desc)
{
	return dmaengine_submit(desc);
}

__rust_helper void rust_helper_dma_async_issue_pending(struct dma_chan *chan)
{
	dma_async_issue_pending(chan);
}

__rust_helper enum dma_status
rust_helper_dmaengine_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				struct dma_tx_state *state)
{
	return dmaengine_tx_status(chan, cookie, state);
}

__rust_helper int rust_helper_dmaengine_terminate_sync(struct dma_chan *chan)
{
	return dmaengine_terminate_sync(chan);
}

#if IS_ENABLED(CONFIG_RUST_DMAENGINE_KUNIT_TEST)

#include <linux/dma-direct.h>

/* A device without hardware accesses memory as the processor does. */
__rust_helper void rust_helper_dmaengine_kunit_set_coherent(struct device *dev)
{
	dev_set_dma_coherent(dev);
}

/* This is how it finds what it was given the address of. */
__rust_helper void *rust_helper_dmaengine_kunit_memory(struct device *dev,
						       dma_addr_t addr)
{
	return phys_to_virt(dma_to_phys(dev, addr));
}

#endif
