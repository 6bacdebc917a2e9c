//! An application with nothing but what a test gives it, and a database for it.

use leptos::prelude::*;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tabkey::{
    server::{Application, StartError},
    testing::TestNode,
};
use uuid::Uuid;

pub fn nothing() -> impl IntoView {
    view! { <p>"nothing"</p> }
}

pub fn shell(_: LeptosOptions) -> impl IntoView {
    view! { <!DOCTYPE html><html><body><p>"nothing"</p></body></html> }
}

/// A database that nobody else uses: a new file, or with `TABKEY_TEST_POSTGRES` one in that cluster.
pub struct Place {
    pub url: String,
    _folder: tempfile::TempDir,
}

impl Place {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match std::env::var("TABKEY_TEST_POSTGRES") {
            Err(_) => format!("sqlite:{}/kit.db", folder.path().display()),
            Ok(cluster) => {
                let name = format!("t{}", Uuid::now_v7().simple());
                let mut connection = PgConnection::connect(&cluster).await.expect("the cluster answers");
                let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
                connection.execute(create).await.expect("a database is made");
                format!("{}/{name}", cluster.rsplit_once('/').expect("a database in the address").0)
            }
        };
        Self { url, _folder: folder }
    }

    pub async fn start<A, S>(
        &self,
        application: Application<A, S>,
        settings: &[(&str, &str)],
    ) -> Result<TestNode, StartError>
    where
        A: IntoView + 'static,
        S: IntoView + 'static,
    {
        let ours = [("DATABASE_URL", self.url.as_str())];
        TestNode::start(application, "", &[&ours[..], settings].concat()).await
    }
}

/// A client that speaks no TLS, and so needs no provider of it but to be made.
pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
