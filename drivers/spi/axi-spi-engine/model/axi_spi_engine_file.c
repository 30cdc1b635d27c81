// SPDX-License-Identifier: GPL-2.0
/*
 * Character devices as user space has them, for tests in the kernel: they are
 * found by their name in devtmpfs.
 */

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/poll.h>

#include "axi_spi_engine_platform.h"

static DEFINE_MUTEX(files_lock);
static struct vfsmount *files;

/* It stays: to unmount takes longer than tests can wait. */
static struct vfsmount *files_mount(void)
{
	struct file_system_type *type;
	struct vfsmount *mount;

	guard(mutex)(&files_lock);
	if (files)
		return files;

	type = get_fs_type("devtmpfs");
	if (!type)
		return ERR_PTR(-ENODEV);
	mount = kern_mount(type);
	put_filesystem(type);
	if (!IS_ERR(mount))
		files = mount;
	return mount;
}

/*
 * axi_engine_open - open a device for reading
 * @name: that below /dev
 * @wait: reads are to wait if there is nothing
 *
 * May sleep. Returns an ERR_PTR() on failure: what stands in the way.
 */
struct file *axi_engine_open(const char *name, bool wait)
{
	struct vfsmount *mount = files_mount();

	if (IS_ERR(mount))
		return ERR_CAST(mount);
	return file_open_root_mnt(mount, name, O_RDONLY | (wait ? 0 : O_NONBLOCK), 0);
}

/* axi_engine_read - read from such a file; returns what read() does */
ssize_t axi_engine_read(struct file *file, void *data, size_t len)
{
	return kernel_read(file, data, len, NULL);
}

/* axi_engine_poll - returns what poll() says of such a file */
u32 axi_engine_poll(struct file *file)
{
	return (__force u32)vfs_poll(file, NULL);
}

/* axi_engine_close - close such a file, at once */
void axi_engine_close(struct file *file)
{
	__fput_sync(file);
}
