//! The judges bite: what was seen in a sound run is changed as a broken server would change it, and each change is noticed under
//! the promise that it breaks.

use claque_server_sim::plan::{LifeEnd, Treatment};
use claque_server_sim::seen::{HowSent, LinkOver, Sight, Sighting};
use claque_server_sim::{Log, ServerPlan, judge, run};
use serde_json::Value as Json;

/// A change to what was seen; false: there is nothing in this run that it could change.
type Change = fn(&mut Log) -> bool;

/// Seeds that are looked at, until one shows the change.
const SEEDS: u64 = 60;

fn bites(class: &str, change: Change) {
    let mut changed = 0;
    for seed in 0..SEEDS {
        let plan = ServerPlan::of(seed);
        let mut log = run(&plan);
        if !change(&mut log) {
            continue;
        }
        changed += 1;
        if judge(&log).iter().any(|finding| finding.class == class) {
            return;
        }
    }
    panic!("{class}: none of {changed} changed runs of {SEEDS} was noticed");
}

/// The places of what fits, in order.
fn places(log: &Log, fits: impl Fn(&Sight) -> bool) -> Vec<usize> {
    log.seen.iter().enumerate().filter(|(_, seen)| fits(&seen.what)).map(|(at, _)| at).collect()
}

fn is_delivery(what: &Sight) -> bool {
    matches!(what, Sight::Received(_, _, frame) if frame["event"] == "recvgroupmessage")
}

/// The first delivery of each run may be of any kind; all of them are taken out.
#[test]
fn a_message_that_never_arrives() {
    bites("message-missing", |log| {
        let before = log.seen.len();
        log.seen.retain(|seen| !is_delivery(&seen.what));
        log.seen.len() < before
    });
}

#[test]
fn a_message_that_arrives_twice() {
    bites("message-twice", |log| {
        let Some(at) = places(log, is_delivery).first().copied() else { return false };
        let again = log.seen[at].clone();
        log.seen.insert(at + 1, again);
        true
    });
}

#[test]
fn a_message_whose_text_is_cut() {
    bites("message-changed", |log| {
        for at in places(log, is_delivery) {
            if let Sight::Received(_, _, frame) = &mut log.seen[at].what {
                frame["message"]["data"] = Json::from("cut");
            }
        }
        true
    });
}

#[test]
fn messages_that_arrive_in_another_order() {
    bites("out-of-order", |log| {
        let all = places(log, is_delivery);
        for pair in all.windows(2) {
            let (one, other) = (log.seen[pair[0]].what.clone(), log.seen[pair[1]].what.clone());
            if let (Sight::Received(of, _, first), Sight::Received(as_well, _, second)) = (&one, &other)
                && of == as_well
                && first["groupId"] == second["groupId"]
            {
                (log.seen[pair[0]].what, log.seen[pair[1]].what) = (other, one);
                return true;
            }
        }
        false
    });
}

#[test]
fn an_answer_that_is_anothers() {
    bites("another-answer", |log| {
        let named =
            |what: &Sight| matches!(what, Sight::Answered(_, 200, body) if body["MsgTid"].is_string());
        let all = places(log, named);
        let [one, other, ..] = all.as_slice() else { return false };
        let (Sight::Answered(first, ..), Sight::Answered(second, ..)) =
            (log.seen[*one].what.clone(), log.seen[*other].what.clone())
        else {
            return false;
        };
        for (at, call) in [(*one, second), (*other, first)] {
            if let Sight::Answered(of, ..) = &mut log.seen[at].what {
                *of = call;
            }
        }
        true
    });
}

#[test]
fn a_call_whose_answer_never_comes() {
    bites("unanswered", |log| {
        for at in places(log, |what| matches!(what, Sight::Sent(_, HowSent::AmongOthers))) {
            let Sight::Sent(call, _) = log.seen[at].what else { continue };
            let answer = places(log, |what| matches!(what, Sight::Answered(of, ..) if *of == call));
            if let Some(answer) = answer.first() {
                log.seen[*answer].what = Sight::Lost(call, "no answer came in time");
                return true;
            }
        }
        false
    });
}

#[test]
fn a_write_that_a_restart_forgets() {
    bites("acknowledged-lost", |log| {
        let mut changed = false;
        for seen in &mut log.seen {
            let Sighting { life, what: Sight::Answered(call, 200, body), .. } = seen else { continue };
            if *life > 0 && log.calls[*call].name == "DescribeLiveMessageGroup" {
                body["GroupInfo"] = Json::from("");
                changed = true;
            }
        }
        changed
    });
}

#[test]
fn a_request_that_is_taken_a_second_time() {
    bites("taken-twice", |log| {
        let mut changed = false;
        for seen in &mut log.seen {
            if let Sight::Answered(call, status @ 400.., body) = &mut seen.what
                && log.calls[*call].repeats.is_some()
            {
                (*status, *body) = (200, serde_json::json!({}));
                changed = true;
            }
        }
        changed
    });
}

#[test]
fn a_link_that_is_cut_without_a_reason() {
    bites("link-cut", |log| {
        let Some(at) =
            places(log, |what| matches!(what, Sight::Down(_, _, LinkOver::ByViewer))).first().copied()
        else {
            return false;
        };
        if let Sight::Down(_, _, how) = &mut log.seen[at].what {
            *how = LinkOver::ByServer(Some(1008));
        }
        true
    });
}

#[test]
fn a_callback_that_is_not_tried_again() {
    bites("callback-given-up", |log| {
        let mut tried = std::collections::BTreeSet::new();
        let before = log.seen.len();
        log.seen.retain(|seen| match &seen.what {
            Sight::Posted(posted) => tried.insert(posted.body["transactionid"].to_string()),
            other => !matches!(other, Sight::Posted(_)),
        });
        log.seen.len() < before
    });
}

#[test]
fn a_callback_that_is_sent_again_after_it_was_taken() {
    bites("callback-again", |log| {
        let taken =
            |what: &Sight| matches!(what, Sight::Posted(posted) if posted.treatment == Treatment::Takes);
        let Some(at) = places(log, taken).first().copied() else { return false };
        let again = Sighting { at: log.seen[at].at + 2_000_000, ..log.seen[at].clone() };
        log.seen.insert(at + 1, again);
        true
    });
}

#[test]
fn a_callback_to_another_address() {
    bites("callback-address", |log| {
        for seen in &mut log.seen {
            if let Sight::Posted(posted) = &mut seen.what {
                posted.url = "http://receiver7.example.com/callbacks".to_owned();
            }
        }
        true
    });
}

#[test]
fn a_text_that_passes_although_it_was_refused() {
    bites("review-ignored", |log| {
        for at in places(log, |what| matches!(what, Sight::Answered(_, 400.., _))) {
            let Sight::Answered(call, ..) = log.seen[at].what else { continue };
            let asked = &log.calls[call].parameters;
            let Some(text) = asked.get("Body").and_then(Json::as_str).map(str::to_owned) else { continue };
            let reviewed = places(log, |what| matches!(what, Sight::Reviewed(content) if *content == text));
            if text.starts_with("refuses") && !reviewed.is_empty() {
                let id = asked.get("MsgTid").cloned();
                log.seen[at].what = Sight::Answered(call, 200, serde_json::json!({ "MsgTid": id }));
                return true;
            }
        }
        false
    });
}

#[test]
fn a_server_that_ends_by_itself() {
    bites("server-fails", |log| {
        let at = places(log, |what| matches!(what, Sight::Ends(LifeEnd::Stop))).first().copied().unwrap_or(0);
        let failed = Sighting { what: Sight::Failed("it ended".to_owned()), ..log.seen[at].clone() };
        log.seen.push(failed);
        true
    });
}

#[test]
fn a_refused_sender_that_does_not_learn_the_reason() {
    bites("reason-lost", |log| {
        let mut changed = false;
        for seen in &mut log.seen {
            if let Sight::Received(_, _, frame) = &mut seen.what
                && frame["error"]["message"].as_str().is_some_and(|message| message.contains("no such words"))
            {
                frame["error"]["message"] = Json::from("refused");
                changed = true;
            }
        }
        changed
    });
}

#[test]
fn a_token_whose_end_nobody_hears_of() {
    bites("expiry-missed", |log| {
        let before = log.seen.len();
        log.seen.retain(
            |seen| !matches!(&seen.what, Sight::Received(_, _, frame) if frame["event"] == "tokenexpired"),
        );
        log.seen.len() < before
    });
}

#[test]
fn a_session_whose_end_is_not_called_back() {
    bites("callback-missing", |log| {
        let before = log.seen.len();
        log.seen.retain(|seen| {
            !matches!(&seen.what, Sight::Posted(posted) if posted.body["eves"][0]["events"][0]["e"] == 2)
        });
        log.seen.len() < before
    });
}

#[test]
fn a_clock_of_another_pace() {
    bites("clock-wrong", |log| {
        let mut changed = false;
        for seen in &mut log.seen {
            if let Sight::Answered(call, 200, body) = &mut seen.what
                && log.calls[*call].name == "GET worlds/elsewhere/clock"
            {
                body["nowMicros"] = Json::from(body["nowMicros"].as_u64().unwrap_or(0) + 3_600_000_000);
                changed = true;
            }
        }
        changed
    });
}

#[test]
fn a_key_that_outlives_its_world() {
    bites("world-outlived", |log| {
        let mut changed = false;
        for seen in &mut log.seen {
            if let Sight::Answered(_, 404, body) = &mut seen.what
                && body["Code"] == "InvalidAccessKeyId.NotFound"
            {
                body["Code"] = Json::from("ServiceUnavailable");
                changed = true;
            }
        }
        changed
    });
}
