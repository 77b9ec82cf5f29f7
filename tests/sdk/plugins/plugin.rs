// SPDX-License-Identifier: Apache-2.0
//
// A plugin in Rust without any crate: the contract of <tidegate/plugin.h> written by hand.
//   rustc --edition 2021 --crate-type cdylib -C panic=abort -O plugin.rs -o plugin.so
// It answers as plugin.c does. A panic must not cross into the host: panic=abort, or catch_unwind.
use std::ffi::{c_char, c_void};
use std::slice;

#[repr(C)]
pub struct Bytes {
    data: *const u8,
    size: usize,
}

#[repr(C)]
pub struct Header {
    name: Bytes,
    value: Bytes,
}

#[repr(C)]
pub struct Message {
    struct_size: u32,
    flags: u32,
    topic: Bytes,
    key: Bytes,
    value: Bytes,
    offset: i64,
    timestamp_ms: i64,
    partition: i32,
    attempt: u32,
    deadline_ns: u64,
}

#[repr(C)]
pub struct Answer {
    struct_size: u32,
    delay_ms: u32,
    reason: *mut u8,
    reason_capacity: u32,
    reason_size: u32,
}

#[repr(C)]
pub struct Host {
    struct_size: u32,
    abi_minor: u32,
    context: *mut c_void,
    host_version: *const c_char,
    pipeline: *const c_char,
    log: extern "C" fn(*const Host, i32, *const u8, usize),
    log_enabled: extern "C" fn(*const Host, i32) -> i32,
    headers: extern "C" fn(*const Host, *const Message, *mut *const Header, *mut usize) -> i32,
    get_extension: extern "C" fn(*const Host, *const c_char) -> *const c_void,
}

#[repr(C)]
pub struct Plugin {
    struct_size: u32,
    flags: u32,
    create: extern "C" fn(*const Host, *const u8, usize, *mut Answer) -> *mut c_void,
    destroy: extern "C" fn(*mut c_void),
    handle: extern "C" fn(*mut c_void, *const Message, *mut Answer) -> i32,
    handle_batch: Option<extern "C" fn()>,
    get_extension: Option<extern "C" fn()>,
}
unsafe impl Sync for Plugin {}

const OK: i32 = 0;
const FALSE: i32 = 1;
const FAIL: i32 = 2;
const DROP: i32 = 5;
const INFO: i32 = 2;

struct Instance {
    host: *const Host,
}

impl Bytes {
    // None: absent.
    fn get(&self) -> Option<&[u8]> {
        if self.data.is_null() {
            None
        } else {
            Some(unsafe { slice::from_raw_parts(self.data, self.size) })
        }
    }
}

fn answer(result: *mut Answer, status: i32, reason: &str) -> i32 {
    unsafe {
        let size = reason.len().min((*result).reason_capacity as usize);
        std::ptr::copy_nonoverlapping(reason.as_ptr(), (*result).reason, size);
        (*result).reason_size = size as u32;
    }
    status
}

extern "C" fn create(
    host: *const Host,
    _config: *const u8,
    size: usize,
    error: *mut Answer,
) -> *mut c_void {
    if size > 2 {
        answer(error, FAIL, "no configuration is known");
        return std::ptr::null_mut();
    }
    let text = "rust-example is ready";
    unsafe { ((*host).log)(host, INFO, text.as_ptr(), text.len()) };
    Box::into_raw(Box::new(Instance { host })) as *mut c_void
}

extern "C" fn destroy(instance: *mut c_void) {
    drop(unsafe { Box::from_raw(instance as *mut Instance) });
}

fn last_trace_is(host: *const Host, message: *const Message, expected: &[u8]) -> bool {
    let mut first: *const Header = std::ptr::null();
    let mut count: usize = 0;
    unsafe {
        if ((*host).headers)(host, message, &mut first, &mut count) != 0 || count == 0 {
            return false;
        }
        let headers = slice::from_raw_parts(first, count);
        let last = headers.iter().rev().find(|h| h.name.get() == Some(b"trace"));
        last.map_or(false, |h| h.value.get() == Some(expected))
    }
}

extern "C" fn handle(instance: *mut c_void, message: *const Message, result: *mut Answer) -> i32 {
    let host = unsafe { (*(instance as *mut Instance)).host };
    match unsafe { (*message).value.get() } {
        None => answer(result, DROP, "tombstone"),
        Some(b"bad") => answer(result, FAIL, "bad value"),
        Some(b"headers") if !last_trace_is(host, message, b"last") => FALSE,
        Some(_) => OK,
    }
}

#[no_mangle]
pub static tidegate_plugin_v1: Plugin = Plugin {
    struct_size: std::mem::size_of::<Plugin>() as u32,
    flags: 0,
    create,
    destroy,
    handle,
    handle_batch: None,
    get_extension: None,
};

const TEXT: &[u8; 60] = b"abi=1.0\nneeds=0\nname=rust-example\nversion=1.0.0\ncompiler=rs\n";

#[repr(C)]
struct Note {
    owner_size: u32,
    text_size: u32,
    kind: u32,
    owner: [u8; 12],
    text: [u8; 60],
}

#[used]
#[link_section = ".note.tidegate"]
static NOTE: Note = Note {
    owner_size: 9,
    text_size: 60,
    kind: 1,
    owner: *b"TIDEGATE\0\0\0\0",
    text: *TEXT,
};
