//! What a test of somebody else's looks like, and what it may rely on.

use claque_show::core::{
    ClientRefusal, ClientReply, ClientRequest, DeleteLiveMessageGroup, Notice, RecoverLiveMessageDeletedGroup,
};
use claque_show::{COMMENT, Duration, InboxItem, OWNER, Priority, Show};

#[test]
fn a_comment_reaches_everybody_in_the_group_and_nobody_else() {
    let mut show = Show::new().group("g1").join("ada").join("bob");
    show.log_on("eve").expect("a logon");
    let hello = show.say("ada", "hello");
    show.advance(Duration::from_secs(1));
    for user in ["ada", "bob"] {
        assert_eq!(show.inbox(user).texts(), ["hello"], "{user}");
    }
    assert!(show.inbox("bob").has(&hello) && !show.is_shed(&hello));
    assert_eq!(show.inbox("eve").all(), []);
}

#[test]
fn in_a_burst_comments_are_shed_and_no_gift() {
    let mut show = Show::new().group("g1").join("ada");
    let gift = show.send("ada", 20_001, Priority::High, "a rose").expect("accepted");
    let comments: Vec<_> = (0..60).map(|n| show.say("ada", &format!("comment {n}"))).collect();
    show.advance(Duration::from_secs(1));
    assert!(show.inbox("ada").has(&gift));
    let shed = comments.iter().filter(|tid| show.is_shed(tid)).count();
    assert!(shed > 0 && shed == show.ledger().len(), "{shed} of {}", show.ledger().len());
    assert_eq!(show.inbox("ada").messages().count(), 61 - shed, "each arrives or is in the ledger");
    let first = &show.ledger()[0];
    assert_eq!((first.kind, first.rule.id()), (COMMENT, "shaper.overload.discards"));
}

#[test]
fn what_is_sent_while_a_link_is_lost_comes_back_if_it_is_high() {
    let mut show = Show::new().group("g1").join("ada").join("bob");
    let before = show.send("bob", 20_001, Priority::High, "before").expect("accepted");
    show.advance(Duration::from_secs(1));
    show.cut("ada");
    show.say("bob", "a comment");
    show.send("bob", 20_001, Priority::High, "a rose").expect("accepted");
    show.advance(Duration::from_secs(1));
    assert_eq!(show.inbox("ada").texts(), ["before"], "nothing arrives over a link that is lost");
    show.reconnect("ada").expect("the session waits for half a minute");
    let inbox = show.inbox("ada");
    assert_eq!(inbox.texts(), ["before", "a rose"]);
    assert_eq!(
        inbox.messages().filter(|message| message.tid == before).count(),
        1,
        "what had arrived does not again"
    );
    assert!(inbox.all().iter().any(|one| matches!(one, InboxItem::Recovered(_))));
}

#[test]
fn a_session_ends_without_a_sign_of_life_and_its_user_may_come_again() {
    let mut show = Show::new().group("g1").join("ada").join("bob");
    show.cut("ada");
    show.advance(Duration::from_secs(121));
    assert!(!show.is_online("ada") && show.is_online("bob"));
    show.enter("ada");
    show.say("bob", "again");
    show.advance(Duration::from_secs(1));
    assert_eq!(show.inbox("ada").texts(), ["again"]);
}

#[test]
fn thirty_one_days_pass_at_once() {
    let mut show = Show::new().group("g1").join("ada");
    let app_id = show.app().app_id.to_string();
    let delete =
        DeleteLiveMessageGroup { app_id: app_id.clone(), group_id: "g1".into(), ..Default::default() };
    show.call(DeleteLiveMessageGroup { operator_id: Some(OWNER.into()), ..delete }).expect("accepted");
    assert!(show.inbox("ada").notices().any(|notice| matches!(notice, Notice::Exit(_))));
    show.advance(Duration::from_days(31));
    let restore = RecoverLiveMessageDeletedGroup { app_id, group_id: "g1".into(), ..Default::default() };
    assert!(show.call(restore).is_err());
}

#[test]
fn refusals_are_values_and_a_wrong_name_is_told() {
    let mut show = Show::new().group("g1").join("ada");
    let refused: Result<ClientReply, ClientRefusal> = show.ask("ada", ClientRequest::MuteAll("g1".into()));
    assert!(refused.is_err(), "ada is no administrator");
    show.advance(Duration::from_secs(1));
    assert!(show.take_inbox("ada").iter().all(|one| matches!(one, InboxItem::Notice(_))));
    let said = std::panic::catch_unwind(|| show.inbox("bob").texts().len());
    let said = said.expect_err("nobody is called bob");
    assert!(said.downcast_ref::<String>().is_some_and(|text| text.contains("\"bob\" has logged on")));
}

#[test]
fn the_same_calls_are_the_same_show() {
    let play = || {
        let mut show = Show::new().group("g1").join("ada").join("bob");
        let ids: Vec<_> = (0..20).map(|n| show.say("ada", &format!("{n}"))).collect();
        show.advance(Duration::from_secs(5));
        (ids, show.take_inbox("bob"), show.service().digest())
    };
    assert_eq!(play(), play());
}
