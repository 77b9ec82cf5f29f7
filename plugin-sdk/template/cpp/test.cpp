// SPDX-License-Identifier: Apache-2.0
//
// Runs the plugin without Kafka: my-plugin-test <plugin.so>.
#include <tidegate/testing.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::cerr << "failed: " << what << "\n";
  std::exit(1);
}

// A plugin with one configuration, for as long as the object lives.
class Opened {
 public:
  Opened(const char* path, const char* config) {
    good_ = tidegate_test_open(&test_, path, config) == 0;
  }
  ~Opened() { tidegate_test_close(&test_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  bool good() const { return good_; }
  std::string reason() const { return test_.reason; }
  tidegate_status handle(const char* value) {
    const tidegate_message message = tidegate_test_message("key", value);
    return tidegate_test_handle(&test_, &message);
  }

 private:
  tidegate_test test_;
  bool good_;
};

}  // namespace

int main(int argc, char** argv) {
  expect(argc == 2, "usage: my-plugin-test <plugin.so>");

  Opened plugin(argv[1], R"({"max_bytes": 5})");
  expect(plugin.good(), plugin.reason());
  expect(plugin.handle("12345") == TIDEGATE_OK, "a value of the limit's size is accepted");
  expect(plugin.handle("123456") == TIDEGATE_DEAD_LETTER, "a longer one is a dead letter");
  expect(plugin.reason() == "too large", "and says why");
  expect(plugin.handle(nullptr) == TIDEGATE_DROP, "a tombstone is dropped");

  const Opened wrong(argv[1], R"({"max_bytes": "x"})");
  expect(!wrong.good(), "a limit that is no number is refused");
  std::cout << "all good\n";
  return 0;
}
