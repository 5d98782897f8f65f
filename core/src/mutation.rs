//! Deliberate defects: what a broken service would do, so that suite and simulator can prove that they notice.

use crate::rule::Rule;

/// Decides whether a defect is on. Like the tracer it is a type parameter: the sound service has no trace of it.
pub trait Defects {
    /// Whether the service has this defect.
    fn has(&self, mutation: Mutation) -> bool;
}

/// No defect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sound;

impl Defects for Sound {
    #[inline(always)]
    fn has(&self, _mutation: Mutation) -> bool {
        false
    }
}

/// Exactly one defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub Option<Mutation>);

impl Defects for Broken {
    #[inline]
    fn has(&self, mutation: Mutation) -> bool {
        self.0 == Some(mutation)
    }
}

macro_rules! mutations {
    ($($(#[doc = $doc:literal])+ $name:ident => $id:literal breaks $rule:ident, crowd $crowd:literal;)*) => {
        /// A deliberate defect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Mutation {
            /// Every defect.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// The rule it breaks.
            #[must_use]
            pub const fn rule(self) -> Rule {
                match self { $(Self::$name => Rule::$rule),* }
            }

            /// Whether a crowd of well-behaved users can reveal it, so that the simulator must.
            #[must_use]
            pub const fn crowd(self) -> bool {
                match self { $(Self::$name => $crowd),* }
            }

            /// What the broken service does, in one sentence.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),* }
            }
        }
    };
}

mutations! {
    /// Lets a group have a fourth administrator.
    AdminsOneMore => "admins-one-more" breaks GroupAdminsMax, crowd false;
    /// Counts the bytes of an application's name instead of its characters.
    AppNameBytes => "app-name-bytes" breaks AppNameLength, crowd false;
    /// Delivers one message a second more than the budget.
    BudgetPlusOne => "budget-plus-one" breaks ShaperBudgetPerGroup, crowd true;
    /// Counts characters where bytes are bounded.
    BytesCountedAsCharacters => "bytes-counted-as-characters" breaks GroupNameBytes, crowd false;
    /// Never throttles a call.
    CallQuotaOff => "call-quota-off" breaks QuotaQpsDropped, crowd false;
    /// Lets one call a second more pass.
    CallQuotaOneMore => "call-quota-one-more" breaks QuotaQpsNewFamily, crowd false;
    /// Counts the calls of RAM users apart from those of their account.
    CallQuotaPerUser => "call-quota-per-user" breaks QuotaQpsSharedByAccount, crowd false;
    /// Finds an application under any data centre.
    DataCenterIgnored => "data-center-ignored" breaks AppDataCenterMatch, crowd false;
    /// Accepts any name of a data centre.
    DataCenterUnknownAccepted => "data-center-unknown-accepted" breaks AppDataCenterTwo, crowd false;
    /// Goes on using deleted groups.
    DeletedGroupUsable => "deleted-group-usable" breaks DeletionGroupUnavailable, crowd false;
    /// Lets a disabled application work as before.
    DisabledAppWorks => "disabled-app-works" breaks AppDisableRefusesUse, crowd false;
    /// Accepts any character in a group's name.
    GroupIdCharsetOpen => "group-id-charset-open" breaks GroupIdCharset, crowd false;
    /// Accepts an empty group name.
    GroupIdEmptyAllowed => "group-id-empty-allowed" breaks GroupIdRequired, crowd false;
    /// Accepts a group name of 65 bytes.
    GroupIdOneByteMore => "group-id-one-byte-more" breaks GroupIdBytes, crowd false;
    /// Accepts any character in the IDs of users and messages.
    IdCharsetOpen => "id-charset-open" breaks GroupCreatorFormat, crowd false;
    /// Accepts IDs of users and messages of 65 bytes.
    IdOneByteMore => "id-one-byte-more" breaks DeletionOperatorFormat, crowd false;
    /// Mutes 31 users in one call.
    MuteListOneMore => "mute-list-one-more" breaks MuteAddMax, crowd false;
    /// Accepts page sizes and numbers one above the bound.
    PageOneMore => "page-one-more" breaks ListGroupPageSize, crowd false;
    /// Applies a policy for one application to all.
    PolicyAppIgnored => "policy-app-ignored" breaks AuthPolicyResource, crowd false;
    /// Lets a grant outrank a denial.
    PolicyDenyIgnored => "policy-deny-ignored" breaks AuthPolicyAction, crowd false;
    /// Lets every RAM user do everything.
    PolicyIgnored => "policy-ignored" breaks AuthPolicyAction, crowd false;
    /// Honours a statement whose resource does not fit the action.
    PolicyIncompatibleEffective => "policy-incompatible-effective" breaks AuthPolicyIncompatible, crowd false;
    /// Tells the last reason for a refusal instead of the first.
    PrecedenceReversed => "precedence-reversed" breaks ErrorOrderPrecedence, crowd false;
    /// Lists newest first when asked for oldest first, and the other way round.
    SortReversed => "sort-reversed" breaks ListGroupsSort, crowd false;
    /// Accepts an address with a usual port.
    UrlPortAllowed => "url-port-allowed" breaks CallbackUrlForm, crowd false;
    /// Accepts a private address.
    UrlPrivateAllowed => "url-private-allowed" breaks ModerationUrlForm, crowd false;
}

impl Mutation {
    /// The defect of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mutation| mutation.id() == id)
    }
}
