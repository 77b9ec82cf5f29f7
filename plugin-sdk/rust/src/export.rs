// SPDX-License-Identifier: Apache-2.0
//! From the C table to a handler and back. What `tidegate_plugin!` needs, and nobody else.

use crate::batch::{Batch, Outcomes};
use crate::fence::{fenced, fenced_with};
use crate::host::Host;
use crate::message::Message;
use crate::outcome::write_reason;
use crate::raw;
use crate::{HandleBatch, Handler};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::os::raw::c_char;
use std::slice;

struct Instance<T> {
    handler: T,
    host: Host,
    table: *const raw::Host,
}

/// # Safety
/// Called by a host as the contract says.
unsafe extern "C" fn create<T: Handler>(
    table: *const raw::Host,
    config: *const c_char,
    size: usize,
    error: *mut raw::Result,
) -> *mut c_void {
    let made = fenced_with(error, || {
        let host = Host::open(table);
        let config = if size == 0 {
            &[]
        } else {
            slice::from_raw_parts(config.cast::<u8>(), size)
        };
        // The gate is closed on every way that does not lead to an instance.
        let closing = Closing(Some(&host));
        let text = std::str::from_utf8(config).map_err(|_| "the configuration is not UTF-8");
        let handler = text
            .map_err(str::to_owned)
            .and_then(|text| T::new(&host, text));
        match handler {
            Ok(handler) => {
                closing.never();
                let instance = Instance {
                    handler,
                    host: host.clone(),
                    table,
                };
                Box::into_raw(Box::new(instance)).cast::<c_void>()
            }
            Err(reason) => {
                write_reason(error, &reason);
                std::ptr::null_mut()
            }
        }
    });
    made.unwrap_or(std::ptr::null_mut())
}

struct Closing<'a>(Option<&'a Host>);

impl Closing<'_> {
    fn never(mut self) {
        self.0 = None;
    }
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        if let Some(host) = self.0 {
            host.close();
        }
    }
}

/// # Safety
/// As `create`.
unsafe extern "C" fn destroy<T: Handler>(instance: *mut c_void) {
    let Instance { handler, host, .. } = *Box::from_raw(instance.cast::<Instance<T>>());
    let logger = host.clone();
    fenced(
        || drop(handler),
        |text| {
            logger.error(&format!(
                "the handler panicked while it was dropped: {}",
                text
            ))
        },
    );
    host.close();
}

/// # Safety
/// As `create`.
unsafe extern "C" fn handle<T: Handler>(
    instance: *mut c_void,
    message: *const raw::Message,
    result: *mut raw::Result,
) -> i32 {
    let instance = &mut *instance.cast::<Instance<T>>();
    let status = fenced_with(result, || {
        let message = Message::new(message, instance.table);
        instance.handler.handle(&message).write(result)
    });
    status.unwrap_or(raw::EXCEPTION)
}

/// # Safety
/// As `create`.
unsafe extern "C" fn handle_batch<T: HandleBatch>(
    instance: *mut c_void,
    messages: *const *const raw::Message,
    count: usize,
    statuses: *mut i32,
    results: *const *mut raw::Result,
) -> i32 {
    if count == 0 {
        return raw::OK;
    }
    let instance = &mut *instance.cast::<Instance<T>>();
    let batch = Batch::new(slice::from_raw_parts(messages, count), instance.table);
    let mut outcomes = Outcomes::new(
        slice::from_raw_parts_mut(statuses, count),
        slice::from_raw_parts(results, count),
    );
    let mut panicked = None;
    fenced(
        || instance.handler.handle_batch(&batch, &mut outcomes),
        |text| panicked = Some(text.to_owned()),
    );
    match panicked {
        None => raw::OK,
        Some(text) => {
            if let Some(result) = outcomes.first_unanswered() {
                write_reason(result, &text);
            }
            raw::EXCEPTION
        }
    }
}

/// Whether a handler has batches: an inherent constant, where its bound holds, hides the trait's.
pub struct Probe<T>(PhantomData<T>);

pub trait WithoutBatches {
    const HANDLE_BATCH: Option<raw::HandleBatch> = None;
}

impl<T> WithoutBatches for Probe<T> {}

impl<T: HandleBatch> Probe<T> {
    pub const HANDLE_BATCH: Option<raw::HandleBatch> = Some(handle_batch::<T>);
}

pub const fn table<T: Handler>(handle_batch: Option<raw::HandleBatch>) -> raw::Plugin {
    raw::Plugin {
        struct_size: raw::size::<raw::Plugin>(),
        flags: 0,
        create: create::<T>,
        destroy: destroy::<T>,
        handle: handle::<T>,
        handle_batch,
        get_extension: None,
    }
}
