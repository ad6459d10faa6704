//! The import itself: the background job takes up an active job again and again, for some rows each time.
//!
//! A batch of rows is made users in one transaction, in which the job also moves on in its file, on the condition that
//! it still stands where it was read. So a server that is killed at any moment, and two that work on the same job, make
//! each row's user once, and count and log it once.

use super::file::{FileReader, Line, ReadFault};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::ImportedHash;
use crate::crypto::imported_hash::HashFault;
use crate::domain::failure::Failure;
use crate::domain::first_factor;
use crate::domain::import_row::{self, Header, HeaderFault, RowFault};
use crate::domain::second_factor::SecondFactor;
use crate::domain::user::UserStatus;
use crate::domain::user_import::{
    Counts, End, HashAlgorithm, ImportJob, ImportStatus, LOG_SECONDS, LogLine, MAX_USERS, Position,
    RowOutcome, TOO_MANY_USERS, UNREADABLE_FILE,
};
use crate::domain::user_pool::{Alias, UserPool};
use crate::flows::create_user::{self, NewUser, Origin, PreparedUser};
use crate::flows::update_user::AliasConflict;
use crate::flows::{Error, Result, turn};
use crate::store::{self, Conn, Tx, user_import_files, user_import_jobs};

/// The rows of one transaction.
const BATCH: usize = 50;
/// The transactions of one turn of a job, after which those of other pools have theirs.
const TURN: usize = 20;

/// Takes up an active job: stops it if it is to be stopped, or else imports some more of its rows.
///
/// # Errors
/// If the store or cryptography fails; what was imported before stays imported.
pub async fn take_up(app: &App, job: ImportJob) -> Result<()> {
    if job.status == ImportStatus::Stopping {
        return end(app, &job, End::Stopped).await;
    }
    // Not what this node remembers, which may be a second old: the file fits the schema at the start of the job.
    let pool = store::user_pools::find(&mut app.db.read().await?, &job.pool_id).await?;
    let Some(pool) = pool else {
        return Ok(());
    };
    let Some(upload_id) = job.upload_id.clone() else {
        return end(app, &job, End::Failed(UNREADABLE_FILE)).await;
    };
    let pool_id = job.pool_id.clone();
    let file = FileReader::new(app, &pool_id, &upload_id);
    let mut import = Import {
        app,
        pool: &pool,
        job,
        file,
    };
    match import.some_rows().await {
        Err(Interruption::Ends(text)) => end(app, &import.job, End::Failed(&text)).await,
        Err(Interruption::Fails(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// Ends a job, unless it has ended or is to be stopped.
async fn end(app: &App, job: &ImportJob, end: End<'_>) -> Result<()> {
    let mut tx = app.db.begin().await?;
    if write_end(app, &mut tx, job, end).await? {
        tx.commit().await?;
        tracing::info!(
            pool_id = job.pool_id,
            job_id = job.id,
            status = end.status().as_str(),
            "an import of users has ended"
        );
    }
    Ok(())
}

async fn write_end(app: &App, conn: &mut Conn, job: &ImportJob, end: End<'_>) -> Result<bool> {
    let now = app.clock.now();
    let log_until = now.plus_seconds(LOG_SECONDS);
    if !user_import_jobs::end(conn, job, end, now, log_until).await? {
        return Ok(false);
    }
    if let Some(upload_id) = &job.upload_id {
        user_import_files::release(conn, &job.pool_id, upload_id, now).await?;
    }
    Ok(true)
}

/// Why a turn of a job ends early.
enum Interruption {
    /// The job fails, with these words.
    Ends(String),
    /// The server fails, and the job is taken up again later.
    Fails(Error),
}

impl From<Error> for Interruption {
    fn from(error: Error) -> Self {
        Self::Fails(error)
    }
}

impl From<store::Error> for Interruption {
    fn from(error: store::Error) -> Self {
        Self::Fails(error.into())
    }
}

type Step<T> = std::result::Result<T, Interruption>;

/// A turn of a job.
struct Import<'a> {
    app: &'a App,
    pool: &'a UserPool,
    job: ImportJob,
    file: FileReader<'a>,
}

/// What comes behind a batch of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// There may be more.
    Rows,
    /// Nothing.
    EndOfFile,
    /// More rows than a file may have.
    TooManyRows,
}

/// A row whose user is to be made, or what became of it.
enum Row {
    Prepared(Box<PreparedUser>),
    Decided(RowOutcome),
}

impl Import<'_> {
    async fn some_rows(&mut self) -> Step<()> {
        let header = self.header().await?;
        if self.job.position != Position::START {
            self.file.seek(self.job.position);
        }
        for _ in 0..TURN {
            let lines = self.lines().await?;
            let mut next = if lines.len() < BATCH {
                Next::EndOfFile
            } else {
                Next::Rows
            };
            let context = RequestContext::internal(
                self.app.entropy.uuid(),
                &self.pool.region,
                self.app.clock.now(),
            );
            let mut rows = Vec::with_capacity(lines.len());
            for line in lines {
                rows.push((line.number, self.row(&context, &header, line).await?));
            }
            let room = MAX_USERS - self.job.counts.rows();
            let room = usize::try_from(room).unwrap_or_default();
            if rows.len() > room {
                rows.truncate(room);
                next = Next::TooManyRows;
            }
            if !self.write(&context, &rows, next).await? || next != Next::Rows {
                break;
            }
        }
        Ok(())
    }

    async fn next_line(&mut self) -> Step<Option<Line>> {
        self.file.line().await.map_err(|fault| match fault {
            ReadFault::Sealed => {
                tracing::error!(
                    pool_id = self.job.pool_id,
                    job_id = self.job.id,
                    "a file with users does not open under the master keys"
                );
                Interruption::Ends(UNREADABLE_FILE.to_owned())
            }
            ReadFault::Store(error) => Interruption::Fails(error),
        })
    }

    /// The header, from the beginning of the file.
    async fn header(&mut self) -> Step<Header> {
        let line = self.next_line().await?;
        let text = line.and_then(|line| line.text.ok());
        let schema = &self.pool.settings.schema;
        text.ok_or(HeaderFault::Unreadable)
            .and_then(|text| Header::parse(&text, schema, self.job.algorithm))
            .map_err(|fault| Interruption::Ends(fault.to_string()))
    }

    /// The next rows, fewer than a batch at the end of the file. Lines without a text are none.
    async fn lines(&mut self) -> Step<Vec<Line>> {
        let mut lines = Vec::with_capacity(BATCH);
        while lines.len() < BATCH {
            let Some(line) = self.next_line().await? else {
                break;
            };
            if !line.text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
                lines.push(line);
            }
        }
        Ok(lines)
    }

    /// Applies the rules to a row.
    async fn row(&self, context: &RequestContext, header: &Header, line: Line) -> Step<Row> {
        let fault = match self.prepared(context, header, line).await? {
            Ok(prepared) => return Ok(Row::Prepared(Box::new(prepared))),
            Err(fault) => fault,
        };
        Ok(Row::Decided(self.outcome(&fault)))
    }

    fn outcome(&self, fault: &RowFault) -> RowOutcome {
        let reason = fault.reason(&self.pool.settings);
        reason.map_or(RowOutcome::Skipped, RowOutcome::Failed)
    }

    async fn prepared(
        &self,
        context: &RequestContext,
        header: &Header,
        line: Line,
    ) -> Step<std::result::Result<PreparedUser, RowFault>> {
        let settings = &self.pool.settings;
        let read = line
            .text
            .and_then(|text| import_row::read(header, settings, &text));
        let row = match read {
            Ok(row) => row,
            Err(fault) => return Ok(Err(fault)),
        };
        let hash = match (self.job.algorithm, &row.password_hash) {
            (Some(algorithm), Some(text)) => match parsed_hash(algorithm, text) {
                Ok(hash) => Some(hash),
                Err(fault) => return Ok(Err(fault)),
            },
            _ => None,
        };
        let new = NewUser {
            origin: Origin::Administrator,
            username: &row.username,
            password: None,
            password_is_generated: false,
            attributes: &row.attributes,
            status: UserStatus::ResetRequired,
        };
        let mut checked = match create_user::check(self.app, context, self.pool, new).await {
            Ok(checked) => checked,
            Err(error) => return refused(error),
        };
        if row.sms_mfa {
            checked.user.mfa.turn_on(SecondFactor::Sms);
        }
        if let Some(hash) = hash {
            checked = checked.with_imported_hash(hash);
        } else if first_factor::can_begin_with_code(settings, &checked.user.attributes) {
            checked = checked.without_password();
        }
        let turn = turn::of_request(context, &self.pool.id);
        let prepared = create_user::prepare(self.app, context, &turn, self.pool, checked).await;
        match prepared {
            Ok(prepared) => Ok(Ok(prepared)),
            Err(error) => refused(error),
        }
    }

    /// Makes the users of these rows, which end where the file is read to by now; `false` if the job does not stand
    /// any more where it was read, or is to be stopped: then nothing is done.
    async fn write(
        &mut self,
        context: &RequestContext,
        rows: &[(i64, Row)],
        next: Next,
    ) -> Step<bool> {
        let mut tx = self.app.db.begin().await?;
        let to = self.file.position();
        // First of all, so that a node that has the same rows waits here and then finds them done.
        if !user_import_jobs::advance(&mut tx, &self.job, to).await? {
            return Ok(false);
        }
        let mut counts = Counts::default();
        for (line, row) in rows {
            let outcome = match row {
                Row::Prepared(prepared) => self.insert(context, &mut tx, prepared).await?,
                Row::Decided(outcome) => outcome.clone(),
            };
            counts.add(&outcome);
            let line = LogLine {
                line: *line,
                outcome,
            };
            user_import_jobs::log(&mut tx, &self.job, &line).await?;
        }
        user_import_jobs::count(&mut tx, &self.job, counts).await?;
        let counts = self.job.counts.plus(counts);
        let end = match next {
            Next::Rows => None,
            Next::EndOfFile => Some(counts.end()),
            Next::TooManyRows => Some(End::Failed(TOO_MANY_USERS)),
        };
        if let Some(end) = end {
            write_end(self.app, &mut tx, &self.job, end).await?;
        }
        tx.commit().await?;
        self.job.counts = counts;
        self.job.position = to;
        if let Some(end) = end {
            tracing::info!(
                pool_id = self.job.pool_id,
                job_id = self.job.id,
                status = end.status().as_str(),
                imported = counts.imported,
                skipped = counts.skipped,
                failed = counts.failed,
                "an import of users has ended"
            );
        }
        Ok(true)
    }

    async fn insert(
        &self,
        context: &RequestContext,
        tx: &mut Tx,
        prepared: &PreparedUser,
    ) -> Result<RowOutcome> {
        let conflict = AliasConflict::Refuse;
        let inserted =
            create_user::insert(self.app, context, tx, self.pool, prepared, conflict).await;
        match inserted {
            // A new user takes no alias from another, so there is nobody to tell anything.
            Ok(_) => Ok(RowOutcome::Succeeded),
            Err(Error::Refused(failure)) => {
                let user = &prepared.user;
                // The name was free where the user is there, and the refusal is of an alias.
                let was_there = store::users::delete(tx, &user.pool_id, &user.id).await?;
                let failure = if was_there && failure == Failure::UsernameExists {
                    Failure::AliasExists(Alias::PreferredUsername.attribute())
                } else {
                    failure
                };
                Ok(self.outcome(&RowFault::Refused(failure)))
            }
            Err(error @ (Error::Busy | Error::Stale | Error::Internal(_))) => Err(error),
        }
    }
}

fn parsed_hash(
    algorithm: HashAlgorithm,
    text: &str,
) -> std::result::Result<ImportedHash, RowFault> {
    ImportedHash::parse(algorithm, text).map_err(|fault| match fault {
        HashFault::Malformed => RowFault::MalformedHash(algorithm),
        HashFault::TooCostly => RowFault::CostlyHash(algorithm),
    })
}

/// A refusal is the row's; other errors are the server's.
fn refused<T>(error: Error) -> Step<std::result::Result<T, RowFault>> {
    match error {
        Error::Refused(failure) => Ok(Err(RowFault::Refused(failure))),
        other @ (Error::Busy | Error::Stale | Error::Internal(_)) => {
            Err(Interruption::Fails(other))
        }
    }
}
