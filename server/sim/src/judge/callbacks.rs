//! A callback is sent until it is taken, to the address of its moment, signed, in order, and not again.

use std::collections::BTreeMap;

use claque_core::Readings;
use claque_wire::callback::{SIGNATURE_HEADER, TIMESTAMP_HEADER, verify};

use super::answers::killed_between;
use super::broken::{BrokenPromise, SECOND};
use super::lasting::addresses;
use super::story::{Link, LogStory};
use crate::plan::{Treatment, VIEWERS};
use crate::seen::{PostedCallback, Sight, Sighting};
use crate::viewer::name;

/// The documents' numbers of events.
const LOGON: u64 = 1;
const LOGOFF: u64 = 2;
/// Tries of one callback.
const TRIES_MAX: usize = 6;
/// The least time between the end of a try and the next. Microseconds.
const SPACING: u64 = SECOND;
/// Even behind others that hang the next try comes within this span. Microseconds.
const AGAIN_WITHIN: u64 = 60 * SECOND;

/// Once all receivers take what comes, whatever waits is with them within this span. Microseconds.
const CALLED_WITHIN: u64 = 45 * SECOND;

/// One try.
struct DeliveryTry<'a> {
    /// Place among everything that was seen: two callbacks can go out at one time, one behind the other.
    order: usize,
    at: u64,
    life: usize,
    posted: &'a PostedCallback,
}

impl DeliveryTry<'_> {
    fn taken(&self) -> bool {
        matches!(self.posted.treatment, Treatment::Takes | Treatment::TakesLate(_))
    }

    /// When it was over at the earliest.
    fn over(&self) -> u64 {
        match self.posted.treatment {
            Treatment::Hangs => self.at + 5 * SECOND,
            Treatment::TakesLate(millis) => self.at + millis * 1_000,
            Treatment::Takes
            | Treatment::Answers(_)
            | Treatment::BreaksOff
            | Treatment::BreaksWithin
            | Treatment::Refuses => self.at,
        }
    }
}

pub(crate) fn judge(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let mut tries: BTreeMap<&str, Vec<DeliveryTry<'_>>> = BTreeMap::new();
    for (order, Sighting { at, life, what }) in story.log.seen.iter().enumerate() {
        let Sight::Posted(posted) = what else { continue };
        let Some(transaction) = posted.body["transactionid"].as_str() else {
            let says = format!("a callback without a transaction: {}", posted.body);
            findings.push(BrokenPromise { class: "callback-form", says });
            continue;
        };
        signed(story, (*at, posted), findings);
        tries.entry(transaction).or_default().push(DeliveryTry { order, at: *at, life: *life, posted });
    }
    for (transaction, tries) in &tries {
        // What fell due by the clock alone is not in the journal: a server that was killed does it again, under the same
        // transaction, by which its receiver knows it, and counts its tries anew.
        for own in tries.chunk_by(|one, next| !killed_between(story, one.life, next.life)) {
            again(story, transaction, own, findings);
        }
    }
    overtaken(&tries, findings);
    owed(story, &tries, findings);
}

fn signed(story: &LogStory<'_>, (at, posted): (u64, &PostedCallback), findings: &mut Vec<BrokenPromise>) {
    let header = |name: &str| {
        let found = posted.headers.iter().find(|(its, _)| its.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    };
    let made = story.calls.iter().find(|call| call.is("CreateLiveMessageApp") && !call.made.elsewhere);
    let key = made.and_then(|call| call.answer?.2["AppKey"].as_str()).unwrap_or_default();
    let stamp = (header(TIMESTAMP_HEADER), header(SIGNATURE_HEADER));
    let trust = verify(&Readings::default(), at / SECOND, (&posted.url, key), stamp);
    if let Err(why) = trust {
        findings
            .push(BrokenPromise { class: "callback-signature", says: format!("to {}: {why}", posted.url) });
    }
    if posted.method != "POST" {
        findings.push(BrokenPromise {
            class: "callback-form",
            says: format!("a callback came by {}", posted.method),
        });
    }
}

/// Whether somebody refused connections between two times: then tries are not seen.
fn refusing(story: &LogStory<'_>, from: u64, to: u64) -> bool {
    let mut refuses: BTreeMap<usize, bool> = BTreeMap::new();
    for seen in &story.log.seen {
        if let Sight::Treats(receiver, treatment) = seen.what {
            if seen.at > to {
                break;
            }
            let now = treatment == Treatment::Refuses;
            if seen.at >= from && now {
                return true;
            }
            refuses.insert(receiver, now);
        }
        if seen.at >= from && refuses.values().any(|refuses| *refuses) {
            return true;
        }
    }
    refuses.values().any(|refuses| *refuses)
}

fn again(
    story: &LogStory<'_>,
    transaction: &str,
    tries: &[DeliveryTry<'_>],
    findings: &mut Vec<BrokenPromise>,
) {
    if tries.len() > TRIES_MAX {
        let says = format!("callback {transaction} was tried {} times", tries.len());
        findings.push(BrokenPromise { class: "callback-again", says });
    }
    for pair in tries.windows(2) {
        let [first, second] = pair else { continue };
        if first.taken() {
            let says = format!(
                "callback {transaction} was taken ({:?}) at {} and sent again at {}",
                first.posted.treatment, first.at, second.at
            );
            findings.push(BrokenPromise { class: "callback-again", says });
        }
        if second.at < first.over() + SPACING {
            let says = format!("callback {transaction} was tried again after {} µs", second.at - first.at);
            findings.push(BrokenPromise { class: "callback-soon", says });
        }
        if (&first.posted.body, &first.posted.url) != (&second.posted.body, &second.posted.url) {
            let says = format!("callback {transaction} was sent again as another");
            findings.push(BrokenPromise { class: "callback-changed", says });
        }
    }
    let (Some(first), Some(last)) = (tries.first(), tries.last()) else { return };
    let due = last.over() + AGAIN_WITHIN;
    let unseen = refusing(story, first.at.saturating_sub(40 * SECOND), due);
    if !last.taken() && tries.len() < TRIES_MAX && due < story.end_of(last.life) && !unseen {
        let says = format!(
            "callback {transaction} was not taken ({:?}) and not tried again, after {} tries",
            last.posted.treatment,
            tries.len()
        );
        findings.push(BrokenPromise { class: "callback-given-up", says });
    }
}

fn user_of(posted: &PostedCallback) -> &str {
    posted.body["eves"][0]["uid"].as_str().unwrap_or_default()
}

/// Whether a callback reports an event of a viewer's session.
fn reports(posted: &PostedCallback, (viewer, sid): (usize, &str), event: u64) -> bool {
    let session = &posted.body["eves"][0];
    session["uid"] == name(viewer) && session["sid"] == sid && session["events"][0]["e"] == event
}

/// A callback: its transaction, and how often it was tried.
type CallbackTries<'a> = (&'a str, &'a Vec<DeliveryTry<'a>>);

/// Of one user the next callback waits for the one before it.
fn overtaken(tries: &BTreeMap<&str, Vec<DeliveryTry<'_>>>, findings: &mut Vec<BrokenPromise>) {
    let mut of_users: BTreeMap<(&str, usize), Vec<CallbackTries<'_>>> = BTreeMap::new();
    for (transaction, tries) in tries {
        if let Some(first) = tries.first() {
            of_users.entry((user_of(first.posted), first.life)).or_default().push((transaction, tries));
        }
    }
    for ((user, _), mut callbacks) in of_users {
        callbacks.sort_by_key(|(_, tries)| tries.first().map(|first| first.order));
        for pair in callbacks.windows(2) {
            let [(one, first), (other, second)] = pair else { continue };
            let (Some(last), Some(next)) = (first.last(), second.first()) else { continue };
            if next.at < last.over() && next.life == last.life {
                let says = format!(
                    "callback {other} of {user} went out at {} µs, before {one} was over: its tries began at {:?} µs, \
                     and the last was not over before {} µs",
                    next.at,
                    first.iter().map(|its| its.at).collect::<Vec<_>>(),
                    last.over()
                );
                findings.push(BrokenPromise { class: "callback-overtakes", says });
            }
        }
    }
}

/// What a viewer saw happen is called back, to the address of that moment.
fn owed(
    story: &LogStory<'_>,
    tries: &BTreeMap<&str, Vec<DeliveryTry<'_>>>,
    findings: &mut Vec<BrokenPromise>,
) {
    for viewer in 0..usize::try_from(VIEWERS).unwrap_or(0) {
        owed_logoff(story, tries, viewer, findings);
    }
    for link in &story.links {
        let Some((at, frame)) = link.logon() else { continue };
        let asked = link.frames.first().map_or(at, |(at, ..)| *at);
        if link.began_with("login")
            && let Some(sid) = frame["result"]["sid"].as_str()
        {
            owed_logon(story, tries, (link.viewer, sid), (asked, at, link.life), findings);
        }
    }
}

/// A logon is called back, once.
fn owed_logon(
    story: &LogStory<'_>,
    tries: &BTreeMap<&str, Vec<DeliveryTry<'_>>>,
    (viewer, sid): (usize, &str),
    (asked, at, life): (u64, u64, usize),
    findings: &mut Vec<BrokenPromise>,
) {
    let mut found = tries
        .values()
        .filter(|tries| tries.first().is_some_and(|first| reports(first.posted, (viewer, sid), LOGON)));
    let end = story.end_of(life);
    let Some(first) = found.next() else {
        // Those before it in the lane of its user have their tries first, each of which a receiver may let hang.
        let of_user =
            tries.values().flatten().filter(|one| user_of(one.posted) == name(viewer) && one.at > at);
        let since = of_user.map(|one| one.at).max().unwrap_or(at);
        // A receiver that refuses may take that long, and its tries are not seen.
        if since + 80 * SECOND < end && !refusing(story, at.saturating_sub(60 * SECOND), since + 80 * SECOND)
        {
            let says = format!("the logon of viewer{viewer} was never called back");
            findings.push(BrokenPromise { class: "callback-missing", says });
        }
        return;
    };
    if found.next().is_some() {
        let says = format!("the logon of viewer{viewer} was called back under two transactions");
        findings.push(BrokenPromise { class: "callback-again", says });
    }
    let possible = addresses(story, asked, at);
    if let Some(first) = first.first()
        && !possible.contains(&first.posted.url)
    {
        let says = format!(
            "the logon of viewer{viewer} was called back at {}, and the address was {}",
            first.posted.url,
            possible.join(" or ")
        );
        findings.push(BrokenPromise { class: "callback-address", says });
    }
}

/// The end of a session whose viewer does not come back is called back.
fn owed_logoff(
    story: &LogStory<'_>,
    tries: &BTreeMap<&str, Vec<DeliveryTry<'_>>>,
    viewer: usize,
    findings: &mut Vec<BrokenPromise>,
) {
    let Some(newest) = story.links.iter().rposition(|link| link.viewer == viewer) else { return };
    let link = &story.links[newest];
    // Nothing came behind the link with which it went.
    let began =
        story.session(newest).last().filter(|first| link.logon().is_some() && first.began_with("login"));
    let Some((_, logon)) = began.and_then(Link::logon) else { return };
    let logged_out = story.session(newest).any(|link| link.asked("logout").next().is_some());
    let (Some(sid), Some(timeout)) =
        (logon["result"]["sid"].as_str(), logon["result"]["heartbeatTimeout"].as_u64())
    else {
        return;
    };
    let Some(due) = ends_at(story, link, timeout * SECOND).filter(|_| !logged_out) else { return };
    if !tries.values().flatten().any(|one| reports(one.posted, (viewer, sid), LOGOFF)) {
        let says =
            format!("the end of the session of viewer{viewer} was due at {due} µs and never called back");
        findings.push(BrokenPromise { class: "callback-missing", says });
    }
}

/// When the session of a link that is gone ends at the latest, if there is time left for the callback. A server that begins takes
/// the links of the one before it for lost then.
fn ends_at(story: &LogStory<'_>, link: &Link<'_>, timeout: u64) -> Option<u64> {
    let mut calm = 0;
    let mut treated: BTreeMap<usize, Treatment> = BTreeMap::new();
    for seen in &story.log.seen {
        let Sight::Treats(receiver, treatment) = seen.what else { continue };
        if treated.insert(receiver, treatment).is_some_and(|before| before != treatment) {
            calm = seen.at;
        }
    }
    // Tries before that may have been the last ones.
    if treated.values().any(|treatment| *treatment != Treatment::Takes)
        || link.down.0.saturating_add(timeout) < calm
    {
        return None;
    }
    let lives = story.lives.iter().enumerate().skip(link.life);
    // What fell due in a life that was too short for it went with that life, callback and all.
    let before = |life: usize| if life == link.life { 0 } else { story.end_of(life - 1) };
    let lives = lives.filter(|(life, _)| link.down.0.saturating_add(timeout) > before(*life));
    let due = lives.map(|(life, (began, end))| {
        let lost = if life == link.life { link.down.0 } else { *began };
        (lost.saturating_add(timeout), *end)
    });
    let mut due = due.filter(|(due, end)| due.saturating_add(CALLED_WITHIN) < *end);
    due.next().map(|(due, _)| due)
}
