# SPDX-License-Identifier: Apache-2.0
"""What plugin.hpp makes of answers, exceptions and configurations; what it does not let an author write."""

from __future__ import annotations

import subprocess

import pytest
from conftest import REFUSED

NOT_ATTEMPTED, OK, FALSE, FAIL, RETRY_AFTER, DEAD_LETTER, DROP, PAUSE, EXCEPTION = range(-1, 8)
NAMED = [{"value": name} for name in ("ok", "fail", "retry_after", "dead_letter", "drop", "pause", "true", "false")]
REASON_BYTES = 64  # the driver's buffer


@pytest.fixture
def plugin_of(compile_plugin, tmp_path):
    def compile_text(text: str, *, form: str):
        source = tmp_path / "plugin.cpp"
        source.write_text(f"#include <tidegate/plugin.hpp>\n#include <stdexcept>\n#include <string>\n{text}\n{form}\n")
        return compile_plugin(source)
    return compile_text


FUNCTION = 'TIDEGATE_PLUGIN(handle, "test", "1")'
CLASS = 'TIDEGATE_PLUGIN_CLASS(Test, "test", "1")'


def test_each_answer_has_its_status_delay_and_reason(plugin_of, drive):
    plugin = plugin_of("""
        tidegate::Result handle(const tidegate::Message& message) {
          using tidegate::Result;
          if (message.value() == "ok") return Result::ok();
          if (message.value() == "fail") return Result::fail("a");
          if (message.value() == "retry_after") return Result::retry_after(5, "b");
          if (message.value() == "dead_letter") return Result::dead_letter("c");
          if (message.value() == "drop") return Result::drop("d");
          if (message.value() == "pause") return Result::pause(7, "e");
          return message.value() == "true";
        }""", form=FUNCTION)
    ran = drive(plugin, messages=NAMED)
    assert ran.statuses() == [OK, FAIL, RETRY_AFTER, DEAD_LETTER, DROP, PAUSE, OK, FALSE]
    assert ran.reasons() == ["", "a", "b", "c", "d", "e", "", ""]
    assert [answer["delay_ms"] for answer in ran.answers if answer["call"] == "handle"] == [0, 0, 5, 0, 0, 7, 0, 0]


def test_exception_of_any_type_is_an_answer(plugin_of, drive):
    plugin = plugin_of("""
        bool handle(const tidegate::Message& message) {
          if (message.value() == "standard") throw std::runtime_error("what happened");
          throw 42;
        }""", form=FUNCTION)
    ran = drive(plugin, messages=[{"value": "standard"}, {"value": "number"}])
    assert ran.statuses() == [EXCEPTION, EXCEPTION]
    assert ran.reasons() == ["what happened", "an exception that is not a std::exception"]


def test_long_reason_is_cut_between_characters(plugin_of, drive):
    plugin = plugin_of("""
        tidegate::Result handle(const tidegate::Message& message) {
          return tidegate::Result::fail(message.value());
        }""", form=FUNCTION)
    ran = drive(plugin, messages=[{"value": "x" + "ü" * 100}, {"value": "y" * REASON_BYTES}])
    assert ran.reasons() == ["x" + "ü" * 31, "y" * REASON_BYTES]


def test_batch_that_throws_leaves_the_rest_unanswered(plugin_of, drive):
    plugin = plugin_of("""
        class Test {
         public:
          bool handle(const tidegate::Message&) { return true; }
          void handle_batch(const tidegate::Batch& batch, tidegate::Results& results) {
            for (std::size_t i = 0; i < batch.size(); ++i) {
              if (batch[i].value() == "throw") throw std::runtime_error("stuck here");
              if (batch[i].value() != "skip") results[i] = batch[i].value() == "true";
            }
          }
        };""", form=CLASS)
    values = ["true", "false", "skip", "true", "throw", "true"]
    ran = drive(plugin, messages=[{"value": value} for value in values])
    assert ran.statuses("batch") == [OK, FALSE, NOT_ATTEMPTED, OK, NOT_ATTEMPTED, NOT_ATTEMPTED]
    assert ran.reasons("batch") == ["", "", "stuck here", "", "", ""]
    assert ran.answer("handle_batch")["status"] == EXCEPTION
    assert drive(plugin, messages=[{"value": "true"}]).answer("handle_batch")["status"] == OK


def test_function_form_has_batches_too(plugin_of, drive):
    plugin = plugin_of("""
        bool handle(const tidegate::Message&) { return false; }
        void handle_batch(const tidegate::Batch& batch, tidegate::Results& results) {
          std::size_t bytes = 0;
          for (const tidegate::Message message : batch) bytes += message.value().size();
          results.fill(bytes == 3);
        }""", form='TIDEGATE_PLUGIN_BATCH(handle, handle_batch, "test", "1")')
    ran = drive(plugin, messages=[{"value": "a"}, {"value": "bc"}])
    assert (ran.statuses(), ran.statuses("batch")) == ([FALSE, FALSE], [OK, OK])


@pytest.mark.parametrize("text", [
    "bool handle(const tidegate::Message&) { return true; }",
    "class Test { public: bool handle(const tidegate::Message&) { return true; } };",
], ids=["function", "class"])
def test_configuration_that_nobody_reads_is_refused(text, plugin_of, drive):
    plugin = plugin_of(text, form=CLASS if "class" in text else FUNCTION)
    assert drive(plugin).code == 0
    ran = drive(plugin, {"table": "orders"})
    assert ran.code == REFUSED and "takes no configuration" in ran.errors


def test_constructor_gets_host_and_configuration(plugin_of, drive):
    plugin = plugin_of("""
        class Test {
         public:
          Test(tidegate::Host host, std::string_view config_json)
              : text_(std::string(host.pipeline()) + std::string(config_json)) {
            if (host.version().empty() || host.raw().abi_minor != TIDEGATE_ABI_MINOR) throw 1;
          }
          tidegate::Result handle(const tidegate::Message&) { return tidegate::Result::fail(text_); }
         private:
          const std::string text_;
        };""", form=CLASS)
    assert drive(plugin, {"a": 1}, [{"value": ""}]).reasons() == ['driver{"a": 1}']


def test_message_shows_all_it_has(plugin_of, drive):
    plugin = plugin_of("""
        bool handle(const tidegate::Message& message) {
          const auto headers = message.headers();
          return message.topic() == "orders" && message.partition() == 3 && message.offset() == 17 &&
                 message.timestamp_ms() == 1700000000000 && message.attempt() == 4 && !message.suspect() &&
                 !message.deadline() && !message.has_key() && message.has_value() && message.value().empty() &&
                 headers.size() == 2 && headers.find("a")->value == "2" && !headers.find("b");
        }""", form=FUNCTION)
    message = {"value": "", "key": None, "offset": 17, "attempt": 4, "headers": [["a", "1"], ["a", "2"]]}
    assert drive(plugin, messages=[message]).statuses() == [OK]


@pytest.mark.parametrize(("member", "expected"), [("", False), ("static constexpr bool kThreadSafe = true;", True)])
def test_class_opts_in_to_concurrent_calls(member, expected, plugin_of, drive):
    plugin = plugin_of(f"class Test {{ public: {member} bool handle(const tidegate::Message&) {{ return true; }} }};",
                       form=CLASS)
    assert drive(plugin).answer("table")["thread_safe"] is expected


@pytest.mark.parametrize(("text", "complaint"), [
    ("int handle(const tidegate::Message&) { return 1; }", "returns bool or tidegate::Result"),
    ('tidegate::Result handle(const tidegate::Message&) { return "bad"; }', "could not convert"),
    ("class Test { public: bool handle(const tidegate::Message&) { return true; }\n"
     "void handle_batch(tidegate::Batch&) {} };", "handle_batch(const tidegate::Batch&, tidegate::Results&)"),
    ("class Test { public: explicit Test(int) {} bool handle(const tidegate::Message&) { return true; } };",
     "has a constructor"),
], ids=["number", "text", "batch", "constructor"])
def test_mistakes_do_not_compile(text, complaint, sdk, tmp_path):
    source = tmp_path / "plugin.cpp"
    source.write_text(f"#include <tidegate/plugin.hpp>\n{text}\n{CLASS if 'class' in text else FUNCTION}\n")
    done = subprocess.run(["g++", "-std=c++17", "-fsyntax-only", "-I", sdk / "include", source], capture_output=True,
                          text=True, check=False)
    assert done.returncode != 0 and complaint in done.stderr
