//! How import jobs are described (administration 9.1).

use crate::domain::user_import::{HashAlgorithm, ImportStatus};
use crate::flows::import_jobs::jobs::Described;
use crate::model::{PasswordHashingAlgorithmType, UserImportJobStatusType, UserImportJobType};
use crate::operations::convert;

/// A job; what it does not have is left out.
pub fn job(Described { job, url }: Described) -> UserImportJobType {
    UserImportJobType {
        job_name: Some(job.name),
        job_id: Some(job.id),
        user_pool_id: Some(job.pool_id),
        pre_signed_url: Some(url),
        creation_date: Some(convert::epoch(job.created_at)),
        start_date: job.started_at.map(convert::epoch),
        completion_date: job.completed_at.map(convert::epoch),
        status: Some(status(job.status)),
        cloud_watch_logs_role_arn: Some(job.role_arn),
        imported_users: Some(job.counts.imported),
        skipped_users: Some(job.counts.skipped),
        failed_users: Some(job.counts.failed),
        completion_message: job.completion_message,
        password_hashing_algorithm: job.algorithm.map(wire_algorithm),
    }
}

const fn status(status: ImportStatus) -> UserImportJobStatusType {
    match status {
        ImportStatus::Created => UserImportJobStatusType::Created,
        ImportStatus::Pending => UserImportJobStatusType::Pending,
        ImportStatus::InProgress => UserImportJobStatusType::InProgress,
        ImportStatus::Stopping => UserImportJobStatusType::Stopping,
        ImportStatus::Expired => UserImportJobStatusType::Expired,
        ImportStatus::Stopped => UserImportJobStatusType::Stopped,
        ImportStatus::Failed => UserImportJobStatusType::Failed,
        ImportStatus::Succeeded => UserImportJobStatusType::Succeeded,
    }
}

const fn wire_algorithm(algorithm: HashAlgorithm) -> PasswordHashingAlgorithmType {
    match algorithm {
        HashAlgorithm::Bcrypt => PasswordHashingAlgorithmType::Bcrypt,
        HashAlgorithm::Scrypt => PasswordHashingAlgorithmType::Scrypt,
        HashAlgorithm::Argon2id => PasswordHashingAlgorithmType::Argon2id,
        HashAlgorithm::Pbkdf2Sha256 => PasswordHashingAlgorithmType::Pbkdf2Sha256,
    }
}

/// The algorithm of a request.
pub const fn algorithm(algorithm: PasswordHashingAlgorithmType) -> HashAlgorithm {
    match algorithm {
        PasswordHashingAlgorithmType::Bcrypt => HashAlgorithm::Bcrypt,
        PasswordHashingAlgorithmType::Scrypt => HashAlgorithm::Scrypt,
        PasswordHashingAlgorithmType::Argon2id => HashAlgorithm::Argon2id,
        PasswordHashingAlgorithmType::Pbkdf2Sha256 => HashAlgorithm::Pbkdf2Sha256,
    }
}
