//! `claque campaign collect`: the results of a queue's stream, as files.

use claque_lab::amount::counted;
use claque_lab::unit::{RECORD, UnitResult};

use super::options::{CollectArguments, failure};
use crate::campaign::merge::keep_once;
use crate::campaign::place::CampaignPlace;
use crate::campaign::status;
use crate::output::{line, remark};
use crate::{CommandFailure, Done};

pub(in crate::campaign) fn collect(arguments: &CollectArguments) -> Done {
    if arguments.queue.nats.is_empty() {
        let text =
            "claque campaign collect reads a queue: --nats names its servers, such as nats://127.0.0.1:4222";
        return Err(CommandFailure::Usage(text.to_owned()));
    }
    let queue = arguments.queue.connect()?;
    let record = queue.campaign().map_err(|error| failure(&error))?;
    let into = CampaignPlace::open(&arguments.into)?;
    let failed = |error: std::io::Error| status::try_again(&format!("{into}: {error}"));
    into.put_new(RECORD, &record.to_text()).map_err(failed)?;
    let there = crate::campaign::merge::record(&into)?;
    if let Some(said) = there.difference(&record) {
        return Err(CommandFailure::Usage(format!("{into} holds another campaign, by {said} by the queue")));
    }
    let (mut all, mut new) = (0_u64, 0_u64);
    let read = queue.collect(&mut |number, text| {
        let Some(unit) = record.unit(number) else {
            remark(&format!("the queue has a result of unit {number}, and the campaign has no such unit"));
            return Ok(());
        };
        match UnitResult::read(text, &record, &unit) {
            Ok(result) => {
                all += 1;
                let kept = keep_once(&into, &record, &unit, &result);
                new += u64::from(kept.map_err(|error| format!("{into}: {error}"))?);
            }
            Err(reason) => {
                remark(&format!("the queue's result of unit {number} is void and stays: {reason}"));
            }
        }
        Ok(())
    });
    read.map_err(|error| failure(&error))?;
    line(&format!("campaign    {}, {}", record.hash(), counted(record.units(), "unit")));
    line(&format!("results     {all} in the queue, {new} are new in {into}"));
    Ok(())
}
