// SPDX-License-Identifier: Apache-2.0
//
// Writes down what was handled and, where asked, every attempt, for tests that compare it with what
// was produced. A line is in the file before its message is answered, so that SIGKILL of the host
// loses no line (write(2) has handed it to the kernel). Line format and configuration: README.md.
// Thread rule: one object per slot.
#pragma once

#include <tidegate/plugin.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/ledger/fate.hpp"
#include "plugins/ledger/habit.hpp"

namespace ledger {

struct Config {
  explicit Config(std::string_view json);

  std::string path;
  std::chrono::microseconds delay{};  // per message
  std::string gate;                   // while this file exists, messages wait
  std::string gate_key;               // empty: all messages; else those of this key
  std::string outage;                 // while this file exists, every message fails
  std::string fail_on;                // empty: none; else messages of this value fail
  std::string attempts;               // empty: none; else the file of all attempts
  bool headers = false;               // obey the header `ledger`
  Verb fail_with = Verb::status;      // what `fail` in that header means
  bool values = true;
  std::string emit_to;  // empty: nothing is emitted; else each message that is ok, to this topic
};

// Lines that are not in the files yet.
struct Lines {
  void clear();

  std::string handled;
  std::string attempts;
};

// A file that lines are appended to, or none.
class AppendFile {
 public:
  // An empty path: nothing is written. Throws when the file cannot be opened.
  explicit AppendFile(const std::string& path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  bool is_there() const noexcept { return file_ >= 0; }
  // In one piece. Throws when it cannot.
  void append(std::string_view lines);

 private:
  const std::string path_;
  int file_;
};

class Book {
 public:
  // Throws when a file cannot be opened.
  Book(tidegate::Host host, std::string_view config_json);

  // Takes as long as configured, then adds the message's lines; returns how it is to be answered.
  Fate enter(const tidegate::Message& message, Lines& lines);
  // Emits a copy of it, as configured. The header `from` says where it was read.
  void emit(const tidegate::Message& message) const;
  // Appends to the files. Throws when it cannot.
  void write(const Lines& lines);

 private:
  void wait_at_gate(const tidegate::Message& message) const;
  Fate with_habit(Fate fate);
  Fate fate_of(const tidegate::Message& message) const;

  const Config config_;
  const Habit habit_ = habit();
  std::uint64_t attempts_made_ = 0;
  AppendFile handled_;
  AppendFile attempts_;
  const std::optional<tidegate::Emit> emit_;
  const std::string tail_;  // "\t<pid>\t<instance>"
};

}  // namespace ledger
