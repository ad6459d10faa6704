use std::io::Cursor;

use super::super::hash;
use super::super::list_file::PasswordList;
use super::*;

fn options(to: &Path) -> BuildOptions {
    BuildOptions {
        to: to.to_owned(),
        least_count: 1,
        force: false,
    }
}

fn built(text: &str, options: &BuildOptions) -> Result<Summary, BuildError> {
    build(&mut Cursor::new(text.as_bytes()), options, &mut |_| {})
}

fn lines(count: usize) -> (Vec<[u8; 20]>, String) {
    let mut hashes: Vec<_> = (0..count)
        .map(|number| hash(&format!("password-{number}")))
        .collect();
    hashes.sort_unstable();
    let lines = hashes.iter().enumerate();
    let text = lines.map(|(at, hash)| format!("{}:{}\r\n", hex::encode_upper(hash), at % 10 + 1));
    let text = text.collect();
    (hashes, text)
}

#[test]
fn every_password_of_the_input_is_found_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("list");
    let (hashes, text) = lines(50_000);
    let summary = built(&text, &options(&to)).unwrap();
    assert_eq!((summary.lines, summary.kept), (50_000, 50_000));
    assert_eq!(summary.bytes_read, text.len() as u64);
    let mut list = PasswordList::open(&to).unwrap();
    list.verify().unwrap();
    assert_eq!((list.count(), list.least_count()), (50_000, 1));
    for hash in &hashes {
        assert!(list.contains(hash).unwrap());
    }
    for number in 0..50_000 {
        let other = hash(&format!("other-{number}"));
        assert!(!list.contains(&other).unwrap(), "{number}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

/// The first and the last place of the index have no neighbour.
#[test]
fn the_ends_of_the_list_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("list");
    let (first, last) = ("00".repeat(20), "FF".repeat(20));
    built(&format!("{first}:1\n{last}:1"), &options(&to)).unwrap();
    let list = PasswordList::open(&to).unwrap();
    assert!(list.contains(&[0; 20]).unwrap());
    assert!(list.contains(&[0xff; 20]).unwrap());
    assert!(!list.contains(&[0x80; 20]).unwrap());
    let empty = directory.path().join("empty");
    built("", &options(&empty)).unwrap();
    assert!(
        !PasswordList::open(&empty)
            .unwrap()
            .contains(&[0; 20])
            .unwrap()
    );
}

#[test]
fn rare_passwords_can_be_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("list");
    let (hashes, text) = lines(1000);
    let options = BuildOptions {
        least_count: 6,
        ..options(&to)
    };
    assert_eq!(built(&text, &options).unwrap().kept, 500);
    let list = PasswordList::open(&to).unwrap();
    for (at, hash) in hashes.iter().enumerate() {
        assert_eq!(list.contains(hash).unwrap(), at % 10 + 1 >= 6);
    }
}

/// Whatever is wrong, no list appears, and one that is there stays.
#[test]
fn what_is_no_sorted_list_of_hashes_is_refused_by_line() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("list");
    let (a, b) = ("AA".repeat(20), "BB".repeat(20));
    let long = "A".repeat(200);
    for (text, line) in [
        (format!("{b}:1\n{a}:1\n"), 2),
        (format!("{a}:1\n{b}:many\n"), 2),
        (format!("{a}:1\n\n{b}x\n"), 3),
        ("password\n".to_owned(), 1),
        (format!("{}:1\n", "G".repeat(40)), 1),
        (format!("{a}:1\n{long}\n"), 2),
        (format!("{a}:-1\n"), 1),
    ] {
        let error = built(&text, &options(&to)).unwrap_err();
        assert!(
            matches!(error, BuildError::Line { line: at, .. } if at == line),
            "{error}"
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
    fs::write(&to, "something else").unwrap();
    let error = built(&format!("{a}:1\n"), &options(&to)).unwrap_err();
    assert!(matches!(error, BuildError::Exists(_)));
    let forced = BuildOptions {
        force: true,
        ..options(&to)
    };
    built("nonsense\n", &forced).unwrap_err();
    assert_eq!(fs::read(&to).unwrap(), b"something else");
    built(&format!("{a}:1\n{a}:1\n"), &forced).unwrap();
    assert_eq!(PasswordList::open(&to).unwrap().count(), 1);
}
