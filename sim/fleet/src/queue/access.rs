//! Who a client says it is, and whom it believes.

use std::path::PathBuf;

use async_nats::ConnectOptions;

/// Credentials and certificates of a client. Nothing is set by default: a server on the loopback asks for none.
#[derive(Clone, Default)]
pub struct QueueAccess {
    /// A file of credentials, as `nsc` writes it.
    pub credentials: Option<PathBuf>,
    /// User and password.
    pub user: Option<(String, String)>,
    /// A token.
    pub token: Option<String>,
    /// Certificates of authorities, besides those of the system.
    pub authorities: Option<PathBuf>,
    /// The client's own certificate and its key.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

// By hand: a password must never reach a log.
impl std::fmt::Debug for QueueAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { credentials, user, token, authorities, certificate } = self;
        let (user, token) = (user.as_ref().map(|(name, _)| name), token.as_ref().map(|_| "…"));
        f.debug_struct("QueueAccess")
            .field("credentials", credentials)
            .field("user", &user)
            .field("token", &token)
            .field("authorities", authorities)
            .field("certificate", certificate)
            .finish()
    }
}

impl QueueAccess {
    /// The options of a connection.
    pub(super) async fn options(&self) -> std::io::Result<ConnectOptions> {
        let mut options = ConnectOptions::new().name("claque");
        if let Some(path) = &self.credentials {
            let named = |error| std::io::Error::other(format!("{}: {error}", path.display()));
            options = options.credentials_file(path).await.map_err(named)?;
        }
        if let Some((name, password)) = &self.user {
            options = options.user_and_password(name.clone(), password.clone());
        }
        if let Some(token) = &self.token {
            options = options.token(token.clone());
        }
        if let Some(path) = &self.authorities {
            options = options.add_root_certificates(path.clone()).require_tls(true);
        }
        if let Some((certificate, key)) = &self.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone()).require_tls(true);
        }
        Ok(options)
    }
}
