//! The paths that are not the documented operations'.

/// Where audience links are opened.
pub const AUDIENCE_PATH: &str = claque_wire::audience::PATH;
/// Where the control API and the console begin.
pub const CONTROL_PREFIX: &str = "/_claque/";
