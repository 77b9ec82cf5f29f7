// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "host/app/workbench/validation.hpp"
#include "host/base/child_run.hpp"
#include "host/base/log.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate::workbench {
namespace {

using nlohmann::json;

json answer_to(const json& request) {
  const Check* const check = find_check(request.at("check").get<std::string>());
  TrialSetup setup;
  setup.plugin = request.at("plugin").get<std::string>();
  setup.state_dir = request.at("state_dir").get<std::string>();
  setup.config_json = request.at("config").get<std::string>();
  setup.messages = request.at("messages").get<std::string>();
  setup.time_limit = Duration(request.at("time_limit_ns").get<std::int64_t>());
  try {
    Trial trial(setup);
    return {{"passed", true}, {"detail", check->run(trial)}};
  } catch (const CheckFailed& failed) {
    return {{"passed", false}, {"detail", failed.what()}};
  } catch (const PluginRefused& refused) {
    return {{"passed", false}, {"detail", refused.problem() + "; " + refused.cure()}};
  }
}

}  // namespace

int run_check_child(std::vector<std::string> arguments) {
  (void)become_child("tidegate-check", std::move(arguments), CoreDumps::no);
  log::configure(log::Level::warn, log::Format::text);
  const Descriptor answer = answer_descriptor();
  const json answered = answer_to(json::parse(read_request()));
  write_all(answer.get(), answered.dump(-1, ' ', false, json::error_handler_t::replace));
  ::_exit(0);  // as the probe's child: what is loaded stays loaded
}

}  // namespace tidegate::workbench
