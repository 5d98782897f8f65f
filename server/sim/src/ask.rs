//! Calls as they are written: signed as a client library signs them, in one piece or in chunks.

use claque_core::Instant;
use claque_wire::argument::Arguments;
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::http::HttpRequest;
use claque_wire::sign::Credentials;
use serde_json::{Value as Json, json};

use crate::plan::{Mood, OtherCall, OtherPace, PlanShape, PlannedCall, RequestForm, ViewerAct};
use crate::receiver::{REVIEWER, address};
use crate::seen::{MadeCall, SharedLog};
use crate::viewer::{ViewerApp, group_id, name};

/// The styles that calls are written in, by turns.
const STYLES: [ClientStyle; 5] = [
    ClientStyle::Python,
    ClientStyle::PopCorePost,
    ClientStyle::TypeScript,
    ClientStyle::PopCoreGet,
    ClientStyle::GatewayPop,
];

/// The other world's name.
const OTHER_WORLD: &str = "elsewhere";
const OTHER_CLOCK: &str = "worlds/elsewhere/clock";
/// So far ahead is the clock of some clients: within what a signature may be off.
const AHEAD_SECONDS: u64 = 120;

/// A text of a message: what the reviewer is to make of it, what it is, and how long.
pub(crate) fn text((mood, length): (Mood, usize), what: &str) -> String {
    let mood = match mood {
        Mood::Passes => "passes",
        Mood::Refuses => "refuses",
        Mood::Hangs => "hangs",
    };
    format!("{mood} {what} {}", "é".repeat(length / 2))
}

impl ViewerAct {
    /// What is said, where it says something.
    pub(crate) const fn said(&self) -> (Mood, usize) {
        match self {
            Self::Send(_, length, mood) => (*mood, *length),
            Self::Login(_)
            | Self::LoginBriefly(_)
            | Self::Close
            | Self::Spoil(_)
            | Self::Join(_)
            | Self::Leave(_)
            | Self::Query(_)
            | Self::Break
            | Self::Back
            | Self::Logout
            | Self::Pause(_)
            | Self::FallSilent => (Mood::Passes, 0),
        }
    }
}

/// Writes calls, and keeps what is needed for it.
#[derive(Debug)]
pub(crate) struct FrameWriter {
    shared: SharedLog,
    pub(crate) app: ViewerApp,
    shape: PlanShape,
    pub(crate) form: RequestForm,
    /// The key of the other world, and its application.
    elsewhere: Option<(Credentials, String)>,
}

/// What a call asks: the operation and its arguments, or the method, path and body of a control call.
enum AskedOf {
    Operation(&'static str, Arguments),
    Control(&'static str, String, Json),
}

fn development() -> Credentials {
    let key = claque_server::AccessKey::development();
    Credentials { access_key_id: key.id, access_key_secret: key.secret, security_token: None }
}

impl FrameWriter {
    pub(crate) const fn new(shared: SharedLog, app: ViewerApp, shape: PlanShape) -> Self {
        Self { shared, app, shape, form: RequestForm::Plain, elsewhere: None }
    }

    pub(crate) fn create_app(&self) -> Option<(usize, Vec<u8>)> {
        let mut arguments =
            Arguments::new().with("AppName", "simulated").with("EventCallbackUrl", &*address(0));
        if self.shape.reviewed {
            arguments.set("AuditType", 2_i64);
            arguments.set("AuditUrl", &*format!("http://{REVIEWER}/review"));
        }
        self.write(AskedOf::Operation("CreateLiveMessageApp", arguments), false)
    }

    pub(crate) fn knows_app(&mut self, made: &Json) {
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        self.app = ViewerApp { id: text("AppId"), key: text("AppKey"), sign: text("AppSign") };
    }

    pub(crate) fn create_world(&self) -> Option<(usize, Vec<u8>)> {
        self.write(Self::other_world(), false)
    }

    /// The other world, with a key of our choice: made again, it has the same.
    fn other_world() -> AskedOf {
        let key = json!([{ "id": "elsewhere", "secret": "elsewhere-secret" }]);
        let body = json!({ "name": OTHER_WORLD, "seed": { "ids": "07".repeat(32), "key": key } });
        AskedOf::Control("POST", "worlds".to_owned(), body)
    }

    /// Whether the world was made.
    pub(crate) fn knows_world(&mut self, made: &Json) -> bool {
        let text = |name: &str| made[name].as_str().map(str::to_owned);
        if let (Some(access_key_id), Some(access_key_secret)) = (text("accessKeyId"), text("accessKeySecret"))
        {
            let credentials = Credentials { access_key_id, access_key_secret, security_token: None };
            self.elsewhere = Some((credentials, String::new()));
        }
        self.elsewhere.is_some()
    }

    pub(crate) fn create_app_elsewhere(&self) -> Option<(usize, Vec<u8>)> {
        let arguments = Arguments::new().with("AppName", "elsewhere").with("EventCallbackUrl", "");
        self.write(AskedOf::Operation("CreateLiveMessageApp", arguments), true)
    }

    pub(crate) fn knows_app_elsewhere(&mut self, made: &Json) {
        if let (Some(elsewhere), Some(id)) = (&mut self.elsewhere, made["AppId"].as_str()) {
            id.clone_into(&mut elsewhere.1);
        }
    }

    pub(crate) fn create_group_elsewhere(&self) -> Option<(usize, Vec<u8>)> {
        let app = &self.elsewhere.as_ref()?.1;
        let arguments = Arguments::new().with("AppId", app.as_str()).with("GroupId", &*group_id(0));
        self.write(AskedOf::Operation("CreateLiveMessageGroup", arguments), true)
    }

    /// A member of a group who is always there, so that it can receive messages.
    pub(crate) fn join_steadily(&self, group: usize) -> Option<(usize, Vec<u8>)> {
        let body = json!({ "app": self.app.id, "group": group_id(group), "user": "steady" });
        self.write(AskedOf::Control("POST", "join".to_owned(), body), false)
    }

    /// Writes a call; gives its number and bytes. None where it cannot be made. `mark` makes texts and IDs its own.
    pub(crate) fn call(&self, ask: &PlannedCall, mark: &str) -> Option<(usize, Vec<u8>)> {
        if let PlannedCall::Repeat(back) = ask {
            return self.repeat(*back);
        }
        let elsewhere = matches!(ask, PlannedCall::Elsewhere(OtherCall::ListApps | OtherCall::ModifyGroup));
        let asked = self.asked(ask, mark)?;
        self.write(asked, elsewhere)
    }

    fn asked(&self, ask: &PlannedCall, mark: &str) -> Option<AskedOf> {
        let app = || Arguments::new().with("AppId", self.app.id.as_str());
        let of = |group: usize| app().with("GroupId", &*group_id(group));
        let operation = |name: &'static str, arguments: Arguments| Some(AskedOf::Operation(name, arguments));
        let control = |method, path: &str, body| Some(AskedOf::Control(method, path.to_owned(), body));
        match *ask {
            PlannedCall::CreateGroup(group) => operation("CreateLiveMessageGroup", of(group)),
            PlannedCall::DescribeGroup(group) => operation("DescribeLiveMessageGroup", of(group)),
            PlannedCall::ModifyGroup(group, info) => operation(
                "ModifyLiveMessageGroup",
                of(group).with("ModifyInfo", true).with("GroupInfo", &*info.to_string()),
            ),
            PlannedCall::Send(group, length, mood) => operation(
                "SendLiveMessageGroup",
                of(group)
                    .with("SenderId", "host")
                    .with("MsgTid", mark)
                    .with("MsgType", 10_001_i64)
                    .with("Body", &*text((mood, length), mark)),
            ),
            PlannedCall::SendTo(viewer) => operation(
                "SendLiveMessageUser",
                app()
                    .with("SenderId", "host")
                    .with("ReceiverId", &*name(viewer))
                    .with("MsgTid", mark)
                    .with("Body", &*text((Mood::Passes, 0), mark)),
            ),
            PlannedCall::ListMessages(group) => operation(
                "ListLiveMessageGroupMessages",
                of(group).with("PageSize", 50_i64).with("SortType", 1_i64),
            ),
            PlannedCall::ListUsers(group) => operation(
                "ListLiveMessageGroupUsers",
                of(group).with("PageSize", 50_i64).with("SortType", 1_i64),
            ),
            PlannedCall::Kick(group, viewer) => {
                operation("KickLiveMessageGroupUser", of(group).with("KickoffUser", &*name(viewer)))
            }
            PlannedCall::SetCallback(receiver) => {
                operation("ModifyLiveMessageAppCallback", app().with("EventCallbackUrl", &*address(receiver)))
            }
            PlannedCall::DescribeApp => operation("DescribeLiveMessageApp", app()),
            PlannedCall::ListApps => {
                operation("ListLiveMessageApps", Arguments::new().with("SortType", 1_i64))
            }
            PlannedCall::Compact => control("POST", "compact", json!({})),
            PlannedCall::SetLimit(limit) => {
                control("POST", "limits", json!({ "group_messages_per_second": limit }))
            }
            PlannedCall::ReadLimits => control("GET", "limits", Json::Null),
            PlannedCall::ReadClock => control("GET", "clock", Json::Null),
            PlannedCall::Head => control("HEAD", "nothing-of-this-name", Json::Null),
            PlannedCall::Elsewhere(ask) => self.asked_elsewhere(ask),
            PlannedCall::Repeat(_) => None,
        }
    }

    fn asked_elsewhere(&self, ask: OtherCall) -> Option<AskedOf> {
        let control = |method, path: &str, body| Some(AskedOf::Control(method, path.to_owned(), body));
        let clock = |body| control("POST", OTHER_CLOCK, body);
        match ask {
            OtherCall::ListApps => {
                self.elsewhere.as_ref()?;
                Some(AskedOf::Operation("ListLiveMessageApps", Arguments::new().with("SortType", 1_i64)))
            }
            OtherCall::ModifyGroup => {
                let app = &self.elsewhere.as_ref()?.1;
                let arguments = Arguments::new().with("AppId", app.as_str()).with("GroupId", &*group_id(0));
                let arguments = arguments.with("ModifyInfo", true).with("GroupInfo", "elsewhere");
                Some(AskedOf::Operation("ModifyLiveMessageGroup", arguments))
            }
            OtherCall::Advance => clock(json!({ "advance": "1h" })),
            OtherCall::Pace(OtherPace::Stands) => clock(json!({ "freeze": true })),
            OtherCall::Pace(OtherPace::Real) => clock(json!({ "resume": true })),
            OtherCall::Pace(OtherPace::Times(times)) => clock(json!({ "speed": format!("{times}x") })),
            OtherCall::ReadClock => control("GET", OTHER_CLOCK, Json::Null),
            OtherCall::Reset => control("POST", "worlds/elsewhere/reset", json!({})),
            OtherCall::End => control("DELETE", "worlds/elsewhere", Json::Null),
            OtherCall::Make => Some(Self::other_world()),
        }
    }

    fn write(&self, asked: AskedOf, elsewhere: bool) -> Option<(usize, Vec<u8>)> {
        let number = self.shared.locked().calls.len();
        let (request, name, parameters, documented) = match asked {
            AskedOf::Operation(name, arguments) => {
                let credentials = if elsewhere { self.elsewhere.as_ref()?.0.clone() } else { development() };
                let nonce = format!("nonce{number}");
                // Some clients' clocks are ahead.
                let ahead = if number % 7 == 3 { AHEAD_SECONDS } else { 0 };
                let signed_at = Instant::from_micros(self.shared.now()).unix_seconds() + ahead;
                let stamp = Stamp { nonce: &nonce, signed_at };
                let style = STYLES[number % STYLES.len()];
                let request = style.request(name, &arguments, "localhost", &credentials, stamp).ok()?;
                let parameters = arguments.iter().map(|(name, value)| (name.to_owned(), value.to_json()));
                (request, name.to_owned(), parameters.collect(), true)
            }
            AskedOf::Control(method, path, body) => {
                let target = format!("/_claque/{path}");
                let headers = vec![("host".to_owned(), "localhost".to_owned())];
                let sent = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
                let request = HttpRequest::new(method, &target, headers, sent);
                (request, format!("{method} {path}"), body.as_object().cloned().unwrap_or_default(), false)
            }
        };
        let bytes = self.bytes(&request);
        let form = self.form;
        self.keep(MadeCall { name, parameters, documented, elsewhere, repeats: None, form, bytes })
    }

    /// The very bytes of an earlier documented call once more.
    fn repeat(&self, back: usize) -> Option<(usize, Vec<u8>)> {
        let again = {
            let log = self.shared.locked();
            // One that ends its connection, or waits within itself, cannot stand among others.
            let alone = |call: &MadeCall| matches!(call.form, RequestForm::Older | RequestForm::Expects(_));
            let fit =
                |(_, call): &(usize, &MadeCall)| call.documented && call.repeats.is_none() && !alone(call);
            let (number, call) = log.calls.iter().enumerate().rev().filter(fit).nth(back)?;
            MadeCall { repeats: Some(number), ..call.clone() }
        };
        self.keep(again)
    }

    fn keep(&self, call: MadeCall) -> Option<(usize, Vec<u8>)> {
        let mut log = self.shared.locked();
        let bytes = call.bytes.clone();
        log.calls.push(call);
        Some((log.calls.len() - 1, bytes))
    }

    fn bytes(&self, request: &HttpRequest) -> Vec<u8> {
        let version = if self.form == RequestForm::Older { "1.0" } else { "1.1" };
        let mut head = format!("{} {} HTTP/{version}\r\n", request.method, request.target());
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let form = if request.body.is_empty() { RequestForm::Plain } else { self.form };
        if matches!(form, RequestForm::Expects(_)) {
            head.push_str("expect: 100-continue\r\n");
        }
        let (chunk, trailer) = match form {
            RequestForm::Plain | RequestForm::Older | RequestForm::Expects(None) => (None, ""),
            RequestForm::Chunks(length) | RequestForm::Expects(Some(length)) => (Some(length), ""),
            RequestForm::Trailers(length) => (Some(length), "x-one: 1\r\nx-two: 2\r\nx-three: 3\r\n"),
        };
        let Some(length) = chunk else {
            head.push_str(&format!("content-length: {}\r\n\r\n", request.body.len()));
            let mut bytes = head.into_bytes();
            bytes.extend_from_slice(&request.body);
            return bytes;
        };
        head.push_str("transfer-encoding: chunked\r\n\r\n");
        let mut bytes = head.into_bytes();
        for chunk in request.body.chunks(length) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend(format!("0\r\n{trailer}\r\n").into_bytes());
        bytes
    }
}
