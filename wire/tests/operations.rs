//! The operations table against what official client libraries really send, and the way there and back.

use std::collections::BTreeSet;

use claque_core::{Operation, Rule};
use claque_wire::argument::{Argument, Arguments};
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::decode::{arguments, decode, input_invalid};
use claque_wire::http::HttpRequest;
use claque_wire::operation::{Kind, OperationSpec, Parameter, Placement};
use claque_wire::param::ParamMap;
use claque_wire::reached::by_parameters;
use claque_wire::sign::{self, Credentials, Scheme, acs3};
use serde_json::{Value, json};

struct Recorded {
    client: String,
    scheme: String,
    operation: Operation,
    request: HttpRequest,
}

fn recorded() -> Vec<Recorded> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/wire/requests.jsonl");
    let text = std::fs::read_to_string(path).expect("the fixture is readable");
    let one = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("each line is a JSON object");
        let text = |value: &Value| value.as_str().expect("the field is text").to_owned();
        let headers = value["headers"].as_array().expect("headers are a list").iter();
        let headers = headers.map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        let (method, target) = (text(&value["method"]), text(&value["target"]));
        Recorded {
            client: text(&value["client"]),
            scheme: text(&value["scheme"]),
            operation: Operation::from_name(&text(&value["operation"])).expect("the operation is documented"),
            request: HttpRequest::new(&method, &target, headers, text(&value["body"]).into_bytes()),
        }
    };
    text.lines().map(one).collect()
}

fn params(request: &HttpRequest) -> ParamMap {
    ParamMap::from_request(request).expect("it decodes")
}

fn credentials() -> Credentials {
    Credentials {
        access_key_id: "testid".to_owned(),
        access_key_secret: "testsecret".to_owned(),
        security_token: None,
    }
}

#[test]
fn every_operation_has_exactly_one_row() {
    let rows: Vec<Operation> = OperationSpec::all().map(|spec| spec.operation).collect();
    assert_eq!(rows.len(), 54);
    assert_eq!(rows.iter().collect::<BTreeSet<_>>(), Operation::ALL.iter().collect::<BTreeSet<_>>());
    for spec in OperationSpec::all() {
        assert!(std::ptr::eq(OperationSpec::of(spec.operation), spec));
        assert!(OperationSpec::named(spec.name()).is_some_and(|found| std::ptr::eq(found, spec)));
        let names: BTreeSet<&str> = spec.parameters.iter().map(|parameter| parameter.name).collect();
        assert_eq!(names.len(), spec.parameters.len(), "{} names a parameter twice", spec.name());
        assert_eq!(spec.method == "GET", spec.operation == Operation::ListLiveMessageGroupByPage);
    }
    assert!(OperationSpec::named("createLiveMessageGroup").is_none(), "names are compared exactly");
}

#[test]
fn the_rows_have_the_parameters_that_the_libraries_send_where_they_send_them() {
    for spec in OperationSpec::all() {
        let (mut query, mut form) = (BTreeSet::new(), BTreeSet::new());
        for one in recorded().iter().filter(|one| one.client == "python" && one.scheme == "acs3-sha256") {
            if one.operation == spec.operation {
                query
                    .extend(one.request.query_pairs().expect("it decodes").into_iter().map(|(name, _)| name));
                form.extend(one.request.form_pairs().expect("it decodes").into_iter().map(|(name, _)| name));
                assert_eq!(one.request.method, spec.method, "{}", spec.name());
            }
        }
        let placed = |placement: Placement| {
            let here = spec.parameters.iter().filter(|parameter| parameter.placement == placement);
            here.map(|parameter| parameter.name.to_owned()).collect::<BTreeSet<_>>()
        };
        assert_eq!(query, placed(Placement::Query), "query of {}", spec.name());
        assert_eq!(form, placed(Placement::Form), "form of {}", spec.name());
    }
}

#[test]
fn every_recorded_call_decodes_and_its_arguments_say_the_same() {
    for Recorded { client, operation, request, .. } in recorded() {
        let params = params(&request);
        let decoded = decode(operation, &params)
            .unwrap_or_else(|error| panic!("{client} {}: {error}", operation.name()));
        assert_eq!(decoded.operation(), operation);
        for style in ClientStyle::ALL {
            let again = style.params(operation.name(), &arguments(&decoded));
            assert_eq!(
                decode(operation, &again).as_ref(),
                Ok(&decoded),
                "{} in style {style:?}",
                operation.name()
            );
        }
    }
}

#[test]
fn calls_are_written_and_signed_exactly_as_the_current_libraries_do() {
    let mut equal = 0;
    for Recorded { client, scheme, operation, request } in recorded() {
        let style = match (client.as_str(), scheme.as_str()) {
            ("python", "acs3-sha256") => ClientStyle::Python,
            ("python-async", _) => ClientStyle::PythonAsync,
            ("typescript", _) => ClientStyle::TypeScript,
            _ => continue,
        };
        let retried = request.header("x-acs-retry-attempts").is_some();
        if request.header("x-acs-security-token").is_some() || retried {
            continue;
        }
        let held = held(operation, &params(&request));
        let (query, form) = style.place(operation.name(), &held);
        let (action, nonce) =
            (operation.name(), request.header("x-acs-signature-nonce").expect("there is a nonce"));
        let time = request.header("x-acs-date").and_then(sign::date::parse).expect("there is a date");
        let host = request.header("host").expect("there is a host");
        let stamp = Stamp { nonce, signed_at: time };
        let mut written = style.request(action, &held, host, &credentials(), stamp).expect("it is written");
        assert_eq!((&written.query, &written.body), (&request.query, &request.body), "{client} {action}");
        assert_eq!(written.method, request.method);
        assert_eq!((query.is_empty(), form.is_empty()), (request.query.is_empty(), request.body.is_empty()));
        if let Some(agent) = request.header("user-agent") {
            // The Python library signs its user agent: the same request with it has the same signature.
            written.headers.retain(|(name, _)| {
                !name.starts_with("x-acs-") && name != "Authorization" && name != "accept"
            });
            written.headers.push(("user-agent".to_owned(), agent.to_owned()));
            let how = (Scheme::Acs3Sha256, acs3::SignedHeaders::All);
            acs3::sign(&mut written, action, &credentials(), (nonce, time), how).expect("it signs");
        }
        assert_eq!(written.header("authorization"), request.header("authorization"), "{client} {action}");
        equal += 1;
    }
    assert!(equal > 150, "only {equal} requests were compared");
}

#[test]
fn calls_of_the_parameter_scheme_carry_the_same_parameters_as_the_libraries() {
    let mut equal = 0;
    for Recorded { client, operation, request, .. } in recorded() {
        let post = request.method == "POST";
        let style = match client.as_str() {
            "python-core" if request.method == OperationSpec::of(operation).method => ClientStyle::OldPython,
            "pop-core" if post => ClientStyle::PopCorePost,
            "pop-core" => ClientStyle::PopCoreGet,
            _ => continue,
        };
        let given = params(&request);
        if given.iter().any(|(name, _)| matches!(name, "SecurityToken" | "Flag" | "Administrators")) {
            continue;
        }
        // This one of the lists is a text with commas in that library.
        if operation == Operation::BatchGetOnlineUsers {
            continue;
        }
        let held = held(operation, &given);
        let text = |name: &str| given.text(name).expect("it stands once").expect("it stands").to_owned();
        let (nonce, time) =
            (text("SignatureNonce"), sign::date::parse(&text("Timestamp")).expect("it is a date"));
        let stamp = Stamp { nonce: &nonce, signed_at: time };
        let action = operation.name();
        let written = style.request(action, &held, "h", &credentials(), stamp).expect("it is written");
        let sorted = |pairs: Vec<(String, String)>| pairs.into_iter().collect::<BTreeSet<_>>();
        let of = |request: &HttpRequest| {
            (
                sorted(request.query_pairs().expect("it decodes")),
                sorted(request.form_pairs().expect("it decodes")),
            )
        };
        assert_eq!(of(&written), of(&request), "{client} {action}, signature included");
        equal += 1;
    }
    assert!(equal > 90, "only {equal} requests were compared");
}

/// What a caller holds who sent these parameters: empty texts and lists included.
fn held(operation: Operation, params: &ParamMap) -> Arguments {
    let mut held = Arguments::new();
    for Parameter { name, kind, .. } in OperationSpec::of(operation).parameters {
        let argument = match kind {
            Kind::Boolean => params.boolean(name).expect("it fits").map(Argument::Boolean),
            Kind::Integer | Kind::Long => params.long(name).expect("it fits").map(Argument::Integer),
            Kind::List => params.list(name).expect("it fits").map(Argument::List),
            Kind::Map => params.map(name).expect("it fits").map(Argument::Map),
            Kind::Text => params.text(name).expect("it fits").map(Argument::from),
        };
        if let Some(argument) = argument {
            held.set(name, argument);
        }
    }
    held
}

/// A value that fits a parameter.
fn fitting(parameter: &Parameter) -> Argument {
    match parameter.kind {
        Kind::Boolean => Argument::Boolean(true),
        Kind::Integer => Argument::Integer(i32::MAX.into()),
        Kind::List => Argument::List(vec!["u1".to_owned(), "ü2".to_owned()]),
        Kind::Long => Argument::Integer(i64::MIN),
        Kind::Map => Argument::Map(json!({ "k": "v \"中𝄞\"" }).as_object().expect("an object").clone()),
        Kind::Text => Argument::Text("a b+c*~/?&=%中'()!\"".to_owned()),
    }
}

#[test]
fn every_parameter_reaches_its_own_field_in_every_style() {
    for spec in OperationSpec::all() {
        let without = decode(spec.operation, &ParamMap::default()).expect("absence is not refused here");
        for parameter in spec.parameters {
            let given = Arguments::new().with(parameter.name, fitting(parameter));
            for style in ClientStyle::ALL {
                let decoded = decode(spec.operation, &style.params(spec.name(), &given)).expect("it fits");
                assert_ne!(decoded, without, "{} of {} is lost", parameter.name, spec.name());
                assert_eq!(
                    arguments(&decoded),
                    given,
                    "{} of {} in style {style:?}",
                    parameter.name,
                    spec.name()
                );
            }
        }
    }
}

#[test]
fn every_style_is_verified_by_the_receiver_from_the_bytes_alone() {
    for spec in OperationSpec::all() {
        let mut given = Arguments::new();
        for parameter in spec.parameters {
            given.set(parameter.name, fitting(parameter));
        }
        let expected =
            decode(spec.operation, &ClientStyle::Python.params(spec.name(), &given)).expect("it fits");
        for style in ClientStyle::ALL {
            for token in [None, Some("t/o+k=e n".to_owned())] {
                let credentials = Credentials { security_token: token.clone(), ..credentials() };
                let stamp = Stamp { nonce: "n-1", signed_at: 1_700_000_000 };
                let request = style
                    .request(spec.name(), &given, "127.0.0.1:1", &credentials, stamp)
                    .expect("it is written");
                let params = params(&request);
                let signed = sign::verify(&request, params.clone(), |_| Some("testsecret".to_owned()))
                    .expect("it verifies");
                assert_eq!((signed.action.as_str(), signed.scheme), (spec.name(), style.scheme()));
                assert_eq!((signed.signed_at, signed.security_token), (1_700_000_000, token));
                assert_eq!(
                    decode(spec.operation, &params).as_ref(),
                    Ok(&expected),
                    "{} {style:?}",
                    spec.name()
                );
            }
        }
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_under_its_parameter() {
    for spec in OperationSpec::all() {
        for parameter in spec.parameters {
            let wrong = match parameter.kind {
                Kind::Boolean => "1",
                Kind::Integer | Kind::Long => "seven",
                Kind::List => "[7]",
                Kind::Map => "[]",
                Kind::Text => continue,
            };
            let given = Arguments::new().with(parameter.name, wrong);
            let params = ClientStyle::Python.params(spec.name(), &given);
            let error = decode(spec.operation, &params).expect_err("the type is wrong");
            assert_eq!(error.parameter, parameter.name);
            assert_eq!(input_invalid(spec.operation, &error).parameter, parameter.name);
        }
    }
    let long = Arguments::new().with("PageSize", 1_i64 << 40);
    let params = ClientStyle::TypeScript.params("ListLiveMessageGroupUsers", &long);
    let error = decode(Operation::ListLiveMessageGroupUsers, &params).expect_err("it is too wide");
    assert_eq!(
        error.to_string(),
        "PageSize is 1099511627776, expected an integer from -2147483648 to 2147483647"
    );
}

#[test]
fn the_encodings_reached_are_reported_as_rules() {
    let users = Argument::List(vec!["u1".to_owned()]);
    let given = Arguments::new().with("BannnedUsers", users).with("BannedAll", true);
    let operation = Operation::ModifyLiveMessageGroupBand;
    let comma = ClientStyle::Python.params(operation.name(), &given);
    let expected = [Rule::WireBoolAnyCase, Rule::WireListComma, Rule::WireNamesBannnedUsers];
    assert_eq!(by_parameters(operation, &comma), expected);
    let indexed = ClientStyle::OldPython.params(operation.name(), &given);
    assert!(by_parameters(operation, &indexed).contains(&Rule::WireListIndexed));
    let json = ParamMap::from_pairs(vec![("BannnedUsers".to_owned(), "[\"u1\"]".to_owned())]);
    assert!(by_parameters(operation, &json).contains(&Rule::WireListJson));
}

#[test]
fn policies_name_the_action_and_the_application() {
    let create = OperationSpec::of(Operation::CreateLiveMessageGroup);
    assert_eq!(create.ram_action(), "live:CreateLiveMessageGroup");
    assert_eq!(create.ram_resource("42", "app"), "acs:live::42:rtc/app");
    assert_eq!(OperationSpec::of(Operation::SendMessageToGroup).ram_resource("42", "app"), "*");
    assert_eq!(
        OperationSpec::of(Operation::ListMessage).ram_resource("42", "app"),
        "acs:live:*:42:domain/app"
    );
}

#[test]
fn the_documentation_has_a_section_for_every_row() {
    let text = claque_wire::operation::to_markdown();
    for spec in OperationSpec::all() {
        assert!(text.contains(&format!("\n## {}\n\n{}\n", spec.name(), spec.doc)), "{}", spec.name());
    }
    assert!(text.contains("| `Result[].AppList[].AppId` | text | yes | ID of the application. |"));
    assert!(text.contains("| `BannnedUsers` | list | query | no |"));
    assert!(text.lines().all(|line| !line.ends_with(' ')), "no trailing space");
}

#[test]
fn the_largest_legal_information_travels_in_the_query_and_in_a_form() {
    let info = "中".repeat(32 * 1_024 / 3);
    let given = Arguments::new().with("AppId", "a").with("GroupId", "g").with("GroupInfo", info.as_str());
    for style in ClientStyle::ALL {
        let stamp = Stamp { nonce: "n", signed_at: 1_700_000_000 };
        let request = style
            .request("CreateLiveMessageGroup", &given, "h", &credentials(), stamp)
            .expect("it is written");
        let longest = request.target().len().max(request.body.len());
        assert!((98_000..100_000).contains(&longest), "{style:?}: {longest} bytes");
        let params = params(&request);
        assert!(
            sign::verify(&request, params.clone(), |_| Some("testsecret".to_owned())).is_ok(),
            "{style:?}"
        );
        assert_eq!(params.text("GroupInfo"), Ok(Some(info.as_str())), "{style:?}");
    }
}

#[test]
fn the_committed_documentation_is_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == claque_wire::operation::to_markdown(),
        "docs/operations.md is not what the table says; write it anew with `cargo run -p claque-wire --example operations`"
    );
}
