//! What this project makes: a shop in a live show, and a small messaging service of its own.

use std::collections::BTreeMap;

/// A gift's message, as the shop's viewers read it: the type, and the body.
pub const GIFT: i64 = 20_001;

/// What a viewer's screen shows of a gift.
pub fn banner(sender: &str, gift: &str) -> String {
    format!("{sender} sends {gift}")
}

/// The shop's own stand-in of the vendor's service: it makes applications, and nothing else yet.
#[derive(Debug, Default)]
pub struct Messaging {
    apps: BTreeMap<String, Option<String>>,
}

/// Why it refuses: the code, and the parameter it is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str, pub &'static str);

impl Messaging {
    /// Makes an application, and gives its ID.
    pub fn create_app(&mut self, name: Option<&str>) -> Result<String, Refused> {
        if name.is_some_and(|name| !(2..=16).contains(&name.chars().count())) {
            return Err(Refused("InputInvalid", "AppName"));
        }
        let id = format!("app-{}", self.apps.len());
        self.apps.insert(id.clone(), name.map(ToOwned::to_owned));
        Ok(id)
    }
}
