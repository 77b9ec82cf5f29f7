// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/solo_gate.hpp"

namespace tidegate {

SoloGate::Pass SoloGate::enter(MonotonicTime now) {
  const MutexLock lock(mutex_);
  std::erase_if(suspects_, [&](const auto& one) { return now - one.second > patience_; });
  changed_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) {
    return !alone_ && (suspects_.empty() || inside_ == 0);
  });
  if (suspects_.empty()) {
    ++inside_;
    return Pass::many;
  }
  alone_ = true;
  return Pass::alone;
}

void SoloGate::leave(Pass pass) {
  const MutexLock lock(mutex_);
  if (pass == Pass::alone) alone_ = false;
  else --inside_;
  changed_.notify_all();
}

void SoloGate::suspect(const PartitionSource& source, Offset offset, MonotonicTime now) {
  const MutexLock lock(mutex_);
  suspects_[place(source, offset)] = now;
}

void SoloGate::tried(const PartitionSource& source, Offset offset) {
  const MutexLock lock(mutex_);
  if (!suspects_.empty()) suspects_.erase(place(source, offset));
}

bool SoloGate::any() const {
  const MutexLock lock(mutex_);
  return !suspects_.empty();
}

}  // namespace tidegate
