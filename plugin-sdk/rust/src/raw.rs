// SPDX-License-Identifier: Apache-2.0
//! The contract of `<tidegate/plugin.h>`, minor 0, as it lies in memory. `tests/layout.rs` compares
//! it with the contract's golden file. What the words mean is said there and in the safe types.
//!
//! When the contract grows, a struct here gets the new fields at its end, and they are read through
//! raw pointers after `struct_size` was asked: a reference to a struct of an older, shorter host
//! must not be made.

use std::ffi::c_void;
use std::os::raw::c_char;

pub const ABI_MAJOR: u32 = 1;
pub const ABI_MINOR: u32 = 0;

pub const MESSAGE_SUSPECT: u32 = 1;

pub const NOT_ATTEMPTED: i32 = -1;
pub const OK: i32 = 0;
pub const FALSE: i32 = 1;
pub const FAIL: i32 = 2;
pub const RETRY_AFTER: i32 = 3;
pub const DEAD_LETTER: i32 = 4;
pub const DROP: i32 = 5;
pub const PAUSE: i32 = 6;
pub const EXCEPTION: i32 = 7;

pub const LOG_ERROR: i32 = 0;
pub const LOG_WARN: i32 = 1;
pub const LOG_INFO: i32 = 2;
pub const LOG_DEBUG: i32 = 3;

pub const METRIC_COUNTER: i32 = 0;
pub const METRIC_GAUGE: i32 = 1;
pub const METRIC_HISTOGRAM: i32 = 2;

pub const THREAD_SAFE: u32 = 1;

pub const EXTENSION_METRICS: &str = "tidegate.metrics/1\0";
pub const EXTENSION_EMIT: &str = "tidegate.emit/1\0";

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    pub data: *const c_void,
    pub size: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Header {
    pub name: Bytes,
    pub value: Bytes,
}

#[repr(C)]
pub struct Message {
    pub struct_size: u32,
    pub flags: u32,
    pub topic: Bytes,
    pub key: Bytes,
    pub value: Bytes,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub partition: i32,
    pub attempt: u32,
    pub deadline_ns: u64,
}

#[repr(C)]
pub struct Result {
    pub struct_size: u32,
    pub delay_ms: u32,
    pub reason: *mut c_char,
    pub reason_capacity: u32,
    pub reason_size: u32,
}

#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub context: *mut c_void,
    pub host_version: *const c_char,
    pub pipeline: *const c_char,
    pub log: unsafe extern "C" fn(*const Host, i32, *const c_char, usize),
    pub log_enabled: unsafe extern "C" fn(*const Host, i32) -> i32,
    pub headers:
        unsafe extern "C" fn(*const Host, *const Message, *mut *const Header, *mut usize) -> i32,
    pub get_extension: unsafe extern "C" fn(*const Host, *const c_char) -> *const c_void,
}

pub type Create =
    unsafe extern "C" fn(*const Host, *const c_char, usize, *mut Result) -> *mut c_void;
pub type Handle = unsafe extern "C" fn(*mut c_void, *const Message, *mut Result) -> i32;
pub type HandleBatch = unsafe extern "C" fn(
    *mut c_void,
    *const *const Message,
    usize,
    *mut i32,
    *const *mut Result,
) -> i32;

#[repr(C)]
pub struct Plugin {
    pub struct_size: u32,
    pub flags: u32,
    pub create: Create,
    pub destroy: unsafe extern "C" fn(*mut c_void),
    pub handle: Handle,
    pub handle_batch: Option<HandleBatch>,
    pub get_extension: Option<unsafe extern "C" fn(*mut c_void, *const c_char) -> *const c_void>,
}

#[repr(C)]
pub struct Metrics {
    pub struct_size: u32,
    pub define: unsafe extern "C" fn(*const Host, i32, *const c_char, *const c_char) -> i32,
    pub record: unsafe extern "C" fn(*const Host, i32, f64),
}

#[repr(C)]
pub struct Output {
    pub struct_size: u32,
    pub partition: i32,
    pub timestamp_ms: i64,
    pub topic: Bytes,
    pub key: Bytes,
    pub value: Bytes,
    pub headers: *const Header,
    pub header_count: usize,
}

#[repr(C)]
pub struct Emit {
    pub struct_size: u32,
    pub emit: unsafe extern "C" fn(*const Host, *const Message, *const Output) -> i32,
}

impl Bytes {
    pub const ABSENT: Bytes = Bytes {
        data: std::ptr::null(),
        size: 0,
    };

    /// Points to the slice. An empty one has an address too, so it is not taken for absent.
    pub fn of(bytes: &[u8]) -> Bytes {
        Bytes {
            data: bytes.as_ptr().cast(),
            size: bytes.len(),
        }
    }

    pub fn maybe(bytes: Option<&[u8]>) -> Bytes {
        bytes.map_or(Bytes::ABSENT, Bytes::of)
    }

    /// # Safety
    /// Null, or `size` bytes that stay as they are for `'a`.
    pub unsafe fn get<'a>(self) -> Option<&'a [u8]> {
        if self.data.is_null() {
            return None;
        }
        Some(std::slice::from_raw_parts(self.data.cast(), self.size))
    }
}

/// `size_of` as the contract writes it.
pub const fn size<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}
