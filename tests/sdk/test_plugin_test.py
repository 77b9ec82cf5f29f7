# SPDX-License-Identifier: Apache-2.0
"""`tidegate plugin test`: each message of a file, and what the handler answers."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from conftest import REFUSED

ECHO = r"""
#include <tidegate/plugin.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
class Echo {
 public:
  Echo(tidegate::Host host, std::string_view config) : emit_(host), config_(config) {
    if (config.find("refuse") != std::string_view::npos) throw std::string("refused");
  }
  tidegate::Result handle(const tidegate::Message& message) {
    using tidegate::Result;
    const std::string_view value = message.value();
    if (value == "drop") return Result::drop("not needed");
    if (value == "later") return Result::retry_after(50, "busy");
    if (value == "false") return false;
    if (value == "throw") throw std::runtime_error("thrown");
    if (value == "send") return emit_(message, {"copies", message.key(), value});
    if (value == "send badly") {
      emit_(message, {"", message.key(), value});
      return true;
    }
    std::string seen = std::string(message.topic()) + "/" + std::to_string(message.partition()) + "@" +
                       std::to_string(message.offset()) + " attempt " + std::to_string(message.attempt());
    seen += " key " + (message.has_key() ? hex(message.key()) : "none");
    seen += " value " + (message.has_value() ? hex(value) : "none");
    for (const auto& header : message.headers())
      seen += " " + std::string(header.name) + "=" + hex(header.value);
    return Result::fail(seen + " config " + config_);
  }
 private:
  static std::string hex(std::string_view bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  }
  tidegate::Emit emit_;
  std::string config_;
};
TIDEGATE_PLUGIN_CLASS(Echo, "echo", "1.0.0")
"""


@pytest.fixture
def echo(plugin_of) -> Path:
    return plugin_of(ECHO)


def answers(done) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_message_gets_one_line_with_its_answer(echo, messages, tidegate):
    path = messages({"value": "drop"}, {"value": "later"}, {"value": "false"}, {"value": "throw"},
                    {"key": "k", "value": "send"}, {"value": "send badly"})
    done = tidegate("plugin", "test", echo, "--messages", path, "--format", "json")
    assert done.returncode == 0, done.stderr
    lines = answers(done)
    assert [line["answer"] for line in lines] == ["drop", "retry_after", "false", "exception", "ok", "emit"]
    assert [line["reason"] for line in lines[:4]] == ["not needed", "busy", "", "thrown"]
    assert lines[1]["delay_ms"] == 50 and [line["line"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[4]["sent"] == [{"topic": "copies", "key": "k", "value": "send"}]
    text = tidegate("plugin", "test", echo, "--messages", path)
    assert len(text.stdout.splitlines()) == 6 and "retry_after" in text.stdout and "after 50 ms" in text.stdout
    assert "6 messages: 1 drop, 1 emit, 1 exception, 1 false, 1 ok, 1 retry_after" in text.stderr


def seen_by(echo, messages, tidegate, message: dict | str, *options: str) -> str:
    done = tidegate("plugin", "test", echo, "--messages", messages(message), "--format", "json", *options)
    assert done.returncode == 0, done.stderr
    line, = answers(done)
    return line["reason"]


def test_bytes_can_be_written_as_text_base64_or_hex(echo, messages, tidegate):
    everything = bytes(range(256))
    for message, key, value in [
        ({"key": "ü", "value": "a\u0000b"}, "c3bc", "610062"),
        ({"key_base64": base64.b64encode(everything).decode(), "value_base64": "AA"}, everything.hex(), "00"),
        ({"key_hex": "00fF", "value_hex": ""}, "00ff", ""),
        ({"key": None, "value": None}, "none", "none"),
        ({}, "none", "none"),
        ({"key": "", "value": {"id": 7, "tags": ["a"]}}, "", b'{"id":7,"tags":["a"]}'.hex()),
        ({"value": 7}, "none", "37"),
    ]:
        seen = seen_by(echo, messages, tidegate, message)
        assert f" key {key} value {value} " in seen, message


def test_place_attempt_and_headers_are_what_was_written(echo, messages, tidegate):
    seen = seen_by(echo, messages, tidegate, {
        "topic": "orders.v1", "partition": 3, "offset": 12, "attempt": 4, "value": "v",
        "headers": [{"name": "a", "value": "1"}, {"name": "b", "value_hex": "00ff"}, {"name": "a", "value": None}]})
    assert seen.startswith("orders.v1/3@12 attempt 4 ") and " a=31 b=00ff a= config" in seen
    assert " h=31 config" in seen_by(echo, messages, tidegate, {"value": "v", "headers": {"h": "1"}})


def test_configuration_is_json_or_toml_from_a_file_or_as_it_stands(echo, messages, tidegate, tmp_path):
    (tmp_path / "config.toml").write_text('table = "orders"\n[limits]\nrows = 3\n')
    (tmp_path / "config.json").write_text('{"table": "orders", "limits": {"rows": 3}}')
    for config in ("config.toml", "config.json", '{"table": "orders", "limits": {"rows": 3}}',
                   'table = "orders"\nlimits.rows = 3'):
        seen = seen_by(echo, messages, tidegate, {"value": "v"}, "--config", config)
        assert json.loads(seen.split(" config ")[1]) == {"table": "orders", "limits": {"rows": 3}}, config
    for config, complaint in [("no-such-file.toml", "no such file"), ("a = ", "--config:1:"),
                              ("[1", "--config"), ('{"a": ', "--config")]:
        done = tidegate("plugin", "test", echo, "--messages", messages({"value": "v"}), "--config", config)
        assert done.returncode == 1 and complaint in done.stderr, config


def test_expected_answers_are_compared(echo, messages, tidegate):
    good = messages({"value": "drop", "expect": "drop"}, {"value": "x", "expect": "fail"}, {"value": "false"})
    assert tidegate("plugin", "test", echo, "--messages", good).returncode == 0
    bad = messages({"value": "drop", "expect": "ok"}, {"value": "x", "expect": "fail"})
    done = tidegate("plugin", "test", echo, "--messages", bad)
    assert done.returncode == 1
    assert "EXPECTED ok" in done.stdout and "1 not answered as expected" in done.stderr


@pytest.mark.parametrize(("line", "complaint"), [
    ("text", "no JSON object"),
    ('{"valeu": "x"}', 'no key "valeu"'),
    ('{"value": "x", "value_hex": "00"}', "more than one form"),
    ('{"value_hex": "0"}', "two digits a byte"),
    ('{"value_base64": "?"}', "not base64"),
    ('{"partition": -1}', "whole number from 0"),
    ('{"attempt": "2"}', "whole number from 1"),
    ('{"headers": 1}', "neither an object nor a list"),
    ('{"expect": "good"}', "none of ok, false"),
])
def test_mistakes_of_the_file_are_shown_with_their_line(line, complaint, echo, messages, tidegate):
    done = tidegate("plugin", "test", echo, "--messages", messages({"value": "x"}, "# a comment", "", line))
    assert done.returncode == 1 and done.stdout == ""
    assert "messages.jsonl:4: " in done.stderr and complaint in done.stderr


def test_messages_come_from_standard_input_too(echo, tidegate):
    done = tidegate("plugin", "test", echo, "--messages", "-", standard_input='{"value": "drop"}\n')
    assert done.returncode == 0 and "drop" in done.stdout
    assert tidegate("plugin", "test", echo, "--messages", "-", standard_input="").returncode == 1


def test_batches_go_through_handle_batch(plugin_of, messages, tidegate):
    plugin = plugin_of("""
#include <tidegate/plugin.hpp>
#include <string>
bool handle(const tidegate::Message&) { return false; }
void handle_batch(const tidegate::Batch& batch, tidegate::Results& results) {
  for (std::size_t i = 0; i < batch.size(); ++i)
    results[i] = tidegate::Result::drop(std::to_string(batch.size()));
}
TIDEGATE_PLUGIN_BATCH(handle, handle_batch, "batching", "1.0.0")
""")
    path = messages(*[{"value": "x"}] * 5)
    single = answers(tidegate("plugin", "test", plugin, "--messages", path, "--format", "json"))
    assert [line["answer"] for line in single] == ["false"] * 5
    batched = answers(tidegate("plugin", "test", plugin, "--messages", path, "--format", "json", "--batch", "3"))
    assert [(line["answer"], line["reason"]) for line in batched] == [("drop", "3")] * 3 + [("drop", "2")] * 2


def test_plugin_that_cannot_be_created_is_refused(echo, messages, tidegate):
    done = tidegate("plugin", "test", echo, "--messages", messages({"value": "x"}), "--config", "refuse = true")
    assert done.returncode == REFUSED and "could not be created" in done.stderr


def test_line_before_a_crash_is_there(plugin_of, messages, tidegate):
    plugin = plugin_of("""
#include <tidegate/plugin.hpp>
#include <cstdlib>
bool handle(const tidegate::Message& message) { if (message.value() == "crash") std::abort(); return true; }
TIDEGATE_PLUGIN(handle, "crashes", "1.0.0")
""")
    done = tidegate("plugin", "test", plugin, "--messages", messages({"value": "x"}, {"value": "crash"}))
    assert done.returncode < 0 and len(done.stdout.splitlines()) == 1
