// SPDX-License-Identifier: Apache-2.0
//
// Which version of a plugin handles: what the folders to the left must know of it. A chunk says
// which one had it, so that headers of copies and counts of crashes tell of that one and not of its
// successor. Thread rule: a version is immutable; CurrentPlugin [any].
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "host/base/mutex.hpp"

namespace tidegate {

struct PluginVersion {
  std::uint32_t generation = 0;  // counted from 1 since the pipeline's start
  std::string name;
  std::string version;
  std::string sha256;                // of its file
  std::uint32_t batch_messages = 1;  // of one handle_batch call; 1: it has none

  // For the headers of copies.
  [[nodiscard]] std::string label() const { return name + '@' + version; }
  // For which crashes count (track/crash_counts.hpp).
  [[nodiscard]] std::uint32_t hash() const;
};
using PluginVersionPtr = std::shared_ptr<const PluginVersion>;

// The version that handles what is claimed from now on.
class CurrentPlugin {
 public:
  [[nodiscard]] PluginVersionPtr get() const {
    const MutexLock lock(mutex_);
    return version_;
  }
  void set(PluginVersionPtr version) {
    const MutexLock lock(mutex_);
    version_.swap(version);
  }

 private:
  mutable Mutex mutex_;
  PluginVersionPtr version_ TIDEGATE_GUARDED_BY(mutex_) = std::make_shared<PluginVersion>();
};

}  // namespace tidegate
