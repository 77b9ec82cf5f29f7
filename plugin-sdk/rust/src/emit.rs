// SPDX-License-Identifier: Apache-2.0
//! Messages of the handler's own for other topics, `tidegate.emit/1`. They are sent when the
//! attempt is answered ok, and only then; the message they belong to is finished when the brokers
//! have acknowledged them.

use crate::host::{Gate, Host};
use crate::message::{Header, Message};
use crate::raw;
use std::fmt;
use std::sync::Arc;

/// One message to send. Everything is copied before [`Emit::send`] returns.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// Of the pipeline's cluster.
    pub topic: &'a str,
    /// None: absent.
    pub key: Option<&'a [u8]>,
    /// None: a tombstone.
    pub value: Option<&'a [u8]>,
    pub headers: &'a [Header<'a>],
    /// None: by the key's hash, any where there is no key.
    pub partition: Option<i32>,
    /// Unix milliseconds. None: now.
    pub timestamp_ms: Option<i64>,
}

impl<'a> Output<'a> {
    /// The other fields are absent: `Output { key: message.key(), ..Output::new("topic", value) }`.
    pub fn new(topic: &'a str, value: &'a [u8]) -> Output<'a> {
        Output {
            topic,
            key: None,
            value: Some(value),
            headers: &[],
            partition: None,
            timestamp_ms: None,
        }
    }
}

/// The host has refused an output. The attempt has failed (kind emit), whatever the handler
/// answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host has refused a message to send")
    }
}

impl std::error::Error for Refused {}

pub struct Emit {
    gate: Arc<Gate>,
    service: *const raw::Emit,
}

// SAFETY: called through the gate only, with messages, which cannot leave the thread of their call.
unsafe impl Send for Emit {}
unsafe impl Sync for Emit {}

impl Emit {
    /// An error, for [`Handler::new`](crate::Handler::new), where this host cannot send messages.
    pub fn new(host: &Host) -> Result<Emit, String> {
        let service: *const raw::Emit = host.extension(raw::EXTENSION_EMIT).cast();
        if service.is_null() {
            return Err(
                "this host has no tidegate.emit/1: it cannot send messages; use a newer one".into(),
            );
        }
        Ok(Emit {
            gate: host.gate().clone(),
            service,
        })
    }

    /// Adds an output to a message that the running call was given.
    pub fn send(&self, message: &Message, output: &Output) -> Result<(), Refused> {
        let headers: Vec<raw::Header> = output
            .headers
            .iter()
            .map(|header| raw::Header {
                name: raw::Bytes::of(header.name),
                value: raw::Bytes::maybe(header.value),
            })
            .collect();
        let raw = raw::Output {
            struct_size: raw::size::<raw::Output>(),
            partition: output.partition.unwrap_or(-1),
            timestamp_ms: output.timestamp_ms.unwrap_or(-1),
            topic: raw::Bytes::of(output.topic.as_bytes()),
            key: raw::Bytes::maybe(output.key),
            value: raw::Bytes::maybe(output.value),
            headers: headers.as_ptr(),
            header_count: headers.len(),
        };
        let sent = self.gate.with(|table| {
            // A message of another instance, which only a static Emit could meet, is refused.
            if table != message.host() {
                return -1;
            }
            // SAFETY: the gate keeps table and service valid, the message is one of the running
            // call's, and all that `raw` points to outlives the call.
            unsafe { ((*self.service).emit)(table, message.raw(), &raw) }
        });
        if sent == Some(0) {
            Ok(())
        } else {
            Err(Refused)
        }
    }
}
