// SPDX-License-Identifier: Apache-2.0
//
// Versions of a plugin that are nothing but figures: what they have counted is what the test says,
// and files are entries of a table. Thread rule: the test's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/swap/plugin_source.hpp"

namespace tidegate::fakes {

inline PluginFacts facts(const std::string& version) {
  PluginFacts facts;
  facts.path = "orders.so";
  facts.sha256 = "sha-of-" + version;
  facts.identity.name = "orders";
  facts.identity.version = version;
  return facts;
}

class CountingWorker final : public ChunkWorker {
 public:
  void work(Chunk& chunk) override { chunk.home->give_back(chunk); }
  [[nodiscard]] const SlotStats& stats() const override { return counted; }
  [[nodiscard]] const RunningCall& running() const override { return running_; }
  SlotStats counted;

 private:
  RunningCall running_;
};

// What a test can see and move of one generation.
struct Life {
  std::string version;
  std::string config_json;
  CountingWorker* worker = nullptr;  // of its first slot
  WorkerCounts processes;
  bool ended = false;
};

class CountingIsolation final : public Isolation {
 public:
  CountingIsolation(std::shared_ptr<Life> life, std::uint32_t slots)
      : life_(std::move(life)), slots_(slots) {}
  ~CountingIsolation() override { life_->ended = true; }
  std::vector<std::unique_ptr<ChunkWorker>> make_slots() override {
    std::vector<std::unique_ptr<ChunkWorker>> workers;
    for (std::uint32_t i = 0; i < slots_; ++i) {
      auto worker = std::make_unique<CountingWorker>();
      if (i == 0) life_->worker = worker.get();
      workers.push_back(std::move(worker));
    }
    return workers;
  }
  [[nodiscard]] std::uint32_t batch_messages() const override { return 1; }
  [[nodiscard]] WorkerCounts workers() const override { return life_->processes; }

 private:
  const std::shared_ptr<Life> life_;
  const std::uint32_t slots_;
};

// A file system with one plugin file in it.
class FakeSource final : public PluginSource {
 public:
  explicit FakeSource(std::uint32_t slots) : slots_(slots) {}

  std::string file;            // the version that is in the file; empty: there is none
  std::string does_not_start;  // the version whose make fails
  std::string proof_fails;     // the version whose proof fails
  int proofs = 0;              // how often one was asked for
  std::vector<std::shared_ptr<Life>> lives;  // of all that were made

  PluginFacts read(const config::Plugin& plugin) override {
    if (file.empty())
      throw PluginRefused(plugin.path, RefusedReason::not_found, "it is not there", "put it there");
    return facts(file);
  }
  void prove(const config::Plugin& plugin, const PluginFacts& /*facts*/) override {
    ++proofs;
    if (file == proof_fails)
      throw PluginRefused(plugin.path, RefusedReason::load_failed, "it aborts", "mend it");
  }
  std::unique_ptr<Generation> make(std::uint32_t number, const PluginFacts& made,
                                   const config::Plugin& plugin) override {
    if (made.identity.version == does_not_start)
      throw PluginRefused(plugin.path, RefusedReason::create_failed, "no database", "start it");
    auto life = std::make_shared<Life>();
    life->version = made.identity.version;
    life->config_json = plugin.config_json;
    lives.push_back(life);
    return std::make_unique<Generation>(number, made,
                                        std::make_unique<CountingIsolation>(life, slots_));
  }

 private:
  const std::uint32_t slots_;
};

}  // namespace tidegate::fakes
