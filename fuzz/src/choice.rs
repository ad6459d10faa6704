//! Choices that the bytes of the input determine. After its end the first option is chosen.

use arbitrary::Unstructured;

/// A number below `bound`.
pub(crate) fn below(input: &mut Unstructured<'_>, bound: usize) -> usize {
    let last = bound.saturating_sub(1);
    input.int_in_range(0..=last).unwrap_or_default()
}

/// True once in `times`, and not at the input's end.
pub(crate) fn once_in(input: &mut Unstructured<'_>, times: usize) -> bool {
    below(input, times) + 1 == times
}

/// One of `options`, which must not be empty.
pub(crate) fn one_of<'a, T>(input: &mut Unstructured<'_>, options: &'a [T]) -> &'a T {
    let index = below(input, options.len());
    options.get(index).expect("an option")
}

/// Any text, mostly short.
pub(crate) fn text(input: &mut Unstructured<'_>) -> String {
    input.arbitrary::<&str>().unwrap_or_default().to_owned()
}

/// `text` with up to four edits: bytes replaced, inserted or removed, or a piece repeated.
pub(crate) fn edited(input: &mut Unstructured<'_>, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=below(input, 3) {
        let at = below(input, bytes.len() + 1).min(bytes.len());
        let byte: u8 = input.arbitrary().unwrap_or_default();
        match below(input, 5) {
            0 => {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            1 => bytes.insert(at, byte),
            2 => bytes.truncate(at),
            3 => {
                let piece: Vec<u8> = bytes.iter().skip(at).take(8).copied().collect();
                bytes.extend(piece);
            }
            _ => {
                if at < bytes.len() {
                    bytes.remove(at);
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
