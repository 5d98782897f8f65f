//! What is asked of every state: all reads, a restart, and what comes of it when time goes on.

use claque_core::{
    CheckLiveMessageUsersInGroup, CheckLiveMessageUsersOnline, ClientRequest, DescribeLiveMessageApp,
    DescribeLiveMessageGroup, DescribeLiveMessageGroupBand, Duration, GroupKey, HitCounts, Input,
    ListLiveMessageGroupMessages, ListLiveMessageGroupUsers, ListLiveMessageGroups, Mutants, Service,
    Snapshot,
};
use claque_oracle::verdict::Verdict;
use claque_sim::first_difference;

use super::stage::{ExploredStage, WrongState};
use super::step::ScopeUser;

/// How long time goes on: longer than a lost link, a message that waits and a notice that is put off may take.
const AFTERWARDS: Duration = Duration::from_secs(130);

/// Looks at a state from all sides, on copies of it; what is wrong, and what was done to see it.
pub(super) fn probe<D: Mutants>(stage: &ExploredStage<D>) -> Option<(&'static str, WrongState)> {
    let restarted = restart(stage).map(|wrong| ("restart", wrong));
    restarted
        .or_else(|| read_all(&mut stage.clone()).map(|wrong| ("read", wrong)))
        .or_else(|| go_on(&mut stage.clone()).map(|wrong| ("wait", wrong)))
}

/// A service out of the bytes of a snapshot must be the service that the snapshot was taken of.
fn restart<D: Mutants>(stage: &ExploredStage<D>) -> Option<WrongState> {
    let before = stage.service.digest();
    let bytes = stage.service.snapshot_bytes();
    let snapshot = match Snapshot::from_bytes(&bytes) {
        Ok(snapshot) => snapshot,
        Err(error) => return Some((None, format!("a restart cannot read its snapshot: {error}"))),
    };
    let config = stage.service.config().clone();
    let mutants = stage.mutants.clone();
    let again = Service::restore(snapshot, config, HitCounts::default(), mutants);
    (again.digest() != before).then(|| {
        let (rule, says) = first_difference(&stage.service.snapshot(), &again.snapshot());
        (rule, says.to_string())
    })
}

/// Asks for everything that can be asked. Reads come one after the other on one state, because they must not change it.
fn read_all<D: Mutants>(stage: &mut ExploredStage<D>) -> Option<WrongState> {
    let before = stage.service.lasting_digest();
    for app in [0, 1] {
        read_as_back_end(stage, app);
    }
    for actor in [ScopeUser::Ada, ScopeUser::Bob] {
        read_as_client(stage, actor);
    }
    if stage.service.lasting_digest() != before {
        stage.refute(None, "a call that only reads changed the state".to_owned());
    }
    stage.wrong()
}

fn read_as_back_end<D: Mutants>(stage: &mut ExploredStage<D>, app: usize) {
    let (app_id, group_id) = (stage.app_id(app), "g".to_owned());
    let named = || (app_id.clone(), group_id.clone());
    let people = || vec!["ada".to_owned(), "bob".to_owned()];
    stage.ask(DescribeLiveMessageApp { app_id: app_id.clone(), data_center: None });
    stage.ask(ListLiveMessageGroups {
        app_id: app_id.clone(),
        group_status: Some(0),
        sort_type: Some(1),
        ..Default::default()
    });
    let user_ids = people();
    stage.ask(CheckLiveMessageUsersOnline { app_id: app_id.clone(), user_ids, data_center: None });
    let ((app_id, group_id), user_ids) = (named(), people());
    stage.ask(CheckLiveMessageUsersInGroup { app_id, group_id, user_ids, data_center: None });
    let (app_id, group_id) = named();
    stage.ask(DescribeLiveMessageGroup { app_id, group_id, data_center: None });
    let (app_id, group_id) = named();
    stage.ask(DescribeLiveMessageGroupBand { app_id, group_id, data_center: None });
    for sort_type in [Some(1), Some(2)] {
        let (app_id, group_id) = named();
        stage.ask(ListLiveMessageGroupUsers {
            app_id,
            group_id,
            page_size: Some(10),
            sort_type,
            ..Default::default()
        });
        let (app_id, group_id) = named();
        stage.ask(ListLiveMessageGroupMessages {
            app_id,
            group_id,
            page_size: Some(10),
            sort_type,
            ..Default::default()
        });
    }
}

fn read_as_client<D: Mutants>(stage: &mut ExploredStage<D>, actor: ScopeUser) {
    let Some(session) = stage.session(actor) else { return };
    let group = || GroupKey::from("g");
    for request in [
        ClientRequest::QueryGroup(group()),
        ClientRequest::ListMuteUsers(group()),
        ClientRequest::ListRecentGroupUsers(group()),
        ClientRequest::ListRecentMessages { group: group(), before: 0, page_size: 10 },
        ClientRequest::ListHistory {
            group: group(),
            staff: false,
            kind: None,
            descending: true,
            token: 0,
            page_size: 10,
            begin: 0,
            end: 0,
        },
    ] {
        stage.apply(Input::Client(session, request));
    }
}

/// Lets everything fall due that may, and asks once more: what is owed must have come.
fn go_on<D: Mutants>(stage: &mut ExploredStage<D>) -> Option<WrongState> {
    stage.wait_until(stage.now + AFTERWARDS);
    stage.model.finish(stage.now);
    if let Verdict::Fail(refutation) = stage.model.verdict() {
        let rule = refutation.rule;
        let says = refutation.named(stage).sentence();
        stage.refute(rule, says);
    }
    stage.wrong().or_else(|| read_all(stage))
}
