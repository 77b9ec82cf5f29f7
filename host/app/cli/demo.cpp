// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "host/app/cli/commands.hpp"
#include "host/app/cli/config_file.hpp"
#include "host/app/cli/numbers.hpp"
#include "host/app/cli/session.hpp"
#include "host/app/cli/summary.hpp"
#include "host/app/demo/closing.hpp"
#include "host/app/demo/cluster.hpp"
#include "host/app/demo/config_text.hpp"
#include "host/app/demo/fill.hpp"
#include "host/app/demo/messages.hpp"
#include "host/app/scratch_dir.hpp"
#include "host/app/signals.hpp"
#include "host/base/config/load.hpp"
#include "host/base/config/names.hpp"
#include "host/base/log.hpp"
#include "host/handle/plugin/vet.hpp"

namespace tidegate::cli {
namespace {

constexpr std::uint64_t kSeed = 42;

// The build puts plugins/ beside bin/.
std::filesystem::path flaky_beside_the_binary() {
  const auto binary = std::filesystem::read_symlink("/proc/self/exe");
  return binary.parent_path().parent_path() / "plugins" / "flaky.so";
}

// A mock cluster has no other topics; on a real one nobody else's may be hit.
std::string topic_name(const std::string& bootstrap) {
  if (bootstrap.empty()) return "tidegate-demo";
  constexpr const char* kDigits = "0123456789abcdef";
  std::random_device random;
  std::string name = "tidegate-demo-";
  for (int digit = 0; digit < 8; ++digit) name += kDigits[random() % 16];
  return name;
}

bool stop_asked(Signals& signals) { return signals.wait_for_stop(system_clock().now()); }

std::uint64_t fill_topic(const demo::FillPlan& plan, Signals& signals) {
  std::cout << "producing " << grouped(plan.messages) << " messages to " << plan.partitions
            << " partitions of " << plan.topic << " ..." << std::flush;
  const MonotonicTime begin = system_clock().now();
  const std::uint64_t produced = demo::fill(plan, [&signals] { return !stop_asked(signals); });
  const std::chrono::duration<double> seconds = system_clock().now() - begin;
  std::cout << " " << grouped(produced) << " in " << readable_seconds(seconds.count()) << "\n";
  return produced;
}

config::Host load(const std::string& text, const std::vector<std::string>& set) {
  config::LoadResult loaded = config::load_text(text, "demo.toml", std::filesystem::current_path(),
                                                set, config::process_environment());
  print_findings(std::cerr, loaded.findings);
  if (!loaded.host) throw HostRefused("the demo's own configuration is refused");
  return std::move(*loaded.host);
}

std::string dead_letter_of(const demo::DemoSetup& setup) {
  return config::default_dead_letter(setup.group_id);
}

ExitCode run_over(const demo::DemoSetup& setup, std::unique_ptr<TopicAdmin> topics,
                  std::uint64_t produced, Signals& signals, const DemoCommand& command) {
  const std::string text = demo::config_text(setup);
  std::cout << "\nthe configuration that runs now:\n\n" << text << "\n";
  for (const std::string& set : command.set) std::cout << "# and --set " << set << "\n";
  config::Host config = load(text, command.set);
  log::configure(config.log.level, log::Format::text);
  Host host(std::move(config), std::move(topics));
  std::cout << "metrics while it runs: http://" << host.admin_address() << "/metrics\n"
            << std::flush;
  const MonotonicTime begin = system_clock().now();
  ProgressDisplay display(command.progress, std::chrono::milliseconds(250));
  const SessionResult result = run_session(host, signals, RunUntil::caught_up, display);
  const std::chrono::duration<double> seconds = system_clock().now() - begin;
  std::cout << "ran for " << readable_seconds(seconds.count()) << "\n\n"
            << summary_text(result.ledgers);
  const demo::Closing closing = demo::close_books(produced, result.ledgers.at(0), result.ending);
  std::cout << "\n"
            << closing.text
            << demo::about_dead_letters(result.ledgers.at(0), dead_letter_of(setup));
  if (result.ledgers.at(0).dead_lettered > 0 && command.keep == DemoCommand::Keep::no)
    std::cout << "To look at them and handle them again: tidegate demo --keep\n";
  std::cout << std::flush;
  if (result.ending == Host::Ending::stuck) end_stuck();
  return closing.good ? ExitCode::ok : ExitCode::failed;
}

// A second host over the same topics, for those who replay dead letters: what fails again becomes
// one again.
void keep_up(const demo::DemoSetup& setup, std::unique_ptr<TopicAdmin> topics, Signals& signals,
             const DemoCommand& command) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::cout << "\nThe cluster and the pipeline stay up until Ctrl-C. In another terminal:\n\n"
            << demo::dead_letter_commands(program, setup.bootstrap_servers, dead_letter_of(setup))
            << "\nWhat is replayed goes to " << setup.topic
            << " again, is handled, and fails again: list shows it.\n"
            << std::flush;
  Host host(load(demo::config_text(setup), command.set), std::move(topics));
  ProgressDisplay display(command.progress, std::chrono::seconds(1));
  const SessionResult result = run_session(host, signals, RunUntil::stopped, display);
  std::cout << "\n" << summary_text(result.ledgers) << std::flush;
  if (result.ending == Host::Ending::stuck) end_stuck();
}

}  // namespace

ExitCode demo(const DemoCommand& command) {
  const std::filesystem::path plugin = command.plugin.empty()
                                           ? flaky_beside_the_binary()
                                           : std::filesystem::absolute(command.plugin);
  (void)vet_plugin({plugin, "", "", {}});  // before a cluster is started for it
  Signals signals;                         // before anything that starts threads
  const std::string name = topic_name(command.bootstrap);
  const std::int32_t partitions = demo::partitions_for(command.messages);
  try {
    const ScratchDir scratch;
    const auto cluster = command.bootstrap.empty()
                             ? demo::start_mock_cluster(name, partitions)
                             : demo::use_real_cluster(command.bootstrap, name, partitions, name);
    const std::uint64_t produced = fill_topic(
        {cluster->bootstrap_servers(), name, partitions, command.messages, kSeed}, signals);
    if (stop_asked(signals))
      throw std::runtime_error("demo: stopped while it was filling the topic");
    demo::DemoSetup setup;
    setup.bootstrap_servers = cluster->bootstrap_servers();
    setup.topic = name;
    setup.group_id = name;
    setup.plugin = plugin;
    setup.state_dir = scratch.path();
    if (command.plugin.empty())
      setup.plugin_config = "seed = 1\nfail_ratio = 0.01\nfailing_attempts = 1\n";
    // The mock cluster answers an empty fetch only when its time is over, and lets a second member
    // join only when the first one's session is nearly over.
    if (command.bootstrap.empty()) {
      setup.consumer =
          "\"fetch.wait.max.ms\" = \"10\"\n\"session.timeout.ms\" = \"2000\"\n"
          "\"heartbeat.interval.ms\" = \"200\"\n";
    }
    const ExitCode code = run_over(setup, cluster->topic_admin(), produced, signals, command);
    if (command.keep == DemoCommand::Keep::yes && !stop_asked(signals))
      keep_up(setup, cluster->topic_admin(), signals, command);
    return code;
  } catch (const demo::ClusterUnavailable& error) {
    std::cerr << "tidegate demo: " << error.what() << "\n";
    return ExitCode::unavailable;
  }
}

}  // namespace tidegate::cli
