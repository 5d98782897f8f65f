//! A worker of a queue, and what feeds one.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use claque_fleet::{Lease, Published, UnitQueue};
use claque_lab::amount::counted;
use claque_lab::unit::{CampaignRecord, UNITS, UnitResult, keep, unit_name};

use super::options::{QueueArguments, failure};
use crate::CommandFailure;
use crate::campaign::place::CampaignPlace;
use crate::campaign::source::UnitSource;
use crate::output::{line, remark};

/// The campaign that a queue holds.
pub(in crate::campaign) fn campaign_of(arguments: &QueueArguments) -> Result<CampaignRecord, CommandFailure> {
    arguments.connect()?.campaign().map_err(|error| failure(&error))
}

/// Puts units into the queue.
pub(in crate::campaign) fn feed(
    arguments: &QueueArguments,
    record: &CampaignRecord,
    units: &[u64],
) -> Result<(), CommandFailure> {
    let queue = arguments.connect()?;
    queue.open(record).map_err(|error| failure(&error))?;
    let fed = queue.feed(units).map_err(|error| failure(&error))?;
    line(&format!("campaign    {}, {}", record.hash(), counted(record.units(), "unit")));
    line(&format!("run         {}", record.run));
    line(&format!("queued      {}, {} were in the queue", fed.queued, fed.were_queued));
    Ok(())
}

/// The units of a queue, for the threads of this process.
pub(in crate::campaign) fn source<'a>(
    arguments: &QueueArguments,
    record: &'a CampaignRecord,
    store: &'a CampaignPlace,
) -> Result<impl UnitSource + 'a, CommandFailure> {
    let queue = arguments.connect()?;
    let held = queue.campaign().map_err(|error| failure(&error))?;
    if let Some(said) = held.difference(record) {
        let text = format!(
            "the queue holds another campaign, by {said} by {store}; --queue or --out keep them apart"
        );
        return Err(CommandFailure::Usage(text));
    }
    Ok(QueuedUnits { queue, record, store, closed: AtomicBool::new(false), leases: Mutex::default() })
}

struct QueuedUnits<'a> {
    queue: UnitQueue,
    record: &'a CampaignRecord,
    store: &'a CampaignPlace,
    closed: AtomicBool,
    /// The units that threads of this process work at.
    leases: Mutex<BTreeMap<u64, Lease>>,
}

impl QueuedUnits<'_> {
    fn leases(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Lease>> {
        // Whoever panicked with it held a map that is sound between any two of its calls.
        self.leases.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A sound result of a unit that this place has: its worker died between the file and the acknowledgement.
    fn kept_before(&self, unit: u64) -> Option<UnitResult> {
        let text = self.store.get(&unit_name(UNITS, unit, 1)).ok()??;
        UnitResult::read(&text, self.record, &self.record.unit(unit)?).ok()
    }

    /// Says that a unit is done. That nobody hears of it costs a second run of the unit, whose result will be refused. After a
    /// loss of the store the acknowledgement may meet another unit that has its number in the new stream: where that unit's
    /// worker dies, too, `reconcile` finds it missing.
    fn acknowledge(&self, lease: Lease) {
        let unit = lease.unit();
        if let Err(said) = self.queue.done(lease) {
            remark(&format!("unit {unit} may be handed out once more: {said}"));
        }
    }

    /// Puts a result into the stream of results. The other side, where another machine had a different one.
    fn publish(&self, unit: u64, result: &UnitResult) -> Result<Option<UnitResult>, String> {
        let unit = self.record.unit(unit).ok_or_else(|| format!("the campaign has no unit {unit}"))?;
        match self.queue.publish(self.record, &unit, result).map_err(|error| error.to_string())? {
            Published::First | Published::Equal => Ok(None),
            Published::Differs(first) => {
                let first = UnitResult::read(&first, self.record, &unit).map_err(|reason| {
                    format!("the queue has a void result of unit {}: {reason}", unit.number)
                })?;
                // Both sides where `reconcile` looks.
                keep(&**self.store, self.record, &unit, &first, false).map_err(|error| error.to_string())?;
                Ok(Some(first))
            }
        }
    }
}

impl UnitSource for QueuedUnits<'_> {
    fn take(&self) -> Result<Option<u64>, String> {
        let is_stopped = || self.closed.load(Ordering::Relaxed) || crate::interrupt::asked();
        loop {
            let Some(lease) = self.queue.take(&is_stopped).map_err(|error| error.to_string())? else {
                return Ok(None);
            };
            let unit = lease.unit();
            if self.record.unit(unit).is_none() {
                return Err(format!(
                    "the queue hands out unit {unit}, and the campaign has {}",
                    self.record.units()
                ));
            }
            let Some(result) = self.kept_before(unit) else {
                self.leases().insert(unit, lease);
                return Ok(Some(unit));
            };
            self.publish(unit, &result)?;
            self.acknowledge(lease);
        }
    }

    fn finish(&self, unit: u64, result: &UnitResult) -> Result<Option<UnitResult>, String> {
        let Some(lease) = self.leases().remove(&unit) else {
            return Err(format!("unit {unit} was not handed out"));
        };
        if !result.trailer.canary.found {
            // What notices nothing takes no further unit, or it would take this one again and again.
            self.close();
            return self.queue.give_back(lease).map(|()| None);
        }
        // The file is kept, then the result is in the stream, and only then the unit leaves the queue.
        let other = self.publish(unit, result)?;
        self.acknowledge(lease);
        Ok(other)
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    fn is_done_after(&self, _: usize) -> bool {
        // How many units others take nobody knows.
        false
    }
}
