//! Parameters of every operation, as query and as form body: they decode or are refused, and what decodes is read the
//! same again after a caller has written it.
//!
//! Input: one byte chooses the operation, one the placement; the rest is the query or the body.
#![no_main]

use claque_core::Operation;
use claque_wire::argument::{Argument, Arguments};
use claque_wire::client::ClientStyle;
use claque_wire::decode::{arguments, decode, input_invalid};
use claque_wire::http::{FORM_TYPE, HttpRequest};
use claque_wire::param::ParamMap;
use libfuzzer_sys::fuzz_target;

fn said(arguments: &Arguments) -> impl Iterator<Item = (&str, &Argument)> {
    arguments.iter().filter(|(_, argument)| !matches!(argument, Argument::List(list) if list.is_empty()))
}

fuzz_target!(|bytes: &[u8]| {
    let [which, placement, text @ ..] = bytes else { return };
    let operation = Operation::ALL[usize::from(*which) % Operation::ALL.len()];
    let request = if placement & 1 == 0 {
        let Ok(query) = std::str::from_utf8(text) else { return };
        HttpRequest::new("GET", &format!("/?{query}"), Vec::new(), Vec::new())
    } else {
        let headers = vec![("content-type".to_owned(), FORM_TYPE.to_owned())];
        HttpRequest::new("POST", "/", headers, text.to_vec())
    };
    let Ok(params) = ParamMap::from_request(&request) else { return };
    match decode(operation, &params) {
        Ok(asked) => {
            assert_eq!(asked.operation(), operation);
            // Indexed lists carry every text; joined ones cannot carry a comma. Neither says that a list is empty.
            let written = arguments(&asked);
            let params = ClientStyle::PopCorePost.params(operation.name(), &written);
            let again = arguments(&decode(operation, &params).expect("what a caller writes is read"));
            assert!(said(&again).eq(said(&written)), "{written:?} comes back as {again:?}");
        }
        Err(error) => drop(input_invalid(operation, &error)),
    }
});
