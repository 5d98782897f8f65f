//! Checks of parameters: characters, bytes, ranges, addresses. Each says which parameter breaks which rule.
//!
//! A check changes nothing. It hits its rule whenever the parameter is there to be checked.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::Ipv6Addr;
use core::ops::{Add, Sub};

use crate::mutants::{Mutant, Mutants, RuleChange};
use crate::state::service::Service;
use crate::words::address;
use crate::words::limits::{
    APP_NAME_CHARS_MAX, APP_NAME_CHARS_MIN, GROUP_ADMINS_MAX, GROUP_INFO_BYTES_MAX, GROUP_NAME_BYTES_MAX,
    ID_BYTES_MAX, USER_INFO_BYTES_MAX,
};
use crate::words::reading::{
    AppNameUnit, CreateAdminItems, GroupIdCharset, GroupInfoUnit, ListPageRange, SizeKilobyte, UrlPort,
    UserIdCharset,
};
use crate::words::refusal::{Fault, InputInvalid};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// The outcome of a check.
pub(crate) type Validated<V = ()> = Result<V, InputInvalid>;

/// The refusal of a parameter.
pub(crate) const fn invalid(parameter: &'static str, fault: Fault, rule: Rule) -> InputInvalid {
    InputInvalid { parameter, fault, rule }
}

/// Refuses more than `bound` units.
pub(crate) fn at_most(given: usize, bound: u32, parameter: &'static str, rule: Rule) -> Validated {
    let (given, bound) = (given as u64, u64::from(bound));
    if given > bound { Err(invalid(parameter, Fault::TooLong { given, bound }, rule)) } else { Ok(()) }
}

fn letters_and_digits(text: &str, others: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The largest legal number: the documented one, unless a mutant of the rule moves it.
    pub(crate) fn most<N: Add<Output = N> + Sub<Output = N> + From<bool>>(&self, rule: Rule, bound: N) -> N {
        let changes = |change| N::from(self.mutants.changes(rule, change));
        bound + changes(RuleChange::OneMore) - changes(RuleChange::OneLess)
    }

    /// The smallest legal number: the documented one, unless a mutant of the rule moves it.
    pub(crate) fn least<N: Add<Output = N> + Sub<Output = N> + From<bool>>(&self, rule: Rule, bound: N) -> N {
        let changes = |change| N::from(self.mutants.changes(rule, change));
        bound + changes(RuleChange::LeastOneMore) - changes(RuleChange::LeastOneLess)
    }

    /// Whether a mutant of the rule leaves a parameter unchecked.
    pub(crate) fn skips(&self, rule: Rule, parameter: &'static str) -> bool {
        self.mutants.changes(rule, RuleChange::Skips(parameter))
    }

    /// Whether a text has other characters than the rule lets it have.
    pub(crate) fn is_misspelt(&self, rule: Rule, text: &str, legal: impl Fn(u8) -> bool) -> bool {
        let plain = self.mutants.changes(rule, RuleChange::PlainCharacters);
        let legal = |byte: u8| legal(byte) && (!plain || byte.is_ascii_alphanumeric());
        !text.bytes().all(legal) && !self.mutants.changes(rule, RuleChange::AnyCharacter)
    }

    /// A group ID: charset as the reading `group-id.charset` says, 1 to 64 bytes.
    pub(crate) fn check_group_id(&mut self, id: &str) -> Validated {
        const NAME: &str = "GroupId";
        // Missing and empty are one: on the wire an empty parameter is an absent one.
        if id.is_empty() && !self.mutants.has(Mutant::GroupIdEmptyAllowed) {
            self.hit(Rule::GroupIdRequired);
            return Err(invalid(NAME, Fault::Missing, Rule::GroupIdRequired));
        }
        self.hit(Rule::GroupIdCharset);
        let others: &[u8] = match self.config.readings.group_id_charset {
            GroupIdCharset::Strict => b"",
            GroupIdCharset::Underscore => b"_",
            GroupIdCharset::Hyphen => b"_-",
        };
        let in_any_script = self.mutants.has(Mutant::GroupIdUnicode) && id.chars().all(char::is_alphanumeric);
        if !letters_and_digits(id, others) && !in_any_script && !self.mutants.has(Mutant::GroupIdCharsetOpen)
        {
            return Err(invalid(NAME, Fault::Charset, Rule::GroupIdCharset));
        }
        self.hit(Rule::GroupIdBytes);
        at_most(id.len(), self.most(Rule::GroupIdBytes, ID_BYTES_MAX), NAME, Rule::GroupIdBytes)
    }

    /// A group ID of the old family, which the service chose: only its presence is checked.
    pub(crate) fn check_old_group_id(&mut self, id: &str) -> Validated {
        self.check_present(id, "GroupId", Rule::GroupIdRequired)
    }

    /// The ID of a user, operator, sender …: charset as the reading `user-id.charset` says, 1 to 64 bytes.
    pub(crate) fn check_user_id(&mut self, id: &str, parameter: &'static str, rule: Rule) -> Validated {
        self.check_id(id, self.user_id_others(), parameter, rule)
    }

    /// Characters that the name of a user may hold besides letters and digits: the same at a logon, in calls and in methods.
    pub(crate) const fn user_id_others(&self) -> &'static [u8] {
        match self.config.readings.user_id_charset {
            UserIdCharset::Strict => b"",
            UserIdCharset::Underscore => b"_",
            UserIdCharset::Hyphen => b"_-",
        }
    }

    /// A message ID: letters and digits, 1 to 64 bytes.
    pub(crate) fn check_message_id(&mut self, id: &str, parameter: &'static str, rule: Rule) -> Validated {
        self.check_id(id, b"", parameter, rule)
    }

    fn check_id(&mut self, id: &str, others: &[u8], parameter: &'static str, rule: Rule) -> Validated {
        self.hit(rule);
        if id.is_empty() {
            return Err(invalid(parameter, Fault::Missing, rule));
        }
        if self.skips(rule, parameter) {
            return Ok(());
        }
        let underscore = self.mutants.changes(rule, RuleChange::Underscore);
        let legal =
            |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte) || (underscore && byte == b'_');
        if self.is_misspelt(rule, id, legal) && !self.mutants.has(Mutant::IdCharsetOpen) {
            return Err(invalid(parameter, Fault::Charset, rule));
        }
        let bound = self.mutants.one_more(Mutant::IdOneByteMore, self.most(rule, ID_BYTES_MAX));
        at_most(id.len(), bound, parameter, rule)
    }

    /// The ID of a user where no charset is stated: 1 to 64 bytes.
    pub(crate) fn check_any_user(&mut self, id: &str, parameter: &'static str, rule: Rule) -> Validated {
        self.check_present(id, parameter, rule)?;
        at_most(id.len(), ID_BYTES_MAX, parameter, rule)
    }

    /// A parameter that must be there and not empty.
    pub(crate) fn check_present(&mut self, text: &str, parameter: &'static str, rule: Rule) -> Validated {
        self.hit(rule);
        if text.is_empty() { Err(invalid(parameter, Fault::Missing, rule)) } else { Ok(()) }
    }

    /// A text of at most `bound` bytes of UTF-8.
    pub(crate) fn check_bytes(
        &mut self,
        text: &str,
        bound: u32,
        parameter: &'static str,
        rule: Rule,
    ) -> Validated {
        self.hit(rule);
        if self.skips(rule, parameter) {
            return Ok(());
        }
        let in_characters = self.mutants.has(Mutant::BytesCountedAsCharacters)
            || self.mutants.changes(rule, RuleChange::InCharacters);
        let length = if in_characters {
            text.chars().count()
        } else if self.mutants.changes(rule, RuleChange::InUtf16) {
            text.encode_utf16().count()
        } else {
            text.len()
        };
        at_most(length, self.most(rule, bound), parameter, rule)
    }

    /// Bytes in a kilobyte, as the reading `size.kilobyte` says.
    pub(crate) const fn kilobyte(&self) -> u32 {
        match self.config.readings.size_kilobyte {
            SizeKilobyte::Binary => 1_024,
            SizeKilobyte::Decimal => 1_000,
        }
    }

    /// Extension information of a user or sender: at most 512 bytes.
    pub(crate) fn check_user_info(&mut self, info: &str, parameter: &'static str, rule: Rule) -> Validated {
        self.check_bytes(info, USER_INFO_BYTES_MAX, parameter, rule)
    }

    /// The display name of a group: at most 128 bytes.
    pub(crate) fn check_group_name(&mut self, name: &str) -> Validated {
        self.check_bytes(name, GROUP_NAME_BYTES_MAX, "GroupName", Rule::GroupNameBytes)
    }

    /// The extension information of a group: at most 32 KB.
    pub(crate) fn check_group_info(&mut self, info: &str) -> Validated {
        // The limit is stated in KB, and a reading says how many bytes that is; the constant is in the default's.
        let bound = GROUP_INFO_BYTES_MAX / 1_024 * self.kilobyte();
        match self.config.readings.group_info_unit {
            GroupInfoUnit::Bytes => self.check_bytes(info, bound, "GroupInfo", Rule::GroupInfoBytes),
            GroupInfoUnit::Characters => {
                self.hit(Rule::GroupInfoBytes);
                at_most(info.chars().count(), bound, "GroupInfo", Rule::GroupInfoBytes)
            }
        }
    }

    /// Administrators: at most three, each an ID. Gives those that count.
    pub(crate) fn check_admins(
        &mut self,
        admins: &[alloc::string::String],
        parameter: &'static str,
    ) -> Validated<Vec<Arc<str>>> {
        let mut kept: Vec<Arc<str>> = Vec::new();
        // Each name is checked before the names are counted, and a caller can send a hundred thousand of them: looking through
        // those before it for each would keep everybody waiting for a minute.
        let mut named = BTreeSet::new();
        let distinct = self.config.readings.create_admin_items == CreateAdminItems::Distinct;
        for admin in admins {
            // Passed over before they are counted: three administrators and a trailing comma are three.
            if distinct && (admin.is_empty() || !named.insert(admin.as_str())) {
                continue;
            }
            self.check_admin(admin, kept.len(), parameter)?;
            kept.push(admin.as_str().into());
        }
        if self.mutants.changes(Rule::GroupAdminsMax, RuleChange::Cut) {
            kept.truncate(GROUP_ADMINS_MAX as usize);
        }
        self.check_admin_count(kept.len(), parameter)?;
        Ok(kept)
    }

    /// One administrator of several, by its place among them.
    pub(crate) fn check_admin(&mut self, admin: &str, at: usize, parameter: &'static str) -> Validated {
        let rule = Rule::GroupAdminsFormat;
        let later = at > 0 && self.mutants.changes(rule, RuleChange::FirstOnly);
        if later || self.skips(rule, parameter) || self.mutants.has(Mutant::AdminsUnchecked) {
            return Ok(());
        }
        self.check_user_id(admin, parameter, rule)
    }

    /// How many administrators there are.
    pub(crate) fn check_admin_count(&mut self, count: usize, parameter: &'static str) -> Validated {
        let rule = Rule::GroupAdminsMax;
        self.hit(rule);
        if self.skips(rule, parameter) {
            return Ok(());
        }
        at_most(count, self.most(rule, GROUP_ADMINS_MAX), parameter, rule)
    }

    /// The name of an application: 2 to 16 characters.
    pub(crate) fn check_app_name(&mut self, name: &str, rule: Rule) -> Validated {
        self.hit(rule);
        if self.mutants.changes(rule, RuleChange::Unbounded) {
            return Ok(());
        }
        let in_utf16 = self.mutants.changes(rule, RuleChange::InUtf16);
        // Characters and not bytes, which matters for names in Chinese: sixteen of them are legal and have 48 bytes.
        let given = match self.config.readings.app_name_unit {
            AppNameUnit::Scalars if self.mutants.changes(rule, RuleChange::InBytes) => name.len(),
            AppNameUnit::Scalars if !in_utf16 => name.chars().count(),
            AppNameUnit::Scalars | AppNameUnit::Utf16 => name.encode_utf16().count(),
        };
        let least = self.least(rule, APP_NAME_CHARS_MIN);
        if given < least as usize {
            let fault = Fault::TooShort { given: given as u64, bound: u64::from(least) };
            return Err(invalid("AppName", fault, rule));
        }
        at_most(given, self.most(rule, APP_NAME_CHARS_MAX), "AppName", rule)
    }

    /// The size of a page, which must be given.
    pub(crate) fn check_page_size(
        &mut self,
        given: Option<i32>,
        (low, high): (i32, i32),
        rule: Rule,
    ) -> Validated<usize> {
        let given = given.or_else(|| self.mutants.changes(rule, RuleChange::Optional).then_some(low));
        let Some(given) = given else {
            self.hit(rule);
            return Err(invalid("PageSize", Fault::Missing, rule));
        };
        let size = self.check_page(given, (low, high), "PageSize", rule)?;
        Ok(usize::try_from(size).expect("a page size is positive"))
    }

    /// A number that must lie between two bounds; moved to the nearest under the reading `list.page-range`.
    pub(crate) fn check_page(
        &mut self,
        given: i32,
        (low, high): (i32, i32),
        parameter: &'static str,
        rule: Rule,
    ) -> Validated<i32> {
        self.hit(rule);
        let (documented, low, high) = (low, self.least(rule, low), self.most(rule, high));
        if (low..=high).contains(&given) {
            return Ok(given.max(documented));
        }
        if self.mutants.changes(rule, RuleChange::Cut) {
            return Ok(given.clamp(low, high));
        }
        match self.config.readings.list_page_range {
            ListPageRange::Clamped => Ok(given.clamp(low, high)),
            ListPageRange::Refused => {
                let fault = Fault::OutOfRange { given: given.into(), low: low.into(), high: high.into() };
                Err(invalid(parameter, fault, rule))
            }
        }
    }

    /// The order of a list, which must be named: 1 ascending, 2 descending. Gives whether it is descending.
    pub(crate) fn check_sort(&mut self, sort: Option<i32>, rule: Rule) -> Validated<bool> {
        self.hit(rule);
        let descending = match sort {
            Some(1) => false,
            Some(2) => true,
            None if self.mutants.changes(rule, RuleChange::Optional) => false,
            Some(_) if self.mutants.changes(rule, RuleChange::AnyOrder) => false,
            None => return Err(invalid("SortType", Fault::Missing, rule)),
            Some(_) => return Err(invalid("SortType", Fault::NotAllowed, rule)),
        };
        Ok(descending != self.mutants.changes(rule, RuleChange::Reversed))
    }

    /// Users that a call names, each once: 1 to 64 bytes each, and no more than the bound.
    pub(crate) fn check_named_users(
        &mut self,
        users: &[alloc::string::String],
        bound: u32,
        parameter: &'static str,
        rule: Rule,
    ) -> Validated<Vec<Arc<str>>> {
        self.hit(rule);
        let bound = self.most(rule, bound);
        let taken = if self.mutants.changes(rule, RuleChange::Cut) { bound as usize } else { users.len() };
        let users = &users[..taken.min(users.len())];
        if !self.skips(rule, parameter) {
            at_most(users.len(), bound, parameter, rule)?;
        }
        let mut kept: Vec<Arc<str>> = Vec::with_capacity(users.len());
        for user in users {
            self.check_any_user(user, parameter, rule)?;
            // Quadratic, in at most thirty names.
            if !kept.iter().any(|other| **other == **user) {
                kept.push(user.as_str().into());
            }
        }
        Ok(kept)
    }

    /// An address that the service may call: http or https, no private address, no port, no credentials.
    ///
    /// Where [`public_urls_only`](crate::Limits::public_urls_only) is off, any port and any host will do.
    pub(crate) fn check_url(&mut self, url: &str, parameter: &'static str, rule: Rule) -> Validated {
        self.hit(rule);
        let anywhere = !self.config.limits.public_urls_only;
        // A port is forbidden by the documents; whether one that the scheme implies is a port is a reading.
        let usual = self.config.readings.url_port == UrlPort::UsualAllowed
            || self.mutants.has(Mutant::UrlPortAllowed);
        let ports = match (anywhere, usual) {
            (true, _) => Ports::Any,
            (false, true) => Ports::Usual,
            (false, false) => Ports::None,
        };
        let private_allowed = anywhere || self.mutants.has(Mutant::UrlPrivateAllowed);
        if callable(url, ports, private_allowed) { Ok(()) } else { Err(invalid(parameter, Fault::Url, rule)) }
    }
}

/// Which ports an address may name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ports {
    None,
    /// Those of the two schemes.
    Usual,
    Any,
}

fn callable(url: &str, ports: Ports, private_allowed: bool) -> bool {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        return false;
    };
    // Split by hand and not parsed by a library: core has no dependency for it, and what is not plainly an address is
    // refused.
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    // Credentials in an address would hide its host from a reader, and white space could end a header line.
    if authority.contains('@') || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return false;
    }
    // An IPv6 address holds colons of its own, hence the brackets first.
    let (host, port) = match authority.strip_prefix('[') {
        Some(inner) => match inner.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, after)) => (host, after.strip_prefix(':').or(Some(""))),
            None => return false,
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port_allowed = |port: &str| match ports {
        Ports::None => false,
        Ports::Usual => matches!(port, "80" | "443"),
        Ports::Any => port.parse::<u16>().is_ok_and(|port| port > 0),
    };
    if port.is_some_and(|port| !port_allowed(port)) {
        return false;
    }
    let bracketed = authority.starts_with('[');
    if host.is_empty() || (bracketed && host.parse::<Ipv6Addr>().is_err()) {
        return false;
    }
    // What a name comes to is known when somebody connects; here only what stands for an address by itself.
    private_allowed
        || !(address::is_this_machine(host)
            || address::literal(host).is_some_and(|address| !address::is_public(address)))
}

#[cfg(test)]
mod tests {
    use super::{Ports, callable};

    #[test]
    fn addresses_that_may_be_called() {
        for url in [
            "http://example.com",
            "https://example.com/hook?x=1",
            "http://8.8.8.8/a",
            "http://[2001:4860:4860::8888]/",
            "http://134744072/",
            "http://10.example.com/",
        ] {
            assert!(callable(url, Ports::None, false), "{url}");
        }
    }

    #[test]
    fn addresses_that_may_not_be_called() {
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "http://",
            "http://example.com:80",
            "http://example.com:8080/a",
            "https://user@example.com/",
            "http://10.0.0.1/",
            "http://127.0.0.1",
            "http://192.168.1.9/x",
            "http://172.31.0.1/x",
            "http://169.254.1.1/x",
            "http://[::1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[2001:db8::1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://LOCALHOST/",
            "http://a.localhost./",
            "http://203.0.113.9/",
            "http://exa mple.com/",
        ] {
            assert!(!callable(url, Ports::None, false), "{url}");
        }
    }

    #[test]
    fn a_port_only_by_reading_and_only_a_usual_one() {
        assert!(callable("http://example.com:80/", Ports::Usual, false));
        assert!(callable("https://example.com:443/", Ports::Usual, false));
        assert!(!callable("https://example.com:8443/", Ports::Usual, false));
    }

    #[test]
    fn a_developers_machine_may_be_called_at_any_port_where_that_is_allowed() {
        for url in ["http://127.0.0.1:3000/hook", "http://localhost:8080", "http://[::1]:9/"] {
            assert!(callable(url, Ports::Any, true), "{url}");
        }
        for url in ["localhost:3000", "http://localhost:0/", "http://localhost:port/", "http://u@localhost/"]
        {
            assert!(!callable(url, Ports::Any, true), "{url}");
        }
    }
}
