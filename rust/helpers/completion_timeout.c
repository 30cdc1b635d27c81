// SPDX-License-Identifier: GPL-2.0

#include <linux/completion.h>

/*
 * reinit_completion() is a plain store, which must not race with complete().
 * Safe code can't promise that, so the store is made under the lock here.
 */
__rust_helper void rust_helper_reinit_completion_locked(struct completion *x)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&x->wait.lock, flags);
	reinit_completion(x);
	raw_spin_unlock_irqrestore(&x->wait.lock, flags);
}
