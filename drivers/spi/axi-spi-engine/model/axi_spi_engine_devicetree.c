// SPDX-License-Identifier: GPL-2.0
/*
 * What a devicetree says of an engine, and of a chip on its bus.
 */

#include <linux/err.h>
#include <linux/of.h>
#include <linux/slab.h>

#include "axi_spi_engine_platform.h"

/*
 * struct axi_engine_tree - the nodes of an engine, and of a chip on its bus
 * @changes: what adds them to the devicetree
 */
struct axi_engine_tree {
	struct of_changeset changes;
	struct device_node *engine;
	struct device_node *chip;
};

static int tree_fill_engine(struct axi_engine_tree *tree, const char *compatible)
{
	struct of_changeset *changes = &tree->changes;
	struct device_node *node = tree->engine;

	return of_changeset_add_prop_string(changes, node, "compatible", compatible) ?:
	       of_changeset_add_prop_u32(changes, node, "num-cs", AXI_ENGINE_TREE_NUM_CS) ?:
	       of_changeset_add_prop_u32(changes, node, "#address-cells", 1) ?:
	       of_changeset_add_prop_u32(changes, node, "#size-cells", 0);
}

static int tree_fill_chip(struct axi_engine_tree *tree)
{
	struct of_changeset *changes = &tree->changes;
	struct device_node *node = tree->chip;

	return of_changeset_add_prop_string(changes, node, "compatible",
					    "test," AXI_ENGINE_CHIP) ?:
	       of_changeset_add_prop_u32(changes, node, "reg", AXI_ENGINE_TREE_CHIP) ?:
	       of_changeset_add_prop_u32(changes, node, "spi-max-frequency",
					 AXI_ENGINE_TREE_HZ) ?:
	       of_changeset_add_prop_bool(changes, node, "spi-cpha");
}

static int tree_fill(struct axi_engine_tree *tree, const char *name, const char *compatible)
{
	struct of_changeset *changes = &tree->changes;

	tree->engine = of_changeset_create_node(changes, of_root, name);
	if (!tree->engine)
		return -ENOMEM;
	/* The device is made elsewhere. */
	of_node_set_flag(tree->engine, OF_POPULATED);

	tree->chip = of_changeset_create_node(changes, tree->engine, "chip");
	if (!tree->chip)
		return -ENOMEM;

	return tree_fill_engine(tree, compatible) ?: tree_fill_chip(tree);
}

static void tree_free(struct axi_engine_tree *tree)
{
	of_changeset_destroy(&tree->changes);
	of_node_put(tree->chip);
	of_node_put(tree->engine);
	kfree(tree);
}

/*
 * axi_engine_tree_create - add the nodes of an engine to the devicetree
 * @name: the name of the engine's node
 * @compatible: its compatible
 *
 * May sleep. Returns an ERR_PTR() on failure.
 */
struct axi_engine_tree *axi_engine_tree_create(const char *name, const char *compatible)
{
	struct axi_engine_tree *tree = kzalloc_obj(*tree);
	int ret;

	if (!tree)
		return ERR_PTR(-ENOMEM);

	of_changeset_init(&tree->changes);
	ret = tree_fill(tree, name, compatible) ?: of_changeset_apply(&tree->changes);
	if (ret) {
		tree_free(tree);
		return ERR_PTR(ret);
	}
	return tree;
}

/* axi_engine_tree_node - the node of the engine */
struct fwnode_handle *axi_engine_tree_node(struct axi_engine_tree *tree)
{
	return of_fwnode_handle(tree->engine);
}

/* axi_engine_tree_destroy - remove the nodes, if there are some */
void axi_engine_tree_destroy(struct axi_engine_tree *tree)
{
	if (!tree)
		return;
	of_changeset_revert(&tree->changes);
	tree_free(tree);
}
