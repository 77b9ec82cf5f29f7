// SPDX-License-Identifier: Apache-2.0
//
// Writes down what was handled, for tests that compare it with what was produced. A line is in the
// file before its message is answered with ok, so that SIGKILL of the host loses no line (write(2)
// has handed it to the kernel). Line format and configuration: README.md. Thread rule: one object
// per slot.
#pragma once

#include <tidegate/plugin.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ledger {

struct Config {
  explicit Config(std::string_view json);

  std::string path;
  std::chrono::microseconds delay{};  // per message
  std::string gate;                   // while this file exists, messages wait
  std::string gate_key;               // empty: all messages; else those of this key
  std::string fail_on;                // empty: none; else messages of this value fail
  bool values = true;
};

class Book {
 public:
  // Throws when the file cannot be opened.
  explicit Book(std::string_view config_json);
  ~Book();
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  // Takes as long as configured, then appends the message's line to `lines`; false: it is to fail.
  bool enter(const tidegate::Message& message, std::string& lines) const;
  // Appends to the file, in one piece. Throws when it cannot.
  void write(std::string_view lines) const;

 private:
  void wait_at_gate(const tidegate::Message& message) const;

  const Config config_;
  const int file_;
  const std::string tail_;  // "\t<pid>\t<instance>\n"
};

}  // namespace ledger
