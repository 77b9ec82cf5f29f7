// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>

#include "host/app/cli/commands.hpp"
#include "host/app/cli/numbers.hpp"
#include "host/app/cli/plugin_input.hpp"
#include "host/app/dlq/text.hpp"
#include "host/app/scratch_dir.hpp"
#include "host/app/workbench/driver.hpp"
#include "host/app/workbench/plugin_config.hpp"
#include "host/app/workbench/trial.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate::cli {
namespace {

using nlohmann::ordered_json;
using workbench::Answer;
using workbench::Sample;

bool is_right(const Sample& sample, const Answer& answer) {
  return sample.expect.empty() || sample.expect == workbench::answer_name(answer);
}

ordered_json output_json(const Output& output) {
  ordered_json json = {{"topic", output.topic}};
  dlq::put_bytes(json, "key", output.key);
  dlq::put_bytes(json, "value", output.value);
  return json;
}

std::string as_json(const Sample& sample, const Answer& answer) {
  ordered_json json = {{"line", sample.line},
                       {"topic", sample.topic},
                       {"partition", sample.partition},
                       {"offset", sample.offset},
                       {"answer", workbench::answer_name(answer)},
                       {"reason", answer.reason},
                       {"delay_ms", answer.delay_ms},
                       {"seconds", std::chrono::duration<double>(answer.took).count()},
                       {"sent", ordered_json::array()}};
  for (const Output& output : answer.outputs) json["sent"].push_back(output_json(output));
  if (!sample.expect.empty()) {
    json["expected"] = sample.expect;
    json["as_expected"] = is_right(sample, answer);
  }
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string as_text(const Sample& sample, const Answer& answer) {
  std::ostringstream out;
  out << std::setw(6) << sample.line << "  " << std::left << std::setw(12)
      << workbench::answer_name(answer) << std::right << std::setw(9)
      << readable_seconds(std::chrono::duration<double>(answer.took).count());
  if (answer.delay_ms != 0) out << "  after " << answer.delay_ms << " ms";
  if (!answer.reason.empty()) out << "  " << dlq::printable(answer.reason);
  if (!answer.outputs.empty()) out << "  sent " << answer.outputs.size();
  if (!is_right(sample, answer)) out << "  EXPECTED " << sample.expect;
  return out.str();
}

struct Tested {
  workbench::Tally tally;
  std::uint64_t wrong = 0;
};

Tested test_all(workbench::Driver& driver, std::span<const Sample> samples, OutputFormat format) {
  Tested tested;
  while (!samples.empty()) {
    const auto run = samples.first(driver.run_of(samples));
    const std::vector<Answer> answers = driver.handle(run);
    for (std::size_t i = 0; i < run.size(); ++i) {
      // Each line at once: the last one before a crash tells where it was.
      std::cout << (format == OutputFormat::json ? as_json(run[i], answers[i])
                                                 : as_text(run[i], answers[i]))
                << "\n"
                << std::flush;
      ++tested.tally[workbench::answer_name(answers[i])];
      if (!is_right(run[i], answers[i])) ++tested.wrong;
    }
    samples = samples.subspan(run.size());
  }
  return tested;
}

}  // namespace

ExitCode plugin_test(const PluginTestCommand& command) {
  log_for_tools();
  const auto samples = samples_of(read_messages(command.run.messages), command.run.messages);
  const std::string config = workbench::plugin_config(command.run.config);
  const ScratchDir scratch;
  PluginMetrics metrics;
  const PluginInstance plugin(workbench::open_library(command.run.file, scratch.path()), "test",
                              config, metrics);
  workbench::Driver driver(plugin.table(), plugin.instance(),
                           {command.batch, command.handler_timeout});
  const Tested tested = test_all(driver, samples, command.run.format);
  std::cerr << samples.size() << (samples.size() == 1 ? " message: " : " messages: ")
            << workbench::tally_text(tested.tally) << "\n";
  if (tested.wrong == 0) return ExitCode::ok;
  std::cerr << tested.wrong << " not answered as expected\n";
  return ExitCode::failed;
}

}  // namespace tidegate::cli
