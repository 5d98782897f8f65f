//! `claque call`: one signed call of an operation, for users without a client library at hand.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use claque_document::diagnostic::nearest;
use claque_server::AccessKey;
use claque_server::clock::wall_now;
use claque_wire::argument::{Argument, Arguments as Parameters};
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::http::HttpRequest;
use claque_wire::operation::{Kind, OperationSpec};
use claque_wire::param::ParamMap;
use claque_wire::sign::Credentials;
use serde_json::Value;

use crate::http::{Server, url_of};
use crate::name::unknown;
use crate::output::line;
use crate::{CommandFailure, Done};

/// Who signs a call.
#[derive(clap::Args)]
pub(crate) struct Signer {
    /// The access key's ID; without it CLAQUE_ACCESS_KEY_ID, then ALIBABA_CLOUD_ACCESS_KEY_ID, then the development key.
    #[arg(long, value_name = "ID", requires = "access_key_secret")]
    access_key_id: Option<String>,
    /// The access key's secret; without it CLAQUE_ACCESS_KEY_SECRET or ALIBABA_CLOUD_ACCESS_KEY_SECRET.
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    access_key_secret: Option<String>,
    /// The token of a temporary key; without it CLAQUE_SECURITY_TOKEN or ALIBABA_CLOUD_SECURITY_TOKEN.
    #[arg(long, alias = "sts-token", value_name = "TOKEN", requires = "access_key_id")]
    security_token: Option<String>,
}

/// Which server is called, and who signs.
#[derive(clap::Args)]
pub(crate) struct Callee {
    /// The server.
    #[arg(long, default_value = "127.0.0.1:8787", env = "CLAQUE_ENDPOINT")]
    endpoint: String,
    /// Trusts this authority, for a server with a certificate of its own making: a PEM file.
    #[arg(long, env = "CLAQUE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    signer: Signer,
    /// Signs with the key of this world of the server; the control API gives the key.
    #[arg(long, env = "CLAQUE_WORLD", value_name = "NAME", conflicts_with = "access_key_id")]
    world: Option<String>,
    /// The control token, if the server has one: for --world.
    #[arg(long, env = "CLAQUE_CONTROL_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Callee {
    /// The server. A world's calls are told apart by their keys, not by their address.
    pub(crate) fn server(&self) -> Server<'_> {
        Server { endpoint: &self.endpoint, token: self.token.as_deref(), ca: self.ca.as_deref(), world: None }
    }

    /// Who signs.
    pub(crate) fn credentials(&self) -> Result<Credentials, CommandFailure> {
        credentials(&self.signer, self.server(), self.world.as_deref())
    }
}

/// A call.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque call CreateLiveMessageApp AppName=show
  claque call CreateLiveMessageGroup AppId=APP GroupId=g1 CreatorId=host
  claque call SendLiveMessageGroup AppId=APP GroupId=g1 SenderId=host MsgType=10001 Body=hello
  claque call AddLiveMessageGroupBand AppId=APP GroupId=g1 BannedUsers=ada,bob
  claque call ListLiveMessageApps SortType=1 --json
  claque call ListLiveMessageApps SortType=1 --curl
  claque call SendLiveMessageGroup --parameters
  claque call --operations
  claque call ListLiveMessageApps SortType=1 --world w1

A list is written a,b or [\"a\",\"b\"] or Name.1=a Name.2=b; a map is a JSON object.
Exit status: 0 accepted, 1 refused (Code and Message are printed) or not reached, 2 wrong usage.")]
pub(crate) struct Arguments {
    /// The operation: CreateLiveMessageApp.
    #[arg(required_unless_present = "operations")]
    operation: Option<String>,
    /// Its parameters.
    #[arg(value_name = "KEY=VALUE")]
    parameters_given: Vec<String>,
    #[command(flatten)]
    callee: Callee,
    /// Prints the answer as it came, accepted or refused.
    #[arg(long, conflicts_with = "curl")]
    json: bool,
    /// Sends nothing, and prints the signed request as a curl command. The command works once, within fifteen minutes.
    #[arg(long)]
    curl: bool,
    /// Lists the operation's parameters.
    #[arg(long, conflicts_with_all = ["curl", "json"])]
    parameters: bool,
    /// Lists all operations.
    #[arg(long, conflicts_with_all = ["operation", "curl", "json", "parameters"])]
    operations: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let Some(name) = &arguments.operation else {
        OperationSpec::all().for_each(|spec| line(&format!("{:<36} {}", spec.name(), spec.doc)));
        return Ok(());
    };
    let spec = operation(name)?;
    if arguments.parameters {
        list_parameters(spec);
        return Ok(());
    }
    let parameters = read(spec, &arguments.parameters_given)?;
    let server = arguments.callee.server();
    let who = arguments.callee.credentials()?;
    let request = signed(spec, &parameters, server, &who)?;
    if arguments.curl {
        line(&as_curl(&request, server));
        return Ok(());
    }
    let (status, body) = send(&request, server)?;
    if arguments.json {
        line(body.trim_end());
        return if status == 200 { Ok(()) } else { Err(CommandFailure::Status(1)) };
    }
    line(&rendered(status, &body, &who)?);
    Ok(())
}

/// A call for somebody who knows what to say; the answer.
pub(crate) fn call(
    name: &str,
    parameters: &Parameters,
    server: Server<'_>,
    who: &Credentials,
) -> Result<String, CommandFailure> {
    let (status, body) = exchange(operation(name)?, parameters, server, who)?;
    rendered(status, &body, who)
}

/// Who signs: the one that is named, the world's, the environment's, or the key that everybody knows.
pub(crate) fn credentials(
    signer: &Signer,
    server: Server<'_>,
    world: Option<&str>,
) -> Result<Credentials, CommandFailure> {
    // What was typed, then the world, then the environment: a variable that was forgotten in a shell must not
    // win.
    if let (Some(id), Some(secret)) = (&signer.access_key_id, &signer.access_key_secret) {
        return Ok(Credentials {
            access_key_id: id.clone(),
            access_key_secret: secret.clone(),
            security_token: signer.security_token.clone(),
        });
    }
    if let Some(name) = world {
        let described = Server { world: None, ..server }.ask("GET", &format!("worlds/{name}"), None);
        let description = described.map_err(|failure| server.without_world(name, failure))?;
        let text = |name: &str| description[name].as_str().unwrap_or_default().to_owned();
        let (access_key_id, access_key_secret) = (text("accessKeyId"), text("accessKeySecret"));
        return Ok(Credentials { access_key_id, access_key_secret, security_token: None });
    }
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    // Our own names first: a shell that is set up for the real service has keys that mean nothing here.
    for family in ["CLAQUE", "ALIBABA_CLOUD"] {
        let id = set(&format!("{family}_ACCESS_KEY_ID"));
        if let Some((access_key_id, access_key_secret)) = id.zip(set(&format!("{family}_ACCESS_KEY_SECRET")))
        {
            let security_token = set(&format!("{family}_SECURITY_TOKEN"));
            return Ok(Credentials { access_key_id, access_key_secret, security_token });
        }
    }
    let AccessKey { id, secret, .. } = AccessKey::development();
    Ok(Credentials { access_key_id: id, access_key_secret: secret, security_token: None })
}

fn operation(name: &str) -> Result<&'static OperationSpec, CommandFailure> {
    OperationSpec::named(name).ok_or_else(|| CommandFailure::Usage(no_operation(name)))
}

fn no_operation(name: &str) -> String {
    unknown(
        "operation",
        name,
        OperationSpec::all().map(OperationSpec::name),
        "`claque call --operations` lists them",
    )
}

/// The name of an operation, as an option's value.
pub(crate) fn operation_name(name: &str) -> Result<String, String> {
    OperationSpec::named(name).map(|spec| spec.name().to_owned()).ok_or_else(|| no_operation(name))
}

fn list_parameters(spec: &OperationSpec) {
    line(&format!("{}: {}", spec.name(), spec.doc));
    for parameter in spec.parameters {
        let required = if parameter.required { "required" } else { "optional" };
        line(&format!("  {:<24} {:<8} {required}  {}", parameter.name, parameter.kind.name(), parameter.doc));
    }
}

/// Reads `KEY=VALUE` as the operation's parameters.
fn read(spec: &OperationSpec, given: &[String]) -> Result<Parameters, CommandFailure> {
    let mut pairs = Vec::new();
    for pair in given {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(CommandFailure::Usage(format!("{pair:?}: write KEY=VALUE, such as AppName=show")));
        };
        let known = spec.parameters.iter().any(|parameter| {
            let rest = name.strip_prefix(parameter.name);
            // A list may come item by item.
            rest.is_some_and(|rest| rest.is_empty() || parameter.kind == Kind::List && rest.starts_with('.'))
        });
        if !known {
            return Err(unknown_parameter(spec, name));
        }
        pairs.push((name.to_owned(), value.to_owned()));
    }
    let map = ParamMap::from_pairs(pairs);
    let mut parameters = Parameters::new();
    for parameter in spec.parameters {
        let name = parameter.name;
        let wrong = |error: claque_wire::param::ParamError| {
            CommandFailure::Usage(format!("{}: {error}", spec.name()))
        };
        let value = match parameter.kind {
            Kind::Boolean => map.boolean(name).map_err(wrong)?.map(Argument::Boolean),
            Kind::Integer => map.integer(name).map_err(wrong)?.map(|value| Argument::Integer(value.into())),
            Kind::List => map.list(name).map_err(wrong)?.map(Argument::List),
            Kind::Long => map.long(name).map_err(wrong)?.map(Argument::Integer),
            Kind::Map => map.map(name).map_err(wrong)?.map(Argument::Map),
            Kind::Text => map.text(name).map_err(wrong)?.map(Argument::from),
        };
        if let Some(value) = value {
            parameters.set(name, value);
        }
    }
    Ok(parameters)
}

fn unknown_parameter(spec: &OperationSpec, name: &str) -> CommandFailure {
    let names: Vec<&str> = spec.parameters.iter().map(|parameter| parameter.name).collect();
    let meant = nearest(name, names.iter().copied());
    let hint = meant.map_or_else(String::new, |meant| format!("did you mean {meant}? "));
    CommandFailure::Usage(format!(
        "{} has no parameter {name:?}; {hint}It has {}",
        spec.name(),
        names.join(", ")
    ))
}

/// Host and port as the `Host` header says them.
fn host_of(server: Server<'_>) -> String {
    let url = url_of(server.endpoint, server.ca);
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest).to_owned()
}

fn signed(
    spec: &OperationSpec,
    parameters: &Parameters,
    server: Server<'_>,
    who: &Credentials,
) -> Result<HttpRequest, CommandFailure> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let now = wall_now();
    let (micros, process) = (now.as_micros(), std::process::id());
    // Time, process and count: two commands in one microsecond must not have one nonce, which the server
    // would take for a replay.
    let nonce = format!("{micros:x}-{process:x}-{:x}", CALLS.fetch_add(1, Ordering::Relaxed));
    let stamp = Stamp { nonce: &nonce, signed_at: now.unix_seconds() };
    let request = ClientStyle::Python.request(spec.name(), parameters, &host_of(server), who, stamp);
    request.map_err(|error| CommandFailure::Usage(error.to_string()))
}

/// A call as it is answered: status and body.
pub(crate) fn exchange(
    spec: &OperationSpec,
    parameters: &Parameters,
    server: Server<'_>,
    who: &Credentials,
) -> Result<(u16, String), CommandFailure> {
    send(&signed(spec, parameters, server, who)?, server)
}

fn send(request: &HttpRequest, server: Server<'_>) -> Result<(u16, String), CommandFailure> {
    let url = format!("{}{}", url_of(server.endpoint, server.ca).trim_end_matches('/'), request.target());
    let mut asked = ureq::http::Request::builder().method(request.method.as_str()).uri(&url);
    // ureq writes Host from the address, and the signature covers the same value; a second one would be
    // refused.
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "host") {
        asked = asked.header(name, value);
    }
    let (status, body) = server.send(asked.body(request.body.clone()), &url)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// The answer for people; a refusal with its code and its message.
fn rendered(status: u16, body: &str, who: &Credentials) -> Result<String, CommandFailure> {
    let Ok(answer) = serde_json::from_str::<Value>(body) else {
        return Err(CommandFailure::No(format!("{status} {body}")));
    };
    if status == 200 {
        return serde_json::to_string_pretty(&answer).map_err(|error| CommandFailure::No(error.to_string()));
    }
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let (code, message) = (text("Code"), text("Message"));
    let id = &who.access_key_id;
    let who = if code.starts_with("InvalidAccessKeyId") {
        format!("\nsigned with {id:?}; --access-key-id names another key")
    } else if code == "SignatureDoesNotMatch" {
        // Sent by this program, so the signature itself is right: only the secret can be another one.
        format!(
            "\nthe server knows the key {id:?} with another secret: --access-key-secret or CLAQUE_ACCESS_KEY_SECRET names \
             that, and `claque ctl key --id {id} --secret SECRET` changes it"
        )
    } else {
        String::new()
    };
    Err(CommandFailure::No(format!("{code}: {message}{who}\nHTTP {status}, RequestId {}", text("RequestId"))))
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn as_curl(request: &HttpRequest, server: Server<'_>) -> String {
    let url = format!("{}{}", url_of(server.endpoint, server.ca).trim_end_matches('/'), request.target());
    let mut words = vec!["curl -sS -X".to_owned(), request.method.clone(), quoted(&url)];
    if let Some(ca) = server.ca {
        words.push(format!("--cacert {}", quoted(&ca.display().to_string())));
    }
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "host") {
        words.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
    }
    if !request.body.is_empty() {
        words.push(format!("--data-raw {}", quoted(&String::from_utf8_lossy(&request.body))));
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use claque_wire::argument::Argument;
    use claque_wire::operation::{Kind, OperationSpec};

    use super::{operation, quoted, read};
    use crate::CommandFailure;

    fn refused<T>(result: Result<T, CommandFailure>) -> String {
        match result {
            Err(CommandFailure::Usage(text)) => text,
            Ok(_) | Err(CommandFailure::No(_) | CommandFailure::Status(_)) => {
                panic!("it must be wrong usage")
            }
        }
    }

    #[test]
    fn every_operation_takes_each_of_its_parameters_and_no_other() {
        assert_eq!(OperationSpec::all().count(), 54);
        for spec in OperationSpec::all() {
            assert_eq!(operation(spec.name()).ok().map(OperationSpec::name), Some(spec.name()));
            let given: Vec<String> = spec
                .parameters
                .iter()
                .map(|parameter| {
                    let value = match parameter.kind {
                        Kind::Boolean => "true",
                        Kind::Integer | Kind::Long => "7",
                        Kind::List => "a,b",
                        Kind::Map => r#"{"a":"b"}"#,
                        Kind::Text => "x=y",
                    };
                    format!("{}={value}", parameter.name)
                })
                .collect();
            let parameters = read(spec, &given).unwrap_or_else(|_| panic!("{}", spec.name()));
            assert_eq!(parameters.iter().count(), spec.parameters.len(), "{}", spec.name());
            let text = refused(read(spec, &["NoSuchThing=1".to_owned()]));
            assert!(text.contains("NoSuchThing") && text.contains(spec.name()), "{text}");
        }
    }

    #[test]
    fn what_is_misspelt_is_refused_with_what_was_meant() {
        assert!(refused(operation("CreateLiveMesageApp")).contains("did you mean CreateLiveMessageApp?"));
        assert!(refused(operation("CreateLiveMessageGrp")).contains("did you mean CreateLiveMessageGroup?"));
        assert!(refused(operation("sendlivemessagegroup")).contains("did you mean SendLiveMessageGroup?"));
        let spec = OperationSpec::named("SendLiveMessageGroup").expect("a row");
        for (given, part) in [
            ("appid=1", "did you mean AppId?"),
            ("GroupID=g", "did you mean GroupId?"),
            ("MsgType=many", "MsgType"),
            ("Body", "KEY=VALUE"),
        ] {
            let text = refused(read(spec, &[given.to_owned()]));
            assert!(text.contains(part), "{given}: {text}");
        }
    }

    #[test]
    fn a_list_comes_whole_or_item_by_item() {
        let spec = OperationSpec::all()
            .find(|spec| spec.parameters.iter().any(|parameter| parameter.kind == Kind::List))
            .expect("one with a list");
        let list =
            spec.parameters.iter().find(|parameter| parameter.kind == Kind::List).expect("a list").name;
        let both = Some(Argument::List(vec!["a".to_owned(), "b".to_owned()]));
        for given in [
            vec![format!("{list}=a,b")],
            vec![format!("{list}=[\"a\",\"b\"]")],
            vec![format!("{list}.1=a"), format!("{list}.2=b")],
        ] {
            let parameters = read(spec, &given).unwrap_or_else(|_| panic!("{given:?}"));
            assert_eq!(parameters.get(list).cloned(), both, "{given:?}");
        }
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for text in ["plain", "it's", "a b\n$c `d` \"e\" \\", ""] {
            let mut shell = std::process::Command::new("sh");
            let output = shell.arg("-c").arg(format!("printf %s {}", quoted(text))).output();
            assert_eq!(output.expect("a shell").stdout, text.as_bytes());
        }
    }
}
