//! The problems of a configuration and their source locations.

use std::fmt;
use std::path::PathBuf;

/// Every problem that was found in a configuration.
#[derive(Debug, Default, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

/// One problem of a configuration.
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
        /// The text of the line, with a secret value hidden.
        text: String,
    },
    /// In this environment variable.
    Variable(String),
    /// Nowhere: the key is missing, or its default breaks a rule.
    Nowhere,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let SourceLocation::File {
            path, line, column, ..
        } = &self.location
        {
            write!(f, "{}:{line}:{column}: ", path.display())?;
        }
        if let SourceLocation::Variable(name) = &self.location {
            write!(f, "environment variable {name}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.message)?;
        if let SourceLocation::File {
            line, column, text, ..
        } = &self.location
        {
            let number = line.to_string();
            let margin = " ".repeat(number.len());
            let indent = " ".repeat(column.saturating_sub(1));
            write!(f, "\n  {number} | {text}\n  {margin} | {indent}^")?;
        }
        Ok(())
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
