//! The built pages: part of the program, found by name.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::seal::hex;

#[derive(rust_embed::RustEmbed)]
#[folder = "../ui/dist"]
#[allow_missing = true]
struct Built;

/// The built pages, by their path below `web/ui/dist`.
#[derive(Clone)]
pub struct Pages(Source);

#[derive(Clone)]
enum Source {
    Embedded,
    Given(Arc<BTreeMap<String, Bytes>>),
}

impl Pages {
    /// Those that were there when the program was built.
    pub fn embedded() -> Self {
        Pages(Source::Embedded)
    }

    /// These, by path: `desktop/index.html`.
    pub fn given(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        Pages(Source::Given(Arc::new(files.into_iter().collect())))
    }

    /// A file by its path.
    pub(crate) fn file(&self, path: &str) -> Option<File> {
        let (bytes, hash) = match &self.0 {
            Source::Embedded => {
                let file = Built::get(path)?;
                let bytes = match file.data {
                    Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                    Cow::Owned(bytes) => bytes.into(),
                };
                (bytes, file.metadata.sha256_hash())
            }
            Source::Given(files) => {
                let bytes = files.get(path)?.clone();
                let hash = Sha256::digest(&bytes).into();
                (bytes, hash)
            }
        };
        Some(File { kind: kind(path), etag: format!("\"{}\"", &hex(&hash)[..32]), bytes })
    }
}

/// A file on its way out.
pub(crate) struct File {
    pub bytes: Bytes,
    pub kind: &'static str,
    etag: String,
}

impl File {
    /// The file with `Cache-Control`; 304 where the other side has it.
    pub fn answer(self, asked: &HeaderMap, cache: &'static str) -> Response {
        let had = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or("");
        let fresh = had.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.etag);
        let mut response = if fresh {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, self.kind)], self.bytes).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            headers.insert(header::ETAG, etag);
        }
        response
    }
}

/// Content type by the end of a name.
fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Where pages were not built into the program.
pub(crate) fn not_built() -> Response {
    let text = "The pages are not built: npm run build in web/ui, then build the program again.\n";
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
}

/// Whether a path names a file rather than a view of the page.
pub(crate) fn names_a_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}
