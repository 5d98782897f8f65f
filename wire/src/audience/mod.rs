//! The audience protocol: what clients and a server say to each other over one link, as JSON texts.
//!
//! The vendor's own protocol between its client libraries and the service is not public; this is Claque's, written down in
//! `docs/asyncapi.yaml` and shown by example in `docs/audience.md`. Here is the one place that knows its words: the server reads and
//! writes with it, and the conformance suite, in the process as well as over a link. Nothing here holds a link.
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`Method`] | the table of methods and of their parameters |
//! | [`Asked`] | a client's frame: which method it asks, and under which ID; [`salvage_id`] finds the ID where nothing else can be read |
//! | [`Logon`], [`Login`](claque_core::Login) | logging on and taking a session up again, both ways |
//! | [`Event`], [`EventName`], [`EVENTS`] | what a client is sent without asking |
//! | [`Answer`] | what a request is answered |
//! | [`CODES`] | the error numbers of the documented client |
//!
//! ```
//! use claque_wire::audience::{Asked, Method, SessionMethod};
//!
//! let asked = Asked::parse(r#"{"id":2,"method":"joinGroup","params":{"groupId":"show"}}"#).expect("a request");
//! let Some(Method::Session(method)) = Method::find(&asked.method) else { panic!("{asked:?}") };
//! assert_eq!(method, SessionMethod::JoinGroup);
//! let request = method.read(asked.params).expect("its parameters are right");
//! assert_eq!(SessionMethod::of(&request), SessionMethod::JoinGroup);
//! ```

mod answer;
mod asked;
mod code;
mod event;
mod logon;
mod method;
mod object;
mod params;
mod salvage;

pub use answer::Answer;
pub use asked::{Asked, BadFrame, NOT_LOGGED_ON, check_frame};
pub use code::{CODES, ClientCode, CodeOrigin, sayable};
pub use event::{EVENTS, Event, EventName};
pub use logon::{Comeback, Logon, login_params, reconnect_params, session_text};
pub use method::{LogonMethod, Method, SessionMethod};
pub use object::{Names, level_number};
pub use salvage::id as salvage_id;

/// Where audience links are opened.
pub const PATH: &str = "/audience";
