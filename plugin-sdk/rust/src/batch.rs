// SPDX-License-Identifier: Apache-2.0
//! Many messages in one call, each with an answer of its own. What is left without an answer is
//! attempted again one by one through `handle`.

use crate::message::Message;
use crate::outcome::Outcome;
use crate::raw;

/// The messages of one call, in the order in which they are to be handled.
pub struct Batch<'a> {
    messages: &'a [*const raw::Message],
    host: *const raw::Host,
}

/// The answers: `outcomes.set(i, ...)` answers for `batch.get(i)`.
pub struct Outcomes<'a> {
    statuses: &'a mut [i32],
    results: &'a [*mut raw::Result],
}

impl<'a> Batch<'a> {
    /// # Safety
    /// As `Message::new`, for each of them.
    pub(crate) unsafe fn new(
        messages: &'a [*const raw::Message],
        host: *const raw::Host,
    ) -> Batch<'a> {
        Batch { messages, host }
    }

    pub fn len(&self) -> usize {
        self.messages.len()
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Panics when there is no such message, as a slice does.
    pub fn get(&self, index: usize) -> Message<'a> {
        // SAFETY: a message of this call (Batch::new).
        unsafe { Message::new(self.messages[index], self.host) }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Message<'a>> + ExactSizeIterator + '_ {
        (0..self.len()).map(move |index| self.get(index))
    }
}

impl<'a> Outcomes<'a> {
    /// # Safety
    /// Both have the same length, and each result is one that `Outcome::write` can have.
    pub(crate) unsafe fn new(
        statuses: &'a mut [i32],
        results: &'a [*mut raw::Result],
    ) -> Outcomes<'a> {
        Outcomes { statuses, results }
    }

    pub fn len(&self) -> usize {
        self.statuses.len()
    }

    pub fn is_empty(&self) -> bool {
        self.statuses.is_empty()
    }

    /// Answers for one message; a later answer replaces an earlier one. Panics when there is no
    /// such message.
    pub fn set(&mut self, index: usize, outcome: impl Into<Outcome>) {
        // SAFETY: a result of this call (Outcomes::new).
        self.statuses[index] = unsafe { outcome.into().write(self.results[index]) };
    }

    /// The same answer for all, the usual end of a bulk insert.
    pub fn fill(&mut self, outcome: impl Into<Outcome>) {
        let outcome = outcome.into();
        for index in 0..self.len() {
            // SAFETY: as in set.
            self.statuses[index] = unsafe { outcome.write(self.results[index]) };
        }
    }

    /// Whether the message has been answered.
    pub fn answered(&self, index: usize) -> bool {
        self.statuses[index] != raw::NOT_ATTEMPTED
    }

    /// The first message without an answer.
    pub(crate) fn first_unanswered(&self) -> Option<*mut raw::Result> {
        let index = (0..self.len()).find(|&index| !self.answered(index))?;
        Some(self.results[index])
    }
}
