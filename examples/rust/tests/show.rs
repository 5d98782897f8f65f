//! The shop's logic, tested in a show that runs in this process.

use claque_show::{Duration, Priority, Show};
use my_live_shop::{GIFT, banner};

#[test]
fn a_gift_is_seen_however_many_comments_there_are() {
    let mut show = Show::new().group("g1").join("ada").join("bob");
    show.send("ada", GIFT, Priority::High, &banner("ada", "a rose")).expect("accepted");
    (0..60).for_each(|n| drop(show.say("bob", &format!("comment {n}"))));
    show.advance(Duration::from_secs(1));
    assert!(show.inbox("bob").texts().contains(&"ada sends a rose"));
    assert!(show.ledger().iter().all(|shed| shed.kind != GIFT));
}
