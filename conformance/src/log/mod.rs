//! The format of recordings, as who writes them and who judges them share it (`docs/audit-format.md`).

mod line;
pub mod lossy;

pub use line::{CallLine, ClientLine, Complete, ConsoleLine, Header, Line, LinkState, ReviewLine, VERSION};
