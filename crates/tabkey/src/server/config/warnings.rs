//! What can be used, but hardly be meant: said at every start, and by `tabkey check`. Runs in: the server.

use super::{Config, origin::is_this_machine};

impl Config {
    /// A sentence each, without any secret.
    pub fn warnings(&self) -> Vec<String> {
        let server = &self.server;
        let mut found = server.misspelt_variables.clone();
        let is_plain = server.public_url.starts_with("http://");
        if !server.has_public_url && server.address.ip().is_unspecified() {
            found.push(format!(
                "server.public_url is not set, and LEPTOS_SITE_ADDR is {}: links in mails and the `iss` of tokens name {}; write the origin under which browsers reach this server",
                server.address, server.public_url
            ));
        } else if is_plain && !server.insecure_cookies && !is_this_machine(&server.public_url) {
            found.push(format!(
                "server.public_url {} is plain http: browsers keep no session there, because its cookies are `Secure`; use https",
                server.public_url
            ));
        }
        if server.insecure_cookies {
            found.push(
                "server.insecure_cookies is on: anybody on the network path can take over sessions; use https".into(),
            );
        }
        if let Some(url) = &self.mail.smtp_url
            && url.0.starts_with("smtp://")
            && !url.0.contains("tls=required")
            && !is_this_machine(&url.0)
        {
            found.push(
                "mail.smtp_url does not insist on TLS: its password, and links that open accounts, can be read on the way; write smtps://… or ?tls=required".into(),
            );
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::SecretText;

    fn warned(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::for_tests();
        change(&mut config);
        config.warnings().join("\n")
    }

    #[test]
    fn what_can_hardly_be_meant_is_said_by_the_name_of_its_key() {
        assert_eq!(warned(|_| ()), "");

        let everywhere = warned(|config| config.server.address = "0.0.0.0:3000".parse().unwrap());
        assert!(everywhere.contains("server.public_url is not set"), "{everywhere}");
        let everywhere = warned(|config| config.server.address = "[::]:3000".parse().unwrap());
        assert!(everywhere.contains("server.public_url is not set"), "{everywhere}");

        let plain = warned(|config| config.server.public_url = "http://app.example.org".into());
        assert!(plain.contains("plain http"), "{plain}");
        assert_eq!(warned(|config| config.server.public_url = "http://localhost:8080".into()), "");
        assert_eq!(warned(|config| config.server.public_url = "https://app.example.org".into()), "");

        let open = warned(|config| config.server.insecure_cookies = true);
        assert!(open.contains("server.insecure_cookies"), "{open}");
    }

    #[test]
    fn a_mail_server_without_tls_is_said_and_its_password_is_not() {
        let with = |url: &str| warned(|config| config.mail.smtp_url = Some(SecretText(url.into())));
        for url in ["smtp://ann:hunter2@mail.example.org", "smtp://ann:hunter2@mail.example.org?tls=opportunistic"] {
            assert!(with(url).contains("mail.smtp_url") && !with(url).contains("hunter2"), "{}", with(url));
        }
        for url in [
            "smtps://mail.example.org",
            "smtp://mail.example.org?tls=required",
            "smtp://127.0.0.1:25",
            "smtp://localhost",
        ] {
            assert_eq!(with(url), "");
        }
    }
}
