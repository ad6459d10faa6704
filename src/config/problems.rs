//! The problems of a configuration and their source locations.

use std::fmt;
use std::path::PathBuf;

/// Every problem that was found in a configuration.
#[derive(Debug, Default, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

/// One problem of a configuration. `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, for example `server.listen`; empty if the problem is not about one key.
    pub key: String,
    /// Where the key is set.
    pub location: SourceLocation,
    /// What is wrong, without repeating a secret.
    pub message: String,
}

/// Where a key is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceLocation {
    /// In the file.
    File {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// In this environment variable.
    Variable(String),
    /// Nowhere: the key is missing, or its default breaks a rule.
    Nowhere,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            SourceLocation::File { path, line, column } => {
                write!(f, "{}:{line}:{column}: ", path.display())?;
            }
            SourceLocation::Variable(name) => write!(f, "environment variable {name}: ")?,
            SourceLocation::Nowhere => {}
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// The text about the name `name`, which is none of `known`: the name that was probably meant, else all
/// that there are. `what` says what is named.
pub fn unknown_name(what: &str, name: &str, known: &[&str]) -> String {
    /// Above it, names differ by a letter or two.
    const SIMILAR: f64 = 0.85;
    let similarity =
        |known: &str| strsim::jaro_winkler(&known.to_ascii_lowercase(), &name.to_ascii_lowercase());
    let nearest = known
        .iter()
        .map(|known| (similarity(known), known))
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((similarity, meant)) if similarity > SIMILAR => {
            format!("unknown {what} `{name}`; did you mean `{meant}`?")
        }
        _ => format!(
            "unknown {what} `{name}`; expected one of {}",
            known.join(", ")
        ),
    }
}
