// SPDX-License-Identifier: GPL-2.0

//! Capture from end to end: a converter, the offload, a trigger, a DMA channel, and the sample
//! driver `rust_spi_capture`, from which files read.

mod orders;
mod rig;

use super::bench::NS;
use crate::{
    hw::{
        Event,
        Picoseconds,
        Version, //
    },
    platform::{
        Capture,
        Driver,
        Events,
        File,
        Instance, //
    }, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        Completion, //
    },
    time::{
        delay::fsleep,
        Delta, //
    },
    workqueue::{
        self,
        impl_has_work,
        new_work,
        Work,
        WorkItem, //
    }, //
};
use rig::*;

const WAITING: Events = Events {
    readable: false,
    gone: false,
};
const READABLE: Events = Events {
    readable: true,
    gone: false,
};

/// The versions that a trigger's edge starts; on others a pulse must be shorter than the program.
fn versions() -> impl Iterator<Item = Version> {
    Version::ALL
        .into_iter()
        .filter(|version| *version != Version::V1_00Release2022)
}

/// A read in another thread, and what it gave.
// Not by `Queue::try_spawn()`: its lock has another name in each crate, of which lockdep warns.
#[pin_data]
struct Read {
    file: File,
    error: Atomic<i32>,
    #[pin]
    done: Completion,
    #[pin]
    work: Work<Self>,
}

impl_has_work! {
    impl HasWork<Self> for Read { self.work }
}

impl WorkItem for Read {
    type Pointer = Arc<Self>;

    fn run(this: Arc<Self>) {
        let read = this.file.read(&mut [0; 272]);
        let error = read.map_or_else(|error| error.to_errno(), |_| 0);

        this.error.store(error, Relaxed);
        this.done.complete_all();
    }
}

impl Read {
    fn start(file: File) -> Result<Arc<Self>> {
        let read = Arc::pin_init(
            pin_init!(Self {
                file,
                error: Atomic::new(0),
                done <- Completion::new(),
                work <- new_work!("axi_spi_engine_capture::Read"),
            }),
            GFP_KERNEL,
        )?;

        // It is not in the queue yet.
        let _ = workqueue::system().enqueue(read.clone());
        Ok(read)
    }
}

/// When words came out of the stream since the log was cleared.
fn streamed(instance: &Instance) -> Result<KVVec<Picoseconds>> {
    let mut times = KVVec::with_capacity(16 * 1024, GFP_KERNEL)?;
    instance.with(|engine| {
        for event in engine.wire().log().events() {
            if let Event::Streamed(at, _) = event {
                times.push_within_capacity(*at).map_err(|_| ENOMEM)?;
            }
        }
        Ok(times)
    })
}

#[kernel::macros::kunit_tests(axi_spi_engine_capture)]
mod tests {
    use super::*;

    /// A reader that keeps up gets each sample, whatever the version.
    #[test]
    fn a_ramp_comes_through_word_by_word() -> Result {
        for drivers in PROVIDERS {
            for version in versions() {
                let instance = instance(version)?;
                let rig = Rig::new(&instance, drivers, Setup::new(10_000, 2))?;
                assert_eq!((version, rig.keeps_up(20)?), (version, true));
            }
        }
        Ok(())
    }

    /// The same with each length of the message.
    #[test]
    fn messages_have_1_to_16_words() -> Result {
        for drivers in PROVIDERS {
            for words in 1..=16 {
                let instance = instance(Version::V1_05)?;
                let rig = Rig::new(&instance, drivers, Setup::new(10_000, words))?;
                assert_eq!((words, rig.keeps_up(3)?), (words, true));
            }

            let instance = instance(Version::V1_05)?;
            let rig = Rig::new(&instance, drivers, Setup::new(10_000, 17));
            assert_eq!(rig.err(), Some(ENXIO));
        }
        Ok(())
    }

    /// If the program ends before the next edge of the clock each edge gives a sample, and none
    /// gets lost. At twice that rate each second one is lost: what this looks at can fail.
    #[test]
    fn each_edge_gives_a_sample_if_there_is_time() -> Result {
        for drivers in PROVIDERS {
            // 16 bits at 1 MHz, and at most 20 cycles of 10 ns for all else: four for CONFIG, four
            // for the chip select, four for the ends of the transfer, two for SYNC, and six until
            // the trigger has crossed to the clock of the program.
            let program = 16 * 1000 + 20 * 10;
            // Timers of User Mode Linux are late: by 500 ns, the least from one to the next, and
            // by 256 ns, which its clock counts.
            let late = 800;
            let period_ns = program + late;

            for (period_ns, edges) in [(period_ns, 1), (period_ns / 2, 2)] {
                let instance = instance(Version::V2_00)?;
                let setup = Setup::new(1_000_000_000 / period_ns, 1).speed(1_000_000);
                let rig = Rig::new(&instance, drivers, setup)?;
                let file = rig.open(true)?;
                let first = rig.record(&file)?;

                instance.clear_log();
                for _ in 0..20 {
                    let record = rig.record(&file)?;
                    assert_eq!(record.lost, 0);
                    assert!(record.continues(first.samples[0]));
                }

                let times = streamed(&instance)?;
                let (Some(begin), Some(end)) = (times.first(), times.last()) else {
                    return Err(EIO);
                };
                // CAST: A `u64` holds all of a `usize`.
                let intervals = times.len() as u64 - 1;
                assert!(intervals > 1000);
                let wanted = intervals * u64::from(edges * period_ns) * NS;
                assert!((end - begin).abs_diff(wanted) <= u64::from(late) * NS);
            }
        }
        Ok(())
    }

    /// The samples themselves tell how many were lost, and the driver says the same.
    #[test]
    fn overruns_are_counted_exactly() -> Result {
        for drivers in PROVIDERS {
            let instance = instance(Version::V1_05)?;
            let rig = Rig::new(&instance, drivers, Setup::new(100_000, 2))?;
            let (file, other) = (rig.open(false)?, rig.open(false)?);
            let (mut done, mut lost) = (0, 0);

            for late in [1, 3, 14, 15, 16, 17, 40] {
                done += late;
                rig.wait_for_block(done)?;
                // One block of the ring is always being written to.
                let kept = late.min(15);
                lost += late - kept;
                for block in done - kept..done {
                    let record = rig.record(&file)?;
                    assert_eq!((record.number, record.lost), (block * 128, lost * 128));
                    assert!(record.continues(0));
                }
                assert_eq!(rig.record(&file).err(), Some(EAGAIN));
            }

            // Each file has a count of its own.
            let record = rig.record(&other)?;
            assert_eq!(
                (record.number, record.lost),
                ((done - 15) * 128, (done - 15) * 128)
            );
            assert!(record.continues(0));
        }
        Ok(())
    }

    #[test]
    fn files_are_as_files_should_be() -> Result {
        for drivers in PROVIDERS {
            let instance = instance(Version::V1_05)?;
            let rig = Rig::new(&instance, drivers, Setup::new(100_000, 1))?;
            let file = rig.open(false)?;
            let mut data = KVec::from_elem(0u8, 8 * rig.record_len(), GFP_KERNEL)?;

            assert_eq!(file.poll(), WAITING);
            assert_eq!(file.read(&mut data), Err(EAGAIN));
            rig.wait_for_block(3)?;
            assert_eq!(file.poll(), READABLE);
            assert_eq!(file.read(&mut data[..rig.record_len() - 1]), Err(EINVAL));
            // Whole records, as many as fit, and then as many as there are.
            assert_eq!(
                file.read(&mut data[..2 * rig.record_len() + 100]),
                Ok(2 * rig.record_len())
            );
            assert_eq!(file.read(&mut data), Ok(rig.record_len()));
            assert_eq!(file.poll(), WAITING);
            assert_eq!(file.read(&mut data), Err(EAGAIN));
        }
        Ok(())
    }

    /// A reader that waits is told when the device goes, and a file outlives it.
    #[test]
    fn a_waiting_reader_is_told_when_the_device_goes() -> Result {
        for drivers in PROVIDERS {
            let instance = instance(Version::V1_05)?;
            // A block takes more than a minute.
            let mut rig = Rig::new(&instance, drivers, Setup::new(1, 1))?;
            let read = Read::start(rig.open(true)?)?;

            fsleep(Delta::from_millis(10));
            assert_eq!(read.error.load(Relaxed), 0);
            rig.remove_device();
            read.done.wait_for_completion();

            assert_eq!(read.error.load(Relaxed), ENODEV.to_errno());
            assert!(read.file.poll().gone);
            assert_eq!(read.file.read(&mut [0; 272]), Err(ENODEV));
        }
        Ok(())
    }

    /// What is around an engine goes with it; if not, it would be in the way of the next one.
    #[test]
    fn a_capture_that_is_forgotten_goes_with_its_engine() -> Result {
        for _ in 0..2 {
            let instance = instance(Version::V1_05)?;
            core::mem::forget(Capture::new(&instance, Driver::C)?);
        }
        Ok(())
    }

    /// Between two blocks nobody reads or writes a register, and there is no interrupt.
    #[test]
    fn no_cpu_works_between_blocks() -> Result {
        for drivers in PROVIDERS {
            let instance = instance(Version::V2_00)?;
            let rig = Rig::new(&instance, drivers, Setup::new(100_000, 16))?;
            let file = rig.open(true)?;

            rig.record(&file)?;
            let before = (instance.interrupts(), instance.accesses());
            for _ in 0..10 {
                rig.record(&file)?;
            }
            assert_eq!((instance.interrupts(), instance.accesses()), before);
        }
        Ok(())
    }
}
