// SPDX-License-Identifier: Apache-2.0
//
// What became of a run of messages, written by the worker as it goes along, so that a crash loses
// only the answer to the call that crashed. The host reads it from a copy of its own and takes
// nothing on trust. Thread rule: AnswerLog [slot] in the worker; read_answers [slot] in the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "host/handle/call_progress.hpp"
#include "host/handle/worker/byte_stream.hpp"
#include "host/handle/worker/worker_memory.hpp"

namespace tidegate {

class AnswerLog final : public CallProgress, public ChunkReturn {
 public:
  // area: kAnswerAreaBytes of it.
  AnswerLog(SlotLink& link, char* area) : link_(link), out_(area, kAnswerAreaBytes) {}

  // Before each run.
  void clear();
  void calling(const Chunk& chunk, ItemRange items) noexcept override;
  // The run is over.
  void give_back(Chunk& chunk) noexcept override;

 private:
  void publish(const Chunk& chunk);
  void add(const Failure& failure);
  void add(const Emitted& emitted);

  SlotLink& link_;
  ByteWriter out_;
  std::size_t failures_ = 0;  // written so far, of the chunk's lists
  std::size_t unattempted_ = 0;
  std::size_t emitted_ = 0;
};

// Indices count from the first message of the run.
struct RunAnswers {
  std::vector<Failure> failures;           // ascending
  std::vector<std::uint32_t> unattempted;  // ascending
  std::vector<Emitted> emitted;            // ascending
  struct End {
    std::uint32_t claimed;  // of the run
    Duration handling;
  };
  std::optional<End> end;  // empty: the run did not come to its end
};

// log: a copy. count: of the run's messages. Empty: no worker of ours wrote this.
[[nodiscard]] std::optional<RunAnswers> read_answers(std::string_view log, std::uint32_t count);

}  // namespace tidegate
