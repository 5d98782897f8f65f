//! Event callbacks over real HTTP.

use std::time::Duration;

use claque_core::Readings;
use claque_server::clock::wall_now;
use claque_wire::callback::{SIGNATURE_HEADER, TIMESTAMP_HEADER, verify};
use serde_json::{Value, json};

use crate::support::{App, Client, Received, Receiver, World, impatient};

async fn show(world: &World, receiver: &Receiver) -> App {
    let app = world.app_with(json!({ "AppName": "show", "EventCallbackUrl": receiver.url })).await;
    world.group(&app, "g").await;
    app
}

fn event(received: &Received) -> &Value {
    &received.body["eves"][0]["events"][0]
}

/// Waits until the log says that everything was tried to its end.
async fn log(world: &World, tries: usize) -> Vec<Value> {
    for _ in 0..2_000 {
        let log = world.get("callbacks").await;
        let list = log["callbacks"].as_array().expect("a list").clone();
        let made: usize = list.iter().map(|entry| entry["tries"].as_array().map_or(0, Vec::len)).sum();
        if made >= tries {
            return list;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never {tries} tries");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_do_is_called_back_signed_and_in_order() {
    let world = World::with(impatient()).await;
    let mut receiver = Receiver::new(vec![(200, "{}")]).await;
    let app = show(&world, &receiver).await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    ada.ask("leaveGroup", json!({ "groupId": "g" })).await;
    ada.ask("logout", json!({})).await;
    let expected = [
        json!({ "e": 1 }),
        json!({ "e": 3, "g": "g" }),
        json!({ "e": 4, "g": "g" }),
        json!({ "e": 2, "r": 1 }),
    ];
    let mut transactions = Vec::new();
    for expected in expected {
        let got = receiver.next().await;
        assert_eq!(event(&got), &expected);
        assert_eq!(got.path, "/hook");
        assert_eq!((&got.body["appid"], &got.body["eves"][0]["uid"]), (&json!(app.id), &json!("ada")));
        let header =
            |name: &str| got.headers[&name.to_ascii_lowercase()].as_str().expect("a text").to_owned();
        let (timestamp, signature) = (header(TIMESTAMP_HEADER), header(SIGNATURE_HEADER));
        let now = wall_now().unix_seconds();
        verify(&Readings::default(), now, (&receiver.url, &app.key), (&timestamp, &signature))
            .expect("the signature holds");
        transactions.push(got.body["transactionid"].clone());
    }
    transactions.dedup();
    assert_eq!(transactions.len(), 4, "each has its own transaction");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_callback_is_tried_again_under_its_transaction_and_the_next_one_waits() {
    let world = World::with(impatient()).await;
    let mut receiver = Receiver::new(vec![(500, ""), (404, ""), (200, "{}")]).await;
    let app = show(&world, &receiver).await;
    let _ada = Client::in_group(&world, &app, "ada", "g").await;
    let (first, second, third) = (receiver.next().await, receiver.next().await, receiver.next().await);
    assert_eq!(first.body, second.body);
    assert_eq!(first.body, third.body);
    assert_eq!(event(&receiver.next().await)["e"], 3, "the join comes after the logon was taken");
    let log = log(&world, 4).await;
    assert_eq!(log[0]["tries"], json!(["500", "404", "200"]));
    assert_eq!((&log[0]["delivered"], &log[1]["delivered"]), (&json!(true), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_never_takes_it_is_given_up_after_five_more_tries() {
    let world = World::with(impatient()).await;
    let mut receiver = Receiver::new(vec![(500, "")]).await;
    let app = show(&world, &receiver).await;
    let _ada = Client::of(&world, &app, "ada").await;
    let log = log(&world, 6).await;
    assert_eq!(log[0]["tries"], json!(["500", "500", "500", "500", "500", "500"]));
    assert_eq!(log[0]["delivered"], false);
    for _ in 0..6 {
        receiver.next().await;
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(receiver.waiting().is_none(), "no seventh try");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_behind_a_bad_receiver_does_not_hold_up_another() {
    let mut options = impatient();
    options.outgoing.callback_within = Duration::from_millis(300);
    let world = World::with(options).await;
    let slow = Receiver::slow(vec![(200, "{}")], Duration::from_millis(1_000)).await;
    let mut quick = Receiver::new(vec![(200, "{}")]).await;
    let stuck = show(&world, &slow).await;
    let free = world.app_with(json!({ "AppName": "free", "EventCallbackUrl": quick.url })).await;
    let _ada = Client::in_group(&world, &stuck, "ada", "g").await;
    let _bob = Client::of(&world, &free, "bob").await;
    assert_eq!(event(&quick.next().await)["e"], 1);
    let log = log(&world, 2).await;
    assert!(log[0]["tries"][0].as_str().is_some_and(|text| text.contains("no answer within")), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_the_clock_answers_when_callbacks_due_were_tried() {
    let world = World::with(impatient()).await;
    let mut receiver = Receiver::new(vec![(200, "{}")]).await;
    let app = show(&world, &receiver).await;
    let ada = Client::in_group(&world, &app, "ada", "g").await;
    for _ in 0..2 {
        receiver.next().await;
    }
    ada.vanish_from(&world).await;
    for _ in 0..2_000 {
        let metrics = world.control_reply("GET", "metrics", None).await;
        if String::from_utf8_lossy(&metrics.body).contains("claque_links 0\n") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.advance("100s").await;
    let (leave, logoff) = (receiver.waiting().expect("it came"), receiver.waiting());
    assert_eq!(event(&leave), &json!({ "e": 4, "g": "g" }));
    assert_eq!(event(&logoff.expect("it came")), &json!({ "e": 2, "r": 3 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logged_callback_can_be_sent_again() {
    let world = World::with(impatient()).await;
    let mut receiver = Receiver::new(vec![(200, "{}")]).await;
    let app = show(&world, &receiver).await;
    world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    let (logon, join) = (receiver.next().await, receiver.next().await);
    log(&world, 2).await;
    world.post("callbacks/replay", json!({ "number": 1 })).await;
    let again = receiver.next().await;
    assert_eq!(again.body, logon.body);
    assert_ne!(again.body, join.body);
    let log = log(&world, 3).await;
    assert_eq!(log[0]["tries"], json!(["200", "200"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_drops_what_was_not_taken_yet() {
    let mut options = impatient();
    options.outgoing.callback_spacing = Duration::from_millis(200);
    let world = World::with(options).await;
    let mut receiver = Receiver::new(vec![(500, "")]).await;
    let app = show(&world, &receiver).await;
    let _ada = Client::in_group(&world, &app, "ada", "g").await;
    receiver.next().await;
    world.post("reset", json!({})).await;
    assert_eq!(world.get("callbacks").await["callbacks"], json!([]));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(receiver.waiting().is_none(), "nothing of the old world is sent");
}
