//! Logging on, and taking a session up again: parameters to core's input, and core's input to parameters.

use std::sync::Arc;

use claque_core::{Connected, Cursor, Duration, Login, Mutants, Service, SessionId, Tracer, UserIx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::asked::BadFrame;
use super::method::LogonMethod;
use super::params::take;
use crate::sign::hex;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginParams {
    app_id: Arc<str>,
    #[serde(default)]
    app_sign: Arc<str>,
    user: LoginUser,
    user_auth: LoginAuth,
    /// Unit: seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat_timeout: Option<u64>,
    #[serde(default)]
    device: u32,
    acknowledges: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginUser {
    user_id: Arc<str>,
    #[serde(default)]
    user_extension: Arc<str>,
}

#[derive(Serialize, Deserialize)]
struct LoginAuth {
    #[serde(default)]
    nonce: Arc<str>,
    /// An access token of the older family has its expiry in it.
    #[serde(default)]
    timestamp: u64,
    #[serde(default)]
    role: Arc<str>,
    token: Arc<str>,
}

impl From<LoginParams> for Login {
    fn from(params: LoginParams) -> Self {
        Self {
            app_id: params.app_id,
            app_sign: params.app_sign,
            user_id: params.user.user_id,
            user_info: params.user.user_extension,
            nonce: params.user_auth.nonce,
            role: params.user_auth.role,
            timestamp: params.user_auth.timestamp,
            token: params.user_auth.token,
            heartbeat_timeout: params.heartbeat_timeout.map(Duration::from_secs),
            acknowledges: params.acknowledges.unwrap_or(true),
            // The largest number marks virtual members.
            device: params.device.min(u32::MAX - 1),
        }
    }
}

impl From<&Login> for LoginParams {
    fn from(login: &Login) -> Self {
        let user =
            LoginUser { user_id: Arc::clone(&login.user_id), user_extension: Arc::clone(&login.user_info) };
        let user_auth = LoginAuth {
            nonce: Arc::clone(&login.nonce),
            timestamp: login.timestamp,
            role: Arc::clone(&login.role),
            token: Arc::clone(&login.token),
        };
        Self {
            app_id: Arc::clone(&login.app_id),
            app_sign: Arc::clone(&login.app_sign),
            user,
            user_auth,
            heartbeat_timeout: login.heartbeat_timeout.map(Duration::as_secs),
            device: login.device,
            acknowledges: Some(login.acknowledges),
        }
    }
}

#[derive(Deserialize)]
struct ReconnectParams {
    session: String,
    #[serde(default)]
    cursors: Vec<CursorParams>,
    fresh: Option<LoginParams>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CursorParams {
    group_id: String,
    seqnum: u64,
}

/// A lost link that is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comeback {
    /// The session that it says it had.
    pub session: SessionId,
    /// The secret that only the session's own client has.
    pub secret: String,
    /// A logon with a fresh token, once the old one has expired.
    pub fresh: Option<Login>,
    /// Group IDs, and the sequence number up to which their HIGH messages have arrived.
    pub cursors: Vec<(String, u64)>,
}

impl Comeback {
    /// The cursors by group; none when the secret is not the session's, or nobody has it. A group that is not known pulls nothing.
    #[must_use]
    pub fn proven_cursors<T: Tracer, D: Mutants>(&self, service: &Service<T, D>) -> Option<Vec<Cursor>> {
        let user = self.session.user;
        let app = service.app_of(user)?;
        let secret = secret(&service.sid(self.session), (service.app_id(app), service.user_id(user)));
        if !bool::from(secret.as_bytes().ct_eq(self.secret.as_bytes())) {
            return None;
        }
        let known = self.cursors.iter().filter_map(|(group_id, seq)| {
            let group = service.find_group(app, group_id)?;
            Some(Cursor { group, high_seq: *seq })
        });
        Some(known.collect())
    }
}

/// The request that gives a link its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logon {
    /// A user logs on.
    Login(Login),
    /// A session is taken up again.
    Reconnect(Comeback),
}

impl Logon {
    /// Reads the parameters of a method.
    ///
    /// # Errors
    /// Code 400: one is missing, or is something else.
    pub fn read(method: LogonMethod, params: Value) -> Result<Self, BadFrame> {
        Ok(match method {
            LogonMethod::Login => Self::Login(take::<LoginParams>(params)?.into()),
            LogonMethod::Reconnect => {
                let params: ReconnectParams = take(params)?;
                let (session, secret) = session_id(&params.session)?;
                Self::Reconnect(Comeback {
                    session,
                    secret: secret.to_owned(),
                    fresh: params.fresh.map(Login::from),
                    cursors: params
                        .cursors
                        .into_iter()
                        .map(|cursor| (cursor.group_id, cursor.seqnum))
                        .collect(),
                })
            }
        })
    }
}

/// The parameters with which a client logs on like this.
///
/// # Panics
/// Never: texts and numbers can always be written.
#[must_use]
pub fn login_params(login: &Login) -> Value {
    serde_json::to_value(LoginParams::from(login)).expect("texts and numbers can be written")
}

/// The parameters with which a client takes a session up again: as the logon named it, and how far each group had come.
#[must_use]
pub fn reconnect_params<'c>(
    session: &str,
    cursors: impl IntoIterator<Item = (&'c str, u64)>,
    fresh: Option<&Login>,
) -> Value {
    let cursor = |(group, seq): (&str, u64)| json!({ "groupId": group, "seqnum": seq });
    let cursors: Value = cursors.into_iter().map(cursor).collect();
    let mut params = json!({ "session": session, "cursors": cursors });
    if let Some(fresh) = fresh {
        params["fresh"] = login_params(fresh);
    }
    params
}

/// A session as clients hold it: user index, generation, and the secret that only its own client has. `whose` are the IDs
/// of the application and of the user.
#[must_use]
pub fn session_text(connected: &Connected, whose: (&str, &str)) -> String {
    let SessionId { user, generation } = connected.session;
    format!("{}-{generation}-{}", user.0, secret(&connected.sid, whose))
}

/// The secret of a session: its sid, and a mark of whose it is.
// A service that starts over gives the same numbers and the same sids out again, to whoever logs on first. By the mark a
// client of before does not come back as another user.
fn secret(sid: &str, (app_id, user_id): (&str, &str)) -> String {
    let mark = Sha256::digest([app_id, user_id].join("\0").as_bytes());
    format!("{sid}{}", &hex(&mark)[..16])
}

/// Reads a session as [`session_text`] writes it.
fn session_id(text: &str) -> Result<(SessionId, &str), BadFrame> {
    let read = || {
        let (user, rest) = text.split_once('-')?;
        let (generation, secret) = rest.split_once('-')?;
        let session = SessionId { user: UserIx(user.parse().ok()?), generation: generation.parse().ok()? };
        Some((session, secret))
    };
    read().ok_or_else(|| BadFrame { code: 400, text: "no such form of session".to_owned() })
}
