// SPDX-License-Identifier: Apache-2.0
//! Handlers for Tidegate, a Kafka consumer host, as shared libraries.
//!
//! ```
//! use tidegate_plugin::{tidegate_plugin, Handler, Host, Message, Outcome};
//!
//! struct Orders;
//!
//! impl Handler for Orders {
//!     fn new(_host: &Host, _config: &str) -> Result<Self, String> {
//!         Ok(Orders)
//!     }
//!     fn handle(&mut self, message: &Message) -> Outcome {
//!         (message.value() != Some(b"bad")).into()
//!     }
//! }
//!
//! tidegate_plugin!(Orders, "orders", "1.4.2");
//! # fn main() {}
//! ```
//!
//! A panic is an answer too: the attempt has failed, its text is the reason. Nothing of Rust
//! crosses into the host; what is `unsafe` here is the boundary itself, and each place says why it
//! holds.

mod batch;
mod emit;
mod fake_host;
mod fence;
mod host;
mod message;
mod metrics;
mod outcome;

#[doc(hidden)]
pub mod export;
#[doc(hidden)]
pub mod identity;
#[doc(hidden)]
pub mod raw;
pub mod testing;

pub use batch::{Batch, Outcomes};
pub use emit::{Emit, Output, Refused};
pub use host::{Host, Level};
pub use message::{DamagedHeaders, Header, Headers, Message};
pub use metrics::{Counter, Gauge, Histogram};
pub use outcome::Outcome;

/// A handler. The host makes one for each of its handler slots and never calls it twice at once;
/// calls may move between threads. It is dropped when the pipeline stops: join your threads there.
pub trait Handler: Sized + Send + 'static {
    /// `config` is the table `[pipelines.X.plugin.config]` as a JSON object, `{}` where there is
    /// none. An error, or a panic, keeps the pipeline from starting; the operator reads its text.
    fn new(host: &Host, config: &str) -> Result<Self, String>;

    fn handle(&mut self, message: &Message) -> Outcome;
}

/// A handler that takes many messages in one call. To implement it is enough; `tidegate_plugin!`
/// finds it.
pub trait HandleBatch: Handler {
    /// What has no answer when the call ends, or panics, is attempted again one by one.
    fn handle_batch(&mut self, batch: &Batch, outcomes: &mut Outcomes);
}

/// Exports a handler: its table and its identity. Once per plugin, in a crate with
/// `crate-type = ["cdylib"]`. Name and version: letters, digits, `.`, `_`, `-`, `+`.
#[macro_export]
macro_rules! tidegate_plugin {
    ($type:ty, $name:expr, $version:expr) => {
        #[cfg(panic = "abort")]
        compile_error!("a panic would end the host: take panic = \"abort\" out of the profile");

        const _: () = assert!(
            $crate::identity::is_word($name) && $crate::identity::is_word($version),
            "name and version are 1 to 64 letters, digits, '.', '_', '-', '+'"
        );

        #[no_mangle]
        #[allow(non_upper_case_globals)]
        pub static tidegate_plugin_v1: $crate::raw::Plugin = {
            #[allow(unused_imports)]
            use $crate::export::WithoutBatches;
            $crate::export::table::<$type>($crate::export::Probe::<$type>::HANDLE_BATCH)
        };

        const TIDEGATE_IDENTITY_TEXT: &[&str] = &[
            "abi=1.0\nneeds=0\nname=",
            $name,
            "\nversion=",
            $version,
            "\ncompiler=",
            $crate::identity::COMPILER,
            "\n",
        ];

        #[used]
        #[link_section = ".note.tidegate"]
        static TIDEGATE_IDENTITY_NOTE: $crate::identity::Note<
            { $crate::identity::length(TIDEGATE_IDENTITY_TEXT) },
        > = $crate::identity::Note::new(TIDEGATE_IDENTITY_TEXT);
    };
}
