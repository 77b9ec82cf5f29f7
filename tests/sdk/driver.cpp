// SPDX-License-Identifier: Apache-2.0
//
// Runs a plugin without Kafka, through the host's own loader: one message after the other, then,
// where the plugin has handle_batch, all in one call. Prints one line per answer as JSON.
//   tidegate_sdk_driver <plugin.so> <state_dir> [config_json [messages.json]]
// Exit codes: 0 ran; 78 the plugin was refused, why is on standard error; 64 usage.
#include <array>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/handle/host_message.hpp"
#include "host/handle/plugin/plugin_instance.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace {

using tidegate::HostMessage;

tidegate_bytes bytes(std::string_view text) { return {text.data(), text.size()}; }

// The texts of the messages; the messages point into them.
struct Text {
  std::int64_t offset = 0;
  std::uint32_t attempt = 1;
  std::optional<std::string> key = "key";
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

// What the plugins of tests/sdk/plugins tell apart.
std::vector<Text> default_texts() {
  std::vector<Text> texts;
  for (const char* value : {"good", "bad", "headers", "throw", ""}) {
    texts.push_back({static_cast<std::int64_t>(texts.size()),
                     1,
                     "key",
                     value,
                     {{"trace", "first"}, {"empty", std::nullopt}, {"trace", "last"}}});
  }
  texts.back().value.reset();
  return texts;
}

std::optional<std::string> text_of(const nlohmann::json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<std::string>();
}

// A list of {"value", "key", "headers": [[name, value]], "offset", "attempt"}; null: absent.
std::vector<Text> read_texts(const std::string& path) {
  std::vector<Text> texts;
  std::ifstream file(path);
  for (const nlohmann::json& message : nlohmann::json::parse(file)) {
    Text text;
    text.offset = message.value("offset", static_cast<std::int64_t>(texts.size()));
    text.attempt = message.value("attempt", 1U);
    if (message.contains("key")) text.key = text_of(message["key"]);
    text.value = text_of(message.at("value"));
    for (const auto& header : message.value("headers", nlohmann::json::array())) {
      text.headers.emplace_back(header.at(0).get<std::string>(), text_of(header.at(1)));
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

tidegate_bytes bytes(const std::optional<std::string>& text) {
  return text ? bytes(std::string_view(*text)) : tidegate_bytes{nullptr, 0};
}

std::vector<HostMessage> make_messages(const std::vector<Text>& texts) {
  std::vector<HostMessage> messages(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    HostMessage& message = messages[i];
    message.view.struct_size = sizeof message.view;
    message.view.topic = bytes(std::string_view("orders"));
    message.view.key = bytes(texts[i].key);
    message.view.value = bytes(texts[i].value);
    message.view.offset = texts[i].offset;
    message.view.timestamp_ms = 1'700'000'000'000;
    message.view.partition = 3;
    message.view.attempt = texts[i].attempt;
    for (const auto& [name, value] : texts[i].headers) {
      message.headers.push_back({bytes(std::string_view(name)), bytes(value)});
    }
    message.headers_parsed = true;
  }
  return messages;
}

struct Answer {
  tidegate_status status = TIDEGATE_NOT_ATTEMPTED;
  std::array<char, 64> reason{};
  tidegate_result result{sizeof(tidegate_result), 0, reason.data(), 64, 0};

  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
};

void print(const char* call, std::int64_t offset, const Answer& answer) {
  nlohmann::ordered_json line;
  line["call"] = call;
  line["offset"] = offset;
  line["status"] = answer.status;
  line["delay_ms"] = answer.result.delay_ms;
  line["reason"] = std::string(answer.reason.data(), answer.result.reason_size);
  std::cout << line.dump() << '\n';
}

void handle_each(const tidegate::PluginInstance& plugin, const std::vector<HostMessage>& messages) {
  for (const HostMessage& message : messages) {
    Answer answer;
    answer.status = plugin.table().handle(plugin.instance(), &message.view, &answer.result);
    print("handle", message.view.offset, answer);
  }
}

void handle_all(const tidegate::PluginInstance& plugin, const std::vector<HostMessage>& messages) {
  std::vector<Answer> answers(messages.size());
  std::vector<const tidegate_message*> views;
  std::vector<tidegate_status> statuses(messages.size(), TIDEGATE_NOT_ATTEMPTED);
  std::vector<tidegate_result*> results;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    views.push_back(&messages[i].view);
    results.push_back(&answers[i].result);
  }
  const tidegate_status status = plugin.table().handle_batch(
      plugin.instance(), views.data(), views.size(), statuses.data(), results.data());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    answers[i].status = statuses[i];
    print("batch", messages[i].view.offset, answers[i]);
  }
  std::cout << R"({"call":"handle_batch","status":)" << status << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2 || arguments.size() > 4) {
    std::cerr
        << "usage: tidegate_sdk_driver <plugin.so> <state_dir> [config_json [messages.json]]\n";
    return 64;
  }
  try {
    tidegate::PluginMetrics metrics;
    const auto library = tidegate::PluginLibrary::open({arguments[0], "", ""}, arguments[1]);
    const tidegate::PluginInstance plugin(library, "driver",
                                          arguments.size() > 2 ? arguments[2] : "{}", metrics);
    const auto texts = arguments.size() > 3 ? read_texts(arguments[3]) : default_texts();
    const auto messages = make_messages(texts);
    std::cout << R"({"call":"table","thread_safe":)" << (library->thread_safe() ? "true" : "false")
              << "}\n";
    handle_each(plugin, messages);
    if (plugin.table().handle_batch != nullptr) handle_all(plugin, messages);
    return 0;
  } catch (const tidegate::PluginRefused& refused) {
    std::cerr << name(refused.reason()) << ": " << refused.what() << '\n';
    return 78;
  }
}
