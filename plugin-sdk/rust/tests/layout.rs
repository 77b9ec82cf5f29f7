// SPDX-License-Identifier: Apache-2.0
//! Every struct and constant of `raw` is what the contract's golden file says. The file is compared
//! whole: what it has and this test does not, is a failure.

use std::mem::{size_of, MaybeUninit};
use std::ptr::addr_of;
use tidegate_plugin::identity::{length, Note};
use tidegate_plugin::raw;

const GOLDEN: &str = include_str!("../../abi/1.0/plugin.golden");

macro_rules! layout {
    ($lines:ident, $name:literal, $type:ty, [$($field:ident),*]) => {{
        $lines.push(format!("struct {} size {}", $name, size_of::<$type>()));
        let place = MaybeUninit::<$type>::uninit();
        let start = place.as_ptr();
        $({
            // SAFETY: only the address of the field is taken.
            let field = unsafe { addr_of!((*start).$field) };
            let at = field as usize - start as usize;
            let size = size_of_pointee(field);
            $lines.push(format!("  {}.{} at {} size {}", $name, stringify!($field), at, size));
        })*
    }};
}

fn size_of_pointee<T>(_: *const T) -> usize {
    size_of::<T>()
}

fn structs() -> Vec<String> {
    let mut lines = Vec::new();
    layout!(lines, "tidegate_bytes", raw::Bytes, [data, size]);
    layout!(lines, "tidegate_header", raw::Header, [name, value]);
    layout!(
        lines,
        "tidegate_message",
        raw::Message,
        [
            struct_size,
            flags,
            topic,
            key,
            value,
            offset,
            timestamp_ms,
            partition,
            attempt,
            deadline_ns
        ]
    );
    layout!(
        lines,
        "tidegate_result",
        raw::Result,
        [struct_size, delay_ms, reason, reason_capacity, reason_size]
    );
    layout!(
        lines,
        "tidegate_host",
        raw::Host,
        [
            struct_size,
            abi_minor,
            context,
            host_version,
            pipeline,
            log,
            log_enabled,
            headers,
            get_extension
        ]
    );
    layout!(
        lines,
        "tidegate_plugin",
        raw::Plugin,
        [
            struct_size,
            flags,
            create,
            destroy,
            handle,
            handle_batch,
            get_extension
        ]
    );
    layout!(
        lines,
        "tidegate_metrics",
        raw::Metrics,
        [struct_size, define, record]
    );
    layout!(
        lines,
        "tidegate_output",
        raw::Output,
        [
            struct_size,
            partition,
            timestamp_ms,
            topic,
            key,
            value,
            headers,
            header_count
        ]
    );
    layout!(lines, "tidegate_emit", raw::Emit, [struct_size, emit]);
    lines
}

fn numbers() -> Vec<String> {
    macro_rules! number {
        ($($name:ident),*) => { vec![$((stringify!($name), i64::from(raw::$name))),*] };
    }
    let all = number!(
        ABI_MAJOR,
        ABI_MINOR,
        MESSAGE_SUSPECT,
        NOT_ATTEMPTED,
        OK,
        FALSE,
        FAIL,
        RETRY_AFTER,
        DEAD_LETTER,
        DROP,
        PAUSE,
        EXCEPTION,
        LOG_ERROR,
        LOG_WARN,
        LOG_INFO,
        LOG_DEBUG,
        THREAD_SAFE,
        METRIC_COUNTER,
        METRIC_GAUGE,
        METRIC_HISTOGRAM
    );
    all.iter()
        .map(|(name, value)| format!("number TIDEGATE_{} {}", name, value))
        .collect()
}

// A line without the C declaration at its end.
fn golden(beginnings: &[&str]) -> Vec<String> {
    GOLDEN
        .lines()
        .filter(|line| {
            beginnings
                .iter()
                .any(|beginning| line.starts_with(beginning))
        })
        .map(|line| line.split(": ").next().unwrap().to_owned())
        .collect()
}

#[test]
fn structs_lie_as_the_contract_says() {
    assert_eq!(structs(), golden(&["struct ", "  "]));
}

#[test]
fn constants_are_the_contracts() {
    assert_eq!(numbers(), golden(&["number "]));
    let texts = [
        "text TIDEGATE_ENTRY tidegate_plugin_v1".to_owned(),
        format!(
            "text TIDEGATE_EXTENSION_METRICS {}",
            raw::EXTENSION_METRICS.trim_end_matches('\0')
        ),
        format!(
            "text TIDEGATE_EXTENSION_EMIT {}",
            raw::EXTENSION_EMIT.trim_end_matches('\0')
        ),
    ];
    assert_eq!(texts.to_vec(), golden(&["text "]));
}

#[test]
fn note_is_the_contracts() {
    const PARTS: &[&str] = &["abi=1.0\n", "name=n\n"];
    static NOTE: Note<{ length(PARTS) }> = Note::new(PARTS);
    assert_eq!(NOTE.text(), b"abi=1.0\nname=n\n\0");
    let start = &NOTE as *const _ as *const u8;
    // SAFETY: the note has three words and an owner of twelve bytes before its text.
    let head = unsafe { std::slice::from_raw_parts(start, 24) };
    let word = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().unwrap());
    assert_eq!(
        (word(0), word(4), word(8)),
        (9, NOTE.text().len() as u32, 1)
    );
    assert_eq!(&head[12..], b"TIDEGATE\0\0\0\0");
}
