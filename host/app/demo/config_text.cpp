// SPDX-License-Identifier: Apache-2.0
#include "host/app/demo/config_text.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

namespace tidegate::demo {
namespace {

std::string toml_list(const std::string& comma_separated) {
  std::istringstream items(comma_separated);
  std::string list;
  for (std::string item; std::getline(items, item, ',');) {
    list += (list.empty() ? "" : ", ") + toml_string(item);
  }
  return "[" + list + "]";
}

}  // namespace

// JSON's escapes are a part of TOML's.
std::string toml_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string config_text(const DemoSetup& setup) {
  std::ostringstream toml;
  toml << "config_version = 1\n"
       << "\n[host]\nstate_dir = " << toml_string(setup.state_dir.string()) << "\n"
       << "\n[log]\nlevel = \"error\"\n"
       << "\n[admin]\nlisten = \"127.0.0.1:0\"   # any free port\n"
       << "\n[clusters.demo]\nbootstrap_servers = " << toml_list(setup.bootstrap_servers) << "\n"
       << "\n[pipelines.demo]\n"
       << "group_id = " << toml_string(setup.group_id) << "\n"
       << "topics = [" << toml_string(setup.topic) << "]\n"
       << "start_offset = \"earliest\"\n"
       << "concurrency = 2\n"
       << "\n[pipelines.demo.plugin]\npath = " << toml_string(setup.plugin.string()) << "\n";
  if (!setup.plugin_config.empty()) {
    toml << "[pipelines.demo.plugin.config]\n" << setup.plugin_config;
  }
  toml << "\n[pipelines.demo.retry]\nmax_retries = 3\ndelays = [";
  for (std::size_t i = 0; i < kRetryDelays.size(); ++i)
    toml << (i == 0 ? "" : ", ") << toml_string(std::string(kRetryDelays[i]));
  // A demo ends with its failures, which would look like an outage to the limiter.
  toml << "]\n\n[pipelines.demo.dead_letter]\nmax_ratio = 1.0\n";
  if (!setup.consumer.empty()) toml << "\n[pipelines.demo.consumer]\n" << setup.consumer;
  return toml.str();
}

}  // namespace tidegate::demo
