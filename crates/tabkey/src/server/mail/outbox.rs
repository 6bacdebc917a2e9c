//! Where no mail server is configured: a folder of mails, for a developer to open. Runs in: the server.

use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Failure, Written};

/// Shown at most.
const SHOWN: usize = 100;

/// A mail that was not sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    pub id: Uuid,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Writes it whole or not at all. The folder is its owner's alone: live links lie there.
pub(super) async fn keep(folder: &Path, id: Uuid, to: &str, written: &Written) -> Result<(), Failure> {
    let kept = Kept {
        id,
        to: to.to_owned(),
        subject: written.subject.to_owned(),
        text: written.text.clone(),
        html: written.html.clone(),
    };
    let save = async {
        tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
        let unfinished = folder.join(format!(".{id}"));
        tokio::fs::write(&unfinished, serde_json::to_vec_pretty(&kept)?).await?;
        tokio::fs::rename(unfinished, folder.join(format!("{id}.json"))).await
    };
    save.await.map_err(|error| Failure {
        is_final: false,
        is_everybodys: true,
        why: format!("{}: {error}", folder.display()),
    })
}

/// The newest first: ids are made in the order of time.
pub async fn list(folder: &Path) -> Vec<Kept> {
    let mut names = Vec::new();
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return Vec::new() };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name();
        names.extend(name.to_str().and_then(|name| name.strip_suffix(".json")?.parse::<Uuid>().ok()));
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    let mut kept = Vec::new();
    for id in names.into_iter().take(SHOWN) {
        kept.extend(read(folder, id).await);
    }
    kept
}

pub async fn read(folder: &Path, id: Uuid) -> Option<Kept> {
    serde_json::from_slice(&tokio::fs::read(folder.join(format!("{id}.json"))).await.ok()?).ok()
}
