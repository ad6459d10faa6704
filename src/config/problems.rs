//! What is wrong with a configuration, and where.

use std::fmt;
use std::path::PathBuf;

/// Everything found wrong with a configuration.
#[derive(Debug, Default, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

/// One thing wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, as `server.listen`; empty if the problem is not with one key.
    pub key: String,
    /// Where it is written.
    pub place: Place,
    /// What is wrong, without repeating a secret.
    pub message: String,
}

/// Where a setting is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
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
    /// Nowhere: something is missing, or a default does not fit.
    Nowhere,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Place::File {
            path, line, column, ..
        } = &self.place
        {
            write!(f, "{}:{line}:{column}: ", path.display())?;
        }
        if let Place::Variable(name) = &self.place {
            write!(f, "environment variable {name}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.message)?;
        if let Place::File {
            line, column, text, ..
        } = &self.place
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
