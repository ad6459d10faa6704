//! Jobs that import users from CSV files (administration 9).

use super::category::Category;
use super::time::Timestamp;

/// The most users of a file (behaviour 9.2).
pub const MAX_USERS: i64 = 500_000;
/// The most bytes of a file (behaviour 9.2).
pub const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;
/// The most characters of a row (behaviour 9.2).
pub const MAX_ROW_CHARACTERS: usize = 16_000;
/// How long a file can be uploaded after the job was made, in seconds.
pub const UPLOAD_SECONDS: i64 = 899;
/// How long a job waits to be started, in seconds.
pub const WAITING_SECONDS: i64 = 86_400;
/// The most jobs of a pool that wait to be started.
pub const MAX_WAITING: i64 = 100;
/// How long the log of a job is kept after its end, in seconds.
pub const LOG_SECONDS: i64 = 90 * 86_400;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportJob {
    /// The pool.
    pub pool_id: String,
    /// `import-` and ten letters and digits.
    pub id: String,
    /// Its name, which need not be unique.
    pub name: String,
    /// The ARN of the role that AWS writes the log with.
    pub role_arn: String,
    /// The algorithm of the password hashes in the file; `None` if it has none.
    pub algorithm: Option<HashAlgorithm>,
    /// Where it stands.
    pub status: ImportStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// How it ended, in words.
    pub completion_message: Option<String>,
    /// The file, if one was uploaded.
    pub upload_id: Option<String>,
    /// What became of the rows so far.
    pub counts: Counts,
    /// What comes next of the file.
    pub position: Position,
}

impl ImportJob {
    /// Whether it has waited for its start for too long.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == ImportStatus::Created && now > self.created_at.plus_seconds(WAITING_SECONDS)
    }
}

/// How many rows ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows whose user was made.
    pub imported: i64,
    /// Rows whose user existed.
    pub skipped: i64,
    /// Rows that were refused.
    pub failed: i64,
}

impl Counts {
    /// Counts one more row.
    pub const fn add(&mut self, outcome: &RowOutcome) {
        match outcome {
            RowOutcome::Succeeded => self.imported += 1,
            RowOutcome::Skipped => self.skipped += 1,
            RowOutcome::Failed(_) => self.failed += 1,
        }
    }

    /// Both counts together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            imported: self.imported + other.imported,
            skipped: self.skipped + other.skipped,
            failed: self.failed + other.failed,
        }
    }

    /// All rows.
    #[must_use]
    pub const fn rows(self) -> i64 {
        self.imported + self.skipped + self.failed
    }

    /// How a job ends that has read its file to the end: it failed if more users were refused or skipped than made.
    #[must_use]
    pub const fn end(self) -> End<'static> {
        if self.failed + self.skipped > self.imported {
            End::Failed(TOO_MANY_FAILED)
        } else {
            End::Succeeded
        }
    }
}

/// Where a job stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The bytes before.
    pub byte: u64,
    /// The number of the line that begins here; the header is line 1.
    pub line: i64,
}

impl Position {
    /// The beginning of the file.
    pub const START: Self = Self { byte: 0, line: 1 };
}

const STOPPED: &str = "The Import Job was stopped by the developer.";
const SUCCEEDED: &str = "Import Job Completed Successfully.";
const TOO_MANY_FAILED: &str = "Too many users have failed or been skipped during the import.";
/// How a job is described that was never started.
pub const EXPIRED: &str = "The user import job has expired.";
/// How a job ends whose file has too many rows.
pub const TOO_MANY_USERS: &str = "The CSV file has more than 500000 users.";
/// How a job ends whose file cannot be read.
pub const UNREADABLE_FILE: &str = "The CSV file cannot be read.";

/// How an active job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// It was stopped.
    Stopped,
    /// Its file was read to the end.
    Succeeded,
    /// It failed, in words.
    Failed(&'a str),
}

impl<'a> End<'a> {
    /// The status that the job then has.
    #[must_use]
    pub const fn status(self) -> ImportStatus {
        match self {
            Self::Stopped => ImportStatus::Stopped,
            Self::Succeeded => ImportStatus::Succeeded,
            Self::Failed(_) => ImportStatus::Failed,
        }
    }

    /// How it ended, in words.
    #[must_use]
    pub const fn message(self) -> &'a str {
        match self {
            Self::Stopped => STOPPED,
            Self::Succeeded => SUCCEEDED,
            Self::Failed(text) => text,
        }
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStatus {
    /// It waits for its file and to be started.
    Created,
    /// It was started.
    Pending,
    /// Its rows are being read.
    InProgress,
    /// It is to be stopped.
    Stopping,
    /// It was never started.
    Expired,
    /// It was stopped.
    Stopped,
    /// It failed.
    Failed,
    /// It has read its file to the end.
    Succeeded,
}

impl ImportStatus {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Pending,
        Self::InProgress,
        Self::Stopping,
        Self::Expired,
        Self::Stopped,
        Self::Failed,
        Self::Succeeded,
    ];

    /// The word for it, the same in the store and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Stopping => "Stopping",
            Self::Expired => "Expired",
            Self::Stopped => "Stopped",
            Self::Failed => "Failed",
            Self::Succeeded => "Succeeded",
        }
    }

    /// The status with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// The algorithm of the password hashes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashAlgorithm {
    /// bcrypt.
    Bcrypt,
    /// scrypt.
    Scrypt,
    /// Argon2id.
    Argon2id,
    /// PBKDF2 with HMAC-SHA256.
    Pbkdf2Sha256,
}

impl HashAlgorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Bcrypt,
        Self::Scrypt,
        Self::Argon2id,
        Self::Pbkdf2Sha256,
    ];

    /// The word for it, the same in the store and in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bcrypt => "BCRYPT",
            Self::Scrypt => "SCRYPT",
            Self::Argon2id => "ARGON2ID",
            Self::Pbkdf2Sha256 => "PBKDF2_SHA256",
        }
    }

    /// The algorithm with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == word)
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    /// The user was made.
    Succeeded,
    /// The user existed.
    Skipped,
    /// The row was refused, with the reason.
    Failed(String),
}

impl RowOutcome {
    /// The word for it in the log.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Skipped => "SKIPPED",
            Self::Failed(_) => "FAILED",
        }
    }

    /// The reason; `None` where the word says all.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Succeeded | Self::Skipped => None,
            Self::Failed(reason) => Some(reason),
        }
    }

    /// The outcome with this word and reason.
    #[must_use]
    pub fn named(word: &str, reason: Option<String>) -> Option<Self> {
        match word {
            "SUCCEEDED" => Some(Self::Succeeded),
            "SKIPPED" => Some(Self::Skipped),
            "FAILED" => Some(Self::Failed(reason.unwrap_or_default())),
            _ => None,
        }
    }
}

/// What the log says of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The number of the row's line.
    pub line: i64,
    /// What became of it.
    pub outcome: RowOutcome,
}

impl std::fmt::Display for LogLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match &self.outcome {
            RowOutcome::Succeeded => "The import succeeded.",
            RowOutcome::Skipped => "The user already exists.",
            RowOutcome::Failed(reason) => reason,
        };
        let word = self.outcome.as_str();
        write!(f, "[{word}] Line Number {} - {text}", self.line)
    }
}

/// Why something is not done with a job, or with a pool because of its job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportFault {
    /// The pool has no job of this id.
    NotFound(String),
    /// The role is one of another AWS account.
    ForeignRole,
    /// As many jobs of the pool wait as may.
    TooManyWaiting,
    /// No file was uploaded for the job of this id.
    NoFile(String),
    /// The job cannot be started in this state.
    NotStartable(ImportStatus),
    /// The job cannot be stopped in this state.
    NotStoppable(ImportStatus),
    /// Another job of the pool is active.
    AnotherIsActive,
    /// The pool verifies no attribute by itself.
    NothingIsVerified,
    /// The pool cannot be changed while a job is active.
    InProgress,
}

impl ImportFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::NotFound(_) => Category::NotFound,
            Self::ForeignRole => Category::InvalidInput,
            Self::TooManyWaiting => Category::LimitReached,
            Self::NoFile(_) | Self::NotStartable(_) | Self::NotStoppable(_) => Category::WrongState,
            Self::AnotherIsActive | Self::InProgress => Category::Conflict,
            Self::NothingIsVerified => Category::NotEnabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_the_lines_that_aws_documents() {
        let line = |outcome| {
            LogLine {
                line: 5956,
                outcome,
            }
            .to_string()
        };
        assert_eq!(
            line(RowOutcome::Succeeded),
            "[SUCCEEDED] Line Number 5956 - The import succeeded."
        );
        assert_eq!(
            line(RowOutcome::Skipped),
            "[SKIPPED] Line Number 5956 - The user already exists."
        );
        let reason = "The row is not UTF-8.".to_owned();
        assert_eq!(
            line(RowOutcome::Failed(reason)),
            "[FAILED] Line Number 5956 - The row is not UTF-8."
        );
    }

    #[test]
    fn a_job_fails_that_has_refused_and_skipped_more_than_it_has_made() {
        let end = |imported, skipped, failed| {
            Counts {
                imported,
                skipped,
                failed,
            }
            .end()
            .status()
        };
        assert_eq!(end(0, 0, 0), ImportStatus::Succeeded);
        assert_eq!(end(2, 1, 1), ImportStatus::Succeeded);
        assert_eq!(end(2, 1, 2), ImportStatus::Failed);
        assert_eq!(end(14, 0, 32), ImportStatus::Failed);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for status in ImportStatus::ALL {
            assert_eq!(ImportStatus::named(status.as_str()), Some(status));
        }
        for algorithm in HashAlgorithm::ALL {
            assert_eq!(HashAlgorithm::named(algorithm.as_str()), Some(algorithm));
        }
    }
}
