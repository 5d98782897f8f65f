//! Rights of clients: who has none is refused, and who has it is served.

use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, CreateLiveMessageGroup, Outcome, Priority, Readings, Rule,
};

use super::{Observed, Tamper, Trial, key};
use crate::verdict::Verdict;

/// Ada owns the group, and bob is in it; both ask for what only ada may.
fn play(tamper: Tamper<'_>) -> Verdict {
    let mut trial = Trial::new(Readings::default(), tamper);
    let create = CreateLiveMessageGroup {
        app_id: trial.create_app(),
        group_id: "g".to_owned(),
        creator_id: Some("ada".to_owned()),
        ..Default::default()
    };
    trial.ask("group", create);
    let (ada, bob) = (trial.log_on("ada", "ada", 0), trial.log_on("bob", "bob", 0));
    trial.client("ada joins", ada, ClientRequest::Join(key()));
    trial.client("bob joins", bob, ClientRequest::Join(key()));
    trial.client("ada lists", ada, ClientRequest::ListMuteUsers(key()));
    trial.client("bob lists", bob, ClientRequest::ListMuteUsers(key()));
    trial.say("gift", ada, Priority::High);
    let group = trial.service.groups().next().expect("the group");
    let history = ClientRequest::ListHistory {
        group: group.into(),
        staff: true,
        kind: None,
        descending: false,
        token: 0,
        page_size: 10,
        begin: 0,
        end: 0,
    };
    let listed = trial.client("history", ada, history);
    let Outcome::Client(Ok(ClientReply::Messages(messages, _))) = listed else { panic!("{listed:?}") };
    let tid = messages.first().expect("the gift").tid.clone();
    trial.client("bob recalls", bob, ClientRequest::DeleteMessage(key(), tid.clone()));
    trial.client("ada recalls", ada, ClientRequest::DeleteMessage(key(), tid));
    trial.model.finish(trial.now);
    trial.model.verdict()
}

#[track_caller]
fn fails(rule: Rule, at: &str, answer: Outcome) {
    let spoil = |name: &str, seen: &mut Observed| {
        if name == at {
            seen.0 = answer.clone();
        }
    };
    match play(&spoil) {
        Verdict::Fail(failure) => assert_eq!(failure.rule, Some(rule), "{}", failure.evidence),
        other => panic!("the change should break {}: {other}", rule.id()),
    }
}

#[test]
fn who_has_a_right_is_served_and_who_has_none_is_not() {
    assert_eq!(play(&|_, _| {}), Verdict::Pass);
    let refused = || Outcome::Client(Err(ClientRefusal::Forbidden));
    fails(Rule::MuteListClientRights, "ada lists", refused());
    fails(Rule::ListMessagesClientRights, "history", refused());
    fails(Rule::RecallClientRights, "ada recalls", refused());
    fails(Rule::RecallClientRights, "bob recalls", Outcome::Client(Ok(ClientReply::Done)));
    let nobody = || claque_core::NameList::default();
    let mutes = ClientReply::Mutes { all: false, users: nobody(), except: nobody() };
    fails(Rule::MuteListClientRights, "bob lists", Outcome::Client(Ok(mutes)));
}
