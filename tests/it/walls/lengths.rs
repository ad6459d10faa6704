//! A file that nobody can read in one sitting is taken apart.

use super::rust_files;

/// The folders that hold the project's own Rust code.
const FOLDERS: &[&str] = &["src", "bench", "faults", "fuzz", "tests/it"];
/// The most lines that a file may have.
const LONGEST: usize = 500;

#[test]
fn no_file_is_over_500_lines() {
    let files = FOLDERS.iter().flat_map(|folder| rust_files::below(folder));
    let found = too_long(files);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Those with more than [`LONGEST`] lines that nothing has generated.
fn too_long(files: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    files
        .into_iter()
        .filter(|(file, _)| !file.starts_with("src/model/generated/") && !file.contains("/target/"))
        .map(|(file, code)| (file, code.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{file} has {lines} lines"))
        .collect()
}

#[test]
fn a_file_of_501_lines_is_too_long_unless_it_is_generated() {
    let of = |file: &str, lines| (file.to_owned(), "line\n".repeat(lines));
    let files = [
        of("src/a.rs", 500),
        of("src/b.rs", 501),
        of("src/model/generated/c.rs", 501),
        of("tests/it/d.rs", 600),
    ];
    let expected = ["src/b.rs has 501 lines", "tests/it/d.rs has 600 lines"];
    assert_eq!(too_long(files), expected);
}
