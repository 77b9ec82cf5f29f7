// SPDX-License-Identifier: Apache-2.0
//! The identity of a plugin: an ELF note that the host reads without running any code of it.

/// The compiler, for the note.
pub const COMPILER: &str = env!("TIDEGATE_COMPILER");

/// One ELF note of owner `TIDEGATE`, type 1, whose text is `N` bytes.
#[repr(C, align(4))]
pub struct Note<const N: usize> {
    owner_size: u32,
    text_size: u32,
    kind: u32,
    owner: [u8; 12],
    text: [u8; N],
}

impl<const N: usize> Note<N> {
    pub const fn new(parts: &[&str]) -> Note<N> {
        assert!(length(parts) == N);
        Note {
            owner_size: 9,
            text_size: N as u32,
            kind: 1,
            owner: *b"TIDEGATE\0\0\0\0",
            text: concatenate(parts),
        }
    }

    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

/// With the NUL at the end.
pub const fn length(parts: &[&str]) -> usize {
    let mut sum = 1;
    let mut part = 0;
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

const fn concatenate<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut text = [0; N];
    let mut at = 0;
    let mut part = 0;
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut byte = 0;
        while byte < bytes.len() {
            text[at] = bytes[byte];
            at += 1;
            byte += 1;
        }
        part += 1;
    }
    text
}

/// 1 to 64 letters, digits, '.', '_', '-', '+', and no '.' first: names become file names, labels
/// and headers.
pub const fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 64 || bytes[0] == b'.' {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        let allowed = matches!(
            bytes[at],
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'+'
        );
        if !allowed {
            return false;
        }
        at += 1;
    }
    true
}
