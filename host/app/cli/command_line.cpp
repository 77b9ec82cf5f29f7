// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "host/app/cli/help.hpp"
#include "host/app/cli/options.hpp"

namespace tidegate::cli {
namespace {

// Announced in the design, not there yet: named so that nobody takes them for a typing mistake.
constexpr std::array<std::string_view, 1> kNotThereYet = {"top"};

void add_set(CLI::App& app, std::vector<std::string>& set) {
  app.add_option("--set", set,
                 "replace a value of the configuration, say log.level=debug; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        const std::size_t equals = text.find('=');
        return equals == std::string::npos || equals == 0 ? "write it as key=value" : "";
      });
}

// The application with the options of every command behind it.
struct Parser {
  CLI::App app{"Tidegate consumes Kafka topics and hands each message to a handler plugin.",
               "tidegate"};
  RunCommand run;
  ValidateCommand validate;
  DemoCommand demo;
  DlqCommand dlq;
  VersionCommand version;
  PluginOptions plugin;
  ControlOptions control;
  CLI::App* run_app = nullptr;
  CLI::App* validate_app = nullptr;
  CLI::App* demo_app = nullptr;
  CLI::App* dlq_app = nullptr;
  CLI::App* version_app = nullptr;

  Parser() {
    app.footer(kMainHelp);
    app.require_subcommand(1);
    app.set_help_flag("-h,--help", "print this help and exit");
    add_run();
    add_validate();
    add_demo();
    dlq_app = add_dlq(app, dlq);
    plugin.add_to(app);
    control.add_to(app);
    version_app =
        app.add_subcommand("version", "Print the versions of Tidegate and of what it stands on");
    add_format(*version_app, version.format);
  }

  void add_run() {
    run_app = app.add_subcommand("run", "Run the pipelines of a configuration");
    run_app->footer(kRunHelp);
    run_app->add_option("-c,--config", run.file, "the configuration")->type_name("FILE");
    add_set(*run_app, run.set);
    run_app->add_flag_callback(
        "--exit-when-caught-up", [this] { run.until = RunUntil::caught_up; },
        "drain and exit 0 once every topic has been read to its end and nothing is in flight");
  }

  void add_validate() {
    validate_app = app.add_subcommand("validate", "Check configurations and the plugins they name");
    validate_app->footer(kValidateHelp);
    validate_app->add_option("-c,--config,files", validate.files, "the configurations")
        ->type_name("FILE");
    add_set(*validate_app, validate.set);
    auto* const offline = validate_app->add_flag_callback(
        "--offline", [this] { validate.plugins = ValidateCommand::Plugins::skip; },
        "do not look at the plugin files");
    validate_app
        ->add_flag_callback(
            "--no-probe", [this] { validate.plugins = ValidateCommand::Plugins::vet; },
            "look at the plugin files, but run no code of theirs")
        ->excludes(offline);
    validate_app->add_flag_callback(
        "--explain", [this] { validate.explain = ValidateCommand::Explain::yes; },
        "also print the librdkafka properties that Tidegate sets, and why");
    add_format(*validate_app, validate.format);
  }

  void add_demo() {
    demo_app = app.add_subcommand("demo", "Run the main job on an embedded mock cluster");
    demo_app->footer(kDemoHelp);
    demo_app
        ->add_option("--messages", demo.messages, "how many messages to produce (default 200000)")
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}))
        ->option_text("N");
    demo_app->add_option("--bootstrap", demo.bootstrap, "use this real cluster instead")
        ->type_name("SERVERS");
    demo_app
        ->add_option("--plugin", demo.plugin,
                     "another plugin than flaky.so; it gets no configuration")
        ->type_name("FILE");
    add_set(*demo_app, demo.set);
    demo_app->add_flag_callback(
        "--keep", [this] { demo.keep = DemoCommand::Keep::yes; },
        "leave the cluster up until Ctrl-C, to try `tidegate dlq` on its dead letters");
    demo_app->add_flag_callback(
        "--no-progress", [this] { demo.progress = ProgressDisplay::Show::never; },
        "no line of progress on the terminal");
  }

  [[nodiscard]] Command chosen() {
    if (run_app->parsed()) return std::move(run);
    if (validate_app->parsed()) return std::move(validate);
    if (demo_app->parsed()) return std::move(demo);
    if (dlq_app->parsed()) return std::move(dlq);
    if (const auto command = plugin.chosen())
      return std::visit([](const auto& one) -> Command { return one; }, *command);
    if (auto command = control.chosen()) return std::move(*command);
    return version;
  }

  // The command that help was asked of, or that the mistake is in.
  [[nodiscard]] CLI::App& innermost() {
    CLI::App* at = &app;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    return *at;
  }
};

std::string full_name(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : full_name(*parent) + " " + app.get_name();
}

bool is_not_there_yet(const std::vector<std::string>& arguments) {
  return !arguments.empty() && std::find(kNotThereYet.begin(), kNotThereYet.end(),
                                         arguments.front()) != kNotThereYet.end();
}

}  // namespace

Command parse(std::vector<std::string> arguments) {
  if (is_not_there_yet(arguments)) {
    return Answer{ExitCode::usage,
                  "tidegate " + arguments.front() +
                      ": not there yet in this version; tidegate --help lists what is\n"};
  }
  Parser parser;
  if (arguments.empty()) return Answer{ExitCode::usage, parser.app.help()};
  const std::string first = arguments.front();
  if (first == "--version") return VersionCommand{};
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    parser.app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    CLI::App& app = parser.innermost();
    return Answer{ExitCode::ok,
                  app.help(app.get_parent() == nullptr ? "" : full_name(*app.get_parent()))};
  } catch (const CLI::ParseError& error) {
    const CLI::App& app = parser.innermost();
    const std::string name = full_name(app);
    if (&app == &parser.app && first.substr(0, 1) != "-") {
      return Answer{ExitCode::usage,
                    name + ": unknown command \"" + first + "\"; see tidegate --help\n"};
    }
    return Answer{ExitCode::usage, name + ": " + error.what() + "; see " + name + " --help\n"};
  }
  return parser.chosen();
}

}  // namespace tidegate::cli
