// SPDX-License-Identifier: Apache-2.0
//
// Many messages in one call, each with an answer of its own. What is left without an answer is
// attempted again one by one through `handle`. Thread rule: [slot], the thread that runs the call.
#pragma once

#include <tidegate/plugin.h>
#include <tidegate/message.hpp>
#include <tidegate/result.hpp>

#include <cassert>
#include <cstddef>
#include <iterator>

namespace tidegate {

// The messages of one call, in the order in which they are to be handled.
class Batch {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Message;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Message;

    Iterator(const tidegate_message* const* at, const tidegate_host& host) noexcept
        : at_(at), host_(&host) {}
    Message operator*() const noexcept { return Message(**at_, *host_); }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }
    bool operator!=(const Iterator& other) const noexcept { return at_ != other.at_; }

   private:
    const tidegate_message* const* at_;
    const tidegate_host* host_;
  };

  Batch(const tidegate_message* const* messages, std::size_t count,
        const tidegate_host& host) noexcept
      : messages_(messages), count_(count), host_(&host) {}
  std::size_t size() const noexcept { return count_; }
  // REQUIRES: index < size().
  Message operator[](std::size_t index) const noexcept {
    assert(index < count_);
    return Message(*messages_[index], *host_);
  }
  Iterator begin() const noexcept { return Iterator(messages_, *host_); }
  Iterator end() const noexcept { return Iterator(messages_ + count_, *host_); }

 private:
  const tidegate_message* const* messages_;
  std::size_t count_;
  const tidegate_host* host_;
};

// The answers: `results[i] = Result` (or true, or false) answers for `batch[i]`.
class Results {
 public:
  class Answer {
   public:
    Answer(tidegate_status& status, tidegate_result* result) noexcept
        : status_(status), result_(result) {}
    void operator=(const Result& answer) const noexcept {
      status_ = detail::to_status(answer, result_);
    }

   private:
    tidegate_status& status_;
    tidegate_result* result_;
  };

  Results(tidegate_status* statuses, tidegate_result* const* results, std::size_t count) noexcept
      : statuses_(statuses), results_(results), count_(count) {}
  std::size_t size() const noexcept { return count_; }
  // REQUIRES: index < size().
  Answer operator[](std::size_t index) noexcept {
    assert(index < count_);
    return Answer(statuses_[index], results_[index]);
  }
  // Whether batch[index] has been answered. REQUIRES: index < size().
  bool answered(std::size_t index) const noexcept {
    assert(index < count_);
    return statuses_[index] != TIDEGATE_NOT_ATTEMPTED;
  }
  // The same answer for all, the usual end of a bulk insert.
  void fill(const Result& answer) noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      statuses_[i] = detail::to_status(answer, results_[i]);
    }
  }

 private:
  tidegate_status* statuses_;
  tidegate_result* const* results_;
  std::size_t count_;
};

}  // namespace tidegate
