// SPDX-License-Identifier: Apache-2.0
//
// Where the generations of a pipeline's plugin come from: the one way from a file to something that
// takes calls, at the start and at every reload. Thread rule: [main] or [swap], one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "host/base/clock.hpp"
#include "host/base/config/model.hpp"
#include "host/handle/generation.hpp"

namespace tidegate {

class PluginMetrics;

class PluginSource {
 public:
  virtual ~PluginSource() = default;
  // Reads, checks and copies the file; no code of it runs. Throws PluginRefused.
  [[nodiscard]] virtual PluginFacts read(const config::Plugin& plugin) = 0;
  // What must have gone well before the new code runs beside the old one. facts: what read() gave
  // for it. Throws PluginRefused.
  virtual void prove(const config::Plugin& plugin, const PluginFacts& facts) = 0;
  // Ready for calls. plugin: whose configuration its instances get. Throws PluginRefused.
  [[nodiscard]] virtual std::unique_ptr<Generation> make(std::uint32_t number,
                                                         const PluginFacts& facts,
                                                         const config::Plugin& plugin) = 0;
};

// As PluginSource::read and prove, of a pipeline that does not run. Throws PluginRefused.
[[nodiscard]] PluginFacts read_and_prove(const config::Pipeline& pipeline,
                                         const std::filesystem::path& state_dir);

// Real ones.
class PluginFiles final : public PluginSource {
 public:
  // metrics and clock outlive it and what it makes.
  PluginFiles(config::Pipeline pipeline, std::filesystem::path state_dir, PluginMetrics& metrics,
              const Clock& clock);

  [[nodiscard]] PluginFacts read(const config::Plugin& plugin) override;
  void prove(const config::Plugin& plugin, const PluginFacts& facts) override;
  [[nodiscard]] std::unique_ptr<Generation> make(std::uint32_t number, const PluginFacts& facts,
                                                 const config::Plugin& plugin) override;

 private:
  config::Pipeline pipeline_;
  const std::filesystem::path state_dir_;
  PluginMetrics& metrics_;
  const Clock& clock_;
};

}  // namespace tidegate
