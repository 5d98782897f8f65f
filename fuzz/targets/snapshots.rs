//! Snapshots changed at a few places, as by whoever writes a checksum anew: they are refused, or give a service that everything
//! can be asked of without falling over.
//!
//! Input: an even first byte: the rest is a snapshot; an odd one: three bytes each, a place (u16 LE) and what is written there,
//! into the snapshot of a small show.
#![no_main]

use std::sync::OnceLock;

use claque_core::{
    AccountIx, Caller, ClientRequest, ClientSend, Config, CreateLiveMessageApp, CreateLiveMessageGroup,
    DescribeLiveMessageGroup, Duration, GroupKey, HitCounts, Instant, LinkEnd, ListLiveMessageGroupUsers,
    Login, Priority, Reply, Request, Response, Service, Snapshot, Sound, client_token,
};
use libfuzzer_sys::fuzz_target;

type Live = Service<HitCounts, Sound>;

const START: Instant = Instant::from_unix_seconds(1_700_000_000);

fn drain(service: &mut Live) {
    while service.poll_output().is_some() {}
}

fn call(service: &mut Live, request: impl Into<Request>) -> Option<Response> {
    let now = service.now();
    let answer = service.handle_request(now, &Caller::account(AccountIx(0)), request.into());
    drain(service);
    match answer {
        Ok(Reply::Done(response)) => Some(response),
        Ok(Reply::Pending(_)) | Err(_) => None,
    }
}

fn send(body: &str) -> ClientSend {
    ClientSend::new(10_001, Priority::High, body)
}

/// The snapshot of a small show, and what its service was made with.
fn show() -> &'static (Vec<u8>, Config) {
    static SHOW: OnceLock<(Vec<u8>, Config)> = OnceLock::new();
    SHOW.get_or_init(|| {
        let mut service = Service::new(START, Config::default(), HitCounts::default(), Sound);
        let made = CreateLiveMessageApp { app_name: Some("show".into()), ..Default::default() };
        assert!(call(&mut service, made).is_some());
        let app = claque_core::AppIx(0);
        let (app_id, app_key, app_sign) =
            (service.app_id(app).clone(), service.app_key(app).clone(), service.app_sign(app).clone());
        for group in ["g", "h"] {
            let create = CreateLiveMessageGroup {
                app_id: app_id.to_string(),
                group_id: group.into(),
                creator_id: Some("host".to_owned()),
                ..Default::default()
            };
            assert!(call(&mut service, create).is_some());
        }
        for user in ["ada", "bob", "cyd"] {
            let timestamp = START.unix_seconds() + 86_400;
            let login = Login {
                app_id: app_id.clone(),
                app_sign: app_sign.clone(),
                user_id: user.into(),
                timestamp,
                token: client_token(&app_id, &app_key, user, "", timestamp, "").into(),
                ..Login::default()
            };
            let session = service.handle_connect(START, &login).expect("a good token").session;
            drain(&mut service);
            for group in ["g", "h"] {
                let group = GroupKey::Name(group.into());
                service.handle_client(START, session, ClientRequest::Join(group.clone())).expect("it may");
                drain(&mut service);
                service
                    .handle_client(START, session, ClientRequest::Send(group, send("hello")))
                    .expect("it may");
                drain(&mut service);
            }
        }
        (service.snapshot_bytes(), service.config().clone())
    })
}

/// Asks everything that needs nothing but the state.
fn use_all(service: &mut Live) {
    let up: Vec<_> = service.links_up().map(|(session, _)| session).collect();
    for session in &up {
        let now = service.now();
        drop(service.handle_client(
            now,
            *session,
            ClientRequest::Send(GroupKey::Name("g".into()), send("hello")),
        ));
        drain(service);
        drop(service.handle_client(now, *session, ClientRequest::Join(GroupKey::Name("h".into()))));
        drain(service);
        service.handle_disconnect(now, *session, LinkEnd::Lost);
        drain(service);
    }
    for group in service.groups().collect::<Vec<_>>() {
        let ids =
            (service.app_id(service.app_of_group(group)).to_string(), service.group_id(group).to_string());
        let about =
            DescribeLiveMessageGroup { app_id: ids.0.clone(), group_id: ids.1.clone(), ..Default::default() };
        drop(call(service, about));
        let list = ListLiveMessageGroupUsers { app_id: ids.0, group_id: ids.1, ..Default::default() };
        drop(call(service, list));
    }
    let later = service.now() + Duration::from_days(40);
    service.handle_timeout(later);
    drain(service);
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, rest @ ..] = bytes else { return };
    let (base, config) = show();
    let state = if kind & 1 == 0 {
        rest.to_vec()
    } else {
        let mut state = base.clone();
        for change in rest.chunks_exact(3) {
            let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % state.len();
            state[at] = change[2];
        }
        state
    };
    let Ok(snapshot) = Snapshot::from_bytes(&state) else { return };
    let mut service = Service::restore(snapshot, config.clone(), HitCounts::default(), Sound);
    if service.check_invariants().is_ok() {
        use_all(&mut service);
    }
});
