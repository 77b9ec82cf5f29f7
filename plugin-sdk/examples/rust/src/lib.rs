// SPDX-License-Identifier: Apache-2.0
//! Sends each message on, in capitals, to the topic `shouted`. What is no UTF-8 is a dead letter by
//! way of an error; a message "outage" makes its partition wait.

use std::str::Utf8Error;
use std::time::Duration;
use tidegate_plugin::{
    tidegate_plugin, Batch, Counter, Emit, HandleBatch, Handler, Host, Message, Outcome, Outcomes,
    Output,
};

struct Shout {
    emit: Emit,
    shouted: Counter,
}

fn capitals(value: &[u8]) -> Result<String, Utf8Error> {
    Ok(std::str::from_utf8(value)?.to_uppercase())
}

impl Handler for Shout {
    fn new(host: &Host, config: &str) -> Result<Self, String> {
        if config != "{}" {
            return Err("shout takes no configuration".into());
        }
        host.info("shout is ready");
        Ok(Shout {
            emit: Emit::new(host)?,
            shouted: host.counter("shout_messages_total", "Messages that were sent on."),
        })
    }

    fn handle(&mut self, message: &Message) -> Outcome {
        let text = match message.value().map(capitals) {
            None => return Outcome::drop("a tombstone"),
            Some(Err(error)) => return Outcome::dead_letter(error.to_string()),
            Some(Ok(text)) => text,
        };
        if text == "OUTAGE" {
            return Outcome::pause(Duration::from_secs(5), "nobody listens");
        }
        let output = Output {
            key: message.key(),
            ..Output::new("shouted", text.as_bytes())
        };
        // It goes out when the answer is ok, and only then. Refused: the attempt has failed.
        self.shouted.increment();
        self.emit.send(message, &output).into()
    }
}

// Optional: many messages in one call. Found by tidegate_plugin!.
impl HandleBatch for Shout {
    fn handle_batch(&mut self, batch: &Batch, outcomes: &mut Outcomes) {
        for (index, message) in batch.iter().enumerate() {
            outcomes.set(index, self.handle(&message));
        }
    }
}

tidegate_plugin!(Shout, "shout", "1.0.0");

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_plugin::testing::{self, Plugin};

    #[test]
    fn sends_capitals_with_the_key() {
        let mut plugin = Plugin::load(&tidegate_plugin_v1, "{}").unwrap();
        let message = testing::Message {
            key: Some(b"k".to_vec()),
            ..testing::Message::of("quiet")
        };
        assert_eq!(plugin.handle(&message), Outcome::Ok);
        let sent = plugin.take_sent();
        assert_eq!(sent[0].topic, "shouted");
        assert_eq!(sent[0].value, Some(b"QUIET".to_vec()));
        assert_eq!(sent[0].key, Some(b"k".to_vec()));
        assert_eq!(plugin.metric("shout_messages_total"), Some(1.0));
    }

    #[test]
    fn what_is_no_text_is_a_dead_letter() {
        let mut plugin = Plugin::load(&tidegate_plugin_v1, "{}").unwrap();
        let answer = plugin.handle(&testing::Message::of(b"\xff"));
        assert!(matches!(
            answer,
            testing::Answer::Given(Outcome::DeadLetter(_))
        ));
    }
}
