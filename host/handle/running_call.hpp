// SPDX-License-Identifier: Apache-2.0
//
// What one slot is doing right now, for those who ask: the deadline watch, /api/v1/status, metrics.
// The partition changes under a lock once per chunk; the offset and the start time are plain
// stores, one per message and one per stride, so a fast handler does not feel them.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "host/base/mutex.hpp"
#include "host/handle/chunk.hpp"

namespace tidegate {

// One handler call as seen from outside. `started` may be early by a stride of fast calls (DESIGN
// §3).
struct CallInfo {
  std::shared_ptr<const PartitionSource> source;
  Offset offset;
  MonotonicTime started;
};

class RunningCall {
 public:
  // [slot] A chunk's calls begin; they end with leave().
  void enter(std::shared_ptr<const PartitionSource> source) {
    MutexLock lock(mutex_);
    source_ = std::move(source);
  }
  // [slot] Returns what it held, so that the last owner does not destroy it under our lock.
  void leave() {
    std::shared_ptr<const PartitionSource> last;
    started_ns_.store(0, std::memory_order_relaxed);
    MutexLock lock(mutex_);
    last.swap(source_);
  }
  // [slot]
  void set_started(MonotonicTime at) {
    started_ns_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  }
  // [slot]
  void set_offset(Offset offset) { offset_.store(offset.value, std::memory_order_relaxed); }

  // [any] Empty when no call runs.
  [[nodiscard]] std::optional<CallInfo> read() const {
    MutexLock lock(mutex_);
    const auto started = started_ns_.load(std::memory_order_relaxed);
    if (source_ == nullptr || started == 0) return std::nullopt;
    return CallInfo{source_, Offset{offset_.load(std::memory_order_relaxed)},
                    MonotonicTime(Duration(started))};
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const PartitionSource> source_ TIDEGATE_GUARDED_BY(mutex_);
  std::atomic<std::int64_t> offset_{-1};
  std::atomic<std::int64_t> started_ns_{0};
};

}  // namespace tidegate
