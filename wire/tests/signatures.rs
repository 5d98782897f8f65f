//! Signatures against worked examples: each step of every scheme, as text.

use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::sign::{self, AuthError, Credentials, Scheme, acs3, rpc1};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn secret(id: &str) -> Option<String> {
    if id == "testid" { Some("testsecret".to_owned()) } else { None }
}

fn verify(request: &HttpRequest) -> Result<sign::Signed, AuthError> {
    let params = ParamMap::from_request(request).expect("it decodes");
    sign::verify(request, params, secret)
}

const LIST: &str = "content-type;host;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;\
                    x-acs-signature-nonce;x-acs-version";
const BODY_HASH: &str = "602512b81efe07922557db38894e3a3a15095ea819a873ff802eb72acfa017ba";
const NONCE: &str = "15c7aaffb7241d0e52b5b753186c35d55407030447ceaf22d35bbaafb94ef7d7";
const SIGNATURE: &str = "b70ea6df618aa2c97b1b84b517e9a272f7dd59c8521372187823082ea315ca57";

/// The worked example of the header scheme: a form body, recorded from the TypeScript client.
fn header_example(signature: &str) -> HttpRequest {
    let authorization =
        format!("ACS3-HMAC-SHA256 Credential=testid,SignedHeaders={LIST},Signature={signature}");
    let headers = headers(&[
        ("host", "127.0.0.1:46185"),
        ("x-acs-version", "2016-11-01"),
        ("x-acs-action", "SendMessageToGroup"),
        ("user-agent", "unsigned"),
        ("x-acs-date", "2026-11-23T00:05:18Z"),
        ("x-acs-signature-nonce", NONCE),
        ("accept", "application/json"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-acs-content-sha256", BODY_HASH),
        ("x-acs-credentials-provider", "static_ak"),
        ("Authorization", &authorization),
        ("transfer-encoding", "chunked"),
    ]);
    let body =
        "AppId=a&Data=a%20b%2Bc*~%2F%3F%26%3D%25%E4%B8%AD'()!%22&GroupId=g&OperatorUserId=o&Type=12000";
    HttpRequest::new("POST", "/?SkipAudit=false", headers, body.as_bytes().to_vec())
}

#[test]
fn header_scheme_builds_the_worked_canonical_request() {
    let request = header_example(SIGNATURE);
    let names: Vec<&str> = LIST.split(';').collect();
    let canonical = acs3::canonical_request(&request, &names, BODY_HASH).expect("it decodes");
    let expected = format!(
        "POST\n/\nSkipAudit=false\ncontent-type:application/x-www-form-urlencoded\nhost:127.0.0.1:46185\n\
         x-acs-action:SendMessageToGroup\nx-acs-content-sha256:{BODY_HASH}\nx-acs-credentials-provider:static_ak\n\
         x-acs-date:2026-11-23T00:05:18Z\nx-acs-signature-nonce:{NONCE}\nx-acs-version:2016-11-01\n\n{LIST}\n{BODY_HASH}"
    );
    assert_eq!(canonical, expected);
    let to_sign = acs3::string_to_sign(&request, Scheme::Acs3Sha256, &names, BODY_HASH).expect("it decodes");
    assert_eq!(to_sign, "ACS3-HMAC-SHA256\nf3dfcfa4b210899245d6a8d0112ef93674998b661c509f5e72091039ee3c0034");
}

#[test]
fn header_scheme_verifies_the_worked_example() {
    let signed = verify(&header_example(SIGNATURE)).expect("the signature is right");
    assert_eq!((signed.action.as_str(), signed.version.as_str()), ("SendMessageToGroup", "2016-11-01"));
    assert_eq!((signed.nonce.as_str(), signed.signed_at), (NONCE, 1_795_392_318));
    assert_eq!((signed.scheme, signed.security_token), (Scheme::Acs3Sha256, None));
}

#[test]
fn header_scheme_answers_a_wrong_signature_with_its_own_string_to_sign() {
    let refused = verify(&header_example(&SIGNATURE.replace('b', "c"))).expect_err("the signature is wrong");
    let string_to_sign =
        "ACS3-HMAC-SHA256\nf3dfcfa4b210899245d6a8d0112ef93674998b661c509f5e72091039ee3c0034".to_owned();
    assert_eq!(refused, AuthError::SignatureMismatch { string_to_sign });
    let upper = verify(&header_example(&SIGNATURE.to_uppercase()));
    assert!(matches!(upper, Err(AuthError::SignatureMismatch { .. })), "hexadecimal is lower case");
}

#[test]
fn header_scheme_re_encodes_the_query_strictly() {
    let raw =
        "Administrators=u1%2Cu%202&AppId=a&GroupId=g&GroupInfo=a%20b%2Bc*~%2F%3F%26%3D%25%E4%B8%AD'()!%22";
    let request = HttpRequest::new("POST", &format!("/?{raw}"), Vec::new(), Vec::new());
    let canonical = acs3::canonical_request(&request, &[], "").expect("it decodes");
    let expected = "Administrators=u1%2Cu%202&AppId=a&GroupId=g\
                    &GroupInfo=a%20b%2Bc%2A~%2F%3F%26%3D%25%E4%B8%AD%27%28%29%21%22";
    assert_eq!(canonical.lines().nth(2), Some(expected));
}

#[test]
fn header_scheme_joins_values_of_one_header_sorted() {
    let headers = headers(&[("X-Acs-Meta", " b "), ("x-acs-meta", "a"), ("Host", "h")]);
    let request = HttpRequest::new("GET", "/", headers, Vec::new());
    let canonical = acs3::canonical_request(&request, &["host", "x-acs-meta"], "e").expect("it decodes");
    assert_eq!(canonical, "GET\n/\n\nhost:h\nx-acs-meta:a,b\n\nhost;x-acs-meta\ne");
}

#[test]
fn header_scheme_signs_what_it_verifies() {
    let credentials = |token: Option<&str>| Credentials {
        access_key_id: "testid".to_owned(),
        access_key_secret: "testsecret".to_owned(),
        security_token: token.map(str::to_owned),
    };
    for scheme in [Scheme::Acs3Sha256, Scheme::Acs3Sm3, Scheme::Acs4Sha256, Scheme::Acs4Sm3] {
        for which in [acs3::SignedHeaders::All, acs3::SignedHeaders::Needed, acs3::SignedHeaders::WithoutHost]
        {
            for token in [None, Some("a token")] {
                // The Python client puts a whole URL into the host when given one: it is signed and verified as it stands.
                let host = headers(&[("Host", "http://127.0.0.1:8787/"), ("user-agent", "any")]);
                let mut request = HttpRequest::new("POST", "/?GroupId=a+b%2a", host, b"body".to_vec());
                acs3::sign(
                    &mut request,
                    "KickOff",
                    &credentials(token),
                    ("n1", 1_700_000_000),
                    (scheme, which),
                )
                .expect("it signs");
                let signed = verify(&request).expect("it verifies");
                assert_eq!((signed.action.as_str(), signed.signed_at), ("KickOff", 1_700_000_000));
                assert_eq!((signed.scheme, signed.security_token.as_deref()), (scheme, token));
            }
        }
    }
}

#[test]
fn header_scheme_finds_the_action_where_an_empty_parameter_says_none() {
    let mut request = HttpRequest::new("POST", "/?Action=&Version=", Vec::new(), Vec::new());
    request.headers.push(("host".to_owned(), "localhost".to_owned()));
    let credentials = Credentials {
        access_key_id: "testid".to_owned(),
        access_key_secret: "testsecret".to_owned(),
        security_token: None,
    };
    let how = (Scheme::Acs3Sha256, acs3::SignedHeaders::Needed);
    acs3::sign(&mut request, "ListLiveMessageApps", &credentials, ("nonce", 1_700_000_000), how)
        .expect("it signs");
    let signed = verify(&request).expect("it verifies");
    assert_eq!((signed.action.as_str(), signed.version.as_str()), ("ListLiveMessageApps", "2016-11-01"));
}

#[test]
fn header_scheme_refuses_what_it_cannot_trust() {
    let with = |name: &str, value: Option<&str>| {
        let mut request = header_example(SIGNATURE);
        request.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        if let Some(value) = value {
            request.headers.push((name.to_owned(), value.to_owned()));
        }
        verify(&request).expect_err("it is refused")
    };
    let authorization = |list: &str| {
        let value = format!("ACS3-HMAC-SHA256 Credential=testid,SignedHeaders={list},Signature={SIGNATURE}");
        with("Authorization", Some(value.as_str()))
    };
    assert_eq!(with("x-acs-date", None), AuthError::MissingParameter { name: "x-acs-date" });
    assert_eq!(with("x-acs-date", Some("23.11.2026")), AuthError::TimeFormat);
    assert_eq!(
        with("x-acs-signature-nonce", Some("")),
        AuthError::MissingParameter { name: "x-acs-signature-nonce" }
    );
    assert_eq!(with("x-acs-action", None), AuthError::MissingParameter { name: "Action" });
    assert_eq!(with("x-acs-unsigned", Some("1")), AuthError::IncompleteSignature);
    assert_eq!(with("x-acs-accesskey-id", Some("other")), AuthError::IncompleteSignature);
    let hostless = authorization(&LIST.replace("host;", ""));
    assert!(matches!(hostless, AuthError::SignatureMismatch { .. }), "another list is another signature");
    assert_eq!(authorization(&LIST.replace("content-type;", "")), AuthError::IncompleteSignature);
    assert_eq!(authorization(&LIST.replace("host", "Host")), AuthError::IncompleteSignature);
    assert_eq!(authorization(&format!("{LIST};host")), AuthError::IncompleteSignature);
    for broken in [
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 Credential=testid",
        "ACS3-RSA-SHA256 Credential=testid,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=testid,Credential=testid,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=00",
    ] {
        assert_eq!(with("Authorization", Some(broken)), AuthError::IncompleteSignature, "{broken}");
    }
    let unknown = format!("ACS3-HMAC-SHA256 Credential=who,SignedHeaders={LIST},Signature={SIGNATURE}");
    assert_eq!(with("Authorization", Some(unknown.as_str())), AuthError::KeyUnknown);
}

/// The worked example with another list of signed headers, and the right signature for that list.
fn header_example_listing(list: &str) -> HttpRequest {
    let mut request = header_example(SIGNATURE);
    request.headers.retain(|(given, _)| given != "Authorization");
    sign_list(&mut request, Scheme::Acs3Sha256, list, BODY_HASH);
    request
}

/// Each is signed as it stands, so that nothing but the list can be what is wrong.
#[test]
fn header_scheme_may_leave_out_the_host_and_nothing_that_decides() {
    let without = |name: &str| -> Result<sign::Signed, AuthError> {
        let rest: Vec<&str> = LIST.split(';').filter(|listed| *listed != name).collect();
        verify(&header_example_listing(&rest.join(";")))
    };
    assert!(without("nothing").is_ok(), "the whole list");
    assert!(without("host").is_ok(), "the host need not be signed");
    for name in
        ["x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"]
    {
        assert!(LIST.contains(name), "the example signs {name}");
        assert_eq!(without(name).expect_err("it is refused"), AuthError::IncompleteSignature, "{name}");
    }
}

/// The worked example of the parameter scheme: a GET, recorded from pop-core.
const PARAMETERS: &str = "AccessKeyId=testid&Action=CreateLiveMessageGroup&Administrators.1=u1&Administrators.2=u2&AppId=a\
    &Flag=true&Format=JSON&GroupId=g&GroupInfo=a%20b%2Bc%2A~%2F%3F%26%3D%25%E4%B8%AD%27%28%29%21%22&N=7\
    &SignatureMethod=HMAC-SHA1&SignatureNonce=2cc5f68066a095c564279dc22471c277&SignatureVersion=1.0\
    &Timestamp=2026-11-23T00%3A05%3A15Z&Version=2016-11-01&Signature=arJ4NcdVTYvZhfw267%2F1Z5%2F28ns%3D";

fn parameter_example(query: &str) -> HttpRequest {
    HttpRequest::new("GET", &format!("/?{query}"), Vec::new(), Vec::new())
}

#[test]
fn parameter_scheme_builds_the_worked_string_to_sign() {
    let params = ParamMap::from_request(&parameter_example(PARAMETERS)).expect("it decodes");
    let expected = "GET&%2F&AccessKeyId%3Dtestid%26Action%3DCreateLiveMessageGroup%26Administrators.1%3Du1\
        %26Administrators.2%3Du2%26AppId%3Da%26Flag%3Dtrue%26Format%3DJSON%26GroupId%3Dg%26GroupInfo%3D\
        a%2520b%252Bc%252A~%252F%253F%2526%253D%2525%25E4%25B8%25AD%2527%2528%2529%2521%2522%26N%3D7\
        %26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D2cc5f68066a095c564279dc22471c277%26SignatureVersion%3D1.0\
        %26Timestamp%3D2026-11-23T00%253A05%253A15Z%26Version%3D2016-11-01";
    let computed = rpc1::string_to_sign("GET", params.iter());
    assert_eq!(computed, expected);
    assert_eq!(rpc1::signature("testsecret", &computed), "arJ4NcdVTYvZhfw267/1Z5/28ns=");
}

#[test]
fn parameter_scheme_signs_query_and_form_together() {
    let query = "SkipAudit=True&Version=2016-11-01&Action=SendMessageToGroup&Format=JSON&RegionId=cn-shanghai\
        &Timestamp=2026-11-23T00%3A05%3A05Z&SignatureMethod=HMAC-SHA1&SignatureType=&SignatureVersion=1.0\
        &SignatureNonce=bfc85d27243e6fa9129b203418ada91f&AccessKeyId=testid&Signature=tDezrG4zLricDAYdymShyX0%2FoXs%3D";
    let body = b"Data=v-Data&Type=7&OperatorUserId=v-OperatorUserId&GroupId=v-GroupId&AppId=v-AppId".to_vec();
    let form = headers(&[("Content-Type", "application/x-www-form-urlencoded")]);
    let request = HttpRequest::new("POST", &format!("/?{query}"), form, body.clone());
    let signed = verify(&request).expect("the signature is right");
    assert_eq!((signed.action.as_str(), signed.signed_at), ("SendMessageToGroup", 1_795_392_305));
    let bare = HttpRequest::new("POST", &format!("/?{query}"), Vec::new(), body);
    assert!(
        matches!(verify(&bare), Err(AuthError::SignatureMismatch { .. })),
        "a body that is no form is not signed"
    );
}

#[test]
fn parameter_scheme_sorts_names_alone() {
    let pairs =
        [("A.1", "z"), ("A", "y"), ("A.10", "x"), ("A.2", "w"), ("Signature", "left out"), ("AB", "v")];
    assert_eq!(rpc1::string_to_sign("POST", pairs), "POST&%2F&A%3Dy%26A.1%3Dz%26A.10%3Dx%26A.2%3Dw%26AB%3Dv");
}

#[test]
fn parameter_scheme_takes_the_action_from_the_parameters_before_the_header() {
    let mut request = parameter_example(PARAMETERS);
    request.headers = headers(&[("x-acs-action", "createLiveMessageGroup"), ("x-acs-version", "1")]);
    let signed = verify(&request).expect("the signature is right");
    assert_eq!((signed.action.as_str(), signed.version.as_str()), ("CreateLiveMessageGroup", "2016-11-01"));
}

#[test]
fn parameter_scheme_refuses_what_it_cannot_trust() {
    let refused = |from: &str, to: &str| {
        assert!(PARAMETERS.contains(from), "the example has {from}");
        verify(&parameter_example(&PARAMETERS.replace(from, to))).expect_err("it is refused")
    };
    let missing = |name| AuthError::MissingParameter { name };
    assert_eq!(refused("AccessKeyId=testid&", ""), missing("AccessKeyId"));
    assert_eq!(refused("AccessKeyId=testid", "AccessKeyId=who"), AuthError::KeyUnknown);
    assert_eq!(refused("Timestamp=2026-11-23T00%3A05%3A15Z&", ""), missing("Timestamp"));
    assert_eq!(refused("2026-11-23T00%3A05%3A15Z", "1795392315"), AuthError::TimeFormat);
    assert_eq!(
        refused("SignatureNonce=2cc5f68066a095c564279dc22471c277", "SignatureNonce="),
        missing("SignatureNonce")
    );
    assert_eq!(refused("HMAC-SHA1", "HMAC-MD5"), AuthError::IncompleteSignature);
    assert_eq!(refused("SignatureVersion=1.0", "SignatureVersion=2.0"), AuthError::IncompleteSignature);
    assert_eq!(refused("28ns%3D", "28nt%3D"), AuthError::IncompleteSignature, "not the canonical Base64");
    assert_eq!(refused("28ns%3D", "28ns"), AuthError::IncompleteSignature);
    assert_eq!(refused("Action=CreateLiveMessageGroup&", ""), missing("Action"));
    assert!(matches!(refused("arJ4", "arJ5"), AuthError::SignatureMismatch { .. }));
    assert!(matches!(refused("N=7", "N=8"), AuthError::SignatureMismatch { .. }));
}

/// A request signed here, with its list and its headers changed before: what a client with odd habits would send.
fn signed_with(scheme: Scheme, change: impl FnOnce(&mut HttpRequest), list: Option<&str>) -> HttpRequest {
    let mut request = HttpRequest::new("POST", "/?GroupId=g", headers(&[("Host", "h")]), Vec::new());
    let credentials = Credentials {
        access_key_id: "testid".to_owned(),
        access_key_secret: "testsecret".to_owned(),
        security_token: None,
    };
    let how = (scheme, acs3::SignedHeaders::Needed);
    acs3::sign(&mut request, "KickOff", &credentials, ("n1", 1_700_000_000), how).expect("it signs");
    request.headers.retain(|(name, _)| name != "Authorization");
    change(&mut request);
    let mut names: Vec<String> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.retain(|name| name == "host" || name.starts_with("x-acs-"));
    names.sort();
    names.dedup();
    let list = list.map_or_else(|| names.join(";"), str::to_owned);
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    sign_list(&mut request, scheme, &list, nothing);
    request
}

/// Signs what a list names, whatever it leaves out.
fn sign_list(request: &mut HttpRequest, scheme: Scheme, list: &str, body_hash: &str) {
    let parts: Vec<&str> = list.split(';').collect();
    let text = acs3::string_to_sign(request, scheme, &parts, body_hash).expect("it decodes");
    let signature = hmac_sha256("testsecret".as_bytes(), &text);
    let value = format!("ACS3-HMAC-SHA256 Credential=testid,SignedHeaders={list},Signature={signature}");
    request.headers.push(("Authorization".to_owned(), value));
}

fn hmac_sha256(key: &[u8], text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn header_scheme_verifies_what_is_listed_and_nothing_less_will_do() {
    let all = "x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version";
    let take = |request: HttpRequest| verify(&request).map(|signed| signed.action);
    let scheme = Scheme::Acs3Sha256;
    assert_eq!(take(signed_with(scheme, |_| {}, None)), Ok("KickOff".to_owned()));
    assert_eq!(
        take(signed_with(scheme, |_| {}, Some(all))),
        Ok("KickOff".to_owned()),
        "the host need not be listed"
    );
    let host_first = format!("x-acs-action;host;{}", all.trim_start_matches("x-acs-action;"));
    assert_eq!(
        take(signed_with(scheme, |_| {}, Some(&host_first))),
        Ok("KickOff".to_owned()),
        "in any order"
    );
    for name in all.split(';') {
        let without: Vec<&str> = all.split(';').filter(|listed| *listed != name).collect();
        let refused = take(signed_with(scheme, |_| {}, Some(&without.join(";"))));
        assert_eq!(refused, Err(AuthError::IncompleteSignature), "without {name}");
    }
    for list in [
        "",
        ";",
        "host",
        &all.to_uppercase(),
        &format!("{all};"),
        &format!("{all};x-acs-date"),
        &all.replace(';', ","),
    ] {
        assert!(take(signed_with(scheme, |_| {}, Some(list))).is_err(), "{list}");
    }
    // Each name is compared with each other before the key is known: the list has a bound.
    let more = |names: usize| {
        let absent = (all.split(';').count()..names).map(|number| format!(";a-{number}"));
        all.to_owned() + &absent.collect::<String>()
    };
    assert_eq!(take(signed_with(scheme, |_| {}, Some(&more(256)))), Ok("KickOff".to_owned()));
    assert_eq!(take(signed_with(scheme, |_| {}, Some(&more(257)))), Err(AuthError::IncompleteSignature));
}

#[test]
fn header_scheme_takes_the_operation_from_the_header_alone() {
    let elsewhere =
        |request: &mut HttpRequest| request.query.push_str("&Action=DeleteLiveMessageGroup&Version=1");
    let signed = verify(&signed_with(Scheme::Acs3Sha256, elsewhere, None)).expect("it is signed");
    assert_eq!((signed.action.as_str(), signed.version.as_str()), ("KickOff", "2016-11-01"));
}

#[test]
fn header_scheme_takes_a_fraction_of_a_second() {
    let finer = |request: &mut HttpRequest| {
        for (_, value) in request.headers.iter_mut().filter(|(name, _)| name == "x-acs-date") {
            *value = value.replace('Z', ".123456789Z");
        }
    };
    let signed = verify(&signed_with(Scheme::Acs3Sha256, finer, None)).expect("it is signed");
    assert_eq!(signed.signed_at, 1_700_000_000);
}

#[test]
fn scoped_scheme_is_bound_to_its_day_and_product() {
    let credentials = Credentials {
        access_key_id: "testid".to_owned(),
        access_key_secret: "testsecret".to_owned(),
        security_token: None,
    };
    let mut request = HttpRequest::new("POST", "/?GroupId=g", headers(&[("Host", "h")]), Vec::new());
    let how = (Scheme::Acs4Sha256, acs3::SignedHeaders::Needed);
    acs3::sign(&mut request, "KickOff", &credentials, ("n1", 1_700_000_000), how).expect("it signs");
    assert!(verify(&request).is_ok());
    for (from, to) in [
        ("/20231114/", "/20231115/"),
        ("/center/", "/cn-shanghai/"),
        ("/live/", "/ecs/"),
        ("/live/", "/Live/"),
        ("aliyun_v4_request", "aliyun_v3_request"),
        ("testid/20231114/center/live/aliyun_v4_request", "testid"),
    ] {
        let mut other = request.clone();
        let value = other.headers.last_mut().expect("the signature is last");
        assert!(value.1.contains(from), "{}", value.1);
        value.1 = value.1.replace(from, to);
        assert!(verify(&other).is_err(), "{to}");
    }
}

#[test]
fn parameter_scheme_leaves_out_empty_parameters_only_as_a_whole_and_passes_on_what_is_signed() {
    let sign = |pairs: &[(&str, &str)], signed: &[(&str, &str)]| {
        let common = [
            ("AccessKeyId", "testid"),
            ("Action", "ModifyLiveMessageGroup"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "n"),
            ("SignatureVersion", "1.0"),
            ("Timestamp", "2026-11-23T00:05:15.123456789Z"),
            ("Version", "2016-11-01"),
        ];
        let text = rpc1::string_to_sign("GET", common.iter().chain(signed).copied());
        let signature = rpc1::signature("testsecret", &text);
        let pairs = common.iter().chain(pairs).copied().chain([("Signature", signature.as_str())]);
        let query = claque_wire::url::encode_pairs(pairs, claque_wire::url::Spelling::Canonical);
        verify(&HttpRequest::new("GET", &format!("/?{query}"), Vec::new(), Vec::new()))
    };
    let has = |signed: &sign::Signed, name: &str| signed.params.iter().any(|(given, _)| given == name);
    let full = sign(&[("GroupInfo", ""), ("A", "")], &[("GroupInfo", ""), ("A", "")]).expect("all is signed");
    assert!(has(&full, "GroupInfo") && has(&full, "A"), "a signed empty parameter is one");
    assert_eq!(full.signed_at, 1_795_392_315, "a fraction counts for nothing");
    let bare = sign(&[("GroupInfo", ""), ("A", "1")], &[("A", "1")]).expect("the filled ones are signed");
    assert!(!has(&bare, "GroupInfo") && has(&bare, "A"));
    assert!(
        sign(&[("GroupInfo", ""), ("A", "")], &[("A", "")]).is_err(),
        "some are left out and some are not"
    );
    assert!(sign(&[("A", "1")], &[]).is_err(), "a filled one is always signed");
    assert!(sign(&[("A", " ")], &[]).is_err(), "a space is a value");
    let token = sign(&[("SecurityToken", "")], &[]).expect("an empty token is none");
    assert_eq!(token.security_token, None);
}

#[test]
fn parameter_scheme_takes_the_operation_from_no_header() {
    let (with_action, without) = ("Action=CreateLiveMessageGroup&", "");
    let query = PARAMETERS.replace(with_action, without);
    let text = {
        let params = ParamMap::from_request(&parameter_example(&query)).expect("it decodes");
        rpc1::string_to_sign("GET", params.iter())
    };
    let old = "Signature=arJ4NcdVTYvZhfw267%2F1Z5%2F28ns%3D";
    let signature = claque_wire::url::canonical(&rpc1::signature("testsecret", &text));
    let mut request = parameter_example(&query.replace(old, &format!("Signature={signature}")));
    request.headers = headers(&[("x-acs-action", "CreateLiveMessageGroup"), ("x-acs-version", "2016-11-01")]);
    assert_eq!(verify(&request), Err(AuthError::MissingParameter { name: "Action" }));
}
