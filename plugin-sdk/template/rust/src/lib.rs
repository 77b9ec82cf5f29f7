// SPDX-License-Identifier: Apache-2.0
//! A handler with state, configuration and a metric. It accepts a message whose value is not longer
//! than a limit; replace `handle` by what your messages need.

use tidegate_plugin::{tidegate_plugin, Handler, Histogram, Host, Message, Outcome};

struct Plugin {
    max_bytes: usize,
    value_bytes: Histogram,
}

/// Reads `{"max_bytes": 1000}`. For more than a number take a crate: a plugin may use any.
fn parse_max_bytes(config: &str) -> Result<usize, String> {
    let number = match config.split_once("\"max_bytes\":") {
        None => return Ok(1_000_000),
        Some((_, rest)) => rest.split(&[',', '}'][..]).next().unwrap_or_default(),
    };
    let parsed = number.trim().parse();
    parsed.map_err(|_| "max_bytes: a whole number is needed".into())
}

impl Handler for Plugin {
    // An error here stops the pipeline from starting; the operator reads its text.
    fn new(host: &Host, config: &str) -> Result<Self, String> {
        let max_bytes = parse_max_bytes(config)?;
        host.info(&format!("ready for values up to {max_bytes} bytes"));
        let help = "Size of the values that were accepted.";
        let value_bytes = host.histogram("my_plugin_value_bytes", help);
        Ok(Plugin {
            max_bytes,
            value_bytes,
        })
    }

    // One call at a time per handler, and one handler per slot.
    fn handle(&mut self, message: &Message) -> Outcome {
        let value = match message.value() {
            None => return Outcome::drop("a tombstone"),
            Some(value) => value,
        };
        if value.len() > self.max_bytes {
            return Outcome::dead_letter("too large");
        }
        // Do your work here. A panic counts as a failure; the pipeline's policy decides.
        self.value_bytes.observe(value.len() as f64);
        Outcome::Ok
    }
}

tidegate_plugin!(Plugin, "my-plugin", "0.1.0");

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_plugin::testing;

    #[test]
    fn long_values_are_dead_letters() {
        let mut plugin = testing::Plugin::load(&tidegate_plugin_v1, r#"{"max_bytes": 5}"#).unwrap();
        let answer = plugin.handle(&testing::Message::of("12345"));
        assert_eq!(answer, Outcome::Ok);
        let answer = plugin.handle(&testing::Message::of("123456"));
        assert_eq!(answer, Outcome::dead_letter("too large"));
        let answer = plugin.handle(&testing::Message::tombstone());
        assert_eq!(answer, Outcome::drop("a tombstone"));
        assert_eq!(plugin.metric("my_plugin_value_bytes"), Some(5.0));
    }

    #[test]
    fn limit_that_is_no_number_is_refused() {
        let config = r#"{"max_bytes": "x"}"#;
        let refused = testing::Plugin::load(&tidegate_plugin_v1, config).err();
        assert_eq!(
            refused.as_deref(),
            Some("max_bytes: a whole number is needed")
        );
    }
}
