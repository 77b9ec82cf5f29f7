// SPDX-License-Identifier: Apache-2.0
//
// The pipelines of a host, while a reload may change which ones there are and what they are made
// of. It gives out shared owners, so that who asks a pipeline something needs no lock meanwhile;
// and pictures of all, in which what a predecessor counted goes on. Thread rule: [main] puts the
// first ones in; then [reload] alone changes it (put, start, take_out, fail, erase, Changing);
// close on [main]; the rest [any].
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "host/app/pipeline.hpp"
#include "host/base/metrics/snapshot.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class PipelineSet {
 public:
  // metrics: those of the plugins; they outlive this.
  explicit PipelineSet(PluginMetrics& metrics) : metrics_(metrics) {}
  PipelineSet(const PipelineSet&) = delete;
  PipelineSet& operator=(const PipelineSet&) = delete;

  // Not to be kept: as long as there is one, the pipeline cannot be made anew.
  using Shared = std::shared_ptr<Pipeline>;
  // Null: there is no pipeline of that name, or it is being made anew, or could not be.
  [[nodiscard]] Shared find(const std::string& name) const;
  [[nodiscard]] std::vector<Shared> all() const;

  // All of one state of the set. changing: pipelines are being made anew, so that one which does
  // not run says nothing of the host's end.
  struct Pictures {
    std::vector<metrics::PipelineSnapshot> pipelines{};
    bool changing = false;
  };
  [[nodiscard]] Pictures pictures() const;

  // A new one, or the successor of one that was taken out. It is not started.
  void put(std::unique_ptr<Pipeline> pipeline);
  // False: the set is closed. Throws as Pipeline::start. REQUIRES: it was put in.
  [[nodiscard]] bool start(const std::string& name);
  // Ends one that is there: waits for its shared owners and destroys it. What it and its plugin
  // counted stays, their gauges do not.
  // REQUIRES: it is stopped, or was never started; the caller holds no Shared of it.
  void take_out(const std::string& name);
  // It does not run, and nobody tries again. The pipeline itself is left, where it is there.
  void fail(const std::string& name, std::string why);
  // Forgets it with all that it and its plugin counted. REQUIRES: it was taken out.
  void erase(const std::string& name);

  // Nothing is started any more. Returns when what is being started is.
  void close();
  [[nodiscard]] bool closed() const;

  // While it lives the pictures say that the set is changing.
  class Changing {
   public:
    explicit Changing(PipelineSet& set) : set_(set) { set_.set_changing(true); }
    ~Changing() { set_.set_changing(false); }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;

   private:
    PipelineSet& set_;
  };

 private:
  // What a picture is made of.
  struct Seen {
    std::string name{};
    Shared pipeline{};
    std::shared_ptr<const metrics::PipelineSnapshot> before{};  // what predecessors counted
    std::string failure{};  // why it is given up; empty: it is not
  };
  struct Entry {
    Seen seen{};
    std::unique_ptr<Pipeline> owner{};
    std::future<void> unshared{};  // no Shared of the owner's pipeline is left
  };
  struct View {
    std::vector<Seen> seen{};
    bool changing = false;
    bool closed = false;
    std::uint64_t number = 0;
  };
  [[nodiscard]] View view() const;
  [[nodiscard]] static metrics::PipelineSnapshot picture(const Seen& seen, bool closed);
  [[nodiscard]] Entry& entry(const std::string& name) TIDEGATE_REQUIRES(mutex_);
  void set_changing(bool changing);
  void started();

  PluginMetrics& metrics_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Entry> entries_ TIDEGATE_GUARDED_BY(mutex_);
  std::uint64_t number_ TIDEGATE_GUARDED_BY(mutex_) = 0;  // of changes: tells states apart
  bool changing_ TIDEGATE_GUARDED_BY(mutex_) = false;
  bool starting_ TIDEGATE_GUARDED_BY(mutex_) = false;
  bool closed_ TIDEGATE_GUARDED_BY(mutex_) = false;
};

}  // namespace tidegate
