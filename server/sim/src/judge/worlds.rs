//! Worlds share nothing: a key leads into its own, and so do clocks and messages.

use super::broken::{BrokenPromise, SECOND};
use super::story::LogStory;

pub(crate) fn judge(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let mut own: [Vec<&str>; 2] = [Vec::new(), Vec::new()];
    for call in story.calls.iter().filter(|call| call.is("CreateLiveMessageApp")) {
        let id = call.answer.and_then(|(_, _, body)| body["AppId"].as_str());
        own[usize::from(call.made.elsewhere)].extend(id);
    }
    for call in story.calls.iter().filter(|call| call.is("ListLiveMessageApps") && call.accepted()) {
        let Some((_, _, body)) = call.answer else { continue };
        let other = &own[usize::from(!call.made.elsewhere)];
        let listed: Vec<&str> = body["AppList"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|app| app["AppId"].as_str())
            .collect();
        if let Some(leaked) =
            listed.iter().find(|id| other.contains(id) && !own[usize::from(call.made.elsewhere)].contains(id))
        {
            let says = format!("call {} was shown the application {leaked} of another world", call.number);
            findings.push(BrokenPromise { class: "world-leaks", says });
        }
        if !call.made.elsewhere && !own[0].is_empty() && listed.is_empty() {
            let says = format!("call {} was shown no application of its world", call.number);
            findings.push(BrokenPromise { class: "acknowledged-lost", says });
        }
    }
    for call in story.calls.iter().filter(|call| call.is("GET clock") && call.accepted()) {
        let Some((at, _, body)) = call.answer else { continue };
        let shown = body["nowMicros"].as_u64().unwrap_or(0);
        if shown + SECOND < call.sent || shown > at + SECOND {
            let says =
                format!("call {} was shown the time {shown} between {} and {at}", call.number, call.sent);
            findings.push(BrokenPromise { class: "clock-wrong", says });
        }
    }
}
