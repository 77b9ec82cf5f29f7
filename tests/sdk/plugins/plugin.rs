// SPDX-License-Identifier: Apache-2.0
//
// A plugin in Rust, with the crate. It answers as plugin.cpp does; "throw" panics.
use tidegate_plugin::{tidegate_plugin, Counter, Handler, Host, Message, Outcome};

struct Example {
    seen: Counter,
}

impl Handler for Example {
    fn new(host: &Host, config: &str) -> Result<Self, String> {
        if config != "{}" {
            return Err("no configuration is known".into());
        }
        host.info(&format!("example is ready for {}", host.pipeline()));
        Ok(Example {
            seen: host.counter("example_seen_total", "Messages seen."),
        })
    }

    fn handle(&mut self, message: &Message) -> Outcome {
        self.seen.increment();
        match message.value() {
            None => Outcome::drop("tombstone"),
            Some(b"bad") => Outcome::fail("bad value"),
            Some(b"throw") => panic!("thrown on purpose"),
            Some(b"headers") => last_trace_is(message, b"last").into(),
            Some(_) => Outcome::Ok,
        }
    }
}

fn last_trace_is(message: &Message, expected: &[u8]) -> bool {
    let trace = message.headers().ok().and_then(|headers| headers.find("trace"));
    trace.and_then(|header| header.value) == Some(expected)
}

tidegate_plugin!(Example, "rust-example", "1.0.0");
