//! The upload of a job's file to a URL of this server, which is signed as those of Amazon S3 are, and ends
//! (administration 9.2).

use jiff::tz::TimeZone;

use super::file::CHUNK_BYTES;
use crate::app::App;
use crate::crypto::{CryptoError, KeyPurpose};
use crate::domain::time::Timestamp;
use crate::domain::user_import::{ImportJob, ImportStatus, UPLOAD_SECONDS};
use crate::flows::Result;
use crate::store::{user_import_files, user_import_jobs};

/// The first part of the URLs' paths.
pub const PATH: &str = "user-imports";
/// What the URL's signature covers beside its path and the query.
const SIGNED_HEADERS: &str = "host;x-amz-server-side-encryption";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// How long an upload may take, in seconds.
pub const MAX_SECONDS: u64 = 900;
/// How long an upload that was cut off is kept, in seconds: longer than any may take.
const ABANDONED_SECONDS: i64 = 1_800;
/// The most files of one job that are stored at once: that of the job, those that arrive, those that were cut off.
const MAX_FILES: i64 = 4;

/// The URL that the job's file is uploaded to. It is the same each time, as long as neither the server's URL nor the
/// master key changes.
#[must_use]
pub fn url(app: &App, job: &ImportJob) -> String {
    let account = &app.config.server.account_id;
    let date = amz_date(job.created_at);
    let day = date.get(..8).unwrap_or_default();
    let expires = UPLOAD_SECONDS.to_string();
    let query = Query {
        algorithm: ALGORITHM.to_owned(),
        credential: format!("cognate/{day}/{}/s3/aws4_request", app.config.server.region),
        date,
        expires,
        signed_headers: SIGNED_HEADERS.to_owned(),
        signature: String::new(),
    };
    let parts = signed_parts(account, &job.pool_id, &job.id, &query);
    let signature = app.vault.keyed_hash(KeyPurpose::ImportUrl, &parts);
    format!(
        "{}/{PATH}/{account}/{}/{}?X-Amz-Algorithm={}&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}\
         &X-Amz-SignedHeaders={}&X-Amz-Signature={}",
        app.public_url,
        job.pool_id,
        job.id,
        query.algorithm,
        query.credential.replace('/', "%2F"),
        query.date,
        query.expires,
        query.signed_headers.replace(';', "%3B"),
        hex::encode(signature),
    )
}

/// The query of such a URL.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// `X-Amz-Algorithm`.
    pub algorithm: String,
    /// `X-Amz-Credential`.
    pub credential: String,
    /// `X-Amz-Date`.
    pub date: String,
    /// `X-Amz-Expires`.
    pub expires: String,
    /// `X-Amz-SignedHeaders`.
    pub signed_headers: String,
    /// `X-Amz-Signature`.
    pub signature: String,
}

fn signed_parts<'a>(
    account: &'a str,
    pool_id: &'a str,
    job_id: &'a str,
    query: &'a Query,
) -> [&'a [u8]; 9] {
    [
        b"PUT",
        account.as_bytes(),
        pool_id.as_bytes(),
        job_id.as_bytes(),
        query.algorithm.as_bytes(),
        query.credential.as_bytes(),
        query.date.as_bytes(),
        query.expires.as_bytes(),
        query.signed_headers.as_bytes(),
    ]
}

/// Why a file is not taken.
#[derive(Debug)]
pub enum UploadFault {
    /// The signature is not that of the URL.
    WrongSignature,
    /// The URL's time is over; with its end.
    Expired(Timestamp),
    /// The job does not wait for a file, or is not there.
    NotWaiting,
    /// As many files of the job are being uploaded as may.
    TooMany,
    /// The server failed, or has too much to do.
    Failed(crate::flows::Error),
}

impl From<crate::store::Error> for UploadFault {
    fn from(error: crate::store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<CryptoError> for UploadFault {
    fn from(error: CryptoError) -> Self {
        Self::Failed(error.into())
    }
}

/// Whether a file may be uploaded to the URL with this path and query now.
///
/// # Errors
/// [`UploadFault::WrongSignature`], [`UploadFault::Expired`].
pub fn check(
    app: &App,
    (account, pool_id, job_id): (&str, &str, &str),
    query: &Query,
    now: Timestamp,
) -> std::result::Result<(), UploadFault> {
    let parts = signed_parts(account, pool_id, job_id, query);
    let signature = hex::decode(&query.signature).unwrap_or_default();
    let is_right = app
        .vault
        .verify_keyed_hash(KeyPurpose::ImportUrl, &parts, &signature);
    // What is signed is what this server has written, so its form is known.
    let end = read_date(&query.date)
        .zip(query.expires.parse::<i64>().ok())
        .map(|(date, seconds)| date.plus_seconds(seconds))
        .filter(|_| is_right)
        .ok_or(UploadFault::WrongSignature)?;
    if now > end {
        return Err(UploadFault::Expired(end));
    }
    Ok(())
}

/// `20261129T120000Z`.
fn amz_date(time: Timestamp) -> String {
    jiff::Timestamp::from_second(time.seconds())
        .map(|time| time.strftime(DATE_FORMAT).to_string())
        .unwrap_or_default()
}

fn read_date(text: &str) -> Option<Timestamp> {
    let civil = jiff::civil::DateTime::strptime(DATE_FORMAT, text).ok()?;
    let instant = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

/// A file that arrives. What was stored of one that is dropped unfinished is deleted later.
pub struct Upload<'a> {
    app: &'a App,
    pool_id: &'a str,
    job_id: &'a str,
    id: String,
    /// What is not stored yet, less than a piece.
    rest: Vec<u8>,
    /// Pieces that are stored.
    chunks: u64,
}

impl<'a> Upload<'a> {
    /// Begins an upload of a file for the job, if the job waits for one.
    ///
    /// # Errors
    /// [`UploadFault::NotWaiting`], [`UploadFault::TooMany`].
    pub async fn begin(
        app: &'a App,
        pool_id: &'a str,
        job_id: &'a str,
    ) -> std::result::Result<Self, UploadFault> {
        let now = app.clock.now();
        let id = app.entropy.uuid().to_string();
        let expires_at = now.plus_seconds(ABANDONED_SECONDS);
        let of = (pool_id, job_id, id.as_str());
        let begun = {
            let mut conn = app.db.write().await?;
            user_import_files::begin(&mut conn, of, expires_at, MAX_FILES).await?
        };
        if !begun {
            let mut conn = app.db.read().await?;
            let job = user_import_jobs::find(&mut conn, pool_id, job_id).await?;
            let waits = job.is_some_and(|job| job.status == ImportStatus::Created);
            return Err(if waits {
                UploadFault::TooMany
            } else {
                UploadFault::NotWaiting
            });
        }
        Ok(Self {
            app,
            pool_id,
            job_id,
            id,
            rest: Vec::new(),
            chunks: 0,
        })
    }

    /// Takes more of the file, and stores what fills a piece.
    ///
    /// # Errors
    /// If the store fails; [`UploadFault::NotWaiting`] if the upload has ended.
    pub async fn write(&mut self, mut bytes: &[u8]) -> std::result::Result<(), UploadFault> {
        while !bytes.is_empty() {
            let room = CHUNK_BYTES - self.rest.len();
            let (taken, left) = bytes.split_at(room.min(bytes.len()));
            self.rest.extend_from_slice(taken);
            bytes = left;
            if self.rest.len() == CHUNK_BYTES {
                self.store().await?;
            }
        }
        Ok(())
    }

    async fn store(&mut self) -> std::result::Result<(), UploadFault> {
        let chunk_id = user_import_files::chunk_id(&self.id, self.chunks);
        let context = [self.pool_id, chunk_id.as_str()];
        let purpose = KeyPurpose::ImportFile;
        let sealed = self.app.vault.seal(purpose, &context, &self.rest)?;
        let of = (self.pool_id, self.id.as_str(), chunk_id.as_str());
        let stored = {
            let mut conn = self.app.db.write().await?;
            user_import_files::add_chunk(&mut conn, of, &sealed).await?
        };
        if !stored {
            return Err(UploadFault::NotWaiting);
        }
        self.rest.clear();
        self.chunks += 1;
        Ok(())
    }

    /// Makes the whole file the job's, instead of one that was uploaded before.
    ///
    /// # Errors
    /// If the store fails; [`UploadFault::NotWaiting`] if the job was started meanwhile, or the upload has ended.
    pub async fn finish(mut self) -> std::result::Result<(), UploadFault> {
        if !self.rest.is_empty() {
            self.store().await?;
        }
        let of = (self.pool_id, self.job_id, self.id.as_str());
        let mut tx = self.app.db.begin().await?;
        if !user_import_files::finish(&mut tx, of, self.app.clock.now()).await? {
            return Err(UploadFault::NotWaiting);
        }
        Ok(tx.commit().await?)
    }

    /// Has what was stored of the file deleted soon, as it will not be finished.
    ///
    /// # Errors
    /// If the store fails; it is then deleted later.
    pub async fn abandon(self) -> Result<()> {
        let mut conn = self.app.db.write().await?;
        let now = self.app.clock.now();
        Ok(user_import_files::release(&mut conn, self.pool_id, &self.id, now).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        let time = Timestamp::from_millis(1_693_904_641_000);
        assert_eq!(amz_date(time), "20230905T090401Z");
        assert_eq!(read_date("20230905T090401Z"), Some(time));
        assert_eq!(read_date(""), None);
        assert_eq!(read_date("2023-09-05T09:04:01Z"), None);
    }
}
