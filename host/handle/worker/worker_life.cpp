// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/worker_life.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "host/base/config/units.hpp"
#include "host/base/log.hpp"
#include "host/handle/plugin/lent_copy.hpp"
#include "host/handle/worker/log_socket.hpp"
#include "host/handle/worker/readable.hpp"
#include "host/handle/worker/worker_main.hpp"

namespace tidegate {
namespace {

// Between SIGABRT, which leaves a core file where one is wanted, and SIGKILL.
constexpr Duration kAbortPatience = std::chrono::seconds(5);
// Nobody was here to look: the machine slept, or a debugger held us. That is not the call's time.
constexpr Duration kAbsence = std::chrono::seconds(1);
// Between looks at the plugin's metrics: shorter than anybody scrapes.
constexpr Duration kBetweenMetrics = std::chrono::milliseconds(200);

ChildSpec spec_of(const WorkerSetup& setup, const WorkerMemory& memory, int log_socket,
                  int copy_folder, int output) {
  ChildSpec spec;
  spec.command = kWorkerCommand;
  if (setup.core_dumps) spec.arguments = {kCoreDumps};
  spec.descriptors = {memory.descriptor(), log_socket, copy_folder};
  spec.output = output;
  spec.user = setup.user;
  spec.environment = ChildSpec::Environment::scrubbed;
  return spec;
}

}  // namespace

WorkerLife::Ends WorkerLife::make_log_socket() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

WorkerLife::Ends WorkerLife::make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe2");
  (void)::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

WorkerLife::WorkerLife(const WorkerSetup& setup, const WorkerDeadlines& deadlines,
                       const WorkerEars& ears)
    : WorkerLife(setup, deadlines, ears, make_log_socket(), make_pipe()) {}

WorkerLife::WorkerLife(const WorkerSetup& setup, const WorkerDeadlines& deadlines,
                       const WorkerEars& ears, Ends log_ends, Ends output_ends)
    : deadlines_(deadlines),
      pipeline_(setup.pipeline),
      log_(ears.log),
      memory_(setup.slots, to_json(setup)),
      metrics_(memory_.metrics(), setup.pipeline, ears.metrics),
      log_socket_(std::move(log_ends.ours)),
      output_(std::move(output_ends.ours)),
      process_(spec_of(setup, memory_, log_ends.theirs.get(), folder_of_copy(setup.library).get(),
                       output_ends.theirs.get())),
      exchanges_(setup.slots),
      started_(system_clock().now()) {}

WorkerLife::~WorkerLife() = default;

void WorkerLife::add_descriptors(std::vector<pollfd>& to) const {
  if (state() == State::ended) return;
  for (const int descriptor : {process_.pid_descriptor(), log_socket_.get(), output_.get()}) {
    if (descriptor >= 0) to.push_back({descriptor, POLLIN, 0});
  }
}

void WorkerLife::tend(MonotonicTime now) {
  if (state() == State::ended) return;
  take_logs();
  take_output();
  if (now >= next_metrics_) {
    next_metrics_ = now + kBetweenMetrics;
    metrics_.look();
  }
  if (state() == State::starting) look_at_start(now);
  else look_at_calls(now);
  if (kill_at_ && now >= *kill_at_) process_.send_to_group(SIGKILL);
  tended_ = now;
  if (const auto exit = process_.wait(now)) ended(*exit);
}

void WorkerLife::take_logs() {
  // A worker that never stops does not keep us from its deadlines; poll finds the rest at once.
  constexpr int kMostLines = 1'000;
  for (int lines = 0; lines < kMostLines; ++lines) {
    const auto line = read_log_line(log_socket_.get());
    if (!line) return;
    log_.write(line->level, line->text);
  }
}

void WorkerLife::take_output() {
  constexpr std::size_t kMostOfLine = 1024;
  std::array<char, 4096> room{};
  for (int reads = 0; output_.get() >= 0 && reads < 16; ++reads) {
    const ssize_t size = ::read(output_.get(), room.data(), room.size());
    if (size == 0) output_.reset();  // it closed both: poll would find this end for ever
    if (size <= 0) break;
    printed_.append(room.data(), static_cast<std::size_t>(size));
    for (std::size_t end; (end = printed_.find('\n')) != std::string::npos;) {
      const auto suppressed = output_limit_.admit();
      if (suppressed)
        log::info("worker_output", "a worker process printed a line",
                  {{"pipeline", pipeline_},
                   {"pid", pid()},
                   {"line", std::string_view(printed_).substr(0, std::min(end, kMostOfLine))},
                   {"suppressed", *suppressed}});
      printed_.erase(0, end + 1);
    }
    if (printed_.size() > kMostOfLine) printed_.resize(kMostOfLine);
  }
}

void WorkerLife::look_at_start(MonotonicTime now) {
  WorkerHeader& header = memory_.header();
  switch (static_cast<WorkerState>(header.state.value())) {
    case WorkerState::ready:
      has_batches_ = header.batches.load() != 0;
      ready_since_ = now;
      state_.store(State::ready, std::memory_order_release);
      return;
    case WorkerState::refused: start_failure_ = readable(header.reason); return;
    case WorkerState::starting: break;
  }
  if (now < started_ + deadlines_.start || kill_at_) return;
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(deadlines_.start);
  start_failure_ = "it was not ready after plugin.probe_timeout (" +
                   config::format_duration(limit) + ") and was ended";
  kill_at_ = now;
}

void WorkerLife::look_at_calls(MonotonicTime now) {
  const bool was_away = tended_ != MonotonicTime{} && now - tended_ > kAbsence;
  for (std::uint32_t slot = 0; slot < exchanges_.size(); ++slot) {
    Exchange& exchange = exchanges_[slot];
    if (exchange.corrupt.load()) kill_at_ = std::min(kill_at_.value_or(now), now);
    const std::uint64_t calling = memory_.link(slot).calling.load(std::memory_order_acquire);
    const std::uint32_t number = exchange.number.load();
    const bool idle = exchange.count.load() == 0 || unpack_range(calling).count == 0;
    if (idle || was_away || number != exchange.seen_number || calling != exchange.seen_calling) {
      exchange.seen_number = number;
      exchange.seen_calling = calling;
      exchange.seen_since = now;
    } else if (deadlines_.call > Duration::zero() && now - exchange.seen_since >= deadlines_.call &&
               !hung_) {
      kill_hung(slot, now);
    }
  }
}

void WorkerLife::kill_hung(std::uint32_t slot, MonotonicTime now) {
  hung_ = slot;
  log::error("worker_hung",
             "a handler call has run past handler_timeout: its worker process is ended",
             {{"pipeline", pipeline_}, {"pid", pid()}, {"slot", slot}});
  process_.send(SIGABRT);
  kill_at_ = now + kAbortPatience;
}

void WorkerLife::stop(MonotonicTime kill_at) {
  kill_at_ = std::min(kill_at_.value_or(kill_at), kill_at);
  memory_.header().stop.ring(1);
  for (std::uint32_t slot = 0; slot < memory_.slots(); ++slot) memory_.link(slot).request.wake();
}

void WorkerLife::ended(const ChildExit& exit) {
  take_logs();
  take_output();
  metrics_.look();
  how_it_ended_ = exit.in_words();
  if (ready_since_ == MonotonicTime{} && start_failure_.empty())
    start_failure_ = "its process " + how_it_ended_ + " before it was ready";
  {
    // No exchange begins between the look at the evidence and the verdict.
    const MutexLock lock(mutex_);
    std::vector<CallEvidence> found;
    for (std::uint32_t slot = 0; slot < exchanges_.size(); ++slot) found.push_back(evidence(slot));
    endings_ = blame(found, hung_, how_it_ended_);
    changed_.notify_all();
  }
  state_.store(State::ended, std::memory_order_release);
  for (std::uint32_t slot = 0; slot < memory_.slots(); ++slot) memory_.link(slot).reply.wake();
}

}  // namespace tidegate
