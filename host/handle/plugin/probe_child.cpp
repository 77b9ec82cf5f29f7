// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "host/base/child_run.hpp"
#include "host/base/log.hpp"
#include "host/handle/plugin/lent_copy.hpp"
#include "host/handle/plugin/plugin_instance.hpp"
#include "host/handle/plugin/plugin_library.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/plugin/probe.hpp"
#include "host/handle/plugin/probe_protocol.hpp"

namespace tidegate {
namespace {

void say(const Descriptor& to, const nlohmann::json& line) {
  write_all(to.get(), line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void load_create_destroy(const nlohmann::json& request, const Descriptor& answer) {
  const auto stage = [&](std::string_view name) { say(answer, {{"stage", name}}); };
  // Until it is loaded: its folder.
  Descriptor folder = handed_over(kRunDescriptors);
  const PluginFacts facts =
      vet_copy(request.at("library").get<std::string>(), request.at("sha256").get<std::string>());
  stage(probe::kLoad);
  const auto library = PluginLibrary::open(facts);
  folder.reset();
  PluginMetrics metrics;
  stage(probe::kCreate);
  std::optional<PluginInstance> instance(std::in_place, library,
                                         request.at("pipeline").get<std::string>(),
                                         request.at("config").get<std::string>(), metrics);
  stage(probe::kDestroy);
  instance.reset();
  say(answer, {{"passed", true}});
}

}  // namespace

int run_probe_child(std::vector<std::string> arguments) {
  (void)become_child("tidegate-probe", std::move(arguments), CoreDumps::no);
  log::configure(log::Level::warn, log::Format::text);
  const Descriptor answer = answer_descriptor();
  try {
    load_create_destroy(nlohmann::json::parse(read_request()), answer);
  } catch (const PluginRefused& refused) {
    say(answer, {{"refused",
                  {{"reason", name(refused.reason())},
                   {"problem", refused.problem()},
                   {"cure", refused.cure()}}}});
  }
  // No destructors of static objects: the library is never unloaded, and a host that ends is no
  // matter of its start.
  ::_exit(0);
}

}  // namespace tidegate
