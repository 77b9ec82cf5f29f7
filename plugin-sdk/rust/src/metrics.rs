// SPDX-License-Identifier: Apache-2.0
//! Metrics of the plugin's own, `tidegate.metrics/1`. One that the host refused, or does not offer,
//! takes its values and shows nothing: a plugin does not fail for its metrics.

use crate::host::{Gate, Host};
use crate::raw;
use std::ffi::CString;
use std::sync::Arc;

struct Metric {
    gate: Arc<Gate>,
    service: *const raw::Metrics,
    id: i32,
}

// SAFETY: the service's functions may be called from every thread while the gate is open, and are
// called through the gate only.
unsafe impl Send for Metric {}
unsafe impl Sync for Metric {}

impl Metric {
    fn define(host: &Host, kind: i32, name: &str, help: &str) -> Metric {
        let service: *const raw::Metrics = host.extension(raw::EXTENSION_METRICS).cast();
        let define = |name: CString, help: CString| {
            // SAFETY: the gate keeps table and service valid; both texts end in NUL.
            let id = host.gate().with(|table| unsafe {
                ((*service).define)(table, kind, name.as_ptr(), help.as_ptr())
            });
            id.unwrap_or(-1)
        };
        let id = match (CString::new(name), CString::new(help)) {
            (Ok(name), Ok(help)) if !service.is_null() => define(name, help),
            _ => -1,
        };
        Metric {
            gate: host.gate().clone(),
            service,
            id,
        }
    }

    fn record(&self, value: f64) {
        if self.id < 0 {
            return;
        }
        // SAFETY: the gate keeps table and service valid; an id came from a service that is there.
        self.gate
            .with(|table| unsafe { ((*self.service).record)(table, self.id, value) });
    }
}

/// Only grows.
pub struct Counter(Metric);

/// Goes up and down.
pub struct Gauge(Metric);

/// Counts observations by their size.
pub struct Histogram(Metric);

impl Counter {
    pub(crate) fn define(host: &Host, name: &str, help: &str) -> Counter {
        Counter(Metric::define(host, raw::METRIC_COUNTER, name, help))
    }

    pub fn increment(&self) {
        self.add(1.0);
    }

    /// `value` is not negative.
    pub fn add(&self, value: f64) {
        self.0.record(value);
    }
}

impl Gauge {
    pub(crate) fn define(host: &Host, name: &str, help: &str) -> Gauge {
        Gauge(Metric::define(host, raw::METRIC_GAUGE, name, help))
    }

    pub fn set(&self, value: f64) {
        self.0.record(value);
    }
}

impl Histogram {
    pub(crate) fn define(host: &Host, name: &str, help: &str) -> Histogram {
        Histogram(Metric::define(host, raw::METRIC_HISTOGRAM, name, help))
    }

    pub fn observe(&self, value: f64) {
        self.0.record(value);
    }
}
