//! A long script of calls, and what a service answers to it, as text: the same script tells a sound service from a
//! broken one.

mod console;
mod open;
mod people;
mod places;
mod returns;
mod stage;

use claque_core::HitCounts;

pub(crate) use stage::Setup;

/// Everything that the service answers to the whole script, and how often each rule decided.
pub(crate) fn story(setup: Setup) -> (String, HitCounts) {
    let parts = [
        places::applications,
        places::switches,
        places::groups,
        places::forms,
        places::members,
        places::supergroups,
        people::sessions,
        people::mutes,
        people::silence,
        people::quotas,
        people::policies,
        people::old,
        people::old_apps,
        console::changes,
        console::characters,
        console::rights,
        console::returns,
        open::names,
        open::groups,
        open::mutes,
        open::scopes,
        returns::returns,
        returns::closing,
        returns::families,
    ];
    let mut noted = String::new();
    let mut hits = HitCounts::default();
    for part in parts {
        let script = part(setup);
        noted.push_str(&script.story);
        hits.merge(script.world.service.tracer());
    }
    (noted, hits)
}
