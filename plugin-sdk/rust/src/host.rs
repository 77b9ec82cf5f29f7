// SPDX-License-Identifier: Apache-2.0
//! What the host offers: log lines, and the names of host and pipeline.

use crate::metrics::{Counter, Gauge, Histogram};
use crate::raw;
use std::ffi::{c_void, CStr};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::Arc;

/// The host's table is valid until `destroy` returns, but a thread of the plugin may live longer
/// than its author meant. So every use passes this gate, and closing it waits for those inside:
/// afterwards nothing reaches the host any more, and a log line or a metric is nothing but lost.
pub(crate) struct Gate {
    table: AtomicPtr<raw::Host>,
    inside: AtomicUsize,
}

struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Gate {
    /// # Safety
    /// `table` is a host's table that stays valid until `close` has returned.
    pub(crate) unsafe fn open(table: *const raw::Host) -> Arc<Gate> {
        Arc::new(Gate {
            table: AtomicPtr::new(table as *mut raw::Host),
            inside: AtomicUsize::new(0),
        })
    }

    pub(crate) fn close(&self) {
        // Whoever came in before sees the table and is waited for; whoever comes later sees null.
        self.table.store(std::ptr::null_mut(), Ordering::SeqCst);
        while self.inside.load(Ordering::SeqCst) != 0 {
            std::thread::yield_now();
        }
    }

    /// Calls `body` with the host's table, which is valid while it runs; None when the gate is
    /// closed.
    pub(crate) fn with<T>(&self, body: impl FnOnce(*const raw::Host) -> T) -> Option<T> {
        self.inside.fetch_add(1, Ordering::SeqCst);
        let _inside = Inside(self);
        let table = self.table.load(Ordering::SeqCst);
        if table.is_null() {
            return None;
        }
        Some(body(table))
    }
}

/// Log levels, the most important one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error = raw::LOG_ERROR as isize,
    Warn = raw::LOG_WARN as isize,
    Info = raw::LOG_INFO as isize,
    Debug = raw::LOG_DEBUG as isize,
}

/// The host of one instance. Clones are cheap and may go to other threads. Join these in `Drop` of
/// your handler: what they log after it is lost.
#[derive(Clone)]
pub struct Host {
    gate: Arc<Gate>,
    pipeline: Arc<str>,
    version: Arc<str>,
}

impl Host {
    /// # Safety
    /// As `Gate::open`.
    pub(crate) unsafe fn open(table: *const raw::Host) -> Host {
        let text = |text| -> Arc<str> { CStr::from_ptr(text).to_string_lossy().into() };
        Host {
            gate: Gate::open(table),
            pipeline: text((*table).pipeline),
            version: text((*table).host_version),
        }
    }

    pub(crate) fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    pub(crate) fn close(&self) {
        self.gate.close();
    }

    /// Name of the pipeline in the configuration.
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// Version of the host: `0.1.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Writes one log line. Never log keys, payloads or secrets.
    pub fn log(&self, level: Level, text: &str) {
        // SAFETY: the gate keeps the table valid; the text is copied during the call.
        self.gate.with(|table| unsafe {
            ((*table).log)(table, level as i32, text.as_ptr().cast(), text.len());
        });
    }

    pub fn error(&self, text: &str) {
        self.log(Level::Error, text);
    }
    pub fn warn(&self, text: &str) {
        self.log(Level::Warn, text);
    }
    pub fn info(&self, text: &str) {
        self.log(Level::Info, text);
    }
    pub fn debug(&self, text: &str) {
        self.log(Level::Debug, text);
    }

    /// Ask before you build an expensive text.
    pub fn log_enabled(&self, level: Level) -> bool {
        // SAFETY: the gate keeps the table valid.
        let enabled = self
            .gate
            .with(|table| unsafe { ((*table).log_enabled)(table, level as i32) != 0 });
        enabled.unwrap_or(false)
    }

    /// Shown at `/metrics` as `tidegate_plugin_<name>`. Call in [`Handler::new`] only. The name
    /// ends in `_total`; the host logs why it refuses one, and then the counter counts nothing.
    ///
    /// [`Handler::new`]: crate::Handler::new
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        Counter::define(self, name, help)
    }

    /// As [`Host::counter`], with any name.
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        Gauge::define(self, name, help)
    }

    /// As [`Host::counter`], with a name that ends in `_seconds` or `_bytes`, for the buckets.
    pub fn histogram(&self, name: &str, help: &str) -> Histogram {
        Histogram::define(self, name, help)
    }

    /// A service of the host by its id, which ends in `\0`; null when it has none.
    pub(crate) fn extension(&self, id: &'static str) -> *const c_void {
        debug_assert!(id.ends_with('\0'));
        // SAFETY: the gate keeps the table valid; the id ends in NUL.
        let found = self
            .gate
            .with(|table| unsafe { ((*table).get_extension)(table, id.as_ptr().cast()) });
        found.unwrap_or(std::ptr::null())
    }
}
