// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/worker_setup.hpp"

#include <nlohmann/json.hpp>

#include "host/handle/plugin/lent_copy.hpp"

namespace tidegate {

std::string to_json(const WorkerSetup& setup) {
  const nlohmann::json json = {
      {"pipeline", setup.pipeline},
      {"library", copy_for_child(setup.library, setup.user, kCopyFolder)},
      {"sha256", setup.sha256},
      {"config_json", setup.config_json},
      {"slots", setup.slots},
      {"handler_timeout_ns", setup.policy.handler_timeout.count()},
      {"batch_messages", setup.policy.batch_messages},
      {"unanswered", static_cast<int>(setup.policy.unanswered)},
      {"waits", static_cast<int>(setup.policy.waits)},
      {"log_level", setup.log_level},
      {"memory_bytes", setup.memory_bytes},
      {"cpu_seconds", setup.cpu_seconds},
      {"core_dumps", setup.core_dumps},
  };
  return json.dump();
}

WorkerSetup worker_setup(std::string_view text) {
  const auto json = nlohmann::json::parse(text);
  WorkerSetup setup;
  json.at("pipeline").get_to(setup.pipeline);
  json.at("library").get_to(setup.library);
  json.at("sha256").get_to(setup.sha256);
  json.at("config_json").get_to(setup.config_json);
  json.at("slots").get_to(setup.slots);
  setup.policy.handler_timeout = Duration(json.at("handler_timeout_ns").get<std::int64_t>());
  json.at("batch_messages").get_to(setup.policy.batch_messages);
  setup.policy.unanswered =
      static_cast<CallPolicy::Unanswered>(json.at("unanswered").get<std::uint8_t>());
  setup.policy.waits = static_cast<CallPolicy::Waits>(json.at("waits").get<std::uint8_t>());
  json.at("log_level").get_to(setup.log_level);
  json.at("memory_bytes").get_to(setup.memory_bytes);
  json.at("cpu_seconds").get_to(setup.cpu_seconds);
  json.at("core_dumps").get_to(setup.core_dumps);
  return setup;
}

}  // namespace tidegate
