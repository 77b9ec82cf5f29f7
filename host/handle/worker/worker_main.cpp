// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/worker_main.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

#include "host/base/child_process.hpp"
#include "host/base/thread_name.hpp"
#include "host/handle/plugin/lent_copy.hpp"
#include "host/handle/plugin/plugin_instance.hpp"
#include "host/handle/worker/fault_mark.hpp"
#include "host/handle/worker/log_socket.hpp"
#include "host/handle/worker/worker_setup.hpp"
#include "host/handle/worker/worker_slot.hpp"

namespace tidegate {
namespace {

constexpr int kRefused = 78;

// Beyond `grace` more than the limit the kernel kills; at the limit it says why (SIGXCPU).
void limit(__rlimit_resource_t what, std::uint64_t to, std::uint64_t grace = 0) {
  if (to == 0) return;
  const rlimit both{to, to + grace};
  (void)::setrlimit(what, &both);
}

// Before any code of the plugin runs.
void give_up_rights(const WorkerSetup& setup) {
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_DATA, setup.memory_bytes);
  limit(RLIMIT_CPU, setup.cpu_seconds, /*grace=*/5);
}

void refuse(const WorkerMemory& memory, const std::string& reason) {
  auto& room = memory.header().reason;
  const std::size_t size = std::min(reason.size(), room.size() - 1);
  std::memcpy(room.data(), reason.data(), size);
  room[size] = '\0';
  memory.header().state.ring(static_cast<std::uint32_t>(WorkerState::refused));
}

class Worker {
 public:
  Worker(const WorkerMemory& memory, const WorkerSetup& setup, const PluginLog& log)
      : memory_(memory),
        setup_(setup),
        metrics_(&memory.metrics()),
        library_(PluginLibrary::open(vet_copy(setup.library, setup.sha256))) {
    const std::uint32_t instances = library_->thread_safe() ? 1 : setup.slots;
    for (std::uint32_t i = 0; i < instances; ++i)
      instances_.push_back(std::make_unique<PluginInstance>(library_, setup.pipeline,
                                                            setup.config_json, metrics_, &log));
    for (std::uint32_t i = 0; i < setup.slots; ++i)
      slots_.push_back(std::make_unique<WorkerSlot>(memory, i, library_->table(),
                                                    instances_[i % instances]->instance(),
                                                    setup_.policy, system_clock()));
  }

  void run() {
    WorkerHeader& header = memory_.header();
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      threads.emplace_back([this, i] {
        set_thread_name("slot-" + std::to_string(i));
        slots_[i]->run();
      });
    }
    header.batches.store(library_->table().handle_batch != nullptr ? 1 : 0);
    header.state.ring(static_cast<std::uint32_t>(WorkerState::ready));
    while (header.stop.value() == 0) header.stop.wait_while(0, std::chrono::seconds(1));
  }

 private:
  const WorkerMemory& memory_;
  const WorkerSetup& setup_;
  PluginMetrics metrics_;
  std::shared_ptr<const PluginLibrary> library_;
  std::vector<std::unique_ptr<PluginInstance>> instances_;
  std::vector<std::unique_ptr<WorkerSlot>> slots_;
};

}  // namespace

int run_worker(std::vector<std::string> arguments) {
  // Behind the parent's process id.
  const bool cores = std::find(arguments.begin(), arguments.end(), kCoreDumps) != arguments.end();
  become_child("tidegate-worker", std::move(arguments), cores ? CoreDumps::yes : CoreDumps::no);
  const WorkerMemory memory(handed_over(0));
  const Descriptor log_descriptor = handed_over(1);
  Descriptor copy_folder = handed_over(kCopyFolder);
  const WorkerSetup setup = worker_setup(memory.setup());
  // What the host's own code has to say here goes through the pipe, as whatever else is printed.
  log::configure(log::Level::warn, log::Format::text);
  const LogSocket log(log_descriptor.get(), static_cast<log::Level>(setup.log_level));
  catch_faults();
  give_up_rights(setup);
  try {
    Worker worker(memory, setup, log);
    copy_folder.reset();
    worker.run();
  } catch (const std::exception& error) {
    refuse(memory, error.what());
    return kRefused;
  }
  return 0;
}

}  // namespace tidegate
