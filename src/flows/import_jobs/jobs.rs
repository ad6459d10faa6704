//! Jobs as administrators make, start, stop and see them.

use super::upload;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::group::is_foreign_role;
use crate::domain::import_row;
use crate::domain::user_import::{
    Counts, HashAlgorithm, ImportFault, ImportJob, ImportStatus, MAX_WAITING, Position,
};
use crate::entropy::ALPHANUMERIC;
use crate::flows::pagination::{self, Page};
use crate::flows::{Error, Result, lookup, refuse, user_pools};
use crate::store::creation_order::Cursor;
use crate::store::{self, Conn, user_import_jobs};

/// Letters and digits of a job's id behind `import-`.
const ID_LENGTH: usize = 10;
/// How many random ids are tried.
const ID_TRIES: usize = 5;

/// A job to be made.
pub struct NewJob {
    /// Its name.
    pub name: String,
    /// The ARN of the role that AWS writes the log with.
    pub role_arn: String,
    /// The algorithm of the password hashes in the file.
    pub algorithm: Option<HashAlgorithm>,
}

/// A job, and the URL that its file is uploaded to.
pub struct Described {
    /// The job.
    pub job: ImportJob,
    /// The URL.
    pub url: String,
}

fn described(app: &App, job: ImportJob) -> Described {
    Described {
        url: upload::url(app, &job),
        job,
    }
}

fn fault<T>(fault: ImportFault) -> Result<T> {
    refuse(Failure::Import(fault))
}

/// The columns of the pool's files.
///
/// # Errors
/// [`Failure::PoolNotFound`].
pub async fn csv_header(app: &App, context: &RequestContext, pool_id: &str) -> Result<Vec<String>> {
    let pool = lookup::pool(app, context, pool_id).await?;
    Ok(import_row::columns(&pool.settings.schema))
}

/// Makes a job, which waits for its file and to be started.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`ImportFault::ForeignRole`], [`ImportFault::TooManyWaiting`].
pub async fn create(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    new: NewJob,
) -> Result<Described> {
    lookup::pool(app, context, pool_id).await?;
    if is_foreign_role(&new.role_arn, &app.config.server.account_id) {
        return fault(ImportFault::ForeignRole);
    }
    let mut tx = app.db.begin().await?;
    // The lock keeps other requests from deleting the pool or adding jobs until the commit.
    if !store::user_pools::lock(&mut tx, pool_id).await? {
        return refuse(Failure::PoolNotFound(pool_id.to_owned()));
    }
    if user_import_jobs::count_waiting(&mut tx, pool_id).await? >= MAX_WAITING {
        return fault(ImportFault::TooManyWaiting);
    }
    let mut job = ImportJob {
        pool_id: pool_id.to_owned(),
        id: String::new(),
        name: new.name,
        role_arn: new.role_arn,
        algorithm: new.algorithm,
        status: ImportStatus::Created,
        created_at: context.now,
        started_at: None,
        completed_at: None,
        completion_message: None,
        upload_id: None,
        counts: Counts::default(),
        position: Position::START,
    };
    for _ in 0..ID_TRIES {
        job.id = format!("import-{}", app.entropy.text(ALPHANUMERIC, ID_LENGTH));
        if user_import_jobs::insert(&mut tx, &job).await? {
            tx.commit().await?;
            return Ok(described(app, job));
        }
    }
    Err(Error::internal("no free id for an import job"))
}

/// The job of this id.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`ImportFault::NotFound`].
pub async fn describe(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    job_id: &str,
) -> Result<Described> {
    lookup::pool(app, context, pool_id).await?;
    let job = found(&mut app.db.read().await?, pool_id, job_id).await?;
    Ok(described(app, job))
}

/// Up to `limit` jobs of the pool, the newest first.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::InvalidPageToken`].
pub async fn list(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    limit: i32,
    token: Option<&str>,
) -> Result<Page<Described>> {
    lookup::pool(app, context, pool_id).await?;
    let read = async |after: Option<Cursor>, limit| {
        let mut conn = app.db.read().await?;
        Ok(user_import_jobs::page(&mut conn, pool_id, after.as_ref(), limit).await?)
    };
    let behind = |job: &ImportJob| Cursor::behind(job.created_at, &job.id);
    let list = ["ListUserImportJobs", pool_id];
    let page = pagination::page(&app.vault, &list, limit, token, read, behind).await?;
    Ok(Page {
        items: page
            .items
            .into_iter()
            .map(|job| described(app, job))
            .collect(),
        next: page.next,
    })
}

/// Starts a job whose file was uploaded. A background job then imports the users.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::Import`].
pub async fn start(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    job_id: &str,
) -> Result<Described> {
    let mut tx = app.db.begin().await?;
    // Under the lock neither the pool changes nor another of its jobs starts.
    let pool = user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    let job = found(&mut tx, pool_id, job_id).await?;
    let status = if job.is_overdue(context.now) {
        ImportStatus::Expired
    } else {
        job.status
    };
    if status != ImportStatus::Created {
        return fault(ImportFault::NotStartable(status));
    }
    if pool.settings.auto_verified.is_empty() {
        return fault(ImportFault::NothingIsVerified);
    }
    if job.upload_id.is_none() {
        return fault(ImportFault::NoFile(job.id));
    }
    if user_import_jobs::is_active(&mut tx, pool_id).await? {
        return fault(ImportFault::AnotherIsActive);
    }
    if !user_import_jobs::start(&mut tx, pool_id, job_id, context.now).await? {
        return Err(Error::Stale);
    }
    let job = found(&mut tx, pool_id, job_id).await?;
    tx.commit().await?;
    Ok(described(app, job))
}

/// Has an active job stopped. Users that it has made stay.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`ImportFault::NotFound`], [`ImportFault::NotStoppable`].
pub async fn stop(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    job_id: &str,
) -> Result<Described> {
    lookup::pool(app, context, pool_id).await?;
    let mut tx = app.db.begin().await?;
    let stopped = user_import_jobs::stop(&mut tx, pool_id, job_id).await?;
    let job = found(&mut tx, pool_id, job_id).await?;
    if !stopped {
        return fault(ImportFault::NotStoppable(job.status));
    }
    tx.commit().await?;
    Ok(described(app, job))
}

async fn found(conn: &mut Conn, pool_id: &str, job_id: &str) -> Result<ImportJob> {
    match user_import_jobs::find(conn, pool_id, job_id).await? {
        Some(job) => Ok(job),
        None => fault(ImportFault::NotFound(job_id.to_owned())),
    }
}
