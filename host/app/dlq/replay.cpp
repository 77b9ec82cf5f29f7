// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/replay.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "host/app/dlq/destinations.hpp"
#include "host/app/dlq/sender.hpp"
#include "host/app/dlq/summary.hpp"
#include "host/app/dlq/transaction.hpp"
#include "host/base/kafka/rights.hpp"
#include "host/route/copy_headers.hpp"

namespace tidegate::dlq {
namespace {

using Write = ReplayOptions::Write;

// Progress is kept so often, a transaction is cut so often or by so many copies.
constexpr Duration kKeepEvery = std::chrono::milliseconds(250);
constexpr std::uint64_t kCopiesOfATransaction = 1'000;
constexpr std::chrono::milliseconds kWait{50};

std::int64_t wall_ms() { return system_clock().wall().time_since_epoch().count(); }

class Replaying {
 public:
  Replaying(const ReplayJob& job, const Target& target, ReplayReport& report)
      : job_(job),
        target_(target),
        report_(report),
        keeps_(keeps_progress(job.options, job.filter) && job.options.write == Write::yes),
        client_(target, progress_group(target.group, job.options.progress), job.timeout),
        destinations_(client_, target_, job.options, job.notes),
        progress_(target.topic) {}

  void run() {
    const auto extent = extent_of(client_, target_.topic);
    report_.exists = extent.has_value();
    if (!extent) return;
    if (job_.options.write == Write::yes) make_sender();
    Ranges ranges = *extent;
    const bool goes_on = keeps_progress(job_.options, job_.filter) &&
                         job_.options.begin == ReplayOptions::Begin::where_it_was;
    if (goes_on) ranges = after_progress(client_, target_.topic, ranges);
    ranges = narrowed(ranges, job_.filter);
    progress_.begin(ranges);
    Reader reader(client_, target_.topic, ranges);
    while (!reader.done() && !report_.stopped) {
      auto letter = reader.next(kWait);
      if (letter) decide(std::move(*letter));
      if (sender_ != nullptr) serve();
      report_.stopped = job_.stop_asked();
    }
    if (sender_ == nullptr) return;
    sender_->finish();
    if (!report_.stopped) progress_.passed_all();
    keep();
  }

 private:
  void make_sender() {
    const bool once = job_.options.delivery == ReplayOptions::Delivery::exactly_once;
    const std::string id = once ? progress_group(target_.group, job_.options.progress) : "";
    sender_ = std::make_unique<Sender>(target_, id, client_, progress_);
    if (!once) return;
    transaction_.emplace(id, sender_->producer(), client_);
    transaction_->take_over();
  }

  void decide(DeadLetter letter) {
    std::uint64_t* stays = nullptr;
    const auto origin = read_origin(letter.message);
    if (!letter.group().empty() && letter.group() != target_.group) {
      stays = &report_.other_groups;
    } else if (!matches(job_.filter, letter, began_ms_)) {
      stays = &report_.filtered;
    } else if (!origin) {
      job_.notes << letter.place() << ": not replayed: its headers do not say where it came from\n";
      stays = &report_.unreadable;
    } else if (letter.replays() >= job_.options.max_replays) {
      job_.notes << letter.place() << ": not replayed: it was replayed " << letter.replays()
                 << " times and failed again (--max-replays " << job_.options.max_replays << ")\n";
      stays = &report_.looping;
    }
    if (stays != nullptr) {
      ++*stays;
      if (sender_ != nullptr) progress_.passed(letter);
      return;
    }
    write(std::move(letter), *origin);
  }

  void write(DeadLetter letter, const kafka::Origin& origin) {
    const Destination& to = destinations_.of(origin);
    const bool original = job_.options.to == ReplayTo::origin &&
                          job_.options.timestamp == ReplayOptions::Timestamp::original;
    if (original && is_too_old(to, origin.timestamp_ms, wall_ms())) {
      throw std::runtime_error(
          letter.place() + " is older than topic " + to.topic +
          " keeps messages (retention.ms): the brokers would delete it at once; replay with --to "
          "retry, or with --timestamp now");
    }
    std::uint64_t& count = report_.replayed[{to.topic, std::string(letter.kind())}];
    if (sender_ != nullptr) {
      wait_for_turn();
      Headers headers =
          replay_headers(letter.message, job_.options.to, target_.group, letter.replays() + 1);
      if (headers == nullptr) throw std::runtime_error(letter.place() + ": damaged headers");
      if (transaction_ && !transaction_->open()) transaction_->begin();
      sender_->send(std::move(letter), to.topic, origin.partition.value % to.partitions,
                    std::move(headers),
                    original ? std::max<std::int64_t>(origin.timestamp_ms, 0) : 0);
      ++in_batch_;
    }
    ++count;
  }

  void wait_for_turn() {
    if (job_.options.per_second == 0) return;
    constexpr Duration kSlice = std::chrono::milliseconds(100);
    while (system_clock().now() < next_turn_ && !job_.stop_asked()) {
      sender_->serve_until(std::min(next_turn_, system_clock().now() + kSlice));
      serve();
    }
    const Duration turn = Duration(std::chrono::seconds(1)) / job_.options.per_second;
    next_turn_ = std::max(next_turn_, system_clock().now()) + turn;
  }

  void serve() {
    sender_->serve();
    const MonotonicTime now = system_clock().now();
    if (!transaction_) {
      report_.safe = sender_->acknowledged();
      if (now >= kept_at_ + kKeepEvery) keep();
      return;
    }
    if (!transaction_->open()) return;
    if (in_batch_ < kCopiesOfATransaction && now < transaction_->began() + kKeepEvery) return;
    sender_->finish();
    keep();
  }

  // REQUIRES with a transaction: all copies are acknowledged.
  void keep() {
    kept_at_ = system_clock().now();
    const kafka::PartitionList list = progress_.to_keep();
    if (transaction_) {
      if (list->cnt == 0 && !transaction_->open()) return;
      if (!transaction_->open()) transaction_->begin();
      transaction_->commit(*list);
      in_batch_ = 0;
    } else if (keeps_ && list->cnt > 0) {
      commit(*list);
    }
    progress_.kept();
    report_.safe = sender_->acknowledged();
  }

  // rd_kafka_commit would wait for brokers far beyond our timeout.
  void commit(const rd_kafka_topic_partition_list_t& list) {
    const kafka::Queue answers(rd_kafka_queue_new(client_.get()));
    rd_kafka_resp_err_t error =
        rd_kafka_commit_queue(client_.get(), &list, answers.get(), nullptr, nullptr);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const kafka::Event event(rd_kafka_queue_poll(answers.get(), client_.timeout_ms()));
      if (event == nullptr) client_.unreachable("no answer to a commit");
      error = rd_kafka_event_error(event.get());
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    throw std::runtime_error("progress of group " +
                             progress_group(target_.group, job_.options.progress) +
                             " cannot be committed: " + kafka::describe(error) +
                             kafka::cure_of(client_.get(), error, target_.topic) +
                             ". The next replay repeats what this one has done since its last "
                             "commit");
  }

  const ReplayJob& job_;
  const Target& target_;
  ReplayReport& report_;
  const bool keeps_;
  const std::int64_t began_ms_ = wall_ms();
  ReadClient client_;
  Destinations destinations_;
  Progress progress_;
  std::unique_ptr<Sender> sender_;  // null in a dry run
  std::optional<Transaction> transaction_;
  std::uint64_t in_batch_ = 0;  // copies of the open transaction
  MonotonicTime kept_at_ = system_clock().now();
  MonotonicTime next_turn_{};
};

// Whose dead letters these are, by their own headers; empty where there are none.
std::string group_of(const ReplayJob& job, ReplayReport& report) {
  ReadClient client(job.target, progress_group("tidegate", ""), job.timeout);
  const auto extent = extent_of(client, job.target.topic);
  report.exists = extent.has_value();
  if (!extent) return "";
  const Counts groups = summarize(client, job.target.topic, *extent, {}).groups;
  std::string found;
  for (const auto& [group, count] : groups) {
    if (group == kUnknown) continue;
    if (!found.empty())
      throw BadUsage("--group: dead letters of more than one group lie in topic " +
                     job.target.topic + " (" + counts_text(groups) + "); name one");
    found = group;
  }
  if (found.empty() && !groups.empty())
    throw BadUsage("--group: the dead letters in topic " + job.target.topic +
                   " do not say whose they are; name the group");
  return found;
}

}  // namespace

void replay(const ReplayJob& job, ReplayReport& report) {
  report.topic = job.target.topic;
  if (job.options.delivery == ReplayOptions::Delivery::exactly_once &&
      !keeps_progress(job.options, job.filter)) {
    throw BadUsage(
        "--exactly-once with filters needs --progress NAME: without it every replay begins at the "
        "beginning");
  }
  Target target = job.target;
  if (target.group.empty()) target.group = group_of(job, report);
  report.group = target.group;
  if (target.group.empty()) return;
  Replaying(job, target, report).run();
}

}  // namespace tidegate::dlq
