// SPDX-License-Identifier: Apache-2.0
//! What the crate makes of answers, panics and configurations, through the exported table.

use std::sync::Mutex;
use std::time::Duration;
use tidegate_plugin::testing::{Answer, Message as Given, Plugin};
use tidegate_plugin::{
    tidegate_plugin, Batch, Counter, Emit, HandleBatch, Handler, Header, Host, Level, Message,
    Outcome, Outcomes, Output,
};

struct Test {
    host: Host,
    emit: Emit,
    seen: Counter,
    refused: Counter,
}

struct Breaks;

impl Drop for Breaks {
    fn drop(&mut self) {
        panic!("while the panic is dropped");
    }
}

impl Handler for Test {
    fn new(host: &Host, config: &str) -> Result<Self, String> {
        match config {
            "error" => return Err("asked to fail".into()),
            "panic" => panic!("asked to panic"),
            _ => {}
        }
        host.info(&format!("{} with {}", host.pipeline(), config));
        Ok(Test {
            host: host.clone(),
            emit: Emit::new(host)?,
            seen: host.counter("seen_total", "Messages seen."),
            refused: host.counter("refused", "A counter's name ends in _total."),
        })
    }

    fn handle(&mut self, message: &Message) -> Outcome {
        self.seen.increment();
        self.refused.increment();
        let second = Duration::from_micros(999_001);
        match message.value() {
            None => Outcome::drop("tombstone"),
            Some(b"false") => false.into(),
            Some(b"fail") => Outcome::fail("no"),
            Some(b"error") => Err::<(), _>("an error").into(),
            Some(b"retry_after") => Outcome::retry_after(second, "later"),
            Some(b"pause") => Outcome::pause(second, "busy"),
            Some(b"dead_letter") => Outcome::dead_letter("never"),
            Some(b"panic") => panic!("number {}", 7),
            Some(b"breaks") => std::panic::panic_any(Breaks),
            Some(b"long") => Outcome::fail("x".to_owned() + &"ü".repeat(600)),
            Some(b"fields") => fields(message).into(),
            Some(b"send") => self.send(message),
            Some(_) => Outcome::Ok,
        }
    }
}

fn fields(message: &Message) -> Result<(), String> {
    let headers = message.headers().map_err(|error| error.to_string())?;
    assert_eq!(headers.len(), 3);
    assert_eq!(headers.find("a").unwrap().value, Some(&b"2"[..]));
    assert_eq!(headers.find("b").unwrap().value, None);
    assert!(headers.find("c").is_none());
    assert_eq!(
        (message.topic(), message.partition(), message.offset()),
        ("orders", 3, 17)
    );
    assert_eq!((message.timestamp_ms(), message.attempt()), (None, 4));
    assert!(message.suspect() && message.deadline_ns().is_none() && message.key().is_none());
    Ok(())
}

impl Test {
    fn send(&self, message: &Message) -> Outcome {
        let headers = [Header {
            name: b"from",
            value: message.key(),
        }];
        let output = Output {
            key: message.key(),
            headers: &headers,
            ..Output::new("out", b"made")
        };
        if self
            .emit
            .send(message, &Output::new("", b"no topic"))
            .is_ok()
        {
            return Outcome::fail("an output without a topic was taken");
        }
        self.emit.send(message, &output).into()
    }
}

impl HandleBatch for Test {
    fn handle_batch(&mut self, batch: &Batch, outcomes: &mut Outcomes) {
        for (index, message) in batch.iter().enumerate() {
            if message.value() != Some(b"skip") {
                outcomes.set(index, self.handle(&message));
            }
        }
    }
}

impl Drop for Test {
    fn drop(&mut self) {
        self.host.info("dropped");
    }
}

tidegate_plugin!(Test, "test", "1.0.0");

fn load() -> Plugin {
    Plugin::load(&tidegate_plugin_v1, "{}").unwrap()
}

#[test]
fn each_answer_arrives_with_its_delay_and_reason() {
    let mut plugin = load();
    let second = Duration::from_secs(1); // rounded up to whole milliseconds
    for (value, outcome) in [
        ("ok", Outcome::Ok),
        ("false", Outcome::False),
        ("fail", Outcome::fail("no")),
        ("error", Outcome::fail("an error")),
        ("retry_after", Outcome::retry_after(second, "later")),
        ("pause", Outcome::pause(second, "busy")),
        ("dead_letter", Outcome::dead_letter("never")),
    ] {
        assert_eq!(plugin.handle(&Given::of(value)), outcome);
    }
    assert_eq!(
        plugin.handle(&Given::tombstone()),
        Outcome::drop("tombstone")
    );
    assert_eq!(plugin.metric("seen_total"), Some(8.0));
    assert_eq!(plugin.metric("refused"), None);
}

#[test]
fn panic_is_an_answer_and_the_instance_goes_on() {
    let mut plugin = load();
    assert_eq!(
        plugin.handle(&Given::of("panic")),
        Answer::Panicked("number 7".into())
    );
    assert_eq!(
        plugin.handle(&Given::of("breaks")),
        Answer::Panicked("a panic without a text".into())
    );
    assert_eq!(plugin.handle(&Given::of("ok")), Outcome::Ok);
}

#[test]
fn long_reason_is_cut_between_characters() {
    let reason = "x".to_owned() + &"ü".repeat(511);
    assert_eq!(load().handle(&Given::of("long")), Outcome::fail(reason));
}

#[test]
fn error_and_panic_of_new_are_its_reason() {
    let error = |config| Plugin::load(&tidegate_plugin_v1, config).err().unwrap();
    assert_eq!(error("error"), "asked to fail");
    assert_eq!(error("panic"), "asked to panic");
}

#[test]
fn message_shows_all_it_has() {
    let header = |name: &str, value: Option<&[u8]>| (name.to_owned(), value.map(<[u8]>::to_vec));
    let message = Given {
        topic: "orders".into(),
        partition: 3,
        offset: 17,
        timestamp_ms: -1,
        attempt: 4,
        suspect: true,
        headers: vec![
            header("a", Some(b"1")),
            header("a", Some(b"2")),
            header("b", None),
        ],
        ..Given::of("fields")
    };
    assert_eq!(load().handle(&message), Outcome::Ok);
}

#[test]
fn output_is_sent_with_all_it_has() {
    let mut plugin = load();
    let message = Given {
        key: Some(b"key".to_vec()),
        ..Given::of("send")
    };
    assert_eq!(plugin.handle(&message), Outcome::Ok);
    let sent = plugin.take_sent();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].topic.as_str(), sent[0].partition), ("out", -1));
    assert_eq!(sent[0].key, Some(b"key".to_vec()));
    assert_eq!(sent[0].value, Some(b"made".to_vec()));
    assert_eq!(
        sent[0].headers,
        [("from".to_owned(), Some(b"key".to_vec()))]
    );
}

#[test]
fn batch_answers_for_each_message() {
    let given = ["ok", "fail", "skip", "false"].map(Given::of);
    let answers = load().handle_batch(&given).unwrap();
    assert_eq!(answers[0], Outcome::Ok);
    assert_eq!(answers[1], Outcome::fail("no"));
    assert_eq!(answers[2], Answer::NotAttempted(String::new()));
    assert_eq!(answers[3], Outcome::False);
    assert!(load().handle_batch(&[]).unwrap().is_empty());
}

#[test]
fn batch_that_panics_leaves_the_rest_unanswered() {
    let answers = load()
        .handle_batch(&["ok", "panic", "ok"].map(Given::of))
        .unwrap();
    assert_eq!(answers[0], Outcome::Ok);
    assert_eq!(answers[1], Answer::NotAttempted("number 7".into()));
    assert_eq!(answers[2], Answer::NotAttempted(String::new()));
}

#[test]
fn handler_without_batches_exports_none() {
    struct Single;
    impl Handler for Single {
        fn new(_host: &Host, _config: &str) -> Result<Self, String> {
            Ok(Single)
        }
        fn handle(&mut self, _message: &Message) -> Outcome {
            Outcome::Ok
        }
    }
    use tidegate_plugin::export::{Probe, WithoutBatches};
    assert!(Probe::<Single>::HANDLE_BATCH.is_none());
    assert!(Probe::<Test>::HANDLE_BATCH.is_some());
}

static LATE: Mutex<Option<(Host, Counter)>> = Mutex::new(None);

#[test]
fn host_of_a_handler_that_is_gone_does_nothing() {
    struct Leaks;
    impl Handler for Leaks {
        fn new(host: &Host, _config: &str) -> Result<Self, String> {
            *LATE.lock().unwrap() = Some((host.clone(), host.counter("late_total", "")));
            Ok(Leaks)
        }
        fn handle(&mut self, _message: &Message) -> Outcome {
            Outcome::Ok
        }
    }
    static TABLE: tidegate_plugin::raw::Plugin = tidegate_plugin::export::table::<Leaks>(None);
    let plugin = Plugin::load(&TABLE, "{}").unwrap();
    let late = LATE.lock().unwrap().take().unwrap();
    assert!(late.0.log_enabled(Level::Info));
    drop(plugin); // the host's memory is gone
    late.0.info("too late");
    late.1.increment();
    assert!(!late.0.log_enabled(Level::Info));
    assert!(Emit::new(&late.0).is_err());
}
