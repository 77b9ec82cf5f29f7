// SPDX-License-Identifier: Apache-2.0
//! The message as a handler sees it. Nothing is copied: every slice points into the host's memory
//! and lives for the handler call; copy what you keep.

use crate::raw;
use std::fmt;

/// One Kafka record.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    raw: &'a raw::Message,
    host: &'a raw::Host,
}

/// One header. Kafka allows a name more than once, and a header without value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    pub name: &'a [u8],
    pub value: Option<&'a [u8]>,
}

/// The headers of a message, in their order.
#[derive(Clone, Copy)]
pub struct Headers<'a>(&'a [raw::Header]);

/// The headers of a message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DamagedHeaders;

impl fmt::Display for DamagedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message's headers cannot be read")
    }
}

impl std::error::Error for DamagedHeaders {}

impl<'a> Message<'a> {
    /// # Safety
    /// Both are valid, with all they point to, for `'a`, which ends with the handler call; the
    /// message is one that this host handed to the call.
    pub(crate) unsafe fn new(raw: *const raw::Message, host: *const raw::Host) -> Message<'a> {
        Message {
            raw: &*raw,
            host: &*host,
        }
    }

    pub(crate) fn raw(&self) -> &'a raw::Message {
        self.raw
    }

    pub(crate) fn host(&self) -> *const raw::Host {
        self.host
    }

    /// Where the message was first read from, on retries too.
    pub fn topic(&self) -> &'a str {
        // SAFETY: the host's bytes for 'a (Message::new).
        let bytes = unsafe { self.raw.topic.get() }.unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub fn partition(&self) -> i32 {
        self.raw.partition
    }

    pub fn offset(&self) -> i64 {
        self.raw.offset
    }

    pub fn key(&self) -> Option<&'a [u8]> {
        // SAFETY: the host's bytes for 'a (Message::new).
        unsafe { self.raw.key.get() }
    }

    /// None: a tombstone.
    pub fn value(&self) -> Option<&'a [u8]> {
        // SAFETY: the host's bytes for 'a (Message::new).
        unsafe { self.raw.value.get() }
    }

    /// Unix time in milliseconds.
    pub fn timestamp_ms(&self) -> Option<i64> {
        Some(self.raw.timestamp_ms).filter(|&time| time >= 0)
    }

    /// 1 at the first handler call for this message.
    pub fn attempt(&self) -> u32 {
        self.raw.attempt
    }

    /// A worker process died while this message was in its hands.
    pub fn suspect(&self) -> bool {
        self.raw.flags & raw::MESSAGE_SUSPECT != 0
    }

    /// When the call should have returned, in nanoseconds of `CLOCK_MONOTONIC`.
    pub fn deadline_ns(&self) -> Option<u64> {
        Some(self.raw.deadline_ns).filter(|&time| time != 0)
    }

    /// Parsed by the host at the first call.
    pub fn headers(&self) -> Result<Headers<'a>, DamagedHeaders> {
        let mut first = std::ptr::null();
        let mut count = 0;
        // SAFETY: message and host are a pair (Message::new), and this type cannot leave the thread
        // of the call.
        let status = unsafe { (self.host.headers)(self.host, self.raw, &mut first, &mut count) };
        if status != 0 {
            return Err(DamagedHeaders);
        }
        if count == 0 {
            return Ok(Headers(&[]));
        }
        // SAFETY: valid until the call returns, says the contract; that is 'a.
        Ok(Headers(unsafe { std::slice::from_raw_parts(first, count) }))
    }
}

impl<'a> Headers<'a> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Header<'a>> + 'a {
        self.0.iter().map(|raw| {
            // SAFETY: the host's bytes for 'a, as the headers themselves.
            unsafe {
                Header {
                    name: raw.name.get().unwrap_or_default(),
                    value: raw.value.get(),
                }
            }
        })
    }

    /// The last header of that name: where a name repeats, Kafka's clients take the last.
    pub fn find(&self, name: &str) -> Option<Header<'a>> {
        self.iter().rev().find(|h| h.name == name.as_bytes())
    }
}
