//! The XML rendering of answers, for callers that ask for it: the same fields in the same order, as elements.
//!
//! The root is the operation's name and `Response`, or `Error`. A field is an element of its name, an object the elements of its
//! fields, a list one element for each item, so that an empty list is nothing at all. What is null is left out. Truth values are
//! `true` and `false`. A name in a map that could not name an element, such as the number of a message type, stands in an `Entry`
//! with a `Key` and a `Value`. Characters that XML has no way to write become U+FFFD.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::Writer;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::{Map, Value, json};

use crate::envelope::HttpAnswer;
use crate::http::HttpRequest;
use crate::operation::{Field, FieldKind, OperationSpec};
use crate::param::ParamMap;

/// The media type of an answer in XML.
pub const XML_TYPE: &str = "text/xml; charset=utf-8";

/// The root of every refusal.
const ERROR: &str = "Error";
/// The element of a map's entry whose name cannot name an element.
const ENTRY: &str = "Entry";

/// In which form a caller wants the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// A JSON object.
    #[default]
    Json,
    /// An XML document.
    Xml,
}

impl Format {
    /// The form that the parameters ask for; `None` where they ask for nothing known.
    #[must_use]
    pub fn of_params(params: &ParamMap) -> Option<Self> {
        let given = params.text("Format").ok().flatten()?;
        if given.eq_ignore_ascii_case("xml") {
            Some(Self::Xml)
        } else if given.eq_ignore_ascii_case("json") {
            Some(Self::Json)
        } else {
            None
        }
    }

    /// The form that a request asks for: by its parameter `Format`, else by what it accepts first; JSON where it says neither.
    #[must_use]
    pub fn of(request: &HttpRequest, params: &ParamMap) -> Self {
        Self::of_params(params).unwrap_or_else(|| {
            let accepted = request.header("accept").unwrap_or_default();
            let first = accepted.split([',', ';']).next().unwrap_or_default().trim();
            let xml = ["application/xml", "text/xml"].iter().any(|kind| first.eq_ignore_ascii_case(kind));
            if xml { Self::Xml } else { Self::Json }
        })
    }
}

/// Puts an answer into the form that was asked for; `operation` names the root of what is no refusal.
///
/// # Panics
///
/// If the answer's body is no JSON object, which none of [`crate::envelope`]'s is.
#[must_use]
pub fn rendered(format: Format, operation: &str, answer: HttpAnswer) -> HttpAnswer {
    if format == Format::Json {
        return answer;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(&answer.body) else {
        unreachable!("an answer is a JSON object")
    };
    let root = if fields.contains_key("Code") { ERROR.to_owned() } else { format!("{operation}Response") };
    let mut headers = answer.headers;
    for (_, value) in headers.iter_mut().filter(|(name, _)| *name == "Content-Type") {
        XML_TYPE.clone_into(value);
    }
    HttpAnswer { status: answer.status, headers, body: document(&root, &fields) }
}

/// A document with one root and the fields in it.
#[must_use]
fn document(root: &str, fields: &Map<String, Value>) -> String {
    let mut writer = Writer::new(Vec::new());
    let mut put = |event: Event<'_>| writer.write_event(event).expect("writing to memory succeeds");
    put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    element(&mut put, root, &Value::Object(fields.clone()));
    String::from_utf8(writer.into_inner()).expect("what was written is text")
}

/// One element, or one for each item of a list.
fn element(put: &mut impl FnMut(Event<'_>), name: &str, value: &Value) {
    let text: Cow<'_, str> = match value {
        Value::Null => return,
        Value::Array(items) => return items.iter().for_each(|item| element(put, name, item)),
        Value::Object(fields) => {
            put(Event::Start(BytesStart::new(name)));
            for (name, value) in fields {
                field(put, name, value);
            }
            return put(Event::End(BytesEnd::new(name)));
        }
        Value::String(text) => escaped(text).into(),
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
    };
    put(Event::Start(BytesStart::new(name)));
    put(Event::Text(BytesText::from_escaped(text)));
    put(Event::End(BytesEnd::new(name)));
}

/// A field of an object, whatever its name.
fn field(put: &mut impl FnMut(Event<'_>), name: &str, value: &Value) {
    if names_an_element(name) {
        return element(put, name, value);
    }
    put(Event::Start(BytesStart::new(ENTRY)));
    element(put, "Key", &json!(name));
    element(put, "Value", value);
    put(Event::End(BytesEnd::new(ENTRY)));
}

/// Whether a name can be an element's: the part of XML's rule that every parser agrees on.
fn names_an_element(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let reserved = name == ENTRY || name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"));
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts && !reserved && name.bytes().all(plain)
}

/// A text as it stands between tags. A carriage return would be read as a line feed if it stood there as it is.
fn escaped(text: &str) -> String {
    let writable = |mark: char| matches!(mark, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{1_0000}'..);
    let text: String = text.chars().map(|mark| if writable(mark) { mark } else { '\u{FFFD}' }).collect();
    escape(text.as_str()).replace('\r', "&#13;")
}

/// An element as it was read.
#[derive(Debug, Default)]
struct Element {
    name: String,
    /// The text between its tags, escaped, without its children.
    raw: String,
    children: Vec<Self>,
}

impl Element {
    fn text(&self) -> String {
        // As every reader must that follows the standard: a raw line end of any kind is a line feed.
        let raw = self.raw.replace("\r\n", "\n").replace('\r', "\n");
        unescape(&raw).map_or_else(|_| raw.clone(), Cow::into_owned)
    }

    /// The child of a name.
    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The value of a map's entry: what has children is a map, everything else a text.
    fn entry(&self) -> Value {
        if self.children.is_empty() { json!(self.text()) } else { Value::Object(self.map(Self::entry)) }
    }

    /// The entries of a map.
    fn map(&self, read: impl Fn(&Self) -> Value) -> Map<String, Value> {
        let entry = |child: &Self| {
            if child.name != ENTRY {
                return Some((child.name.clone(), read(child)));
            }
            Some((child.child("Key")?.text(), read(child.child("Value")?)))
        };
        self.children.iter().filter_map(entry).collect()
    }

    /// The fields of an object, by their documented types.
    fn object(&self, fields: &[Field]) -> Map<String, Value> {
        let mut object = Map::new();
        for field in fields {
            let named: Vec<&Self> = self.children.iter().filter(|child| child.name == field.name).collect();
            let value = match (field.kind, named.first()) {
                (FieldKind::ObjectList(inner), _) => {
                    Some(named.iter().map(|item| Value::Object(item.object(inner))).collect())
                }
                (FieldKind::TextList, _) => Some(named.iter().map(|item| item.text()).collect()),
                (_, None) => None,
                (FieldKind::Boolean, Some(one)) => Some(json!(one.text() == "true")),
                (FieldKind::Integer, Some(one)) => Some(number(one)),
                (FieldKind::Object(inner), Some(one)) => Some(Value::Object(one.object(inner))),
                (FieldKind::Text, Some(one)) => Some(json!(one.text())),
                (FieldKind::CountMap, Some(one)) => Some(Value::Object(one.map(number))),
                (FieldKind::TextMap, Some(one)) => Some(Value::Object(one.map(Self::entry))),
            };
            if let Some(value) = value {
                object.insert(field.name.to_owned(), value);
            }
        }
        object
    }
}

/// The number that an element holds; its text where that is none.
fn number(element: &Element) -> Value {
    let text = element.text();
    text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number))
}

/// Reads an answer in XML back into the JSON object that it renders; `None` where it renders none.
///
/// Fields are distinguished by the documented types of the operation's answer, as a client library does that has a class for it.
#[must_use]
pub fn read(operation: &str, body: &str) -> Option<Map<String, Value>> {
    let root = parse(body)?;
    if root.name == ERROR {
        return Some(root.map(|child| json!(child.text())));
    }
    if root.name.strip_suffix("Response") != Some(operation) {
        return None;
    }
    let mut object = Map::new();
    object.insert("RequestId".to_owned(), json!(root.child("RequestId")?.text()));
    object.extend(root.object(OperationSpec::named(operation)?.fields));
    Some(object)
}

/// The root element of a document; `None` for anything else.
fn parse(body: &str) -> Option<Element> {
    let mut reader = Reader::from_str(body);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                open.push(Element { name: start.name().0.to_owned(), ..Element::default() });
            }
            Event::Empty(start) => {
                let empty = Element { name: start.name().0.to_owned(), ..Element::default() };
                open.last_mut()?.children.push(empty);
            }
            Event::End(_) => {
                let closed = open.pop()?;
                open.last_mut()?.children.push(closed);
            }
            Event::Text(text) => open.last_mut()?.raw.push_str(&text),
            Event::GeneralRef(name) => {
                let name: &str = &name;
                open.last_mut()?.raw.push_str(&format!("&{name};"));
            }
            Event::Eof => break,
            Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::DocType(_) | Event::PI(_) => {}
        }
    }
    let [around] = open.try_into().ok()?;
    let Element { children, .. } = around;
    <[Element; 1]>::try_from(children).ok().map(|[root]| root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{RequestId, accepted, failed};

    const ID: RequestId = RequestId(0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF);
    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

    fn fields(value: Value) -> Map<String, Value> {
        let Value::Object(fields) = value else { panic!("an object") };
        fields
    }

    #[test]
    fn a_success_is_the_operations_response_and_its_fields_are_elements() {
        let given = json!({
            "GroupId": "a<b>&\"c'", "Delete": false, "Createtime": 7, "AdminList": ["u1", "u2"], "GroupInfo": "",
            "MsgAmount": { "10001": 3 }, "Nothing": null,
        });
        let answer = rendered(Format::Xml, "DescribeLiveMessageGroup", accepted(ID, fields(given)));
        let expected = "<DescribeLiveMessageGroupResponse><RequestId>01234567-89AB-CDEF-0123-456789ABCDEF</RequestId>\
            <GroupId>a&lt;b&gt;&amp;&quot;c&apos;</GroupId><Delete>false</Delete><Createtime>7</Createtime>\
            <AdminList>u1</AdminList><AdminList>u2</AdminList><GroupInfo></GroupInfo>\
            <MsgAmount><Entry><Key>10001</Key><Value>3</Value></Entry></MsgAmount></DescribeLiveMessageGroupResponse>";
        assert_eq!(answer.body, format!("{HEAD}{expected}"));
        assert!(answer.headers.contains(&("Content-Type", XML_TYPE.to_owned())));
        assert!(answer.headers.contains(&("x-acs-request-id", ID.to_string())));
    }

    #[test]
    fn a_refusal_is_an_error_with_the_documented_fields() {
        let answer = failed(ID, "live.aliyuncs.com", 404, "ResourceNotExist", "the group does not exist.");
        let answer = rendered(Format::Xml, "DescribeLiveMessageGroup", answer);
        let expected = "<Error><RequestId>01234567-89AB-CDEF-0123-456789ABCDEF</RequestId><HostId>live.aliyuncs.com</HostId>\
            <Code>ResourceNotExist</Code><Message>the group does not exist.</Message>";
        assert_eq!(answer.status, 404);
        assert!(answer.body.starts_with(&format!("{HEAD}{expected}")), "{}", answer.body);
        let read = read("DescribeLiveMessageGroup", &answer.body).expect("it reads");
        assert_eq!(read["Code"], json!("ResourceNotExist"));
    }

    #[test]
    fn a_list_of_objects_is_one_element_each_and_an_empty_one_none() {
        let given =
            json!({ "UserList": [{ "Online": true, "UserId": "a" }, { "Online": false, "UserId": "b" }] });
        let xml = document("R", &fields(given));
        assert_eq!(
            xml,
            format!(
                "{HEAD}<R><UserList><Online>true</Online><UserId>a</UserId></UserList>\
                 <UserList><Online>false</Online><UserId>b</UserId></UserList></R>"
            )
        );
        assert_eq!(document("R", &fields(json!({ "UserList": [] }))), format!("{HEAD}<R></R>"));
    }

    #[test]
    fn what_is_written_is_read_back_by_the_documented_types() {
        let awkward = " \r\n\ta]]>&amp;<b/>\u{7f}中😀 ";
        let given = json!({
            "SuccessList": [{ "GroupId": awkward, "Success": true }],
            "FailList": [{ "Code": 440, "GroupId": "h", "Reason": "", "Success": false }],
        });
        let operation = "ModifyLiveMessageUserInfo";
        let answer = rendered(Format::Xml, operation, accepted(ID, fields(given.clone())));
        let mut back = read(operation, &answer.body).expect("it reads");
        assert_eq!(back.shift_remove("RequestId"), Some(json!(ID.to_string())));
        assert_eq!(
            Value::Object(back),
            json!({ "FailList": given["FailList"], "SuccessList": given["SuccessList"] })
        );
        assert!(read("DescribeLiveMessageApp", &answer.body).is_none(), "the root names another operation");
    }

    #[test]
    fn names_that_are_no_elements_and_marks_that_are_no_text_do_no_harm() {
        let given =
            json!({ "Extension": { "a b": "1", "<x>": "2", "Entry": "3", "ok": { "in": "4" }, "": "5" } });
        let operation = "CreateMessageGroup";
        let result =
            json!({ "Result": { "Extension": given["Extension"], "GroupId": "\u{0}\u{1}\u{fffe}" } });
        let answer = rendered(Format::Xml, operation, accepted(ID, fields(result)));
        let back = read(operation, &answer.body).expect("it reads");
        assert_eq!(back["Result"]["Extension"], given["Extension"]);
        assert_eq!(back["Result"]["GroupId"], json!("\u{fffd}\u{fffd}\u{fffd}"));
    }

    #[test]
    fn the_parameter_chooses_before_the_header() {
        let asked = |accept: &str, format: Option<&str>| {
            let headers = vec![("Accept".to_owned(), accept.to_owned())];
            let request = HttpRequest::new("GET", "/", headers, Vec::new());
            let pairs = format.map(|format| ("Format".to_owned(), format.to_owned()));
            Format::of(&request, &ParamMap::from_pairs(pairs.into_iter().collect()))
        };
        assert_eq!(asked("application/json", Some("XML")), Format::Xml);
        assert_eq!(asked("application/xml", Some("json")), Format::Json);
        assert_eq!(asked("text/xml;q=1", None), Format::Xml);
        assert_eq!(asked("*/*", None), Format::Json);
        assert_eq!(asked("text/html,application/xml", None), Format::Json, "a browser's");
        assert_eq!(asked("*/*", Some("YAML")), Format::Json);
    }

    #[test]
    fn what_is_no_document_reads_as_nothing() {
        for body in ["", "<Error>", "</Error>", "<a/><b/>", "{}", "<Error/><Error/>"] {
            assert!(read("DescribeLiveMessageApp", body).is_none(), "{body}");
        }
    }
}
