// SPDX-License-Identifier: Apache-2.0
//! A host for tests: the table that a plugin sees, and what stands behind it.

use crate::raw;
use crate::testing::Message;
use std::ffi::{c_void, CStr};
use std::os::raw::c_char;
use std::sync::{Mutex, MutexGuard};

/// A message that a plugin has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub topic: String,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// -1: by the key's hash.
    pub partition: i32,
}

pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) value: f64,
    kind: i32,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) logs: Vec<String>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) sent: Vec<Sent>,
    // Of the running call: address of each message, address and number of its headers.
    current: Vec<(usize, usize, usize)>,
}

pub(crate) struct FakeHost {
    table: Box<raw::Host>,
    state: Box<Mutex<State>>,
}

static METRICS: raw::Metrics = raw::Metrics {
    struct_size: raw::size::<raw::Metrics>(),
    define,
    record,
};

static EMIT: raw::Emit = raw::Emit {
    struct_size: raw::size::<raw::Emit>(),
    emit,
};

impl FakeHost {
    pub(crate) fn new() -> FakeHost {
        let state = Box::<Mutex<State>>::default();
        let table = Box::new(raw::Host {
            struct_size: raw::size::<raw::Host>(),
            abi_minor: raw::ABI_MINOR,
            context: &*state as *const Mutex<State> as *mut c_void,
            host_version: b"0.0.0\0".as_ptr().cast(),
            pipeline: b"test\0".as_ptr().cast(),
            log,
            log_enabled,
            headers,
            get_extension,
        });
        FakeHost { table, state }
    }

    pub(crate) fn table(&self) -> *const raw::Host {
        &*self.table
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn during<T>(&self, call: &Call, body: impl FnOnce() -> T) -> T {
        self.state().current = call.current();
        let result = body();
        self.state().current.clear();
        result
    }
}

/// The messages of one call, as they lie in memory.
pub(crate) struct Call {
    messages: Vec<raw::Message>,
    headers: Vec<Vec<raw::Header>>,
    views: Vec<*const raw::Message>,
}

impl Call {
    /// REQUIRES: the messages outlive the call.
    pub(crate) fn new(given: &[Message]) -> Call {
        let messages: Vec<raw::Message> = given.iter().map(message_of).collect();
        Call {
            headers: given.iter().map(headers_of).collect(),
            views: messages.iter().map(|message| message as *const _).collect(),
            messages,
        }
    }

    pub(crate) fn views(&self) -> &[*const raw::Message] {
        &self.views
    }

    fn current(&self) -> Vec<(usize, usize, usize)> {
        let pairs = self.messages.iter().zip(&self.headers);
        pairs
            .map(|(message, headers)| {
                (
                    message as *const _ as usize,
                    headers.as_ptr() as usize,
                    headers.len(),
                )
            })
            .collect()
    }
}

fn message_of(message: &Message) -> raw::Message {
    raw::Message {
        struct_size: raw::size::<raw::Message>(),
        flags: if message.suspect {
            raw::MESSAGE_SUSPECT
        } else {
            0
        },
        topic: raw::Bytes::of(message.topic.as_bytes()),
        key: raw::Bytes::maybe(message.key.as_deref()),
        value: raw::Bytes::maybe(message.value.as_deref()),
        offset: message.offset,
        timestamp_ms: message.timestamp_ms,
        partition: message.partition,
        attempt: message.attempt,
        deadline_ns: 0,
    }
}

fn headers_of(message: &Message) -> Vec<raw::Header> {
    let headers = message.headers.iter();
    headers
        .map(|(name, value)| raw::Header {
            name: raw::Bytes::of(name.as_bytes()),
            value: raw::Bytes::maybe(value.as_deref()),
        })
        .collect()
}

// The functions of the tables. Each is called by a plugin, with the table above, which outlives it.

unsafe fn state_of<'a>(host: *const raw::Host) -> MutexGuard<'a, State> {
    (*(*host).context.cast::<Mutex<State>>()).lock().unwrap()
}

unsafe extern "C" fn log(host: *const raw::Host, _level: i32, text: *const c_char, size: usize) {
    let line = String::from_utf8_lossy(std::slice::from_raw_parts(text.cast(), size)).into_owned();
    state_of(host).logs.push(line);
}

unsafe extern "C" fn log_enabled(_host: *const raw::Host, _level: i32) -> i32 {
    1
}

unsafe extern "C" fn headers(
    host: *const raw::Host,
    message: *const raw::Message,
    headers: *mut *const raw::Header,
    count: *mut usize,
) -> i32 {
    let state = state_of(host);
    let found = state
        .current
        .iter()
        .find(|(at, ..)| *at == message as usize);
    let (first, number) = found.map_or((0, 0), |&(_, first, number)| (first, number));
    *headers = first as *const raw::Header;
    *count = number;
    if found.is_some() {
        0
    } else {
        -1
    }
}

unsafe extern "C" fn get_extension(_host: *const raw::Host, id: *const c_char) -> *const c_void {
    let id = CStr::from_ptr(id).to_bytes_with_nul();
    if id == raw::EXTENSION_METRICS.as_bytes() {
        return (&METRICS as *const raw::Metrics).cast();
    }
    if id == raw::EXTENSION_EMIT.as_bytes() {
        return (&EMIT as *const raw::Emit).cast();
    }
    std::ptr::null()
}

unsafe extern "C" fn define(
    host: *const raw::Host,
    kind: i32,
    name: *const c_char,
    _help: *const c_char,
) -> i32 {
    let name = CStr::from_ptr(name).to_string_lossy().into_owned();
    let ending_fits = match kind {
        raw::METRIC_COUNTER => name.ends_with("_total"),
        raw::METRIC_HISTOGRAM => name.ends_with("_seconds") || name.ends_with("_bytes"),
        _ => true,
    };
    if !ending_fits {
        return -1;
    }
    let mut state = state_of(host);
    state.metrics.push(Metric {
        name,
        value: 0.0,
        kind,
    });
    state.metrics.len() as i32 - 1
}

unsafe extern "C" fn record(host: *const raw::Host, id: i32, value: f64) {
    let mut state = state_of(host);
    if let Some(metric) = usize::try_from(id)
        .ok()
        .and_then(|id| state.metrics.get_mut(id))
    {
        if metric.kind == raw::METRIC_GAUGE {
            metric.value = value;
        } else {
            metric.value += value;
        }
    }
}

unsafe extern "C" fn emit(
    host: *const raw::Host,
    message: *const raw::Message,
    output: *const raw::Output,
) -> i32 {
    let output = &*output;
    let text =
        |bytes: raw::Bytes| String::from_utf8_lossy(bytes.get().unwrap_or_default()).into_owned();
    let headers: &[raw::Header] = if output.header_count == 0 {
        &[]
    } else {
        std::slice::from_raw_parts(output.headers, output.header_count)
    };
    let sent = Sent {
        topic: text(output.topic),
        key: output.key.get().map(<[u8]>::to_vec),
        value: output.value.get().map(<[u8]>::to_vec),
        headers: headers
            .iter()
            .map(|header| (text(header.name), header.value.get().map(<[u8]>::to_vec)))
            .collect(),
        partition: output.partition,
    };
    let mut state = state_of(host);
    let known = state.current.iter().any(|(at, ..)| *at == message as usize);
    if !known || sent.topic.is_empty() || sent.partition < -1 {
        return -1;
    }
    state.sent.push(sent);
    0
}
