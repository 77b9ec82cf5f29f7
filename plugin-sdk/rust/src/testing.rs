// SPDX-License-Identifier: Apache-2.0
//! Tests of a plugin without Kafka and without a host: [`Plugin`] calls the exported table as a
//! host does, and keeps what the plugin logs, counts and sends.
//!
//! ```
//! # use tidegate_plugin::{tidegate_plugin, Handler, Host, Message, Outcome};
//! # struct Orders;
//! # impl Handler for Orders {
//! #     fn new(_: &Host, _: &str) -> Result<Self, String> { Ok(Orders) }
//! #     fn handle(&mut self, message: &Message) -> Outcome { message.value().is_some().into() }
//! # }
//! # tidegate_plugin!(Orders, "orders", "1.4.2");
//! # fn main() {
//! use tidegate_plugin::testing;
//! let mut plugin = testing::Plugin::load(&tidegate_plugin_v1, "{}").unwrap();
//! assert_eq!(plugin.handle(&testing::Message::of("good")), Outcome::Ok);
//! # }
//! ```

use crate::fake_host::{Call, FakeHost};
use crate::outcome::Outcome;
use crate::raw;
use std::ffi::c_void;
use std::time::Duration;

pub use crate::fake_host::Sent;

const REASON_BYTES: usize = 1024;

/// A message to hand to a plugin: `Message { attempt: 2, ..Message::of("value") }`.
#[derive(Clone, Debug)]
pub struct Message {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub attempt: u32,
    pub suspect: bool,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Message {
    pub fn of(value: impl AsRef<[u8]>) -> Message {
        Message {
            value: Some(value.as_ref().to_vec()),
            ..Message::tombstone()
        }
    }

    /// Without a value.
    pub fn tombstone() -> Message {
        Message {
            topic: "test".into(),
            partition: 0,
            offset: 0,
            timestamp_ms: 1_700_000_000_000,
            attempt: 1,
            suspect: false,
            key: None,
            value: None,
            headers: Vec::new(),
        }
    }
}

/// What a plugin answered. It can be compared with an [`Outcome`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Given(Outcome),
    /// The handler panicked, with this text.
    Panicked(String),
    /// A batch call left this message without an answer; its reason, if it has one.
    NotAttempted(String),
}

impl PartialEq<Outcome> for Answer {
    fn eq(&self, other: &Outcome) -> bool {
        matches!(self, Answer::Given(outcome) if outcome == other)
    }
}

/// An instance of a plugin.
pub struct Plugin {
    table: &'static raw::Plugin,
    instance: *mut c_void,
    host: FakeHost,
}

impl Plugin {
    /// Makes an instance; an error is the reason for which a pipeline would not start.
    pub fn load(table: &'static raw::Plugin, config_json: &str) -> Result<Plugin, String> {
        let host = FakeHost::new();
        let mut error = Room::new();
        // SAFETY: the table is one of this crate's macro; host and texts outlive the call.
        let instance = unsafe {
            (table.create)(
                host.table(),
                config_json.as_ptr().cast(),
                config_json.len(),
                &mut error.result,
            )
        };
        if instance.is_null() {
            return Err(error.reason());
        }
        Ok(Plugin {
            table,
            instance,
            host,
        })
    }

    pub fn handle(&mut self, message: &Message) -> Answer {
        let call = Call::new(std::slice::from_ref(message));
        let mut room = Room::new();
        // SAFETY: the instance is alive, and the call's messages outlive the call.
        let status = self.host.during(&call, || unsafe {
            (self.table.handle)(self.instance, call.views()[0], &mut room.result)
        });
        room.answer(status)
    }

    /// All in one call; None where the plugin has no batches.
    pub fn handle_batch(&mut self, messages: &[Message]) -> Option<Vec<Answer>> {
        let handle_batch = self.table.handle_batch?;
        let call = Call::new(messages);
        let mut rooms: Vec<_> = messages.iter().map(|_| Room::new()).collect();
        let results: Vec<*mut raw::Result> = rooms
            .iter_mut()
            .map(|room| &mut room.result as *mut _)
            .collect();
        let mut statuses = vec![raw::NOT_ATTEMPTED; messages.len()];
        // SAFETY: as in handle; the arrays have the length that is said.
        self.host.during(&call, || unsafe {
            handle_batch(
                self.instance,
                call.views().as_ptr(),
                messages.len(),
                statuses.as_mut_ptr(),
                results.as_ptr(),
            )
        });
        let answers = rooms.iter().zip(&statuses);
        Some(answers.map(|(room, status)| room.answer(*status)).collect())
    }

    /// Lines logged so far.
    pub fn logs(&self) -> Vec<String> {
        self.host.state().logs.clone()
    }

    /// The sum of what was added to a metric, or the last value of a gauge; None: not defined.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let metrics = &self.host.state().metrics;
        metrics.iter().find(|m| m.name == name).map(|m| m.value)
    }

    /// Messages sent since the last call of this function. A real host sends them only where the
    /// attempt was answered ok.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.host.state().sent)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // SAFETY: the instance is alive, and the host outlives it.
        unsafe { (self.table.destroy)(self.instance) }
    }
}

// The host's side of an answer. Boxed, because the result points into it.
struct Room {
    result: raw::Result,
    _buffer: Vec<u8>,
}

impl Room {
    fn new() -> Box<Room> {
        let mut buffer = vec![0; REASON_BYTES];
        Box::new(Room {
            result: raw::Result {
                struct_size: raw::size::<raw::Result>(),
                delay_ms: 0,
                reason: buffer.as_mut_ptr().cast(),
                reason_capacity: REASON_BYTES as u32,
                reason_size: 0,
            },
            _buffer: buffer,
        })
    }

    fn reason(&self) -> String {
        let size = (self.result.reason_size as usize).min(REASON_BYTES);
        // SAFETY: the result still points to the buffer that is beside it.
        let bytes = unsafe { std::slice::from_raw_parts(self.result.reason.cast(), size) };
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn answer(&self, status: i32) -> Answer {
        let reason = self.reason();
        let delay = Duration::from_millis(self.result.delay_ms.into());
        Answer::Given(match status {
            raw::OK => Outcome::Ok,
            raw::FALSE => Outcome::False,
            raw::RETRY_AFTER => Outcome::retry_after(delay, reason),
            raw::DEAD_LETTER => Outcome::dead_letter(reason),
            raw::DROP => Outcome::drop(reason),
            raw::PAUSE => Outcome::pause(delay, reason),
            raw::EXCEPTION => return Answer::Panicked(reason),
            raw::NOT_ATTEMPTED => return Answer::NotAttempted(reason),
            _ => Outcome::fail(reason),
        })
    }
}
