/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's own spidev_test needs of a C library, and nolibc lacks.
 * Included before it.
 */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct option {
	const char *name;
	int has_arg;
	int *flag;	/* not supported: NULL */
	int val;
};

/* The option that an argument "--NAME" or "--NAME=VALUE" means, or NULL. */
static const struct option *long_option(const char *name, const struct option *options)
{
	size_t len = strchr(name, '=') ? strchr(name, '=') - name : strlen(name);

	for (; options->name; options++) {
		if (strlen(options->name) == len && !memcmp(options->name, name, len))
			return options;
	}
	return NULL;
}

static int getopt_long(int argc, char *const argv[], const char *shorts,
		       const struct option *options, int *index)
{
	const char *arg = optind < argc ? argv[optind] : NULL;
	const struct option *option;

	if (!arg || arg[0] != '-' || arg[1] != '-' || !arg[2])
		return getopt(argc, argv, shorts);

	optind++;
	option = long_option(arg + 2, options);
	if (!option)
		return '?';
	if (option->has_arg) {
		char *value = strchr(arg, '=');

		optarg = value ? value + 1 : optind < argc ? argv[optind++] : NULL;
		if (!optarg)
			return '?';
	}
	return option->val;
}

/* Any bytes will do, but not the same ones in each transfer. */
static long random(void)
{
	static unsigned long state = 1;

	state = state * 6364136223846793005UL + 1442695040888963407UL;
	return state >> 33;
}
