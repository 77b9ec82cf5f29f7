// SPDX-License-Identifier: Apache-2.0
//! No panic crosses into the host.

use crate::outcome::write_reason;
use crate::raw;
use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Calls body. A panic is caught, and what it said is given to `tell`.
pub(crate) fn fenced<T>(body: impl FnOnce() -> T, tell: impl FnOnce(&str)) -> Option<T> {
    // What a panic leaves half done in the handler is the handler's; it is the author's choice, as
    // with an exception in C++, whether an instance can go on.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => Some(value),
        Err(payload) => {
            tell(text_of(payload.as_ref()));
            discard(payload);
            None
        }
    }
}

/// As above, with the text as the reason of `result`.
///
/// # Safety
/// `result` is null, or one that `Outcome::write` can have.
pub(crate) unsafe fn fenced_with<T>(
    result: *mut raw::Result,
    body: impl FnOnce() -> T,
) -> Option<T> {
    fenced(body, |text| {
        if !result.is_null() {
            write_reason(result, text);
        }
    })
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return text;
    }
    payload
        .downcast_ref::<String>()
        .map_or("a panic without a text", String::as_str)
}

// A payload of the author's own type may panic when it is dropped.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}
