// SPDX-License-Identifier: Apache-2.0
//! A handler's answer.

use crate::raw;
use std::borrow::Cow;
use std::fmt::Display;
use std::time::Duration;

type Reason = Cow<'static, str>;

/// What became of a message. `true` and `false` turn into one, and so does a `Result<(), E>`, whose
/// error is a failure with its text as reason. Reasons reach logs and headers: no keys, payloads or
/// secrets in them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Handled.
    Ok,
    /// Failed, without a reason; the pipeline's retry policy decides what follows.
    False,
    /// Failed; the pipeline's retry policy decides what follows.
    Fail(Reason),
    /// Failed; not again before the delay is over.
    RetryAfter(Duration, Reason),
    /// Failed for good: no retry.
    DeadLetter(Reason),
    /// Knowingly skipped: finished, and counted as dropped.
    Drop(Reason),
    /// Not this message's fault: its partition waits for the delay, and no attempt is charged.
    Pause(Duration, Reason),
}

impl Outcome {
    pub fn fail(reason: impl Into<Reason>) -> Outcome {
        Outcome::Fail(reason.into())
    }
    pub fn retry_after(delay: Duration, reason: impl Into<Reason>) -> Outcome {
        Outcome::RetryAfter(delay, reason.into())
    }
    pub fn dead_letter(reason: impl Into<Reason>) -> Outcome {
        Outcome::DeadLetter(reason.into())
    }
    pub fn drop(reason: impl Into<Reason>) -> Outcome {
        Outcome::Drop(reason.into())
    }
    pub fn pause(delay: Duration, reason: impl Into<Reason>) -> Outcome {
        Outcome::Pause(delay, reason.into())
    }

    /// Writes the details into the host's result and returns the status.
    ///
    /// # Safety
    /// `result` is a host's result, with its buffer, that nobody else uses now.
    pub(crate) unsafe fn write(&self, result: *mut raw::Result) -> i32 {
        let (status, delay, reason) = match self {
            Outcome::Ok => return raw::OK,
            Outcome::False => return raw::FALSE,
            Outcome::Fail(reason) => (raw::FAIL, Duration::ZERO, reason),
            Outcome::RetryAfter(delay, reason) => (raw::RETRY_AFTER, *delay, reason),
            Outcome::DeadLetter(reason) => (raw::DEAD_LETTER, Duration::ZERO, reason),
            Outcome::Drop(reason) => (raw::DROP, Duration::ZERO, reason),
            Outcome::Pause(delay, reason) => (raw::PAUSE, *delay, reason),
        };
        (*result).delay_ms = milliseconds(delay);
        write_reason(result, reason);
        status
    }
}

impl From<bool> for Outcome {
    fn from(handled: bool) -> Outcome {
        if handled {
            Outcome::Ok
        } else {
            Outcome::False
        }
    }
}

impl<E: Display> From<Result<(), E>> for Outcome {
    fn from(result: Result<(), E>) -> Outcome {
        match result {
            Ok(()) => Outcome::Ok,
            Err(error) => Outcome::fail(error.to_string()),
        }
    }
}

// Rounded up: not before the delay is over.
fn milliseconds(delay: Duration) -> u32 {
    let whole = (delay.as_nanos() + 999_999) / 1_000_000;
    u32::try_from(whole).unwrap_or(u32::MAX)
}

/// Copies text into the host's buffer, cut to its size between characters.
///
/// # Safety
/// As `Outcome::write`.
pub(crate) unsafe fn write_reason(result: *mut raw::Result, text: &str) {
    let mut size = text.len().min((*result).reason_capacity as usize);
    while !text.is_char_boundary(size) {
        size -= 1;
    }
    std::ptr::copy_nonoverlapping(text.as_ptr(), (*result).reason.cast(), size);
    (*result).reason_size = size as u32;
}
