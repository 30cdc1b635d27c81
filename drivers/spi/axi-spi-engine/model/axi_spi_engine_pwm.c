// SPDX-License-Identifier: GPL-2.0
/*
 * A PWM without hardware, whose output is the trigger of the offload of a model
 * of the AXI SPI Engine. Only for tests on User Mode Linux.
 */

#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pwm.h>

#include "axi_spi_engine_platform.h"

/* It counts cycles of 100 MHz. */
#define TICK_NS		10

/*
 * struct pwm_counts - what its registers can hold
 * @period: ticks from one rise to the next, or 0: the output stays low
 * @duty: ticks from a rise to the fall
 */
struct pwm_counts {
	u32 period;
	u32 duty;
};

/*
 * struct axi_engine_pwm - the PWM
 * @engine: whose trigger it is
 * @edge: fires at each edge of the output
 * @counts: what was written; the timer does not run while it changes
 * @high: the output
 */
struct axi_engine_pwm {
	struct axi_engine *engine;
	struct hrtimer edge;
	struct pwm_counts counts;
	bool high;
};

static struct axi_engine_pwm *to_pwm(struct pwm_chip *chip)
{
	return pwmchip_get_drvdata(chip);
}

static void pwm_set(struct axi_engine_pwm *pwm, bool high)
{
	pwm->high = high;
	axi_engine_set_trigger(pwm->engine, high);
}

static enum hrtimer_restart pwm_edge(struct hrtimer *timer)
{
	struct axi_engine_pwm *pwm = container_of(timer, struct axi_engine_pwm, edge);
	u64 ticks;

	pwm_set(pwm, !pwm->high);
	ticks = pwm->high ? pwm->counts.duty : pwm->counts.period - pwm->counts.duty;
	hrtimer_add_expires_ns(timer, ticks * TICK_NS);
	return HRTIMER_RESTART;
}

static int pwm_round_tohw(struct pwm_chip *chip, struct pwm_device *device,
			  const struct pwm_waveform *wanted, void *hardware)
{
	struct pwm_counts *counts = hardware;
	u64 period = div_u64(wanted->period_length_ns, TICK_NS);

	*counts = (struct pwm_counts){ };
	if (!wanted->period_length_ns)
		return 0;

	counts->period = clamp(period, 1, U32_MAX);
	counts->duty = min(div_u64(wanted->duty_length_ns, TICK_NS), counts->period);
	return !period;
}

static int pwm_round_fromhw(struct pwm_chip *chip, struct pwm_device *device,
			    const void *hardware, struct pwm_waveform *waveform)
{
	const struct pwm_counts *counts = hardware;

	*waveform = (struct pwm_waveform){
		.period_length_ns = (u64)counts->period * TICK_NS,
		.duty_length_ns = (u64)counts->duty * TICK_NS,
	};
	return 0;
}

static int pwm_read(struct pwm_chip *chip, struct pwm_device *device, void *hardware)
{
	struct pwm_counts *counts = hardware;

	*counts = to_pwm(chip)->counts;
	return 0;
}

static int pwm_write(struct pwm_chip *chip, struct pwm_device *device, const void *hardware)
{
	const struct pwm_counts *counts = hardware;
	struct axi_engine_pwm *pwm = to_pwm(chip);

	hrtimer_cancel(&pwm->edge);
	pwm->counts = *counts;
	pwm_set(pwm, false);
	if (counts->duty && counts->duty < counts->period)
		hrtimer_start(&pwm->edge, 0, HRTIMER_MODE_REL_HARD);
	else if (counts->duty)
		pwm_set(pwm, true);
	return 0;
}

static const struct pwm_ops pwm_ops = {
	.sizeof_wfhw		= sizeof(struct pwm_counts),
	.round_waveform_tohw	= pwm_round_tohw,
	.round_waveform_fromhw	= pwm_round_fromhw,
	.read_waveform		= pwm_read,
	.write_waveform		= pwm_write,
};

static int pwm_probe(struct platform_device *pdev)
{
	struct axi_engine **engine = dev_get_platdata(&pdev->dev);
	struct axi_engine_pwm *pwm;
	struct pwm_chip *chip;

	chip = devm_pwmchip_alloc(&pdev->dev, 1, sizeof(*pwm));
	if (IS_ERR(chip))
		return PTR_ERR(chip);
	chip->ops = &pwm_ops;

	pwm = to_pwm(chip);
	pwm->engine = *engine;
	hrtimer_setup(&pwm->edge, pwm_edge, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	platform_set_drvdata(pdev, chip);
	return pwmchip_add(chip);
}

static void pwm_remove(struct platform_device *pdev)
{
	struct pwm_chip *chip = platform_get_drvdata(pdev);

	pwmchip_remove(chip);
	hrtimer_cancel(&to_pwm(chip)->edge);
	pwm_set(to_pwm(chip), false);
}

static struct platform_driver pwm_driver = {
	.driver = {
		.name	= "axi-engine-pwm",
	},
	.probe	= pwm_probe,
	.remove	= pwm_remove,
};
builtin_platform_driver(pwm_driver);
