// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/worker_memory.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

#include "host/base/check.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kPage = 4096;

constexpr std::size_t pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

constexpr std::size_t links_at(std::size_t setup_bytes) {
  return pages(sizeof(WorkerHeader) + setup_bytes);
}

// Memory that reads as zero is a valid object of each of these.
static_assert(std::is_standard_layout_v<SlotLink> && std::is_standard_layout_v<WorkerHeader> &&
              std::is_standard_layout_v<MetricTable>);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "it is shared with a process");

std::size_t size_of(std::uint32_t slots, std::size_t setup_bytes) {
  return links_at(setup_bytes) + pages(slots * sizeof(SlotLink)) + pages(sizeof(MetricTable)) +
         slots * (kMessageAreaBytes + kAnswerAreaBytes);
}

}  // namespace

WorkerMemory::WorkerMemory(std::uint32_t slots, std::string_view setup)
    : memory_(ipc::SharedMemory::create("tidegate-worker", size_of(slots, setup.size()))),
      slots_(slots),
      setup_bytes_(setup.size()) {
  header().guard = kGuard;
  header().slots = slots;
  header().setup_bytes = static_cast<std::uint32_t>(setup.size());
  std::memcpy(memory_.data() + sizeof(WorkerHeader), setup.data(), setup.size());
  for (std::uint32_t slot = 0; slot < slots; ++slot) link(slot).guard = kGuard;
}

WorkerMemory::WorkerMemory(Descriptor descriptor)
    : memory_(ipc::SharedMemory::attach(std::move(descriptor))),
      slots_(header().slots),
      setup_bytes_(header().setup_bytes) {}

WorkerHeader& WorkerMemory::header() const {
  return *reinterpret_cast<WorkerHeader*>(memory_.data());
}

std::string_view WorkerMemory::setup() const {
  return {memory_.data() + sizeof(WorkerHeader), setup_bytes_};
}

SlotLink& WorkerMemory::link(std::uint32_t slot) const {
  TIDEGATE_CHECK(slot < slots_, "a slot's link is one of those that were made");
  return reinterpret_cast<SlotLink*>(memory_.data() + links_at(setup_bytes_))[slot];
}

std::size_t WorkerMemory::metrics_at() const {
  return links_at(setup_bytes_) + pages(slots_ * sizeof(SlotLink));
}

MetricTable& WorkerMemory::metrics() const {
  return *reinterpret_cast<MetricTable*>(memory_.data() + metrics_at());
}

std::size_t WorkerMemory::areas() const { return metrics_at() + pages(sizeof(MetricTable)); }

char* WorkerMemory::messages(std::uint32_t slot) const {
  return memory_.data() + areas() + slot * (kMessageAreaBytes + kAnswerAreaBytes);
}

char* WorkerMemory::answers(std::uint32_t slot) const { return messages(slot) + kMessageAreaBytes; }

void WorkerMemory::forget(std::uint32_t slot, std::size_t kept) const {
  const std::size_t at = areas() + slot * (kMessageAreaBytes + kAnswerAreaBytes);
  memory_.forget(at + kept, kMessageAreaBytes - kept);
  memory_.forget(at + kMessageAreaBytes + kept, kAnswerAreaBytes - kept);
}

}  // namespace tidegate
