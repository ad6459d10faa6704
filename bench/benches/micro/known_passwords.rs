//! A list of millions of hashes, and the look-up in it.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up has no result"
)]

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use cognate::crypto::known_passwords::{BuildOptions, PasswordList, build};

/// As many as fit into a build directory without notice; the public list has 450 times as many.
const HASHES: u64 = 2_000_000;

/// The list, and hashes that are in it.
pub struct KnownPasswordsBench {
    list: PasswordList,
    known: Vec<[u8; 20]>,
    next: usize,
}

impl KnownPasswordsBench {
    /// Generates the hashes and makes the list, and says how long that took.
    pub fn new(directory: &Path) -> Self {
        std::fs::create_dir_all(directory).expect("a directory");
        let mut hashes: Vec<[u8; 20]> = (0..HASHES).map(hash).collect();
        hashes.sort_unstable();
        let input = directory.join("hashes.txt");
        let mut lines = BufWriter::new(File::create(&input).expect("a file"));
        for hash in &hashes {
            writeln!(lines, "{}:1", hex::encode_upper(hash)).expect("room on the disk");
        }
        lines.flush().expect("room on the disk");
        let options = BuildOptions {
            to: directory.join("known-passwords"),
            least_count: 1,
            force: true,
        };
        let begun = Instant::now();
        let mut input = BufReader::with_capacity(1 << 20, File::open(&input).expect("the file"));
        let summary = build(&mut input, &options, &mut |_| {}).expect("a list");
        cognate_bench::print_progress(&format!(
            "a list of {} passwords in {} ms",
            summary.kept,
            begun.elapsed().as_millis()
        ));
        Self {
            list: PasswordList::open(&options.to).expect("the list"),
            known: hashes,
            next: 0,
        }
    }

    /// Looks for a hash that is in the list, each time another.
    pub fn find_known(&mut self) -> bool {
        // A prime, so that neighbours are far apart.
        self.next = (self.next + 1_000_003) % self.known.len();
        let hash = self.known.get(self.next).expect("within");
        self.list.contains(hash).expect("a file that can be read")
    }

    /// Looks for a hash that is not in the list, each time another.
    pub fn find_unknown(&mut self) -> bool {
        self.next += 1;
        let hash = hash(HASHES + self.next as u64);
        self.list.contains(&hash).expect("a file that can be read")
    }
}

/// Twenty bytes that look random (SplitMix64).
fn hash(number: u64) -> [u8; 20] {
    let mut bytes = [0; 20];
    for (at, piece) in bytes.chunks_mut(8).enumerate() {
        let mut word = (number * 3 + at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        for (byte, from) in piece.iter_mut().zip(word.to_be_bytes()) {
            *byte = from;
        }
    }
    bytes
}
